//! Exports into one folder again and again: after changes of the input, kills, full disks, Ctrl+C.
//! The end is always what a fresh export gives, and manifest and folder always agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use veridact::demo::{Rng, Sample, instance};
use veridact::export::{Manifest, STAGING_NAME};
use veridact::store::{EventBody, ReviewStore};

use crate::common::run::{Deid, Ran, demo_files, key_file, tree, veridact};

const SAMPLES: [(Sample, u16); 7] = [
    (Sample::CtSlice, 1),
    (Sample::CtSlice, 2),
    (Sample::MrSlice, 1),
    (Sample::Report, 1),
    (Sample::WithoutMeta, 1),
    (Sample::BigEndian, 1),
    (Sample::Jpeg, 1),
];

/// The instances of an export by path. Asserts that the manifest lists exactly them, and that
/// nothing else lies there.
#[track_caller]
fn instances(output: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = tree(output);
    for beside in ["manifest.json", "report.html", "report.json", "report.csv"] {
        files.remove(Path::new(beside));
    }
    let listed: BTreeSet<PathBuf> = listed(output);
    let there: BTreeSet<PathBuf> = files.keys().cloned().collect();
    assert_eq!(listed, there, "manifest and folder do not agree");
    assert!(!output.join(STAGING_NAME).exists());
    files
}

fn listed(output: &Path) -> BTreeSet<PathBuf> {
    let manifest = Manifest::read(output).unwrap().unwrap();
    manifest.files.into_iter().map(|file| file.path.into()).collect()
}

/// Everything but the report, which tells the head of the audit log.
fn without_report(output: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = tree(output);
    files.remove(Path::new("report.html"));
    files.remove(Path::new("report.json"));
    files.remove(Path::new("report.csv"));
    files
}

#[track_caller]
fn done(ran: &Ran) {
    assert!(matches!(ran.code, Some(0 | 1)), "{:?} {}", ran.code, ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
}

/// What a fresh export of the same input under the same key gives.
fn fresh(deid: &Deid) -> BTreeMap<PathBuf, Vec<u8>> {
    let place = tempfile::tempdir().unwrap();
    let mut again = Deid::new(&deid.input, place.path());
    again.key = deid.key;
    again.more.clone_from(&deid.more);
    done(&again.run());
    without_report(&again.output)
}

#[test]
fn what_vanished_from_the_input_vanishes_from_the_export() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    demo_files(&input, &SAMPLES);
    let deid = Deid::new(&input, &place.path().join("run"));
    done(&deid.run());
    assert_eq!(instances(&deid.output).len(), SAMPLES.len());
    let gone = instance(Sample::CtSlice, 1, 20_261_122).file;
    fs::remove_file(input.join(&gone)).unwrap();
    let report = instance(Sample::Report, 1, 20_261_122).file;
    fs::write(input.join(&report), "no DICOM any more").unwrap();
    let ran = deid.run();
    done(&ran);
    assert_eq!(ran.json()["withdrawn"], 2);
    assert_eq!(instances(&deid.output).len(), SAMPLES.len() - 2);
    assert!(without_report(&deid.output) == fresh(&deid), "not what a fresh export gives");
    let page = fs::read_to_string(deid.output.join("report.html")).unwrap();
    assert!(page.contains("2 files released by an earlier export"));
    // A folder that is not mounted is no reason to take everything away.
    let before = tree(&deid.output);
    fs::rename(&input, place.path().join("elsewhere")).unwrap();
    fs::create_dir(&input).unwrap();
    let ran = deid.run();
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(before == tree(&deid.output), "an empty input changed the export");
}

#[test]
fn two_batches_share_a_folder_and_neither_takes_from_the_other() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    demo_files(&one, &SAMPLES[..4]);
    demo_files(&two, &SAMPLES[3..]);
    let first = Deid::new(&one, &place.path().join("run"));
    let second = Deid::new(&two, &place.path().join("run"));
    done(&first.run());
    let of_first: BTreeSet<_> = instances(&first.output).into_keys().collect();
    let ran = second.run();
    done(&ran);
    assert_eq!(ran.json()["of_other_batches"], 3, "{}", ran.out);
    assert_eq!(instances(&first.output).len(), SAMPLES.len());
    // The report was in both: it goes when the second lets go of it, too.
    let shared = instance(Sample::Report, 1, 20_261_122).file;
    fs::remove_file(one.join(&shared)).unwrap();
    fs::remove_file(one.join(instance(Sample::CtSlice, 1, 20_261_122).file)).unwrap();
    done(&first.run());
    assert_eq!(instances(&first.output).len(), SAMPLES.len() - 1);
    fs::remove_file(two.join(&shared)).unwrap();
    done(&second.run());
    let left: BTreeSet<_> = instances(&first.output).into_keys().collect();
    assert_eq!(left.len(), SAMPLES.len() - 2);
    assert_eq!(of_first.intersection(&left).count(), 2);
    let verified = verify(&first);
    assert_eq!(verified.code, Some(0), "{}", verified.out);
}

fn verify(deid: &Deid) -> Ran {
    let key = key_file(&deid.place, deid.key);
    let arguments: Vec<&std::ffi::OsStr> =
        vec!["verify".as_ref(), deid.output.as_os_str(), "--key-file".as_ref(), key.as_os_str()];
    veridact(&deid.place, &arguments)
}

#[test]
fn files_of_one_identity_and_other_content_get_identities_of_their_own() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    demo_files(&input, &SAMPLES);
    let deid = Deid::new(&input, &place.path().join("run"));
    done(&deid.run());
    let before = instances(&deid.output);
    let original = instance(Sample::CtSlice, 1, 20_261_122).file;
    let mut bytes = fs::read(input.join(&original)).unwrap();
    fs::write(input.join("copy"), &bytes).unwrap();
    let ran = deid.run();
    done(&ran);
    // `copy` comes behind `Roe_…` in the order of bytes.
    assert_eq!(ran.outcomes()["copy"].why, ["duplicate"]);
    assert!(instances(&deid.output) == before);
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(input.join("other"), &bytes).unwrap();
    let ran = deid.run();
    done(&ran);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["copy"].why, ["duplicate"]);
    let path = |file: &str| PathBuf::from(outcomes[file].output.as_ref().unwrap());
    let (one, two) = (path(&original), path("other"));
    let after = instances(&deid.output);
    assert_eq!(after.len(), before.len() + 1);
    assert!(one != two && !before.contains_key(&one) && !before.contains_key(&two));
    let uid = |path: &Path| {
        let values = crate::common::checker::values(&after[path]).unwrap();
        let found = values.into_iter().find(|value| value.path == "(0008,0018)").unwrap();
        String::from_utf8(found.bytes).unwrap().trim_end_matches('\0').to_owned()
    };
    assert_ne!(uid(&one), uid(&two));
    for path in [&one, &two] {
        assert_eq!(path.file_stem().unwrap().to_str(), Some(uid(path).as_str()));
    }
    let report = fs::read_to_string(deid.output.join("report.html")).unwrap();
    assert!(report.contains("files share their SOP Instance UID"));
    assert!(without_report(&deid.output) == fresh(&deid));
    // Alone again it has its old identity back.
    fs::remove_file(input.join("other")).unwrap();
    done(&deid.run());
    assert!(instances(&deid.output) == before);
    assert_eq!(verify(&deid).code, Some(0));
}

/// Starts a run that is not waited for.
fn start(deid: &Deid) -> Child {
    let key = key_file(&deid.place, deid.key);
    Command::new(env!("CARGO_BIN_EXE_veridact"))
        .arg("deid")
        .args([&deid.input, &deid.output])
        .args(["--approve", "all", "--key-file"])
        .arg(key)
        .args(&deid.more)
        .env("HOME", &deid.place)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(deid.place.join("err")).unwrap())
        .spawn()
        .unwrap()
}

/// Copies of a slice in series of their own, and of which the first are large enough to wait for.
fn many_series(input: &Path, count: usize) {
    fs::create_dir_all(input).unwrap();
    for number in 0..count {
        let mut made = instance(Sample::MrSlice, 1, 20_261_122);
        made.dataset
            .text(dicom_dictionary_std::tags::SOP_INSTANCE_UID, &format!("2.25.77{number}"));
        made.dataset
            .text(dicom_dictionary_std::tags::SERIES_INSTANCE_UID, &format!("2.25.88{number}"));
        fs::write(input.join(format!("f{number:03}")), made.bytes()).unwrap();
    }
}

#[test]
fn a_run_killed_at_any_point_is_taken_up_again() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    many_series(&input, 12);
    let deid = Deid::new(&input, &place.path().join("run"));
    let whole = fresh(&deid);
    let mut rng = Rng::lane(20_261_122, "kills");
    let rounds = if std::env::var_os("VERIDACT_SOAK").is_some() { 60 } else { 8 };
    let mut halves = 0;
    for _ in 0..rounds {
        let mut child = start(&deid);
        std::thread::sleep(Duration::from_millis(20 + rng.bits() % 900));
        child.kill().unwrap();
        child.wait().unwrap();
        for (path, bytes) in tree(&deid.output) {
            let visible =
                path.extension().is_some_and(|end| end == "dcm") && !path.starts_with(STAGING_NAME);
            assert!(!visible || whole.get(&path) == Some(&bytes), "{}", path.display());
            halves += usize::from(visible);
        }
    }
    println!("{halves} files were visible after {rounds} kills");
    done(&deid.run());
    assert!(without_report(&deid.output) == whole, "not what an undisturbed run gives");
    // What a killed run published is listed by the next run, even when that one fails at once.
    fs::remove_dir_all(&deid.output).unwrap();
    let mut child = start(&deid);
    wait_for_a_file(&deid.output);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(verify(&deid).code, Some(1), "the leftovers were not seen");
    let other = place.path().join("other");
    many_series(&other, 13);
    // One that the killed run cannot have published.
    (0..12).for_each(|number| fs::remove_file(other.join(format!("f{number:03}"))).unwrap());
    let second = Deid::new(&other, &place.path().join("run"));
    done(&second.run());
    assert!(instances(&deid.output).len() > 1);
    assert_eq!(verify(&deid).code, Some(0));
}

/// Runs in the folder of a run as on another machine: another home, user, name of the host and
/// folder for what is temporary; output and review are named from where one stands.
fn run_elsewhere(input: &Path, room: &Path) -> Ran {
    let machine = tempfile::tempdir().unwrap();
    let key = key_file(machine.path(), 1);
    let at = |name: &str| machine.path().join(name);
    for name in ["home", "config", "tmp"] {
        fs::create_dir(at(name)).unwrap();
    }
    let named = "hostname elsewhere && exec \"$0\" \"$@\"";
    let enter = ["--user", "--map-root-user", "--uts", "sh", "-c"];
    let allowed = Command::new("unshare").args(enter).arg("hostname elsewhere").output();
    let mut command = Command::new("unshare");
    command.args(enter).args([named, env!("CARGO_BIN_EXE_veridact")]);
    if !allowed.is_ok_and(|done| done.status.success()) {
        println!("the host keeps its name: it may not be changed here");
        command = Command::new(env!("CARGO_BIN_EXE_veridact"));
    }
    command.arg("deid").arg(input).args(["out", "--review", "out.veridact", "--approve", "all"]);
    command.args(["--no-detect", "--json", "--key-file"]).arg(key).current_dir(room);
    command.env("HOME", at("home")).env("XDG_CONFIG_HOME", at("config")).env("TMPDIR", at("tmp"));
    command.env("USER", "somebody").env("LOGNAME", "somebody").stdin(Stdio::null());
    let (begun, done) = (Instant::now(), command.output().unwrap());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran {
        code: done.status.code(),
        out: text(&done.stdout),
        err: text(&done.stderr),
        wall: begun.elapsed(),
        cpu: Duration::ZERO,
        peak_kib: 0,
    }
}

#[test]
fn a_run_that_was_killed_is_taken_up_by_another_machine() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    many_series(&input, 12);
    let deid = Deid::new(&input, &place.path().join("run")).with(&["--no-detect", "-j", "1"]);
    let whole = fresh(&deid);
    let mut child = start(&deid);
    wait_for_a_file(&deid.output);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(deid.output.join(STAGING_NAME).exists(), "it was not in the middle");
    // Twice: what was killed, and what is whole.
    let mut at = deid.place;
    for name in ["there", "back"] {
        let next = place.path().join(name).join("moved");
        fs::create_dir(place.path().join(name)).unwrap();
        fs::rename(&at, &next).unwrap();
        let ran = run_elsewhere(&input, &next);
        done(&ran);
        assert_eq!(ran.json()["withdrawn"], 0, "{}", ran.out);
        assert!(without_report(&next.join("out")) == whole, "not what an undisturbed run gives");
        let moved = Deid::new(&input, &next);
        assert_eq!(verify(&moved).code, Some(0));
        let (review, output) = (next.join("out.veridact"), next.join("out"));
        let checked = ["audit".as_ref(), "check".as_ref(), review.as_os_str(), "--export".as_ref()];
        let checked = veridact(&next, &[&checked[..], &[output.as_os_str()]].concat());
        assert_eq!(checked.code, Some(0), "{}{}", checked.out, checked.err);
        at = next;
    }
}

/// Waits until an instance is visible.
fn wait_for_a_file(output: &Path) {
    let begun = Instant::now();
    let visible = || {
        tree_names(output).iter().any(|path| {
            path.extension().is_some_and(|end| end == "dcm")
                && !path.strip_prefix(output).unwrap().starts_with(STAGING_NAME)
        })
    };
    while !visible() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was published");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Paths below a folder that may change while they are listed.
fn tree_names(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(tree_names(&entry.path())),
            _ => found.push(entry.path()),
        }
    }
    found
}

#[test]
fn an_interrupted_run_ends_cleanly_and_is_in_the_log() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    many_series(&input, 30);
    let deid = Deid::new(&input, &place.path().join("run")).with(&["--no-detect", "-j", "1"]);
    let mut child = start(&deid);
    wait_for_a_file(&deid.output);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let code = child.wait().unwrap().code();
    let said = fs::read_to_string(deid.place.join("err")).unwrap();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cancelled") && !said.contains("panicked"), "{said}");
    let published = instances(&deid.output).len();
    assert!((1..30).contains(&published), "{published}");
    let store = ReviewStore::open(&place.path().join("run/out.veridact")).unwrap();
    let log = store.events().unwrap();
    let told = log.iter().any(|event| {
        matches!(event.body, EventBody::Published { released, .. } if released == published as u64)
    });
    assert!(told, "what became visible is not in the log");
    store.close().unwrap();
    assert_eq!(verify(&deid).code, Some(0));
    done(&deid.run());
    assert_eq!(instances(&deid.output).len(), 30);
}

/// Runs a script where folders of a few kilobytes can be mounted; `None` where that is not allowed.
fn with_small_disks(script: &str, arguments: &[&Path]) -> Option<std::process::Output> {
    let enter = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    let mount = "mount -t tmpfs -o size=4k none /mnt";
    let allowed = Command::new("unshare").args(enter).arg(mount).output();
    if !allowed.is_ok_and(|done| done.status.success()) {
        println!("skipped: no file systems may be mounted here");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(enter).args([script, env!("CARGO_BIN_EXE_veridact")]).args(arguments);
    Some(command.output().unwrap())
}

#[test]
fn a_full_disk_stops_the_run_and_leaves_a_whole_export() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    many_series(&at("in"), 300);
    let one = fs::metadata(at("in/f000")).unwrap().len();
    fs::create_dir(at("disk")).unwrap();
    let key = key_file(place.path(), 1);
    // There is room for all, until somebody else takes it.
    let script = format!(
        "mount -t tmpfs -o size={} none \"$3\" && {{ \
         \"$0\" deid \"$1\" \"$3/out\" --approve all --no-detect --key-file \"$2\" --review \"$4\" -j 1 & \
         pid=$!; n=0; until ls \"$3\"/out/*/*/*/*.dcm >/dev/null 2>&1 || [ $((n += 1)) -gt 9000 ]; \
         do sleep 0.005; done; \
         kill -STOP $pid; dd if=/dev/zero of=\"$3/fill\" bs=4k 2>/dev/null; \
         truncate -s -{} \"$3/fill\"; kill -CONT $pid; \
         wait $pid; echo code $?; cp -r \"$3/out\" \"$5\"; rm \"$3/fill\"; \
         \"$0\" deid \"$1\" \"$3/out\" --approve all --no-detect --key-file \"$2\" --review \"$4\"; \
         echo code $?; cp -r \"$3/out\" \"$6\"; }}",
        one * 400,
        // For the manifest, which must name what is there.
        one / 2
    );
    let (small, large) = (at("small"), at("large"));
    let paths = [&*at("in"), &key, &at("disk"), &at("review"), &small, &large];
    let Some(ran) = with_small_disks(&script, &paths) else { return };
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    let codes: Vec<&str> = out.lines().filter(|line| line.starts_with("code ")).collect();
    assert_eq!(codes, ["code 2", "code 0"], "{out}{err}");
    assert!(err.contains("No space left") && !err.contains("panicked"), "{err}");
    assert!((1..300).contains(&instances(&small).len()), "{}", instances(&small).len());
    assert_eq!(instances(&large).len(), 300);
}

#[test]
fn a_disk_without_room_for_the_batch_is_refused_before_anything_is_written() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    many_series(&at("in"), 12);
    let one = fs::metadata(at("in/f000")).unwrap().len();
    fs::create_dir(at("disk")).unwrap();
    let key = key_file(place.path(), 1);
    let script = format!(
        "mount -t tmpfs -o size={} none \"$3\" && \
         \"$0\" deid \"$1\" \"$3/out\" --approve all --no-detect --key-file \"$2\" --review \"$4\"; \
         echo code $?; find \"$3\" -name '*.dcm' -o -name '.veridact-staging'",
        one * 7
    );
    let paths = [&*at("in"), &key, &at("disk"), &at("review")];
    let Some(ran) = with_small_disks(&script, &paths) else { return };
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(out.trim(), "code 2", "{err}");
    assert!(err.contains("MB left, and the export needs about"), "{err}");
}

#[test]
fn a_full_disk_under_the_review_stops_the_run_and_hides_nothing() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    many_series(&at("in"), 3);
    fs::create_dir(at("disk")).unwrap();
    let key = key_file(place.path(), 1);
    let script = "mount -t tmpfs -o size=64k none \"$3\" && dd if=/dev/zero of=\"$3/full\" 2>/dev/null; \
         \"$0\" deid \"$1\" \"$4\" --approve all --no-detect --key-file \"$2\" --review \"$3/r\"; \
         echo code $?";
    let paths = [&*at("in"), &key, &at("disk"), &at("out")];
    let Some(ran) = with_small_disks(script, &paths) else { return };
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(out.contains("code 2"), "{out}{err}");
    assert!(!err.contains("panicked"), "{err}");
    assert!(!at("out/manifest.json").exists() || instances(&at("out")).is_empty());
}

#[test]
fn a_destination_that_cannot_be_written_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    many_series(&at("in"), 1);
    fs::create_dir(at("disk")).unwrap();
    let key = key_file(place.path(), 1);
    let script = "mount -t tmpfs -o ro none \"$3\" && \
         \"$0\" deid \"$1\" \"$3/out\" --approve all --no-detect --key-file \"$2\" --review \"$4\"; \
         echo code $?";
    let paths = [&*at("in"), &key, &at("disk"), &at("review")];
    let Some(ran) = with_small_disks(script, &paths) else { return };
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(out.contains("code 2") && err.contains("Read-only"), "{out}{err}");
}

/// Who holds the lock of the output when a part begins may hold it for long: the part does its own work, and
/// waits for its turn only then.
#[test]
fn a_part_waits_for_another_export_and_a_whole_run_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let (input, key) = (place.path().join("in"), key_file(place.path(), 7));
    demo_files(&input, &SAMPLES);
    let output = place.path().join("out");
    let deid = |review: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veridact"));
        command.arg("deid").arg(&input).arg(&output).args(["--approve", "all", "--no-detect"]);
        command.arg("--review").arg(place.path().join(review)).arg("--key-file").arg(&key);
        command.args(more).env("HOME", place.path()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    fs::create_dir_all(output.join(STAGING_NAME)).unwrap();
    let lock = fs::File::create(output.join(STAGING_NAME).join("lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let refused = deid("whole.veridact", &[]).wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "{}", String::from_utf8_lossy(&refused.stderr));
    let parts: Vec<Child> = ["1/2", "2/2"]
        .iter()
        .map(|part| deid(&format!("{}.veridact", &part[..1]), &["--shard", part]))
        .collect();
    // Both have read the batch and wait: their reviews are there.
    let begun = Instant::now();
    let have_begun = || {
        ["1", "2"]
            .iter()
            .all(|part| place.path().join(format!("{part}.veridact/review.db")).exists())
    };
    while !have_begun() {
        assert!(begun.elapsed() < Duration::from_secs(120), "the parts do not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!output.join("manifest.json").exists());
    drop(lock);
    for part in parts {
        let done = part.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(0), "{err}");
    }
    let files =
        tree(&output).keys().filter(|path| path.extension().is_some_and(|it| it == "dcm")).count();
    assert_eq!(files, SAMPLES.len());
}

//! The binary as a user meets it: exit codes, what it prints, what it refuses.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use veridact::demo::{Sample, problems};
use veridact::store::ReviewStore;

use crate::common::run::{Deid, Ran, demo_files, key_file, tree, veridact};

fn run(home: &Path, arguments: &[&str]) -> Ran {
    veridact(home, arguments)
}

#[test]
fn help_profiles_completions_and_man_are_printed() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, holds) in [
        (&["--help"][..], &["deid", "Exit codes", "verify"][..]),
        (&["deid", "--help"], &["--approve", "--key-file", "Examples"]),
        (&["profiles"], &["basic", "research", "safe-harbor"]),
        (&["profile", "list"], &["basic", "research", "safe-harbor"]),
        (&["profile", "explain", "--help"], &["--sop-class", "SIEMENS CSA HEADER"]),
        (&["completions", "bash"], &["_veridact", "--approve"]),
        (
            &["man"],
            &[
                ".TH",
                "VERIDACT DEID",
                "VERIDACT KEY NEW",
                "VERIDACT PROFILE EXPLAIN",
                "\\-\\-approve",
            ],
        ),
    ] {
        let ran = run(home.path(), arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
        for word in holds {
            assert!(ran.out.contains(word), "{arguments:?} says nothing of {word}");
        }
    }
    assert!(tree(home.path()).is_empty(), "asking for help wrote something");
}

/// The example of the README, in a file.
fn site_profile(home: &Path) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let section = page.split("## Your own profile").nth(1).unwrap();
    let example = section.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let path = home.join("site.toml");
    fs::write(&path, example).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_profile_of_ones_own_is_checked_shown_and_explained() {
    let home = tempfile::tempdir().unwrap();
    let site = site_profile(home.path());
    let profile = |arguments: &[&str]| run(home.path(), &[&["profile"], arguments].concat());
    let checked = profile(&["check", &site]);
    assert_eq!(checked.code, Some(0), "{}", checked.err);
    for words in ["extends        research", "dates shift", "of the site, 3 of shipped profiles"] {
        assert!(checked.out.contains(words), "no {words}: {}", checked.out);
    }
    assert!(!checked.out.contains("never decides"), "{}", checked.out);
    let shown = profile(&["show", &site]);
    assert!(shown.out.contains("site    line"), "{}", shown.out);
    let shown = profile(&["show", &site, "--json"]).json();
    let rules = shown["rules"].as_array().unwrap();
    assert_eq!((&rules[0]["layer"], &rules[3]["layer"]), (&"profile".into(), &"site".into()));
    assert_eq!(shown["settings"]["dates"], "shift");
    // Each rule of the example does what it says.
    let explain = |arguments: &[&str]| {
        let all = [&["explain", "--profile", &site, "--json"], arguments].concat();
        let ran = profile(&all);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.json()
    };
    let siemens = ["--manufacturer", "SIEMENS Healthineers"];
    let private = "(0029,\"SIEMENS MEDCOM HEADER\",31)";
    let found = explain(&[&[private][..], &siemens].concat());
    assert_eq!(
        (&found["done"]["action"], &found["done"]["layer"]),
        (&"keep".into(), &"site".into())
    );
    assert_eq!(found["rules"][0]["standing"], "decides");
    let nested = explain(&["RequestAttributesSequence.ScheduledProcedureStepDescription"]);
    assert_eq!(nested["done"]["action"], "remove", "{nested}");
    let top = explain(&["ScheduledProcedureStepDescription"]);
    assert_eq!(top["rules"][0]["standing"], "only at other places", "{top}");
}

#[test]
fn what_is_wrong_with_a_profile_is_told_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("bad.toml");
    let name = path.to_str().unwrap();
    let head = "format = 1\nname = \"bad\"\nextends = \"research\"\n\n";
    for (rule, said) in [
        (
            "[[rule]]\ntag = \"(0008,1030)\"\nvalue = \"(\"\naction = \"keep\"\nwhy = \"w\"\n",
            "line 5: the value is no regular expression",
        ),
        (
            "[[rule]]\ntag = \"(0008,1030)\"\naction = \"hide\"\nwhy = \"w\"\n",
            "line 5: there is no action hide",
        ),
        ("colour = 1\n", "line 5"),
    ] {
        fs::write(&path, [head, rule].concat()).unwrap();
        for command in ["check", "show"] {
            let ran = run(home.path(), &["profile", command, name]);
            assert_eq!(ran.code, Some(2), "{rule}");
            assert!(ran.err.contains(said), "{}", ran.err);
        }
    }
    assert_eq!(run(home.path(), &["profile", "check", "no-such"]).code, Some(2));
    let rule = "[[rule]]\ntag = \"(0008,1030)\"\naction = \"keep\"\nwhy = \"w\"\n";
    fs::write(&path, [head, rule, rule].concat()).unwrap();
    let ran = run(home.path(), &["profile", "check", name]);
    assert!(ran.out.contains("rule of line 5 never decides: that of line 9"), "{}", ran.out);
}

#[test]
fn explain_says_which_layer_decides_and_why() {
    let home = tempfile::tempdir().unwrap();
    let explain = |arguments: &[&str]| {
        let ran = run(home.path(), &[&["profile", "explain"], arguments].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out
    };
    let ct = "1.2.840.10008.5.1.4.1.1.2";
    let date = explain(&["StudyDate", "--sop-class", ct]);
    for words in [
        "(0008,0020) StudyDate VR DA",
        "type      2",
        "E.1-1     Z      Basic Profile",
        "option    C      retain-modified-dates, asked for",
        "option    K      retain-full-dates, not asked for",
        "done      C → shift [option: option retain-modified-dates (0008,0020)]",
        "an option that the profile asks for wins",
    ] {
        assert!(date.contains(words), "no {words}: {date}");
    }
    let occupation = explain(&["0010,2180"]);
    assert!(
        occupation.contains("done      X → remove [profile: profile research:"),
        "{occupation}"
    );
    let modality = explain(&["(0008,0060)"]);
    assert!(modality.contains("no rule is asked"), "{modality}");
    let private = explain(&["(0043,\"GEMS_PARM_01\",27)", "--vr", "SH"]);
    assert!(private.contains("private   kept"), "{private}");
    assert!(explain(&["00291010"]).contains("private   on no list"));
    let text = explain(&["ImageComments", "--profile", "basic", "--vr", "LT"]);
    assert!(text.contains("done      X → remove"), "{text}");
    let free = explain(&["TextValue", "--profile", "basic"]);
    assert!(free.contains("free text is cleaned, or emptied"), "{free}");
    for wrong in ["NoSuchKeyword", "(60xx,3000)", "(0008,1030", "*"] {
        assert_eq!(run(home.path(), &["profile", "explain", wrong]).code, Some(2), "{wrong}");
    }
}

#[test]
fn deid_wants_a_word_and_an_input() {
    let home = tempfile::tempdir().unwrap();
    let input = home.path().join("in");
    demo_files(&input, &[(Sample::Report, 1)]);
    let (input, out) = (input.to_str().unwrap(), home.path().join("out"));
    let out = out.to_str().unwrap();
    let key = key_file(home.path(), 1);
    let key = key.to_str().unwrap();
    let deid = |more: &[&str]| {
        run(home.path(), &[&["deid", input, out, "--key-file", key], more].concat()).code
    };
    assert_eq!(deid(&[]), Some(2));
    assert_eq!(deid(&["--approve", "perhaps"]), Some(2));
    assert_eq!(deid(&["--approve", "all", "--profile", "no-such"]), Some(2));
    let inside = format!("{input}/maps");
    assert_eq!(deid(&["--approve", "all", "--no-detect", "--maps", &inside]), Some(2));
    let review = format!("{input}/review");
    assert_eq!(deid(&["--approve", "all", "--no-detect", "--review", &review]), Some(2));
    assert_eq!(deid(&["--approve", "all", "--no-detect", "-j", "0"]), Some(2));
    for output in [format!("{input}/out"), format!("{input}/a/../b/out"), input.to_owned()] {
        let ran = run(
            home.path(),
            &["deid", input, &output, "--approve", "all", "--key-file", key, "--no-detect"],
        );
        assert_eq!(ran.code, Some(2), "{output}: {}", ran.err);
    }
    let ran =
        run(home.path(), &["deid", "/no/such/folder", out, "--approve", "all", "--key-file", key]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(!Path::new(out).join("manifest.json").exists(), "a refused run published something");
    assert_eq!(fs::read_dir(Path::new(input)).unwrap().count(), 1, "the input was written to");
    let inside = Path::new(out).join("project.key");
    fs::create_dir(out).unwrap();
    fs::copy(key, &inside).unwrap();
    let arguments = ["deid", input, out, "--approve", "all", "--no-detect", "--key-file"];
    let ran = run(home.path(), &[&arguments[..], &[inside.to_str().unwrap()]].concat());
    assert!(ran.code == Some(2) && ran.err.contains("re-identifies"), "{}", ran.err);
    fs::remove_file(inside).unwrap();
    // Nothing was reviewed: nothing goes.
    assert_eq!(deid(&["--approve", "reviewed", "--no-detect"]), Some(1));
    assert!(crate::common::files(Path::new(out)).iter().all(|path| !path.ends_with(".dcm")));
    assert_eq!(deid(&["--approve", "all", "--no-detect"]), Some(0));
}

#[test]
fn the_profile_of_the_benchmark_asks_for_the_word() {
    let home = tempfile::tempdir().unwrap();
    let place = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (input, out, key) = (place("in"), place("out"), place("project.key"));
    demo_files(Path::new(&input), &[(Sample::CtSlice, 1)]);
    assert_eq!(run(home.path(), &["key", "new", &key]).code, Some(0));
    let derived = place("derived.toml");
    let text = "format = 1\nname = \"ours\"\ntitle = \"Ours\"\nextends = \"midi-b\"\ngate = []\n";
    fs::write(&derived, text).unwrap();
    let deid = |profile: &str, more: &[&str]| {
        let arguments =
            ["deid", &input, &out, "--no-detect", "--key-file", &key, "--profile", profile];
        let ran = run(home.path(), &[&arguments[..], &["--approve", "all"], more].concat());
        (ran.code, ran.err)
    };
    for profile in ["midi-b", &derived] {
        let (code, said) = deid(profile, &[]);
        assert!(code == Some(2) && said.contains("(benchmark)"), "{said}");
        let (code, said) = deid(profile, &["--override", "benchmark=in a hurry"]);
        assert!(code == Some(2) && said.contains("--acknowledge benchmark"), "{said}");
    }
    assert!(!Path::new(&out).exists(), "a refused run published something");
    let said = ["--acknowledge", "benchmark"];
    assert_eq!(deid("midi-b", &said).0, Some(0));
    // The review remembers that it was said; a review of its own does not.
    assert_eq!(deid("midi-b", &[]).0, Some(0));
    assert_eq!(deid("midi-b", &["--review", &place("other.veridact")]).0, Some(2));
}

#[test]
fn keys_are_made_once_and_for_their_owner() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("keys/project.key");
    let name = path.to_str().unwrap();
    let made = run(home.path(), &["key", "new", name]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let text = fs::read(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let secret = String::from_utf8(text.clone()).unwrap();
    let secret = secret.trim().rsplit(' ').next().unwrap();
    assert!(!made.out.contains(secret) && !made.err.contains(secret), "the key was printed");
    assert_eq!(run(home.path(), &["key", "new", name]).code, Some(2));
    assert_eq!(fs::read(&path).unwrap(), text, "a key was overwritten");
    // A key that others can read is refused.
    let input = home.path().join("in");
    demo_files(&input, &[(Sample::Report, 1)]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let (input, out) = (input.to_str().unwrap(), home.path().join("out"));
    let arguments = [
        "deid",
        input,
        out.to_str().unwrap(),
        "--approve",
        "all",
        "--no-detect",
        "--key-file",
        name,
    ];
    assert_eq!(run(home.path(), &arguments).code, Some(2));
    fs::write(&path, "veridact-key-1 00ff").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(run(home.path(), &arguments).code, Some(2));
}

#[test]
fn index_counts_and_plan_shows_every_edit() {
    let home = tempfile::tempdir().unwrap();
    let input = home.path().join("in");
    demo_files(&input, &[(Sample::Report, 1), (Sample::CtSlice, 1), (Sample::CtSlice, 2)]);
    let ran = run(home.path(), &["index", input.to_str().unwrap(), "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let json = ran.json();
    assert_eq!(json["instances"], 3);
    assert_eq!(json["patients"], 1);
    assert_eq!(json["modalities"]["CT"], 2);
    fs::write(input.join("note.txt"), "no DICOM").unwrap();
    let ran = run(home.path(), &["index", input.to_str().unwrap(), "--json"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.json()["problems"]["note.txt"], "not-dicom");
    let key = key_file(home.path(), 1);
    let file = crate::common::files(&input).into_iter().find(|path| !path.ends_with("note.txt"));
    let file = file.unwrap();
    let plan = |file: &Path| {
        run(home.path(), &["plan", file.to_str().unwrap(), "--key-file", key.to_str().unwrap()])
    };
    let ran = plan(&file);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for place in ["(0010,0010)", "PatientName", "(0012,0062)", "E.1-1"] {
        assert!(ran.out.contains(place), "the plan says nothing of {place}");
    }
    assert_eq!(plan(&input.join("note.txt")).code, Some(2));
}

#[test]
fn what_fails_is_named_by_its_path_and_no_value_is_printed() {
    let home = tempfile::tempdir().unwrap();
    let input = home.path().join("in");
    // One that is cut in the middle, one that is no DICOM; names that tell nothing.
    for (number, (bytes, _)) in problems(20_261_122).into_iter().enumerate() {
        fs::create_dir_all(&input).unwrap();
        fs::write(input.join(format!("f{number}")), bytes).unwrap();
    }
    let held = veridact::demo::instance(Sample::Report, 1, 20_261_122);
    let mut twisted = held.bytes();
    twisted.truncate(twisted.len() - 9);
    fs::write(input.join("f9"), twisted).unwrap();
    let mut deid = Deid::new(&input, &home.path().join("run"));
    let ran = deid.run();
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let key = key_file(home.path(), 1);
    let index = veridact(home.path(), &["index".as_ref(), input.as_os_str()]);
    deid.output = home.path().join("run/plain");
    let plain = veridact(
        home.path(),
        &[
            "deid".as_ref(),
            input.as_os_str(),
            deid.output.as_os_str(),
            "--approve".as_ref(),
            "all".as_ref(),
            "--no-detect".as_ref(),
            "--key-file".as_ref(),
            key.as_os_str(),
        ],
    );
    assert_eq!(plain.code, Some(1), "{}", plain.err);
    for text in [&ran.out, &ran.err, &index.out, &index.err, &plain.out, &plain.err] {
        let text = text.to_lowercase();
        for value in ["roe", "jane", "marguerite", "48211907", "whitcombe", "912-64"] {
            let word = text.split(|glyph: char| !glyph.is_alphanumeric() && glyph != '-');
            assert!(!word.clone().any(|word| word == value), "a value was printed");
        }
    }
}

/// Runs a command whose standard output and standard error nobody reads.
fn unheard(home: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veridact"));
        command.args(arguments).env("HOME", home).env_remove("XDG_CONFIG_HOME");
        command.stdin(Stdio::null()).stdout(closed());
        command
    };
    let heard = start().stderr(Stdio::piped()).output().unwrap();
    let deaf = start().stderr(closed()).status().unwrap();
    assert_eq!(heard.status.code(), deaf.code(), "{arguments:?}");
    (heard.status.code(), String::from_utf8_lossy(&heard.stderr).into_owned())
}

#[test]
fn that_nobody_reads_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    let input = home.path().join("in");
    demo_files(&input, &[(Sample::Report, 1), (Sample::CtSlice, 1)]);
    let deid = Deid::new(&input, &home.path().join("run"));
    assert_eq!(deid.run().code, Some(0));
    let key = key_file(home.path(), 1);
    let (key, input) = (key.to_str().unwrap(), input.to_str().unwrap());
    let output = deid.output.to_str().unwrap();
    let file = crate::common::files(Path::new(input)).remove(0);
    for arguments in [
        &["--help"][..],
        &["profiles"],
        &["profile", "show", "tcia"],
        &["man"],
        &["completions", "zsh"],
        &["index", input],
        &["index", input, "--json"],
        &["plan", file.to_str().unwrap(), "--key-file", key],
        &["verify", output],
        &["deid", input, output, "--approve", "all", "--no-detect", "--key-file", key],
    ] {
        let (code, said) = unheard(home.path(), arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
    assert_eq!(unheard(home.path(), &["index", "/no/such/folder"]).0, Some(2));
}

#[test]
fn odd_names_and_things_that_are_no_files_end_with_an_outcome() {
    let home = tempfile::tempdir().unwrap();
    let input = home.path().join("in");
    fs::create_dir(&input).unwrap();
    let names: [&[u8]; 5] =
        [b"O'Neill 1.dcm", b"two\nlines", b"latin \xE9.dcm", b"Roe^Jane_48211907.dcm", b"-j"];
    for (number, name) in names.into_iter().enumerate() {
        let made = veridact::demo::instance(Sample::CtSlice, number as u16 + 1, 20_261_122);
        fs::write(input.join(OsStr::from_bytes(name)), made.bytes()).unwrap();
    }
    // The same names once more, as problems.
    for name in [&b"bad\nname"[..], b"bad \xE9", b"bad \xEA"] {
        fs::write(input.join(OsStr::from_bytes(name)), "no DICOM").unwrap();
    }
    mknodat(CWD, input.join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = UnixListener::bind(input.join("socket")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", input.join("link")).unwrap();
    std::os::unix::fs::symlink(&input, input.join("loop")).unwrap();
    let deid = Deid::new(&input, &home.path().join("run"));
    let ran = deid.run();
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let tally = &ran.json()["tally"];
    assert_eq!((&tally["released"], &tally["problems"]), (&5.into(), &7.into()));
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len(), 12, "{outcomes:?}");
    assert_eq!(outcomes["latin \\xE9.dcm"].outcome, "released");
    for path in tree(&deid.output).into_keys() {
        let path = path.to_string_lossy().into_owned();
        for word in ["Neill", "Roe", "Jane", "48211907", "lines", "latin"] {
            assert!(!path.contains(word), "{path}");
        }
    }
    let list = home.path().join("run/out.veridact/quarantine/not-dicom.txt");
    let list = fs::read_to_string(list).unwrap();
    assert_eq!(list.lines().collect::<Vec<_>>(), ["bad\\x0Aname", "bad \\xE9", "bad \\xEA"]);
    let index = veridact(home.path(), &["index".as_ref(), input.as_os_str(), "--json".as_ref()]);
    assert_eq!(index.json()["problems"].as_object().unwrap().len(), 7, "{}", index.out);
    let index = veridact(home.path(), &["index".as_ref(), input.as_os_str()]);
    assert!(index.out.contains("problem  bad\\x0Aname: not a DICOM file\n"), "{}", index.out);
}

#[test]
fn a_folder_without_files_is_a_mistake() {
    let home = tempfile::tempdir().unwrap();
    let input = home.path().join("in");
    fs::create_dir_all(input.join("empty")).unwrap();
    let deid = Deid::new(&input, &home.path().join("run"));
    let ran = deid.run();
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("holds no files"), "{}", ran.err);
    assert!(!deid.output.exists() && !home.path().join("run/out.veridact").exists());
}

#[test]
fn a_review_that_is_open_elsewhere_or_was_changed_is_refused_before_the_work() {
    let home = tempfile::tempdir().unwrap();
    let input = home.path().join("in");
    demo_files(&input, &[(Sample::Report, 1)]);
    let deid = Deid::new(&input, &home.path().join("run"));
    assert_eq!(deid.run().code, Some(0));
    let before = tree(&deid.output);
    let review = home.path().join("run/out.veridact");
    let open = ReviewStore::open(&review).unwrap();
    let ran = deid.run();
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("open in another window or command"), "{}", ran.err);
    open.close().unwrap();
    let database = rusqlite::Connection::open(review.join("review.db")).unwrap();
    database
        .execute_batch("DROP TRIGGER events_no_update; UPDATE events SET reader = 'x'")
        .unwrap();
    drop(database);
    let ran = deid.run();
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("log was changed from outside"), "{}", ran.err);
    assert!(before == tree(&deid.output), "a refused run changed the output");
}

#[test]
fn the_tour_of_the_readme_runs_word_for_word() {
    let home = tempfile::tempdir().unwrap();
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let tour = page.split("## Five minutes, without a window").nth(1).unwrap();
    let lines = tour.lines().skip(1).take_while(|line| line.starts_with("    veridact "));
    let mut codes = Vec::new();
    for line in lines {
        let words = line.split('#').next().unwrap().split_whitespace().skip(1);
        let mut command = Command::new(env!("CARGO_BIN_EXE_veridact"));
        command.args(words.clone()).current_dir(home.path()).env("HOME", home.path());
        if words.clone().next() == Some("deid") {
            command.arg("--no-detect"); // only to spare the time
        }
        let ran = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!said.contains("panicked"), "{line}: {said}");
        codes.push((words.clone().next().unwrap().to_owned(), ran.status.code()));
    }
    let codes: Vec<_> = codes.iter().map(|(word, code)| (word.as_str(), code.unwrap())).collect();
    let wanted = [("demo", 0), ("index", 1), ("plan", 0), ("key", 0), ("deid", 1), ("verify", 0)];
    assert_eq!(codes, wanted);
}

#[test]
fn a_support_bundle_tells_counts_and_nobody() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("Roe Jane 48211907");
    demo_files(&input, &[(Sample::CtSlice, 1), (Sample::Report, 1)]);
    fs::write(input.join("Roe.txt"), "no DICOM file").unwrap();
    let deid = Deid::new(&input, &place.path().join("run"));
    assert_eq!(deid.run().code, Some(1));
    let review = deid.place.join("out.veridact");
    let ran = veridact(place.path(), &["support", review.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let told = ran.json();
    assert_eq!(told["review"]["outcomes"]["released"], 2, "{told}");
    assert_eq!(told["review"]["audit"], "holds");
    assert_eq!(told["review"]["profile"], "research");
    for canary in ["roe", "jane", "48211907", "/tmp"] {
        assert!(!ran.out.to_lowercase().contains(canary), "{canary} in {}", ran.out);
    }
    assert_eq!(veridact(place.path(), &["support"]).code, Some(0));
}

#[test]
fn a_key_under_a_passphrase_is_the_same_key() {
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = place.path().join(name);
        veridact::export::write_owner_only(&path, text.as_bytes()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (old, new) = (file("old", "korrekt pferd\n"), file("new", "batterie heftklammer\n"));
    let key = place.path().join("project.key");
    let key = key.to_str().unwrap();
    let run = |secret: Option<&str>, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veridact"));
        command.args(arguments).env("HOME", place.path()).stdin(Stdio::null());
        // No keyring of whoever runs the tests.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
        match secret {
            Some(secret) => command.env("VERIDACT_PASSPHRASE_FILE", secret),
            None => command.env_remove("VERIDACT_PASSPHRASE_FILE"),
        };
        let done = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        (done.status.code(), text(&done.stdout), text(&done.stderr))
    };
    let (code, fingerprint, err) = run(None, &["key", "new", key, "--passphrase-file", &old]);
    assert_eq!(code, Some(0), "{err}");
    assert!(fs::read_to_string(key).unwrap().starts_with("-----BEGIN AGE"));
    assert_eq!(run(Some(&old), &["key", "show", key]).1, fingerprint);
    let (code, _, err) = run(Some(&new), &["key", "show", key]);
    assert_eq!(code, Some(2));
    assert!(err.contains("the passphrase does not open the key file"), "{err}");
    assert!(!err.contains("batterie"));
    let (code, wrapped, err) = run(Some(&old), &["key", "wrap", key, "--passphrase-file", &new]);
    assert_eq!((code, wrapped), (Some(0), fingerprint.clone()), "{err}");
    let input = place.path().join("in");
    demo_files(&input, &[(Sample::CtSlice, 1)]);
    let (input, output) = (input.to_str().unwrap(), place.path().join("out"));
    let output = output.to_str().unwrap();
    let deid = ["deid", input, output, "--approve", "all", "--no-detect", "--key-file", key];
    assert_eq!(run(Some(&old), &deid).0, Some(2), "the old one does not open it any more");
    assert_eq!(run(Some(&new), &deid).0, Some(0));
    let (code, plain, _) = run(Some(&new), &["key", "unwrap", key]);
    assert_eq!((code, plain), (Some(0), fingerprint.clone()));
    assert_eq!(run(None, &["key", "show", key]).1, fingerprint);
    fs::set_permissions(&old, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, _, err) = run(None, &["key", "wrap", key, "--passphrase-file", &old]);
    assert!(code == Some(2) && err.contains("others may read the file"), "{err}");
}

#[cfg(feature = "keyring")]
#[test]
fn the_keyring_of_the_system_remembers_a_passphrase() {
    let is_there = |program: &str| {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !is_there("gnome-keyring-daemon") || !is_there("dbus-run-session") {
        println!("skipped: no gnome-keyring-daemon, or no dbus-run-session");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let own = place.path().join("own");
    veridact::export::write_owner_only(&own, b"korrekt pferd\n").unwrap();
    // A keyring that nobody else has, in a session that ends with the script.
    let script = r#"
        printf test | gnome-keyring-daemon --unlock --components=secrets > /dev/null 2>&1
        say() { echo "$1 $("$VERIDACT" key $2 < /dev/null 2> "$HOME/said" || echo refused)"; }
        say made "new a.key --keyring"
        say shown "show a.key"
        say forgotten "forget a.key"
        say locked "show a.key"
        say own "new b.key --passphrase-file own"
        say asked "show b.key"
        VERIDACT_PASSPHRASE_FILE=own say remembered "remember b.key"
        say found "show b.key"
        say unwrapped "unwrap b.key"
        say plain "remember b.key"
    "#;
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", script]).current_dir(place.path()).env("HOME", place.path());
    command.env("VERIDACT", env!("CARGO_BIN_EXE_veridact")).stdin(Stdio::null());
    command.env_remove("XDG_DATA_HOME").env_remove("VERIDACT_PASSPHRASE_FILE");
    let done = command.output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let said: Vec<(&str, &str)> =
        text.lines().filter_map(|line| line.trim().split_once(' ')).collect();
    let of = |name: &str| said.iter().find(|(of, _)| *of == name).map(|(_, said)| *said);
    assert!(of("made").is_some_and(|said| said.len() == 16), "{text}");
    assert_eq!(of("shown"), of("made"), "{text}");
    assert_eq!(of("locked"), Some("refused"), "{text}");
    assert_eq!(of("asked"), Some("refused"), "{text}");
    for name in ["remembered", "found", "unwrapped"] {
        assert_eq!(of(name), of("own"), "{name}: {text}");
    }
    assert_eq!(of("plain"), Some("refused"), "{text}");
    let wrapped = fs::read_to_string(place.path().join("a.key")).unwrap();
    assert!(wrapped.starts_with("-----BEGIN AGE"));
}

#[test]
fn a_crash_leaves_no_picture_of_the_memory() {
    let place = tempfile::tempdir().unwrap();
    // It waits for a key at the end of a pipe that nobody writes to.
    let pipe = place.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_veridact"))
        .args(["key".as_ref(), "show".as_ref(), pipe.as_os_str()])
        .env("HOME", place.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let limits = format!("/proc/{}/limits", child.id());
    let is_set = || {
        let limits = fs::read_to_string(&limits).unwrap_or_default();
        let line = limits.lines().find(|line| line.starts_with("Max core file size"));
        line.is_some_and(|line| {
            line.split_whitespace().rev().skip(1).take(2).all(|word| word == "1")
        })
    };
    let set = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        is_set()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(set, "the limit of core dumps is not one byte");
}

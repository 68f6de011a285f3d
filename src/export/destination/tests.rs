use super::*;

struct Folders {
    _place: tempfile::TempDir,
    input: PathBuf,
    other: PathBuf,
    output: PathBuf,
}

fn folders() -> Folders {
    let place = tempfile::tempdir().unwrap();
    let (input, other, output) =
        (place.path().join("in"), place.path().join("other"), place.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::create_dir(&other).unwrap();
    Folders { _place: place, input, other, output }
}

fn key(byte: u8) -> ProjectKey {
    ProjectKey::from_bytes([byte; 32])
}

impl Folders {
    fn open(&self) -> Destination {
        Destination::open(&self.output, &self.input, &key(1)).unwrap()
    }

    fn open_other(&self) -> Destination {
        Destination::open(&self.output, &self.other, &key(1)).unwrap()
    }

    /// The paths of the files that are there, and those that the manifest lists.
    fn there(&self) -> Vec<String> {
        let manifest = Manifest::read(&self.output).unwrap().unwrap();
        let listed: Vec<String> = manifest.files.into_iter().map(|file| file.path).collect();
        let mut there: Vec<String> = crate::index::walk(&self.output)
            .unwrap()
            .files
            .into_iter()
            .map(|path| path.to_str().unwrap().to_owned())
            .filter(|path| path.ends_with(".dcm") && !path.starts_with(STAGING_NAME))
            .collect();
        there.sort();
        assert_eq!(listed, there, "manifest and folder do not agree");
        there
    }
}

/// Stages a file for the batch of `destination`.
fn staged(destination: &Destination, path: &str, content: &str) -> (PathBuf, ManifestFile) {
    let staged = destination.stage(&path.replace('/', "-")).unwrap().join("1.dcm");
    fs::write(&staged, content).unwrap();
    let file = ManifestFile {
        path: path.into(),
        sha256: crate::index::digest_file(&staged).unwrap().to_hex(),
        bytes: content.len() as u64,
        masked_frames: 0,
        stored_uncompressed: false,
        profile: "basic".into(),
        batches: BTreeSet::from([destination.batch().to_owned()]),
    };
    (staged, file)
}

fn publish(destination: &Destination, path: &str, content: &str) {
    destination.publish(&[staged(destination, path, content)]).unwrap();
}

fn run(mut destination: Destination, files: &[(&str, &str)]) -> Settled {
    files.iter().for_each(|(path, content)| publish(&destination, path, content));
    let settled = destination.settle(&BTreeSet::new()).unwrap();
    destination.close().unwrap();
    settled
}

#[test]
fn strangers_files_overlaps_and_second_writers_are_refused() {
    let folders = folders();
    let open = |output: &Path| Destination::open(output, &folders.input, &key(1));
    let first = open(&folders.output).unwrap();
    assert!(matches!(open(&folders.output), Err(DestinationError::Locked)));
    first.close().unwrap();
    let inside = folders.input.join("x");
    assert!(matches!(open(&inside), Err(DestinationError::Overlaps)));
    assert!(!inside.exists(), "the input was written to");
    let link = folders.other.join("link");
    std::os::unix::fs::symlink(&folders.input, &link).unwrap();
    assert!(matches!(open(&link.join("x")), Err(DestinationError::Overlaps)));
    std::os::unix::fs::symlink("/no/such/place", folders.other.join("broken")).unwrap();
    let broken = open(&folders.other.join("broken"));
    assert!(matches!(broken, Err(DestinationError::Unresolvable)));
    fs::remove_file(folders.output.join(MANIFEST_NAME)).unwrap();
    fs::write(folders.output.join("holiday.jpg"), "x").unwrap();
    assert!(matches!(open(&folders.output), Err(DestinationError::NotOurs)));
}

#[test]
fn another_key_is_refused_and_leftovers_go() {
    let folders = folders();
    let destination = folders.open();
    let folder = destination.stage("s").unwrap();
    fs::write(folder.join("half"), "x").unwrap();
    drop(destination); // as if killed
    let other = Destination::open(&folders.output, &folders.input, &key(2));
    assert!(matches!(other, Err(DestinationError::OtherKey { .. })));
    assert!(folder.exists(), "a refused run touched the folder");
    let destination = folders.open();
    assert!(!folder.exists());
    destination.close().unwrap();
    assert!(!folders.output.join(STAGING_NAME).exists());
}

#[test]
fn what_a_killed_run_published_is_listed_and_what_it_did_not_is_not() {
    let folders = folders();
    run(folders.open(), &[("a/1.dcm", "old"), ("a/2.dcm", "old"), ("b/3.dcm", "old")]);
    let destination = folders.open();
    publish(&destination, "a/1.dcm", "new");
    publish(&destination, "c/4.dcm", "new");
    // Noted, but not renamed any more.
    let (_, file) = staged(&destination, "a/2.dcm", "new");
    destination.ledger.note(&[Step::Publish(file)]).unwrap();
    destination.ledger.note(&[Step::Withdraw("b/3.dcm".into())]).unwrap();
    let mut half =
        fs::OpenOptions::new().append(true).open(destination.staging.join(LEDGER_NAME)).unwrap();
    std::io::Write::write_all(&mut half, b"{\"withdraw\":\"c/4").unwrap();
    drop(destination);
    let destination = folders.open();
    assert_eq!(folders.there(), ["a/1.dcm", "a/2.dcm", "c/4.dcm"]);
    assert!(!folders.output.join("b").exists(), "an empty folder is left");
    for (path, content) in [("a/1.dcm", "new"), ("a/2.dcm", "old"), ("c/4.dcm", "new")] {
        assert_eq!(fs::read_to_string(folders.output.join(path)).unwrap(), content);
    }
    destination.close().unwrap();
}

#[test]
fn what_a_batch_releases_no_more_goes_and_what_others_release_stays() {
    let folders = folders();
    run(folders.open(), &[("a/1.dcm", "x"), ("a/2.dcm", "x"), ("b/3.dcm", "x")]);
    let settled = run(folders.open_other(), &[("b/3.dcm", "x"), ("c/4.dcm", "x")]);
    assert_eq!(settled, Settled { published: 2, withdrawn: 0, of_others: 2 });
    assert_eq!(folders.there(), ["a/1.dcm", "a/2.dcm", "b/3.dcm", "c/4.dcm"]);
    let settled = run(folders.open(), &[("a/1.dcm", "x")]);
    assert_eq!(settled, Settled { published: 1, withdrawn: 1, of_others: 2 });
    assert_eq!(folders.there(), ["a/1.dcm", "b/3.dcm", "c/4.dcm"]);
    // Another content under the same name belongs to who wrote it last.
    run(folders.open(), &[("a/1.dcm", "x"), ("c/4.dcm", "y")]);
    run(folders.open(), &[("a/1.dcm", "x")]);
    assert_eq!(folders.there(), ["a/1.dcm", "b/3.dcm"]);
    run(folders.open_other(), &[]);
    assert_eq!(folders.there(), ["a/1.dcm"]);
    assert!(!folders.output.join("b").exists() && !folders.output.join("c").exists());
}

#[test]
fn what_a_run_did_not_come_to_stays() {
    let folders = folders();
    run(folders.open(), &[("a/1.dcm", "x"), ("a/2.dcm", "x"), ("a/3.dcm", "x")]);
    let mut destination = folders.open();
    publish(&destination, "a/1.dcm", "y");
    destination.settle(&BTreeSet::from(["a/2.dcm".to_owned()])).unwrap();
    assert_eq!(folders.there(), ["a/1.dcm", "a/2.dcm"]);
    destination.close().unwrap();
}

#[test]
fn nothing_is_written_or_removed_through_a_link() {
    let folders = folders();
    run(folders.open(), &[("a/1.dcm", "x")]);
    let elsewhere = folders.other.join("1.dcm");
    fs::rename(folders.output.join("a/1.dcm"), &elsewhere).unwrap();
    fs::remove_dir(folders.output.join("a")).unwrap();
    std::os::unix::fs::symlink(&folders.other, folders.output.join("a")).unwrap();
    let mut destination = folders.open();
    assert!(destination.publish(&[staged(&destination, "a/1.dcm", "y")]).is_err());
    assert!(destination.settle(&BTreeSet::new()).is_err());
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "x");
    assert!(destination.publish(&[staged(&destination, "a/b/1.dcm", "y")]).is_err());
    assert_eq!(fs::read_dir(&folders.other).unwrap().count(), 1, "a folder was made elsewhere");
}

#[test]
fn a_staging_folder_full_of_links_harms_nothing() {
    use std::os::unix::fs::symlink;
    let folders = folders();
    let (letter, staging) = (folders.other.join("letter"), folders.output.join(STAGING_NAME));
    fs::write(&letter, "dear").unwrap();
    fs::create_dir_all(&folders.output).unwrap();
    symlink(&folders.other, &staging).unwrap();
    assert!(Destination::open(&folders.output, &folders.input, &key(1)).is_err());
    fs::remove_file(&staging).unwrap();
    for name in [LOCK_NAME, LEDGER_NAME] {
        fs::create_dir(&staging).unwrap();
        symlink(&letter, staging.join(name)).unwrap();
        assert!(Destination::open(&folders.output, &folders.input, &key(1)).is_err(), "{name}");
        fs::remove_dir_all(&staging).unwrap();
    }
    assert_eq!(fs::read_to_string(&letter).unwrap(), "dear");
    assert_eq!(fs::read_dir(&folders.other).unwrap().count(), 1);
}

#[test]
fn a_withdrawal_that_was_killed_is_ended_by_the_next_run() {
    let path = "p/1/2/3.dcm";
    let stone = Tombstone::of(path, "quality").unwrap();
    for is_gone in [false, true] {
        let folders = folders();
        run(folders.open(), &[(path, "a"), ("p/1/2/4.dcm", "b")]);
        let killed = Destination::reopen(&folders.output, &key(1)).unwrap();
        killed.ledger.note(&[Step::Bury(stone.clone())]).unwrap();
        if is_gone {
            fs::remove_file(folders.output.join(path)).unwrap();
        }
        drop(killed);
        let next = Destination::reopen(&folders.output, &key(1)).unwrap();
        assert_eq!(next.manifest().withdrawn, std::slice::from_ref(&stone));
        next.close().unwrap();
        assert_eq!(folders.there(), ["p/1/2/4.dcm"]);
        let list = fs::read_to_string(folders.output.join(WITHDRAWN_NAME)).unwrap();
        assert_eq!(list.lines().count(), 2);
    }
}

#[test]
fn only_an_export_of_the_same_key_can_be_taken_from() {
    let folders = folders();
    let reopen = |byte| Destination::reopen(&folders.output, &key(byte)).err();
    fs::create_dir(&folders.output).unwrap();
    assert!(matches!(reopen(1), Some(DestinationError::NotOurs)));
    run(folders.open(), &[("p/1/2/3.dcm", "a")]);
    assert!(matches!(reopen(2), Some(DestinationError::OtherKey { .. })));
    let _writer = folders.open();
    assert!(matches!(reopen(1), Some(DestinationError::Locked)));
}

#[test]
fn what_lies_there_as_it_would_become_is_not_touched() {
    let folders = folders();
    let inode = |path: &str| fs::metadata(folders.output.join(path)).unwrap().ino();
    run(folders.open(), &[("a/1.dcm", "one"), ("a/2.dcm", "two"), ("a/3.dcm", "six")]);
    let [first, second] = ["a/1.dcm", "a/2.dcm"].map(inode);
    // Somebody changed a file behind our back; its length is as it was.
    fs::write(folders.output.join("a/3.dcm"), "666").unwrap();
    let destination = folders.open();
    let all = [("a/1.dcm", "one"), ("a/2.dcm", "TWO"), ("a/3.dcm", "six")];
    let all = all.map(|(path, content)| staged(&destination, path, content));
    destination.publish(&all).unwrap();
    run(destination, &[]);
    assert_eq!(inode("a/1.dcm"), first, "an equal file was written again");
    assert_ne!(inode("a/2.dcm"), second);
    assert_eq!(fs::read(folders.output.join("a/2.dcm")).unwrap(), b"TWO");
    assert_eq!(fs::read(folders.output.join("a/3.dcm")).unwrap(), b"six");
    assert_eq!(folders.there().len(), 3);
    // A link to an equal file is not that file.
    let elsewhere = folders.input.join("one");
    fs::write(&elsewhere, "one").unwrap();
    fs::remove_file(folders.output.join("a/1.dcm")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, folders.output.join("a/1.dcm")).unwrap();
    let destination = folders.open();
    publish(&destination, "a/1.dcm", "one");
    assert!(fs::symlink_metadata(folders.output.join("a/1.dcm")).unwrap().is_file());
}

#[test]
fn what_cannot_be_read_after_a_kill_is_not_forgotten() {
    let folders = folders();
    run(folders.open(), &[("a/1.dcm", "x")]);
    let killed = folders.open();
    publish(&killed, "a/2.dcm", "y");
    drop(killed);
    let path = folders.output.join("a/2.dcm");
    fs::rename(&path, folders.other.join("2.dcm")).unwrap();
    std::os::unix::fs::symlink(&path, &path).unwrap();
    let refused = Destination::open(&folders.output, &folders.other, &key(1));
    assert!(matches!(refused, Err(DestinationError::Io(_))), "{refused:?}");
    fs::remove_file(&path).unwrap();
    fs::rename(folders.other.join("2.dcm"), &path).unwrap();
    // Another batch settles it.
    run(folders.open_other(), &[]);
    assert_eq!(folders.there(), ["a/1.dcm", "a/2.dcm"]);
}

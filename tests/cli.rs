//! The binary as a user meets it: exit codes, what it prints, what it refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use veridact::demo::{Sample, problems};

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
        (&["completions", "bash"], &["_veridact", "--approve"]),
        (&["man"], &[".TH", "veridact"]),
    ] {
        let ran = run(home.path(), arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
        for word in holds {
            assert!(ran.out.contains(word), "{arguments:?} says nothing of {word}");
        }
    }
    assert!(tree(home.path()).is_empty(), "asking for help wrote something");
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
    let ran =
        run(home.path(), &["deid", "/no/such/folder", out, "--approve", "all", "--key-file", key]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(!Path::new(out).join("manifest.json").exists(), "a refused run published something");
    assert_eq!(fs::read_dir(Path::new(input)).unwrap().count(), 1, "the input was written to");
    // Nothing was reviewed: nothing goes.
    assert_eq!(deid(&["--approve", "reviewed", "--no-detect"]), Some(1));
    assert!(crate::common::files(Path::new(out)).iter().all(|path| !path.ends_with(".dcm")));
    assert_eq!(deid(&["--approve", "all", "--no-detect"]), Some(0));
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
fn verify_sees_changes_strangers_and_leftovers() {
    let home = tempfile::tempdir().unwrap();
    let input = home.path().join("in");
    demo_files(&input, &[(Sample::Report, 1), (Sample::CtSlice, 1)]);
    let deid = Deid::new(&input, &home.path().join("run"));
    assert_eq!(deid.run().code, Some(0));
    let output = &deid.output;
    let verify = || veridact(home.path(), &["verify".as_ref(), output.as_os_str()]);
    let json = || {
        let arguments = ["verify".as_ref(), output.as_os_str(), "--json".as_ref()];
        veridact(home.path(), &arguments).json()
    };
    let ran = verify();
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert_eq!(json()["files"], 2);
    let released: Vec<_> = crate::common::files(output)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "dcm"))
        .collect();
    let whole = fs::read(&released[0]).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(&released[0], &flipped).unwrap();
    let ran = verify();
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("changed"));
    fs::remove_file(&released[0]).unwrap();
    assert_eq!(verify().code, Some(1), "a missing file");
    fs::write(&released[0], &whole).unwrap();
    assert_eq!(verify().code, Some(0));
    for stray in ["stray.dcm", "copy/of/manifest.json"] {
        let stray = output.join(stray);
        fs::create_dir_all(stray.parent().unwrap()).unwrap();
        fs::write(&stray, &whole).unwrap();
        assert_eq!(verify().code, Some(1), "{}", stray.display());
        fs::remove_file(&stray).unwrap();
    }
    let staging = output.join(veridact::export::STAGING_NAME);
    fs::create_dir(&staging).unwrap();
    assert_eq!(verify().code, Some(1), "leftovers");
    assert_eq!(json()["faults"].as_array().unwrap().len(), 1);
    fs::remove_dir(&staging).unwrap();
    assert_eq!(verify().code, Some(0));
    assert_eq!(veridact(home.path(), &["verify".as_ref(), input.as_os_str()]).code, Some(2));
    // A manifest that points out of the folder is no manifest to follow.
    let manifest = fs::read_to_string(output.join("manifest.json")).unwrap();
    let name = released[0].strip_prefix(output).unwrap().to_str().unwrap();
    let secret = home.path().join("secret");
    fs::write(&secret, &whole).unwrap();
    fs::write(output.join("manifest.json"), manifest.replace(name, "../../secret")).unwrap();
    assert_ne!(verify().code, Some(0), "a path out of the export was followed");
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

//! Profiles, device rules and reviews that strangers hand in.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::common::run::{run_within, tree};
use crate::strangers::{LIMIT, MEMORY, Place, write_with};

/// Writes a file that claims to be huge and takes no room.
fn huge(path: &Path) {
    File::create(path).unwrap().set_len(100 << 20).unwrap();
}

const PROFILE: &str = "format = 1\nname = \"site\"\ntitle = \"Site\"\nextends = \"research\"\n";

fn rule(fields: &str) -> String {
    format!("{PROFILE}\n[[rule]]\nwhy = \"a stranger says so\"\n{fields}\n")
}

#[test]
fn profiles_of_strangers_are_refused_in_words_or_do_what_they_say() {
    let mut place = Place::new();
    let file = place.at("stranger.toml");
    let path = file.to_str().unwrap().to_owned();
    for (what, text) in [
        ("an unknown key", format!("{PROFILE}run = \"rm -rf /\"\n")),
        ("a base elsewhere", PROFILE.replace("research", "../../outside/letter")),
        ("a huge format", PROFILE.replace("= 1", "= 99999999999999999999")),
        ("a huge sample", format!("{PROFILE}sample-size = 1e400\n")),
        ("a negative sample", format!("{PROFILE}sample-size = -1\n")),
        ("a deep list", format!("{PROFILE}options = {}\n", "[".repeat(100_000))),
        ("a protected attribute", rule("tag = \"(7FE0,0010)\"\naction = \"remove\"")),
        ("the character set", rule("tag = \"(0008,0005)\"\naction = \"empty\"")),
        ("an action that is none", rule("tag = \"(0010,0010)\"\naction = \"upload\"")),
        ("a pattern that explodes", {
            rule("tag = \"(0008,1030)\"\naction = \"keep\"\nvalue = '(((\\w{900}){900}){900})'")
        }),
        ("a pattern that is none", {
            rule("tag = \"(0008,1030)\"\naction = \"keep\"\nvalue = '(((('")
        }),
        ("no text", "\0".repeat(4096)),
    ] {
        fs::write(&file, text).unwrap();
        let ran = place.run(&["--profile", &path]);
        place.refused(what, &ran, "profile");
        assert!(!place.deid().output.exists(), "{what}");
    }
    huge(&file);
    for (what, path) in [("100 MB", path.as_str()), ("a device", "/dev/zero"), ("a folder", "/tmp")]
    {
        let ran = run_within(place.root.path(), &["profile", "check", path], LIMIT);
        assert_eq!(ran.code, Some(2), "{what}");
        assert!(ran.err.contains("profile") && ran.peak_kib < MEMORY / 4, "{what}: {}", ran.err);
    }
    // Patterns that make other programs hang are matched in time that grows with the text alone.
    let pattern = "tag = \"(0008,1030)\"\naction = \"keep\"\nvalue = '^(a+)+$|(.*)*x(.*)*y'";
    fs::write(&file, rule(pattern)).unwrap();
    write_with(
        &place.at("in/long"),
        900,
        (0x0008, 0x0050),
        &[b"a".repeat(60_000), b"!".to_vec()].concat(),
    );
    let ran = place.run(&["--profile", &path]);
    place.untouched("a pattern that hangs", &ran);
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
}

#[test]
fn many_large_patterns_are_refused_before_they_take_the_memory() {
    let place = Place::new();
    let file = place.at("stranger.toml");
    let one =
        "\n[[rule]]\ntag = \"(0008,1030)\"\naction = \"keep\"\nvalue = '\\w{20}'\nwhy = \"x\"\n";
    fs::write(&file, format!("{PROFILE}{}", one.repeat(8_000))).unwrap();
    let ran = run_within(place.root.path(), &["profile", "check", file.to_str().unwrap()], LIMIT);
    assert_eq!(ran.code, Some(2), "{:?} {}", ran.code, ran.err);
    assert!(ran.err.contains("rules ask for a value"), "{}", ran.err);
    assert!(ran.peak_kib <= MEMORY / 2, "{} KiB", ran.peak_kib);
}

const RULES: &str = "format = 1\n\n[[rule]]\nname = \"n\"\nauthor = \"a\"\nreason = \"r\"\n";

#[test]
fn device_rules_of_strangers_are_refused_in_words() {
    let mut place = Place::new();
    let file = place.at("devices.toml");
    let path = file.to_str().unwrap().to_owned();
    for (what, text) in [
        ("nothing said", RULES.to_owned()),
        ("an unknown key", format!("{RULES}run = \"rm\"\n")),
        ("a deep list", format!("{RULES}mask = {}\n", "[".repeat(100_000))),
        ("huge boxes", {
            format!("{RULES}size = {{ rows = 99999999999, columns = 1 }}\nmask = [[0, 0, 1, 1]]\n")
        }),
        ("another format", RULES.replace("= 1", "= 2")),
    ] {
        fs::write(&file, text).unwrap();
        let ran = place.run(&["--device-rules", &path]);
        place.refused(what, &ran, "rules");
        assert!(!place.deid().output.exists(), "{what}");
    }
    huge(&file);
    for path in [path.as_str(), "/dev/zero", "/tmp"] {
        let ran = place.run(&["--device-rules", path]);
        place.refused(path, &ran, "");
        assert!(ran.peak_kib < MEMORY / 4, "{path}: {} KiB", ran.peak_kib);
    }
}

#[test]
fn a_review_of_a_stranger_writes_nowhere_else_and_is_checked() {
    let mut place = Place::new();
    let review = place.at("run/out.veridact");
    let outside = place.at("outside");
    for name in ["audit.partial", "review.db", "review.db-wal"] {
        fs::create_dir(&review).unwrap();
        symlink(outside.join("letter"), review.join(name)).unwrap();
        let ran = place.run(&[]);
        place.refused(&format!("a new review with {name} elsewhere"), &ran, "review");
        fs::remove_dir_all(&review).unwrap();
    }
    assert_eq!(place.run(&[]).code, Some(0));
    let whole = tree(&review);
    let restore = || {
        fs::remove_dir_all(&review).unwrap();
        fs::create_dir(&review).unwrap();
        whole.iter().for_each(|(name, bytes)| fs::write(review.join(name), bytes).unwrap());
    };
    let database = &whole[Path::new("review.db")];
    for name in ["review.db", "audit.key", "review.db-wal", "review.db-shm"] {
        restore();
        let elsewhere = outside.join(format!("their-{name}"));
        let content = whole.get(Path::new(name)).cloned().unwrap_or_default();
        fs::write(&elsewhere, content).unwrap();
        if review.join(name).exists() {
            fs::remove_file(review.join(name)).unwrap();
        }
        symlink(&elsewhere, review.join(name)).unwrap();
        let ran = place.run(&[]);
        place.refused(&format!("{name} is a link"), &ran, "review");
        fs::remove_file(elsewhere).unwrap();
    }
    let half = &database[..database.len() / 2];
    let mut torn = database.clone();
    torn[4096..].iter_mut().for_each(|byte| *byte ^= 0x55);
    for (what, bytes) in [("half", half), ("torn", &torn), ("zeros", &[0; 8192]), ("text", b"hi")] {
        restore();
        fs::write(review.join("review.db"), bytes).unwrap();
        let ran = place.run(&[]);
        place.refused(&format!("a database that is {what}"), &ran, "review");
    }
    restore();
    fs::set_permissions(&review, fs::Permissions::from_mode(0o777)).unwrap();
    let open = fs::Permissions::from_mode(0o666);
    whole.keys().for_each(|name| fs::set_permissions(review.join(name), open.clone()).unwrap());
    let ran = place.run(&[]);
    place.untouched("open to all", &ran);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for path in whole.keys().map(|name| review.join(name)).chain([review.clone()]) {
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

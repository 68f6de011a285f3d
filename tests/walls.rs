//! The walls between the rooms, held against the table in `ARCHITECTURE.md`; and that no test file
//! is forgotten. The page itself is read, so that page and sources cannot drift apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// One row of the table.
#[derive(Debug, Default)]
struct Room {
    rooms: BTreeSet<String>,
    crates: BTreeSet<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Words in backticks.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The table of rooms, in its order, and the crates that every room may name.
fn table() -> (Vec<(String, Room)>, BTreeSet<String>) {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut rows = page.lines().skip_while(|line| !line.starts_with("| room `src/"));
    rows.next().expect("ARCHITECTURE.md has a table of rooms");
    let mut rooms: Vec<(String, Room)> = Vec::new();
    for row in rows.skip(1).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, _holds, may, crates] = cells[..] else { panic!("not four cells: {row}") };
        let name = quoted(name).into_iter().next().expect("a room's name stands in backticks");
        let may = match may {
            "all above" => rooms.iter().map(|(name, _)| name.clone()).collect(),
            "—" => BTreeSet::new(),
            names => names.split(',').map(|name| name.trim().to_owned()).collect(),
        };
        rooms.push((name, Room { rooms: may, crates: quoted(crates) }));
    }
    let everyone = page.lines().find(|line| line.starts_with("Every room may name")).unwrap();
    (rooms, quoted(everyone))
}

/// Names of the packages under `[dependencies]`, as Rust spells them.
fn dependencies() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut section = "";
    let mut names = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with('[') {
            section = line;
        } else if let (true, Some((name, _))) = (section == "[dependencies]", line.split_once('='))
        {
            names.insert(name.trim().replace('-', "_"));
        }
    }
    names
}

/// All Rust files below a folder, sorted.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A source without its comments and without the contents of strings and characters.
fn code_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let before = out.chars().next_back().unwrap_or(' ');
        let in_word = before.is_alphanumeric() || before == '_';
        let skip = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            'r' if !in_word || before == 'b' => raw_string(rest),
            '\'' => character(rest),
            _ => 0,
        };
        if skip == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            out.push(' ');
            rest = &rest[skip..];
        }
    }
    out
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        match text.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            Some(_) => at += 1,
            None => return text.len(),
        }
        if depth == 0 {
            return at;
        }
    }
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn raw_string(text: &str) -> usize {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    if text.as_bytes().get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let body = hashes + 2;
    text[body..].find(&end).map_or(text.len(), |at| body + at + end.len())
}

/// Length of a character literal; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            chars.next();
            chars.find(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1)
        }
        Some(_) => chars.next().filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1),
        None => 0,
    }
}

/// Words and single marks of code, `::` as one.
fn tokens(code: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        out.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    out
}

/// What a source names: after `crate::`, outside crates, and whether `super` leaves the room.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    rooms: BTreeSet<String>,
    crates: BTreeSet<String>,
    leaves: bool,
}

/// Reads a source whose module lies `depth` levels below the crate (a room's `mod.rs`: 1).
fn named(text: &str, depth: usize, known: &BTreeSet<String>) -> Named {
    let code = code_only(text);
    let tokens = tokens(&code);
    let mut named = Named::default();
    let (mut braces, mut inline) = (0, Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        let next = |n: usize| tokens.get(at + n).copied().unwrap_or("");
        let before = at.checked_sub(1).map_or("", |at| tokens[at]);
        match *token {
            "{" => braces += 1,
            "}" => {
                braces -= 1;
                inline.retain(|opened| *opened < braces + 1);
            }
            "mod" if next(2) == "{" => inline.push(braces + 1),
            "crate" if next(1) == "::" => {
                named.rooms.insert(next(2).to_owned());
            }
            "super" if before != "::" => {
                let chain = (0..).take_while(|n| next(n * 2) == "super").count();
                named.leaves |= chain >= depth + inline.len();
            }
            word if known.contains(word) && before != "::" && next(1) == "::" => {
                named.crates.insert(word.to_owned());
            }
            _ => {}
        }
    }
    named
}

/// How deep the module of a file lies below the crate.
fn depth(file: &Path) -> usize {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    inside.components().count() - usize::from(inside.ends_with("mod.rs"))
}

#[test]
fn rooms_import_only_what_their_row_allows() {
    let (rooms, everyone) = table();
    let known = dependencies();
    let mut wrong = Vec::new();
    for (room, may) in &rooms {
        let files = rust_files(&root().join("src").join(room));
        assert!(!files.is_empty(), "room {room} is empty: the test would pass without looking");
        let mut used = BTreeSet::new();
        for file in files {
            let named = named(&fs::read_to_string(&file).unwrap(), depth(&file), &known);
            let place = file.strip_prefix(root()).unwrap().display().to_string();
            if named.leaves {
                wrong.push(format!("{place} leaves its room by super::"));
            }
            for other in named.rooms.iter().filter(|other| *other != room) {
                if !may.rooms.contains(other) {
                    wrong.push(format!("{place} may not import crate::{other}"));
                }
            }
            for name in named.crates.difference(&everyone).filter(|c| !may.crates.contains(*c)) {
                wrong.push(format!("{place} may not name {name}"));
            }
            used.extend(named.crates);
        }
        for name in may.crates.difference(&used) {
            wrong.push(format!("the row of {room} lists {name}, which it does not name"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_is_a_room_and_every_row_names_rooms_and_crates_that_exist() {
    let (rooms, everyone) = table();
    let names: BTreeSet<String> = rooms.iter().map(|(name, _)| name.clone()).collect();
    let known = dependencies();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let stands = matches!(name.as_str(), "lib.rs" | "main.rs") || names.contains(&name);
        assert!(stands, "src/{name} is no room of ARCHITECTURE.md");
    }
    for (room, may) in &rooms {
        assert!(may.rooms.is_subset(&names), "{room}: {:?}", may.rooms.difference(&names));
        assert!(may.crates.is_subset(&known), "{room}: {:?}", may.crates.difference(&known));
    }
    assert!(everyone.is_subset(&known));
}

#[test]
fn no_two_rooms_import_each_other() {
    let (rooms, _) = table();
    let rows: BTreeMap<&String, &Room> = rooms.iter().map(|(name, room)| (name, room)).collect();
    for (name, room) in &rows {
        for other in &room.rooms {
            assert!(!rows[other].rooms.contains(*name), "{name} and {other} import each other");
        }
    }
}

#[test]
fn the_reader_of_sources_sees_code_and_nothing_else() {
    let known = BTreeSet::from(["rayon".to_owned(), "image".to_owned()]);
    let text = "// crate::ui\n/* crate::ui /* x */ rayon::join */ use crate::model::{Mask};\n\
        const A: &str = \"crate::store \\\" rayon::x\"; const B: &str = r#\"crate::cli\"\"#;\n\
        fn f<'a>(c: char) { let _ = ('\"', '\\''); crate::jobs::run(); x::image::y(); }";
    let found = named(text, 2, &known);
    assert_eq!(found.rooms, BTreeSet::from(["jobs".to_owned(), "model".to_owned()]));
    assert!(found.crates.is_empty() && !found.leaves);
    assert_eq!(named("use crate::{model::A};", 1, &known).rooms, BTreeSet::from(["{".to_owned()]));
    assert_eq!(named("use rayon::join;", 1, &known).crates.len(), 1);
    assert!(named("use super::ui;", 1, &known).leaves);
    assert!(named("mod t { use super::super::ui; }", 1, &known).leaves);
    assert!(named("use super::super::ui;", 2, &known).leaves);
    assert!(!named("mod t { use super::*; }", 1, &known).leaves);
    assert!(named("mod t { fn f() {} } use super::ui;", 1, &known).leaves);
}

#[test]
fn every_test_file_is_named_in_all_rs() {
    let tests = root().join("tests");
    let all = code_only(&fs::read_to_string(tests.join("all.rs")).unwrap());
    for entry in fs::read_dir(&tests).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_rust =
            path.extension().is_some_and(|end| end == "rs") || path.join("mod.rs").exists();
        if is_rust && stem != "all" && !own_binaries().contains(&stem) {
            assert!(all.contains(&format!("mod {stem};")), "tests/all.rs does not name {stem}");
        }
    }
}

/// Test binaries that `Cargo.toml` names besides `all`.
fn own_binaries() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let paths = text.lines().filter_map(|line| line.strip_prefix("path = \"tests/"));
    paths.filter_map(|path| path.strip_suffix(".rs\"")).map(str::to_owned).collect()
}

/// Prints, and never fails: length is a hint to a reviewer, not a rule.
#[test]
fn the_longest_files() {
    let count = |path: &PathBuf| fs::read_to_string(path).unwrap().lines().count();
    let mut files: Vec<(usize, PathBuf)> =
        rust_files(&root().join("src")).into_iter().map(|path| (count(&path), path)).collect();
    files.sort();
    for (lines, path) in files.iter().rev().take(10) {
        println!("{lines:5} {}", path.strip_prefix(root()).unwrap().display());
    }
}

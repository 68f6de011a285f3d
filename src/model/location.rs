//! Where paths lead, and how they are shown.

use std::fmt::Write;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The path with all links followed; the part that does not exist yet is kept as written. `None`
/// where that cannot be told: a link is broken, or a folder cannot be read.
pub fn resolved(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    let mut missing = Vec::new();
    let mut there = absolute.as_path();
    loop {
        match there.canonicalize() {
            Ok(mut found) => {
                for part in missing.iter().rev() {
                    match part {
                        Component::ParentDir => {
                            found.pop();
                        }
                        Component::Normal(name) => found.push(name),
                        _ => {}
                    }
                }
                return Some(found);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A broken link would be created at a place that nobody can tell yet.
                if there.symlink_metadata().is_ok() {
                    return None;
                }
                missing.push(there.components().next_back()?);
                there = there.parent()?;
            }
            Err(_unreadable) => return None,
        }
    }
}

/// A path in one line of plain characters, for terminals and lists: control characters and bytes
/// that are no UTF-8 as `\xNN`, a backslash as `\\`. No two paths look alike.
pub fn plain(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                hidden if hidden.is_control() || is_direction(hidden) => {
                    let mut bytes = [0; 4];
                    hidden.encode_utf8(&mut bytes).bytes().for_each(|byte| hex(&mut text, byte));
                }
                shown => text.push(shown),
            }
        }
        chunk.invalid().iter().for_each(|&byte| hex(&mut text, byte));
    }
    text
}

/// Whether a character turns the order in which others are shown.
/// What a parser says of a stranger's file, and quotes of it: lines that are not endless, without
/// control characters.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 160;
    let shown = |character: char| match character {
        hidden if hidden.is_control() || is_direction(hidden) => '\u{FFFD}',
        shown => shown,
    };
    let line = |line: &str| line.chars().take(LONGEST).map(shown).collect::<String>();
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

const fn is_direction(character: char) -> bool {
    matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn hex(text: &mut String, byte: u8) {
    // Writing to a string cannot fail.
    write!(text, "\\x{byte:02X}").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn paths_are_shown_in_one_line_and_told_apart() {
        let shown = |bytes: &[u8]| plain(Path::new(OsStr::from_bytes(bytes)));
        assert_eq!(shown("Größe/O'Neill 1.dcm".as_bytes()), "Größe/O'Neill 1.dcm");
        assert_eq!(shown(b"a\nb\x1b[2J"), "a\\x0Ab\\x1B[2J");
        assert_eq!(shown(b"a\xFF"), "a\\xFF");
        assert_eq!(shown(b"a\\xFF"), "a\\\\xFF");
        assert_eq!(shown("a\u{202E}mcd.exe".as_bytes()), "a\\xE2\\x80\\xAEmcd.exe");
    }

    #[test]
    fn what_a_parser_quotes_is_short_and_plain() {
        let said = format!("line 1\n| \x1b[2J\u{202E}x{}\n", "[".repeat(1000));
        let shown = quoted(&said);
        assert!(shown.starts_with("line 1\n| \u{FFFD}[2J\u{FFFD}x[["), "{shown}");
        assert_eq!(shown.lines().map(|line| line.chars().count()).max(), Some(160));
    }

    #[test]
    fn what_is_not_there_yet_is_resolved_from_what_is() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().canonicalize().unwrap();
        std::os::unix::fs::symlink(&there, there.join("link")).unwrap();
        std::os::unix::fs::symlink(there.join("gone"), there.join("broken")).unwrap();
        assert_eq!(resolved(&there.join("link/a/../b")), Some(there.join("b")));
        assert_eq!(resolved(&there.join("broken/x")), None);
    }
}

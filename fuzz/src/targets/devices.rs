//! Device rules, and scripts of other programs that are taken over as such.

use std::sync::OnceLock;

use veridact::devices::DeviceRules;
use veridact::devices::import::{Format, ImportOptions, LineUse, import};
use veridact::dicom::Scan;

use super::{Head, fixture};

fn scan() -> &'static Scan {
    static SCAN: OnceLock<Scan> = OnceLock::new();
    SCAN.get_or_init(|| fixture::input().scan())
}

/// What is loaded is written so that it is loaded again, to the same meaning, and can be asked.
pub fn device_rules(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(rules) = DeviceRules::parse(text) else { return };
    round_trip(&rules);
    // Twice the same rules are as many, each with a name of its own.
    let both = rules.clone().and(rules.clone());
    assert_eq!(both.rules().len(), 2 * rules.rules().len());
    round_trip(&both);
}

fn round_trip(rules: &DeviceRules) {
    let written = rules.to_toml();
    let again = DeviceRules::parse(&written).expect("what was written can be read");
    assert_eq!(&again, rules);
    assert_eq!(again.digest(), rules.digest());
    assert_eq!(again.to_toml(), written);
    for size in [(16, 16), (512, 512), (0, 0), (u32::MAX, u32::MAX)] {
        assert_eq!(rules.matching(scan(), size), again.matching(scan(), size));
    }
}

/// The input: how (one byte), and the script.
pub fn device_import(data: &[u8]) {
    let mut head = Head::new(data);
    let how = head.byte();
    let Ok(text) = std::str::from_utf8(head.rest()) else { return };
    // Asked for its own sake: any answer will do.
    let _guess = Format::guess(text);
    let format = if how & 1 == 0 { Format::Ctp } else { Format::Deid };
    let author = (how & 4 != 0).then_some("Ada Lovelace");
    let found = import(text, format, ImportOptions { author, any_size: how & 2 != 0 });
    assert_eq!(found.lines.len(), text.lines().count(), "each line is accounted for");
    let mut told = found.not_understood.iter().map(|it| it.line);
    let mut in_rules = vec![false; found.rules.len()];
    for (at, line) in found.lines.iter().enumerate() {
        match line {
            LineUse::NotUnderstood => assert_eq!(told.next(), Some(at + 1), "a reason for each"),
            LineUse::Rule(rule) => in_rules[*rule] = true,
            LineUse::Comment | LineUse::Frame => {}
        }
    }
    assert_eq!(told.next(), None, "a reason for a line that needs none");
    // Several may share a line, which then is said to be the first's.
    assert!(in_rules.first().is_none_or(|is| *is), "a rule that stands on no line");
    let rules = DeviceRules::new(found.rules).expect("what is imported is a set of rules");
    round_trip(&rules);
}

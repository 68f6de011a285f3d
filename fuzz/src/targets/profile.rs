//! Profiles from strangers: loaded or refused; what is loaded decides every attribute, the same
//! twice, and comments change nothing.

use veridact::model::{Action, AttributePath, Layer, VR};
use veridact::profile::{AttributeQuery, Profile, Standing, shipped};

use super::read_twice;

/// Attributes that are asked for.
const ASKED: [(&str, VR); 10] = [
    ("(0008,0005)", VR::CS),
    ("(0008,0018)", VR::UI),
    ("(0008,0020)", VR::DA),
    ("(0008,1030)", VR::LO),
    ("(0010,0010)", VR::PN),
    ("(0010,1010)", VR::AS),
    ("(0019,1001)", VR::UN),
    ("(0028,0010)", VR::US),
    ("(0040,A730)[0].(0040,A160)", VR::UT),
    ("(7FE0,0010)", VR::OW),
];

pub fn profile(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(name) = shipped().find(|name| *name == text) {
        Profile::load(name).expect("shipped profiles load");
    }
    let read = || Profile::parse("p", text, Layer::Site);
    let Some(found) = read_twice(read) else { return };
    assert_eq!(found.digest(), read().expect("it was read before").digest());
    commented(text, &found);
    assert!(found.method_text().chars().count() <= 64);
    for rule in found.rules() {
        assert!(!rule.why.trim().is_empty() && !rule.describe().is_empty());
        assert!(rule.covers(rule) && !rule.action_word().is_empty());
    }
    decides(&found);
}

/// Comments around a profile move its lines and nothing else.
fn commented(text: &str, found: &Profile) {
    // A byte order mark is one at the beginning only.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let text = format!("# a comment\n\n{text}\n# another\n");
    let moved = Profile::parse("p", &text, Layer::Site).expect("comments change nothing");
    assert_eq!(moved.digest(), found.digest());
    assert_eq!(moved.rules().len(), found.rules().len());
}

fn decides(found: &Profile) {
    let long = "a1 ".repeat(2000);
    for value in ["", "20240115", "Zwetschge^Ottilie", &long] {
        for (path, vr) in ASKED {
            let path: AttributePath = path.parse().expect("a path");
            let query = AttributeQuery {
                path: &path,
                vr,
                sop_class: "1.2.840.10008.5.1.4.1.1.2",
                modality: "CT",
                manufacturer: "Invented Scanners",
                known: true,
                present_nonempty: !value.is_empty(),
                private: None,
                concept: None,
                value: &|| Some(value.to_owned()),
            };
            let resolved = found.resolve(&query);
            assert_eq!(resolved, found.resolve(&query));
            let told = found.explain(&query);
            assert_eq!(told.resolved, resolved, "what is told is what is done");
            if told.is_protected {
                assert_eq!(resolved.action, Action::Keep, "the rest hangs on {path}");
            }
            let deciding = told.rules.iter().filter(|(_, said)| *said == Standing::Decides);
            assert!(deciding.count() <= 1, "one rule decides");
        }
    }
}

//! What the rules demand of one attribute, settled without the planner.
//!
//! Compound codes are not settled by the attribute's Type: any of their outcomes protects, and
//! what the IOD needs is not verify's matter. So a demand is the weakest state that may stand.

use crate::dicom::dictionary;
use crate::model::{Action, ActionCode, AttributePath, Tag, VR};
use crate::profile::{Rule, is_protected, table};
use crate::verify::Policy;
use crate::verify::carriers::shape_of;

/// The weakest state in which an attribute may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Anything; whether a rule names the attribute.
    Kept { named: bool },
    /// Not there.
    Absent,
    /// Not there, empty, or a dummy: an IOD may need what the table removes.
    Gone,
    /// Not there or empty.
    Empty,
    /// Empty, a dummy, or at least another value than the input's.
    Changed,
    /// Dates and binary values are other than the input's; text was cleaned and may be equal.
    Cleaned,
    /// Each UID is a new one.
    NewUids,
    /// The pseudonym.
    Pseudonym,
    /// No month and day.
    YearOnly,
}

/// UIDs that name classes and definitions.
///
/// Source: PS3.3 (SOP Class, Coding Scheme, Context Group, Transfer Syntax attributes).
const CLASS_UIDS: [Tag; 17] = [
    Tag(0x0002, 0x0010),
    Tag(0x0008, 0x0016),
    Tag(0x0008, 0x001A),
    Tag(0x0008, 0x001B),
    Tag(0x0008, 0x0062),
    Tag(0x0008, 0x010C),
    Tag(0x0008, 0x0117),
    Tag(0x0008, 0x0118),
    Tag(0x0008, 0x1150),
    Tag(0x0008, 0x1151),
    Tag(0x0008, 0x115A),
    Tag(0x0008, 0x3002),
    Tag(0x0040, 0xA168),
    Tag(0x0400, 0x0010),
    Tag(0x0400, 0x0510),
    Tag(0x0004, 0x1510),
    Tag(0x0004, 0x1512),
];

/// Encrypted Attributes Sequence and MAC Parameters Sequence: nobody can see what is in them.
const SEALED: [Tag; 2] = [Tag(0x0400, 0x0500), Tag(0x4FFE, 0x0001)];

const PATIENT_NAME: Tag = Tag(0x0010, 0x0010);
const PATIENT_ID: Tag = Tag(0x0010, 0x0020);

/// Whether a UID there names a class or definition, not a thing.
pub(crate) fn names_class(tag: Tag) -> bool {
    CLASS_UIDS.contains(&tag)
}

/// What one instance is, as far as rules ask for it.
#[derive(Debug, Default)]
pub(crate) struct Kind {
    pub sop_class: String,
    pub modality: String,
    pub manufacturer: String,
}

/// An attribute that something is demanded of.
pub(crate) struct Asked<'a> {
    pub path: &'a AttributePath,
    /// The creator of its private block; empty where there is none.
    pub creator: &'a str,
    /// Reads the value that the input has there; `None` for what is no text.
    pub value: &'a dyn Fn() -> Option<String>,
}

/// What the rules say of all attributes of one tag and VR.
pub(crate) struct Reading<'a> {
    /// Rules of the profile that may be meant, each with its demand: the first that fits decides.
    own: Vec<(&'a Rule, Demand)>,
    otherwise: Demand,
}

impl Reading<'_> {
    /// What is demanded of one attribute.
    pub(crate) fn demand(&self, asked: &Asked<'_>) -> Demand {
        self.own(asked).unwrap_or(self.otherwise)
    }

    /// Whether a rule of the profile may be meant.
    pub(crate) fn has_own(&self) -> bool {
        !self.own.is_empty()
    }

    /// What a rule of the profile demands of it.
    pub(crate) fn own(&self, asked: &Asked<'_>) -> Option<Demand> {
        let fits = |rule: &Rule| {
            let place = rule.place.as_ref();
            place.is_none_or(|place| place.fits(asked.path, asked.creator))
                && rule.fits_value(asked.value)
        };
        self.own.iter().find(|(rule, _)| fits(rule)).map(|(_, demand)| *demand)
    }
}

impl<'a> Policy<'a> {
    /// Reads the rules for a tag and VR in an instance of that kind.
    pub(crate) fn read(&self, tag: Tag, vr: VR, kind: &Kind) -> Reading<'a> {
        let of_code = |code| match of_code(code, true) {
            Demand::Absent if tag.group().is_multiple_of(2) && shape_of(vr).is_some() => {
                Demand::Gone
            }
            demand => demand,
        };
        let own = self.own_rules(tag, vr, kind).into_iter();
        let demand = |rule: &Rule| rule.action.map_or_else(|| of_code(rule.code), of_action);
        Reading {
            own: own.map(|rule| (rule, demand(rule))).collect(),
            otherwise: self.of_table(tag, vr, of_code),
        }
    }

    /// What table and options demand.
    fn of_table(&self, tag: Tag, vr: VR, of_code: impl Fn(ActionCode) -> Demand) -> Demand {
        if tag == PATIENT_NAME || tag == PATIENT_ID {
            return Demand::Pseudonym;
        }
        let Some(row) = table::row_for(tag) else { return self.unnamed(tag, vr) };
        let codes = self
            .options
            .iter()
            .filter_map(|option| option.column())
            .filter_map(|column| row.options.get(column).copied().flatten());
        // Of several options the one that keeps more may decide.
        let weakest = codes.map(&of_code).min_by_key(|demand| strength(*demand));
        weakest.unwrap_or_else(|| of_code(row.basic))
    }

    /// The profile's own rules for a tag, the later ones first; behind those that name it, and
    /// where the table has no row, those that name a VR only. No rule touches what the rest is read
    /// by.
    fn own_rules(&self, tag: Tag, vr: VR, kind: &Kind) -> Vec<&'a Rule> {
        if is_protected(tag) {
            return Vec::new();
        }
        let fits = |rule: &&Rule| {
            rule.place.as_ref().is_none_or(|place| place.tags().fits(tag))
                && rule.vr.is_none_or(|wanted| wanted == vr)
                && rule.fits_instance(&kind.sop_class, &kind.modality, &kind.manufacturer)
        };
        let fitting = || self.rules.iter().rev().filter(fits);
        let unnamed = fitting().filter(|rule| rule.place.is_none());
        let has_row = table::row_for(tag).is_some();
        let named = fitting().filter(|rule| rule.place.is_some());
        named.chain(unnamed.filter(|_| !has_row)).collect()
    }

    /// Attributes without a row.
    fn unnamed(&self, tag: Tag, vr: VR) -> Demand {
        if !dictionary::is_known(tag) || tag.group() < 0x0008 {
            return Demand::Absent;
        }
        if SEALED.contains(&tag) {
            return Demand::Absent;
        }
        let full_dates = crate::profile::ConfidentialityOption::RetainFullDates;
        match vr {
            VR::PN => Demand::Empty,
            VR::UI if names_class(tag) => Demand::Kept { named: false },
            VR::UI => Demand::NewUids,
            VR::DA | VR::DT if !self.options.contains(&full_dates) => Demand::Changed,
            _ => Demand::Kept { named: false },
        }
    }
}

const fn strength(demand: Demand) -> u8 {
    match demand {
        Demand::Kept { .. } => 0,
        Demand::Cleaned => 1,
        Demand::YearOnly => 2,
        Demand::NewUids => 3,
        Demand::Changed => 4,
        Demand::Pseudonym => 5,
        Demand::Empty => 6,
        Demand::Gone => 7,
        Demand::Absent => 8,
    }
}

const fn of_code(code: ActionCode, named: bool) -> Demand {
    match code {
        ActionCode::K => Demand::Kept { named },
        ActionCode::X => Demand::Absent,
        ActionCode::XZ => Demand::Empty,
        ActionCode::D | ActionCode::Z | ActionCode::ZD | ActionCode::XD | ActionCode::XZD => {
            Demand::Changed
        }
        ActionCode::C => Demand::Cleaned,
        ActionCode::U | ActionCode::XZU => Demand::NewUids,
    }
}

const fn of_action(action: Action) -> Demand {
    match action {
        // Ages over 89 have a check of their own, and what is set is the profile's own value.
        Action::Keep | Action::CapAge | Action::Set => Demand::Kept { named: true },
        Action::Remove => Demand::Absent,
        Action::Empty | Action::Dummy | Action::ShiftDate | Action::HashDate => Demand::Changed,
        Action::Clean => Demand::Cleaned,
        Action::ReplaceUid => Demand::NewUids,
        Action::YearOnly => Demand::YearOnly,
        Action::Pseudonym => Demand::Pseudonym,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Layer;
    use crate::profile::{ConfidentialityOption as Opt, Profile};

    fn demand(options: &[Opt], tag: (u16, u16), vr: VR) -> Demand {
        let policy = Policy {
            options,
            rules: &[],
            cap_ages: true,
            keeps_phrases: false,
            temporal: "REMOVED",
        };
        of(&policy, Tag(tag.0, tag.1), vr)
    }

    fn of(policy: &Policy<'_>, tag: Tag, vr: VR) -> Demand {
        let path = AttributePath::root(tag);
        let asked = Asked { path: &path, creator: "", value: &|| None };
        policy.read(tag, vr, &Kind::default()).demand(&asked)
    }

    #[test]
    fn the_table_and_its_columns_decide() {
        assert_eq!(demand(&[], (0x0008, 0x0050), VR::SH), Demand::Changed);
        assert_eq!(demand(&[], (0x0008, 0x0080), VR::LO), Demand::Changed);
        assert_eq!(demand(&[], (0x0010, 0x1010), VR::AS), Demand::Gone);
        assert_eq!(demand(&[], (0x0020, 0x000D), VR::UI), Demand::NewUids);
        assert_eq!(demand(&[], (0x6002, 0x3000), VR::OW), Demand::Absent);
        let characteristics = [Opt::RetainPatientCharacteristics];
        assert_eq!(
            demand(&characteristics, (0x0010, 0x1010), VR::AS),
            Demand::Kept { named: true }
        );
        assert_eq!(demand(&[Opt::RetainModifiedDates], (0x0008, 0x0020), VR::DA), Demand::Cleaned);
    }

    #[test]
    fn what_the_table_does_not_name_is_decided_by_vr() {
        assert_eq!(demand(&[], (0x0028, 0x0010), VR::US), Demand::Kept { named: false });
        assert_eq!(demand(&[], (0x0008, 0x0016), VR::UI), Demand::Kept { named: false });
        assert_eq!(demand(&[], (0x0010, 0xFFF2), VR::LO), Demand::Absent);
        assert_eq!(demand(&[], (0x0009, 0x0010), VR::LO), Demand::Absent);
    }

    #[test]
    fn a_later_rule_of_the_profile_wins() {
        let rule = |what: &str| format!("[[rule]]\n{what}\nwhy = \"w\"\n");
        let text = [
            "format = 1\nname = \"t\"\n".to_owned(),
            rule("tag = \"(0008,103E)\"\naction = \"keep\""),
            rule("tag = \"(0008,103E)\"\naction = \"remove\""),
            rule("vr = \"LO\"\naction = \"empty\""),
        ];
        let profile = Profile::parse("t", &text.concat(), Layer::Site).unwrap();
        let policy = Policy {
            options: &[],
            rules: profile.rules(),
            cap_ages: false,
            keeps_phrases: false,
            temporal: "",
        };
        assert_eq!(of(&policy, Tag(0x0008, 0x103E), VR::LO), Demand::Absent);
        assert_eq!(of(&policy, Tag(0x0008, 0x0070), VR::LO), Demand::Changed);
    }
}

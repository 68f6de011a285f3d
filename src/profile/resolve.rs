//! What the layers of a profile mean for one attribute.

use std::cell::RefCell;
use std::sync::Arc;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_dictionary_std::StandardDataDictionary;

use crate::model::{
    Action, ActionCode, AttributePath, Layer, Override, Tag, VR, names_a_definition,
};
use crate::profile::concept::{self, Concept};
use crate::profile::option::COLUMNS;
use crate::profile::private::{Disposition, PrivateAttribute, disposition};
use crate::profile::quick::QuickMap;
use crate::profile::table::{self, AttributeType};
use crate::profile::{
    AgePolicy, ConfidentialityOption, DatePolicy, Profile, Rule, TextPolicy, UnknownPrivate,
};

/// What must be known of an attribute to decide it.
#[derive(Clone, Copy)]
pub struct AttributeQuery<'a> {
    /// Where it stands.
    pub path: &'a AttributePath,
    /// Its VR.
    pub vr: VR,
    /// SOP Class UID of the instance.
    pub sop_class: &'a str,
    /// Modality (0008,0060) of the instance.
    pub modality: &'a str,
    /// Manufacturer (0008,0070) of the instance.
    pub manufacturer: &'a str,
    /// Whether the standard's dictionary has it.
    pub known: bool,
    /// Whether it has a value.
    pub present_nonempty: bool,
    /// What is known of it if it is private; `None` counts as a block that nobody reserved.
    pub private: Option<PrivateAttribute<'a>>,
    /// The concept of the content item that it stands in.
    pub concept: Option<Concept<'a>>,
    /// Reads its value as text, without padding, where that can be done; asked only where a rule
    /// depends on it.
    pub value: &'a dyn Fn() -> Option<String>,
}

impl AttributeQuery<'_> {
    /// Its Type in the instance's IOD.
    fn kind(&self) -> Option<AttributeType> {
        table::attribute_type(self.sop_class, self.path)
    }
}

/// A rule settled for one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What the rule says.
    pub code: ActionCode,
    /// What will be done.
    pub action: Action,
    /// Which rule.
    pub rule: Arc<str>,
    /// Of which layer.
    pub layer: Layer,
}

const PATIENT_NAME: Tag = Tag(0x0010, 0x0010);
const PATIENT_ID: Tag = Tag(0x0010, 0x0020);
const TEXT_VALUE: Tag = Tag(0x0040, 0xA160);
const NUMERIC_VALUE: Tag = Tag(0x0040, 0xA30A);
const CODE_VALUE: Tag = Tag(0x0008, 0x0100);
const CODING_SCHEME: Tag = Tag(0x0008, 0x0102);
const CODE_MEANING: Tag = Tag(0x0008, 0x0104);

impl Profile {
    /// Decides one attribute: total, and always an action that the VR can carry.
    ///
    /// Order: rules of the profile (the last that fits), options of the standard, the Basic
    /// Profile, then rules by VR for what the table does not name.
    pub fn resolve(&self, query: &AttributeQuery<'_>) -> Resolved {
        let tag = query.path.tag();
        if is_protected(tag) {
            let rule = "kept: the rest cannot be read without it".into();
            return Resolved {
                code: ActionCode::K,
                action: Action::Keep,
                rule,
                layer: Layer::Standard,
            };
        }
        if let Some(found) = self.own_rule(query) {
            let (code, action) = (found.code, found.action);
            let action = action.unwrap_or_else(|| self.settle(code, query));
            return self.finish(code, action, found.label.clone(), found.layer, query);
        }
        if !tag.group().is_multiple_of(2) && self.has(ConfidentialityOption::RetainSafePrivate) {
            return self.private_rule(query);
        }
        if let Some(found) = self.concept_rule(query) {
            return found;
        }
        if tag == PATIENT_NAME || tag == PATIENT_ID {
            let rule = format!("E.1-1 {}", write(tag)).into();
            let (code, action) = (ActionCode::ZD, Action::Pseudonym);
            return self.finish(code, action, rule, Layer::Standard, query);
        }
        if let Some((code, rule, layer)) = self.table_rule(tag) {
            return self.finish(code, self.settle(code, query), rule, layer, query);
        }
        let is_typed = is_prose(query.vr) && !is_structure(tag, query.vr);
        let (code, action, rule) = match is_typed && self.is_in_dummy_sequence(query) {
            true => (
                ActionCode::XZD,
                self.settle(ActionCode::ZD, query),
                "text in a sequence that must be a dummy",
            ),
            false => self.by_vr(query),
        };
        self.finish(code, action, named(rule), Layer::Standard, query)
    }

    /// What the table of private attributes says, where safe ones are retained.
    fn private_rule(&self, query: &AttributeQuery<'_>) -> Resolved {
        let (tag, vr) = (query.path.tag(), query.vr);
        // A creator goes with its block; whoever sees the whole block may keep it.
        let is_data = tag.element() >= 0x1000;
        let known = query.private.filter(|_| is_data);
        let found = known.and_then(|attribute| disposition(tag, vr, attribute));
        let layer = Layer::Option;
        let resolved = |code, action, rule: &'static str| Resolved {
            code,
            action: if can_carry(vr, action) { action } else { Action::Remove },
            rule: named(rule),
            layer,
        };
        match (found, self.unknown_private()) {
            (Some(Disposition::Keep), _) => {
                let (code, action) = self.kept_private(vr);
                resolved(code, action, "private: known, and kept")
            }
            (Some(Disposition::ShiftDate | Disposition::ShiftNumber), _) => {
                resolved(ActionCode::C, self.moved_private(vr), "private: known to hold a date")
            }
            (Some(Disposition::ReplaceUid), _) => {
                resolved(ActionCode::U, Action::ReplaceUid, "private: known to hold a UID")
            }
            (Some(Disposition::Remove), _) => {
                resolved(ActionCode::X, Action::Remove, "private: known, and removed")
            }
            (None, _) if !is_data => {
                resolved(ActionCode::X, Action::Remove, "private: nothing of its block is kept")
            }
            (None, UnknownPrivate::Remove) => {
                resolved(ActionCode::X, Action::Remove, "private: not on any list")
            }
            (None, UnknownPrivate::Clean) if is_opaque(vr) => {
                resolved(ActionCode::X, Action::Remove, "private: not on any list, and binary")
            }
            (None, UnknownPrivate::Clean) => {
                let (code, action) = self.kept_private(vr);
                resolved(code, action, "private: not on any list, cleaned by its VR")
            }
        }
    }

    /// A private attribute that is kept: what its VR says of its value still holds.
    fn kept_private(&self, vr: VR) -> (ActionCode, Action) {
        match vr {
            VR::LO | VR::LT | VR::SH | VR::ST | VR::UC | VR::UT
                if self.free_text() != TextPolicy::Empty =>
            {
                (ActionCode::C, Action::Clean)
            }
            VR::PN => (ActionCode::Z, Action::Empty),
            VR::UI => (ActionCode::U, Action::ReplaceUid),
            VR::DA | VR::DT => (ActionCode::C, self.moved_private(vr)),
            VR::AS if self.ages() == AgePolicy::Cap89 => (ActionCode::C, Action::CapAge),
            _ => (ActionCode::K, Action::Keep),
        }
    }

    fn moved_private(&self, vr: VR) -> Action {
        if self.has(ConfidentialityOption::RetainFullDates) {
            Action::Keep
        } else if !self.modifies_dates() {
            Action::Remove
        } else if self.dates() == DatePolicy::YearOnly && matches!(vr, VR::DA | VR::DT) {
            Action::YearOnly
        } else if self.dates() == DatePolicy::YearOnly {
            Action::Remove
        } else {
            self.moving()
        }
    }

    /// How dates move.
    fn moving(&self) -> Action {
        match self.dates() {
            DatePolicy::Hash => Action::HashDate,
            DatePolicy::Shift | DatePolicy::YearOnly => Action::ShiftDate,
        }
    }

    /// What Table E.3.4-1 says of the text of a content item. An item that should go keeps its
    /// place in the tree, with a dummy.
    fn concept_rule(&self, query: &AttributeQuery<'_>) -> Option<Resolved> {
        let value_type = match query.path.tag() {
            TEXT_VALUE => "TEXT",
            NUMERIC_VALUE => "NUM",
            CODE_VALUE | CODING_SCHEME | CODE_MEANING => "CODE",
            _ => return None,
        };
        let concept = query.concept?;
        let (code, option) = concept::action_of(concept, value_type, self.options())?;
        let action = match code {
            ActionCode::K => Action::Keep,
            ActionCode::C => Action::Clean,
            _ => Action::Dummy,
        };
        let rule = format!("E.3.4-1 {} {}", concept.scheme, concept.code).into();
        let layer = if option.is_some() { Layer::Option } else { Layer::Standard };
        Some(Resolved { code, action, rule, layer })
    }

    /// The last rule of the profile that fits: one that names the attribute wins over one that
    /// names a VR only, and that one speaks where the table has no row.
    fn own_rule(&self, query: &AttributeQuery<'_>) -> Option<&Rule> {
        let tag = query.path.tag();
        let fitting = |at: usize| self.rules().get(at).filter(|rule| rule.fits(query));
        let named = self.index().naming(tag).find_map(fitting);
        named.or_else(|| match table::row_for(tag) {
            Some(_) => None,
            None => self.index().by_vr().find_map(fitting),
        })
    }

    /// What the table says of an attribute, as a plan names it.
    fn table_rule(&self, tag: Tag) -> Option<(ActionCode, Arc<str>, Layer)> {
        let row = table::row_for(tag)?;
        let (code, option) = self.code_of(row);
        let written = |column: usize, write: &dyn Fn() -> Arc<str>| {
            row.rule_texts[column].get_or_init(write).clone()
        };
        Some(match option {
            Some(option) => {
                let write = || format!("option {} {}", option.name(), row.tag).into();
                (code, written(option.column().unwrap_or_default(), &write), Layer::Option)
            }
            None => {
                let write = || format!("E.1-1 {}", row.tag).into();
                (code, written(COLUMNS, &write), Layer::Standard)
            }
        })
    }

    /// The option's code where an option of the profile has one, else that of the Basic Profile.
    /// Where two options speak, the more careful one: cleaning wins over retaining.
    fn code_of(&self, row: &table::Row) -> (ActionCode, Option<ConfidentialityOption>) {
        let mut best: Option<(ActionCode, ConfidentialityOption)> = None;
        for &option in self.options() {
            let code = option.column().and_then(|column| row.options[column]);
            if let Some(code) = code
                && best.is_none_or(|(other, _)| other == ActionCode::K)
            {
                best = Some((code, option));
            }
        }
        best.map_or((row.basic, None), |(code, option)| (code, Some(option)))
    }

    /// Whether a sequence around the attribute has to be replaced by a dummy: then nothing that
    /// somebody typed may stay inside.
    fn is_in_dummy_sequence(&self, query: &AttributeQuery<'_>) -> bool {
        query.path.steps().iter().any(|step| {
            let code = table::row_for(step.sequence).map(|row| self.code_of(row).0);
            matches!(code, Some(ActionCode::D | ActionCode::ZD | ActionCode::XD | ActionCode::XZD))
        })
    }

    /// Settles a code for the attribute: compounds by its Type, C by what is cleaned.
    fn settle(&self, code: ActionCode, query: &AttributeQuery<'_>) -> Action {
        // Looked up where it matters only.
        let needs_value = || query.kind().is_some_and(AttributeType::needs_value);
        let needs_presence = || query.kind().is_some_and(AttributeType::needs_presence);
        // What the table removes and the IOD needs keeps its place without its value. Under a
        // condition that nobody can check here, it goes.
        let placeholder = || match query.kind() {
            Some(AttributeType::Type1) if query.vr != VR::SQ => Action::Dummy,
            Some(AttributeType::Type2 | AttributeType::Type2C) => Action::Empty,
            _ => Action::Remove,
        };
        let is_text = is_prose(query.vr) || matches!(query.vr, VR::DA | VR::DT | VR::TM);
        match code {
            ActionCode::K => Action::Keep,
            ActionCode::D => Action::Dummy,
            ActionCode::Z | ActionCode::ZD if needs_value() => Action::Dummy,
            ActionCode::Z | ActionCode::ZD => Action::Empty,
            ActionCode::X if is_text => placeholder(),
            ActionCode::X => Action::Remove,
            ActionCode::XD | ActionCode::XZD if needs_value() => Action::Dummy,
            ActionCode::XZ | ActionCode::XD | ActionCode::XZD => placeholder(),
            ActionCode::XZU if query.vr == VR::SQ || needs_presence() => Action::ReplaceUid,
            ActionCode::XZU => Action::Remove,
            ActionCode::U => Action::ReplaceUid,
            ActionCode::C => self.clean(query),
        }
    }

    fn clean(&self, query: &AttributeQuery<'_>) -> Action {
        match (query.vr, self.dates()) {
            (VR::DA | VR::DT, DatePolicy::Shift | DatePolicy::Hash) => self.moving(),
            (VR::DA | VR::DT, DatePolicy::YearOnly) => Action::YearOnly,
            (VR::TM | VR::SQ, _) => Action::Keep,
            // Overlays, curves and zones: until their content can be cleaned they go.
            (vr, _) if !crate::profile::resolve::is_prose(vr) => Action::Remove,
            _ => Action::Clean,
        }
    }

    /// Rules for what no row names.
    fn by_vr(&self, query: &AttributeQuery<'_>) -> (ActionCode, Action, &'static str) {
        let tag = query.path.tag();
        if !query.known {
            return (ActionCode::X, Action::Remove, "unknown attribute");
        }
        if tag.group() < 0x0008 {
            return (ActionCode::X, Action::Remove, "no attribute of a dataset");
        }
        match query.vr {
            VR::PN => (ActionCode::Z, Action::Empty, "VR PN: names are emptied"),
            VR::UI if names_a_definition(tag) => {
                (ActionCode::K, Action::Keep, "kept: names a definition")
            }
            VR::UI => (ActionCode::U, Action::ReplaceUid, "VR UI: UIDs are replaced"),
            VR::DA | VR::DT if self.has(ConfidentialityOption::RetainFullDates) => {
                (ActionCode::K, Action::Keep, "VR DA, DT: full dates are retained")
            }
            VR::DA | VR::DT if self.modifies_dates() => {
                (ActionCode::C, self.clean(query), "VR DA, DT: dates are modified")
            }
            VR::DA | VR::DT => (ActionCode::ZD, Action::Empty, "VR DA, DT: dates are emptied"),
            VR::AS => (ActionCode::C, Action::CapAge, "VR AS: ages over 89 are capped"),
            _ => (ActionCode::K, Action::Keep, "kept: no rule names it"),
        }
    }

    fn finish(
        &self,
        code: ActionCode,
        action: Action,
        rule: Arc<str>,
        layer: Layer,
        query: &AttributeQuery<'_>,
    ) -> Resolved {
        let needs_value = || query.kind().is_some_and(AttributeType::needs_value);
        let action = match action {
            Action::Keep if query.vr == VR::AS && self.ages() == AgePolicy::Cap89 => Action::CapAge,
            Action::Empty if query.vr != VR::SQ && needs_value() => Action::Dummy,
            action if can_carry(query.vr, action) => action,
            Action::ReplaceUid if query.vr == VR::SQ => Action::ReplaceUid,
            // A code that the VR cannot carry (a date in a text VR, say) falls to the careful side.
            _ => {
                if needs_value() {
                    Action::Dummy
                } else {
                    Action::Empty
                }
            }
        };
        Resolved { code, action, rule, layer }
    }
}

/// The name of a rule that is part of the program; of each there is one copy a thread.
pub(crate) fn named(rule: &'static str) -> Arc<str> {
    thread_local! {
        static NAMES: RefCell<QuickMap<&'static str, Arc<str>>> = RefCell::default();
    }
    NAMES.with_borrow_mut(|names| names.entry(rule).or_insert_with(|| rule.into()).clone())
}

/// Attributes without which the rest cannot be read: no rule may touch them.
pub(crate) fn is_protected(tag: Tag) -> bool {
    matches!(
        (tag.group(), tag.element()),
        (0x0008, 0x0005 | 0x0016 | 0x0060) | (0x7FE0, _) | (0x0028, 0x0002..=0x0103)
    )
}

fn write(tag: Tag) -> String {
    format!("({:04X},{:04X})", tag.group(), tag.element())
}

/// What a tree of content items or a code is built of: without it nothing inside can be read, and
/// nobody types it.
fn is_structure(tag: Tag, vr: VR) -> bool {
    let is_code = matches!(tag.element(), 0x0100 | 0x0102 | 0x0103 | 0x0119 | 0x0120);
    vr == VR::CS || (tag.group() == 0x0008 && is_code)
}

/// VRs of which a part can be cut out of the value.
pub(crate) const fn is_prose(vr: VR) -> bool {
    matches!(
        vr,
        VR::AE
            | VR::CS
            | VR::DS
            | VR::IS
            | VR::LO
            | VR::LT
            | VR::PN
            | VR::SH
            | VR::ST
            | VR::UC
            | VR::UR
            | VR::UT
            | VR::AS
    )
}

/// VRs of which nobody can tell without a list what their values are.
const fn is_opaque(vr: VR) -> bool {
    matches!(vr, VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN)
}

/// Whether an action makes sense for a VR.
pub(crate) const fn can_carry(vr: VR, action: Action) -> bool {
    match action {
        Action::Keep | Action::Remove | Action::Empty | Action::Set | Action::Dummy => true,
        Action::Clean => is_prose(vr),
        Action::ReplaceUid => {
            matches!(vr, VR::UI | VR::SQ | VR::LO | VR::SH | VR::ST | VR::LT | VR::UT | VR::UN)
        }
        Action::ShiftDate | Action::HashDate => matches!(
            vr,
            VR::DA
                | VR::DT
                | VR::LO
                | VR::SH
                | VR::ST
                | VR::LT
                | VR::UT
                | VR::IS
                | VR::DS
                | VR::SL
                | VR::UL
                | VR::UN
        ),
        Action::YearOnly => matches!(vr, VR::DA | VR::DT),
        Action::Pseudonym => {
            matches!(vr, VR::PN | VR::LO | VR::SH | VR::UT | VR::LT | VR::ST | VR::UC)
        }
        Action::CapAge => matches!(vr, VR::AS),
    }
}

/// The VR of the dictionary, for checks of profiles.
pub(crate) fn dictionary_vr(tag: Tag) -> VR {
    match StandardDataDictionary.by_tag(tag).map(DataDictionaryEntry::vr) {
        Some(VirtualVr::Exact(vr)) => vr,
        _ => VR::UN,
    }
}

/// Whether what a reviewer wants protects less than what the profile says.
pub fn is_weaker(resolved: &Resolved, wanted: &Override) -> bool {
    match wanted {
        Override::Keep => resolved.action != Action::Keep,
        Override::ReplaceWith(_) | Override::Clean => {
            matches!(
                resolved.action,
                Action::Remove
                    | Action::Empty
                    | Action::Dummy
                    | Action::Pseudonym
                    | Action::ReplaceUid
            )
        }
        Override::Empty | Override::Remove => false,
    }
}

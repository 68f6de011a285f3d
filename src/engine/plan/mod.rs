//! Plans what happens to each attribute of one instance: a pure function.
//!
//! The plan is what the diff shows, what a reviewer overrides and what `apply` does; no attribute
//! is decided anywhere else.

mod around;
mod complete;
mod values;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::io;

use crate::dicom::{Node, NodeId, NodeKind, Scan, dictionary, text};
use crate::engine::identifiers::Identifiers;
use crate::engine::key::ProjectKey;
use crate::engine::markers;
use crate::engine::plan::around::{Surroundings, block, is_creator};
pub use crate::engine::plan::complete::COMPLETED;
use crate::index::Instance;
use crate::model::{
    Action, ActionCode, AttributePath, HoldReason, Layer, NewValue, Override, Phi, Plan,
    PlannedEdit, Tag, VR,
};
use crate::profile::private::{self, PrivateAttribute};
use crate::profile::{
    AttributeQuery, Concept, ConfidentialityOption, DocumentPolicy, OffsetOf, Profile, Resolved,
    UnknownPrivate, dummy_text, is_protected,
};

/// Longest value that is looked into for identifying strings, in bytes. Text VRs beyond it are
/// emptied.
const LONGEST_TEXT: u64 = 1 << 20;
/// UIDs that the standard defines, and those of its examples, identify nobody.
const WELL_KNOWN_UIDS: &str = "1.2.840.10008.";

/// Encrypted Attributes Sequence: the values that an earlier de-identification took away.
const ENCRYPTED_ATTRIBUTES: Tag = Tag(0x0400, 0x0500);
/// Encapsulated Document.
const DOCUMENT: Tag = Tag(0x0042, 0x0011);
/// MAC Parameters Sequence, for signatures that are removed.
const MAC_PARAMETERS: Tag = Tag(0x4FFE, 0x0001);

/// What was decided about the pixels of the instance, as far as attributes must say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PixelWork {
    /// Whether samples are painted over.
    pub masked: bool,
    /// Whether every frame was decided by a human, or by a completed scan that masked all it
    /// found, with nothing open: only then Burned In Annotation becomes NO.
    pub decided: bool,
    /// Whether text was found in an overlay plane that nobody let stay.
    pub overlay_text: bool,
}

/// What a plan rests on, beside the instance itself.
pub struct Planner<'a> {
    /// The rules.
    pub profile: &'a Profile,
    /// The project key.
    pub key: &'a ProjectKey,
    /// The identifying strings of the batch.
    pub identifiers: &'a Identifiers,
}

/// The instance to plan for.
pub struct PlanRequest<'a> {
    /// Its elements.
    pub scan: &'a Scan,
    /// What the index says of it.
    pub instance: &'a Instance,
    /// What a reviewer wants for an attribute instead.
    pub overrides: &'a dyn Fn(&AttributePath) -> Option<Override>,
    /// What happens to its pixels.
    pub pixels: PixelWork,
    /// Edits that follow from how masked pixels are stored; they win over the profile's.
    pub pixel_edits: &'a [PlannedEdit],
    /// The identifying strings of the batch, as the planner has them.
    pub identifiers: &'a Identifiers,
    /// Whether the patient's dictionary is not complete yet.
    pub provisional: bool,
}

/// A plan could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The file could not be read.
    #[error("a value could not be read")]
    Read(#[from] std::io::Error),
}

impl Planner<'_> {
    /// Plans one instance.
    ///
    /// # Errors
    /// [`PlanError::Read`] when a value cannot be read.
    pub fn plan(&self, request: &PlanRequest<'_>) -> Result<Plan, PlanError> {
        let sop_class = request.instance.sop_class.clone();
        let mut walk = Walk {
            planner: self,
            request,
            sop_class,
            pseudonym: self.key.pseudonym(&request.instance.patient),
            days: match self.profile.offset_of() {
                OffsetOf::Patient => self.key.day_offset(&request.instance.patient),
                OffsetOf::Study => self.key.day_offset_of_study(request.instance.study.as_str()),
            },
            plan: Plan { provisional: request.provisional, ..Plan::default() },
            weakened: false,
            around: Surroundings::new(request.scan),
            harmless: RefCell::default(),
            nameless: RefCell::default(),
        };
        walk.elements()?;
        let rules = (self.profile, self.key);
        markers::add(&mut walk.plan, request, rules, &walk.pseudonym, walk.weakened)?;
        if self.profile.completes_iod() {
            complete::complete(&mut walk.plan, request.scan, &walk.sop_class)?;
        }
        Ok(walk.plan)
    }
}

struct Walk<'a> {
    planner: &'a Planner<'a>,
    request: &'a PlanRequest<'a>,
    sop_class: String,
    pseudonym: String,
    days: i32,
    plan: Plan,
    /// Whether an override is weaker than the profile.
    weakened: bool,
    around: Surroundings<'a>,
    /// Texts of this instance, by VR, of which nothing had to be cut.
    harmless: RefCell<HashMap<VR, HashSet<String>>>,
    /// Values of this instance that are kept, and identify nobody: many stand there many times.
    nameless: RefCell<HashSet<String>>,
}

impl Walk<'_> {
    fn elements(&mut self) -> Result<(), PlanError> {
        let mut skip_until = 0;
        for (id, node) in self.request.scan.iter() {
            let is_element =
                matches!(node.kind, NodeKind::Element | NodeKind::Sequence | NodeKind::Fragments);
            if !is_element
                || node.start < skip_until
                || node.tag.element() == 0
                || markers::owns(node)
            {
                continue;
            }
            if self.element(id, node)? {
                skip_until = node.end;
            }
        }
        Ok(())
    }

    /// Plans one element; whether what is inside it needs no plan.
    fn element(&mut self, id: NodeId, node: &Node) -> Result<bool, PlanError> {
        let path = self.request.scan.path(id);
        let (resolved, vr) = self.resolve(id, &path)?;
        if let Some(given) = self.planner.key.crosswalk()
            && let Some(new) =
                given.accession_in((self.request.scan, id), &resolved, self.planner.key)?
        {
            let given = NewValue::Text(Phi::new(new));
            let rule = "crosswalk".into();
            self.push(path, vr, Resolved { action: Action::Dummy, rule, ..resolved }, given);
            return Ok(true);
        }
        if node.tag == DOCUMENT && resolved.layer < Layer::Profile {
            match self.planner.profile.documents() {
                DocumentPolicy::Hold => self.plan.held.push(HoldReason {
                    check: "policy".into(),
                    place: path.to_string(),
                    what: "an encapsulated document that nobody has read".into(),
                }),
                DocumentPolicy::KeepClean if self.is_clean_document(id)? => {
                    let rule = "document: all its text can be read, and names nobody".into();
                    let (action, layer) = (Action::Keep, Layer::Profile);
                    let kept = Resolved { action, rule, layer, ..resolved };
                    return Ok(self.stays(path, vr, kept, true));
                }
                DocumentPolicy::KeepClean | DocumentPolicy::Remove => {}
            }
        }
        if is_overlay_data(node.tag)
            && resolved.action == Action::Keep
            && self.request.pixels.overlay_text
        {
            self.plan.held.push(HoldReason {
                check: "policy".into(),
                place: path.to_string(),
                what: "text in an overlay plane that stays".into(),
            });
        }
        let value = match resolved.action {
            Action::Keep if self.hides_text(id, node, vr)? => {
                let rule =
                    "private: a binary value that identifies, or is a file of its own".into();
                let (action, layer) = (Action::Remove, Layer::Standard);
                self.push(path, vr, Resolved { action, rule, layer, ..resolved }, NewValue::Absent);
                return Ok(true);
            }
            Action::Keep if self.spells_text(id, node, vr)? => {
                let value = self.emptied(&path, vr);
                let is_empty = matches!(value, NewValue::Empty);
                let action = if is_empty { Action::Empty } else { Action::Dummy };
                let (rule, layer) = ("numbers that spell what identifies".into(), Layer::Standard);
                self.push(path, vr, Resolved { action, rule, layer, ..resolved }, value);
                return Ok(true);
            }
            Action::Keep => return self.keep(id, node, path, vr, resolved),
            Action::Remove => NewValue::Absent,
            Action::Empty => NewValue::Empty,
            // A sequence that must not be empty, or be cleaned, is entered instead.
            Action::Dummy | Action::Clean | Action::ReplaceUid
                if node.kind == NodeKind::Sequence =>
            {
                return Ok(self.stays(path, vr, resolved, false));
            }
            Action::Dummy => dummy(vr),
            Action::Clean => match self.cleaned(id, &path, vr)? {
                Some(value) => value,
                None => return Ok(self.stays(path, vr, resolved, true)),
            },
            Action::ReplaceUid => match self.uids(id, &path, vr)? {
                Some(value) => value,
                None => return Ok(self.stays(path, vr, resolved, false)),
            },
            Action::ShiftDate | Action::HashDate | Action::YearOnly => {
                self.dates(id, vr, resolved.action, &path)?
            }
            Action::Pseudonym => NewValue::Text(Phi::new(self.pseudonym.clone())),
            Action::CapAge => match self.age(id, vr, &path)? {
                Some(value) => value,
                None => return self.keep(id, node, path, vr, resolved),
            },
            Action::Set => match self.request_override(&path) {
                Some(Override::ReplaceWith(text)) => NewValue::Text(text),
                _ => NewValue::Empty,
            },
        };
        let settled = match (&value, resolved.action) {
            (
                NewValue::Empty,
                Action::ShiftDate | Action::HashDate | Action::YearOnly | Action::Clean,
            ) => Resolved { action: Action::Empty, ..resolved },
            (NewValue::Absent, _) => Resolved { action: Action::Remove, ..resolved },
            _ => resolved,
        };
        self.push(path, vr, settled, value);
        Ok(true)
    }

    /// Leaves a value as it is, but for strings in it that identify.
    fn keep(
        &mut self,
        id: NodeId,
        node: &Node,
        path: AttributePath,
        vr: VR,
        resolved: Resolved,
    ) -> Result<bool, PlanError> {
        let Some((action, value)) = self.kept_value(id, node, vr)? else {
            // What a person or a profile keeps, and coded words, are kept on purpose.
            let on_purpose = resolved.layer >= Layer::Profile || is_coded(node.tag, vr);
            return Ok(self.stays(path, vr, resolved, on_purpose));
        };
        let (rule, layer) = ("identifying string in a kept value".into(), Layer::Standard);
        self.push(path, vr, Resolved { action, rule, layer, ..resolved }, value);
        Ok(true)
    }

    /// Says that an attribute stays, where that is on purpose; of private ones it is always said.
    /// Gives whether what is inside needs no plan: it needs one.
    fn stays(&mut self, path: AttributePath, vr: VR, resolved: Resolved, on_purpose: bool) -> bool {
        if on_purpose || !path.tag().group().is_multiple_of(2) {
            self.plan.kept.push(edit(path, vr, resolved, NewValue::Empty));
        }
        false
    }

    fn resolve(&mut self, id: NodeId, path: &AttributePath) -> Result<(Resolved, VR), PlanError> {
        let node = self.request.scan.node(id);
        let (mut resolved, vr) = self.rule_of(id, path)?;
        if is_creator(node.tag)
            && resolved.layer <= Layer::Option
            && (self.has_kept_elements(node)?
                || (resolved.layer == Layer::Option && self.keeps_creator(node)?))
        {
            let rule = "private: creator of a block that is kept".into();
            let (code, action, layer) = (ActionCode::K, Action::Keep, Layer::Option);
            resolved = Resolved { code, action, rule, layer };
        }
        if resolved.action == Action::Keep
            && resolved.layer == Layer::Standard
            && let Some((action, rule)) =
                careful(node.tag, (node.vr, vr), node.kind == NodeKind::Element)
        {
            let (code, layer) = (ActionCode::C, Layer::Standard);
            resolved = Resolved { action, code, rule: rule.into(), layer };
        }
        let Some(wanted) = self.request_override(path) else { return Ok((resolved, vr)) };
        self.weakened |= crate::profile::is_weaker(&resolved, &wanted);
        let action = match wanted {
            Override::Keep => Action::Keep,
            Override::Remove => Action::Remove,
            Override::Empty => Action::Empty,
            Override::ReplaceWith(_) => Action::Set,
            Override::Clean => Action::Clean,
        };
        let rule = "override of a reviewer".into();
        Ok((Resolved { action, rule, layer: Layer::Review, ..resolved }, vr))
    }

    /// What the profile says of an element, and its VR.
    fn rule_of(&mut self, id: NodeId, path: &AttributePath) -> Result<(Resolved, VR), PlanError> {
        let (scan, instance) = (self.request.scan, self.request.instance);
        let node = scan.node(id);
        let known = dictionary::is_known(node.tag);
        let is_private = !node.tag.group().is_multiple_of(2);
        let around = if is_private { Some(self.around.private(node)?) } else { None };
        let vr = match &around {
            Some((creator, _)) if node.vr == VR::UN && node.kind == NodeKind::Element => {
                self.vr_of_unknown(id, creator)?
            }
            None if node.vr == VR::UN && known => dictionary::vr(node.tag),
            _ => node.vr,
        };
        let concept = match node.tag {
            Tag(0x0040, 0xA160 | 0xA30A) => self.around.concept(node)?,
            _ if self.around.is_value_code(node) => self.around.concept(node)?,
            _ => None,
        };
        let unread = Cell::new(None);
        let value = || {
            let read = legible(scan, id, vr);
            read.unwrap_or_else(|error| {
                unread.set(Some(error));
                None
            })
        };
        let resolved = self.planner.profile.resolve(&AttributeQuery {
            path,
            vr,
            sop_class: &self.sop_class,
            modality: &instance.modality,
            manufacturer: &instance.manufacturer,
            known,
            present_nonempty: node.value.end > node.value.start,
            private: around
                .as_ref()
                .map(|(creator, parents)| PrivateAttribute { creator, parents }),
            concept: concept.as_ref().map(|(scheme, code)| Concept { scheme, code }),
            value: &value,
        });
        match unread.take() {
            Some(error) => Err(error.into()),
            None => Ok((resolved, vr)),
        }
    }

    /// The VR of a private value that says none: the table's, where the value reads so.
    fn vr_of_unknown(&self, id: NodeId, creator: &str) -> Result<VR, PlanError> {
        let tag = self.request.scan.node(id).tag;
        Ok(match private::vr_of(tag, creator) {
            Some(vr) if !is_free_text(vr) && vr != VR::CS => vr,
            Some(vr) if self.reads_as_text(id, 1)? => vr,
            None if self.reads_as_text(id, 2)? => VR::LT,
            _ => VR::UN,
        })
    }

    /// Whether the profile keeps the creator of a block of which nothing else is kept.
    fn keeps_creator(&mut self, creator: &Node) -> Result<bool, PlanError> {
        let keeps = self.planner.profile.keeps_known_creators();
        Ok(keeps && private::is_known_creator(&self.around.private(creator)?.0))
    }

    /// Whether anything of the block that a creator reserves is kept.
    fn has_kept_elements(&mut self, creator: &Node) -> Result<bool, PlanError> {
        let profile = self.planner.profile;
        let retains = profile.has(ConfidentialityOption::RetainSafePrivate);
        if retains && profile.unknown_private() == UnknownPrivate::Clean {
            return Ok(true);
        }
        if !retains && !profile.names_private() {
            return Ok(false);
        }
        let scan = self.request.scan;
        for (id, _) in block(scan, creator) {
            if self.rule_of(id, &scan.path(id))?.0.action != Action::Remove {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn request_override(&self, path: &AttributePath) -> Option<Override> {
        (self.request.overrides)(path)
    }

    fn push(&mut self, path: AttributePath, vr: VR, resolved: Resolved, value: NewValue) {
        self.plan.edits.push(edit(path, vr, resolved, value));
    }
}

/// Whether an element holds the bits of an overlay plane.
fn is_overlay_data(tag: Tag) -> bool {
    tag.group() & 0xFF01 == 0x6000 && tag.element() == 0x3000
}

/// Whether the standard defines a UID: whatever else stands behind its root is no UID.
fn is_well_known(uid: &str) -> bool {
    let rest = uid.strip_prefix(WELL_KNOWN_UIDS);
    uid.len() <= 64 && rest.is_some_and(|r| r.bytes().all(|b| b == b'.' || b.is_ascii_digit()))
}

fn edit(path: AttributePath, vr: VR, resolved: Resolved, value: NewValue) -> PlannedEdit {
    PlannedEdit {
        path,
        vr,
        code: resolved.code,
        action: resolved.action,
        value,
        rule: resolved.rule,
        layer: resolved.layer,
    }
}

/// The dummy of a VR as a planned value.
pub(crate) fn dummy(vr: VR) -> NewValue {
    match vr {
        VR::OB | VR::OW | VR::UN => NewValue::Bytes(Phi::new(vec![0, 0])),
        VR::OD | VR::OV => NewValue::Bytes(Phi::new(vec![0; 8])),
        VR::OF | VR::OL => NewValue::Bytes(Phi::new(vec![0; 4])),
        VR::US | VR::SS => NewValue::Bytes(Phi::new(vec![0; 2])),
        VR::UL | VR::SL | VR::FL | VR::AT => NewValue::Bytes(Phi::new(vec![0; 4])),
        VR::FD | VR::UV | VR::SV => NewValue::Bytes(Phi::new(vec![0; 8])),
        VR::SQ => NewValue::Empty,
        vr => NewValue::Text(Phi::new(dummy_text(vr).to_owned())),
    }
}

/// The value of an element as rules look at it; `None` for what cannot be read as text.
fn legible(scan: &Scan, id: NodeId, vr: VR) -> io::Result<Option<String>> {
    let node = scan.node(id);
    let is_short = node.value.end - node.value.start <= LONGEST_TEXT;
    if node.kind != NodeKind::Element || !text::is_text(vr) || !is_short {
        return Ok(None);
    }
    let decoded = text::text_value(scan, id)?;
    let is_read = decoded.clean || decoded.text.is_ascii();
    Ok(is_read.then(|| decoded.text.trim_matches([' ', '\0']).to_owned()))
}

/// Rules for what no table names, more careful than keeping; `written` is the VR that stands in the
/// file, `vr` the one that is known.
pub fn careful(
    tag: Tag,
    (written, vr): (VR, VR),
    is_element: bool,
) -> Option<(Action, &'static str)> {
    if is_protected(tag) {
        return None;
    }
    if tag.group() & 0xFF01 == 0x6000 {
        return Some((Action::Remove, "an overlay goes as a whole"));
    }
    if matches!(tag, ENCRYPTED_ATTRIBUTES | MAC_PARAMETERS) {
        return Some((Action::Remove, "sealed values, and seals of what has changed"));
    }
    match vr {
        VR::LT | VR::ST | VR::UT if is_element => {
            Some((Action::Clean, "free text is cleaned, or emptied, as the profile says"))
        }
        _ if written == VR::UN && is_element => {
            Some((Action::Remove, "VR UN: what the value is cannot be told"))
        }
        _ => None,
    }
}

/// VRs whose text people write.
const fn is_free_text(vr: VR) -> bool {
    matches!(vr, VR::LO | VR::LT | VR::SH | VR::ST | VR::UC | VR::UT)
}

/// Whether each value is as short as the VR wants it.
fn fits(text: &str, vr: VR) -> bool {
    let longest = match vr {
        VR::SH => 16,
        VR::LO => 64,
        VR::ST => return text.chars().count() <= 1024,
        VR::LT => return text.chars().count() <= 10_240,
        _ => return true,
    };
    text.split('\\').all(|value| value.chars().count() <= longest)
}

/// Values that come from a list of terms, not from a keyboard.
fn is_coded(tag: Tag, vr: VR) -> bool {
    vr == VR::CS || matches!((tag.group(), tag.element()), (0x0008, 0x0100 | 0x0102 | 0x0104))
}

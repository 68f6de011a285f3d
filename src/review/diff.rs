//! The metadata diff of one instance, as rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;

use crate::model::{
    Action, ActionCode, AttributePath, InstanceUid, Layer, Lies, NewValue, Phi, Plan, PlannedEdit,
    Scope, Tag, VR,
};
use crate::review::decisions::Decisions;

/// An attribute as it stands in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeforeValue {
    /// Which.
    pub path: AttributePath,
    /// Its VR.
    pub vr: VR,
    /// Its value as text to show, cut by the caller where it is long.
    pub value: Phi<String>,
}

/// How a row of the diff is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiffClass {
    /// It goes, or is emptied.
    Removed,
    /// Its value changes.
    Changed,
    /// It is new.
    Added,
    /// It stays on purpose though it may identify.
    KeptOnPurpose,
    /// It stays.
    Kept,
}

/// One attribute of the diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffRow {
    /// Which.
    pub path: AttributePath,
    /// Its keyword; empty where the dictionary has none (private attributes).
    pub keyword: &'static str,
    /// Its VR.
    pub vr: VR,
    /// Its value in the input; `None` when it is new.
    pub before: Option<Phi<String>>,
    /// Its value afterwards; `None` when it goes.
    pub after: Option<Phi<String>>,
    /// What is done, as one letter: it tells without colour.
    pub letter: char,
    /// What the rule says; `None` where no rule speaks of it.
    pub code: Option<ActionCode>,
    /// What is done.
    pub action: Action,
    /// Which rule decided; empty where none did.
    pub rule: Arc<str>,
    /// Which layer that rule is of.
    pub layer: Option<Layer>,
    /// Its colour.
    pub class: DiffClass,
    /// Where a reader overrode the profile.
    pub overridden: Option<Scope>,
}

/// Builds the rows: every attribute of the input in its order, and what the plan adds where it
/// will stand. Attributes inside a sequence that goes are listed with it as going.
pub fn diff_rows(plan: &Plan, before: &[BeforeValue]) -> Vec<DiffRow> {
    let by_path = |edits: &[PlannedEdit]| -> BTreeMap<AttributePath, PlannedEdit> {
        edits.iter().map(|edit| (edit.path.clone(), edit.clone())).collect()
    };
    let (edits, kept) = (by_path(&plan.edits), by_path(&plan.kept));
    let mut rows: Vec<DiffRow> = before
        .iter()
        .map(|value| match edits.get(&value.path) {
            Some(edit) => edited(edit, Some(value)),
            None => match surrounding(&edits, &value.path) {
                Some(edit) => going_with(edit, value),
                None => staying(kept.get(&value.path), value),
            },
        })
        .collect();
    let there: std::collections::BTreeSet<&AttributePath> =
        before.iter().map(|value| &value.path).collect();
    for edit in edits.values().filter(|edit| !there.contains(&edit.path)) {
        // The plan may name what is not there; then nothing happens.
        if edit.value != NewValue::Absent {
            let row = edited(edit, None);
            let at = rows.partition_point(|other| dataset_order(&other.path, &row.path).is_lt());
            rows.insert(at, row);
        }
    }
    rows
}

/// Fills in where a reader overrode the profile.
pub fn mark_overrides(
    rows: &mut [DiffRow],
    decisions: &Decisions,
    (lies, instance): (Lies<'_>, &InstanceUid),
) {
    let overrides = decisions.overrides_for(lies, instance);
    for row in rows {
        let found = overrides.iter().find(|found| found.speaks_of(&row.path));
        row.overridden = found.map(|found| found.scope.clone());
    }
}

/// The keyword of a standard attribute, empty for others.
pub fn keyword(tag: Tag) -> &'static str {
    StandardDataDictionary.by_tag(tag).map_or("", |entry| entry.alias())
}

/// Compares as a dataset orders its elements: outer before inner, then tag, then item.
pub fn dataset_order(a: &AttributePath, b: &AttributePath) -> Ordering {
    let steps = |path: &AttributePath| -> Vec<(Tag, u32)> {
        let mut steps: Vec<_> =
            path.steps().iter().map(|step| (step.sequence, step.item + 1)).collect();
        // The sequence itself (item 0) stands before its items.
        steps.push((path.tag(), 0));
        steps
    };
    steps(a).cmp(&steps(b))
}

/// The edit of a sequence around `path` that takes it away whole.
fn surrounding<'a>(
    edits: &'a BTreeMap<AttributePath, PlannedEdit>,
    path: &AttributePath,
) -> Option<&'a PlannedEdit> {
    let steps = path.steps();
    (0..steps.len()).find_map(|at| {
        let (outer, step) = (steps.get(..at)?, steps.get(at)?);
        let around = AttributePath::nested(outer.to_vec(), step.sequence);
        edits.get(&around).filter(|edit| edit.action != Action::Keep)
    })
}

fn edited(edit: &PlannedEdit, before: Option<&BeforeValue>) -> DiffRow {
    let after = match &edit.value {
        NewValue::Absent => None,
        NewValue::Empty => Some(Phi::new(String::new())),
        NewValue::Text(text) => Some(text.clone()),
        NewValue::Bytes(bytes) => Some(Phi::new(format!("{} bytes", bytes.expose().len()))),
        NewValue::Items(items) => Some(Phi::new(match items.len() {
            1 => "1 item".to_owned(),
            count => format!("{count} items"),
        })),
    };
    let before_value = before.map(|value| value.value.clone());
    let class = match (&edit.value, before) {
        (_, None) => DiffClass::Added,
        (NewValue::Absent | NewValue::Empty, _) => DiffClass::Removed,
        _ if edit.action == Action::Keep => DiffClass::KeptOnPurpose,
        _ => DiffClass::Changed,
    };
    DiffRow {
        path: edit.path.clone(),
        keyword: keyword(edit.path.tag()),
        vr: edit.vr,
        before: before_value,
        after,
        letter: edit.action.letter(),
        code: Some(edit.code),
        action: edit.action,
        rule: edit.rule.clone(),
        layer: Some(edit.layer),
        class,
        overridden: None,
    }
}

fn going_with(edit: &PlannedEdit, before: &BeforeValue) -> DiffRow {
    DiffRow {
        path: before.path.clone(),
        keyword: keyword(before.path.tag()),
        vr: before.vr,
        after: None,
        letter: Action::Remove.letter(),
        action: Action::Remove,
        class: DiffClass::Removed,
        ..edited(edit, Some(before))
    }
}

fn staying(kept: Option<&PlannedEdit>, before: &BeforeValue) -> DiffRow {
    DiffRow {
        path: before.path.clone(),
        keyword: keyword(before.path.tag()),
        vr: before.vr,
        before: Some(before.value.clone()),
        after: Some(before.value.clone()),
        letter: Action::Keep.letter(),
        code: kept.map(|edit| edit.code),
        action: Action::Keep,
        rule: kept.map_or_else(|| Arc::from(""), |edit| edit.rule.clone()),
        layer: kept.map(|edit| edit.layer),
        class: if kept.is_some() { DiffClass::KeptOnPurpose } else { DiffClass::Kept },
        overridden: None,
    }
}

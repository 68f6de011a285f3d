//! The steps of the readers, for the history panel.

use jiff::tz::TimeZone;

use crate::model::{Decision, FindingAnswer, Override, Phi, Scope, SeriesUid, Tag, Verdict};
use crate::review::ReviewState;
use crate::review::command::Command;
use crate::review::diff::keyword;
use crate::review::effect::Effect;
use crate::review::rows::HistoryRow;

/// Steps that are listed: more are in `veridact audit show`.
const MOST: usize = 500;

impl ReviewState {
    /// The steps that can be taken back, or could be, the newest first.
    pub fn history_rows(&self) -> Vec<HistoryRow> {
        let steps = self.journal.steps().rev().take(MOST);
        let back = self.journal.undo_order(&self.reader);
        steps
            .map(|step| HistoryRow {
                seq: step.seq,
                when: step.at.to_zoned(TimeZone::system()).strftime("%F %T").to_string(),
                reader: step.reader.to_owned(),
                words: Phi::new(self.step_words(step.decisions)),
                undone: step.undone,
                takes_back: back.iter().position(|seq| *seq == step.seq).map(|at| at + 1),
            })
            .collect()
    }

    /// What a step decided, in one line: its kind, its number, and where.
    fn step_words(&self, decisions: &[Decision]) -> String {
        let Some(first) = decisions.first() else { return String::new() };
        let mut words = match first {
            Decision::AddMask(_) => "Mask drawn".to_owned(),
            Decision::ChangeMask { .. } => "Mask moved or resized".to_owned(),
            Decision::RemoveMask(_) => "Mask deleted".to_owned(),
            Decision::ExceptFromMask { .. } => "Taken out of a mask".to_owned(),
            Decision::AnswerFinding { answer: FindingAnswer::Mask, text, .. } => {
                format!("Masked “{}”", text.expose())
            }
            Decision::AnswerFinding { answer: FindingAnswer::Keep, text, .. } => {
                format!("Kept “{}”", text.expose())
            }
            Decision::OverrideAttribute { tag, action, .. } => {
                override_words(*tag, action.as_ref())
            }
            Decision::SetVerdict { verdict, reason, .. } => {
                let word = match verdict {
                    Verdict::Approved => "Approved",
                    Verdict::Held => "Held",
                    Verdict::Rejected => "Rejected",
                    Verdict::Undecided => "Verdict cleared",
                };
                let because = if reason.is_empty() { "" } else { ": " };
                format!("{word}{because}{reason}")
            }
            Decision::AcceptResidual { place, reason, .. } => {
                format!("Accepted what verify found in {place}: {reason}")
            }
            Decision::ResolveIdentity(_) => "Said whose files these are".to_owned(),
        };
        if decisions.len() > 1 {
            words.push_str(&format!(" and {} more", decisions.len() - 1));
        }
        if let Some(place) = self.scope_of(first).and_then(|scope| self.place_words(&scope)) {
            words.push_str(&format!(" · {place}"));
        }
        words
    }

    /// A scope in words, such as `series CT Axial 5 mm`.
    fn place_words(&self, scope: &Scope) -> Option<String> {
        let label = |series: &SeriesUid| {
            let entry = self.outline.one_series(series)?;
            Some(format!("{} {}", entry.modality, entry.label.expose()))
        };
        let of = |instance| self.outline.series_of(instance).and_then(label);
        match scope {
            Scope::Batch => Some("whole batch".to_owned()),
            Scope::Group(id) => {
                let mut looks = self.outline.looks();
                let look = looks.find(|look| look.id() == *id)?;
                let size = look.image_size.map(|(columns, rows)| format!(" {columns} × {rows}"));
                Some(format!("group {}{}", look.modality, size.unwrap_or_default()))
            }
            Scope::Series(series) => label(series).map(|it| format!("series {it}")),
            Scope::Instance(instance) => of(instance).map(|it| format!("an instance of {it}")),
            Scope::Frame(instance, frame) => {
                of(instance).map(|it| format!("frame {} of {it}", frame.saturating_add(1)))
            }
        }
    }

    /// Takes the reader's own steps back, the newest first, until this one is taken back, too.
    pub(super) fn undo_to(&mut self, seq: u64) -> Vec<Effect> {
        let order = self.journal.undo_order(&self.reader);
        let Some(at) = order.iter().position(|it| *it == seq) else {
            return vec![Effect::refused(
                "Only your own steps since the last export can be taken back",
            )];
        };
        let mut effects = Vec::new();
        for _ in 0..=at {
            // Each waits until the one before is on disk.
            effects.extend(self.handle(Command::Undo));
        }
        effects
    }
}

fn override_words(tag: Tag, action: Option<&Override>) -> String {
    let name = match keyword(tag) {
        "" => tag.to_string(),
        known => known.to_owned(),
    };
    match action {
        None => format!("Override of {name} taken back"),
        Some(Override::Keep) => format!("{name} kept"),
        Some(Override::Remove) => format!("{name} removed"),
        Some(Override::Empty) => format!("{name} emptied"),
        Some(Override::ReplaceWith(_)) => format!("{name} replaced"),
        Some(Override::Clean) => format!("{name} cleaned"),
    }
}

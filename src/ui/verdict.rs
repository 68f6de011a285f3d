//! At the bottom: verdict, reason, undo and redo; below them the figures of the batch.

use egui::{Key, RichText, TextEdit, Ui};

use crate::model::{InstanceUid, Verdict};
use crate::review::{
    Command, IdentityCommand, OpenItem, SeriesState, StatusCounts, VerdictCommand,
};
use crate::ui::intent::Intent;
use crate::ui::keys::{self, Action, Moment};
use crate::ui::outline::state_tone;
use crate::ui::session::{Export, Session};
use crate::ui::strings;
use crate::ui::text::one_line;
use crate::ui::theme::{Tone, tone};

/// A reason that is being given.
#[derive(Clone, Debug)]
pub(super) struct ReasonPrompt {
    /// Hold or reject.
    pub verdict: Verdict,
    /// The instance on the screen when it was asked for.
    shown: InstanceUid,
    text: String,
    fresh: bool,
}

impl ReasonPrompt {
    /// Asks for the reason of a verdict on what is on the screen.
    pub const fn new(verdict: Verdict, shown: InstanceUid) -> Self {
        Self { verdict, shown, text: String::new(), fresh: true }
    }
}

/// Draws the verdict bar.
pub(super) fn verdict_bar(
    ui: &mut Ui,
    session: &Session,
    (prompt, moment): (&mut Option<ReasonPrompt>, &Moment),
    out: &mut Vec<Intent>,
) {
    if prompt.is_some() {
        ui.horizontal_wrapped(|ui| reason(ui, prompt, out));
        ui.separator();
    }
    ui.horizontal_wrapped(|ui| {
        standing(ui, session, out);
        ui.separator();
        for (action, words) in [
            (Action::Approve, "Approve"),
            (Action::Hold, "Hold…"),
            (Action::Reject, "Reject…"),
            (Action::Clear, "Clear"),
        ] {
            button(ui, (action, words), moment, out);
        }
        ui.separator();
        button(ui, (Action::Next, "Next to decide"), moment, out);
        ui.separator();
        for (action, words) in [(Action::Undo, "Undo"), (Action::Redo, "Redo")] {
            let asked = ui.button(words).on_hover_text(keys::keys_of(action));
            if asked.accessible_name(words).clicked() {
                out.extend(keys::intent(action, moment));
            }
        }
    });
}

fn button(ui: &mut Ui, (action, words): (Action, &str), moment: &Moment, out: &mut Vec<Intent>) {
    let key = keys::keys_of(action);
    let button = egui::Button::new(words).shortcut_text(RichText::new(key).small());
    let intent = keys::intent(action, moment);
    if ui.add_enabled(intent.is_some(), button).accessible_name(words).clicked() {
        out.extend(intent);
    }
}

/// How the series shown stands, and what keeps it from being approved.
fn standing(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    let Some(row) = session.rows.series.iter().find(|row| row.selected) else {
        ui.label(RichText::new("No series selected").color(tone(ui, Tone::Weak)));
        return;
    };
    let letter = strings::state_letter(&row.state);
    let words = if row.pending {
        strings::SAVING.to_owned()
    } else {
        format!("{letter}  {}", row.state.as_str())
    };
    ui.label(RichText::new(words).strong().color(tone(ui, state_tone(&row.state))));
    let why = match &row.state {
        SeriesState::Held { reason } | SeriesState::Rejected { reason } => one_line(reason),
        SeriesState::Stale { .. } => strings::STALE.to_owned(),
        SeriesState::Undecided | SeriesState::Approved => String::new(),
    };
    if !why.is_empty() {
        ui.label(RichText::new(why).color(tone(ui, state_tone(&row.state))));
    }
    // Approved or not, what nobody knows the owner of is held.
    let waits = |item: &&OpenItem| row.state.needs_verdict() || **item == OpenItem::Identity;
    let open: Vec<String> = row.open.iter().filter(waits).map(ToString::to_string).collect();
    if !open.is_empty() {
        ui.label(RichText::new(open.join("; ")).color(tone(ui, Tone::Amber)));
    }
    if row.open.contains(&OpenItem::Identity)
        && let Some(question) = session.state.question_of_series(&row.series)
        && ui.button(strings::GO_TO_QUESTION).clicked()
    {
        out.push(Command::Identity(IdentityCommand::Show(question)).into());
    }
}

fn reason(ui: &mut Ui, prompt: &mut Option<ReasonPrompt>, out: &mut Vec<Intent>) {
    let Some(asked) = prompt else { return };
    let (verb, list) = if asked.verdict == Verdict::Held {
        ("Hold", strings::HOLD_REASONS)
    } else {
        ("Reject", strings::REJECT_REASONS)
    };
    let mut chosen = None;
    ui.label(RichText::new(format!("{verb} because")).strong());
    for words in list {
        if ui.button(words).clicked() {
            chosen = Some(words.to_owned());
        }
    }
    let edit = TextEdit::singleline(&mut asked.text).hint_text("or your own words");
    let edit = ui.add(edit.desired_width(220.0)).accessible_name(strings::REASON);
    if std::mem::take(&mut asked.fresh) {
        edit.request_focus();
    }
    let (enter, escape) =
        ui.input(|input| (input.key_pressed(Key::Enter), input.key_pressed(Key::Escape)));
    let ready = !asked.text.trim().is_empty();
    let button = ui.add_enabled(ready, egui::Button::new(verb));
    let button = button.accessible_name(format!("{verb} with this reason"));
    if ready && (button.clicked() || (edit.lost_focus() && enter)) {
        chosen = Some(asked.text.trim().to_owned());
    }
    let cancel = ui.button(strings::CANCEL).accessible_name("Cancel verdict");
    let left = cancel.clicked() || escape;
    if let Some(reason) = chosen {
        let (shown, verdict) = (asked.shown.clone(), asked.verdict);
        let command = VerdictCommand { shown, verdict, reason, repeat: false };
        out.push(Command::Verdict(command).into());
        *prompt = None;
    } else if left {
        *prompt = None;
    }
}

/// The figures of the status bar, in words, with a tone each.
pub(super) fn figures(counts: &StatusCounts) -> Vec<(String, Tone)> {
    let mut figures = vec![
        (strings::count(counts.series as u64, "series", "series"), Tone::Weak),
        (strings::count(counts.instances as u64, "instance", "instances"), Tone::Weak),
    ];
    let mut add = |number: usize, words: &str, kind: Tone| {
        if number > 0 {
            figures.push((format!("{} {words}", strings::grouped(number as u64)), kind));
        }
    };
    add(counts.undecided, "undecided", Tone::Plain);
    add(counts.approved, "approved", Tone::Green);
    add(counts.held, "held", Tone::Blue);
    add(counts.rejected, "rejected", Tone::Red);
    add(counts.stale, "stale", Tone::Amber);
    add(counts.problems, "problems", Tone::Amber);
    if counts.questions > 0 {
        let (one, many) = ("question of identity", "questions of identity");
        figures.push((strings::count(counts.questions as u64, one, many), Tone::Red));
    }
    if counts.open_findings > 0 {
        let words = strings::count(counts.open_findings, "open finding", "open findings");
        figures.push((words, Tone::Amber));
    }
    if counts.pending > 0 {
        figures.push((strings::SAVING.to_owned(), Tone::Accent));
    }
    figures
}

/// Draws the status bar.
pub(super) fn status_bar(ui: &mut Ui, session: &Session) {
    ui.horizontal_wrapped(|ui| {
        for (words, kind) in figures(&session.rows.counts) {
            ui.label(RichText::new(words).small().color(tone(ui, kind)));
        }
        for words in jobs(session) {
            ui.separator();
            ui.label(RichText::new(words).small().color(tone(ui, Tone::Accent)));
        }
        ui.separator();
        let facts = format!("profile {}   key {}", session.profile, short(&session.key));
        let facts = ui.label(RichText::new(one_line(&facts)).small().color(tone(ui, Tone::Weak)));
        let review = session.review.display();
        facts.on_hover_text(format!("key {}\nreview {review}", session.key));
    });
}

fn short(key: &str) -> String {
    key.chars().take(16).collect()
}

fn jobs(session: &Session) -> Vec<String> {
    let steps = |words: &str, (done, total): (usize, usize)| {
        format!("{words} {}/{}", strings::grouped(done as u64), strings::grouped(total as u64))
    };
    let mut jobs = Vec::new();
    jobs.extend(session.index.map(|at| match at {
        (_, 0) => "listing the folder".to_owned(),
        at => steps("reading", at),
    }));
    jobs.extend(session.detect.map(|at| steps("looking for text", at)));
    if let Export::Running { steps: at, .. } = session.export {
        jobs.push(steps("exporting", at));
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_there_is_is_counted_and_stale_is_named() {
        let counts = StatusCounts { instances: 2, series: 1, stale: 1, ..Default::default() };
        let words: Vec<String> = figures(&counts).into_iter().map(|(words, _)| words).collect();
        assert_eq!(words, ["1 series", "2 instances", "1 stale"]);
    }
}

//! Answers to findings.

use crate::model::{Decision, Finding, FindingAnswer};
use crate::review::ReviewState;
use crate::review::command::{FindingCommand, FindingRef, ScopeLevel};
use crate::review::decisions::FindingState;
use crate::review::effect::Effect;

impl ReviewState {
    pub(super) fn finding(&mut self, command: FindingCommand) -> Vec<Effect> {
        if !self.selection.painted {
            return Vec::new();
        }
        if self.fold_shown().is_some() {
            // A finding is of one frame, and nobody sees which.
            return vec![Effect::refused("Look at a frame first: click the spot, or press Tab")];
        }
        match command {
            FindingCommand::Answer(finding, answer) => self.answer(vec![finding], answer),
            FindingCommand::AnswerSelected(answer) => match self.selected_finding() {
                Some(finding) => self.answer(vec![finding], answer),
                None => vec![Effect::refused("No finding is selected")],
            },
            FindingCommand::AnswerShown(answer) => self.answer(self.open_shown(), answer),
        }
    }

    fn answer(&mut self, findings: Vec<FindingRef>, answer: FindingAnswer) -> Vec<Effect> {
        let size = self.shown().and_then(|(_, entry)| entry.image_size);
        let Some(image_size) = size else { return Vec::new() };
        let (mut decisions, mut narrowed) = (Vec::new(), false);
        for reference in findings {
            let shown = self.is_shown(&reference.instance, reference.frame);
            let Some(finding) = self.finding_at(&reference).filter(|_| shown) else { continue };
            let level = self.answer_level(finding, answer);
            narrowed |= answer == FindingAnswer::Keep && level < self.selection.level;
            let Some(scope) = self.scope_at(level) else { continue };
            let (region, text) = (finding.region, finding.text.clone());
            decisions.push(Decision::AnswerFinding { scope, region, text, image_size, answer });
        }
        let mut effects = self.decide(decisions);
        if narrowed {
            effects.push(Effect::news(
                "Nothing could be read there, so the keep holds for this instance only",
            ));
        }
        effects
    }

    /// The current level, as far as an answer may reach.
    fn answer_level(&self, finding: &Finding, answer: FindingAnswer) -> ScopeLevel {
        let unread = finding.text.expose().trim().is_empty();
        let widest = match answer {
            FindingAnswer::Mask => ScopeLevel::Series,
            FindingAnswer::Keep if unread => ScopeLevel::Instance,
            FindingAnswer::Keep => ScopeLevel::Batch,
        };
        self.selection.level.min(widest)
    }

    /// The open findings of the frame shown.
    fn open_shown(&self) -> Vec<FindingRef> {
        let Some((series, entry)) = self.shown() else { return Vec::new() };
        let (sight, frame) = (self.sight(), self.selection.frame);
        self.findings_of_frame(&entry.instance, frame)
            .iter()
            .filter(|finding| {
                sight.finding_state(series, entry, (frame, finding)) == FindingState::Open
            })
            .map(|finding| FindingRef {
                instance: entry.instance.clone(),
                frame,
                region: finding.region,
            })
            .collect()
    }

    /// The findings of one frame.
    pub fn findings_of_frame(
        &self,
        instance: &crate::model::InstanceUid,
        frame: u32,
    ) -> &[Finding] {
        let frames = self.findings_of(instance);
        let found = frames.iter().find(|found| found.frame == frame);
        found.map_or(&[], |found| found.findings.as_slice())
    }

    /// The place of a finding among those of its frame.
    pub(super) fn finding_index(&self, finding: &FindingRef) -> Option<usize> {
        self.findings_of_frame(&finding.instance, finding.frame)
            .iter()
            .position(|other| other.region == finding.region)
    }

    fn finding_at(&self, finding: &FindingRef) -> Option<&Finding> {
        let at = self.finding_index(finding)?;
        self.findings_of_frame(&finding.instance, finding.frame).get(at)
    }

    /// The selected finding.
    pub(super) fn selected_finding(&self) -> Option<FindingRef> {
        let instance = self.selection.instance.clone()?;
        let frame = self.selection.frame;
        let found = self.findings_of_frame(&instance, frame).get(self.selection.finding?)?;
        Some(FindingRef { region: found.region, instance, frame })
    }
}

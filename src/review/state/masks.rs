//! Masks, attributes and residuals: what becomes one decision each.

use crate::model::{Decision, InstanceUid, Mask, MaskId, Region, Scope, VR};
use crate::review::ReviewState;
use crate::review::command::{AttributeCommand, MaskCommand, ScopeLevel};
use crate::review::effect::Effect;
use crate::review::overriding::override_fault;
use crate::store::EventBody;

impl ReviewState {
    /// Sends decisions as one step of undo.
    pub(super) fn decide(&mut self, decisions: Vec<Decision>) -> Vec<Effect> {
        if decisions.is_empty() {
            return Vec::new();
        }
        vec![self.pending.send(&self.reader, EventBody::decided(decisions))]
    }

    pub(super) fn mask(&mut self, command: MaskCommand) -> Vec<Effect> {
        match command {
            MaskCommand::Add(region) => self.add_mask(region),
            MaskCommand::Change(id, region) => self.change_mask(id, region),
            MaskCommand::Remove(id) => self.decide(vec![Decision::RemoveMask(id)]),
            MaskCommand::Except(..) | MaskCommand::Again(_) if self.fold_shown().is_some() => {
                vec![Effect::refused("Look at a frame first: click the spot, or press V")]
            }
            MaskCommand::GiveToGroup => self.give_to_group(),
            MaskCommand::Except(id, level) => self.except(id, level),
            MaskCommand::Again(id) => self.again(id),
            MaskCommand::FromFinding(finding) => match self.finding_index(&finding) {
                Some(_) if self.is_shown(&finding.instance, finding.frame) => {
                    self.add_mask(finding.region)
                }
                _ => Vec::new(),
            },
        }
    }

    fn add_mask(&mut self, region: Region) -> Vec<Effect> {
        let Some(image_size) = self.shown().and_then(|(_, entry)| entry.image_size) else {
            return vec![Effect::refused("There is no image to mask")];
        };
        let Some(region) = region.clamped(image_size.0, image_size.1) else {
            return vec![Effect::refused("The mask lies outside the image")];
        };
        // Wider than the series it goes by a command of its own, with a preview.
        let level = match self.fold_shown() {
            // What is drawn on a projection is drawn on all of its series.
            Some(_) => ScopeLevel::Series,
            None => self.selection.level.min(ScopeLevel::Series),
        };
        let Some(scope) = self.scope_at(level) else { return Vec::new() };
        let id = self.pending.mask_id(&self.journal);
        let mask = Mask { id, region, image_size, scope, exceptions: Vec::new() };
        self.decide(vec![Decision::AddMask(mask)])
    }

    /// The mask of that name, on disk or on its way.
    fn mask_anywhere(&self, id: MaskId) -> Option<&Mask> {
        let pending = self.pending.decisions().find_map(|decision| match decision {
            Decision::AddMask(mask) if mask.id == id => Some(mask),
            _ => None,
        });
        self.decisions().mask(id).or(pending)
    }

    fn change_mask(&mut self, id: MaskId, region: Region) -> Vec<Effect> {
        let Some(size) = self.mask_anywhere(id).map(|mask| mask.image_size) else {
            return Vec::new();
        };
        match region.clamped(size.0, size.1) {
            Some(region) => self.decide(vec![Decision::ChangeMask { id, region }]),
            None => vec![Effect::refused("The mask would lie outside the image")],
        }
    }

    fn except(&mut self, id: MaskId, level: ScopeLevel) -> Vec<Effect> {
        let Some(scope) = self.scope_at(level) else { return Vec::new() };
        let Some(rank) = self.mask_anywhere(id).map(|mask| mask.scope.rank()) else {
            return Vec::new();
        };
        if scope.rank() <= rank {
            return vec![Effect::refused(
                "Only what is narrower than the mask can be taken out of it; delete it instead",
            )];
        }
        self.decide(vec![Decision::ExceptFromMask { id, scope }])
    }

    /// A mask where that one is, for the frame shown only.
    fn again(&mut self, id: MaskId) -> Vec<Effect> {
        let Some((region, image_size)) =
            self.mask_anywhere(id).map(|mask| (mask.region, mask.image_size))
        else {
            return Vec::new();
        };
        let Some(scope) = self.scope_at(ScopeLevel::Frame) else { return Vec::new() };
        let id = self.pending.mask_id(&self.journal);
        let mask = Mask { id, region, image_size, scope, exceptions: Vec::new() };
        self.decide(vec![Decision::AddMask(mask)])
    }

    pub(super) fn attribute(&mut self, command: AttributeCommand) -> Vec<Effect> {
        match command {
            AttributeCommand::Set { tag, path, action } => {
                // The VR is known where the value was typed; here all text passes.
                if let Some(why) = override_fault(tag, VR::UT, &action) {
                    return vec![Effect::refused(why)];
                }
                let level = self.selection.level.max(ScopeLevel::Instance);
                let Some(scope) = self.scope_at(level) else { return Vec::new() };
                let path = path.map(|path| path.to_string());
                let action = Some(action);
                self.decide(vec![Decision::OverrideAttribute { scope, tag, path, action }])
            }
            AttributeCommand::TakeBack { tag, path, scope } => {
                let path = path.map(|path| path.to_string());
                self.decide(vec![Decision::OverrideAttribute { scope, tag, path, action: None }])
            }
        }
    }

    pub(super) fn accept_residual(
        &mut self,
        instance: InstanceUid,
        place: String,
        reason: String,
    ) -> Vec<Effect> {
        if reason.trim().is_empty() {
            return vec![Effect::refused("A reason is needed to accept what was found")];
        }
        let said = reason.to_lowercase();
        let missing = |words: &&str| !said.contains(&words.to_lowercase());
        if let Some(words) = self.must_spell(&instance, &place).into_iter().find(missing) {
            return vec![Effect::refused(format!(
                "This names somebody. The reason must say so in these words: “{words}”"
            ))];
        }
        self.decide(vec![Decision::AcceptResidual { instance, place, reason }])
    }

    /// The level of a scope.
    pub(super) const fn level_of(scope: &Scope) -> ScopeLevel {
        match scope {
            Scope::Frame(..) => ScopeLevel::Frame,
            Scope::Instance(_) => ScopeLevel::Instance,
            Scope::Series(_) => ScopeLevel::Series,
            Scope::Group(_) => ScopeLevel::Group,
            Scope::Batch => ScopeLevel::Batch,
        }
    }
}

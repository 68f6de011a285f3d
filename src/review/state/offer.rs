//! What was decided on one series, offered to its whole look-alike group: a second command, with a preview.

use std::collections::BTreeSet;

use crate::model::{Decision, FindingAnswer, Mask, MaskId, Phi, Region, Scope, SeriesUid};
use crate::review::ReviewState;
use crate::review::decisions::{FindingState, covered};
use crate::review::effect::Effect;
use crate::review::outline::InstanceEntry;
use crate::review::rows::{GroupException, GroupOffer};

/// Exceptions that are listed; the rest is counted.
const MOST: usize = 200;

impl ReviewState {
    /// The masks of the series shown that could be the group's: drawn for the series, and not the group's yet.
    fn offered(&self) -> Vec<Mask> {
        let Some((series, entry)) = self.shown() else { return Vec::new() };
        let group = Scope::Group(entry.group);
        let there: BTreeSet<Region> =
            self.decisions().masks_at(&group).map(|mask| mask.region).collect();
        let series = Scope::Series(series.clone());
        let own = self.decisions().masks_at(&series);
        let fits = |mask: &&Mask| {
            Some(mask.image_size) == entry.image_size && !there.contains(&mask.region)
        };
        own.filter(fits).cloned().collect()
    }

    /// Answers *mask* of the series shown that could be the group's.
    fn offered_answers(&self) -> Vec<Decision> {
        let Some((series, entry)) = self.shown() else { return Vec::new() };
        let Some(image_size) = entry.image_size else { return Vec::new() };
        let group = Scope::Group(entry.group);
        let there: BTreeSet<Region> =
            self.decisions().answers_at(&group).map(|(region, ..)| region).collect();
        let series = Scope::Series(series.clone());
        let own = self.decisions().answers_at(&series);
        own.filter(|(region, _, size, answer)| {
            *answer == FindingAnswer::Mask && *size == image_size && !there.contains(region)
        })
        .map(|(region, text, image_size, answer)| Decision::AnswerFinding {
            scope: group.clone(),
            region,
            text: text.clone(),
            image_size,
            answer,
        })
        .collect()
    }

    /// What the offer to the group would do, and in which instances something is otherwise; `None` where
    /// nothing is offered and nothing was given.
    pub fn group_offer(&self) -> Option<GroupOffer> {
        let (shown, entry) = self.shown()?;
        let (masks, answers) = (self.offered(), self.offered_answers());
        let group = Scope::Group(entry.group);
        let given = self.decisions().masks_at(&group).map(|mask| mask.region);
        let answered = self.decisions().answers_at(&group).map(|(region, ..)| region);
        let mut painted: Vec<Region> = given.chain(answered).collect();
        let offered = masks.len() + answers.len();
        painted.extend(masks.iter().map(|mask| mask.region));
        painted.extend(answers.iter().filter_map(|decision| match decision {
            Decision::AnswerFinding { region, .. } => Some(*region),
            _ => None,
        }));
        if painted.is_empty() {
            return None;
        }
        let mut offer = GroupOffer {
            masks: offered,
            series: 0,
            instances: 0,
            left_out: 0,
            decided: 0,
            size: entry.image_size,
            most_text: None,
            exceptions: Vec::new(),
            more_exceptions: 0,
        };
        let mut differing = Differing::default();
        for series in &self.series_of_group(entry.group) {
            if series != shown {
                offer.series += 1;
                offer.decided += usize::from(!self.series_state(series).needs_verdict());
            }
            for member in self.outline.members(series) {
                match (member.group == entry.group, series == shown) {
                    (false, _) => offer.left_out += 1,
                    (true, true) => {}
                    (true, false) => offer.instances += 1,
                }
                if member.group == entry.group {
                    let found = self.compared(series, member, &painted);
                    let most = offer.most_text.as_ref().map_or(0, |(_, count)| *count);
                    if found.texts > most {
                        offer.most_text = Some((member.instance.clone(), found.texts));
                    }
                    differing.take(found);
                }
            }
        }
        offer.exceptions = differing.exceptions();
        offer.more_exceptions = offer.exceptions.len().saturating_sub(MOST);
        offer.exceptions.truncate(MOST);
        Some(offer)
    }

    /// What an instance of the group has, beside what the masks cover.
    fn compared(&self, series: &SeriesUid, member: &InstanceEntry, painted: &[Region]) -> Compared {
        let sight = self.sight();
        let frames = self.findings_of(&member.instance);
        let (mut outside, mut inside, mut texts) = (None, None, 0);
        for found in frames {
            for finding in &found.findings {
                texts += 1;
                let place = (found.frame, finding);
                if covered(finding.region, painted) {
                    inside.get_or_insert(found.frame);
                } else if sight.finding_state(series, member, place) == FindingState::Open {
                    outside.get_or_insert(found.frame);
                }
            }
        }
        let what = match (outside, inside) {
            (Some(frame), _) => Kind::Outside(frame),
            (None, Some(frame)) => Kind::Text(frame),
            (None, None) if frames.iter().any(|it| !it.coverage.is_unseen()) => Kind::NoText,
            (None, None) => Kind::Unseen,
        };
        let position = self
            .outline
            .one_series(series)
            .and_then(|entry| entry.instances.iter().position(|uid| *uid == member.instance));
        let told = GroupException {
            instance: member.instance.clone(),
            frame: 0,
            position: position.map_or(0, |at| at + 1),
            series_label: self.label_of(series),
            why: "",
        };
        Compared { texts, what, told }
    }

    fn label_of(&self, series: &SeriesUid) -> Phi<String> {
        self.outline.one_series(series).map(|entry| entry.label.clone()).unwrap_or_default()
    }

    /// Makes the masks of the series shown, and what was answered there, the group's: one step of undo.
    pub(super) fn give_to_group(&mut self) -> Vec<Effect> {
        let Some((_, entry)) = self.shown() else { return Vec::new() };
        let group = entry.group;
        let (mut decisions, mut drawn) = (Vec::new(), BTreeSet::new());
        let mut next = self.pending.mask_id(&self.journal);
        for mask in self.offered() {
            decisions.push(Decision::RemoveMask(mask.id));
            // The same place drawn twice is one.
            if drawn.insert(mask.region) {
                let (id, scope) = (next, Scope::Group(group));
                decisions.push(Decision::AddMask(Mask { id, scope, ..mask }));
                next = MaskId(next.0 + 1);
            }
        }
        decisions.extend(self.offered_answers());
        if decisions.is_empty() {
            return vec![Effect::refused("This series has no masks that its group has not")];
        }
        self.decide(decisions)
    }
}

/// An instance beside the others of its group.
struct Compared {
    /// Texts that were found in it.
    texts: usize,
    what: Kind,
    told: GroupException,
}

/// What of an instance the masks cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Open text outside of the masks, on this frame.
    Outside(u32),
    /// Text under the masks only, on this frame first.
    Text(u32),
    /// No text.
    NoText,
    /// Nobody looked.
    Unseen,
}

/// The instances of a group, by what the masks cover of them.
#[derive(Default)]
struct Differing {
    all: Vec<(Kind, GroupException)>,
}

impl Differing {
    fn take(&mut self, found: Compared) {
        self.all.push((found.what, found.told));
    }

    /// Those that are otherwise than the others: text outside of the masks, nobody looked, and of those with
    /// and without text the fewer.
    fn exceptions(self) -> Vec<GroupException> {
        let count =
            |wanted: fn(&Kind) -> bool| self.all.iter().filter(|(it, _)| wanted(it)).count();
        let with = count(|it| matches!(it, Kind::Text(_)));
        let without = count(|it| matches!(it, Kind::NoText));
        let told = |(kind, told): (Kind, GroupException)| {
            let (frame, why) = match kind {
                Kind::Outside(frame) => (frame, "text outside of the masks"),
                Kind::Text(frame) if with <= without => (frame, "text where others have none"),
                Kind::NoText if without < with => (0, "no text where others have some"),
                Kind::Unseen => (0, "nobody looked for text yet"),
                Kind::Text(_) | Kind::NoText => return None,
            };
            Some(GroupException { frame, why, ..told })
        };
        self.all.into_iter().filter_map(told).collect()
    }
}

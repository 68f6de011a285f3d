//! What was decided and is not on disk yet.

use std::collections::VecDeque;

use crate::model::{Decision, MaskId};
use crate::review::command::Command;
use crate::review::effect::Effect;
use crate::review::journal::Journal;
use crate::store::{EventBody, NewEvent};

/// Events on their way to the disk, in order, and commands that wait for them.
#[derive(Debug, Default)]
pub(super) struct Pending {
    events: VecDeque<NewEvent>,
    /// Commands that run when all is on disk.
    pub waiting: VecDeque<Command>,
    tickets: u64,
    masks: u64,
}

impl Pending {
    /// Puts an event on its way.
    pub fn send(&mut self, reader: &str, body: EventBody) -> Effect {
        self.tickets += 1;
        let event = NewEvent { ticket: self.tickets, reader: reader.to_owned(), body };
        self.events.push_back(event.clone());
        Effect::Append(event)
    }

    /// Takes out the event that was answered.
    pub fn settle(&mut self, ticket: u64) -> Option<NewEvent> {
        let at = self.events.iter().position(|event| event.ticket == ticket)?;
        self.events.remove(at)
    }

    /// A name that no mask of this review has, pending ones included.
    pub fn mask_id(&mut self, journal: &Journal) -> MaskId {
        self.masks = journal.next_mask().0.max(self.masks + 1);
        MaskId(self.masks)
    }

    /// Whether all is on disk.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Number of events on their way.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// The decisions on their way, in order.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.events.iter().flat_map(|event| match &event.body {
            EventBody::Decided { decisions, .. } => decisions.as_slice(),
            _ => &[],
        })
    }
}

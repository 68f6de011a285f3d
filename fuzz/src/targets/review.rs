//! Logs and findings of a review that somebody else wrote: read or refused, the same after another
//! trip, and folded in the same way at once and step by step.

use std::collections::BTreeMap;

use veridact::model::{Digest256, GroupId, InstanceUid, Lies, PatientKey, Region, SeriesUid};
use veridact::profile::GateDemand;
use veridact::review::Journal;
use veridact::store::{Detection, EventBody, Recorded};

/// The input: a line for each event, of its kind and its payload; a line that starts with `[` is
/// the findings of an instance instead.
pub fn review_log(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut events = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            findings(line);
            continue;
        }
        let Some((kind, payload)) = line.split_once(' ') else { continue };
        let Some(body) = EventBody::from_payload(kind, payload) else { continue };
        assert_eq!(body.kind(), kind);
        let again = body.to_payload().expect("what was read can be written");
        let read = EventBody::from_payload(kind, &again);
        assert_eq!(read.as_ref(), Some(&body), "what was written can be read");
        events.push(Recorded {
            ticket: 0,
            seq: at as u64 + 1,
            at: "2024-01-15T10:00:00Z".parse().expect("a time"),
            reader: ["ann", "bob"][at % 2].to_owned(),
            body,
            hmac: Digest256([0; 32]),
        });
    }
    folded(&events);
}

fn findings(line: &str) {
    let Some(frames) = Detection::frames_from_text(line) else { return };
    let again = Detection::frames_to_text(&frames).expect("what was read can be written");
    assert_eq!(Detection::frames_from_text(&again).as_ref(), Some(&frames));
    let finding = |region: Region| {
        let whole = Region { x0: 0, y0: 0, x1: 512, y1: 512 };
        assert!(!region.lies_in(whole, 100) || region.is_empty() || region.x1 <= 512);
        region.area() == 0 || region.lies_in(region, 100)
    };
    assert!(frames.iter().flat_map(|frame| &frame.findings).all(|it| finding(it.region)));
}

fn folded(events: &[Recorded]) {
    let journal = Journal::replay(events);
    let mut stepwise = Journal::default();
    for event in events {
        stepwise.apply(event);
        // An event that comes twice changes nothing.
        stepwise.apply(event);
    }
    assert!(journal == stepwise, "at once and step by step are two things");
    let decisions = journal.decisions();
    let next = journal.next_mask();
    assert!(decisions.mask(next).is_none(), "the next mask has a name of its own");
    assert!(decisions.masks().all(|mask| mask.id < next));
    for reader in ["ann", "bob", ""] {
        for seq in [journal.undoable(reader), journal.redoable(reader)].into_iter().flatten() {
            assert!(seq <= journal.last());
        }
    }
    asked(&journal);
    let again: BTreeMap<_, _> = journal
        .seen()
        .to_looked_at()
        .into_iter()
        .map(|it| ((it.instance, it.input), it.frames))
        .collect();
    for ((instance, input), frames) in again {
        let count: u64 = frames.iter().map(|(start, end)| u64::from(end - start)).sum();
        assert_eq!(journal.seen().count(&instance, input) as u64, count);
        assert!(frames.iter().all(|(start, end)| {
            journal.seen().has(&instance, input, *start)
                && journal.seen().has(&instance, input, end - 1)
        }));
    }
    assert!(journal.samples().iter().all(|sample| (0.0..=100.0).contains(&sample.bound())));
}

/// All questions that an export and the window ask have answers.
fn asked(journal: &Journal) {
    let decisions = journal.decisions();
    let mut series: Vec<SeriesUid> = vec![SeriesUid::new("1.2.3")];
    series.extend(decisions.verdicts().map(|(uid, _)| uid.clone()));
    let instances = ["1.2.3.1", ""].map(InstanceUid::new);
    for series in &series {
        let lies = Lies { series, group: GroupId(Digest256([0; 32])) };
        for instance in &instances {
            for size in [(16, 16), (0, 0), (u32::MAX, u32::MAX)] {
                let masks = decisions.masks_for(lies, instance, 0, size);
                drop(masks);
            }
            decisions.speaks_of(instance);
            drop(decisions.overrides_for(lies, instance));
        }
        let approvers = decisions.approvers(series, &Digest256([5; 32])).count();
        assert!(approvers == 0 || decisions.verdict(series).is_some(), "approved, and no verdict");
    }
    for demand in GateDemand::ALL {
        journal.is_overridden(demand);
    }
    let all: Vec<&PatientKey> = decisions.identities().iter().flat_map(|it| &it.patients).collect();
    let one: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(one.len(), all.len(), "one answer for each patient");
}

//! A label is masked as a whole: the lines and words around what identifies go with it.

use crate::model::{Finding, Proposal, Region, Tier, Why};

/// Boxes of one label are no farther apart than this part of a line's height, in percent.
const GAP: u32 = 120;

/// Gives the neighbours of what is masked for what it says the same fate. Marks of a side stay.
pub(super) fn spread(findings: &[Finding], proposals: &mut [Proposal]) {
    let says = |proposal: &Proposal| {
        proposal.tier == Tier::Mask && matches!(proposal.why, Why::Resembles | Why::Identifies)
    };
    let mut fresh: Vec<usize> =
        (0..proposals.len()).filter(|&at| proposals.get(at).is_some_and(says)).collect();
    while let Some(at) = fresh.pop() {
        let Some(found) = findings.get(at) else { continue };
        for (other, (finding, proposal)) in findings.iter().zip(proposals.iter_mut()).enumerate() {
            let joins = proposal.tier == Tier::Suspected && are_near(found.region, finding.region);
            if joins {
                *proposal = Proposal { tier: Tier::Mask, why: Why::Label };
                fresh.push(other);
            }
        }
    }
}

/// Whether two boxes are words of one line or lines of one block, of about the same print.
fn are_near(a: Region, b: Region) -> bool {
    let (low, high) = (a.height().min(b.height()), a.height().max(b.height()));
    let reach = low * GAP / 100;
    let apart =
        |a0: u32, a1: u32, b0: u32, b1: u32| b0.saturating_sub(a1).max(a0.saturating_sub(b1));
    let across = apart(a.x0, a.x1, b.x0, b.x1);
    let down = apart(a.y0, a.y1, b.y0, b.y1);
    high <= low.saturating_mul(2) && across <= reach && down <= reach
}

//! What to do with text that was found in pixels, where no human decided: a proposal, never a mask
//! by itself.
//!
//! The policy of the profile says what text must show to be masked. Under all of them laterality
//! marks are only listed, and Burned In Annotation is never believed.

mod cluster;
mod persistence;
mod reading;
mod resembles;

use std::collections::{BTreeMap, BTreeSet};

pub use crate::engine::burned_in::resembles::Resemblance;

use crate::engine::burned_in::reading::Reading;
use crate::index::Instance;
use crate::model::{
    Digest256, Finding, FindingSource, FrameFindings, PatientKey, Proposal, Region, Tier, Why,
};
use crate::profile::BurnedInText;

/// Modalities whose images carry burned-in text as a rule.
const TEXT_BEARING: [&str; 22] = [
    "US", "IVUS", "SC", "CR", "DX", "MG", "XA", "RF", "ES", "XC", "VL", "OT", "IO", "PX", "GM",
    "SM", "OP", "OPT", "DG", "ECG", "BDUS", "TG",
];
/// Modalities whose slices lie close to one another.
pub const SLICES: [&str; 4] = ["CT", "MR", "PT", "NM"];
/// How the Image Type of a slice begins that no program derived.
const ORIGINAL: &str = "ORIGINAL\\PRIMARY";
/// Prefix of the Secondary Capture SOP Classes.
const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";
/// Words of Image Type for pictures of a screen.
const CAPTURES: [&str; 3] = ["SECONDARY", "SAVE", "SCREEN"];

/// Proposes what becomes of found text.
#[derive(Clone, Copy, Debug)]
pub struct BurnedIn<'a> {
    /// What the profile wants.
    pub policy: BurnedInText,
    /// The subjects of the batch.
    pub subjects: &'a Resemblance,
}

/// An instance and what was found in it.
type Looked<'a> = (&'a Instance, &'a [FrameFindings]);

/// The proposals for a batch: by digest of the file, then in the order of its frames and findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposals {
    policy: BurnedInText,
    of_files: BTreeMap<Digest256, Vec<Vec<Proposal>>>,
}

impl Default for Proposals {
    /// Nothing was judged.
    fn default() -> Self {
        Self { policy: BurnedInText::ByKind, of_files: BTreeMap::new() }
    }
}

impl Proposals {
    /// The proposal for one finding, by the place of its frame and its own place in that frame; for
    /// what nobody judged it is suspected.
    pub fn of(&self, file: &Digest256, frame: usize, finding: usize) -> Proposal {
        let frames = self.of_files.get(file);
        let found = frames.and_then(|frames| frames.get(frame)?.get(finding));
        found.copied().unwrap_or_default()
    }

    /// What a mask over a finding covers, in a picture of `columns` × `rows`; `None` outside of it.
    pub fn mask_over(&self, finding: &Finding, size: (u32, u32)) -> Option<Region> {
        mask_over(self.policy, finding, size)
    }
}

/// What a mask over a finding covers under a policy, in a picture of `columns` × `rows`.
///
/// Where faint text must not stay, a mask reaches beyond what was found: a paranoid one, and one over
/// what was found to identify among much that stays. Two letters of a line may go on unseen at each
/// end, and a quarter of its height above and below.
pub fn mask_over(policy: BurnedInText, finding: &Finding, size: (u32, u32)) -> Option<Region> {
    let region = finding.region;
    let is_rule = matches!(finding.source, FindingSource::Device | FindingSource::Unsettled);
    let reaches = matches!(policy, BurnedInText::Paranoid | BurnedInText::MaskMatching);
    if !reaches || is_rule {
        return region.clamped(size.0, size.1);
    }
    let height = region.width().min(region.height());
    let (along, across) = (2 * height, height / 4);
    let (x, y) = if region.width() >= region.height() { (along, across) } else { (across, along) };
    let grown = Region {
        x0: region.x0.saturating_sub(x),
        y0: region.y0.saturating_sub(y),
        x1: region.x1.saturating_add(x),
        y1: region.y1.saturating_add(y),
    };
    grown.clamped(size.0, size.1)
}

impl BurnedIn<'_> {
    /// Judges all that was found in a batch, series by series.
    pub fn propose<'i>(
        &self,
        instances: impl IntoIterator<Item = &'i Instance>,
        findings: &BTreeMap<Digest256, Vec<FrameFindings>>,
    ) -> Proposals {
        let mut series: BTreeMap<(&str, (u32, u32)), Vec<Looked<'_>>> = BTreeMap::new();
        for instance in instances {
            if let Some(frames) = findings.get(&instance.digest) {
                let like = (instance.series.as_str(), instance.image_size);
                series.entry(like).or_default().push((instance, frames));
            }
        }
        let judged = series.into_values().flat_map(|members| self.propose_like(&members));
        Proposals { policy: self.policy, of_files: judged.collect() }
    }

    /// Judges images of one series and size.
    fn propose_like(&self, members: &[Looked<'_>]) -> Vec<(Digest256, Vec<Vec<Proposal>>)> {
        let all = members.iter().flat_map(|(_, frames)| frames.iter());
        let lasting = persistence::lasting(all);
        let judged = members.iter().map(|(instance, frames)| {
            let carries_text = carries_text(instance);
            let whose = Whose { patient: Some(&instance.patient), carries_text };
            let of_frames = frames.iter().map(|frame| self.propose_frame(whose, frame, &lasting));
            (instance.digest, of_frames.collect())
        });
        judged.collect()
    }

    /// Judges what was found in a picture that is no DICOM file: of nobody, and of a kind that carries
    /// text.
    pub fn propose_picture(&self, found: &FrameFindings) -> Vec<Proposal> {
        self.propose_frame(Whose { patient: None, carries_text: true }, found, &BTreeSet::new())
    }

    fn propose_frame(
        &self,
        whose: Whose<'_>,
        frame: &FrameFindings,
        lasting: &BTreeSet<persistence::Spot>,
    ) -> Vec<Proposal> {
        let mut proposals: Vec<Proposal> = frame
            .findings
            .iter()
            .map(|finding| self.propose_one(whose, finding, lasting))
            .collect();
        cluster::spread(&frame.findings, &mut proposals);
        if self.policy == BurnedInText::MaskMatching {
            in_bad_company(&frame.findings, &mut proposals);
        }
        self.tell_what_identifies(whose, &frame.findings, &mut proposals);
        proposals
    }

    /// What text says of somebody, as the batch and its shape tell.
    fn identifies(&self, whose: Whose<'_>, finding: &Finding, reading: &Reading) -> Option<Why> {
        let text = finding.text.expose();
        // As recognisers err, `kV 120` is soon like some number of somebody. Who lets nothing go
        // but such words is to know.
        let as_it_stands = reading.is_allowed() && self.policy != BurnedInText::MaskUnlessAllowed;
        let may_be_noise = self.policy == BurnedInText::ByKind && !whose.carries_text;
        let is_like = if as_it_stands {
            self.subjects.holds(text, whose.patient)
        } else if may_be_noise {
            self.subjects.stands_out(text, whose.patient)
        } else {
            self.subjects.is_like(text, whose.patient)
        };
        if is_like {
            Some(Why::Resembles)
        } else {
            // One letter is soon read in noise: by itself it says nothing.
            let says = !reading.is_single() && reading.identifies_by_shape();
            says.then_some(Why::Identifies)
        }
    }

    /// Says of text that is masked in any case whether it identifies: that changes no pixel, and tells people
    /// where to look first.
    fn tell_what_identifies(
        &self,
        whose: Whose<'_>,
        findings: &[Finding],
        proposals: &mut [Proposal],
    ) {
        for (finding, proposal) in findings.iter().zip(proposals) {
            if *proposal == (Proposal { tier: Tier::Mask, why: Why::Always }) {
                let reading = Reading::new(finding.text.expose());
                proposal.why = self.identifies(whose, finding, &reading).unwrap_or(Why::Always);
            }
        }
    }

    fn propose_one(
        &self,
        whose: Whose<'_>,
        finding: &Finding,
        lasting: &BTreeSet<persistence::Spot>,
    ) -> Proposal {
        let mask = |why| Proposal { tier: Tier::Mask, why };
        let suspected = |why| Proposal { tier: Tier::Suspected, why };
        let reading = Reading::new(finding.text.expose());
        match finding.source {
            FindingSource::Device => return mask(Why::Device),
            FindingSource::Unsettled => return suspected(Why::Unsettled),
            FindingSource::ShapeOutside => return mask(Why::Outside),
            _ => {}
        }
        if reading.is_laterality() {
            return Proposal { tier: Tier::Listed, why: Why::Laterality };
        }
        if finding.source == FindingSource::Overlay {
            return Proposal { tier: Tier::Listed, why: Why::Overlay };
        }
        if finding.source == FindingSource::Shape {
            return match self.policy {
                BurnedInText::Paranoid => mask(Why::Always),
                _ => suspected(Why::Shape),
            };
        }
        let identifies = || self.identifies(whose, finding, &reading);
        if finding.source == FindingSource::Exempt && self.policy != BurnedInText::Paranoid {
            let listed = Proposal { tier: Tier::Listed, why: Why::Exempt };
            return identifies().map_or(listed, mask);
        }
        match self.policy {
            BurnedInText::MaskAll | BurnedInText::Paranoid => mask(Why::Always),
            BurnedInText::MaskMatching => {
                let is_hidden = is_long(finding.region) && !reading.is_mostly_known();
                let why = identifies().or(is_hidden.then_some(Why::Unread));
                why.map_or(suspected(Why::Unsupported), mask)
            }
            BurnedInText::MaskUnlessAllowed => {
                let is_sure = finding.read_confidence >= reading::SURE;
                if is_sure && reading.is_allowed() && identifies().is_none() {
                    suspected(Why::Allowed)
                } else {
                    mask(Why::Always)
                }
            }
            BurnedInText::ByKind if whose.carries_text => mask(Why::Always),
            BurnedInText::ByKind => identifies()
                .or_else(|| {
                    lasting.contains(&persistence::Spot::of(finding)).then_some(Why::Lasting)
                })
                .map_or(suspected(Why::Unsupported), mask),
        }
    }
}

/// Where one text of a picture identifies, what else stands there is masked, too, unless it reads as
/// words that name nobody: its pixels change in any case.
fn in_bad_company(findings: &[Finding], proposals: &mut [Proposal]) {
    let identifies =
        |it: &Proposal| it.tier == Tier::Mask && !matches!(it.why, Why::Device | Why::Outside);
    if !proposals.iter().any(identifies) {
        return;
    }
    for (finding, proposal) in findings.iter().zip(proposals) {
        let is_open = *proposal == Proposal { tier: Tier::Suspected, why: Why::Unsupported };
        if is_open && !Reading::new(finding.text.expose()).is_harmless() {
            *proposal = Proposal { tier: Tier::Mask, why: Why::Company };
        }
    }
}

/// Whether a line of that shape may hold a name or a date: eight letters and more.
fn is_long(region: Region) -> bool {
    let (low, high) = (region.width().min(region.height()), region.width().max(region.height()));
    2 * u64::from(high) >= 7 * u64::from(low)
}

/// What counts of the image that something was found in.
#[derive(Clone, Copy)]
struct Whose<'a> {
    patient: Option<&'a PatientKey>,
    carries_text: bool,
}

/// Whether images like this one carry text as a rule: by modality, as a capture or as a screen save.
///
/// An original slice is none of these, whatever class it was stored as on its way.
pub fn carries_text(instance: &Instance) -> bool {
    let kind = instance.image_type.to_uppercase();
    let is_slice =
        kind.starts_with(ORIGINAL) && SLICES.contains(&instance.modality.to_uppercase().as_str());
    let is_capture = instance.sop_class.starts_with(SECONDARY_CAPTURE) && !is_slice;
    is_capture
        || CAPTURES.iter().any(|word| kind.contains(word))
        || TEXT_BEARING.contains(&instance.modality.as_str())
}

#[cfg(test)]
mod tests;

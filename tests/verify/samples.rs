//! Pixels: untouched, painted, stored anew.

use std::collections::BTreeMap;

use veridact::model::Region;
use veridact::verify::{MaskedPixels, PixelExpectation, PixelProof, ProofError, Samples};

use crate::verify::fixture::{Case, JPEG, assert_found, assert_passes, fragments};

const MASK: Region = Region { x0: 2, y0: 2, x1: 6, y1: 5 };

/// What an export would decode and detect.
#[derive(Default)]
struct Proof {
    input: Option<Vec<u8>>,
    staged: Option<Vec<u8>>,
    text: Option<Vec<Region>>,
}

fn decoded(bytes: Option<&Vec<u8>>) -> Result<Samples, ProofError> {
    let bytes = bytes.cloned().ok_or_else(|| ProofError("not decoded".into()))?;
    Ok(Samples { columns: 16, rows: 16, samples_per_pixel: 1, bytes_per_sample: 1, bytes })
}

impl PixelProof for Proof {
    fn input_frame(&self, _: u32) -> Result<Samples, ProofError> {
        decoded(self.input.as_ref())
    }

    fn staged_frame(&self, _: u32) -> Result<Samples, ProofError> {
        decoded(self.staged.as_ref())
    }

    fn residual_text(&self, _: u32) -> Result<Option<Vec<Region>>, ProofError> {
        Ok(self.text.clone())
    }
}

fn painted() -> Vec<u8> {
    let mut samples: Vec<u8> = (0..=255).collect();
    for y in 2..5 {
        for x in 2..6 {
            samples[y * 16 + x] = 0;
        }
    }
    samples
}

fn run(case: &Case, proof: &Proof, kept: Vec<Region>) -> veridact::verify::Verdict {
    let regions = BTreeMap::from([(0, vec![MASK])]);
    let kept = BTreeMap::from([(0, kept)]);
    case.run_with(PixelExpectation::Masked(MaskedPixels { regions: &regions, kept: &kept, proof }))
}

#[test]
fn an_untouched_image_is_the_inputs_to_the_byte() {
    let mut case = Case::new();
    case.staged.elements.get_mut(&(0x7FE0, 0x10)).unwrap().1[77] ^= 1;
    assert_found(&case.run(), "pixels", "(7FE0,0010)");
    case.staged.elements.remove(&(0x7FE0, 0x10));
    assert_found(&case.run(), "pixels", "(7FE0,0010)");
}

#[test]
fn a_mask_is_uniform_and_leaves_the_rest() {
    let mut case = Case::new();
    case.staged.set((0x7FE0, 0x10), "OB", painted());
    let verdict = run(&case, &Proof::default(), Vec::new());
    assert_passes(&verdict);
    assert!(!verdict.not_checked.is_empty(), "detection was off");
    for (at, place) in [(2 * 16 + 5, "frame 1 at 2,2 to 6,5"), (5 * 16 + 5, "frame 1")] {
        let mut samples = painted();
        samples[at] ^= 1;
        case.staged.set((0x7FE0, 0x10), "OB", samples);
        assert_found(&run(&case, &Proof::default(), Vec::new()), "pixels", place);
    }
}

#[test]
fn an_image_stored_anew_is_compared_decoded() {
    let mut case = Case::new();
    case.input.transfer_syntax = JPEG.into();
    case.input.set((0x7FE0, 0x10), "OB", fragments(&[&[0xFF, 0xD8, 0xFF, 0xD9]]));
    case.staged.set((0x7FE0, 0x10), "OB", painted());
    assert_found(&run(&case, &Proof::default(), Vec::new()), "pixels", "frame 1");
    let input = Some((0..=255).collect());
    let proof = Proof { input, staged: Some(painted()), text: Some(Vec::new()) };
    let verdict = run(&case, &proof, Vec::new());
    assert_passes(&verdict);
    let mut samples = painted();
    samples[0] ^= 1;
    let proof = Proof { staged: Some(samples), ..proof };
    assert_found(&run(&case, &proof, Vec::new()), "pixels", "frame 1");
}

#[test]
fn text_left_outside_of_masks_and_keeps_is_found() {
    let mut case = Case::new();
    case.staged.set((0x7FE0, 0x10), "OB", painted());
    let left = Region { x0: 10, y0: 10, x1: 16, y1: 16 };
    let edge = Region { x0: 1, y0: 1, x1: 7, y1: 4 };
    let proof = Proof { text: Some(vec![edge, left]), ..Proof::default() };
    assert_found(&run(&case, &proof, Vec::new()), "pixels", "frame 1 at 10,10 to 16,16");
    let kept = Region { x0: 11, y0: 11, x1: 16, y1: 16 };
    assert_passes(&run(&case, &proof, vec![kept]));
}

#[test]
fn a_name_hidden_in_changed_samples_is_found() {
    let mut case = Case::new();
    let mut samples = vec![1; 256];
    samples[100..109].copy_from_slice(b"Zwetschge");
    case.staged.set((0x7FE0, 0x10), "OB", &samples);
    assert_found(&case.run(), "identifier", "(7FE0,0010)");
}

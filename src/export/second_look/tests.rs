use std::cell::RefCell;
use std::sync::Mutex;

use super::*;
use crate::export::MaskedFile;
use crate::model::{Cause, FindingSource, Phi};

const TEXT: Region = Region { x0: 10, y0: 10, x1: 90, y1: 30 };
const SPECK: Region = Region { x0: 200, y0: 200, x1: 220, y1: 220 };

/// Answers from a list, and remembers what was painted for the control.
struct Scripted {
    staged: Vec<Finding>,
    control: Vec<Finding>,
    painted: Mutex<RefCell<Vec<Vec<Region>>>>,
}

impl PixelService for Scripted {
    fn mask(&self, _: &Path, _: &[(u32, Vec<Region>)], _: &Path) -> Result<MaskedFile, Cause> {
        Err(Cause::Undecodable)
    }
    fn samples(&self, _: &Path, _: u32) -> Result<Samples, Cause> {
        Err(Cause::Undecodable)
    }
    fn find_text(
        &self,
        file: &Path,
        _: u32,
        painted: &[Region],
    ) -> Result<Option<Vec<Finding>>, Cause> {
        if file == Path::new("staged") {
            assert!(painted.is_empty(), "the staged picture is looked at as it is");
            return Ok(Some(self.staged.clone()));
        }
        self.painted.lock().unwrap().borrow_mut().push(painted.to_vec());
        Ok(Some(self.control.clone()))
    }
}

fn found(x0: u32, y0: u32, score: u8, (text, read_confidence): (&str, u8)) -> Finding {
    let region = Region { x0, y0, x1: x0 + 12, y1: y0 + 12 };
    let text = Phi::new(text.to_owned());
    Finding { region, text, score, read_confidence, source: FindingSource::Detector }
}

/// What counts, and what was painted for each control.
fn look(staged: &[Finding], control: &[Finding]) -> (Vec<Region>, Vec<Vec<Region>>) {
    let pixels =
        Scripted { staged: staged.to_vec(), control: control.to_vec(), painted: Mutex::default() };
    let look = SecondLook {
        pixels: &pixels,
        input: Path::new("input"),
        staged: Path::new("staged"),
        masks: &BTreeMap::from([(0, vec![TEXT, SPECK])]),
        looked_at: &BTreeSet::from([0]),
    };
    let counting = look.residual_text(0).unwrap().unwrap();
    assert_eq!(look.residual_text(7).unwrap(), None, "nobody looked at it before");
    (counting, pixels.painted.into_inner().unwrap().into_inner())
}

#[test]
fn far_from_masks_only_what_can_be_read_counts() {
    let legible = found(300, 300, 55, ("NAME", 90));
    let noise = found(400, 300, 95, ("a |", 52));
    let (counting, controls) = look(&[legible.clone(), noise], &[]);
    assert_eq!(counting, [legible.region]);
    assert!(controls.is_empty());
}

#[test]
fn near_a_mask_what_can_be_read_counts_at_once() {
    let plain = found(222, 205, 51, ("ROE", 80));
    let (counting, controls) = look(std::slice::from_ref(&plain), &[]);
    assert_eq!((counting, controls.len()), (vec![plain.region], 0));
}

#[test]
fn near_a_mask_the_controls_decide_on_what_cannot_be_read() {
    let faint = found(222, 205, 51, ("y", 30));
    let (counting, controls) = look(std::slice::from_ref(&faint), &[]);
    assert_eq!((counting, controls), (vec![], vec![vec![SPECK]]), "noise of the whole picture");
    let again = found(224, 206, 58, ("", 0));
    let (counting, _) = look(std::slice::from_ref(&faint), &[again]);
    assert_eq!(counting, [faint.region], "the control sees it, too");
    // What the control sees there is under the mask: of the rest it says nothing.
    let (edge, masked) = (found(212, 206, 51, ("", 0)), found(207, 206, 58, ("", 0)));
    assert_eq!(look(&[edge], &[masked]).0, []);
    // A letter that sticks out of a mask: the control has the same mask, and the same letter.
    let stump = found(92, 12, 51, ("", 0));
    let (counting, controls) = look(std::slice::from_ref(&stump), std::slice::from_ref(&stump));
    assert_eq!((counting, controls), (vec![stump.region], vec![vec![TEXT], vec![]]));
}

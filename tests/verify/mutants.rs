//! Whatever a staged file holds, verify answers.

use proptest::prelude::*;
use veridact::dicom::{Limits, Source, scan};
use veridact::verify::PixelExpectation;

use crate::common::soak::cases;
use crate::verify::fixture::{Case, JPEG, element, fragments, item};

fn rich(encapsulated: bool) -> Case {
    let mut case = Case::new();
    let inner = item(&element(8, 0x104, "LO", b"\x1b$B;3ED text"));
    case.staged.set((8, 0x2218), "SQ", inner).set((9, 0x1001), "UN", b"\x01abc\0defghijk");
    if encapsulated {
        let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xE1, 0, 9];
        jpeg.extend(b"comment");
        jpeg.extend([0xFF, 0xDA, 0, 2, 1, 2, 0xFF, 0xD9]);
        let jp2 =
            b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x0bxml abc\0\0\0\0jp2c\xFF\x4F\xFF\x64\0\x05\0\x01a";
        case.staged.transfer_syntax = JPEG.into();
        case.staged.set((0x7FE0, 0x10), "OB", fragments(&[&jpeg, jp2]));
    }
    case
}

proptest! {
    #![proptest_config(cases(300, 20_000))]

    #[test]
    fn a_mutated_file_gives_a_verdict(
        encapsulated in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let case = rich(encapsulated);
        let mut bytes = case.staged.bytes();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()).max(1));
        }
        if let Ok(staged) = scan(Source::from_bytes(bytes), &Limits::default()) {
            let verdict = case.run_on(&staged, PixelExpectation::Untouched);
            // The mutant still has its private attribute, or lost what a file must have.
            prop_assert!(!verdict.passes());
        }
    }
}

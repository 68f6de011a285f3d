//! Where a canary can sit.

use dicom_dictionary_std::tags;
use veridact::demo::{Charset, Dataset, Instance, Syntax, Value};
use veridact::model::{Tag, VR};

/// Strings that stand in the subject dictionary.
pub const WORDS: [&str; 4] = ["Zqxcanary", "Wvutmark", "ZQX-73519-CNRY", "ACNQ7319X"];
/// A string that stands in no dictionary: only the rules can take it away.
pub const HIDDEN: &str = "Qjzhidden";
/// A name with letters beyond ASCII, for character sets that have them.
pub const ACCENTED: &str = "Zqxkänärï";

/// One way to carry a canary.
pub struct Carrier {
    /// What it is; for rules of a site, the tag.
    pub name: String,
    /// Puts it into an instance.
    pub plant: Box<dyn Fn(&mut Instance)>,
    /// The file.
    pub bytes: fn(&Instance) -> Vec<u8>,
    /// Whether the rules take it away, so that the file must be released.
    pub released: bool,
}

fn carrier(
    name: impl Into<String>,
    released: bool,
    plant: impl Fn(&mut Instance) + 'static,
) -> Carrier {
    Carrier { name: name.into(), plant: Box::new(plant), bytes: Instance::bytes, released }
}

/// A small Secondary Capture of the canary's own person, in a series of its own.
pub fn base(number: usize, charset: Charset) -> Instance {
    let mut set = Dataset::new();
    if !charset.term().is_empty() {
        set.text(tags::SPECIFIC_CHARACTER_SET, charset.term());
    }
    set.texts(&[
        (tags::SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.7"),
        (tags::SOP_INSTANCE_UID, &format!("2.25.9104{number}1")),
        (tags::STUDY_INSTANCE_UID, &format!("2.25.9104{number}2")),
        (tags::SERIES_INSTANCE_UID, &format!("2.25.9104{number}3")),
        (tags::STUDY_DATE, "20240115"),
        (tags::MODALITY, "OT"),
        (tags::CONVERSION_TYPE, "WSD"),
        (tags::MANUFACTURER, "Invented Scanners"),
        (tags::ACCESSION_NUMBER, "ACNQ7319X"),
        (tags::PATIENT_ID, "ZQX-73519-CNRY"),
        (tags::PATIENT_NAME, "Zqxcanary^Wvutmark"),
        (tags::PATIENT_BIRTH_DATE, "19671103"),
        (tags::PATIENT_SEX, "O"),
        (tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2"),
    ]);
    if matches!(charset, Charset::Latin1 | Charset::Utf8) {
        set.text(tags::PATIENT_BIRTH_NAME, &format!("{ACCENTED}^Wvutmark"));
    }
    set.u16(tags::SAMPLES_PER_PIXEL, &[1])
        .u16(tags::ROWS, &[16])
        .u16(tags::COLUMNS, &[16])
        .u16(tags::BITS_ALLOCATED, &[8])
        .u16(tags::BITS_STORED, &[8])
        .u16(tags::HIGH_BIT, &[7])
        .u16(tags::PIXEL_REPRESENTATION, &[0])
        .bytes(tags::PIXEL_DATA, VR::OB, (0..=255).collect());
    Instance::new(format!("f{number}/i"), set, charset)
}

fn said(instance: &Instance) -> String {
    match instance.charset {
        Charset::Latin1 | Charset::Utf8 => format!("seen by Zqxcanary Wvutmark or {ACCENTED}"),
        _ => "seen by Zqxcanary Wvutmark".to_owned(),
    }
}

/// Text in attributes that no rule takes away: the engine cleans them or verify holds the file.
fn in_kept_text() -> Vec<Carrier> {
    [
        (0x0008, 0x0070, VR::LO),
        (0x0008, 0x0054, VR::AE),
        (0x0018, 0x0022, VR::CS),
        (0x0018, 0x0024, VR::SH),
        (0x0018, 0x0050, VR::DS),
        (0x0018, 0x0010, VR::LO),
        (0x0018, 0x1020, VR::LO),
        (0x0020, 0x0011, VR::IS),
        (0x0008, 0x0030, VR::TM),
        (0x0040, 0xA160, VR::UT),
        (0x0040, 0x0310, VR::ST),
        (0x0008, 0x0119, VR::UC),
        (0x0008, 0x0120, VR::UR),
        (0x0028, 0x3003, VR::LO),
        (0x0010, 0x1010, VR::AS),
        (0x0008, 0x1150, VR::UI),
        (0x0008, 0x0006, VR::SQ),
    ]
    .into_iter()
    .map(|(group, number, vr)| {
        let tag = Tag(group, number);
        carrier(format!("kept {tag} {vr}"), false, move |made| match vr {
            VR::SQ => {
                let mut item = Dataset::new();
                item.text(tags::CODE_MEANING, &said(made));
                made.dataset.items(tag, vec![item]);
            }
            _ => {
                let text = said(made);
                made.dataset.put(tag, vr, Value::Text(text));
            }
        })
    })
    .collect()
}

/// Attributes that Table E.1-1 takes away or changes, whoever they speak of.
fn in_attributes_that_go() -> Vec<Carrier> {
    [
        (0x0008, 0x0080, VR::LO),
        (0x0008, 0x0081, VR::ST),
        (0x0008, 0x0090, VR::PN),
        (0x0008, 0x1010, VR::SH),
        (0x0008, 0x1048, VR::PN),
        (0x0008, 0x4000, VR::LT),
        (0x0010, 0x1000, VR::LO),
        (0x0010, 0x1001, VR::PN),
        (0x0010, 0x1040, VR::LO),
        (0x0010, 0x2154, VR::SH),
        (0x0010, 0x21B0, VR::LT),
        (0x0010, 0x4000, VR::LT),
        (0x0020, 0x4000, VR::LT),
        (0x0032, 0x1032, VR::PN),
        (0x0032, 0x4000, VR::LT),
        (0x0038, 0x0300, VR::LO),
        (0x0040, 0x0009, VR::SH),
        (0x0040, 0x0280, VR::ST),
        (0x0040, 0x1001, VR::SH),
        (0x0040, 0x2016, VR::LO),
        (0x4008, 0x010B, VR::ST),
    ]
    .into_iter()
    .map(|(group, number, vr)| {
        let tag = Tag(group, number);
        carrier(format!("gone {tag} {vr}"), true, move |made| {
            let text = match vr {
                VR::SH => HIDDEN.to_owned(),
                VR::PN => format!("{HIDDEN}^Zqxcanary"),
                _ => format!("{HIDDEN} and {}", said(made)),
            };
            made.dataset.put(tag, vr, Value::Text(text));
        })
    })
    .collect()
}

fn nested(depth: usize, innermost: Dataset, defined: bool) -> Dataset {
    let mut set = innermost;
    for _ in 0..depth {
        let mut outer = Dataset::new();
        match defined {
            true => outer.items_defined(tags::CONTENT_SEQUENCE, vec![set]),
            false => outer.items(tags::CONTENT_SEQUENCE, vec![set]),
        };
        set = outer;
    }
    set
}

fn in_sequences() -> Vec<Carrier> {
    let mut found = Vec::new();
    for (depth, defined) in [(1, true), (2, false), (5, true), (24, false)] {
        for (tag, released) in [(tags::PATIENT_COMMENTS, true), (tags::MANUFACTURER, false)] {
            found.push(carrier(format!("{tag} {depth} deep"), false, move |made| {
                let mut inner = Dataset::new();
                inner.text(tag, &format!("{HIDDEN} {}", said(made)));
                let mut set = nested(depth, inner, defined);
                if !released {
                    // Not planned away: the dictionary must see it.
                    set = Dataset::new();
                    let mut inner = Dataset::new();
                    inner.text(tag, &said(made));
                    set.items(tags::PROCEDURE_CODE_SEQUENCE, vec![nested(depth, inner, defined)]);
                }
                let outer = if released {
                    tags::CONTENT_SEQUENCE
                } else {
                    tags::CONCEPT_NAME_CODE_SEQUENCE
                };
                made.dataset.items(outer, vec![set]);
            }));
        }
    }
    for tag in [tags::REQUEST_ATTRIBUTES_SEQUENCE, tags::ORIGINAL_ATTRIBUTES_SEQUENCE] {
        found.push(carrier(format!("{tag} with a request"), true, move |made| {
            let mut item = Dataset::new();
            item.text(tags::ACCESSION_NUMBER, "ACNQ7319X")
                .text(tags::REQUESTING_PHYSICIAN, &format!("{HIDDEN}^Wvutmark"))
                .text(tags::PATIENT_COMMENTS, &said(made));
            made.dataset.items(tag, vec![item]);
        }));
    }
    found
}

fn in_private_and_unknown() -> Vec<Carrier> {
    let with = |name: &str, creator: &'static str, vr: VR, bytes: Vec<u8>| {
        carrier(name, true, move |made| {
            made.dataset.put(Tag(0x0009, 0x0010), VR::LO, Value::Text(creator.into())).bytes(
                Tag(0x0009, 0x1001),
                vr,
                bytes.clone(),
            );
        })
    };
    let wide: Vec<u8> =
        format!("{HIDDEN}Zqxcanary").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let implicit_item = {
        let text = b"Zqxcanary^Wvutmark";
        let mut inner = vec![0x10, 0, 0x10, 0];
        inner.extend((text.len() as u32).to_le_bytes());
        inner.extend(text);
        let mut item = vec![0xFE, 0xFF, 0x00, 0xE0];
        item.extend((inner.len() as u32).to_le_bytes());
        item.extend(inner);
        item
    };
    let plain = format!("{HIDDEN} Zqxcanary").into_bytes();
    let odd = [&[1, 0, 2][..], plain.as_slice(), &[0, 3, 0]].concat();
    let unknown = |name: &str, tag: Tag, bytes: Vec<u8>| {
        carrier(name, false, move |made| {
            made.dataset.bytes(tag, VR::UN, bytes.clone());
        })
    };
    vec![
        with("private LO", "INVENTED", VR::LO, plain.clone()),
        with("private UN", "INVENTED", VR::UN, plain.clone()),
        with("private OB", "INVENTED", VR::OB, odd.clone()),
        with("private UTF-16", "INVENTED", VR::OB, wide.clone()),
        with("private creator", "ZQXCANARY Qjzhidden", VR::LO, b"x ".to_vec()),
        with("private item in UN", "INVENTED", VR::UN, implicit_item),
        carrier("private without creator", true, |made| {
            made.dataset.put(Tag(0x0019, 0x1002), VR::UT, Value::Text(HIDDEN.into()));
        }),
        carrier("private sequence", true, |made| {
            let mut item = Dataset::new();
            item.text(tags::PATIENT_NAME, "Zqxcanary^Wvutmark");
            made.dataset
                .put(Tag(0x0029, 0x0010), VR::LO, Value::Text("INVENTED".into()))
                .items(Tag(0x0029, 0x1010), vec![item]);
        }),
        unknown("unknown standard tag", Tag(0x0018, 0x9FFE), b"Zqxcanary^Wvutmark".to_vec()),
        unknown("unknown tag, UTF-16", Tag(0x0018, 0x9FFC), wide),
        unknown("known tag as UN", tags::MANUFACTURER, b"Zqxcanary ".to_vec()),
        carrier("a name as UN", true, |made| {
            let bytes = format!("{HIDDEN}^Zqxcanary ").into_bytes();
            made.dataset.bytes(tags::OPERATORS_NAME, VR::UN, bytes);
        }),
    ]
}

/// Pixel data in one fragment behind an offset table.
fn compressed(name: &str, syntax: Syntax, table: Vec<u8>, image: Vec<u8>) -> Carrier {
    carrier(name, false, move |made| {
        made.syntax = syntax;
        let fragments = Value::Fragments(vec![table.clone(), image.clone()]);
        made.dataset.put(tags::PIXEL_DATA, VR::OB, fragments);
    })
}

fn in_bulk() -> Vec<Carrier> {
    let bulk = |name: &str, tag: Tag, vr: VR| {
        carrier(name, false, move |made| {
            let mut bytes = vec![1; 3000];
            bytes[1000..1018].copy_from_slice(b"Zqxcanary^Wvutmark");
            bytes[2000..2014].copy_from_slice(b"ZQX-73519-CNRY");
            made.dataset.bytes(tag, vr, bytes);
        })
    };
    vec![
        bulk("overlay", Tag(0x6000, 0x3000), VR::OW),
        bulk("curve", Tag(0x5000, 0x3000), VR::OW),
        bulk("document", Tag(0x0042, 0x0011), VR::OB),
        bulk("ICC profile", tags::ICC_PROFILE, VR::OB),
        bulk("lookup table", Tag(0x0028, 0x1201), VR::OW),
        bulk("audio", Tag(0x0050, 0x0004), VR::OB),
        carrier("behind the last pixel", false, |made| {
            let mut bytes: Vec<u8> = (0..=255).collect();
            bytes.extend(b"Zqxcanary^Wvutmark ZQX-73519-CNRY ");
            made.dataset.bytes(tags::PIXEL_DATA, VR::OB, bytes);
        }),
        carrier("a comment in a JPEG", false, |made| {
            let comment = b"Zqxcanary Wvutmark";
            let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xFE, 0, comment.len() as u8 + 2];
            jpeg.extend(comment);
            jpeg.extend([0xFF, 0xDA, 0, 2, 0x11, 0x22, 0xFF, 0xD9]);
            made.syntax = Syntax::JpegBaseline;
            made.dataset.put(tags::PIXEL_DATA, VR::OB, Value::Fragments(vec![Vec::new(), jpeg]));
        }),
        compressed("bytes behind a run-length image", Syntax::Rle, Vec::new(), {
            // One segment of 256 samples, as runs of 128.
            let mut bytes = vec![1, 0, 0, 0, 64, 0, 0, 0];
            bytes.resize(64, 0);
            bytes.extend([129, 7, 129, 9]);
            bytes.extend(b"Zqxcanary^Wvutmark");
            bytes
        }),
        compressed(
            "an offset table with room for text",
            Syntax::JpegBaseline,
            b"\0\0\0\0Zqxcanary Wvutmar".to_vec(),
            vec![0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 0x11, 0x22, 0xFF, 0xD9],
        ),
        compressed("a uuid box", Syntax::Jpeg2000, Vec::new(), {
            let mut bytes = b"\0\0\0\x0CjP  \r\n\x87\n".to_vec();
            bytes.extend(b"\0\0\0\x2Auuid0123456789abcdLIZqxcanary Wvutmark".to_vec());
            bytes.extend(b"\0\0\0\0jp2c\xFF\x4F\xFF\xD9");
            bytes
        }),
        carrier("sealed values", true, |made| {
            let mut sealed = Dataset::new();
            sealed.bytes(Tag(0x0400, 0x0520), VR::OB, b"\x01Zqxcanary^Wvutmark\x02".to_vec());
            made.dataset.items(Tag(0x0400, 0x0500), vec![sealed]);
        }),
        carrier("an overlay in unused bits", false, |made| {
            made.dataset
                .u16(tags::BITS_ALLOCATED, &[16])
                .u16(tags::BITS_STORED, &[12])
                .u16(tags::HIGH_BIT, &[11])
                .u16(Tag(0x6000, 0x0010), &[16])
                .u16(Tag(0x6000, 0x0011), &[16])
                .u16(Tag(0x6000, 0x0102), &[12]);
            // The name in the bits, as a plane of an overlay is written.
            let mut bits = [0_u8; 32];
            bits[..18].copy_from_slice(b"Zqxcanary^Wvutmark");
            let samples = (0..256).flat_map(|at: usize| {
                let bit = u16::from(bits[at / 8] >> (at % 8) & 1);
                (bit << 12 | at as u16).to_le_bytes()
            });
            made.dataset.bytes(tags::PIXEL_DATA, VR::OW, samples.collect());
        }),
        carrier("base64", false, |made| {
            made.dataset.put(tags::IMAGE_COMMENTS, VR::LT, Value::Text("WnF4Y2FuYXJ5".into()));
        }),
        carrier("split over two values", false, |made| {
            made.dataset.put(tags::SOFTWARE_VERSIONS, VR::LO, Value::Text("Zqx\\canary".into()));
        }),
        carrier("data set trailing padding", false, |made| {
            made.dataset.bytes(Tag(0xFFFC, 0xFFFC), VR::OB, b"Zqxcanary ".to_vec());
        }),
        carrier("group length", false, |made| {
            made.dataset.bytes(Tag(0x0010, 0x0000), VR::UL, b"Zqxcanary ".to_vec());
        }),
    ]
}

fn around_the_dataset() -> Vec<Carrier> {
    let raw = |name: &str, released: bool, bytes: fn(&Instance) -> Vec<u8>| Carrier {
        bytes,
        ..carrier(name, released, |_| {})
    };
    vec![
        carrier("file meta", true, |made| made.source_title = Some("ZQXCANARY")),
        raw("preamble", true, |made| {
            let mut bytes = made.bytes();
            bytes[..19].copy_from_slice(b"Zqxcanary Qjzhidden");
            bytes
        }),
        raw("private file meta", true, |made| {
            let mut bytes = made.bytes();
            let length = u32::from_le_bytes([bytes[140], bytes[141], bytes[142], bytes[143]]);
            let mut extra = b"\x02\x00\x00\x01UI\x06\x002.25.9".to_vec();
            extra.extend(b"\x02\x00\x02\x01OB\0\0\x0a\0\0\0Zqxcanary ");
            let end = 144 + length as usize;
            bytes[140..144].copy_from_slice(&(length + extra.len() as u32).to_le_bytes());
            bytes.splice(end..end, extra);
            bytes
        }),
        raw("bytes behind the dataset", false, |made| {
            let mut bytes = made.bytes();
            bytes.extend(b"Zqxcanary^Wvutmark ZQX-73519-CNRY");
            bytes
        }),
        carrier("folder and file names", true, |made| {
            let number = made.file.clone().replace('/', "_");
            made.file =
                format!("Zqxcanary_Wvutmark/ZQX-73519-CNRY {number}/ACNQ7319X {HIDDEN}.dcm");
        }),
        carrier("UIDs", true, |made| {
            made.dataset.put(
                tags::FRAME_OF_REFERENCE_UID,
                VR::UI,
                Value::Text("2.25.73519735197351973519".into()),
            );
        }),
    ]
}

/// Every carrier.
pub fn all() -> Vec<Carrier> {
    [
        in_kept_text(),
        in_attributes_that_go(),
        in_sequences(),
        in_private_and_unknown(),
        in_bulk(),
        around_the_dataset(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Attributes that a rule of a site keeps though they hold an identifier of the subject.
pub fn kept_by_site() -> Vec<Carrier> {
    [
        (0x0008, 0x0080, VR::LO, "Clinic of Zqxcanary"),
        (0x0008, 0x0090, VR::PN, "Zqxcanary^Wvutmark"),
        (0x0008, 0x1030, VR::LO, "CT of Zqxcanary"),
        (0x0008, 0x103E, VR::LO, "ZQX-73519-CNRY AX"),
        (0x0010, 0x1000, VR::LO, "ZQX-73519-CNRY"),
        (0x0010, 0x1040, VR::LO, "1 Wvutmark Road"),
        (0x0010, 0x21B0, VR::LT, "Wvutmark, Zqxcanary was seen"),
        (0x0010, 0x4000, VR::LT, "acc. ACNQ7319X"),
        (0x0018, 0x1030, VR::LO, "zqxcanary protocol"),
        (0x0032, 0x1032, VR::PN, "ZQXCANARY^W"),
        (0x0040, 0x0254, VR::LO, "for Zqxcanary"),
        (0x0040, 0x2400, VR::LT, "born 1967-11-03"),
    ]
    .into_iter()
    .map(|(group, number, vr, text)| {
        let name = format!("({group:04X},{number:04X})");
        carrier(name, true, move |made| {
            made.dataset.put(Tag(group, number), vr, Value::Text(text.into()));
        })
    })
    .collect()
}

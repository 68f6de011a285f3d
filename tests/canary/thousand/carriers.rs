//! Where a canary may sit in a dataset of the thousand.

use crate::canary::thousand::draft::{Draft, Tag, element};
use crate::canary::thousand::hidden;
use crate::canary::thousand::people::planted;
use crate::common::checker::Planted;
use crate::common::r#gen::{Element, Value};

/// One place for canaries.
pub struct Carrier {
    pub name: String,
    pub plant: Box<dyn Fn(&mut Draft<'_>)>,
    /// Whether the engine can take it away. What nobody can take away without hurting the file
    /// holds it.
    pub goes: bool,
}

/// A carrier of something that can be taken away.
pub fn carrier(name: impl Into<String>, plant: impl Fn(&mut Draft<'_>) + 'static) -> Carrier {
    Carrier { name: name.into(), plant: Box::new(plant), goes: true }
}

/// A carrier of something that cannot.
pub fn held(name: impl Into<String>, plant: impl Fn(&mut Draft<'_>) + 'static) -> Carrier {
    Carrier { goes: false, ..carrier(name, plant) }
}

/// The patient's ID.
pub fn id(draft: &Draft<'_>) -> (String, Vec<Planted>) {
    (draft.own.id.clone(), vec![planted("mrn", &draft.own.id, Vec::new())])
}

/// Every VR has an attribute here that holds a value of it.
const SELECTORS: [(u16, &str); 33] = [
    (0x5E, "AE"),
    (0x5F, "AS"),
    (0x60, "AT"),
    (0x61, "DA"),
    (0x62, "CS"),
    (0x63, "DT"),
    (0x64, "IS"),
    (0x65, "OB"),
    (0x66, "LO"),
    (0x67, "OF"),
    (0x68, "LT"),
    (0x69, "OW"),
    (0x6A, "PN"),
    (0x6B, "TM"),
    (0x6C, "SH"),
    (0x6D, "UN"),
    (0x6E, "ST"),
    (0x6F, "UC"),
    (0x70, "UT"),
    (0x71, "UR"),
    (0x72, "DS"),
    (0x73, "OD"),
    (0x74, "FD"),
    (0x75, "OL"),
    (0x76, "FL"),
    (0x78, "UL"),
    (0x7A, "US"),
    (0x7C, "SL"),
    (0x7E, "SS"),
    (0x7F, "UI"),
    (0x81, "OV"),
    (0x82, "SV"),
    (0x83, "UV"),
];

/// A value of a VR as it should be, and what in it identifies.
pub fn fitting(draft: &mut Draft<'_>, vr: &str) -> (Vec<u8>, Vec<Planted>) {
    let own = draft.own;
    let whole = |kind, text: &str| vec![planted(kind, text, Vec::new())];
    match vr {
        "AE" | "CS" => (own.family.to_uppercase().into_bytes(), whole("name", &own.family)),
        "AS" => (b"094Y".to_vec(), Vec::new()),
        "DA" => (own.birth_date().into_bytes(), Vec::new()),
        "DT" => (format!("{}101500", own.birth_date()).into_bytes(), Vec::new()),
        "TM" => (b"101500".to_vec(), Vec::new()),
        "DS" | "IS" => (own.figures.clone().into_bytes(), whole("mrn", &own.figures)),
        "UI" => (own.uid.clone().into_bytes(), whole("uid", &own.uid)),
        "UR" => {
            let url = format!("https://example.org/{}?of={}", own.id, own.family);
            (url.into_bytes(), whole("mrn", &own.id))
        }
        "PN" => (draft.set.encode(&own.name()), vec![own.latin()]),
        "SH" | "LO" | "ST" | "LT" | "UC" | "UT" => {
            let longest = if vr == "SH" { 16 } else { 64 };
            let (text, what) = draft.said(longest);
            (draft.set.encode(&text), what)
        }
        // Numbers whose bytes happen to be letters.
        _ => (format!("{0}.{0}...{0}..", own.id).into_bytes()[..24].to_vec(), id(draft).1),
    }
}

fn in_every_vr() -> Vec<Carrier> {
    let plain = SELECTORS.into_iter().map(|(number, vr)| {
        let plant = move |draft: &mut Draft<'_>| {
            let (bytes, what) = fitting(draft, vr);
            draft.put((0x0072, number), vr, &bytes, what);
        };
        carrier(format!("VR {vr}"), plant)
    });
    // Devices write words into every VR of text, whatever the VR is made for.
    let misfits = [
        (0x5F, "AS"),
        (0x61, "DA"),
        (0x63, "DT"),
        (0x6B, "TM"),
        (0x64, "IS"),
        (0x72, "DS"),
        (0x7F, "UI"),
    ];
    let misfits = misfits.into_iter().map(|(number, vr)| {
        carrier(format!("a word in VR {vr}"), move |draft| {
            let name = draft.own.family.clone();
            let what = vec![planted("name", &name, Vec::new())];
            draft.put((0x0072, number), vr, name.as_bytes(), what);
        })
    });
    let sequence = carrier("VR SQ", |draft| {
        let (text, what) = draft.said(64);
        let inner = vec![element((0x0008, 0x0104), "LO", &draft.set.encode(&text))];
        draft.nest(&[(0x0072, 0x0080)], inner, (0x0008, 0x0104), what);
    });
    plain.chain(misfits).chain([sequence]).collect()
}

/// Text in attributes of all kinds: such as the rules take away, clean, replace or keep.
const TEXTS: [(Tag, &str); 62] = [
    ((0x0008, 0x0070), "LO"),
    ((0x0008, 0x0081), "ST"),
    ((0x0008, 0x0092), "ST"),
    ((0x0008, 0x1030), "LO"),
    ((0x0008, 0x103E), "LO"),
    ((0x0008, 0x1040), "LO"),
    ((0x0008, 0x1048), "PN"),
    ((0x0008, 0x1050), "PN"),
    ((0x0008, 0x1060), "PN"),
    ((0x0008, 0x1070), "PN"),
    ((0x0008, 0x1080), "LO"),
    ((0x0008, 0x1090), "LO"),
    ((0x0008, 0x2111), "ST"),
    ((0x0008, 0x4000), "LT"),
    ((0x0010, 0x1001), "PN"),
    ((0x0010, 0x1060), "PN"),
    ((0x0010, 0x1080), "LO"),
    ((0x0010, 0x1081), "LO"),
    ((0x0010, 0x2000), "LO"),
    ((0x0010, 0x2110), "LO"),
    ((0x0010, 0x2155), "LT"),
    ((0x0010, 0x2160), "SH"),
    ((0x0010, 0x2180), "SH"),
    ((0x0010, 0x21B0), "LT"),
    ((0x0010, 0x21F0), "LO"),
    ((0x0010, 0x2297), "PN"),
    ((0x0010, 0x2299), "LO"),
    ((0x0010, 0x4000), "LT"),
    ((0x0012, 0x0051), "ST"),
    ((0x0018, 0x0010), "LO"),
    ((0x0018, 0x0024), "SH"),
    ((0x0018, 0x1020), "LO"),
    ((0x0018, 0x1030), "LO"),
    ((0x0018, 0x1250), "SH"),
    ((0x0018, 0x1400), "LO"),
    ((0x0018, 0x4000), "LT"),
    ((0x0018, 0x9424), "LT"),
    ((0x0018, 0xA003), "ST"),
    ((0x0020, 0x3401), "CS"),
    ((0x0020, 0x4000), "LT"),
    ((0x0028, 0x3003), "LO"),
    ((0x0028, 0x4000), "LT"),
    ((0x0032, 0x1032), "PN"),
    ((0x0032, 0x1060), "LO"),
    ((0x0032, 0x1070), "LO"),
    ((0x0032, 0x4000), "LT"),
    ((0x0038, 0x0300), "LO"),
    ((0x0038, 0x0500), "LO"),
    ((0x0038, 0x4000), "LT"),
    ((0x0040, 0x0007), "LO"),
    ((0x0040, 0x0010), "SH"),
    ((0x0040, 0x0254), "LO"),
    ((0x0040, 0x0280), "ST"),
    ((0x0040, 0x0310), "ST"),
    ((0x0040, 0x1400), "LT"),
    ((0x0040, 0x2400), "LT"),
    ((0x0040, 0xA123), "PN"),
    ((0x0040, 0xA160), "UT"),
    ((0x0070, 0x0081), "LO"),
    ((0x4000, 0x4000), "LT"),
    ((0x4008, 0x010B), "ST"),
    ((0x4008, 0x0300), "ST"),
];

fn in_texts() -> Vec<Carrier> {
    let of = |(tag, vr): (Tag, &'static str)| {
        carrier(format!("text {:04X},{:04X} {vr}", tag.0, tag.1), move |draft| {
            let (bytes, what) = fitting(draft, vr);
            let style = draft.below(4);
            let with = |before: &[u8], after: &[u8]| [before, &bytes, after].concat();
            let bytes = match (style, vr) {
                (0, "LO" | "SH" | "PN" | "CS") => with(b"KNEE\\", b"\\AX"),
                (1, "LO" | "PN" | "SH" | "CS") => with(b"  ", b"   "),
                (1, "LT" | "ST" | "UT") => with(b" knee\r\n", b"\r\n \t left "),
                (2, "LO" | "LT" | "ST" | "UT") => with(b"MR knee - ", b", left"),
                _ => bytes,
            };
            draft.put(tag, vr, &bytes, what);
        })
    };
    TEXTS.into_iter().map(of).collect()
}

/// Sequences that may stand in one another, in any depth.
const SEQUENCES: [Tag; 8] = [
    (0x0040, 0xA730),
    (0x0008, 0x1140),
    (0x0040, 0x0275),
    (0x0054, 0x0220),
    (0x0008, 0x2112),
    (0x0040, 0x0555),
    (0x0400, 0x0561),
    (0x0008, 0x1032),
];
/// What may stand innermost.
const INNERMOST: [(Tag, &str); 7] = [
    ((0x0010, 0x0010), "PN"),
    ((0x0010, 0x0020), "LO"),
    ((0x0008, 0x0070), "LO"),
    ((0x0008, 0x0104), "LO"),
    ((0x0010, 0x4000), "LT"),
    ((0x0040, 0xA160), "UT"),
    ((0x0040, 0xA124), "UI"),
];

fn in_sequences() -> Vec<Carrier> {
    let deep = (1..=12).map(|depth| {
        carrier(format!("{depth} deep"), move |draft| {
            let first = draft.below(SEQUENCES.len());
            let chain: Vec<Tag> =
                (0..depth).map(|at| SEQUENCES[(first + at * 3) % SEQUENCES.len()]).collect();
            let (tag, vr) = INNERMOST[draft.below(INNERMOST.len())];
            let (bytes, what) = fitting(draft, vr);
            draft.nest(&chain, vec![element(tag, vr, &bytes)], tag, what);
        })
    });
    let content = carrier("structured content", |draft| {
        let (text, what) = draft.said(200);
        let text = draft.set.encode(&text);
        let inner = vec![
            element((0x0040, 0xA010), "CS", b"CONTAINS"),
            element((0x0040, 0xA040), "CS", b"TEXT"),
            element((0x0040, 0xA160), "UT", &text),
        ];
        draft.nest(&[(0x0040, 0xA730), (0x0040, 0xA730)], inner, (0x0040, 0xA160), what);
    });
    let person = carrier("a person in structured content", |draft| {
        let (bytes, what) = fitting(draft, "PN");
        let inner = vec![
            element((0x0040, 0xA010), "CS", b"HAS OBS CONTEXT"),
            element((0x0040, 0xA040), "CS", b"PNAME"),
            element((0x0040, 0xA123), "PN", &bytes),
        ];
        draft.nest(&[(0x0040, 0xA730)], inner, (0x0040, 0xA123), what);
    });
    let annotation = carrier("graphic annotation", |draft| {
        let (text, what) = draft.said(200);
        let inner = vec![element((0x0070, 0x0006), "ST", &draft.set.encode(&text))];
        draft.nest(&[(0x0070, 0x0001), (0x0070, 0x0008)], inner, (0x0070, 0x0006), what);
    });
    let directory = carrier("directory records", |draft| {
        let (bytes, what) = fitting(draft, "PN");
        let file = format!("{}\\IMG1", draft.own.family.to_uppercase());
        let inner = vec![
            element((0x0004, 0x1430), "CS", b"PATIENT"),
            element((0x0004, 0x1500), "CS", file.as_bytes()),
            element((0x0010, 0x0010), "PN", &bytes),
        ];
        draft.nest(&[(0x0008, 0x1032), (0x0004, 0x1220)], inner, (0x0010, 0x0010), what);
    });
    let request = carrier("request attributes", |draft| {
        let (text, what) = draft.said(64);
        let inner = vec![
            element((0x0008, 0x0050), "SH", draft.own.accession.as_bytes()),
            element((0x0040, 0x0007), "LO", &draft.set.encode(&text)),
        ];
        draft.nest(&[(0x0040, 0x0275)], inner, (0x0040, 0x0007), what);
    });
    let of_its_own = carrier("an item with a character set of its own", |draft| {
        let (text, what) = draft.said(200);
        let inner = vec![
            element((0x0008, 0x0005), "CS", b"ISO_IR 192"),
            element((0x0040, 0xA160), "UT", text.as_bytes()),
        ];
        draft.nest(&[(0x0040, 0xA730)], inner, (0x0040, 0xA160), what);
    });
    let signature = carrier("digital signatures", |draft| {
        let inner = vec![
            element((0x0400, 0x0110), "CS", b"X509_1993_SIG"),
            element((0x0400, 0x0115), "OB", format!("0\x1eCN={}", draft.own.family).as_bytes()),
        ];
        let what = vec![planted("name", &draft.own.family, Vec::new())];
        draft.nest(&[(0xFFFA, 0xFFFA)], inner, (0x0400, 0x0115), what);
    });
    let sealed = carrier("encrypted attributes", |draft| {
        let (text, what) = id(draft);
        let inner = vec![element((0x0400, 0x0520), "OB", format!("\x01{text}\x02").as_bytes())];
        draft.nest(&[(0x0400, 0x0500)], inner, (0x0400, 0x0520), what);
    });
    let icon = carrier("icon image", |draft| {
        let (text, what) = id(draft);
        let mut pixels = vec![7; 256];
        pixels[100..100 + text.len()].copy_from_slice(text.as_bytes());
        let inner = image(&pixels, false);
        draft.nest(&[(0x0088, 0x0200)], inner, (0x7FE0, 0x0010), what);
    });
    let mut found: Vec<Carrier> = deep.collect();
    found.extend([content, person, annotation, directory, request, of_its_own]);
    found.extend([signature, sealed, icon]);
    found
}

/// A grey picture of 16 × 16.
pub fn image(pixels: &[u8], jpeg: bool) -> Vec<Element> {
    let number = |element_number: u16, number: u16| {
        element((0x0028, element_number), "US", &number.to_le_bytes())
    };
    let value = match jpeg {
        true => Value::Fragments(vec![Vec::new(), pixels.to_vec()]),
        false => Value::Bytes(pixels.to_vec()),
    };
    vec![
        number(0x0002, 1),
        element((0x0028, 0x0004), "CS", b"MONOCHROME2"),
        number(0x0010, 16),
        number(0x0011, 16),
        number(0x0100, 8),
        number(0x0101, 8),
        number(0x0102, 7),
        number(0x0103, 0),
        Element { tag: (0x7FE0, 0x0010), vr: if jpeg { "OB" } else { "OW" }, value },
    ]
}

/// Every carrier.
pub fn all() -> Vec<Carrier> {
    [
        in_every_vr(),
        in_texts(),
        in_sequences(),
        hidden::in_private_blocks(),
        hidden::in_codes_of_bytes(),
        hidden::in_places(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

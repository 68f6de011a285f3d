//! Carriers that people do not see: private blocks, codes of bytes, and what is beside and behind
//! the dataset.

use crate::canary::thousand::carriers::{Carrier, carrier, fitting, held, id, image};
use crate::canary::thousand::draft::{Draft, Tag, element};
use crate::canary::thousand::people::planted;
use crate::common::r#gen::{Element, Item, Value};

/// Private blocks, with and without creators, such as are kept among them.
pub fn in_private_blocks() -> Vec<Carrier> {
    let of = |name: &str, group: u16, creator: &'static str, low: u16, vr: &'static str| {
        carrier(name, move |draft| {
            let tag = (group, draft.block(group, creator) | low);
            let (bytes, what) = match vr {
                "UN" | "OB" => {
                    let (text, what) = draft.said(64);
                    (draft.set.encode(&text), what)
                }
                _ => fitting(draft, vr),
            };
            draft.put(tag, vr, &bytes, what);
        })
    };
    let script = carrier("private, kept: OB in the script of the set", |draft| {
        let tag = (0x0051, draft.block(0x0051, "SIEMENS MR HEADER") | 0x08);
        let (text, what) = draft.in_own_script(false);
        draft.put(tag, "OB", &draft.set.encode(&text), vec![what]);
    });
    let wide = carrier("private UTF-16", |draft| {
        let tag = (0x0029, draft.block(0x0029, "INVENTED 3") | 2);
        let (text, what) = id(draft);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        draft.put(tag, "OB", &bytes, what);
    });
    let creator = carrier("private creator", |draft| {
        let name = draft.own.family.to_uppercase();
        let block = draft.block(0x0031, &format!("{name} 1")) >> 8;
        let what = vec![planted("name", &draft.own.family, Vec::new())];
        draft.note(&Draft::path((0x0031, block)), what);
        draft.put((0x0031, block << 8 | 1), "LO", b"x", Vec::new());
    });
    let known_creator = carrier("private, creator among those that are kept", |draft| {
        let tag = (0x0051, draft.block(0x0051, "SIEMENS MR HEADER") | 0x0F);
        let (text, what) = id(draft);
        draft.put(tag, "LO", format!("HEA;{text}").as_bytes(), what);
    });
    let none = carrier("private without creator", |draft| {
        let (bytes, what) = fitting(draft, "UT");
        draft.put((0x0019, 0xFE02), "UT", &bytes, what);
    });
    let sequence = carrier("private sequence", |draft| {
        let tag = (0x0033, draft.block(0x0033, "INVENTED 4") | 7);
        let (bytes, what) = fitting(draft, "PN");
        draft.nest(&[tag], vec![element((0x0010, 0x0010), "PN", &bytes)], (0x0010, 0x0010), what);
    });
    let unknown = carrier("private UN with items", |draft| {
        let tag = (0x0035, draft.block(0x0035, "INVENTED 5") | 8);
        let (bytes, what) = fitting(draft, "PN");
        let item = Item { elements: vec![element((0x0010, 0x0010), "PN", &bytes)], defined: true };
        let value = Value::Items { items: vec![item], defined: false };
        draft.root.push(Element { tag, vr: "UN", value });
        draft.note(&format!("{}[0].(0010,0010)", Draft::path(tag)), what);
    });
    vec![
        of("private LO", 0x0009, "INVENTED 1", 1, "LO"),
        of("private PN", 0x0009, "INVENTED 1", 2, "PN"),
        of("private UN", 0x0019, "INVENTED 2", 3, "UN"),
        of("private OB", 0x0021, "INVENTED 2", 4, "OB"),
        of("private FD", 0x0023, "INVENTED 2", 5, "FD"),
        of("private, kept: LO", 0x0051, "SIEMENS MR HEADER", 0x09, "LO"),
        of("private, kept: SH", 0x0019, "SIEMENS MR HEADER", 0x11, "SH"),
        of("private, kept: UN", 0x0019, "SIEMENS MR HEADER", 0x12, "UN"),
        of("private, kept: OB", 0x0051, "SIEMENS MR HEADER", 0x13, "OB"),
        script,
        wide,
        creator,
        known_creator,
        none,
        sequence,
        unknown,
    ]
}

/// A text in base64, of the tests' own.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let all = chunk.iter().fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        let all = all << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            out.push(char::from(SIGNS[(all >> (18 - 6 * at)) as usize & 63]));
        }
        out.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    out
}

/// Text in base64, hexadecimal figures and URLs, and in attributes that nobody knows.
pub fn in_codes_of_bytes() -> Vec<Carrier> {
    let name = |draft: &Draft<'_>| {
        let text = format!("{} {}", draft.own.family, draft.own.given);
        (text, vec![planted("name", &draft.own.family, Vec::new())])
    };
    let of = |what: &str, tag: Tag, vr: &'static str, coded: fn(&str) -> String| {
        carrier(what, move |draft| {
            let (text, what) = name(draft);
            let (text, tag) = match tag.0 % 2 {
                1 => (text, (tag.0, draft.block(tag.0, "INVENTED 6") | tag.1)),
                _ => (text, tag),
            };
            draft.put(tag, vr, coded(&text).as_bytes(), what);
        })
    };
    vec![
        of("base64 in LT", (0x0020, 0x4000), "LT", |text| base64(text.as_bytes())),
        of("base64 in kept UT", (0x0040, 0xA160), "UT", |text| base64(text.as_bytes())),
        of("base64 in OB", (0x0041, 0x01), "OB", |text| base64(text.as_bytes())),
        of("base64 in UN", (0x0041, 0x02), "UN", |text| base64(text.as_bytes())),
        of("hex in UN", (0x0041, 0x03), "UN", |text| hex::encode(text)),
        of("hex in LO", (0x0018, 0x1030), "LO", |text| hex::encode(&text[..16])),
        of("hex in OB", (0x0041, 0x04), "OB", |text| hex::encode_upper(text)),
        of("URL code in UR", (0x0008, 0x0120), "UR", |text| {
            format!("https://example.org/{}", text.replace(' ', "%20"))
        }),
        carrier("unknown standard attribute", |draft| {
            let (text, what) = draft.said(64);
            draft.put((0x0018, 0x9FFE), "UN", &draft.set.encode(&text), what);
        }),
        carrier("known attribute as UN", |draft| {
            let (text, what) = draft.said(64);
            draft.put((0x0008, 0x0070), "UN", &draft.set.encode(&text), what);
        }),
    ]
}

fn pdf(text: &str) -> String {
    format!(
        "%PDF-1.4\n1 0 obj\n<</Length {}>>\nstream\nBT /F1 12 Tf (seen: {text}) Tj ET\n\
         endstream\nendobj\ntrailer\n<</Info <</Author ({text})>>>>\n%%EOF\n",
        text.len() + 32
    )
}

/// Places where nobody looks.
pub fn in_places() -> Vec<Carrier> {
    let document = |name: &str, mime: &'static str, content: fn(&str) -> String| {
        carrier(name, move |draft| {
            let text = format!("{} {}", draft.own.given, draft.own.family);
            let what = vec![draft.own.latin()];
            draft.put((0x0042, 0x0012), "LO", mime.as_bytes(), Vec::new());
            draft.put((0x0042, 0x0011), "OB", content(&text).as_bytes(), what);
        })
    };
    let overlay = |name: &str, low: u16, vr: &'static str| {
        carrier(name, move |draft| {
            let (bytes, what) = fitting(draft, vr);
            draft.put((0x6002, low), vr, &bytes, what);
        })
    };
    let curve = |name: &str, low: u16, vr: &'static str| {
        carrier(name, move |draft| {
            let (bytes, what) = fitting(draft, vr);
            draft.put((0x5004, low), vr, &bytes, what);
        })
    };
    vec![
        overlay("overlay comments", 0x4000, "LT"),
        overlay("overlay description", 0x0022, "LO"),
        overlay("overlay label", 0x1500, "LO"),
        curve("curve description", 0x0022, "LO"),
        curve("curve label", 0x2500, "LO"),
        curve("curve data", 0x3000, "OW"),
        document("text document", "text/plain", |text| format!("seen: {text}\n")),
        document("XML document", "text/xml", |text| {
            format!("<?xml version=\"1.0\"?><t>{text}</t>")
        }),
        document("PDF document", "application/pdf", pdf),
        carrier("file meta, AE titles", |draft| {
            let title = draft.own.family.to_uppercase();
            draft.meta.push(element((0x0002, 0x0016), "AE", title.as_bytes()));
            let what = vec![planted("name", &draft.own.family, Vec::new())];
            draft.note("META (0002,0016)", what);
        }),
        carrier("file meta, private", |draft| {
            let (text, what) = draft.said(64);
            draft.meta.push(element((0x0002, 0x0100), "UI", b"1.2.826.0.1.3680043.9.7433.1"));
            draft.meta.push(element((0x0002, 0x0102), "OB", &draft.set.encode(&text)));
            draft.note("META (0002,0102)", what);
        }),
        carrier("preamble", |draft| {
            let (text, what) = draft.said(120);
            draft.preamble = draft.set.encode(&text);
            draft.note("PREAMBLE", what);
        }),
        carrier("data set trailing padding", |draft| {
            let (text, what) = id(draft);
            draft.put((0xFFFC, 0xFFFC), "OB", text.as_bytes(), what);
        }),
        carrier("names of folder and file", |draft| {
            let own = draft.own;
            draft.file = format!("{}_{}/{}/{}", own.family, own.given, own.accession, draft.file);
            let what = vec![own.latin(), planted("acc", &own.accession, Vec::new())];
            draft.note("its name", what);
        }),
        carrier("UIDs", |draft| {
            let what = vec![planted("uid", &draft.own.uid, Vec::new())];
            draft.put((0x0020, 0x0052), "UI", draft.own.uid.clone().as_bytes(), what);
        }),
        carrier("a UID with figures of the patient", |draft| {
            let uid = format!("1.2.826.0.1.3680043.9.7433.{}", draft.own.figures);
            let what = vec![planted("uid", &uid, Vec::new())];
            draft.put((0x0088, 0x0140), "UI", uid.as_bytes(), what);
        }),
        held("bytes behind the dataset", |draft| {
            let (text, what) = id(draft);
            draft.behind = format!("{text}  ").into_bytes();
            draft.note("BEHIND", what);
        }),
        carrier("bits of an overlay", |draft| {
            let (text, what) = id(draft);
            let mut bits = vec![1; 3000];
            bits[1000..1000 + text.len()].copy_from_slice(text.as_bytes());
            draft.put((0x6000, 0x3000), "OW", &bits, what);
        }),
        held("a comment in a JPEG", |draft| in_jpeg(draft, 0xFE)),
        held("an application segment in a JPEG", |draft| in_jpeg(draft, 0xE7)),
    ]
}

/// Pixel data in JPEG with a marker segment that names the patient.
fn in_jpeg(draft: &mut Draft<'_>, marker: u8) {
    let (text, what) = id(draft);
    let mut jpeg = vec![0xFF, 0xD8, 0xFF, marker, 0, text.len() as u8 + 2];
    jpeg.extend(text.as_bytes());
    jpeg.extend([0xFF, 0xDA, 0, 2, 0x11, 0x22, 0x33, 0xFF, 0xD9]);
    jpeg.resize(jpeg.len().next_multiple_of(2), 0);
    draft.root.retain(|there| there.tag.0 != 0x7FE0);
    draft.root.extend(image(&jpeg, true).pop());
    draft.note("(7FE0,0010)", what);
}

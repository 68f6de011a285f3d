//! A reader of the page, of the tests' own: tags must balance, and nothing may lead outside.

/// Elements that have no end.
const VOID: [&str; 3] = ["meta", "img", "br"];

/// What is wrong with a page.
pub fn faults(page: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let body = page.strip_prefix("<!doctype html>\n").unwrap_or("<it does not begin as a page>");
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        let Some(end) = rest[at..].find('>') else {
            faults.push("a tag has no end".into());
            break;
        };
        let tag = &rest[at + 1..at + end];
        rest = &rest[at + end + 1..];
        let name = tag.trim_start_matches('/').split(' ').next().unwrap();
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) || name.is_empty() {
            faults.push(format!("no element: {name:.20}"));
        } else if tag.starts_with('/') {
            match open.pop() {
                Some(last) if last == name => {}
                other => faults.push(format!("</{name}> closes {other:?}")),
            }
        } else if !VOID.contains(&name) {
            open.push(name);
            // What stands in a style is no tag.
            if name == "style" {
                rest = &rest[rest.find("</style>").expect("a style ends")..];
            }
        }
        if !tag.starts_with('/') {
            faults.extend(attributes(&tag[name.len()..]));
        }
    }
    faults.extend(open.into_iter().map(|name| format!("<{name}> stays open")));
    let lower = page.to_lowercase();
    for outside in
        ["http:", "https:", "url(", "@import", "<script", "<link", "file:", " href", "srcset"]
    {
        if lower.contains(outside) {
            faults.push(format!("{outside} leads outside"));
        }
    }
    let sources = lower.matches(" src=\"").count();
    if sources != lower.matches(" src=\"data:image/png;base64,").count() {
        faults.push("a source is no picture in the page".into());
    }
    faults
}

/// Attributes must be `name="value"`.
fn attributes(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let read = rest.split_once("=\"").and_then(|(name, after)| {
            let (_, after) = after.split_once('"')?;
            name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-').then_some(after)
        });
        match read {
            Some(after) => rest = after.trim_start(),
            None => {
                faults.push(format!("attributes: {rest:.40}"));
                break;
            }
        }
    }
    faults
}

/// One picture of the page.
pub struct Figure {
    /// Whose it is.
    pub instance: String,
    /// The frame, counted from 0.
    pub frame: usize,
    /// The picture; `None` where the page says that there is none.
    pub png: Option<Vec<u8>>,
    /// Outlined areas: left, top, width, height.
    pub outlines: Vec<[u32; 4]>,
}

/// The pictures of a page.
pub fn figures(page: &str) -> Vec<Figure> {
    let parts = page.split("<figure data-instance=\"").skip(1);
    parts.map(|part| figure(part.split("</figure>").next().unwrap())).collect()
}

fn figure(text: &str) -> Figure {
    let after = |begin: &str, end: char| {
        text.split(begin).skip(1).map(|part| part.split(end).next().unwrap()).collect::<Vec<_>>()
    };
    let png = after("src=\"data:image/png;base64,", '"');
    let number = |text: &str| text.parse::<u32>().unwrap();
    let sides = ["x", "y", "width", "height"].map(|side| {
        text.split("<rect").skip(1).map(move |rect| {
            number(rect.split(&format!(" {side}=\"")).nth(1).unwrap().split('"').next().unwrap())
        })
    });
    let mut outlines: Vec<[u32; 4]> = Vec::new();
    for (side, values) in sides.into_iter().enumerate() {
        for (at, value) in values.enumerate() {
            if outlines.len() <= at {
                outlines.push([0; 4]);
            }
            outlines[at][side] = value;
        }
    }
    Figure {
        instance: text.split('"').next().unwrap().to_owned(),
        frame: number(after(", frame ", ',')[0]) as usize - 1,
        png: png.first().map(|text| from_base64(text)),
        outlines,
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for sign in text.bytes().filter(|sign| *sign != b'=') {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => panic!("no base64"),
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    out
}

#[test]
fn the_reader_of_pages_finds_what_is_wrong() {
    let page = |body: &str| format!("<!doctype html>\n<html>{body}</html>");
    assert!(faults(&page("<p class=\"a\">x<br>&lt;</p>")).is_empty());
    for wrong in [
        "<p>",
        "</p>",
        "<p><b></p></b>",
        "<p class=a></p>",
        "<p class=\"a></p>",
        "<img src=\"x.png\">",
        "<a href=\"x\"></a>",
        "<p>http://x</p>",
        "a < b",
    ] {
        assert!(!faults(&page(wrong)).is_empty(), "{wrong}");
    }
}

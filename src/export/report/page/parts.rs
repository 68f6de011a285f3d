//! Pieces of the page. Every piece closes what it opens, and all text is escaped here.

use std::fmt::Write;

/// Text in HTML, also within quotation marks.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

/// A cell of a table.
pub(super) struct Cell {
    class: &'static str,
    html: String,
}

impl Cell {
    /// Words.
    pub(super) fn text(text: &str) -> Self {
        Self { class: "", html: escape(text) }
    }

    /// A number.
    pub(super) fn number(number: u64) -> Self {
        Self { class: "n", html: number.to_string() }
    }

    /// A UID.
    pub(super) fn uid(uid: &str) -> Self {
        Self { class: "uid", html: escape(uid) }
    }

    /// The same in another class.
    pub(super) fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// The same with a line below it, smaller.
    pub(super) fn with_note(mut self, note: &str) -> Self {
        if !note.is_empty() {
            // Writing to a string cannot fail.
            write!(self.html, "<div class=\"small\">{}</div>", escape(note)).unwrap_or_default();
        }
        self
    }
}

/// A column: its head and the class of its cells.
pub(super) type Column = (&'static str, &'static str);

/// A table under a heading; nothing where there are no rows. Of more rows than `most` the rest stands
/// elsewhere, and the page says so.
pub(super) fn table(columns: &[Column], rows: Vec<Vec<Cell>>, most: usize) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let left = rows.len().saturating_sub(most);
    let mut text = "<table><thead><tr>".to_owned();
    for (head, class) in columns {
        write!(text, "<th scope=\"col\"{}>{}</th>", attribute(class), escape(head))
            .unwrap_or_default();
    }
    text.push_str("</tr></thead>\n<tbody>");
    for row in rows.iter().take(most) {
        text.push_str("<tr>");
        for cell in row {
            write!(text, "<td{}>{}</td>", attribute(cell.class), cell.html).unwrap_or_default();
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody></table>\n");
    text + &more(left, "row", "rows")
}

fn attribute(class: &str) -> String {
    if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") }
}

/// What is left out here.
pub(super) fn more(left: usize, one: &str, many: &str) -> String {
    match left {
        0 => String::new(),
        1 => format!("<p class=\"small\">1 more {one} stands in report.json.</p>\n"),
        _ => format!("<p class=\"small\">{left} more {many} stand in report.json.</p>\n"),
    }
}

/// A list of sentences; nothing where there are none.
pub(super) fn list(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let items: String = lines.iter().map(|line| format!("<li>{}</li>\n", escape(line))).collect();
    format!("<ul>{items}</ul>\n")
}

/// A section; nothing where its body is empty.
pub(super) fn section(title: &str, body: &str) -> String {
    match body.is_empty() {
        true => String::new(),
        false => format!("<section><h2>{}</h2>\n{body}</section>\n", escape(title)),
    }
}

/// A paragraph.
pub(super) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text))
}

/// Bytes in base64 (RFC 4648, with padding).
pub(super) fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let at = |place: usize| u32::from(three.get(place).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= three.len() { char::from(sign) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let pairs =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, encoded) in pairs {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
        assert_eq!(base64(&[0xFB, 0xFF]), "+/8=");
    }

    #[test]
    fn no_text_opens_or_closes_anything() {
        assert_eq!(escape("<a b='\"'>&\n"), "&lt;a b=&#39;&quot;&#39;&gt;&amp; ");
        let rows = (0..5).map(|number| vec![Cell::text("</td>"), Cell::number(number)]).collect();
        let table = table(&[("What", ""), ("How many", "n")], rows, 3);
        assert_eq!(table.matches("&lt;/td&gt;</td>").count(), 3);
        assert!(table.ends_with("2 more rows stand in report.json.</p>\n"), "{table}");
    }
}

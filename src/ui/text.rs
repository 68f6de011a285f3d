//! Text that fits where it stands.

use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{Color32, FontId, Galley, Painter};

/// Characters of one value that are ever laid out; the rest could not be seen.
const MOST: usize = 600;

/// One line of at most `width` points, with `…` where it is cut.
///
/// Line breaks and other control characters are shown as blanks: a value cannot draw over what
/// stands beside it.
pub(super) fn elided(
    painter: &Painter,
    words: &str,
    (font, colour): (FontId, Color32),
    width: f32,
) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(one_line(words), font, colour);
    job.wrap = TextWrapping::truncate_at_width(width.max(8.0));
    painter.layout_job(job)
}

/// A value as one line of bounded length, without control or direction characters.
pub(super) fn one_line(words: &str) -> String {
    let harmless = |c: char| match c {
        _ if c.is_control() => ' ',
        // Marks that turn the direction of writing could make a value look like another.
        '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => ' ',
        _ => c,
    };
    words.chars().take(MOST).map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn values_stay_on_their_line() {
        assert_eq!(one_line("a\nb\u{202E}c\td"), "a b c d");
        assert_eq!(one_line(&"x".repeat(5000)).len(), 600);
    }
}

//! A stroke font of our own, for text burned into the demo's pictures.
//!
//! Each glyph is a few polylines on a grid 8 units high; the grid's row 0 is the cap height and
//! row 8 the base line. Drawn as anti-aliased lines with round ends, it looks like the labels of a
//! workstation. Lower case is drawn as upper case; what is not in the font is drawn as a box.

/// Rows of the grid between cap height and base line.
const GRID: f32 = 8.0;
/// Columns between two glyphs, and the width of a space.
const GAP: f32 = 2.4;
const SPACE: f32 = 3.0;

/// Strokes of a glyph: points `xy` in grid units, `|` lifts the pen.
const fn strokes(glyph: char) -> &'static str {
    match glyph {
        'A' => "08 30 68|15 55",
        'B' => "08 00 40 51 53 44 04|44 55 57 48 08",
        'C' => "62 40 20 02 06 28 48 66",
        'D' => "00 08 38 56 52 30 00",
        'E' => "50 00 08 58|04 44",
        'F' => "50 00 08|04 44",
        'G' => "62 40 20 02 06 28 48 66 64 44",
        'H' => "00 08|50 58|04 54",
        'I' => "00 08",
        'J' => "40 46 28 18 06",
        'K' => "00 08|50 05|23 58",
        'L' => "00 08 48",
        'M' => "08 00 35 60 68",
        'N' => "08 00 58 50",
        'O' => "20 40 62 66 48 28 06 02 20",
        'P' => "08 00 40 51 53 44 04",
        'Q' => "20 40 62 66 48 28 06 02 20|45 68",
        'R' => "08 00 40 51 53 44 04|34 58",
        'S' => "51 40 10 01 03 14 44 55 57 48 18 07",
        'T' => "00 60|30 38",
        'U' => "00 06 28 38 56 50",
        'V' => "00 38 60",
        'W' => "00 28 42 68 80",
        'X' => "00 58|50 08",
        'Y' => "00 34 60|34 38",
        'Z' => "00 50 08 58",
        '0' => "20 30 52 56 38 28 06 02 20",
        '1' => "02 20 28",
        '2' => "02 01 10 40 51 53 08 58",
        '3' => "01 10 40 51 53 44 24|44 55 57 48 18 07",
        '4' => "48 40 06 56",
        '5' => "50 00 03 43 54 57 48 18 07",
        '6' => "51 40 10 01 07 18 48 57 55 44 14 05",
        '7' => "00 50 18",
        '8' => "10 40 51 53 44 14 03 01 10|14 05 07 18 48 57 55 44",
        '9' => "07 18 48 57 51 40 10 01 03 14 44 53",
        '.' => "07 17 18 08 07",
        ',' => "17 18 09",
        ':' => "02 12 13 03 02|07 17 18 08 07",
        '-' => "04 44",
        '+' => "04 44|22 26",
        '=' => "03 43|05 45",
        '_' => "08 58",
        '\'' => "00 02",
        '/' => "50 08",
        '[' => "20 00 08 28",
        ']' => "00 20 28 08",
        '(' => "20 02 06 28",
        ')' => "00 22 26 08",
        '^' => "03 20 43",
        '%' => "60 08|00 20 22 02 00|46 66 68 48 46",
        _ => "00 50 58 08 00",
    }
}

/// How much of each pixel is ink.
#[derive(Clone, Debug)]
pub struct Ink {
    /// Columns.
    pub width: usize,
    /// 0 (none) to 1 (all), row by row.
    pub cover: Vec<f32>,
}

type Segment = ((f32, f32), (f32, f32));

/// The segments of `text` with capitals `height` pixels high, and where the pen ends.
fn segments(text: &str, height: f32) -> (Vec<Segment>, f32) {
    let unit = height / GRID;
    let mut found = Vec::new();
    let mut pen = 0.0;
    for glyph in text.chars() {
        if glyph == ' ' {
            pen += (SPACE + GAP) * unit;
            continue;
        }
        let mut width = 0.0_f32;
        for stroke in strokes(glyph.to_ascii_uppercase()).split('|') {
            let points: Vec<(f32, f32)> = stroke
                .split(' ')
                .filter_map(|pair| {
                    let mut digits = pair.chars().filter_map(|digit| digit.to_digit(10));
                    Some((digits.next()? as f32, digits.next()? as f32))
                })
                .collect();
            width = points.iter().fold(width, |width, point| width.max(point.0));
            let place = |(x, y): (f32, f32)| (pen + x * unit, y * unit);
            found.extend(points.windows(2).map(|pair| (place(pair[0]), place(pair[1]))));
        }
        pen += (width + GAP) * unit;
    }
    (found, (pen - GAP * unit).max(0.0))
}

/// Distance from a point to a segment.
fn distance((x, y): (f32, f32), ((ax, ay), (bx, by)): Segment) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { ((x - ax) * dx + (y - ay) * dy) / length } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    let (px, py) = (x - ax - along * dx, y - ay - along * dy);
    (px * px + py * py).sqrt()
}

/// Draws `text` with capitals `height` pixels high; the first capital's stroke starts at the
/// margin `(stroke width / 2 + 1)` from the top left of what is returned.
pub fn ink(text: &str, height: f32) -> Ink {
    let half = (height * 0.065).max(0.6);
    let margin = half + 1.0;
    let (segments, end) = segments(text, height);
    let width = (end + 2.0 * margin).ceil() as usize + 1;
    let rows = (height * 9.0 / GRID + 2.0 * margin).ceil() as usize + 1;
    let mut cover = vec![0.0_f32; width * rows];
    for segment in segments {
        let ((ax, ay), (bx, by)) = segment;
        let columns = (ax.min(bx) as usize)..((ax.max(bx) + 2.0 * margin) as usize + 1).min(width);
        let lines = (ay.min(by) as usize)..((ay.max(by) + 2.0 * margin) as usize + 1).min(rows);
        for y in lines {
            for x in columns.clone() {
                let at = (x as f32 + 0.5 - margin, y as f32 + 0.5 - margin);
                let shade = (half + 0.5 - distance(at, segment)).clamp(0.0, 1.0);
                let pixel = &mut cover[y * width + x];
                *pixel = pixel.max(shade);
            }
        }
    }
    Ink { width, cover }
}

#[cfg(test)]
mod tests {
    use super::{ink, strokes};

    #[test]
    fn every_glyph_has_its_own_shape() {
        let glyphs: Vec<char> =
            ('A'..='Z').chain('0'..='9').chain(".,:-+=_'/[]()^%".chars()).collect();
        for (at, first) in glyphs.iter().enumerate() {
            assert_ne!(strokes(*first), strokes('~'), "{first} is not in the font");
            for second in &glyphs[at + 1..] {
                assert_ne!(strokes(*first), strokes(*second), "{first} and {second} look alike");
            }
        }
    }

    #[test]
    fn ink_is_as_high_as_asked_and_anti_aliased() {
        let drawn = ink("H", 40.0);
        let lines = drawn.cover.chunks(drawn.width).enumerate();
        let rows: Vec<usize> = lines
            .filter(|(_, line)| line.iter().any(|cover| *cover > 0.5))
            .map(|(row, _)| row)
            .collect();
        let tall = rows.last().unwrap() - rows.first().unwrap() + 1;
        assert!((40..=47).contains(&tall), "{tall} rows of ink");
        assert!(drawn.cover.iter().any(|cover| *cover > 0.05 && *cover < 0.95));
    }
}

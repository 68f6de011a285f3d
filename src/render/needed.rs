//! Which renderings of a frame must be searched, so that nothing in it stays out of sight.
//!
//! One rendering can hide what another shows: values beyond the window are all black or white, a
//! wide window leaves faint text without contrast, a palette may give two indices one colour, and
//! bits that no sample uses are never shown. The histogram says which of these can be the case.

use std::collections::BTreeSet;

use crate::dicom::pixels::{Palette, Photometric, RawFrame, Words};
use crate::render::grey::{counted, spread_of};
use crate::render::{RenderContext, Rendering, Window, spare};

/// Samples of the smallest text: a letter of five by seven has about so many.
const INK: u64 = 16;
/// Values beyond the window hide something when they differ by this part of its width.
const BEYOND: f64 = 1.0 / 16.0;
/// A window that is this much wider than nearly all values leaves text in them too faint.
const TOO_WIDE: f64 = 3.0;
/// Part of all values, at each end, that may lie outside of nearly all.
const TAIL: f64 = 0.005;
/// Indices of a palette so far apart can be text; colours so near cannot be told apart.
const INDICES_APART: i64 = 8;
const COLOURS_NEAR: u8 = 12;

/// The renderings to search, the default one first.
pub fn needed(frame: &RawFrame, context: &RenderContext) -> Vec<Rendering> {
    let mut wanted = vec![Rendering::Default];
    match (frame.samples_per_pixel, frame.photometric, context.palette()) {
        (1, Photometric::PaletteColor, Some(palette)) => {
            wanted.extend(hides_indices(frame, palette).then_some(Rendering::Indices));
        }
        (1, ..) => wanted.extend(greys(frame, context)),
        _ => wanted.extend(is_dark(frame).then_some(Rendering::FullRange)),
    }
    wanted.extend(spare::are_used(frame).then_some(Rendering::UnusedBits));
    wanted
}

/// What a grey frame needs beside its default rendering.
fn greys(frame: &RawFrame, context: &RenderContext) -> Vec<Rendering> {
    let values = counted(frame, context);
    let (Some((least, _)), Some((greatest, _))) = (values.first(), values.last()) else {
        return Vec::new();
    };
    let nearly_all = spread_of(&values, TAIL);
    let shown = match context.window(frame.frame) {
        Some(window) => window,
        // A table may show anything; without window or table nearly all is what is shown.
        None if context.voi_table().is_some() => Window { center: 0.0, width: 0.0 },
        None => nearly_all.unwrap_or(Window::between(*least, *greatest)),
    };
    let (low, high) = shown.ends();
    let beyond = |inside: &dyn Fn(f64) -> bool| {
        let hidden = values.iter().filter(|(value, _)| !inside(*value));
        let samples: u64 = hidden.clone().map(|(_, count)| count).sum();
        let mut ends = hidden.map(|(value, _)| *value);
        let first = ends.next();
        let range = first.map_or(0.0, |first| ends.next_back().unwrap_or(first) - first);
        samples >= INK && range > shown.width * BEYOND
    };
    let clips = beyond(&|value| value >= low) || beyond(&|value| value <= high);
    let mut wanted = Vec::new();
    wanted.extend(clips.then_some(Rendering::FullRange));
    if let Some(narrow) = nearly_all
        && shown.width > narrow.width * TOO_WIDE
    {
        wanted.push(Rendering::Window(narrow));
    }
    wanted
}

/// Whether two indices that stand in the frame look alike.
fn hides_indices(frame: &RawFrame, palette: &Palette) -> bool {
    let used: BTreeSet<i64> = match &frame.words {
        Words::U8(words) => words.iter().map(|word| frame.stored((*word).into())).collect(),
        Words::U16(words) => words.iter().map(|word| frame.stored((*word).into())).collect(),
        // Nobody has a palette for these.
        _ => return true,
    };
    let mut colours: Vec<([u8; 3], i64)> =
        used.into_iter().map(|index| (palette.colour(index), index)).collect();
    colours.sort_unstable();
    let near = |a: [u8; 3], b: [u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < COLOURS_NEAR);
    colours.iter().enumerate().any(|(at, (colour, index))| {
        // Sorted by red: what is near has nearly as much of it.
        let next = colours.iter().skip(at + 1);
        next.take_while(|(other, _)| other[0] - colour[0] < COLOURS_NEAR).any(|(other, far)| {
            near(*colour, *other) && index.abs_diff(*far) >= INDICES_APART as u64
        })
    })
}

/// Whether a frame of colours uses so little of its range that text in it is dark on dark.
fn is_dark(frame: &RawFrame) -> bool {
    let (_, high) = frame.stored_range();
    let is_rgb = matches!(frame.photometric, Photometric::Rgb | Photometric::Other);
    let values = (0..frame.words.len()).filter_map(|at| frame.value(at));
    let greatest = values.fold(0.0, f64::max);
    is_rgb && greatest > 0.0 && greatest < high as f64 / 4.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::render;

    fn frame(bits: (u16, u16), words: Words) -> RawFrame {
        RawFrame {
            frame: 0,
            rows: 16,
            columns: (words.len() / 16) as u32,
            samples_per_pixel: 1,
            bits_allocated: bits.0,
            bits_stored: bits.1,
            high_bit: bits.1 - 1,
            signed: false,
            photometric: Photometric::Monochrome2,
            words,
        }
    }

    fn context(window: Option<(f64, f64)>) -> RenderContext {
        RenderContext::with_window(window.map(|(center, width)| Window { center, width }))
    }

    /// A ramp of 1,000 to 1,255, and a stroke of 3,000 on 2,900 in its middle.
    fn ramp_with_stroke() -> RawFrame {
        let words = (0..16_u16 * 64).map(|at| match at % 64 {
            30..34 => 2900,
            34..36 => 3000,
            column => 1000 + column * 4,
        });
        frame((16, 12), Words::U16(words.collect()))
    }

    #[test]
    fn what_a_window_clips_is_shown_by_the_full_range() {
        let frame = ramp_with_stroke();
        assert_eq!(
            needed(&frame, &context(Some((1128.0, 256.0)))),
            [Rendering::Default, Rendering::FullRange]
        );
        assert_eq!(needed(&frame, &context(Some((2000.0, 2400.0)))), [Rendering::Default]);
        assert_eq!(needed(&frame, &context(None)), [Rendering::Default]);
    }

    #[test]
    fn a_window_far_too_wide_gets_a_narrow_one_beside_it() {
        let words = (0..16_u16 * 64).map(|at| 1000 + at % 64).collect();
        let frame = frame((16, 12), Words::U16(words));
        let found = needed(&frame, &context(Some((2048.0, 4096.0))));
        let [Rendering::Default, Rendering::Window(narrow)] = found[..] else {
            panic!("{found:?}")
        };
        assert!(narrow.width < 70.0 && (narrow.center - 1031.5).abs() < 2.0, "{narrow:?}");
    }

    #[test]
    fn bits_that_no_sample_uses_are_looked_at_but_copies_of_the_sign_are_not() {
        let cells: Vec<u16> =
            (0..256).map(|at| if at == 37 { 0x9005 } else { 5 + at % 9 }).collect();
        let mut marked = frame((16, 12), Words::U16(cells));
        let found = needed(&marked, &context(None));
        assert_eq!(found, [Rendering::Default, Rendering::UnusedBits]);
        let picture = render(&marked, &context(None), Rendering::UnusedBits);
        let lit: Vec<usize> = picture
            .samples
            .iter()
            .enumerate()
            .filter(|(_, grey)| **grey > 0)
            .map(|(at, _)| at)
            .collect();
        assert_eq!(lit, [37]);
        marked.signed = true;
        marked.words =
            Words::U16((0..256).map(|at| if at % 2 == 0 { 0xF801 } else { 7 }).collect());
        assert_eq!(needed(&marked, &context(None)), [Rendering::Default]);
    }

    #[test]
    fn indices_with_one_colour_are_looked_at_as_they_are() {
        let words: Vec<u8> = (0..256).map(|at| if at == 40 { 200 } else { 3 }).collect();
        let mut frame = frame((8, 8), Words::U8(words));
        frame.photometric = Photometric::PaletteColor;
        let grey = (0..=255).map(|level| [level; 3]).collect();
        let one = (0..=255).map(|index| [if index == 200 { 3 } else { index }; 3]).collect();
        let context = RenderContext::with_palette(Palette::new(0, one));
        assert_eq!(needed(&frame, &context), [Rendering::Default, Rendering::Indices]);
        let picture = render(&frame, &context, Rendering::Indices);
        assert_eq!((picture.channels, picture.samples[40], picture.samples[41]), (1, 255, 0));
        let plain = RenderContext::with_palette(Palette::new(0, grey));
        assert_eq!(needed(&frame, &plain), [Rendering::Default]);
    }

    #[test]
    fn dark_colours_are_brightened() {
        let mut frame = frame((16, 16), Words::U16((0..768).map(|at| at % 200).collect()));
        (frame.samples_per_pixel, frame.columns) = (3, 16);
        frame.photometric = Photometric::Rgb;
        let context = context(None);
        assert_eq!(needed(&frame, &context), [Rendering::Default, Rendering::FullRange]);
        let brightest = |rendering| render(&frame, &context, rendering).samples.into_iter().max();
        assert_eq!(
            (brightest(Rendering::Default), brightest(Rendering::FullRange)),
            (Some(0), Some(255))
        );
    }
}

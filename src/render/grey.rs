//! Grey: modality, VOI, and which end is black.

use crate::dicom::pixels::Photometric;
use crate::dicom::pixels::RawFrame;
use crate::dicom::pixels::Words;
use crate::render::RenderContext;
use crate::render::Rendering;
use crate::render::context::WindowForm;

/// Part of all values, at each end, that [`auto_window`] leaves out.
const TAIL: f64 = 0.005;

/// Most samples that are looked at to find a window of wide cells.
const LOOKED_AT: usize = 1 << 18;

/// A window: which values are shown from black to white, after the modality step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Its middle.
    pub center: f64,
    /// Its width, above 0.
    pub width: f64,
}

impl Window {
    /// The window from `low` to `high`.
    pub(crate) fn between(low: f64, high: f64) -> Self {
        Self { center: f64::midpoint(low, high), width: (high - low).max(f64::MIN_POSITIVE) }
    }

    /// The values that are black and white.
    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.center - self.width / 2.0, self.center + self.width / 2.0)
    }
}

/// A window from the values of a frame: all but half a percent at each end, padding left out.
pub fn auto_window(frame: &RawFrame, context: &RenderContext) -> Window {
    spread(frame, context, TAIL)
}

fn spread(frame: &RawFrame, context: &RenderContext, tail: f64) -> Window {
    let counted = counted(frame, context);
    spread_of(&counted, tail).unwrap_or_else(|| match (counted.first(), counted.last()) {
        (Some((low, _)), Some((high, _))) if low < high => Window::between(*low, *high),
        // One value only: all that the cells can hold.
        _ => representable(frame, context),
    })
}

/// The window of counted values without so great a part of them at each end; `None` where they are
/// all one, or none but tails.
pub(crate) fn spread_of(counted: &[(f64, u64)], tail: f64) -> Option<Window> {
    let total: u64 = counted.iter().map(|(_, count)| count).sum();
    let skip = (total as f64 * tail) as u64;
    let low = first_beyond(counted.iter(), skip);
    let high = first_beyond(counted.iter().rev(), skip);
    let ends = low.zip(high).filter(|(low, high)| low < high);
    ends.map(|(low, high)| Window::between(low, high))
}

/// The first value with more than `skip` before it, itself counted.
fn first_beyond<'a>(mut values: impl Iterator<Item = &'a (f64, u64)>, skip: u64) -> Option<f64> {
    let mut seen = 0;
    let found = values.find(|(_, count)| {
        seen += count;
        seen > skip
    });
    found.map(|(value, _)| *value)
}

/// The window of all values that the bits can hold.
fn representable(frame: &RawFrame, context: &RenderContext) -> Window {
    if matches!(frame.words, Words::F32(_) | Words::F64(_)) {
        return Window { center: 0.0, width: 1.0 };
    }
    let (low, high) = frame.stored_range();
    let ends = [low, high].map(|end| context.modality(frame.frame, end as f64));
    Window::between(ends[0].min(ends[1]), ends[0].max(ends[1]))
}

/// The values of a frame after the modality step, ascending, and how often each is there.
pub(crate) fn counted(frame: &RawFrame, context: &RenderContext) -> Vec<(f64, u64)> {
    let mut counted: Vec<(f64, u64)> = match &frame.words {
        Words::U8(words) => histogram(words.iter().map(|word| usize::from(*word)), 256),
        Words::U16(words) => histogram(words.iter().map(|word| usize::from(*word)), 65_536),
        Words::U32(words) => {
            let step = (words.len() / LOOKED_AT).max(1);
            let looked = words.iter().step_by(step);
            return by_value(looked.map(|word| frame.stored(*word) as f64), frame, context);
        }
        Words::F32(words) => {
            let step = (words.len() / LOOKED_AT).max(1);
            let looked = words.iter().step_by(step);
            return by_value(looked.map(|word| f64::from(*word)), frame, context);
        }
        Words::F64(words) => {
            let step = (words.len() / LOOKED_AT).max(1);
            return by_value(words.iter().step_by(step).copied(), frame, context);
        }
    }
    .into_iter()
    .enumerate()
    .filter(|(_, count)| *count > 0)
    .map(|(cell, count)| (frame.stored(cell as u32) as f64, count))
    .filter(|(stored, _)| !context.is_padding(*stored))
    .map(|(stored, count)| (context.modality(frame.frame, stored), count))
    .collect();
    counted.sort_by(|a, b| a.0.total_cmp(&b.0));
    counted
}

fn histogram(cells: impl Iterator<Item = usize>, size: usize) -> Vec<u64> {
    let mut counts = vec![0; size];
    for cell in cells {
        if let Some(count) = counts.get_mut(cell) {
            *count += 1;
        }
    }
    counts
}

fn by_value(
    stored: impl Iterator<Item = f64>,
    frame: &RawFrame,
    context: &RenderContext,
) -> Vec<(f64, u64)> {
    let kept = stored.filter(|value| value.is_finite() && !context.is_padding(*value));
    let mut values: Vec<f64> = kept.map(|value| context.modality(frame.frame, value)).collect();
    values.sort_by(f64::total_cmp);
    values.into_iter().map(|value| (value, 1)).collect()
}

/// How a value after the modality step becomes one of 256 greys.
enum Shade<'a> {
    Window(Window, WindowForm),
    Table(&'a crate::render::context::Table),
}

impl Shade<'_> {
    fn of(&self, value: f64) -> u8 {
        let part = match self {
            Self::Table(table) => table.entry(value) / table.top(),
            Self::Window(Window { center, width }, form) => match form {
                WindowForm::Linear if *width > 1.0 => {
                    (value - (center - 0.5)) / (width - 1.0) + 0.5
                }
                WindowForm::Linear | WindowForm::Exact => (value - center) / width + 0.5,
                WindowForm::Sigmoid => 1.0 / (1.0 + (-4.0 * (value - center) / width).exp()),
            },
        };
        // The cast saturates, and takes not-a-number to black.
        (part * 255.0).round() as u8
    }
}

/// The greys of a frame.
pub(crate) fn samples(frame: &RawFrame, context: &RenderContext, rendering: Rendering) -> Vec<u8> {
    let shade = shade(frame, context, rendering);
    let inverted = frame.photometric == Photometric::Monochrome1;
    let grey = |stored: f64| {
        let grey = shade.of(context.modality(frame.frame, stored));
        if inverted { 255 - grey } else { grey }
    };
    match &frame.words {
        Words::U8(words) => {
            let table: Vec<u8> = (0..=255).map(|cell| grey(frame.stored(cell) as f64)).collect();
            words.iter().map(|word| pick(&table, (*word).into())).collect()
        }
        Words::U16(words) => {
            // A frame seldom uses all 65,536 cells: only what lies between its ends is worked out.
            let low = words.iter().copied().min().unwrap_or(0);
            let high = words.iter().copied().max().unwrap_or(0);
            let cells = u32::from(low)..=u32::from(high);
            let table: Vec<u8> = cells.map(|cell| grey(frame.stored(cell) as f64)).collect();
            words.iter().map(|word| pick(&table, usize::from(word.wrapping_sub(low)))).collect()
        }
        Words::U32(words) => words.iter().map(|word| grey(frame.stored(*word) as f64)).collect(),
        Words::F32(words) => words.iter().map(|word| grey((*word).into())).collect(),
        Words::F64(words) => words.iter().map(|word| grey(*word)).collect(),
    }
}

fn pick(table: &[u8], cell: usize) -> u8 {
    table.get(cell).copied().unwrap_or_default()
}

fn shade<'a>(frame: &RawFrame, context: &'a RenderContext, rendering: Rendering) -> Shade<'a> {
    let exact = |window| Shade::Window(window, WindowForm::Exact);
    match rendering {
        Rendering::Window(window) => Shade::Window(window, WindowForm::Linear),
        Rendering::FullRange | Rendering::Indices | Rendering::UnusedBits => {
            exact(spread(frame, context, 0.0))
        }
        Rendering::Default => match (context.form(frame.frame), context.voi_table()) {
            (Some((window, form)), _) => Shade::Window(window, form),
            (None, Some(table)) => Shade::Table(table),
            (None, None) => exact(auto_window(frame, context)),
        },
    }
}

//! What a dataset says of how its frames are shown.

use dicom_dictionary_std::tags;

use crate::dicom::NodeId;
use crate::dicom::Scan;
use crate::dicom::pixels::ImageShape;
use crate::dicom::pixels::Palette;
use crate::dicom::pixels::Photometric;
use crate::dicom::pixels::values;
use crate::render::Window;

/// Something the dataset says that is not honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenderNote {
    /// The palette is missing or cannot be read: indices are shown as grey.
    NoPalette,
    /// The photometric interpretation is unknown: samples are shown as grey or RGB.
    UnknownPhotometric,
}

/// A lookup table of the modality or VOI step (PS3.3 C.11.1, C.11.2).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    first: i64,
    entries: Vec<u16>,
    bits: u16,
}

impl Table {
    /// Reads the first item of a LUT sequence.
    fn read(scan: &Scan, sequence: NodeId, signed: bool) -> Option<Self> {
        let descriptor = values::words(scan, Some(sequence), tags::LUT_DESCRIPTOR);
        let &[length, first, bits] = descriptor.first_chunk()?;
        let length = if length == 0 { 65_536 } else { usize::from(length) };
        let mut entries = values::words(scan, Some(sequence), tags::LUT_DATA);
        if entries.len() < length && bits <= 8 {
            entries = entries.into_iter().flat_map(u16::to_le_bytes).map(u16::from).collect();
        }
        entries.truncate(length);
        let first = if signed { first.cast_signed().into() } else { first.into() };
        (entries.len() == length && (1..=16).contains(&bits)).then_some(Self {
            first,
            entries,
            bits,
        })
    }

    /// The entry for a value; values outside take the nearest.
    pub fn entry(&self, value: f64) -> f64 {
        let last = self.entries.len().saturating_sub(1);
        let index = (value.round() as i64).saturating_sub(self.first);
        let index = usize::try_from(index).unwrap_or(0).min(last);
        self.entries.get(index).copied().unwrap_or_default().into()
    }

    /// The greatest value an entry can have.
    pub const fn top(&self) -> f64 {
        ((1_u32 << self.bits) - 1) as f64
    }
}

/// The form of a window (VOI LUT Function, PS3.3 C.11.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum WindowForm {
    /// LINEAR: the window's last value is white.
    #[default]
    Linear,
    /// LINEAR_EXACT.
    Exact,
    /// SIGMOID.
    Sigmoid,
}

/// How one frame, or all, are shown.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Steps {
    /// Slope and intercept.
    pub rescale: Option<(f64, f64)>,
    /// Window and its form.
    pub window: Option<(Window, WindowForm)>,
}

/// What a dataset says of how its frames are shown; read once for all frames.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RenderContext {
    palette: Option<Palette>,
    modality: Option<Table>,
    voi: Option<Table>,
    all: Steps,
    frames: Vec<Steps>,
    padding: Option<(f64, f64)>,
    notes: Vec<RenderNote>,
}

impl RenderContext {
    /// Reads it from a scanned dataset; of several windows or tables the first is taken.
    pub fn from_scan(scan: &Scan, shape: &ImageShape) -> Self {
        let mut context = Self::default();
        match shape.photometric {
            Photometric::PaletteColor => {
                context.palette = Palette::read(scan, shape);
                if context.palette.is_none() {
                    context.notes.push(RenderNote::NoPalette);
                }
            }
            Photometric::Other => context.notes.push(RenderNote::UnknownPhotometric),
            _ => {}
        }
        if shape.samples_per_pixel != 1 {
            return context;
        }
        let modality = values::first_item(scan, None, tags::MODALITY_LUT_SEQUENCE);
        context.modality = modality.and_then(|item| Table::read(scan, item, shape.signed));
        context.all = Steps::read(scan, None);
        let signed = shape.signed || context.all.rescale.is_some_and(|(_, shift)| shift < 0.0);
        let voi = values::first_item(scan, None, tags::VOILUT_SEQUENCE);
        context.voi = voi.and_then(|item| Table::read(scan, item, signed));
        context.padding = padding(scan, shape);
        context.read_functional_groups(scan, shape);
        context
    }

    /// A context that shows a window and nothing else.
    #[cfg(test)]
    pub(crate) fn with_window(window: Option<Window>) -> Self {
        let window = window.map(|window| (window, WindowForm::Exact));
        Self { all: Steps { rescale: None, window }, ..Self::default() }
    }

    /// A context that shows a palette.
    #[cfg(test)]
    pub(crate) fn with_palette(palette: Palette) -> Self {
        Self { palette: Some(palette), ..Self::default() }
    }

    /// The palette of a PALETTE COLOR image.
    pub const fn palette(&self) -> Option<&Palette> {
        self.palette.as_ref()
    }

    /// What is not honoured.
    pub fn notes(&self) -> &[RenderNote] {
        &self.notes
    }

    /// The window the file asks for, if any.
    pub fn window(&self, frame: u32) -> Option<Window> {
        self.form(frame).map(|(window, _)| window)
    }

    pub(crate) fn form(&self, frame: u32) -> Option<(Window, WindowForm)> {
        self.steps(frame).and_then(|steps| steps.window).or(self.all.window)
    }

    pub(crate) const fn voi_table(&self) -> Option<&Table> {
        self.voi.as_ref()
    }

    /// Whether a stored value only pads the image.
    pub(crate) fn is_padding(&self, stored: f64) -> bool {
        self.padding.is_some_and(|(low, high)| (low..=high).contains(&stored))
    }

    /// The value after the modality step.
    pub(crate) fn modality(&self, frame: u32, stored: f64) -> f64 {
        if let Some(table) = &self.modality {
            return table.entry(stored);
        }
        let rescale = self.steps(frame).and_then(|steps| steps.rescale).or(self.all.rescale);
        rescale.map_or(stored, |(slope, intercept)| stored * slope + intercept)
    }

    fn steps(&self, frame: u32) -> Option<&Steps> {
        self.frames.get(frame as usize)
    }

    /// Shared groups stand for all frames, those of a frame for it alone (PS3.3 C.7.6.16).
    fn read_functional_groups(&mut self, scan: &Scan, shape: &ImageShape) {
        let shared = values::first_item(scan, None, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
        if let Some(item) = shared {
            self.all = Steps::read_groups(scan, item).or(&self.all);
        }
        let frames = values::items(scan, None, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
        let frames = frames.into_iter().take(shape.frames as usize);
        self.frames = frames.map(|item| Steps::read_groups(scan, item)).collect();
    }
}

impl Steps {
    fn read(scan: &Scan, item: Option<NodeId>) -> Self {
        let first = |tag| values::decimals(scan, item, tag).first().copied();
        let rescale = first(tags::RESCALE_SLOPE)
            .filter(|slope| *slope != 0.0)
            .map(|slope| (slope, first(tags::RESCALE_INTERCEPT).unwrap_or(0.0)));
        let form = match values::text(scan, item, tags::VOILUT_FUNCTION).as_deref() {
            Some("LINEAR_EXACT") => WindowForm::Exact,
            Some("SIGMOID") => WindowForm::Sigmoid,
            _ => WindowForm::Linear,
        };
        let window = first(tags::WINDOW_CENTER)
            .zip(first(tags::WINDOW_WIDTH))
            .filter(|(_, width)| *width > 0.0)
            .map(|(center, width)| (Window { center, width }, form));
        Self { rescale, window }
    }

    fn read_groups(scan: &Scan, item: NodeId) -> Self {
        let group = |tag| values::first_item(scan, Some(item), tag);
        let within = |tag| group(tag).map(|item| Self::read(scan, Some(item))).unwrap_or_default();
        Self {
            rescale: within(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE).rescale,
            window: within(tags::FRAME_VOILUT_SEQUENCE).window,
        }
    }

    fn or(self, other: &Self) -> Self {
        Self { rescale: self.rescale.or(other.rescale), window: self.window.or(other.window) }
    }
}

/// Pixel Padding Value, and its range limit where there is one.
fn padding(scan: &Scan, shape: &ImageShape) -> Option<(f64, f64)> {
    let read = |tag| {
        let word = values::words(scan, None, tag).first().copied()?;
        Some(if shape.signed { f64::from(word.cast_signed()) } else { f64::from(word) })
    };
    let value = read(tags::PIXEL_PADDING_VALUE)?;
    let limit = read(tags::PIXEL_PADDING_RANGE_LIMIT).unwrap_or(value);
    Some((value.min(limit), value.max(limit)))
}

//! What rendering and masking need, as it travels between a worker and its parent.

use serde::{Deserialize, Serialize};

use crate::engine::mask::MaskReport;
use crate::jobs::worker::wire::{Senseless, WireRegions, regions_from_wire, regions_to_wire};
use crate::jobs::worker::{FrameSamples, Rendered};
use crate::model::{NewValue, Phi, Picture, Tag, VR};
use crate::render::{RenderNote, Rendering, Window};

/// The only transfer syntax that masking changes to.
const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";

/// [`Window`], bit by bit: a picture hangs on it.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct WireWindow(u64, u64);

impl From<Window> for WireWindow {
    fn from(window: Window) -> Self {
        Self(window.center.to_bits(), window.width.to_bits())
    }
}

impl From<WireWindow> for Window {
    fn from(WireWindow(center, width): WireWindow) -> Self {
        Self { center: f64::from_bits(center), width: f64::from_bits(width) }
    }
}

/// [`Rendering`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WireRendering {
    Default,
    Window(WireWindow),
    FullRange,
    Indices,
    UnusedBits,
}

impl From<&Rendering> for WireRendering {
    fn from(rendering: &Rendering) -> Self {
        match rendering {
            Rendering::Default => Self::Default,
            Rendering::Window(window) => Self::Window((*window).into()),
            Rendering::FullRange => Self::FullRange,
            Rendering::Indices => Self::Indices,
            Rendering::UnusedBits => Self::UnusedBits,
        }
    }
}

impl From<WireRendering> for Rendering {
    fn from(wire: WireRendering) -> Self {
        match wire {
            WireRendering::Default => Self::Default,
            WireRendering::Window(window) => Self::Window(window.into()),
            WireRendering::FullRange => Self::FullRange,
            WireRendering::Indices => Self::Indices,
            WireRendering::UnusedBits => Self::UnusedBits,
        }
    }
}

/// [`RenderNote`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireNote {
    NoPalette,
    UnknownPhotometric,
}

/// [`Rendered`] without its samples.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireRendered {
    width: u32,
    height: u32,
    channels: u8,
    frames: u32,
    window: Option<WireWindow>,
    notes: Vec<WireNote>,
}

impl From<&Rendered> for WireRendered {
    fn from(rendered: &Rendered) -> Self {
        let note = |note: &RenderNote| match note {
            RenderNote::NoPalette => WireNote::NoPalette,
            RenderNote::UnknownPhotometric => WireNote::UnknownPhotometric,
        };
        Self {
            width: rendered.picture.width,
            height: rendered.picture.height,
            channels: rendered.picture.channels,
            frames: rendered.frames,
            window: rendered.window.map(WireWindow::from),
            notes: rendered.notes.iter().map(note).collect(),
        }
    }
}

impl WireRendered {
    /// Puts the samples back; there must be as many as the picture says.
    pub(crate) fn with_samples(self, samples: Vec<u8>) -> Result<Rendered, Senseless> {
        let Self { width, height, channels, .. } = self;
        // Sides of a stranger: their product may be too large for any number.
        let sides = [width, height, channels.into()];
        let count =
            sides.into_iter().try_fold(1, |count: u64, side| count.checked_mul(side.into()));
        if !matches!(channels, 1 | 3) || count != Some(samples.len() as u64) {
            return Err(Senseless);
        }
        let note = |note: WireNote| match note {
            WireNote::NoPalette => RenderNote::NoPalette,
            WireNote::UnknownPhotometric => RenderNote::UnknownPhotometric,
        };
        Ok(Rendered {
            picture: Picture { width, height, channels, samples },
            frames: self.frames,
            window: self.window.map(Window::from),
            notes: self.notes.into_iter().map(note).collect(),
        })
    }
}

/// [`FrameSamples`] without its bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireSamples {
    columns: u32,
    rows: u32,
    samples_per_pixel: u32,
    bytes_per_sample: u32,
}

impl From<&FrameSamples> for WireSamples {
    fn from(samples: &FrameSamples) -> Self {
        Self {
            columns: samples.columns,
            rows: samples.rows,
            samples_per_pixel: samples.samples_per_pixel,
            bytes_per_sample: samples.bytes_per_sample,
        }
    }
}

impl WireSamples {
    /// Puts the bytes back; there must be as many as the frame says.
    pub(crate) fn with_bytes(self, bytes: Vec<u8>) -> Result<FrameSamples, Senseless> {
        let Self { columns, rows, samples_per_pixel, bytes_per_sample } = self;
        let sides = [columns, rows, samples_per_pixel, bytes_per_sample];
        let count =
            sides.into_iter().try_fold(1, |count: u64, side| count.checked_mul(side.into()));
        if count != Some(bytes.len() as u64) {
            return Err(Senseless);
        }
        Ok(FrameSamples { columns, rows, samples_per_pixel, bytes_per_sample, bytes })
    }
}

/// [`NewValue`], as far as masking makes it: no items.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireValue {
    Absent,
    Empty,
    Text(String),
    Bytes(String),
}

/// [`MaskReport`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireMask {
    native: bool,
    vr: String,
    length: u64,
    attributes: Vec<(u16, u16, String, WireValue)>,
    filled: WireRegions,
    surplus_cleared: u64,
}

impl TryFrom<&MaskReport> for WireMask {
    type Error = Senseless;

    fn try_from(report: &MaskReport) -> Result<Self, Senseless> {
        let native = report.transfer_syntax.is_some();
        if report.transfer_syntax.is_some_and(|uid| uid != EXPLICIT_LITTLE) {
            return Err(Senseless);
        }
        let attribute = |(tag, vr, value): &(Tag, VR, NewValue)| {
            Ok((tag.group(), tag.element(), vr.to_string().to_owned(), value_to_wire(value)?))
        };
        Ok(Self {
            native,
            vr: report.vr.to_string().to_owned(),
            length: report.length,
            attributes: report.attributes.iter().map(attribute).collect::<Result<_, _>>()?,
            filled: regions_to_wire(&report.filled),
            surplus_cleared: report.surplus_cleared,
        })
    }
}

impl TryFrom<WireMask> for MaskReport {
    type Error = Senseless;

    fn try_from(wire: WireMask) -> Result<Self, Senseless> {
        let vr = |name: String| name.parse::<VR>().map_err(|_unknown| Senseless);
        let attribute = |(group, element, name, value): (u16, u16, String, WireValue)| {
            Ok((Tag(group, element), vr(name)?, value_from_wire(value)?))
        };
        Ok(Self {
            transfer_syntax: wire.native.then_some(EXPLICIT_LITTLE),
            vr: vr(wire.vr)?,
            length: wire.length,
            attributes: wire.attributes.into_iter().map(attribute).collect::<Result<_, _>>()?,
            filled: regions_from_wire(wire.filled)?,
            surplus_cleared: wire.surplus_cleared,
        })
    }
}

fn value_to_wire(value: &NewValue) -> Result<WireValue, Senseless> {
    Ok(match value {
        NewValue::Absent => WireValue::Absent,
        NewValue::Empty => WireValue::Empty,
        NewValue::Text(text) => WireValue::Text(text.expose().clone()),
        NewValue::Bytes(bytes) => WireValue::Bytes(hex::encode(bytes.expose())),
        NewValue::Items(_) => return Err(Senseless),
    })
}

fn value_from_wire(wire: WireValue) -> Result<NewValue, Senseless> {
    Ok(match wire {
        WireValue::Absent => NewValue::Absent,
        WireValue::Empty => NewValue::Empty,
        WireValue::Text(text) => NewValue::Text(Phi::new(text)),
        WireValue::Bytes(text) => {
            NewValue::Bytes(Phi::new(hex::decode(text).map_err(|_hex| Senseless)?))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{WireMask, WireRendered, WireRendering, WireSamples};
    use crate::engine::mask::MaskReport;
    use crate::jobs::worker::{FrameSamples, Rendered};
    use crate::model::{NewValue, Phi, Picture, Region, Tag, VR};
    use crate::render::{RenderNote, Rendering, Window};

    #[test]
    fn windows_travel_to_the_bit() {
        for (center, width) in [(0.1 + 0.2, 1e-300), (-1024.5, f64::MAX), (f64::INFINITY, 1.0)] {
            let rendering = Rendering::Window(Window { center, width });
            let json = serde_json::to_vec(&WireRendering::from(&rendering)).unwrap();
            let wire: WireRendering = serde_json::from_slice(&json).unwrap();
            assert_eq!(Rendering::from(wire), rendering);
        }
    }

    #[test]
    fn a_picture_gets_its_own_samples_only() {
        let rendered = Rendered {
            picture: Picture { width: 3, height: 2, channels: 3, samples: vec![9; 18] },
            frames: 7,
            window: Some(Window { center: 40.0, width: 400.0 }),
            notes: vec![RenderNote::NoPalette],
        };
        let wire = || WireRendered::from(&rendered);
        assert_eq!(wire().with_samples(vec![9; 18]).unwrap(), rendered);
        assert!(wire().with_samples(vec![9; 17]).is_err());
        assert!(wire().with_samples(Vec::new()).is_err());
        // 3 × 2,154,230,017 × 2,854,344,542 is 26 more than 64 bits hold.
        for (width, height, samples) in
            [(u32::MAX, u32::MAX, 0), (2_154_230_017, 2_854_344_542, 26)]
        {
            let endless = WireRendered { width, height, ..wire() };
            assert!(endless.with_samples(vec![9; samples]).is_err());
        }
    }

    #[test]
    fn a_frame_gets_its_own_bytes_only() {
        let (columns, rows, samples_per_pixel, bytes_per_sample) = (3, 2, 3, 2);
        let bytes = vec![9; 36];
        let samples = FrameSamples { columns, rows, samples_per_pixel, bytes_per_sample, bytes };
        let wire = || WireSamples::from(&samples);
        assert_eq!(wire().with_bytes(vec![9; 36]).unwrap(), samples);
        assert!(wire().with_bytes(vec![9; 35]).is_err());
        let most = u32::MAX;
        let endless = WireSamples {
            columns: most,
            rows: most,
            samples_per_pixel: most,
            bytes_per_sample: most,
        };
        assert!(endless.with_bytes(Vec::new()).is_err());
    }

    #[test]
    fn mask_reports_round_trip() {
        let report = MaskReport {
            transfer_syntax: Some(super::EXPLICIT_LITTLE),
            vr: VR::OW,
            length: 1 << 33,
            attributes: vec![
                (Tag(0x0028, 0x0106), VR::SS, NewValue::Bytes(Phi::new(vec![0, 0xFF]))),
                (Tag(0x0028, 0x0004), VR::CS, NewValue::Text(Phi::new("RGB".into()))),
                (Tag(0x7FE0, 0x0001), VR::OV, NewValue::Absent),
            ],
            filled: vec![(3, vec![Region { x0: 1, y0: 2, x1: 3, y1: 4 }])],
            surplus_cleared: 5,
        };
        let wire = WireMask::try_from(&report).unwrap();
        assert_eq!(MaskReport::try_from(wire).unwrap(), report);
        let items = MaskReport {
            attributes: vec![(Tag(8, 8), VR::SQ, NewValue::Items(Vec::new()))],
            ..report
        };
        assert!(WireMask::try_from(&items).is_err());
    }
}

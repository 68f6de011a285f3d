//! What is asked of a worker and what it answers.
//!
//! A request or reply is a JSON header with, for pictures, the samples behind it. Numbers that
//! decide how something looks travel bit by bit, paths as bytes. Text that was read is as
//! sensitive as the picture: it goes over the pipe and into nothing else.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::mask::MaskReport;
use crate::jobs::worker::WorkerError;
use crate::jobs::worker::message::Message;
use crate::jobs::worker::wire::{
    Senseless, WireFrame, WireRegions, path_from_hex, path_to_hex, region_from_wire,
    region_to_wire, regions_from_wire, regions_to_wire,
};
use crate::jobs::worker::wire_pixels::{WireMask, WireRendered, WireRendering, WireSamples};
use crate::model::{Cause, Digest256, FrameFindings, Picture, Region};
use crate::render::{RenderNote, Rendering, Window};

/// What is asked of a worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Is it there, and what can it do?
    Ping,
    /// Show one frame.
    Render {
        /// The instance.
        path: PathBuf,
        /// Which frame, counted from 0.
        frame: u32,
        /// How.
        rendering: Rendering,
    },
    /// Find and read text in frames of an instance.
    Detect {
        /// The instance.
        path: PathBuf,
        /// Which.
        frames: Frames,
        /// What is painted over in each picture before, with what is around it.
        painted: Vec<Region>,
        /// Whether each line is told by itself.
        lines: bool,
    },
    /// Look at frames that belong together, one after the other, as a whole.
    Survey {
        /// The instances in their order, each with its number of frames.
        files: Vec<(PathBuf, u32)>,
    },
    /// Write the samples with regions painted over to a new file.
    Mask {
        /// The instance.
        path: PathBuf,
        /// What to paint in which frame.
        regions: Vec<(u32, Vec<Region>)>,
        /// The file to make.
        out: PathBuf,
    },
    /// Decode one frame.
    Samples {
        /// The instance.
        path: PathBuf,
        /// Which frame, counted from 0.
        frame: u32,
    },
    /// Find and read text in a PNG or JPEG file.
    DetectPicture {
        /// The file.
        path: PathBuf,
    },
    /// Go wrong on purpose. Refused unless the worker was started with `--misbehave`.
    Misbehave(Misbehaviour),
}

/// Which frames of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frames {
    /// All of them.
    All,
    /// These, counted from 0.
    These(Vec<u32>),
}

/// One frame as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The picture.
    pub picture: Picture,
    /// How many frames the instance has.
    pub frames: u32,
    /// The window that was used, in values after the modality step; `None` for colours, and where
    /// a table stands in a window's place.
    pub window: Option<Window>,
    /// What the dataset says of its looks that is not honoured.
    pub notes: Vec<RenderNote>,
}

/// The decoded cells of one frame, row-major, interleaved, little endian: `rows × columns ×
/// samples_per_pixel` cells of `bytes_per_sample` bytes, whole, as they are stored.
#[derive(Clone, PartialEq, Eq)]
pub struct FrameSamples {
    /// Columns.
    pub columns: u32,
    /// Rows.
    pub rows: u32,
    /// Samples of a pixel.
    pub samples_per_pixel: u32,
    /// Bytes of one sample; single bits take a byte.
    pub bytes_per_sample: u32,
    /// The cells.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for FrameSamples {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FrameSamples({}×{}×{})", self.columns, self.rows, self.samples_per_pixel)
    }
}

/// How a worker goes wrong on purpose, in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Misbehaviour {
    /// It sleeps this many milliseconds, then answers as to a ping.
    Sleep(u64),
    /// It aborts.
    Crash,
    /// It panics.
    Panic,
    /// It takes this many bytes, then answers as to a ping.
    Allocate(u64),
    /// It needs this many bytes of stack, then answers as to a ping.
    Recurse(u64),
    /// It answers with bytes that are no message.
    Babble,
}

/// What a worker can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// Names the detector and its parameters; `None` when it has none that runs.
    pub detector: Option<Digest256>,
    /// Whether it can read what was found.
    pub reads: bool,
    /// CPU time it took so far, where the system tells.
    pub cpu: Option<Duration>,
}

/// What a worker answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To a ping.
    Able(Abilities),
    /// One more step is done; the deadline starts anew.
    Progress,
    /// The frame as it is shown.
    Rendered(Rendered),
    /// What was found, frame by frame.
    Findings(Vec<FrameFindings>),
    /// The samples were written.
    Masked(MaskReport),
    /// The decoded frame.
    Samples(FrameSamples),
    /// It cannot be done.
    Failed(WorkerError),
}

impl Request {
    /// As it goes over the pipe.
    ///
    /// # Errors
    /// [`Senseless`] for what cannot be written.
    pub fn encode(&self) -> Result<Message, Senseless> {
        let wire = match self {
            Self::Ping => WireRequest::Ping,
            Self::Render { path, frame, rendering } => WireRequest::Render {
                path: path_to_hex(path),
                frame: *frame,
                rendering: rendering.into(),
            },
            Self::Detect { path, frames, painted, lines } => WireRequest::Detect {
                path: path_to_hex(path),
                frames: frames.clone(),
                painted: painted.iter().copied().map(region_to_wire).collect(),
                lines: *lines,
            },
            Self::Survey { files } => WireRequest::Survey {
                files: files.iter().map(|(path, frames)| (path_to_hex(path), *frames)).collect(),
            },
            Self::Mask { path, regions, out } => WireRequest::Mask {
                path: path_to_hex(path),
                regions: regions_to_wire(regions),
                out: path_to_hex(out),
            },
            Self::Samples { path, frame } => {
                WireRequest::Samples { path: path_to_hex(path), frame: *frame }
            }
            Self::DetectPicture { path } => WireRequest::DetectPicture { path: path_to_hex(path) },
            Self::Misbehave(how) => WireRequest::Misbehave { how: *how },
        };
        message(&wire, Vec::new())
    }

    /// Reads what came over the pipe.
    ///
    /// # Errors
    /// [`Senseless`] for anything but what [`Request::encode`] writes.
    pub fn decode(message: &Message) -> Result<Self, Senseless> {
        if !message.tail.is_empty() {
            return Err(Senseless);
        }
        Ok(match serde_json::from_slice(&message.header).map_err(|_json| Senseless)? {
            WireRequest::Ping => Self::Ping,
            WireRequest::Render { path, frame, rendering } => {
                Self::Render { path: path_from_hex(&path)?, frame, rendering: rendering.into() }
            }
            WireRequest::Detect { path, frames, painted, lines } => Self::Detect {
                path: path_from_hex(&path)?,
                frames,
                painted: painted.into_iter().map(region_from_wire).collect::<Result<_, _>>()?,
                lines,
            },
            WireRequest::Survey { files } => {
                let file = |(path, frames): (String, u32)| Ok((path_from_hex(&path)?, frames));
                Self::Survey { files: files.into_iter().map(file).collect::<Result<_, _>>()? }
            }
            WireRequest::Mask { path, regions, out } => Self::Mask {
                path: path_from_hex(&path)?,
                regions: regions_from_wire(regions)?,
                out: path_from_hex(&out)?,
            },
            WireRequest::Samples { path, frame } => {
                Self::Samples { path: path_from_hex(&path)?, frame }
            }
            WireRequest::DetectPicture { path } => {
                Self::DetectPicture { path: path_from_hex(&path)? }
            }
            WireRequest::Misbehave { how } => Self::Misbehave(how),
        })
    }
}

impl Reply {
    /// As it goes over the pipe.
    ///
    /// # Errors
    /// [`Senseless`] for what no worker answers.
    pub fn encode(self) -> Result<Message, Senseless> {
        let mut tail = Vec::new();
        let wire = match self {
            Self::Able(able) => WireReply::Able {
                detector: able.detector.map(|digest| digest.to_hex()),
                reads: able.reads,
                cpu_ms: able.cpu.map(|cpu| cpu.as_millis() as u64),
            },
            Self::Progress => WireReply::Progress,
            Self::Rendered(rendered) => {
                let wire = WireRendered::from(&rendered);
                tail = rendered.picture.samples;
                WireReply::Rendered { rendered: wire }
            }
            Self::Findings(frames) => {
                let frames = frames.iter().map(WireFrame::try_from).collect::<Result<_, _>>()?;
                WireReply::Findings { frames }
            }
            Self::Masked(report) => WireReply::Masked { report: WireMask::try_from(&report)? },
            Self::Samples(samples) => {
                let wire = WireSamples::from(&samples);
                tail = samples.bytes;
                WireReply::Samples { samples: wire }
            }
            Self::Failed(error) => {
                WireReply::Failed { cause: error.cause.slug().to_owned(), what: error.what }
            }
        };
        message(&wire, tail)
    }

    /// Reads what came over the pipe.
    ///
    /// # Errors
    /// [`Senseless`] for anything but what [`Reply::encode`] writes; a picture or frame has the bytes
    /// that its sides ask for.
    pub fn decode(message: Message) -> Result<Self, Senseless> {
        let wire: WireReply = serde_json::from_slice(&message.header).map_err(|_json| Senseless)?;
        if !message.tail.is_empty() && !wire.has_tail() {
            return Err(Senseless);
        }
        Ok(match wire {
            WireReply::Able { detector, reads, cpu_ms } => {
                let digest = |hex: String| Digest256::from_hex(&hex).ok_or(Senseless);
                let detector = detector.map(digest).transpose()?;
                Self::Able(Abilities { detector, reads, cpu: cpu_ms.map(Duration::from_millis) })
            }
            WireReply::Progress => Self::Progress,
            WireReply::Rendered { rendered } => {
                Self::Rendered(rendered.with_samples(message.tail)?)
            }
            WireReply::Findings { frames } => Self::Findings(
                frames.into_iter().map(FrameFindings::try_from).collect::<Result<_, _>>()?,
            ),
            WireReply::Masked { report } => Self::Masked(report.try_into()?),
            WireReply::Samples { samples } => Self::Samples(samples.with_bytes(message.tail)?),
            WireReply::Failed { cause, what } => {
                let cause = Cause::from_slug(&cause).ok_or(Senseless)?;
                Self::Failed(WorkerError { cause, what })
            }
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "ask", deny_unknown_fields, rename_all = "kebab-case")]
enum WireRequest {
    Ping,
    Render { path: String, frame: u32, rendering: WireRendering },
    Detect { path: String, frames: Frames, painted: Vec<[u32; 4]>, lines: bool },
    Survey { files: Vec<(String, u32)> },
    Mask { path: String, regions: WireRegions, out: String },
    Samples { path: String, frame: u32 },
    DetectPicture { path: String },
    Misbehave { how: Misbehaviour },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "answer", deny_unknown_fields, rename_all = "kebab-case")]
enum WireReply {
    Able { detector: Option<String>, reads: bool, cpu_ms: Option<u64> },
    Progress,
    Rendered { rendered: WireRendered },
    Findings { frames: Vec<WireFrame> },
    Masked { report: WireMask },
    Samples { samples: WireSamples },
    Failed { cause: String, what: String },
}

impl WireReply {
    const fn has_tail(&self) -> bool {
        matches!(self, Self::Rendered { .. } | Self::Samples { .. })
    }
}

fn message(header: &impl Serialize, tail: Vec<u8>) -> Result<Message, Senseless> {
    Ok(Message { header: serde_json::to_vec(header).map_err(|_json| Senseless)?, tail })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use proptest::prelude::*;

    use super::{Abilities, Frames, Misbehaviour, Reply, Request};
    use crate::jobs::worker::WorkerError;
    use crate::jobs::worker::message::Message;
    use crate::model::{
        Cause, Coverage, Digest256, Finding, FindingSource, FrameFindings, Phi, Region,
    };

    fn finding() -> impl Strategy<Value = Finding> {
        (any::<[u32; 4]>(), ".*", 0..=100u8, 0..=100u8).prop_filter_map(
            "an empty region",
            |([a, b, c, d], text, score, read_confidence)| {
                let region = Region::from_corners((a, b), (c, d))?;
                let (text, source) = (Phi::new(text), FindingSource::Detector);
                Some(Finding { region, text, score, read_confidence, source })
            },
        )
    }

    fn frame() -> impl Strategy<Value = FrameFindings> {
        let looked = (any::<u32>(), prop::collection::vec(finding(), 0..4));
        prop_oneof![
            looked.prop_map(|(frame, findings)| {
                let found = Coverage::Found(findings.len());
                let coverage = if findings.is_empty() { Coverage::NothingFound } else { found };
                FrameFindings { frame, coverage, findings }
            }),
            (any::<u32>(), prop::collection::vec(finding(), 0..4)).prop_map(|(frame, findings)| {
                FrameFindings { frame, coverage: Coverage::Compared, findings }
            }),
            (any::<u32>(), ".*").prop_map(|(frame, why)| FrameFindings {
                frame,
                coverage: Coverage::NotLookedAt(why),
                findings: Vec::new(),
            }),
        ]
    }

    proptest! {
        #[test]
        fn findings_round_trip(frames in prop::collection::vec(frame(), 0..5)) {
            let reply = Reply::Findings(frames);
            prop_assert_eq!(Reply::decode(reply.clone().encode().unwrap()).unwrap(), reply);
        }

        #[test]
        fn any_path_round_trips(bytes: Vec<u8>) {
            let request = Request::DetectPicture { path: OsString::from_vec(bytes).into() };
            prop_assert_eq!(Request::decode(&request.encode().unwrap()).unwrap(), request);
        }

        #[test]
        fn any_header_is_decoded_or_refused(header in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            r#"\{"(ask|answer)":"(ping|findings|picture|detect)","(frames|path)":(\[\{?\}?\]|"[0-9a-f]*")\}"#
                .prop_map(String::into_bytes),
        ], tail: Vec<u8>) {
            let message = Message { header, tail };
            let _: Option<Request> = Request::decode(&message).ok();
            let _: Option<Reply> = Reply::decode(message).ok();
        }
    }

    #[test]
    fn the_rest_round_trips() {
        let detect = Request::Detect {
            path: "a b".into(),
            frames: Frames::These(vec![3]),
            painted: vec![Region { x0: 1, y0: 2, x1: 3, y1: 4 }],
            lines: true,
        };
        let survey = Request::Survey { files: vec![("a".into(), 1), ("b \"".into(), 7)] };
        for request in [Request::Ping, Request::Misbehave(Misbehaviour::Sleep(7)), detect, survey] {
            assert_eq!(Request::decode(&request.encode().unwrap()).unwrap(), request);
        }
        for reply in [
            Reply::Able(Abilities {
                detector: Some(Digest256([7; 32])),
                reads: true,
                cpu: Some(Duration::from_millis(1250)),
            }),
            Reply::Progress,
            Reply::Failed(WorkerError::new(Cause::ImageLimits, "too large")),
        ] {
            assert_eq!(Reply::decode(reply.clone().encode().unwrap()).unwrap(), reply);
        }
    }

    #[test]
    fn contradictions_are_refused() {
        for header in [
            r#"{"answer":"findings","frames":[{"frame":0,"not_looked_at":"why","compared":true,"findings":[]}]}"#,
            r#"{"answer":"findings","frames":[{"frame":0,"not_looked_at":null,"findings":[{"region":[5,0,1,1],"text":"","score":1,"read_confidence":1,"source":"detector"}]}]}"#,
            r#"{"answer":"failed","cause":"no such cause","what":""}"#,
            r#"{"answer":"able","detector":"00","reads":true}"#,
            r#"{"answer":"able","detector":null,"reads":true,"more":1}"#,
            r#"{"answer":"shrug"}"#,
        ] {
            let message = Message { header: header.into(), tail: Vec::new() };
            assert!(Reply::decode(message).is_err(), "{header}");
        }
    }
}

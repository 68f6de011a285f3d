//! Messages between a worker and its parent, and events of a review.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use veridact::engine::mask::MaskReport;
use veridact::jobs::worker::{
    Abilities, FrameSamples, Frames, Misbehaviour, Rendered, Reply, Request, WorkerError,
    write_message,
};
use veridact::model::{
    Cause, Coverage, Decision, Digest256, Finding, FindingAnswer, FindingSource, FrameFindings,
    IdentityAnswer, IdentityResolution, InstanceUid, Mask, MaskId, NewValue, Override, PatientKey,
    Phi, Picture, Region, Scope, SeriesUid, Tag, VR, Verdict,
};
use veridact::render::{RenderNote, Rendering, Window};
use veridact::store::{Detection, EventBody, LookedAt, SampledFrame};

const REGION: Region = Region { x0: 1, y0: 2, x1: 30, y1: 40 };

pub fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    let mut stream = vec![0];
    for request in requests() {
        let message = request.encode().unwrap();
        write_message(&mut stream, &message).unwrap();
        all.push(("worker", [&[1][..], &message.header].concat()));
    }
    all.push(("worker", stream));
    for reply in replies() {
        let message = reply.encode().unwrap();
        let mut stream = vec![0];
        write_message(&mut stream, &message).unwrap();
        all.push(("worker", stream));
        all.push(("worker", [&[2][..], &message.header, &[0], &message.tail].concat()));
    }
    let lines: Vec<String> = events()
        .iter()
        .map(|body| format!("{} {}\n", body.kind(), body.to_payload().unwrap()))
        .collect();
    all.extend(lines.iter().map(|line| ("review_log", line.clone().into_bytes())));
    all.push(("review_log", lines.concat().into_bytes()));
    let frames = Detection::frames_to_text(&frames(FindingSource::Human)).unwrap();
    all.push(("review_log", frames.into_bytes()));
    all
}

fn requests() -> Vec<Request> {
    let path: PathBuf = "a b".into();
    let window = Rendering::Window(Window { center: 40.5, width: 400.0 });
    vec![
        Request::Ping,
        Request::Render { path: path.clone(), frame: 3, rendering: window },
        Request::Render { path: path.clone(), frame: 0, rendering: Rendering::FullRange },
        Request::Detect {
            path: path.clone(),
            frames: Frames::These(vec![0, 7]),
            painted: vec![REGION],
            lines: true,
        },
        Request::Survey { files: vec![(path.clone(), 3), ("c".into(), 1)] },
        Request::Mask { path: path.clone(), regions: vec![(0, vec![REGION])], out: "o".into() },
        Request::Samples { path: path.clone(), frame: 1 },
        Request::DetectPicture { path },
        Request::Misbehave(Misbehaviour::Sleep(7)),
    ]
}

fn frames(source: FindingSource) -> Vec<FrameFindings> {
    let finding = Finding {
        region: REGION,
        text: Phi::new("ZWETSCHGE".to_owned()),
        score: 90,
        read_confidence: 80,
        source,
    };
    let frame = |frame, coverage, findings| FrameFindings { frame, coverage, findings };
    vec![
        frame(0, Coverage::Found(1), vec![finding]),
        frame(1, Coverage::NothingFound, Vec::new()),
        frame(2, Coverage::NotLookedAt("too large".to_owned()), Vec::new()),
        frame(3, Coverage::Compared, Vec::new()),
    ]
}

fn replies() -> Vec<Reply> {
    let picture = Picture { width: 3, height: 2, channels: 3, samples: vec![9; 18] };
    let window = Some(Window { center: 40.0, width: 400.0 });
    let notes = vec![RenderNote::NoPalette];
    vec![
        Reply::Able(Abilities {
            detector: Some(Digest256([7; 32])),
            reads: true,
            cpu: Some(Duration::from_millis(1250)),
        }),
        Reply::Progress,
        Reply::Rendered(Rendered { picture, frames: 7, window, notes }),
        Reply::Findings(frames(FindingSource::Detector)),
        Reply::Samples(FrameSamples {
            columns: 3,
            rows: 2,
            samples_per_pixel: 1,
            bytes_per_sample: 2,
            bytes: vec![9; 12],
        }),
        Reply::Masked(MaskReport {
            transfer_syntax: Some("1.2.840.10008.1.2.1"),
            vr: VR::OW,
            length: 512,
            attributes: vec![
                (Tag(0x0028, 0x0106), VR::SS, NewValue::Bytes(Phi::new(vec![0, 0xFF]))),
                (Tag(0x0028, 0x0004), VR::CS, NewValue::Text(Phi::new("RGB".to_owned()))),
                (Tag(0x7FE0, 0x0001), VR::OV, NewValue::Absent),
            ],
            filled: vec![(3, vec![REGION])],
            surplus_cleared: 5,
        }),
        Reply::Failed(WorkerError::new(Cause::ImageLimits, "too large")),
    ]
}

fn decisions() -> Vec<Decision> {
    let instance = InstanceUid::new("1.2.3.1");
    let series = SeriesUid::new("1.2.3");
    let mask = |id, scope| {
        Decision::AddMask(Mask {
            id: MaskId(id),
            region: REGION,
            image_size: (16, 16),
            scope,
            exceptions: Vec::new(),
        })
    };
    vec![
        mask(1, Scope::Series(series.clone())),
        mask(2, Scope::Batch),
        Decision::ChangeMask { id: MaskId(1), region: REGION },
        Decision::ExceptFromMask { id: MaskId(2), scope: Scope::Frame(instance.clone(), 0) },
        Decision::RemoveMask(MaskId(2)),
        Decision::AnswerFinding {
            scope: Scope::Instance(instance.clone()),
            region: REGION,
            text: Phi::new("R".to_owned()),
            image_size: (16, 16),
            answer: FindingAnswer::Keep,
        },
        Decision::OverrideAttribute {
            scope: Scope::Batch,
            tag: Tag(0x0008, 0x1030),
            path: Some("(0008,1030)".to_owned()),
            action: Some(Override::ReplaceWith(Phi::new("HEAD".to_owned()))),
        },
        Decision::SetVerdict { series, verdict: Verdict::Approved, reason: String::new() },
        Decision::AcceptResidual {
            instance,
            place: "(0008,1030)".to_owned(),
            reason: "a town".to_owned(),
        },
        Decision::ResolveIdentity(IdentityResolution {
            patients: BTreeSet::from(["\u{1f}1", "\u{1f}2"].map(PatientKey::new)),
            answer: IdentityAnswer::Merge,
            basis: Digest256([3; 32]),
        }),
    ]
}

fn events() -> Vec<EventBody> {
    let digest = Digest256([5; 32]);
    let (instance, series) = (InstanceUid::new("1.2.3.1"), SeriesUid::new("1.2.3"));
    let sampled = SampledFrame { instance: instance.clone(), input: digest, frame: 0 };
    let fingerprints = BTreeMap::from([(series.clone(), digest)]);
    vec![
        EventBody::Decided { decisions: decisions(), fingerprints },
        EventBody::decided(decisions()),
        EventBody::Undone { seq: 1 },
        EventBody::Redone { seq: 1 },
        EventBody::Looked {
            at: vec![LookedAt { instance, input: digest, frames: vec![(0, 3), (5, 6)] }],
        },
        EventBody::Acknowledged { what: "face-risk".to_owned(), series: vec![series] },
        EventBody::Waived { what: "sample".to_owned() },
        EventBody::Overridden { demand: "faces".to_owned(), reason: "asked".to_owned() },
        EventBody::Sampled { population: 7, basis: digest, frames: vec![sampled.clone()] },
        EventBody::SampleJudged { frame: sampled, leak: true },
        EventBody::Signed { statement: "all is well".to_owned(), batch: digest },
        EventBody::Published { manifest: digest, released: 9 },
        EventBody::Withdrawn { manifest: digest, instances: 2, reason: "quality".to_owned() },
    ]
}

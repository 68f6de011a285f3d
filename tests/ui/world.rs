//! A backend in memory: it answers effects at once, from a small invented batch.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use veridact::jobs::backend::{
    Backend, DestinationStanding, JobEvent, Opened, OutcomeRecord, Recorded,
};
use veridact::model::{
    Action, ActionCode, AttributePath, Cause, Coverage, Digest256, Finding, FindingSource,
    FrameFindings, HoldReason, IdentityAnswer, InstanceUid, Layer, Lies, LookAlike, NewValue,
    Outcome, Override, PatientKey, Phi, Picture, Plan, PlannedEdit, Proposal, Region, SeriesUid,
    StudyUid, Tag, Tier, VR, Why,
};
use veridact::profile::GateDemand;
use veridact::render::{Folding, Rendering};
use veridact::review::{
    BeforeValue, Effect, Identities, IdentityQuestion, InstanceCard, InstanceEntry, Journal,
    PersonSaid, ProblemCard, Said, SeriesOwner,
};
use veridact::ui::FolderPicker;

/// Columns and rows of the CT images.
pub const CT: (u32, u32) = (256, 256);
/// Where a name stands on the first CT image.
pub const NAME: Region = Region { x0: 10, y0: 8, x1: 110, y1: 24 };
/// What is read there.
pub const READ: &str = "DOE JANE 1961";

pub const PATIENT_NAME: Tag = Tag(0x0010, 0x0010);

/// What the backend holds and what it was asked for.
#[derive(Default)]
pub struct World {
    pub events: VecDeque<JobEvent>,
    pub ran: Vec<Effect>,
    pub shows: Vec<(InstanceUid, u32, Rendering)>,
    /// What the window expects to be asked for next.
    pub ahead: Vec<(InstanceUid, u32, Rendering)>,
    pub opened: Vec<PathBuf>,
    pub log: Vec<Recorded>,
    pub refuses: bool,
    pub unpaintable: bool,
    pub holds_pictures: bool,
    pub cancelled: bool,
    pub holds_export: bool,
    pub empty: bool,
    pub label: Option<String>,
    pub patient: Option<String>,
    pub journal: Journal,
    /// How every destination stands; new where nothing is said.
    pub standing: Option<DestinationStanding>,
    /// What the profile demands of an export.
    pub demands: Vec<GateDemand>,
    /// How the last export of this review ended, before the window was opened.
    pub outcomes: Vec<OutcomeRecord>,
    /// Whether there is a second CT series that looks like the first.
    pub second_ct: bool,
    /// So many series of so many CT slices, and nothing else.
    pub many: Option<(usize, usize)>,
    /// Names of the people behind the first patient's ID, where it is asked who they are.
    pub asks: Vec<&'static str>,
}

pub type Shared = Rc<RefCell<World>>;

pub struct TestBackend(pub Shared);

/// A picker that answers with the path it was given.
pub struct TestPicker(pub Option<PathBuf>, pub bool);

impl FolderPicker for TestPicker {
    fn ask(&mut self, _title: &str) {
        self.1 = true;
    }

    fn answer(&mut self) -> Option<Option<PathBuf>> {
        std::mem::take(&mut self.1).then(|| self.0.clone())
    }
}

fn card(
    uid: &str,
    series: (&str, &str, &str),
    (size, frames): (Option<(u32, u32)>, u32),
) -> InstanceCard {
    let (series, label, modality) = series;
    let patient =
        if series == "s4" { ("p2", "ROE^RICHARD (4711)") } else { ("p1", "DOE^JANE (0815)") };
    let look = Arc::new(LookAlike {
        modality: modality.to_owned(),
        image_size: size,
        device: Phi::new(["ACME", "Scanner 9", "1.2"].map(str::to_owned)),
        ..LookAlike::default()
    });
    let number = uid.rsplit('.').next().and_then(|digits| digits.parse().ok());
    InstanceCard {
        patient: PatientKey::new(patient.0),
        patient_label: Phi::new(patient.1.to_owned()),
        study: StudyUid::new(patient.0),
        study_label: Phi::new("2024-03-01 Thorax and abdomen".to_owned()),
        series: SeriesUid::new(series),
        series_label: Phi::new(label.to_owned()),
        modality: modality.to_owned(),
        entry: InstanceEntry {
            instance: InstanceUid::new(uid),
            path: Phi::new(PathBuf::from(format!("in/{uid}.dcm"))),
            input: Some(Digest256([7; 32])),
            number,
            sop_class: format!("{modality} Image Storage"),
            image_size: size,
            frames,
            group: look.id(),
            look,
            face_risk: false,
            causes: BTreeSet::new(),
        },
    }
}

impl World {
    pub fn cards(&self) -> Vec<InstanceCard> {
        if let Some((series, slices)) = self.many {
            let place = |at: usize| (at / slices + 1, at % slices + 1);
            let all = (0..series * slices).map(place);
            let slice = |(of, at): (usize, usize)| {
                let (uid, name) = (format!("2.{of}.{at}"), format!("c{of}"));
                card(&uid, (&name, "Axial", "CT"), (Some(CT), 1))
            };
            return all.map(slice).collect();
        }
        let label = self.label.as_deref().unwrap_or("Axial 5 mm");
        let mut cards: Vec<InstanceCard> = (1..=4)
            .map(|at| card(&format!("1.1.{at}"), ("s1", label, "CT"), (Some(CT), 1)))
            .collect();
        if let Some(name) = &self.patient {
            cards.iter_mut().for_each(|card| card.patient_label = Phi::new(name.clone()));
        }
        if self.second_ct {
            let of = ("s5", "Axial 1 mm", "CT");
            cards.extend((1..=2).map(|at| card(&format!("1.5.{at}"), of, (Some(CT), 1))));
        }
        cards.push(card("1.2.1", ("s2", "Abdomen cine", "US"), (Some((640, 480)), 12)));
        cards.push(card("1.3.1", ("s3", "Dose report", "SR"), (None, 0)));
        cards.push(card("1.4.1", ("s4", "Hand ap", "DX"), (Some((300, 400)), 1)));
        cards
    }

    fn open(&mut self) {
        self.events.push_back(JobEvent::Opened(Box::new(Opened {
            folder: self.opened.last().cloned().unwrap_or_default(),
            reader: "curator".to_owned(),
            log: self.log.clone(),
            outcomes: self.outcomes.clone(),
            profile: "research".to_owned(),
            profile_digest: Digest256([1; 32]),
            demands: self.demands.clone(),
            detector: Some(Digest256([2; 32])),
            key: "ab12cd34ef56ab78".to_owned(),
            review: PathBuf::from("in.veridact"),
            news: None,
        })));
        let problems = vec![
            problem("in/readme.txt", Cause::NotDicom),
            problem("in/damaged/0007.dcm", Cause::Truncated),
        ];
        let cards = if self.empty { Vec::new() } else { self.cards() };
        self.events.push_back(JobEvent::IndexProgress { done: 3, total: 9 });
        self.events.push_back(JobEvent::Indexed { cards: cards.clone(), problems });
        let patients = ["p1", "p2"];
        let dictionaries =
            patients.iter().map(|key| (PatientKey::new(key), Digest256([9; 32]))).collect();
        self.events.push_back(JobEvent::IndexFinished { dictionaries });
        self.tell_identities();
        for card in &cards {
            self.detected(card);
        }
        let like_a_name = Proposal { tier: Tier::Mask, why: Why::Resembles };
        let proposals = cards.iter().map(|card| {
            let frames = (0..card.entry.frames).map(|_| vec![like_a_name]).collect();
            (card.entry.instance.clone(), frames)
        });
        self.events.push_back(JobEvent::Proposed { proposals: proposals.collect() });
    }

    fn detected(&mut self, card: &InstanceCard) {
        let entry = &card.entry;
        let frames = (0..entry.frames).map(|frame| {
            let named = entry.instance == InstanceUid::new("1.1.1");
            let findings = if named { vec![finding()] } else { Vec::new() };
            let coverage = if named { Coverage::Found(1) } else { Coverage::NothingFound };
            FrameFindings { frame, coverage, findings }
        });
        let frames = frames.collect();
        self.events.push_back(JobEvent::Detected { instance: entry.instance.clone(), frames });
    }

    fn append(&mut self, event: veridact::jobs::backend::NewEvent) {
        if self.refuses {
            let (ticket, why) = (event.ticket, "the disk is full".to_owned());
            return self.events.push_back(JobEvent::AppendFailed { ticket, why });
        }
        let recorded = Recorded {
            ticket: event.ticket,
            seq: self.log.len() as u64 + 1,
            at: jiff::Timestamp::UNIX_EPOCH,
            reader: event.reader,
            body: event.body,
            hmac: Digest256([0; 32]),
        };
        self.journal.apply(&recorded);
        self.log.push(recorded.clone());
        self.events.push_back(JobEvent::Recorded(recorded));
        self.tell_identities();
    }

    /// Asks of the patient with many names, and of one who may have two IDs.
    fn tell_identities(&mut self) {
        if self.asks.is_empty() {
            return;
        }
        let names = self.asks.iter().enumerate();
        let series = ["s1", "s3"];
        let person = |(at, name): (usize, &&str)| said(("0815", name), series.get(at));
        let mut first = IdentityQuestion {
            patients: [PatientKey::new("p1")].into(),
            label: Phi::new(format!("0815 · {}", self.asks.join(" / "))),
            matter: vec![
                "one patient ID with two names".to_owned(),
                "one patient ID with two birth dates".to_owned(),
            ],
            blocks: true,
            people: names.map(person).collect(),
            answers: vec![IdentityAnswer::Confirm, IdentityAnswer::Split],
            ..question()
        };
        first.held = first.people.iter().flat_map(|it| it.series.clone()).collect();
        let second = IdentityQuestion {
            patients: ["p2", "p3"].map(PatientKey::new).into(),
            label: Phi::new("4711 + 4712 · ROE^RICHARD".to_owned()),
            matter: vec!["the same name and birth date under two patient IDs".to_owned()],
            people: vec![
                said(("4711", "ROE^RICHARD"), Some(&"s4")),
                said(("4712", "ROE^RICHARD"), None),
            ]
            .into(),
            answers: vec![IdentityAnswer::Merge, IdentityAnswer::Confirm],
            ..question()
        };
        let mut told = Identities { questions: vec![first, second], owners: Vec::new() };
        self.answer(&mut told);
        self.events.push_back(JobEvent::Identities(Box::new(told)));
    }

    fn answer(&self, told: &mut Identities) {
        let identities = self.journal.decisions().identities();
        for question in &mut told.questions {
            let said = identities.iter().find(|it| it.patients == question.patients);
            let Some(said) = said else { continue };
            question.said = Said::One(said.answer);
            question.held.clear();
            if said.answer != IdentityAnswer::Split {
                continue;
            }
            for (at, person) in Arc::make_mut(&mut question.people).iter_mut().enumerate() {
                person.pseudonym = format!("VD-SUBJECT-{at}");
                told.owners.extend(person.series.iter().map(|series| SeriesOwner {
                    series: series.clone(),
                    owner: PatientKey::new(&format!("part {at}")),
                    label: Phi::new(format!("part {at}")),
                }));
            }
        }
    }

    fn plan(&mut self, instance: InstanceUid) {
        let card = self.cards().into_iter().find(|card| card.entry.instance == instance);
        let Some(card) = card else { return };
        let mut plan = Plan::default();
        for edit in edits() {
            let decisions = self.journal.decisions();
            let lies = Lies { series: &card.series, group: card.entry.group };
            let found = decisions.override_for(lies, &instance, &edit.path);
            match found {
                Some((Override::Keep, _)) => plan.kept.push(PlannedEdit {
                    action: Action::Keep,
                    layer: Layer::Review,
                    ..edit
                }),
                Some((Override::ReplaceWith(text), _)) => plan.edits.push(PlannedEdit {
                    action: Action::Set,
                    layer: Layer::Review,
                    value: NewValue::Text(text.clone()),
                    ..edit
                }),
                _ => plan.edits.push(edit),
            }
        }
        let plan = Arc::new(plan);
        self.events.push_back(JobEvent::Planned { instance, plan, values: values(&card) });
    }

    fn export(&mut self) {
        self.events.push_back(JobEvent::ExportProgress { done: 2, total: 7 });
        if self.holds_export {
            return;
        }
        let reason = HoldReason {
            check: "review".to_owned(),
            place: "series".to_owned(),
            what: "not decided in the review".to_owned(),
        };
        let found = HoldReason {
            check: "carriers".to_owned(),
            place: "(0008,1030)".to_owned(),
            what: "a name of the subject".to_owned(),
        };
        let outcomes = self.cards().into_iter().map(|card| OutcomeRecord {
            path: card.entry.path.clone(),
            instance: Some(card.entry.instance.clone()),
            outcome: match card.entry.instance.as_str() {
                "1.1.4" => Outcome::Held { reasons: vec![found.clone()] },
                uid if uid.starts_with("1.1.") => Outcome::Released,
                "1.3.1" => Outcome::Rejected { reason: "Not part of the study".to_owned() },
                _ => Outcome::Held { reasons: vec![reason.clone()] },
            },
        });
        let problem = OutcomeRecord {
            path: Phi::new(PathBuf::from("in/readme.txt")),
            instance: None,
            outcome: Outcome::Problem { cause: Cause::NotDicom },
        };
        self.events.push_back(JobEvent::Exported {
            outcomes: outcomes.chain([problem]).collect(),
            report: PathBuf::from("out/report.html"),
            output: PathBuf::from("out"),
        });
    }
}

fn question() -> IdentityQuestion {
    IdentityQuestion {
        patients: BTreeSet::new(),
        basis: Digest256([3; 32]),
        label: Phi::default(),
        matter: Vec::new(),
        blocks: false,
        people: Arc::new([]),
        answers: Vec::new(),
        said: Said::Nothing,
        held: BTreeSet::new(),
    }
}

fn said((id, name): (&str, &str), series: Option<&&str>) -> PersonSaid {
    let born = if name.starts_with("DOE") { "19610412" } else { "19700102" };
    let values = [id, "", name, born, "F", "General Hospital of Somewhere"];
    let given = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    PersonSaid {
        says: values.map(|value| Phi::new(given(value).into_iter().collect())),
        files: 2,
        paths: vec![Phi::new(PathBuf::from("in/1.1.1.dcm"))],
        series: series.map(|uid| SeriesUid::new(uid)).into_iter().collect(),
        pseudonym: "VD-SUBJECT".to_owned(),
    }
}

fn problem(path: &str, cause: Cause) -> ProblemCard {
    ProblemCard { path: Phi::new(PathBuf::from(path)), cause }
}

fn finding() -> Finding {
    Finding {
        region: NAME,
        text: Phi::new(READ.to_owned()),
        score: 93,
        read_confidence: 88,
        source: FindingSource::Detector,
    }
}

fn edit(tag: Tag, vr: VR, (code, action): (ActionCode, Action), value: NewValue) -> PlannedEdit {
    PlannedEdit {
        path: AttributePath::root(tag),
        vr,
        code,
        action,
        value,
        rule: "E.1-1".into(),
        layer: Layer::Standard,
    }
}

fn text(text: &str) -> NewValue {
    NewValue::Text(Phi::new(text.to_owned()))
}

fn edits() -> Vec<PlannedEdit> {
    use ActionCode as C;
    vec![
        edit(Tag(0x0008, 0x0018), VR::UI, (C::U, Action::ReplaceUid), text("2.25.99")),
        edit(Tag(0x0008, 0x0020), VR::DA, (C::C, Action::ShiftDate), text("20190214")),
        edit(Tag(0x0008, 0x0080), VR::LO, (C::XZD, Action::Remove), NewValue::Absent),
        edit(PATIENT_NAME, VR::PN, (C::Z, Action::Pseudonym), text("SUBJECT-7F3A")),
        edit(Tag(0x0010, 0x0030), VR::DA, (C::Z, Action::Empty), NewValue::Empty),
        edit(Tag(0x0012, 0x0062), VR::CS, (C::D, Action::Set), text("YES")),
    ]
}

fn values(card: &InstanceCard) -> Vec<BeforeValue> {
    let label = card.series_label.expose();
    let rows: [(Tag, VR, &str); 9] = [
        (Tag(0x0008, 0x0018), VR::UI, "1.2.840.99999.1.1.1"),
        (Tag(0x0008, 0x0020), VR::DA, "20240301"),
        (Tag(0x0008, 0x0060), VR::CS, &card.modality),
        (Tag(0x0008, 0x0080), VR::LO, "General Hospital of Somewhere"),
        (Tag(0x0008, 0x103E), VR::LO, label),
        (PATIENT_NAME, VR::PN, "DOE^JANE"),
        (Tag(0x0010, 0x0030), VR::DA, "19610412"),
        (Tag(0x0018, 0x0050), VR::DS, "5.0"),
        (Tag(0x0028, 0x0010), VR::US, "256"),
    ];
    let rows = rows.into_iter();
    let value = |(tag, vr, value): (Tag, VR, &str)| BeforeValue {
        path: AttributePath::root(tag),
        vr,
        value: Phi::new(value.to_owned()),
    };
    rows.map(value).collect()
}

/// A bright disc on dark, with a bright bar where the name stands.
pub fn picture((width, height): (u32, u32)) -> Picture {
    let mut samples = Vec::with_capacity((width * height) as usize);
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = (x as f32 - width as f32 / 2.0, y as f32 - height as f32 / 2.0);
            let distance = (dx * dx + dy * dy).sqrt() / (height as f32 / 2.0);
            let body = if distance < 0.8 { 150.0 - 90.0 * distance } else { 12.0 };
            samples.push(if NAME.contains(x, y) && (x / 4) % 2 == 0 { 255 } else { body as u8 });
        }
    }
    Picture { width, height, channels: 1, samples }
}

impl Backend for TestBackend {
    fn open(&mut self, folder: &Path) {
        let mut world = self.0.borrow_mut();
        world.opened.push(folder.to_owned());
        if folder.ends_with("missing") {
            let why = "the folder cannot be read".to_owned();
            return world.events.push_back(JobEvent::Failed { why });
        }
        world.open();
    }

    fn run(&mut self, effect: Effect) {
        let mut world = self.0.borrow_mut();
        world.ran.push(effect.clone());
        match effect {
            Effect::Append(event) => world.append(event),
            Effect::Plan { instance } => world.plan(instance),
            Effect::Export(_) => world.export(),
            _ => {}
        }
    }

    fn show(&mut self, instance: &InstanceUid, frame: u32, rendering: Rendering) {
        let mut world = self.0.borrow_mut();
        world.shows.push((instance.clone(), frame, rendering));
        if world.holds_pictures {
            return;
        }
        let card = world.cards().into_iter().find(|card| card.entry.instance == *instance);
        let size = card.and_then(|card| card.entry.image_size).unwrap_or(CT);
        let instance = instance.clone();
        let window = match rendering {
            Rendering::Window(window) => (window.center, window.width),
            _ => (40.0, 400.0),
        };
        let event = if world.unpaintable {
            JobEvent::ShowFailed { instance, frame, cause: Cause::Undecodable }
        } else {
            let picture = Arc::new(picture(size));
            JobEvent::Shown { instance, frame, picture, window: Some(window) }
        };
        world.events.push_back(event);
    }

    fn ahead(&mut self, frames: Vec<(InstanceUid, u32, Rendering)>) {
        self.0.borrow_mut().ahead = frames;
    }

    fn fold(&mut self, series: &SeriesUid, look: &Arc<LookAlike>) {
        let mut world = self.0.borrow_mut();
        let mut cards = world.cards();
        cards.retain(|card| card.series == *series && card.entry.look == *look);
        let Some(size) = look.image_size else { return };
        let frames = cards.iter().flat_map(|card| {
            (0..card.entry.frames).map(|frame| (card.entry.instance.clone(), frame))
        });
        let stack: Vec<_> = frames.collect();
        // Only the first frame has the bar.
        let mut folding = Folding::begin(&picture(size));
        for _ in 1..stack.len() {
            let mut other = picture(size);
            other.samples.iter_mut().for_each(|it| *it = (*it).min(150));
            folding.push(&other);
        }
        let (series, look, folded) = (series.clone(), Arc::clone(look), Arc::new(folding.finish()));
        world.events.push_back(JobEvent::Folded { series, look, folded, stack });
    }

    fn look_into(&mut self, destination: &Path) {
        let mut world = self.0.borrow_mut();
        let standing = world.standing.clone().unwrap_or(DestinationStanding::Free);
        let path = destination.to_owned();
        world.events.push_back(JobEvent::Destination { path, standing });
    }

    fn cancel_export(&mut self) {
        self.0.borrow_mut().cancelled = true;
    }

    fn poll(&mut self) -> Vec<JobEvent> {
        self.0.borrow_mut().events.drain(..).collect()
    }
}

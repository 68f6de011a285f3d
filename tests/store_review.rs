//! The review on disk: durable, private, exclusive, and telling when it was changed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use veridact::model::{
    Cause, Coverage, Decision, Digest256, Finding, FindingAnswer, FindingSource, FrameFindings,
    HoldReason, IdentityAnswer, IdentityResolution, InstanceUid, Mask, MaskId, Outcome, Override,
    PatientKey, Phi, Region, Scope, SeriesUid, Tag, Verdict,
};
use veridact::review;
use veridact::store::{
    AuditFault, AuditHead, Detection, EventBody, InstanceRecord, LookedAt, NewEvent, OutcomeRecord,
    PlacementFault, ReviewStore, SampledFrame, Settings, StoreError, placement_fault,
};

fn folder() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.veridact");
    (dir, path)
}

fn event(body: EventBody) -> NewEvent {
    NewEvent { ticket: 5, reader: "ann".to_owned(), body }
}

fn now() -> Timestamp {
    "2026-11-23T11:51:43.123456Z".parse().unwrap()
}

fn mask(id: u64) -> Decision {
    Decision::AddMask(Mask {
        id: MaskId(id),
        region: Region { x0: 1, y0: 2, x1: 30, y1: 40 },
        image_size: (64, 64),
        scope: Scope::Series(SeriesUid::new("1.2.3")),
        exceptions: vec![Scope::Frame(InstanceUid::new("1.2.3.4"), 7)],
    })
}

/// A review with `count` events, closed.
fn written(path: &Path, count: u64) -> AuditHead {
    let mut store = ReviewStore::create(path).unwrap();
    for id in 1..=count {
        store.append(&event(EventBody::decided(vec![mask(id)])), now()).unwrap();
    }
    let head = store.audit_head();
    store.close().unwrap();
    head
}

/// Changes the database as a stranger would, guards taken away.
fn tamper(path: &Path, sql: &str) {
    let connection = Connection::open(path.join("review.db")).unwrap();
    connection
        .execute_batch(&format!(
            "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete; {sql};"
        ))
        .unwrap();
    connection.close().unwrap();
}

fn fault(path: &Path) -> Option<AuditFault> {
    match ReviewStore::open(path).unwrap().check_audit() {
        Ok(()) => None,
        Err(StoreError::Audit(fault)) => Some(fault),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn every_kind_of_event_comes_back_as_it_was_written() {
    let (_dir, path) = folder();
    let series = SeriesUid::new("1.2.3");
    let instance = InstanceUid::new("1.2.3.4");
    let digest = Digest256([0xab; 32]);
    let sampled = SampledFrame { instance: instance.clone(), input: digest, frame: 4 };
    let bodies = vec![
        EventBody::Decided {
            decisions: vec![
                mask(1),
                Decision::ChangeMask {
                    id: MaskId(1),
                    region: Region { x0: 0, y0: 0, x1: u32::MAX, y1: 1 },
                },
                Decision::ExceptFromMask { id: MaskId(1), scope: Scope::Batch },
                Decision::RemoveMask(MaskId(1)),
                Decision::AnswerFinding {
                    scope: Scope::Instance(instance.clone()),
                    region: Region { x0: 1, y0: 2, x1: 3, y1: 4 },
                    text: Phi::new("MÜLLER 山田".to_owned()),
                    image_size: (64, 64),
                    answer: FindingAnswer::Keep,
                },
                Decision::OverrideAttribute {
                    scope: Scope::Batch,
                    tag: Tag(0x0010, 0x0010),
                    path: Some("(0010,0010)".to_owned()),
                    action: Some(Override::ReplaceWith(Phi::new("X".to_owned()))),
                },
                Decision::SetVerdict {
                    series: series.clone(),
                    verdict: Verdict::Held,
                    reason: "why \"not\"".to_owned(),
                },
                Decision::AcceptResidual {
                    instance: instance.clone(),
                    place: "frame 3".to_owned(),
                    reason: "fine".to_owned(),
                },
                Decision::ResolveIdentity(IdentityResolution {
                    patients: [PatientKey::new("I\u{1f}1"), PatientKey::new("\u{1f}MÜLLER")].into(),
                    answer: IdentityAnswer::Merge,
                    basis: digest,
                }),
            ],
            fingerprints: BTreeMap::from([(series.clone(), digest)]),
        },
        EventBody::Undone { seq: 1 },
        EventBody::Redone { seq: 1 },
        EventBody::Looked {
            at: vec![LookedAt {
                instance: instance.clone(),
                input: digest,
                frames: vec![(0, 3), (5, 6)],
            }],
        },
        EventBody::Acknowledged { what: "face-risk".to_owned(), series: vec![series] },
        EventBody::Waived { what: "sample".to_owned() },
        EventBody::Overridden { demand: "faces".to_owned(), reason: "Mrs X".to_owned() },
        EventBody::Sampled { population: 7, basis: digest, frames: vec![sampled.clone()] },
        EventBody::SampleJudged { frame: sampled, leak: true },
        EventBody::Signed { statement: "all is well".to_owned(), batch: digest },
        EventBody::Published { manifest: digest, released: 9 },
        EventBody::Withdrawn { manifest: digest, instances: 2, reason: "quality".to_owned() },
    ];
    let mut store = ReviewStore::create(&path).unwrap();
    let mut recorded = Vec::new();
    for body in &bodies {
        recorded.push(store.append(&event(body.clone()), now()).unwrap());
    }
    assert_eq!(recorded[0].ticket, 5);
    assert_eq!(recorded[0].at.to_string(), "2026-11-23T11:51:43.123Z");
    store.close().unwrap();
    let store = ReviewStore::open(&path).unwrap();
    let read = store.events().unwrap();
    assert_eq!(read.iter().map(|it| it.body.clone()).collect::<Vec<_>>(), bodies);
    assert_eq!(read.iter().map(|it| it.seq).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    assert_eq!(read[11].hmac, store.audit_head().hmac);
    assert_eq!(read[2].at, recorded[2].at);
    store.check_audit().unwrap();
}

#[test]
fn what_was_appended_survives_a_crash_without_close() {
    let (dir, path) = folder();
    let mut store = ReviewStore::create(&path).unwrap();
    let head = store
        .append(&event(EventBody::decided(vec![mask(1)])), now())
        .map(|_recorded| store.audit_head())
        .unwrap();
    // The crash: the files as they lie on the disk now, while the writer still has them open.
    let copy = dir.path().join("crashed.veridact");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(&path).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    assert!(copy.join("review.db-wal").metadata().unwrap().len() > 0, "it lies in the journal");
    let reopened = ReviewStore::open(&copy).unwrap();
    reopened.check_audit_against(&head).unwrap();
    let decisions = review::load(&reopened).unwrap();
    assert_eq!(decisions.masks().count(), 1, "durable though nobody was told");
    let mode = copy.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "a copy is closed to others when it is opened");
}

#[test]
fn only_one_opener_at_a_time() {
    let (_dir, path) = folder();
    let store = ReviewStore::create(&path).unwrap();
    let second = ReviewStore::open(&path);
    assert!(matches!(second, Err(StoreError::InUse { .. })), "{second:?}");
    let plain = Connection::open(path.join("review.db")).unwrap();
    plain.busy_timeout(std::time::Duration::ZERO).unwrap();
    let read = plain.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0));
    assert!(read.is_err(), "not even a reader gets in");
    drop(plain);
    store.close().unwrap();
    ReviewStore::open(&path).unwrap();
    assert!(matches!(ReviewStore::create(&path), Err(StoreError::Exists { .. })));
}

#[test]
fn the_folder_is_for_its_owner_only() {
    let (_dir, path) = folder();
    let mut store = ReviewStore::create(&path).unwrap();
    store.append(&event(EventBody::decided(vec![mask(1)])), now()).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(&path).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600, "{:?}", entry.file_name());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["audit.key", "review.db", "review.db-wal"]);
    store.close().unwrap();
    assert!(!path.join("review.db-wal").exists(), "checkpointed and closed");
    fs::set_permissions(path.join("review.db"), fs::Permissions::from_mode(0o644)).unwrap();
    ReviewStore::open(&path).unwrap();
    assert_eq!(mode(&path.join("review.db")), 0o600);
}

#[test]
fn the_log_takes_no_update_and_no_delete() {
    let (_dir, path) = folder();
    written(&path, 2);
    let connection = Connection::open(path.join("review.db")).unwrap();
    for sql in ["DELETE FROM events", "UPDATE events SET reader = 'eve'"] {
        let error = connection.execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[test]
fn tampering_is_found() {
    let cases = [
        (
            "UPDATE events SET payload = replace(payload, '30', '31') WHERE seq = 2",
            AuditFault::Payload { seq: 2 },
        ),
        ("UPDATE events SET reader = 'eve' WHERE seq = 3", AuditFault::Chain { seq: 3 }),
        (
            "UPDATE events SET at_utc = '2020-01-01T00:00:00.000Z' WHERE seq = 1",
            AuditFault::Chain { seq: 1 },
        ),
        ("UPDATE events SET kind = 'undone' WHERE seq = 1", AuditFault::Chain { seq: 1 }),
        ("DELETE FROM events WHERE seq = 2", AuditFault::Gap { expected: 2 }),
        ("DELETE FROM events WHERE seq = 1", AuditFault::Gap { expected: 1 }),
        (
            "UPDATE events SET seq = 100 WHERE seq = 2; UPDATE events SET seq = 2 WHERE seq = 3;
             UPDATE events SET seq = 3 WHERE seq = 100",
            AuditFault::Chain { seq: 2 },
        ),
        (
            "DELETE FROM events WHERE seq = 2; UPDATE events SET seq = 2 WHERE seq = 3;
             UPDATE events SET seq = 3 WHERE seq = 4",
            AuditFault::Chain { seq: 2 },
        ),
        (
            "INSERT INTO events SELECT 5, at_utc, reader, kind, payload, salt, payload_hash, hmac
             FROM events WHERE seq = 4",
            AuditFault::Chain { seq: 5 },
        ),
    ];
    for (sql, expected) in cases {
        let (_dir, path) = folder();
        written(&path, 4);
        assert_eq!(fault(&path), None);
        tamper(&path, sql);
        assert_eq!(fault(&path), Some(expected), "{sql}");
        let store = ReviewStore::open(&path).unwrap();
        assert!(review::load(&store).is_err(), "a changed log is not used: {sql}");
    }
}

#[test]
fn a_cut_tail_is_found_against_the_head() {
    let (_dir, path) = folder();
    let head = written(&path, 4);
    tamper(&path, "DELETE FROM events WHERE seq >= 3");
    let mut store = ReviewStore::open(&path).unwrap();
    store.check_audit().unwrap();
    let check = |store: &ReviewStore| match store.check_audit_against(&head) {
        Err(StoreError::Audit(fault)) => Some(fault),
        _ => None,
    };
    assert_eq!(check(&store), Some(AuditFault::Cut { last: 2, head: 4 }));
    for id in 7..10 {
        store.append(&event(EventBody::decided(vec![mask(id)])), now()).unwrap();
    }
    assert_eq!(check(&store), Some(AuditFault::OtherHistory { seq: 4 }));
}

#[test]
fn another_audit_key_is_found() {
    let (_dir, path) = folder();
    written(&path, 1);
    fs::write(path.join("audit.key"), "00".repeat(32)).unwrap();
    assert_eq!(fault(&path), Some(AuditFault::Chain { seq: 1 }));
    fs::write(path.join("audit.key"), "none").unwrap();
    assert!(matches!(ReviewStore::open(&path), Err(StoreError::AuditKey)));
}

#[test]
fn newer_damaged_and_absent_reviews_are_refused_with_words() {
    let (_dir, path) = folder();
    assert!(matches!(ReviewStore::open(&path), Err(StoreError::NotAReview { .. })));
    written(&path, 3);
    tamper(&path, "PRAGMA user_version = 99");
    let error = ReviewStore::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }));
    assert!(error.to_string().contains("newer Veridact"), "{error}");
    let mut bytes = fs::read(path.join("review.db")).unwrap();
    bytes[4096..].fill(0x55);
    fs::write(path.join("review.db"), &bytes).unwrap();
    assert!(ReviewStore::open(&path).is_err());
    fs::write(path.join("review.db"), "not a database, but long enough to look at").unwrap();
    assert!(matches!(ReviewStore::open(&path), Err(StoreError::Damaged)));
}

#[test]
fn a_review_that_is_only_read_stays_as_it_is_and_may_be_newer() {
    let (dir, path) = folder();
    let head = written(&path, 3);
    tamper(&path, "PRAGMA user_version = 99");
    let files = || -> BTreeMap<PathBuf, Vec<u8>> {
        let entries = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
        // SQLite keeps the locks of readers beside the database.
        let ours = entries.filter(|path| !path.to_string_lossy().ends_with("-shm"));
        let bytes = ours.map(|path| (path.clone(), fs::read(path).unwrap()));
        bytes.filter(|(_, bytes)| !bytes.is_empty()).collect()
    };
    let before = files();
    let mut store = ReviewStore::open_to_read(&path).unwrap();
    assert_eq!(store.audit_head(), head);
    store.check_audit_against(&head).unwrap();
    assert_eq!(store.events().unwrap().len(), 3);
    let refused = store.append(&event(EventBody::Undone { seq: 1 }), now());
    assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
    drop(store);
    assert!(files() == before);
    let other = dir.path().join("other.veridact");
    let open = ReviewStore::create(&other).unwrap();
    let refused = ReviewStore::open_to_read(&other);
    assert!(matches!(refused, Err(StoreError::InUse { .. })), "{refused:?}");
    drop(open);
    ReviewStore::open_to_read(&other).unwrap();
    fs::write(path.join("review.db"), "").unwrap();
    assert!(matches!(ReviewStore::open_to_read(&path), Err(StoreError::Damaged)));
    let absent = ReviewStore::open_to_read(&dir.path().join("absent"));
    assert!(matches!(absent, Err(StoreError::NotAReview { .. })));
}

#[test]
fn entries_that_a_crash_left_beside_the_database_are_read_too() {
    let (_dir, path) = folder();
    let mut store = ReviewStore::create(&path).unwrap();
    store.append(&event(EventBody::decided(vec![mask(1)])), now()).unwrap();
    std::mem::forget(store);
    let copy = path.with_file_name("copy.veridact");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(&path).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    let store = ReviewStore::open_to_read(&copy).unwrap();
    assert_eq!(store.audit_head().seq, 1);
    store.check_audit().unwrap();
}

#[test]
fn a_review_lies_neither_in_input_nor_in_output() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for name in ["in", "out", "in-too"] {
        fs::create_dir(at(name)).unwrap();
    }
    symlink(at("in"), at("link")).unwrap();
    symlink(at("nowhere"), at("broken")).unwrap();
    let check = |review: &str| placement_fault(&at(review), &at("in"), Some(&at("out")));
    assert_eq!(check("r.veridact"), None);
    assert_eq!(check("in-too/r.veridact"), None);
    assert_eq!(check("in/r.veridact"), Some(PlacementFault::InsideInput));
    assert_eq!(check("in/not/yet/there/r.veridact"), Some(PlacementFault::InsideInput));
    assert_eq!(check("in"), Some(PlacementFault::InsideInput));
    assert_eq!(check("link/r.veridact"), Some(PlacementFault::InsideInput));
    assert_eq!(check("out/../in/r.veridact"), Some(PlacementFault::InsideInput));
    assert_eq!(check("new/../in/r.veridact"), Some(PlacementFault::InsideInput));
    assert_eq!(check("out/r.veridact"), Some(PlacementFault::InsideOutput));
    assert_eq!(check("broken/r.veridact"), Some(PlacementFault::Unresolvable));
    let inside = at("r.veridact/out");
    let fault = placement_fault(&at("r.veridact"), &at("in"), Some(&inside));
    assert_eq!(fault, Some(PlacementFault::AroundOutput));
    assert_eq!(placement_fault(dir.path(), &at("in"), None), Some(PlacementFault::AroundInput));
}

#[test]
fn a_review_whose_making_was_killed_is_made_anew_and_a_broken_one_is_not() {
    let (_dir, path) = folder();
    assert!(!ReviewStore::is_at(&path));
    fs::create_dir(&path).unwrap();
    ReviewStore::open_or_create(&path).unwrap().close().unwrap();
    let key = fs::read(path.join("audit.key")).unwrap();
    for state in ["nothing", "database", "key"] {
        fs::remove_dir_all(&path).unwrap();
        fs::create_dir(&path).unwrap();
        if state != "nothing" {
            fs::write(path.join("review.db"), "").unwrap();
        }
        if state == "key" {
            fs::write(path.join("audit.partial"), &key[..7]).unwrap();
        }
        assert!(!ReviewStore::is_at(&path), "{state}");
        ReviewStore::open_or_create(&path).unwrap().close().unwrap();
        assert_eq!(fs::read(path.join("audit.key")).unwrap().len(), 64, "{state}");
    }
    // A review that lost a part is no new one.
    fs::remove_file(path.join("audit.key")).unwrap();
    assert!(matches!(ReviewStore::open_or_create(&path), Err(StoreError::NotAReview { .. })));
    fs::remove_file(path.join("review.db")).unwrap();
    fs::write(path.join("audit.key"), &key).unwrap();
    assert!(matches!(ReviewStore::open_or_create(&path), Err(StoreError::NotAReview { .. })));
    let file = path.with_extension("file");
    fs::write(&file, "x").unwrap();
    assert!(ReviewStore::open_or_create(&file).is_err());
}

#[test]
fn tables_give_back_what_they_got() {
    let (_dir, path) = folder();
    let mut store = ReviewStore::create(&path).unwrap();
    let record = |name: &str, size| InstanceRecord {
        path: Phi::new(PathBuf::from(name)),
        input: Digest256([1; 32]),
        size,
        instance: InstanceUid::new(name),
        series: SeriesUid::new("1.2"),
    };
    let (one, two) = (Path::new("/in/one"), Path::new("/in/two"));
    store.put_instances(one, &[record("b", 1), record("a", 2)]).unwrap();
    store.put_instances(two, &[record("b", 9)]).unwrap();
    store.put_instances(one, &[record("c", 4), record("b", 3)]).unwrap();
    assert_eq!(store.instances(one).unwrap(), [record("b", 3), record("c", 4)]);
    assert_eq!(store.instances(two).unwrap(), [record("b", 9)]);
    assert_eq!(store.inputs().unwrap(), [one, two].map(|path| Phi::new(path.to_owned())));

    let detection = Detection {
        instance: InstanceUid::new("a"),
        input: Digest256([1; 32]),
        detector: Digest256([2; 32]),
        frames: vec![
            FrameFindings { frame: 0, coverage: Coverage::NothingFound, findings: Vec::new() },
            FrameFindings {
                frame: 1,
                coverage: Coverage::NotLookedAt("timed out".to_owned()),
                findings: Vec::new(),
            },
            FrameFindings {
                frame: 2,
                coverage: Coverage::Found(1),
                findings: vec![Finding {
                    region: Region { x0: 1, y0: 2, x1: 3, y1: 4 },
                    text: Phi::new("DOE".to_owned()),
                    score: 90,
                    read_confidence: 80,
                    source: FindingSource::Tesseract,
                }],
            },
        ],
    };
    store.put_detection(&detection).unwrap();
    store.put_detection(&detection).unwrap();
    assert_eq!(store.detection(&InstanceUid::new("a")).unwrap(), Some(detection.clone()));
    assert_eq!(store.detections().unwrap(), [detection]);

    let outcome = |name: &str, outcome| OutcomeRecord {
        path: Phi::new(PathBuf::from(name)),
        instance: Some(InstanceUid::new(name)),
        outcome,
    };
    let reasons = vec![HoldReason {
        check: "identifier".to_owned(),
        place: "frame 3".to_owned(),
        what: "a name".to_owned(),
    }];
    let outcomes = [
        outcome("a", Outcome::Released),
        outcome("b", Outcome::Held { reasons }),
        outcome("c", Outcome::Rejected { reason: "no".to_owned() }),
        outcome("d", Outcome::Quarantined { cause: Cause::Truncated }),
        OutcomeRecord {
            path: Phi::new(PathBuf::from("e")),
            instance: None,
            outcome: Outcome::Problem { cause: Cause::NotDicom },
        },
    ];
    store.put_outcomes(&outcomes).unwrap();
    store.put_outcomes(&outcomes).unwrap();
    assert_eq!(store.outcomes().unwrap(), outcomes);
    store.put_outcomes(&outcomes[..1]).unwrap();
    assert_eq!(store.outcomes().unwrap(), outcomes[..1]);

    assert_eq!(store.settings().unwrap(), None);
    let mut settings = Settings {
        input: Phi::new(PathBuf::from("/in")),
        profile_name: "research".to_owned(),
        profile: Digest256([4; 32]),
        key: Some(Digest256([5; 32])),
        detector: None,
    };
    store.put_settings(&settings).unwrap();
    assert_eq!(store.settings().unwrap(), Some(settings.clone()));
    (settings.key, settings.detector) = (None, Some(Digest256([6; 32])));
    store.put_settings(&settings).unwrap();
    store.close().unwrap();
    assert_eq!(ReviewStore::open(&path).unwrap().settings().unwrap(), Some(settings));
}

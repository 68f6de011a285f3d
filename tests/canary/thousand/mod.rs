//! A thousand datasets of a thousand invented people, each with canaries in many carriers at once:
//! every VR, character set, depth, private and hidden place. Almost all must be released, and the
//! checker of the tests' own may find nothing in them.

mod carriers;
mod draft;
mod hidden;
mod people;
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use aho_corasick::AhoCorasick;
use veridact::demo::Rng;

use carriers::{Carrier, all, image};
use draft::{Draft, Plant, element};
use people::Person;
use script::SETS;

use crate::common::checker::{FileTruth, Leak, folded, leaks_in_file, terms};
use crate::common::r#gen::{Form, PLAIN};
use crate::common::run::{Deid, tree};
use crate::common::soak::scaled;

const SEED: u64 = 20_261_127;
/// Of a thousand datasets so many must be released.
const RELEASED: usize = 990;

/// The encodings, one after the other.
const FORMS: [Form; 5] = [
    PLAIN,
    Form { explicit: false, ..PLAIN },
    Form { big: true, ..PLAIN },
    Form { deflated: true, ..PLAIN },
    PLAIN,
];

/// A dataset on disk.
struct Written {
    file: String,
    own: Person,
    planted: Vec<Plant>,
    term: &'static str,
    form: Form,
}

/// An empty dataset with the header of its person.
fn begin<'a>(own: &'a Person, other: &'a Person, form: Form) -> Draft<'a> {
    let set = &SETS[own.number % SETS.len()];
    let mut draft = Draft {
        set,
        form,
        own,
        other,
        rng: Rng::lane(SEED, &own.number.to_string()),
        root: Vec::new(),
        preamble: Vec::new(),
        meta: Vec::new(),
        behind: Vec::new(),
        file: format!("i{:05}.dcm", own.number),
        planted: Vec::new(),
        carrier: "header".to_owned(),
    };
    let birth = own.birth_date();
    let study = format!("{}{:02}{:02}", 2015 + own.number % 9, 1 + own.number % 12, 9);
    let name = set.encode(&own.name());
    let texts: [((u16, u16), &'static str, &[u8]); 19] = [
        ((0x0008, 0x0005), "CS", set.term.as_bytes()),
        ((0x0008, 0x0016), "UI", b"1.2.840.10008.5.1.4.1.1.7"),
        ((0x0008, 0x0018), "UI", own.uids[0].as_bytes()),
        ((0x0008, 0x0020), "DA", study.as_bytes()),
        ((0x0008, 0x0050), "SH", own.accession.as_bytes()),
        ((0x0008, 0x0060), "CS", b"OT"),
        ((0x0008, 0x0064), "CS", b"WSD"),
        ((0x0008, 0x0080), "LO", own.institution.as_bytes()),
        ((0x0008, 0x0090), "PN", &set.encode(&format!("{}^{}", own.physician.0, own.physician.1))),
        ((0x0010, 0x0010), "PN", &name),
        ((0x0010, 0x0020), "LO", own.id.as_bytes()),
        ((0x0010, 0x0030), "DA", birth.as_bytes()),
        ((0x0010, 0x0040), "CS", b"O"),
        ((0x0010, 0x1000), "LO", own.figures.as_bytes()),
        ((0x0010, 0x1040), "LO", own.street.as_bytes()),
        ((0x0010, 0x2154), "SH", own.phone.as_bytes()),
        ((0x0020, 0x000D), "UI", own.uids[2].as_bytes()),
        ((0x0020, 0x000E), "UI", own.uids[3].as_bytes()),
        ((0x0020, 0x0013), "IS", b"1"),
    ];
    for (tag, vr, bytes) in texts {
        if tag != (0x0008, 0x0005) || !bytes.is_empty() {
            draft.root.push(element(tag, vr, bytes));
        }
    }
    draft.root.push(element((0x0010, 0x2155), "LT", own.email.as_bytes()));
    draft.root.push(element((0x0008, 0x1155), "UI", own.uid.as_bytes()));
    draft.note("(0010,0010)", vec![own.latin()]);
    if !own.native_family.is_empty() {
        draft.note("(0010,0010)", vec![own.native()]);
    }
    draft.root.extend(image(&(0..=255).collect::<Vec<u8>>(), false));
    draft
}

impl Draft<'_> {
    fn bytes(&mut self) -> Vec<u8> {
        self.root.sort_by_key(|element| element.tag);
        let mut bytes = self.form.file(&self.root);
        bytes[..128].fill(0);
        bytes[..self.preamble.len()].copy_from_slice(&self.preamble);
        self.meta.sort_by_key(|element| element.tag);
        let more = PLAIN.elements(&self.meta);
        let length = u32::from_le_bytes(bytes[140..144].try_into().unwrap());
        let end = 144 + length as usize;
        bytes[140..144].copy_from_slice(&(length + more.len() as u32).to_le_bytes());
        bytes.splice(end..end, more);
        bytes.extend(&self.behind);
        bytes
    }
}

/// Writes a dataset of this person with these carriers.
fn write(folder: &Path, (own, other): (&Person, &Person), carriers: &[&Carrier]) -> Written {
    let is_jpeg = carriers.iter().any(|carrier| carrier.name.ends_with("JPEG"));
    // Character sets and encodings go through all pairs.
    let turn = own.number % SETS.len() + own.number / SETS.len();
    let mut draft = begin(own, other, if is_jpeg { PLAIN } else { FORMS[turn % FORMS.len()] });
    for carrier in carriers {
        draft.carrier.clone_from(&carrier.name);
        (carrier.plant)(&mut draft);
    }
    let bytes = draft.bytes();
    let path = folder.join(&draft.file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
    let Draft { file, planted, set, form, .. } = draft;
    Written { file, planted, term: set.term, form, own: own.clone() }
}

/// Two people of each set, again and again: at least so many.
fn people(count: usize) -> Vec<Person> {
    let count = count.next_multiple_of(2 * SETS.len());
    (0..count).map(|number| Person::new(number, &SETS[number % SETS.len()])).collect()
}

/// The other one of the two.
fn other(people: &[Person], number: usize) -> &Person {
    match number / SETS.len() % 2 {
        0 => &people[number + SETS.len()],
        _ => &people[number - SETS.len()],
    }
}

/// Writes datasets with many carriers each; every carrier in turn, and others by chance.
fn write_many(folder: &Path, count: usize) -> Vec<Written> {
    let carriers: Vec<Carrier> = all().into_iter().filter(|carrier| carrier.goes).collect();
    let people = people(count);
    let mut rng = Rng::lane(SEED, "carriers");
    let one = |number: usize| {
        let mut picks = BTreeSet::from([number % carriers.len()]);
        let wanted = 8 + (rng.bits() >> 30) as usize % 16;
        while picks.len() < wanted {
            picks.insert((rng.bits() >> 20) as usize % carriers.len());
        }
        let picked: Vec<&Carrier> = picks.iter().map(|at| &carriers[*at]).collect();
        write(folder, (&people[number], other(&people, number)), &picked)
    };
    (0..count).map(one).collect()
}

/// What may not be in the file.
fn truth(written: &Written) -> FileTruth {
    let mut phi = written.own.all();
    phi.push(written.own.day("(0010,0030)"));
    phi.extend(written.planted.iter().map(|plant| plant.what.clone()));
    FileTruth { phi, ..FileTruth::default() }
}

/// Searches a file for all that identifies.
fn search(written: &Written, name: &str, bytes: &[u8]) -> BTreeSet<Leak> {
    leaks_in_file(name, bytes, &truth(written))
}

/// The plants that the checker does not find where they are: it would be blind there.
fn unseen(input: &Path, all: &[Written]) -> Vec<String> {
    let mut unseen = Vec::new();
    for written in all.iter().filter(|one| one.planted.iter().all(|plant| plant.path != "BEHIND")) {
        let bytes = fs::read(input.join(&written.file)).unwrap();
        let found = search(written, &written.file, &bytes);
        for plant in &written.planted {
            let terms = terms(&plant.what);
            let place = match plant.path.as_str() {
                "its name" => format!("{} (its name)", written.file),
                path => format!("{} {path}", written.file),
            };
            let is_there = |leak: &Leak| leak.place == place && terms.contains(&leak.term);
            if !found.iter().any(is_there) {
                unseen.push(format!(
                    "{} at {place}, {:?}, {:?}: {:?}",
                    plant.carrier, written.term, written.form, plant.what
                ));
            }
        }
    }
    unseen
}

/// Names of all people in whatever is no DICOM file, and in the names of all files.
fn beside(output: &Path, all: &[Written]) -> Vec<String> {
    let strings: BTreeSet<String> = all
        .iter()
        .flat_map(|written| written.own.all())
        .flat_map(|phi| phi.words.into_iter().chain([phi.text]))
        .flat_map(|text| [folded(&text), text])
        .filter(|text| text.len() >= 6)
        .collect();
    let strings: Vec<String> = strings.into_iter().collect();
    let search = AhoCorasick::builder().ascii_case_insensitive(true).build(&strings).unwrap();
    let mut found = Vec::new();
    for (path, bytes) in tree(output) {
        let name = path.to_string_lossy().into_owned();
        let is_dicom = bytes.get(128..132) == Some(b"DICM");
        let content = if is_dicom { &[][..] } else { &bytes[..] };
        for text in [name.as_bytes(), content] {
            let hits = search.find_iter(text);
            found.extend(hits.map(|hit| format!("{name}: {}", strings[hit.pattern()])));
        }
    }
    found
}

/// How a run ended.
struct Ended {
    released: usize,
    /// Files that were not released, with what was in them, and why.
    others: Vec<(usize, String)>,
    leaks: Vec<String>,
}

fn run(place: &Path, input: &Path, all: &[Written], profile: &str) -> Ended {
    let deid = Deid::new(input, &place.join(profile)).with(&[
        "--no-detect",
        "--profile",
        profile,
        "-j",
        "2",
    ]);
    let ran = deid.run();
    assert!(matches!(ran.code, Some(0 | 1)), "{profile}: {}", ran.err);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len(), all.len(), "{profile}: each file has one outcome");
    let mut ended = Ended { released: 0, others: Vec::new(), leaks: beside(&deid.output, all) };
    let mut published = 0;
    for (at, written) in all.iter().enumerate() {
        let one = &outcomes[&written.file];
        let Some(output) = &one.output else {
            assert!(!one.why.is_empty(), "{}: no cause", written.file);
            ended.others.push((at, format!("{} {:?}", one.outcome, one.why)));
            continue;
        };
        assert_eq!(one.outcome, "released");
        ended.released += 1;
        let bytes = fs::read(deid.output.join(output)).unwrap();
        for leak in search(written, output, &bytes) {
            let sources = written.planted.iter().filter(|plant| leak.place.ends_with(&plant.path));
            let sources: Vec<&str> = sources.map(|plant| plant.carrier.as_str()).collect();
            ended.leaks.push(format!("{} {leak:?} {:?} {sources:?}", written.file, written.term));
        }
    }
    for (path, _) in tree(&deid.output) {
        published += usize::from(path.extension().is_some_and(|end| end == "dcm"));
    }
    assert_eq!(published, ended.released, "{profile}: what is there was released");
    println!(
        "{profile}: {} of {} datasets released, {} leaks, {:?}, {} KiB",
        ended.released,
        all.len(),
        ended.leaks.len(),
        ran.wall,
        ran.peak_kib
    );
    ended
}

#[test]
fn a_thousand_datasets_leak_nothing() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let count = scaled(240, 1_008);
    let all = write_many(&input, count);
    let planted: usize = all.iter().map(|written| written.planted.len()).sum();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for plant in all.iter().flat_map(|written| &written.planted) {
        *kinds.entry(&plant.carrier).or_default() += 1;
    }
    println!("{count} datasets, {planted} canaries in {} kinds of carriers", kinds.len());
    let unseen = unseen(&input, &all);
    let pairs: BTreeSet<(&str, &str)> =
        all.iter().map(|one| (one.term, one.form.syntax(&[]))).collect();
    assert!(pairs.len() >= 23 * 4, "{}", pairs.len());

    let mut wrong = Vec::new();
    for (profile, share) in [("research", 1), ("basic", 8), ("safe-harbor", 8), ("tcia", 8)] {
        let part = &all[..(count / share).next_multiple_of(2 * SETS.len())];
        let folder = place.path().join(format!("in-{profile}"));
        for written in part {
            let to = folder.join(&written.file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(input.join(&written.file), to).unwrap();
        }
        let ended = run(place.path(), &folder, part, profile);
        for (at, why) in &ended.others {
            let carriers: BTreeSet<&str> =
                part[*at].planted.iter().map(|plant| plant.carrier.as_str()).collect();
            println!("not released: {} {why} {:?} {carriers:?}", part[*at].file, part[*at].term);
        }
        for leak in &ended.leaks {
            println!("leak: {leak}");
        }
        if !ended.leaks.is_empty() || ended.released * 1_000 < part.len() * RELEASED {
            wrong.push(profile);
        }
    }
    assert!(unseen.is_empty(), "the checker is blind: {} {unseen:#?}", unseen.len());
    assert!(wrong.is_empty(), "leaks, or fewer than 99 % released: {wrong:?}");
}

#[test]
fn each_carrier_alone_ends_as_it_must() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("in");
    let carriers = all();
    let people = people(carriers.len());
    let one = |(number, carrier): (usize, &Carrier)| {
        write(&input, (&people[number], other(&people, number)), &[carrier])
    };
    let mut all: Vec<Written> = carriers.iter().enumerate().map(one).collect();
    // Whoever is named is of the batch.
    for number in carriers.len()..people.len() {
        all.push(write(&input, (&people[number], other(&people, number)), &[]));
    }
    let unseen = unseen(&input, &all);
    let ended = run(place.path(), &input, &all, "research");
    let why = |at: usize| ended.others.iter().find(|(other, _)| *other == at).map(|(_, why)| why);
    // What stands behind a deflated stream is no part of it, and stays behind.
    let goes = |at: usize| {
        let behind = carriers[at].name == "bytes behind the dataset";
        carriers[at].goes || (behind && all[at].form.deflated)
    };
    let wrong: Vec<String> = (0..carriers.len())
        .filter(|at| why(*at).is_none() != goes(*at))
        .map(|at| format!("{} {:?}: {:?}", carriers[at].name, all[at].term, why(at)))
        .collect();
    assert!(unseen.is_empty(), "the checker is blind: {} {unseen:#?}", unseen.len());
    assert!(ended.leaks.is_empty(), "{} leaks: {:#?}", ended.leaks.len(), ended.leaks);
    assert!(wrong.is_empty(), "{} ended otherwise: {wrong:#?}", wrong.len());
}

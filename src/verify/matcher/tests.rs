use super::*;

fn subject() -> Subject {
    Subject {
        names: vec!["Wiśniewska^Łucja".to_owned().into(), "PARK^JO".to_owned().into()],
        people: vec!["Gray^Henry".to_owned().into()],
        ids: vec!["00481-516".to_owned().into(), "4711".to_owned().into()],
        phones: vec!["+1 (555) 010-9988".to_owned().into()],
        birth_dates: vec!["19671103".to_owned().into()],
        dates: vec!["2024-01-15".to_owned().into()],
        uids: vec!["1.2.826.0.1.3680043.9".to_owned().into()],
        institutions: vec!["St. Elsewhere Hospital".to_owned().into()],
        others: Vec::new(),
    }
}

fn other() -> Subject {
    Subject {
        names: vec!["Tanaka^Maria".to_owned().into()],
        ids: vec!["PX-20441".to_owned().into(), "x".to_owned().into()],
        ..Subject::default()
    }
}

fn find(text: &str, shape: Shape) -> Vec<(Kind, bool)> {
    let identifiers = Identifiers::new(&[subject(), other()]).unwrap();
    let none = BTreeSet::new();
    let reading =
        Reading { own: Some(0), floor: 3, shape, dates: DateCheck::All, uids: Some(&none) };
    identifiers.find(text, reading).into_iter().map(|hit| (hit.kind, hit.own)).collect()
}

#[test]
fn planted_strings_are_found() {
    for (text, kind) in [
        ("Pat. WISNIEWSKA, follow-up", Kind::Name),
        ("lucja.w@example.org", Kind::Name),
        ("LucjaWisniewska", Kind::Name),
        ("wisniewska2024", Kind::Name),
        ("Dr Gray", Kind::Person),
        ("ref by park jo", Kind::Name),
        ("MRN 481516", Kind::Id),
        ("no:00481516x", Kind::Id),
        ("481-516", Kind::Id),
        ("481 516", Kind::Id),
        ("ID 4711", Kind::Id),
        ("4711", Kind::Id),
        ("call 555 010 9988", Kind::Phone),
        ("15550109988", Kind::Phone),
        ("born 3 Nov 1967", Kind::BirthDate),
        ("seen 15.01.2024", Kind::Date),
        ("1.2.826.0.1.3680043.9", Kind::Uid),
        ("at ST ELSEWHERE HOSPITAL", Kind::Institution),
    ] {
        assert!(find(text, Shape::Text).contains(&(kind, true)), "{text}");
    }
}

#[test]
fn others_are_found_by_name_and_id_but_not_by_given_name() {
    assert_eq!(find("TANAKA", Shape::Text), [(Kind::Name, false)]);
    assert_eq!(find("PX20441", Shape::Text), [(Kind::Id, false)]);
    assert_eq!(find("Maria Hospital", Shape::Text), []);
}

#[test]
fn what_only_resembles_is_not_found() {
    for text in [
        "PARKINSON",
        "parks",
        "SPARK",
        "grayscale",
        "1481516",
        "4711 mAs",
        "2.25.481516123",
        "4 8 1 5 1 6",
        "48.1\\516",
        "2.25.19671103123",
        "2.25.20240115",
        "16.01.2024",
        "",
        "St Elsewhere",
        "JO",
    ] {
        assert_eq!(find(text, Shape::Text), [], "{text}");
    }
}

#[test]
fn numbers_and_uids_are_compared_whole() {
    assert_eq!(find("481516 ", Shape::Number), [(Kind::Id, true)]);
    assert_eq!(find("4711\\481.516", Shape::Number), []);
    assert_eq!(find("1.2.276.481516.1", Shape::Uid), [(Kind::Id, true)]);
    assert_eq!(find("1.2.276.481.516.1", Shape::Uid), []);
}

#[test]
fn what_is_left_out_is_counted() {
    let identifiers = Identifiers::new(&[subject(), other()]).unwrap();
    assert_eq!((identifiers.not_checked(0), identifiers.not_checked(1)), (0, 1));
}

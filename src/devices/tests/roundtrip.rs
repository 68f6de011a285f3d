use proptest::collection::vec;
use proptest::prelude::*;

use crate::devices::{
    Area, Ask, Attribute, Boxes, Compare, Condition, DeviceRule, DeviceRules, ImageSize, Pattern,
    Presence,
};
use crate::model::Region;

fn attribute() -> impl Strategy<Value = Attribute> {
    let named = prop::sample::select(vec![
        "Manufacturer",
        "(0008,0070)",
        "(6002,0022)",
        "(0019,1001)",
        "(0019,\"ACME, INC.\",0A)",
        "OverlayDescription",
    ]);
    named.prop_map(|text| Attribute::parse(text).unwrap())
}

/// A line of text with some letter in it.
fn words() -> impl Strategy<Value = String> {
    "[\\PC'\"\\\\#]{0,12}[a-zé][\\PC'\"\\\\]{0,3}"
}

fn ask() -> impl Strategy<Value = Ask> {
    let compare = prop::sample::select(vec![
        Compare::Equals,
        Compare::Contains,
        Compare::StartsWith,
        Compare::EndsWith,
    ]);
    let presence =
        prop::sample::select(vec![Presence::Missing, Presence::Empty, Presence::Present]);
    prop_oneof![
        (compare, vec(words(), 1..4)).prop_map(|(compare, words)| Ask::Text(compare, words)),
        words().prop_map(|text| Ask::Matches(Pattern::new(&regex::escape(&text)).unwrap())),
        (-1e300..1e300).prop_map(Ask::LessThan),
        any::<i32>().prop_map(|number| Ask::GreaterThan(number.into())),
        presence.prop_map(Ask::Is),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let test = (attribute(), ask()).prop_map(|(attribute, ask)| Condition::test(attribute, ask));
    test.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..3).prop_map(Condition::All),
            vec(inner.clone(), 1..3).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

fn area() -> impl Strategy<Value = Area> {
    let size = prop_oneof![
        Just(ImageSize::Any),
        (600_u32..900, 600_u32..900)
            .prop_map(|(rows, columns)| ImageSize::Exactly { rows, columns }),
    ];
    let region = ((0_u32..300, 0_u32..300), (300_u32..600, 300_u32..600))
        .prop_map(|(a, b)| Region::from_corners(a, b).unwrap());
    let boxes = (size, vec(region.clone(), 1..4), vec(region, 0..3), any::<bool>()).prop_map(
        |(size, masks, keeps, is_all)| {
            let masks = if is_all { vec![size.whole()] } else { masks };
            Area::Boxes(Boxes { size, masks, keeps })
        },
    );
    prop_oneof![3 => boxes, 1 => Just(Area::OutsideUltrasoundRegions)]
}

fn rule() -> impl Strategy<Value = DeviceRule> {
    (words(), words(), words(), vec(condition(), 1..4), area()).prop_map(
        |(name, author, reason, conditions, area)| DeviceRule {
            name,
            author,
            reason,
            conditions,
            area,
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(rules in vec(rule(), 0..4)) {
        let none = DeviceRules::default();
        let rules = rules.into_iter().map(|rule| DeviceRules::new(vec![rule]).unwrap());
        let rules = rules.fold(none, DeviceRules::and);
        let text = rules.to_toml();
        let again = DeviceRules::parse(&text).unwrap();
        prop_assert_eq!(&again, &rules, "{}", text);
        prop_assert_eq!(again.digest(), rules.digest());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(\\PC|\n){0,200}") {
        let _read = DeviceRules::parse(&format!("format = 1\n{text}")).is_ok();
    }
}

#[test]
fn the_digest_is_that_of_the_meaning() {
    let text = |author: &str, word: &str, boxes: &str| {
        let text = format!(
            "# a comment\nformat = 1\n[[rule]]\nname = 'n'\nauthor = '{author}'\nreason = 'r'\nmodality = '{word}'\nsize = 'any'\nmask = {boxes}\n"
        );
        DeviceRules::parse(&text).unwrap().digest()
    };
    let first = text("a", "US", "[[0, 0, 9, 9], [1, 2, 3, 4]]");
    assert_eq!(first, text("b", "us", "[[1, 2, 3, 4],\n [0, 0, 9, 9]]"));
    assert_ne!(first, text("a", "US", "[[0, 0, 9, 9]]"));
    assert_ne!(first, text("a", "CT", "[[0, 0, 9, 9], [1, 2, 3, 4]]"));
}

use crate::devices::{Area, DeviceRules, ImageSize};
use crate::model::Region;

const HEAD: &str = "format = 1\n\n[[rule]]\nname = \"n\"\nauthor = \"a\"\nreason = \"r\"\n";
const WHERE: &str = "size = { rows = 100, columns = 200 }\nmask = [[0, 0, 200, 20]]\n";

#[test]
fn a_rule_says_what_it_says() {
    let text = format!(
        "{HEAD}modality = [\"US\", \"CT\"]\nmanufacturer = {{ contains = \"acme\" }}\n{WHERE}keep = [[5, 5, 9, 9]]\n"
    );
    let rules = DeviceRules::parse(&text).unwrap();
    let rule = rules.rule("n").unwrap();
    assert_eq!((rule.author.as_str(), rule.reason.as_str()), ("a", "r"));
    assert_eq!(rule.conditions.len(), 2);
    let Area::Boxes(boxes) = &rule.area else { panic!("no boxes") };
    assert_eq!(boxes.size, ImageSize::Exactly { rows: 100, columns: 200 });
    assert_eq!(boxes.masks, [Region { x0: 0, y0: 0, x1: 200, y1: 20 }]);
    assert_eq!(boxes.keeps, [Region { x0: 5, y0: 5, x1: 9, y1: 9 }]);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let us = "modality = \"US\"\n";
    for (lines, said) in [
        (String::new(), "line 3: boxes need the image size"),
        (WHERE.to_owned(), "line 3: a rule needs a condition"),
        (format!("{us}mask = [[0, 0, 1, 1]]\n"), "line 3: boxes need the image size"),
        (format!("{us}size = {{ rows = 10, columns = 10 }}\n"), "line 3: a rule needs a box"),
        (format!("{us}size = \"some\"\n"), "line 8: a size is"),
        (format!("{us}size = {{ rows = 0, columns = 9 }}\nmask = \"all\"\n"), "at least one row"),
        (format!("{us}{WHERE}keep = [[0, 0, 1]]\n"), "line 10: box 1 of keep is not four numbers"),
        (format!("{us}{WHERE}keep = [[0, -1, 1, 1]]\n"), "line 10: box 1 of keep"),
        (format!("{us}{WHERE}keep = \"some\"\n"), "line 10: keep is a list of boxes"),
        (format!("{us}{WHERE}keep = [[0, 0, 201, 1]]\n"), "leaves the picture of 100 rows"),
        (format!("{us}{WHERE}keep = [[4, 4, 4, 9]]\n"), "covers no pixel"),
        (format!("{us}{WHERE}ultrasound-regions = \"mask-outside\"\n"), "line 10: a rule on ultra"),
        (
            format!("{us}ultrasound-regions = \"mask-inside\"\n"),
            "line 8: ultrasound-regions can be",
        ),
        (format!("{WHERE}manufacturer = \"acme\"\n"), "line 9: say how the name compares"),
        (format!("{WHERE}model = {{ contains = \"\" }}\n"), "line 9: an empty word"),
        (format!("{WHERE}model = {{ contains = [] }}\n"), "line 9: a list of words is empty"),
        (
            format!("{WHERE}model = {{ matches = \"(\" }}\n"),
            "line 9: this is no regular expression",
        ),
        (format!("{WHERE}model = {{ matches = \"[a-z]{{99999}}\" }}\n"), "exceeds size limit"),
        (format!("{WHERE}model = {{ matches = \"x*\" }}\n"), "line 9: the regular expression fits"),
        (
            format!("{WHERE}model = {{ attribute = \"Rows\", equals = \"1\" }}\n"),
            "line 9: this key",
        ),
        (
            format!(
                "{WHERE}when = [\n  {{ attribute = \"Modality\", equals = \"US\" }},\n  {{ attribute = \"Manfacturer\", equals = \"x\" }},\n]\n"
            ),
            "line 11: there is no attribute called Manfacturer",
        ),
        (
            format!("{WHERE}when = [{{ equals = \"US\" }}]\n"),
            "line 9: a condition needs its attribute",
        ),
        (format!("{WHERE}when = [{{ any = [] }}]\n"), "line 9: a list of conditions is empty"),
        (
            format!(
                "{WHERE}when = [{{ attribute = \"Modality\", equals = \"U\", contains = \"S\" }}]\n"
            ),
            "line 9: a condition has one of",
        ),
        (
            format!("{WHERE}when = [{{ attribute = \"Rows\", is = \"odd\" }}]\n"),
            "line 9: is can be",
        ),
        (
            format!("{WHERE}when = [{{ attribute = \"Rows\", less-than = nan }}]\n"),
            "line 9: this is no number",
        ),
        (format!("{us}{WHERE}colour = 1\n"), "line 10"),
        (format!("{WHERE}when = [{{ attribute = \"Rows\", like = \"odd\" }}]\n"), "line 9"),
        (
            format!("{us}{WHERE}{}{us}{WHERE}", HEAD[11..].replace("\"r\"", "\" \"")),
            "line 11: a rule needs its reason",
        ),
        (format!("{us}{WHERE}{}{us}{WHERE}", &HEAD[11..]), "line 11: there are two rules called n"),
    ] {
        let text = format!("{HEAD}{lines}");
        let error = DeviceRules::parse(&text).expect_err(&lines).to_string();
        assert!(error.contains(said), "{lines}\n{error}");
    }
    assert!(DeviceRules::parse("format = 2").unwrap_err().to_string().contains("format must be 1"));
    assert!(DeviceRules::parse("").is_err());
}

#[test]
fn conditions_that_nest_without_end_are_refused() {
    let (mut open, mut close) = (String::new(), String::new());
    for _ in 0..40 {
        open.push_str("{ not = ");
        close.push_str(" }");
    }
    let when = format!("when = [{open}{{ attribute = \"Rows\", is = \"present\" }}{close}]\n");
    assert!(DeviceRules::parse(&format!("{HEAD}{WHERE}{when}")).is_err());
}

#[test]
fn the_shipped_rules_can_be_read() {
    let shipped = DeviceRules::shipped();
    assert_eq!(shipped.rules().len(), 1);
    assert!(shipped.rule("ultrasound-regions").is_some());
}

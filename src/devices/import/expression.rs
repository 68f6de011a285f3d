//! The conditions of CTP: terms between `*` (and), `+` (or), `!` (not) and parentheses.

use crate::devices::attribute::hex;
use crate::devices::{Ask, Attribute, Compare, Condition, Pattern, Presence};
use crate::model::Tag;

/// How deep parentheses and negations may nest.
const MOST_NESTED: usize = 40;

/// Something that cannot be read, at a byte of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misread {
    pub at: usize,
    pub why: String,
}

/// Reads a whole expression.
pub(super) fn parse(text: &str) -> Result<Condition, Misread> {
    let mut reader = Reader { text, at: 0 };
    let condition = reader.any(0)?;
    reader.pass_blanks();
    match reader.peek() {
        None => Ok(condition),
        Some(_) => Err(reader.misread("an operator is missing: *, + or the end")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn misread(&self, why: impl Into<String>) -> Misread {
        Misread { at: self.at, why: why.into() }
    }

    fn pass_blanks(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            let rest = self.rest();
            let end = match rest {
                _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
                _ => return,
            };
            self.at += end;
        }
    }

    /// Passes a mark, if it is next.
    fn takes(&mut self, mark: char) -> bool {
        self.pass_blanks();
        let is_next = self.rest().starts_with(mark);
        self.at += if is_next { mark.len_utf8() } else { 0 };
        is_next
    }

    fn needs(&mut self, mark: char) -> Result<(), Misread> {
        match self.takes(mark) {
            true => Ok(()),
            false => Err(self.misread(format!("{mark} is missing"))),
        }
    }

    fn any(&mut self, depth: usize) -> Result<Condition, Misread> {
        let mut parts = vec![self.all(depth)?];
        while self.takes('+') {
            parts.push(self.all(depth)?);
        }
        Ok(joined(parts, Condition::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, Misread> {
        let mut parts = vec![self.single(depth)?];
        while self.takes('*') {
            parts.push(self.single(depth)?);
        }
        Ok(joined(parts, Condition::All))
    }

    fn single(&mut self, depth: usize) -> Result<Condition, Misread> {
        if depth > MOST_NESTED {
            return Err(self.misread("the conditions nest too deeply"));
        }
        if self.takes('!') {
            return Ok(Condition::Not(Box::new(self.single(depth + 1)?)));
        }
        if self.takes('(') {
            let inside = self.any(depth + 1)?;
            self.needs(')')?;
            return Ok(inside);
        }
        self.term()
    }

    /// `attribute.method("word")`
    fn term(&mut self) -> Result<Condition, Misread> {
        self.pass_blanks();
        let start = self.at;
        let attribute = match self.takes('[') {
            true => self.tag(),
            false => self.keyword(),
        };
        let attribute = attribute.map_err(|why| Misread { at: start, why })?;
        if self.rest().starts_with("::") {
            return Err(self.misread("attributes inside of sequences are not asked for"));
        }
        self.needs('.')?;
        let (at, method) = (self.at, self.word());
        self.needs('(')?;
        self.needs('"')?;
        let rest = self.rest();
        let end = rest.find('"').ok_or_else(|| self.misread("a quotation mark is missing"))?;
        let word = &rest[..end];
        self.at += end + 1;
        self.needs(')')?;
        condition(attribute, method, word).map_err(|why| Misread { at, why })
    }

    fn word(&mut self) -> &'a str {
        self.pass_blanks();
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn keyword(&mut self) -> Result<Attribute, String> {
        match self.word() {
            "" => Err("a condition is missing".into()),
            "true" | "false" if self.rest().starts_with('.') => {
                Err("true. and false. ask nothing of a file".into())
            }
            word => Attribute::parse(word),
        }
    }

    /// What stands behind `[`: `gggg,eeee]`, `ggggeeee]` or `gggg[CREATOR]ee]`.
    fn tag(&mut self) -> Result<Attribute, String> {
        let wrong = || "a tag is written [gggg,eeee]".to_owned();
        let rest = self.rest();
        let group = rest.get(..4).and_then(|group| hex(group, 4)).ok_or_else(wrong)?;
        let behind = rest.get(4..).unwrap_or_default();
        if let Some(named) = behind.strip_prefix('[') {
            let (creator, element) = named.split_once(']').ok_or_else(wrong)?;
            let (element, _) = element.split_once(']').ok_or_else(wrong)?;
            self.at += 4 + 1 + creator.len() + 1 + element.len() + 1;
            let element = hex(element, 2).ok_or_else(wrong)?;
            return Attribute::private(group, creator, element as u8);
        }
        let (element, _) = behind.split_once(']').ok_or_else(wrong)?;
        self.at += 4 + element.len() + 1;
        let element = hex(element.strip_prefix(',').unwrap_or(element), 4).ok_or_else(wrong)?;
        Attribute::of_tag(Tag(group, element))
    }
}

fn joined(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}

fn condition(attribute: Attribute, method: &str, word: &str) -> Result<Condition, String> {
    let base = method.strip_suffix("IgnoreCase").unwrap_or(method);
    let text = |compare| Ask::Text(compare, vec![word.to_owned()]);
    let number = || match word.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("{method} needs a number")),
    };
    let ask = match base {
        "equals" if word.is_empty() => {
            let is = |presence| Condition::test(attribute.clone(), Ask::Is(presence));
            return Ok(Condition::Any(vec![is(Presence::Missing), is(Presence::Empty)]));
        }
        "contains" | "startsWith" | "endsWith" if word.is_empty() => {
            return Err(format!("{method} of nothing fits every file"));
        }
        "equals" => text(Compare::Equals),
        "contains" => text(Compare::Contains),
        "startsWith" => text(Compare::StartsWith),
        "endsWith" => text(Compare::EndsWith),
        // The whole value has to fit, not a part of it.
        "matches" if method == base => Ask::Matches(Pattern::new(&format!("^(?:{word})$"))?),
        "isLessThan" if method == base => Ask::LessThan(number()?),
        "isGreaterThan" if method == base => Ask::GreaterThan(number()?),
        _ => return Err(format!("there is no method {method}")),
    };
    let condition = Condition::test(attribute, ask);
    condition.check().map(|()| condition)
}

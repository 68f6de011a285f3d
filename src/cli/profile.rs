//! `profile`: what profiles say, and why.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context;
use serde_json::{Value, json};

use crate::cli::RELEASED;
use crate::cli::arguments::{ExplainArguments, ProfileCommand};
use crate::cli::out::print;
use crate::dicom::dictionary;
use crate::engine::plan::careful;
use crate::model::{Action, ActionCode, AttributePath, Layer, VR};
use crate::profile::private::{self, Disposition, PrivateAttribute, ROOT};
use crate::profile::table::AttributeType;
use crate::profile::{
    AttributeQuery, ConfidentialityOption, Explanation, Place, Profile, Resolved, Rule,
    action_word, shipped,
};

/// Does one of the commands on profiles; the exit code.
pub(crate) fn run(command: ProfileCommand) -> anyhow::Result<u8> {
    match command {
        ProfileCommand::List => list(),
        ProfileCommand::Check { profile } => check(&profile),
        ProfileCommand::Show { profile, json } => show(&profile, json),
        ProfileCommand::Explain(arguments) => explain(&arguments),
    }
}

/// Lists the shipped profiles.
pub(crate) fn list() -> anyhow::Result<u8> {
    let profiles = shipped().map(Profile::load).collect::<Result<Vec<_>, _>>()?;
    print(|out| {
        for profile in &profiles {
            writeln!(out, "{:12} {}", profile.name(), profile.title())?;
            for line in profile.legal_basis_not_satisfied() {
                writeln!(out, "{:12}   not satisfied: {line}", "")?;
            }
        }
        Ok(())
    })?;
    Ok(RELEASED)
}

fn check(name: &str) -> anyhow::Result<u8> {
    let profile = Profile::load(name)?;
    print(|out| {
        summary(&profile, out)?;
        for (rule, later) in shadowed(&profile) {
            let (line, by) = (rule.line, later.line);
            writeln!(
                out,
                "note           the rule of line {line} never decides: that of line {by} is asked before it, and fits wherever it does"
            )?;
        }
        Ok(())
    })?;
    Ok(RELEASED)
}

/// The site's rules that a later one of the site leaves nothing to decide.
fn shadowed(profile: &Profile) -> Vec<(&Rule, &Rule)> {
    let rules: Vec<&Rule> = profile.rules().iter().filter(|r| r.layer == Layer::Site).collect();
    let later = |at: usize| rules[at + 1..].iter().find(|later| later.covers(rules[at]));
    (0..rules.len()).filter_map(|at| Some((rules[at], *later(at)?))).collect()
}

fn show(name: &str, as_json: bool) -> anyhow::Result<u8> {
    let profile = Profile::load(name)?;
    print(|out| {
        if as_json {
            writeln!(out, "{}", serde_json::to_string_pretty(&profile_json(&profile))?)?;
            return Ok(());
        }
        summary(&profile, out)?;
        writeln!(out, "rules, of which the last that fits decides:")?;
        for rule in profile.rules() {
            writeln!(out, "  {}", rule_line(rule))?;
        }
        Ok(())
    })?;
    Ok(RELEASED)
}

/// A profile without its rules, in a few lines.
fn summary(profile: &Profile, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "profile        {}: {}", profile.name(), profile.title())?;
    if let Some(base) = profile.base() {
        writeln!(out, "extends        {base}")?;
    }
    let options: Vec<_> = profile.options().iter().map(|option| option.name()).collect();
    writeln!(out, "options        {}", options.join(", "))?;
    let settings: Vec<_> = settings(profile)
        .into_iter()
        .map(|(key, value)| {
            format!("{key} {}", value.as_str().map_or(value.to_string(), str::to_owned))
        })
        .collect();
    writeln!(out, "settings       {}", settings.join(", "))?;
    let of = |layer| profile.rules().iter().filter(|rule| rule.layer == layer).count();
    let (shipped, own) = (of(Layer::Profile), of(Layer::Site));
    writeln!(out, "rules          {own} of the site, {shipped} of shipped profiles")?;
    for line in profile.legal_basis_not_satisfied() {
        writeln!(out, "not satisfied  {line}")?;
    }
    Ok(())
}

/// The settings of a profile, as profiles write them.
fn settings(profile: &Profile) -> Vec<(&'static str, Value)> {
    vec![
        ("ages", json!(profile.ages())),
        ("dates", json!(profile.dates())),
        ("date-offset", json!(profile.offset_of())),
        ("free-text", json!(profile.free_text())),
        ("names-in-clinical-phrases", json!(profile.phrases())),
        ("unknown-private", json!(profile.unknown_private())),
        ("keep-known-creators", json!(profile.keeps_known_creators())),
        ("complete-iod", json!(profile.completes_iod())),
        ("encapsulated-documents", json!(profile.documents())),
        ("burned-in-text", json!(profile.burned_in_text())),
        ("identity", json!(profile.identity())),
        ("gate", json!(profile.gate())),
        ("sample-size", json!(profile.sample_size())),
    ]
}

fn rule_line(rule: &Rule) -> String {
    let (layer, line, word) = (rule.layer.as_str(), rule.line, rule.action_word());
    format!("{layer:7} line {line:<4} {word:9} {}: {}", rule.describe(), rule.why)
}

fn profile_json(profile: &Profile) -> Value {
    json!({
        "name": profile.name(),
        "title": profile.title(),
        "extends": profile.base(),
        "options": profile.options().iter().map(|option| option.name()).collect::<Vec<_>>(),
        "settings": settings(profile).into_iter().collect::<BTreeMap<_, _>>(),
        "rules": profile.rules().iter().map(rule_json).collect::<Vec<_>>(),
        "legal_basis_not_satisfied": profile.legal_basis_not_satisfied(),
        "digest": profile.digest().to_hex(),
    })
}

fn rule_json(rule: &Rule) -> Value {
    json!({
        "layer": rule.layer.as_str(),
        "line": rule.line,
        "attribute": rule.place.as_ref().map(ToString::to_string),
        "vr": rule.vr.map(|vr| vr.to_string()),
        "sop_class": rule.sop_class,
        "modality": rule.modalities,
        "manufacturer": rule.manufacturer,
        "value": rule.value.as_ref().map(ToString::to_string),
        "action": rule.action_word(),
        "why": rule.why,
    })
}

/// The attribute that is asked about.
struct Subject {
    path: AttributePath,
    vr: VR,
    creator: String,
    /// The sequences around it, as the table of private attributes writes them.
    parents: String,
}

impl Subject {
    fn parse(text: &str, vr: Option<&str>) -> anyhow::Result<Self> {
        let place = Place::of_words(text).map_err(anyhow::Error::msg)?;
        let path = place.example().context("one attribute can be explained at a time")?;
        let creator = place.creator().unwrap_or_default().to_owned();
        let tag = path.tag();
        let vr = match vr {
            Some(vr) => vr.parse().map_err(|_unknown| anyhow::anyhow!("there is no VR {vr}"))?,
            None if tag.group() % 2 == 1 => private::vr_of(tag, &creator).unwrap_or(VR::UN),
            None => dictionary::vr(tag),
        };
        let around: Vec<String> = path
            .steps()
            .iter()
            .map(|step| format!("{:04x}{:04x}", step.sequence.group(), step.sequence.element()))
            .collect();
        let parents = if around.is_empty() { ROOT.to_owned() } else { around.join("/") };
        Ok(Self { path, vr, creator, parents })
    }

    /// In words, without the numbers of items.
    fn name(&self) -> String {
        let tag = self.path.tag();
        let own = match self.creator.as_str() {
            "" => AttributePath::root(tag).to_string(),
            by => format!("({:04X},\"{by}\",{:02X})", tag.group(), tag.element() & 0xFF),
        };
        let around = self.path.steps().iter().map(|step| AttributePath::root(step.sequence));
        around.map(|step| format!("{step}.")).collect::<String>() + &own
    }

    fn explain<'a>(&self, profile: &'a Profile, of: &ExplainArguments) -> Explanation<'a> {
        let tag = self.path.tag();
        let private = PrivateAttribute { creator: &self.creator, parents: &self.parents };
        let mut found = profile.explain(&AttributeQuery {
            path: &self.path,
            vr: self.vr,
            sop_class: &of.sop_class,
            modality: &of.modality,
            manufacturer: &of.manufacturer,
            known: dictionary::is_known(tag),
            present_nonempty: true,
            private: (tag.group() % 2 == 1).then_some(private),
            concept: None,
            value: &|| None,
        });
        // What the plan adds to the rules.
        if found.resolved.action == Action::Keep
            && found.resolved.layer == Layer::Standard
            && let Some((action, rule)) = careful(tag, (self.vr, self.vr), self.vr != VR::SQ)
        {
            let (code, layer) = (ActionCode::C, Layer::Standard);
            found.resolved = Resolved { code, action, rule: rule.into(), layer };
        }
        found
    }
}

fn explain(arguments: &ExplainArguments) -> anyhow::Result<u8> {
    let profile = Profile::load(&arguments.profile)?;
    let subject = Subject::parse(&arguments.attribute, arguments.vr.as_deref())?;
    let found = subject.explain(&profile, arguments);
    print(|out| match arguments.json {
        true => {
            let all = explanation_json(&profile, &subject, &found);
            Ok(writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?)
        }
        false => explanation_text(&profile, &subject, &found, arguments, out),
    })?;
    Ok(RELEASED)
}

/// The options that have a code for the attribute: the code, and whether the profile asks for it.
fn codes(
    found: &Explanation<'_>,
    profile: &Profile,
) -> Vec<(ConfidentialityOption, ActionCode, bool)> {
    let code = |option: ConfidentialityOption| found.row?.options[option.column()?];
    ConfidentialityOption::all()
        .filter_map(|option| Some((option, code(option)?, profile.has(option))))
        .collect()
}

fn explanation_text(
    profile: &Profile,
    subject: &Subject,
    found: &Explanation<'_>,
    arguments: &ExplainArguments,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let keyword = dictionary::keyword(subject.path.tag());
    writeln!(out, "{} {keyword} VR {}", subject.name(), subject.vr.to_string())?;
    let kind = match (found.kind, arguments.sop_class.as_str()) {
        (Some(kind), _) => type_word(kind),
        (None, "") => "not told: give --sop-class",
        (None, _) => "3, or none that the tables know",
    };
    writeln!(out, "type      {kind}")?;
    match found.row {
        Some(row) => {
            writeln!(out, "E.1-1     {:6} Basic Profile, {}", row.basic.as_str(), row.name)?
        }
        None => writeln!(out, "E.1-1     no row")?,
    }
    for (option, code, asked) in codes(found, profile) {
        let asked = if asked { "asked for" } else { "not asked for" };
        writeln!(out, "option    {:6} {}, {asked}", code.as_str(), option.name())?;
    }
    if subject.path.tag().group() % 2 == 1 {
        writeln!(out, "private   {}", found.private.map_or("on no list", disposition_word))?;
    }
    for (rule, standing) in &found.rules {
        writeln!(out, "rule      {} [{}]", rule_line(rule), standing.as_str())?;
    }
    let Resolved { code, action, rule, layer } = &found.resolved;
    let (code, word) = (code.as_str(), action_word(*action));
    writeln!(out, "done      {code} → {word} [{}: {rule}]", layer.as_str())?;
    writeln!(out, "why       {}", found.why())?;
    if *action == Action::Clean {
        let how = json!(profile.free_text());
        writeln!(out, "          text is cleaned as free-text = {how} says")?;
    }
    Ok(())
}

fn explanation_json(profile: &Profile, subject: &Subject, found: &Explanation<'_>) -> Value {
    let option = |(option, code, asked): (ConfidentialityOption, ActionCode, bool)| json!({ "name": option.name(), "code": code.as_str(), "asked": asked });
    let rule = |(rule, standing): &(&Rule, crate::profile::Standing)| {
        let mut told = rule_json(rule);
        told["standing"] = json!(standing.as_str());
        told
    };
    let resolved = &found.resolved;
    json!({
        "attribute": subject.name(),
        "keyword": dictionary::keyword(subject.path.tag()),
        "vr": subject.vr.to_string(),
        "type": found.kind.map(type_word),
        "basic": found.row.map(|row| row.basic.as_str()),
        "options": codes(found, profile).into_iter().map(option).collect::<Vec<_>>(),
        "private": found.private.map(disposition_word),
        "rules": found.rules.iter().map(rule).collect::<Vec<_>>(),
        "done": {
            "code": resolved.code.as_str(),
            "action": action_word(resolved.action),
            "layer": resolved.layer.as_str(),
            "rule": &*resolved.rule,
        },
        "why": found.why(),
    })
}

const fn type_word(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Type1 => "1",
        AttributeType::Type1C => "1C",
        AttributeType::Type2 => "2",
        AttributeType::Type2C => "2C",
        AttributeType::Type3 => "3",
    }
}

const fn disposition_word(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Keep => "kept",
        Disposition::ShiftDate => "a date, which moves",
        Disposition::ShiftNumber => "a date as a number, which moves",
        Disposition::ReplaceUid => "UIDs, which are replaced",
        Disposition::Remove => "removed",
    }
}

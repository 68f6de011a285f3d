//! `rules`: device rules are checked, taken over from others, and tried on a folder.

mod tried;

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use anyhow::Context;

use crate::cli::arguments::{
    FormatArgument, RulesCommand, RulesImportArguments, RulesTestArguments,
};
use crate::cli::bar::with_bar;
use crate::cli::commands::{default_threads, workers};
use crate::cli::out::{print, say};
use crate::cli::{NOT_ALL, RELEASED, World, interrupt};
use crate::devices::import::{Format, ImportOptions, Imported, NotUnderstood, import};
use crate::devices::{Area, DeviceRule, DeviceRules, ImageSize};
use crate::jobs::try_rules;
use crate::model::plain;
use crate::profile::BurnedInText;

/// Longest file of rules, in bytes; the longest known ones are a tenth of that.
const LONGEST: u64 = 4 << 20;
/// The name of the rules that come with the program.
const SHIPPED: &str = "shipped";

/// Does one of the commands on device rules; the exit code.
pub(crate) fn run(world: &World, command: &RulesCommand) -> anyhow::Result<u8> {
    match command {
        RulesCommand::Check { rules } => check(rules),
        RulesCommand::Import(arguments) => take_over(arguments),
        RulesCommand::Test(arguments) => test(world, arguments),
    }
}

/// The rules of all that is named, in their order.
pub(crate) fn device_rules(names: &[String]) -> anyhow::Result<DeviceRules> {
    let mut all = DeviceRules::default();
    for name in names {
        all = all.and(load(name)?);
    }
    Ok(all)
}

fn load(name: &str) -> anyhow::Result<DeviceRules> {
    if name == SHIPPED {
        return Ok(DeviceRules::shipped());
    }
    let path = Path::new(name);
    let text = read(path)?;
    DeviceRules::parse(&text).with_context(|| plain(path))
}

fn read(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let file = File::open(path).with_context(|| format!("cannot be read: {}", plain(path)))?;
    let length = file
        .take(LONGEST + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot be read as text: {}", plain(path)))?;
    anyhow::ensure!(length as u64 <= LONGEST, "too long for rules: {}", plain(path));
    Ok(text)
}

fn check(name: &str) -> anyhow::Result<u8> {
    let rules = load(name)?;
    print(|out| {
        writeln!(out, "{} rules, digest {}", rules.rules().len(), rules.digest())?;
        rules.rules().iter().try_for_each(|rule| describe(rule, out))
    })?;
    Ok(RELEASED)
}

fn describe(rule: &DeviceRule, out: &mut dyn Write) -> anyhow::Result<()> {
    let DeviceRule { name, author, reason, conditions, area } = rule;
    writeln!(out, "\n{name}\n  {reason} ({author})")?;
    conditions.iter().try_for_each(|condition| writeln!(out, "  where {condition}"))?;
    match area {
        Area::OutsideUltrasoundRegions => writeln!(out, "  masks all outside ultrasound regions")?,
        Area::Boxes(boxes) => {
            let size = match boxes.size {
                ImageSize::Exactly { rows, columns } => format!("{rows} rows, {columns} columns"),
                ImageSize::Any => "any size".to_owned(),
            };
            let (masks, keeps) = (boxes.masks.len(), boxes.keeps.len());
            writeln!(out, "  in pictures of {size}: masks {masks}, keeps {keeps}")?;
        }
    }
    Ok(())
}

/// Imports a script.
fn take_over(arguments: &RulesImportArguments) -> anyhow::Result<u8> {
    let text = read(&arguments.file)?;
    let format = match arguments.format {
        Some(FormatArgument::Ctp) => Format::Ctp,
        Some(FormatArgument::Deid) => Format::Deid,
        None => Format::guess(&text)
            .context("this looks neither like a CTP script nor like a deid recipe; say --format")?,
    };
    let (author, any_size) = (arguments.author.as_deref(), arguments.any_size);
    let mut imported = import(&text, format, ImportOptions { author, any_size });
    let rules =
        DeviceRules::new(std::mem::take(&mut imported.rules)).map_err(anyhow::Error::msg)?;
    let written = file_of(format, &rules, &imported);
    match &arguments.output {
        Some(path) => write_new(path, &written)?,
        None => print(|out| Ok(out.write_all(written.as_bytes())?))?,
    }
    let told = imported.not_understood.len();
    stretches(&imported.not_understood).iter().for_each(say);
    say(format_args!("{} rules; {told} lines of the {format} are in no rule", rules.rules().len()));
    Ok(if told == 0 { RELEASED } else { NOT_ALL })
}

/// The rules, and as comments in front of them what is in none.
fn file_of(format: Format, rules: &DeviceRules, imported: &Imported) -> String {
    let told = imported.not_understood.len();
    let mut text = format!("# Imported from a {format}; {told} of its lines are in no rule.\n");
    for stretch in stretches(&imported.not_understood) {
        let line: String = stretch.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.push_str(&format!("# {line}\n"));
    }
    text + &rules.to_toml()
}

/// Lines that follow each other for one reason, as one.
fn stretches(all: &[NotUnderstood]) -> Vec<String> {
    let parts = all.chunk_by(|a, b| a.why == b.why && a.line + 1 == b.line);
    let words = parts.filter_map(|part| match (part.first()?, part.last()?) {
        (first, last) if first.line == last.line => {
            Some(format!("line {}: {}", first.line, first.why))
        }
        (first, last) => Some(format!("lines {} to {}: {}", first.line, last.line, first.why)),
    });
    words.collect()
}

/// Writes a file that must not be there yet: it may hold somebody's own rules.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("cannot be written: {}", plain(path)))
}

fn test(world: &World, arguments: &RulesTestArguments) -> anyhow::Result<u8> {
    let rules = load(&arguments.rules)?;
    let threads = arguments.jobs.map_or_else(default_threads, usize::from);
    let cancel = interrupt::flag()?;
    let pool = workers(world, threads, BurnedInText::ByKind);
    let tried = with_bar(&cancel, |progress| {
        try_rules(&rules, &arguments.input, (&pool, threads), progress)
    })??;
    print(|out| match arguments.json {
        true => tried::json(&rules, &tried, out),
        false => tried::text(&rules, &tried, out),
    })?;
    Ok(if tried.is_clean() { RELEASED } else { NOT_ALL })
}

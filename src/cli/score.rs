//! `veridact score`: two tables and a list.

use std::io::Write;

use serde_json::{Value, json};

use crate::cli::arguments::ScoreArguments;
use crate::cli::commands::{default_threads, workers};
use crate::cli::{NOT_ALL, RELEASED, World};
use crate::jobs::{NEVER, Progress, ScoreRequest, score};
use crate::profile::BurnedInText;
use crate::score::{CheckAction, Discrepancy, Grouping, Line, Scorecard};

/// Discrepancies and leaks that are printed without `--json`.
const SHOWN: usize = 40;
/// Longest value that is printed, in characters.
const LONGEST: usize = 60;

/// Scores and prints; 0 when every check passed and nothing leaked.
pub(crate) fn run(world: &World, arguments: &ScoreArguments) -> anyhow::Result<u8> {
    let threads = arguments.jobs.unwrap_or_else(default_threads).max(1);
    let request = ScoreRequest {
        answers: arguments.answers.clone(),
        output: arguments.output.clone(),
        uid_map: arguments.uid_map.clone(),
        patient_map: arguments.patid_map.clone(),
        grouping: if arguments.series { Grouping::Series } else { Grouping::Instances },
        threads,
    };
    let silent = |_, _, _| {};
    let pool = (!arguments.no_detect).then(|| workers(world, threads, BurnedInText::ByKind));
    let card = score(&request, pool.as_ref(), &Progress::new(&silent, &NEVER))?;
    let mut out = std::io::stdout().lock();
    match arguments.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&as_json(&card))?)?,
        false => tables(&mut out, &card, request.grouping)?,
    }
    let clean = card.total.fail + card.total.blank == 0 && card.unseen.leaks.is_empty();
    Ok(if clean { RELEASED } else { NOT_ALL })
}

fn tables(out: &mut impl Write, card: &Scorecard, grouping: Grouping) -> anyhow::Result<()> {
    let per = match grouping {
        Grouping::Instances => "instance",
        Grouping::Series => "series",
    };
    writeln!(out, "Checks per {per}             pass      fail     blank     score")?;
    for action in CheckAction::ALL {
        if let Some(line) = card.actions.get(&action) {
            row(out, action.as_str(), *line)?;
        }
    }
    row(out, "all", card.total)?;
    row(out, "all but pixels", card.without_pixels())?;
    writeln!(out)?;
    for ((class, rule), line) in &card.categories {
        row(out, &format!("{class} {rule}"), *line)?;
    }
    if card.not_made > 0 {
        writeln!(out, "{} checks of pixels could not be made and count nowhere", card.not_made)?;
    }
    unseen(out, card)?;
    discrepancies(out, card)
}

fn row(out: &mut impl Write, name: &str, line: Line) -> std::io::Result<()> {
    let percent = line.percent();
    writeln!(out, "{name:24} {:9} {:9} {:9} {percent:8.3} %", line.pass, line.fail, line.blank)
}

fn unseen(out: &mut impl Write, card: &Scorecard) -> anyhow::Result<()> {
    let unseen = &card.unseen;
    writeln!(out, "\nWhat the answers cannot see")?;
    writeln!(out, "{:6} of {} instances are not in the output", unseen.missing, unseen.instances)?;
    writeln!(out, "{:6} files are about no instance of the answers", unseen.unmatched.len())?;
    writeln!(out, "{:6} files cannot be read as DICOM", unseen.unreadable.len())?;
    let kept = Line { pass: unseen.words_kept, fail: unseen.words - unseen.words_kept, blank: 0 };
    writeln!(
        out,
        "{:6} of {} clinical words kept: {:.3} %",
        kept.pass,
        unseen.words,
        kept.percent()
    )?;
    writeln!(out, "{:6} identifying strings where no check looks", unseen.leaks.len())?;
    for (carrier, count) in unseen.by_carrier() {
        writeln!(out, "{count:12} in {carrier}")?;
    }
    for leak in unseen.leaks.iter().take(SHOWN) {
        let text = short(leak.text.expose());
        writeln!(out, "  {} {}: {text:?} in {}", leak.carrier, leak.place, leak.path.display())?;
    }
    Ok(())
}

fn discrepancies(out: &mut impl Write, card: &Scorecard) -> anyhow::Result<()> {
    if card.discrepancies.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{} checks did not pass", card.discrepancies.len())?;
    for it in card.discrepancies.iter().take(SHOWN) {
        let found = it.found.as_ref().map_or("nothing", |value| value.expose());
        writeln!(
            out,
            "  {} {} {} {}: wanted {:?}, found {:?}",
            it.mark.as_str(),
            it.action.as_str(),
            it.place,
            it.name,
            short(it.wanted.expose()),
            short(found),
        )?;
    }
    if card.discrepancies.len() > SHOWN {
        writeln!(out, "  and more: --json lists all")?;
    }
    Ok(())
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn as_json(card: &Scorecard) -> Value {
    let line = |line: &Line| json!({ "pass": line.pass, "fail": line.fail, "blank": line.blank, "percent": line.percent() });
    let actions: serde_json::Map<String, Value> =
        card.actions.iter().map(|(action, it)| (action.as_str().to_owned(), line(it))).collect();
    let categories: Vec<Value> = card
        .categories
        .iter()
        .map(|((class, rule), it)| json!({ "class": class, "rule": rule, "marks": line(it) }))
        .collect();
    let discrepancy = |it: &Discrepancy| {
        json!({
            "mark": it.mark.as_str(), "action": it.action.as_str(), "place": it.place, "name": it.name,
            "class": it.category.0, "rule": it.category.1, "modality": it.modality,
            "wanted": it.wanted.expose(), "found": it.found.as_ref().map(|value| value.expose()),
            "file": it.path.as_ref().map(|path| path.to_string_lossy()),
        })
    };
    let unseen = &card.unseen;
    let leaks: Vec<Value> = unseen
        .leaks
        .iter()
        .map(|leak| {
            json!({
                "carrier": leak.carrier, "place": leak.place, "text": leak.text.expose(),
                "file": leak.path.to_string_lossy(),
            })
        })
        .collect();
    json!({
        "total": line(&card.total), "without_pixels": line(&card.without_pixels()),
        "actions": actions, "categories": categories, "not_made": card.not_made,
        "discrepancies": card.discrepancies.iter().map(discrepancy).collect::<Vec<_>>(),
        "unseen": {
            "instances": unseen.instances, "missing": unseen.missing,
            "unmatched": unseen.unmatched, "unreadable": unseen.unreadable,
            "clinical_words": unseen.words, "clinical_words_kept": unseen.words_kept,
            "leaks_by_carrier": unseen.by_carrier(), "leaks": leaks,
        },
    })
}

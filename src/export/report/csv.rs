//! The counts of the report as a table.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::export::report::Report;

impl Report {
    /// The counts as a table: a row for each, named by its part. Each part sums up to what it counts:
    /// `outcome` to the files, `group` to the instances, `modality` to what was released.
    pub fn to_csv(&self) -> String {
        let mut table = Table("part,what,count\n".to_owned());
        for (name, count) in self.tally.named() {
            table.row("outcome", name, count as u64);
        }
        table.counts("cause", &self.causes);
        table.counts("modality", &self.modalities);
        for group in &self.groups {
            for (name, count) in group.tally.named().into_iter().filter(|(_, count)| *count > 0) {
                let what = format!("{}. {}: {name}", group.number, group.name);
                table.row("group", &what, count as u64);
            }
        }
        for rule in &self.rules {
            table.row("rule", &format!("{}: {}", rule.layer, rule.rule), rule.attributes);
        }
        for mask in &self.masks {
            table.row("masked instances of series", &mask.series, mask.instances as u64);
        }
        for found in &self.residuals {
            let what = format!("{} at {}: {}", found.check, found.place, found.what);
            table.row("accepted residual", &what, found.instances as u64);
        }
        for study in &self.studies {
            table.row("study", &study.study, study.instances as u64);
        }
        table.counts("hidden place", &self.hidden);
        table.counts("completed", &self.completed);
        table.row("frames", "searched", self.frames_looked_at);
        table.row("frames", "compared", self.frames_compared);
        table.row("frames", "not looked at", self.frames_not_looked_at);
        table.row("frames", "seen by a person", self.frames_seen);
        table.0
    }
}

struct Table(String);

impl Table {
    fn counts(&mut self, part: &str, rows: &BTreeMap<String, usize>) {
        rows.iter().for_each(|(what, count)| self.row(part, what, *count as u64));
    }

    fn row(&mut self, part: &str, what: &str, count: u64) {
        // Programs for tables run what begins like a formula.
        let sign = if what.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        let what = what.replace('"', "\"\"").replace(['\n', '\r'], " ");
        // Writing to a string cannot fail.
        writeln!(self.0, "{part},\"{sign}{what}\",{count}").unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_ends_its_row() {
        let mut table = Table(String::new());
        table.row("cause", "=HYPERLINK(\"x\")", 1);
        table.row("cause", "two\nlines", 2);
        assert_eq!(table.0, "cause,\"'=HYPERLINK(\"\"x\"\")\",1\ncause,\"two lines\",2\n");
    }
}

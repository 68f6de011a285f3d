//! All checks of one file, in order.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::dicom::{Limits, NodeId, Scan, Source, scan};
use crate::model::{AttributePath, Override};
use crate::profile::ConfidentialityOption;
use crate::verify::carriers::{Context, Kept, Search};
use crate::verify::demand::{Demand, names_class};
use crate::verify::matcher::DateCheck;
use crate::verify::pairs::{Pairs, same_bytes};
use crate::verify::policy::{PolicyCheck, input_uids};
use crate::verify::rules::Rules;
use crate::verify::verdict::Collected;
use crate::verify::{
    Expectation, Stated, Verdict, VerifyError, markers, pixels, sealed, structure,
};

/// Reads a staged file back and checks it against what it should be.
///
/// A file that does not parse gets a verdict, not an error.
///
/// # Errors
/// [`VerifyError::Read`] when bytes cannot be read; the file must then not be released.
pub fn verify_file(expectation: &Expectation<'_>, staged: &Path) -> Result<Verdict, VerifyError> {
    let source = Source::open(staged)?;
    match scan(source, &Limits::default()) {
        Ok(staged) => verify(expectation, &staged),
        Err(_) => {
            let mut found = Collected::default();
            found.broken("file", "it cannot be read as DICOM");
            Ok(found.verdict(expectation.accepted))
        }
    }
}

/// Checks a staged file, already scanned, against what it should be.
///
/// # Errors
/// [`VerifyError::Read`] when bytes cannot be read; the file must then not be released.
pub fn verify(expectation: &Expectation<'_>, staged: &Scan) -> Result<Verdict, VerifyError> {
    let mut found = Collected::default();
    let input = expectation.input;
    let pairs = Pairs::new(staged, Some(input));
    let uids = match expectation.policy.options.contains(&ConfidentialityOption::RetainUids) {
        true => BTreeSet::new(),
        false => input_uids(input)?,
    };
    let known = structure::Known {
        input: Some(input),
        pairs: &pairs,
        transfer_syntax: Some(expectation.transfer_syntax),
    };
    structure::check(staged, known, &mut found)?;
    let allowed = markers::Allowed {
        temporal: Some(expectation.policy.temporal),
        input: Some(input),
        pixels_decided: expectation.pixels_decided,
    };
    markers::check(staged, allowed, &mut found)?;
    found.states(Stated::read(staged)?);
    sealed::check(input, staged, &mut found)?;
    let proven = pixels::check(input, staged, expectation.pixels, &mut found)?;
    let rules = Rules::new(expectation.policy, (input, staged), &pairs)?;
    PolicyCheck {
        expectation,
        staged,
        pairs: &pairs,
        rules: &rules,
        uids: &uids,
        found: &mut found,
    }
    .run()?;
    let context = StagedContext {
        expectation,
        staged,
        pairs: &pairs,
        proven: proven.then(|| pixels::find(staged)).flatten(),
        rules: &rules,
    };
    let mut search = Search {
        identifiers: expectation.identifiers,
        own: Some(expectation.own),
        uids: &uids,
        keeps_phrases: expectation.policy.keeps_phrases,
        context: &context,
        found: &mut found,
        unpacked: 0,
    };
    search.name(expectation.name);
    search.file_meta(staged)?;
    search.dataset(staged)?;
    left_out(expectation, &mut found);
    Ok(found.verdict(expectation.accepted))
}

fn left_out(expectation: &Expectation<'_>, found: &mut Collected) {
    let count = expectation.identifiers.not_checked(expectation.own);
    if count > 0 {
        found.not_checked(format!(
            "{count} strings of the subject that are dummies or shorter than three characters"
        ));
    }
}

struct StagedContext<'a> {
    expectation: &'a Expectation<'a>,
    staged: &'a Scan,
    pairs: &'a Pairs,
    /// The pixel data, where it is proven.
    proven: Option<NodeId>,
    rules: &'a Rules<'a>,
}

impl StagedContext<'_> {
    fn same(&self, id: NodeId) -> io::Result<bool> {
        let Some(pair) = self.pairs.of(id) else { return Ok(false) };
        let input = self.expectation.input;
        same_bytes(
            (&self.staged.source, self.staged.node(id).value.clone()),
            (&input.source, input.node(pair).value.clone()),
        )
    }

    fn is_kept_by_reviewer(&self, path: &AttributePath) -> bool {
        matches!(self.expectation.overrides.get(path), Some(Override::Keep))
    }
}

impl Context for StagedContext<'_> {
    fn dates(&self, path: &AttributePath) -> DateCheck {
        let full = ConfidentialityOption::RetainFullDates;
        if self.expectation.written.contains(path) || self.is_kept_by_reviewer(path) {
            DateCheck::Off
        } else if self.expectation.policy.options.contains(&full) {
            DateCheck::Births
        } else {
            DateCheck::All
        }
    }

    fn uids_count(&self, path: &AttributePath) -> bool {
        !self.expectation.policy.options.contains(&ConfidentialityOption::RetainUids)
            && !names_class(path.tag())
            && !self.is_kept_by_reviewer(path)
    }

    fn kept(&self, id: NodeId, path: &AttributePath) -> Kept {
        if !self.same(id).unwrap_or(false) {
            return Kept::No;
        }
        if self.expectation.kept.contains(path) || self.is_kept_by_reviewer(path) {
            return Kept::OnPurpose;
        }
        let Ok(demand) = self.rules.demand(id, path) else { return Kept::No };
        match demand {
            Demand::Kept { named: true } => Kept::OnPurpose,
            Demand::Kept { named: false } => Kept::Unnamed,
            // Text that was cleaned of nothing.
            Demand::Cleaned => Kept::Unnamed,
            _ => Kept::No,
        }
    }

    fn is_proven(&self, id: NodeId) -> bool {
        // Tables and overlays that equal the input's are not: a name in them is as old as the file.
        let node = self.staged.node(id);
        self.proven == Some(id)
            || (node.parent.is_some()
                && node.tag.group() == 0x7FE0
                && self.same(id).unwrap_or(false))
    }
}

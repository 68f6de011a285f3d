//! Arguments of `rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::arguments::threads;

const CHECK_HELP: &str = "\
Examples:
  veridact rules check devices.toml
  veridact rules check shipped

Exit codes: 0 they can be used; 2 they cannot, and the line is told.";

const IMPORT_HELP: &str = "\
The rules go to standard output, or to a new file; lines that are in no rule are listed on standard
error and in the file. Boxes need an image size: a rule that does not ask for Rows and Columns with
equals is taken only with --any-size.

Examples:
  veridact rules import DicomPixelAnonymizer.script --author 'J. Doe' -o devices.toml
  veridact rules import deid.dicom --any-size

Exit codes: 0 every line is in a rule or says nothing; 1 some line is in no rule; 2 the file cannot be
read, or the rules cannot be written.";

const TEST_HELP: &str = "\
Looks for text in the pictures of a folder as deid does, and holds it against the masks. No values of
files are printed.

Examples:
  veridact rules test devices.toml STUDIES/
  veridact rules test shipped STUDIES/ --json

Exit codes: 0 where a rule fits, all text is under a mask and every mask has text under it; 1 text is
left, a mask has none under it, a rule could not be applied, or a file could not be read or looked at;
2 the run itself failed.";

/// What to do with device rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Reads a file of rules, and says what they mean or what is wrong in which line.
    #[command(after_help = CHECK_HELP)]
    Check {
        /// A file of rules, or the word shipped.
        #[arg(value_name = "RULES")]
        rules: String,
    },
    /// Takes over what others wrote: scripts of CTP's DicomPixelAnonymizer, recipes of pydicom/deid.
    #[command(after_help = IMPORT_HELP)]
    Import(RulesImportArguments),
    /// Tries rules on a folder: which fit, what text they leave, which masks have none under them.
    #[command(after_help = TEST_HELP)]
    Test(RulesTestArguments),
}

/// Whose script it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArgument {
    /// A script of CTP's DicomPixelAnonymizer.
    Ctp,
    /// A recipe of pydicom/deid.
    Deid,
}

/// Arguments of `rules import`.
#[derive(Debug, Args)]
pub struct RulesImportArguments {
    /// The script.
    pub file: PathBuf,
    /// Whose script it is; by default it is told from the text.
    #[arg(long)]
    pub format: Option<FormatArgument>,
    /// Who answers for the rules; by default whom the script names.
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// Takes rules without an image size, too: their boxes are masked in pictures of any size.
    #[arg(long)]
    pub any_size: bool,
    /// A new file for the rules.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `rules test`.
#[derive(Debug, Args)]
pub struct RulesTestArguments {
    /// A file of rules, or the word shipped.
    #[arg(value_name = "RULES")]
    pub rules: String,
    /// A folder of DICOM files.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// Number of threads and workers; by default one a processor.
    #[arg(short = 'j', long, value_name = "N", value_parser = threads())]
    pub jobs: Option<u16>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

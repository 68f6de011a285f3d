//! The command line: one definition for parsing, help, completions and man page.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  veridact                                       open the window
  veridact open STUDIES/                         open it on a folder
  veridact deid STUDIES/ OUT/ --approve all      de-identify a folder on one's own word
  veridact deid STUDIES/ OUT/ --approve reviewed --review STUDIES.veridact
  veridact plan FILE.dcm                         what would happen to each attribute
  veridact key new project.key                   make a project key
  veridact demo DEMO/                            make a batch of invented people to try it on

Exit codes: 0 all files were released; 1 something was held, rejected, quarantined or could not be
read; 2 the run itself failed.";

/// Verify, correct and export the de-identification of DICOM studies.
#[derive(Debug, Parser)]
#[command(name = "veridact", version, about, after_help = EXAMPLES)]
pub struct Arguments {
    /// What to do; the window opens without it.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the window is opened on, and what it works with.
#[derive(Debug, Default, Args)]
pub struct OpenArguments {
    /// A folder of DICOM files.
    pub path: Option<PathBuf>,
    /// Where the review lies; beside the folder (FOLDER.veridact) if not given.
    #[arg(long, requires = "path")]
    pub review: Option<PathBuf>,
    /// A shipped profile, or a profile file; research if not given.
    #[arg(long)]
    pub profile: Option<String>,
    /// The project key; yours if not given.
    #[arg(long)]
    pub key_file: Option<PathBuf>,
    /// Does not look for text in pixels.
    #[arg(long)]
    pub no_detect: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Opens the window.
    Open(OpenArguments),
    /// De-identifies a folder.
    #[command(
        after_help = "Examples:\n  veridact deid IN OUT --approve all\n  veridact deid IN OUT --approve reviewed --review IN.veridact --maps ../maps\n  veridact deid IN OUT --approve all --profile safe-harbor --key-file project.key -j 8 --json"
    )]
    Deid(DeidArguments),
    /// Shows what would happen to each attribute of a file. It prints values: as sensitive as the file.
    #[command(after_help = "Example:\n  veridact plan IN/0001.dcm --profile basic")]
    Plan(PlanArguments),
    /// Lists what a folder holds: counts, and the files that cannot be read.
    Index {
        /// A folder of DICOM files.
        input: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Reads an export again and checks it against its manifest.
    Verify {
        /// The export.
        output: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists the profiles.
    Profiles,
    /// Project keys.
    Key {
        /// What to do.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Makes a batch of invented people, with names in headers, free text and pixels.
    Demo {
        /// A folder that is empty or not there.
        folder: PathBuf,
    },
    /// Finds burned-in text in DICOM files and PNG or JPEG pictures.
    #[command(after_help = "Example:\n  veridact detect IN/*.dcm --json found.json")]
    Detect {
        /// Files.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Writes boxes and texts to a file, owner-only.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Prints completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the man page.
    Man,
    /// Decodes and looks at pixels for another process.
    #[command(hide = true)]
    Worker {
        /// Passed on as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
}

/// What to do with project keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Makes a new key, readable by its owner only.
    New {
        /// Where; by default the user's configuration folder.
        path: Option<PathBuf>,
    },
}

/// Whose word releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ApproveArgument {
    /// One's own word for the whole batch.
    All,
    /// Only what was approved in the review.
    Reviewed,
}

/// What is done with suspected text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SuspectedArgument {
    /// It stays.
    Keep,
    /// It is masked.
    Mask,
}

/// Arguments of `deid`.
#[derive(Debug, Args)]
pub struct DeidArguments {
    /// The folder to de-identify.
    pub input: PathBuf,
    /// The folder to write to: empty, or an export of the same project key.
    pub output: PathBuf,
    /// Whose word releases.
    #[arg(long)]
    pub approve: ApproveArgument,
    /// A shipped profile, or a profile file.
    #[arg(long, default_value = "research", value_name = "NAME|FILE")]
    pub profile: String,
    /// The review; by default OUT.veridact beside the output.
    #[arg(long, value_name = "DIR")]
    pub review: Option<PathBuf>,
    /// The project key; by default that of the user's configuration folder.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Does not look for burned-in text: pixels stay as they are.
    #[arg(long)]
    pub no_detect: bool,
    /// What is done with text that is only suspected, under --approve all.
    #[arg(long, default_value = "keep")]
    pub suspected: SuspectedArgument,
    /// Writes uid_mapping.csv and patid_mapping.csv: who has them can link export and source.
    #[arg(long, value_name = "DIR")]
    pub maps: Option<PathBuf>,
    /// Number of threads and workers.
    #[arg(short = 'j', long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// A DICOM file.
    pub file: PathBuf,
    /// A shipped profile, or a profile file.
    #[arg(long, default_value = "research", value_name = "NAME|FILE")]
    pub profile: String,
    /// A review whose overrides count.
    #[arg(long, value_name = "DIR")]
    pub review: Option<PathBuf>,
    /// The project key; by default that of the user's configuration folder.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn the_definition_is_sound_and_approve_is_mandatory() {
        use clap::Parser;
        Arguments::command().debug_assert();
        assert!(Arguments::try_parse_from(["veridact", "deid", "a", "b"]).is_err());
        assert!(
            Arguments::try_parse_from(["veridact", "deid", "a", "b", "--approve", "all"]).is_ok()
        );
    }
}

//! The command line: one definition for parsing, help, completions and man page.

mod rules;

use std::path::PathBuf;

use clap::builder::RangedI64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::index::ConflictKind;
use crate::jobs::Shard;
use crate::profile::{BurnedInText, GateDemand};
use crate::store::AuditHead;

pub use rules::{FormatArgument, RulesCommand, RulesImportArguments, RulesTestArguments};

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

const DEID_HELP: &str = "\
Examples:
  veridact deid IN OUT --approve all
  veridact deid IN OUT --approve reviewed --review IN.veridact --maps ../maps
  veridact deid IN OUT --approve all --profile safe-harbor --key-file project.key -j 8 --json
  veridact deid IN OUT --approve all --identity answers.csv --crosswalk subjects.csv

Files of one patient ID that two people may share are held until --identity says whose they are.
A second run into the same folder takes away what it does not release any more; files of other
input folders stay. Ctrl+C ends a run cleanly; after a kill, run it again.

Exit codes: 0 all files were released; 1 something was held, rejected, quarantined or could not be
read; 2 the run itself failed or was stopped.";

const PLAN_HELP: &str = "\
Each line: attribute, keyword, VR, what is done, the action code of the profile, the new value, and
which rule of which layer decided. What is done: X removed, Z emptied, D or S set, U new UID, P
pseudonym, T date shifted or cut to its year, A age capped, C cleaned, K kept.

Examples:
  veridact plan IN/0001.dcm --profile basic
  veridact plan IN/0001.dcm --review IN.veridact";

const INDEX_HELP: &str = "\
A conflict holds the files of its patients in deid; a notice tells who may get two pseudonyms.

Examples:
  veridact index STUDIES/
  veridact index STUDIES/ --json

Exit codes: 0 all files can be read; 1 some cannot; 2 the folder cannot.";

const VERIFY_HELP: &str = "\
With a review, the input folders that it records are read again, and every name, ID and other
string of their subjects is looked for in every file. What was not checked is always listed.

Examples:
  veridact verify OUT/
  veridact verify OUT/ --review STUDIES.veridact --key-file project.key
  veridact verify OUT/ --identifiers names.csv
  veridact verify OUT/ --json

Exit codes: 0 nothing was found; 1 something is wrong with the export; 2 it could not be checked, or
not with the review that was asked for.";

const WITHDRAW_HELP: &str = "\
withdrawn.csv in the export lists what recipients must delete. A later export of the same batch holds
these files, unless it is told --republish.

Examples:
  veridact withdraw OUT/ --patient 4711 --reason consent-withdrawn
  veridact withdraw OUT/ --file OUT/VD-AAAA/2.25.1/2.25.2/2.25.3.dcm --reason identifies

Exit codes: 0 all that was named is withdrawn; 2 something named is not in the export, or the folder
cannot be changed.";

const AUDIT_HELP: &str = "\
The review is only read, also one that a newer Veridact wrote. Whether entries were cut from its end
shows only against a head that was given away: that of a report.

Examples:
  veridact audit check STUDIES.veridact --export OUT/
  veridact audit check STUDIES.veridact --head '42 5f0c…'

Exit codes: 0 the log is what was written; 1 it is not, or an export is not of this log; 2 it could
not be checked.";

const CHECK_HELP: &str = "\
Example:
  veridact profile check site.toml

Exit codes: 0 it can be used; 2 it cannot, and the line is told.";

const EXPLAIN_HELP: &str = "\
A rule that asks for a value is listed, and what is done is what happens where the value does not fit.

Examples:
  veridact profile explain StudyDescription
  veridact profile explain 0008,1030 --profile site.toml --modality CT
  veridact profile explain '(0040,0275).(0040,0007)' --sop-class 1.2.840.10008.5.1.4.1.1.2
  veridact profile explain '(0029,\"SIEMENS CSA HEADER\",10)' --vr OB --json";

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
    /// Rules for devices that burn text in, or the word shipped; may be given several times.
    #[arg(long, value_name = "FILE|shipped")]
    pub device_rules: Vec<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Opens the window.
    #[command(after_help = "Example:\n  veridact open STUDIES/")]
    Open(OpenArguments),
    /// De-identifies a folder.
    #[command(after_help = DEID_HELP)]
    Deid(DeidArguments),
    /// Shows what would happen to each attribute of a file. It prints values: as sensitive as the file.
    #[command(after_help = PLAN_HELP)]
    Plan(PlanArguments),
    /// Lists what a folder holds: counts, and the files that cannot be read.
    #[command(after_help = INDEX_HELP)]
    Index {
        /// A folder of DICOM files.
        input: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Reads an export again: manifest, form, markers, and with a review the names of its subjects.
    #[command(after_help = VERIFY_HELP)]
    Verify(VerifyArguments),
    /// Takes published files back: they go from the export, and do not come back by themselves.
    #[command(after_help = WITHDRAW_HELP)]
    Withdraw(WithdrawArguments),
    /// Scores an output against the answers of the MIDI-B challenge. It prints values: as sensitive as the answers.
    #[command(
        after_help = "Example:\n  veridact score --answers KEY.db --output OUT --uid-map MAPS/uid_mapping.csv --patid-map MAPS/patid_mapping.csv --series"
    )]
    Score(ScoreArguments),
    /// Profiles: the shipped ones, one's own, and why a rule decides.
    Profile {
        /// What to do.
        #[command(subcommand)]
        command: ProfileCommand,
    },
    /// Lists the profiles, and which legal basis each does not satisfy: the same as profile list.
    #[command(after_help = "Example:\n  veridact profiles")]
    Profiles,
    /// Device rules: where devices write text into pictures.
    Rules {
        /// What to do.
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// The log of a review: whether it is what was written, and what it says. It shows no values.
    Audit {
        /// What to do.
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Prints what somebody who helps needs to know: versions and abilities, and of a review counts by
    /// kind. No path, no value, no name.
    #[command(after_help = "Example:\n  veridact support STUDIES.veridact > support.json")]
    Support {
        /// A review.
        review: Option<PathBuf>,
    },
    /// Project keys.
    Key {
        /// What to do.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Makes a batch of invented people, with names in headers, free text and pixels.
    #[command(after_help = "Example:\n  veridact demo DEMO/")]
    Demo {
        /// A folder that is empty or not there.
        folder: PathBuf,
    },
    /// Finds burned-in text in DICOM files and PNG or JPEG pictures.
    #[command(
        after_help = "Examples:\n  veridact detect IN/0001.dcm screenshot.png\n  veridact detect IN/*.dcm --json found.json"
    )]
    Detect(DetectArguments),
    /// Prints completions for a shell.
    #[command(
        after_help = "Example:\n  veridact completions bash > ~/.local/share/bash-completion/completions/veridact"
    )]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the man page.
    #[command(after_help = "Example:\n  veridact man > ~/.local/share/man/man1/veridact.1")]
    Man,
    /// Decodes and looks at pixels for another process.
    #[command(hide = true)]
    Worker {
        /// Passed on as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
}

/// Arguments of `detect`.
#[derive(Debug, Args)]
pub struct DetectArguments {
    /// Files.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// What would become of it: by-kind, mask-all, paranoid, mask-unless-allowed or mask-matching.
    #[arg(long, value_name = "POLICY", default_value = "by-kind", value_parser = policy)]
    pub policy: BurnedInText,
    /// Writes boxes, texts and what becomes of them to a file, owner-only.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// A policy for text in pixels, as profiles write it.
fn policy(word: &str) -> Result<BurnedInText, String> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|_unknown| String::from("there is no such policy"))
}

/// Arguments of `score`.
#[derive(Debug, Args)]
pub struct ScoreArguments {
    /// The database of answers, with the table `answer_data`.
    #[arg(long, value_name = "KEY.db")]
    pub answers: PathBuf,
    /// The output of any tool.
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// Its crosswalk of all replaced UIDs: CSV with the header id_old,id_new.
    #[arg(long, value_name = "FILE")]
    pub uid_map: PathBuf,
    /// Its crosswalk of Patient IDs.
    #[arg(long, value_name = "FILE")]
    pub patid_map: PathBuf,
    /// Counts a check once for a series, with its worst mark, as the continuous benchmark does.
    #[arg(long)]
    pub series: bool,
    /// Does not look at pixels: the checks of what stands in them are not made.
    #[arg(long)]
    pub no_detect: bool,
    /// Number of threads and workers.
    #[arg(short = 'j', long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Lists the shipped profiles, and which legal basis each does not satisfy.
    #[command(after_help = "Example:\n  veridact profile list")]
    List,
    /// Reads a profile file, and says what it means or what is wrong in which line.
    #[command(after_help = CHECK_HELP)]
    Check {
        /// A profile file, or the name of a shipped one.
        #[arg(value_name = "FILE")]
        profile: String,
    },
    /// Shows all of a profile: options, settings, every rule with its layer, legal bases.
    #[command(
        after_help = "Examples:\n  veridact profile show tcia\n  veridact profile show site.toml --json"
    )]
    Show {
        /// A shipped profile, or a profile file.
        #[arg(value_name = "NAME|FILE")]
        profile: String,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows what every layer says of one attribute, what is done, and why.
    #[command(after_help = EXPLAIN_HELP)]
    Explain(ExplainArguments),
}

/// Arguments of `profile explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// The attribute: a tag, a keyword, or a path of them.
    #[arg(value_name = "TAG|KEYWORD|PATH")]
    pub attribute: String,
    /// A shipped profile, or a profile file.
    #[arg(long, default_value = "research", value_name = "NAME|FILE")]
    pub profile: String,
    /// The SOP Class of the instance, which tells the attribute's Type.
    #[arg(long, value_name = "UID", default_value = "")]
    pub sop_class: String,
    /// The modality of the instance.
    #[arg(long, value_name = "MODALITY", default_value = "")]
    pub modality: String,
    /// The manufacturer of the instance.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub manufacturer: String,
    /// Its VR; by default that of the dictionary, or of the table of private attributes.
    #[arg(long, value_name = "VR")]
    pub vr: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to do with the log of a review.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Checks that no entry was changed, dropped, added or moved.
    #[command(after_help = AUDIT_HELP)]
    Check {
        /// The review.
        review: PathBuf,
        /// A head that a report printed: its entry must be part of this log.
        #[arg(long, value_name = "NUMBER HMAC", value_parser = crate::cli::audit::parse_head)]
        head: Vec<AuditHead>,
        /// An export: the head in its report must be part of this log, and its manifest must be what
        /// an entry published.
        #[arg(long, value_name = "DIR")]
        export: Vec<PathBuf>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists the entries: number, time, reader as claimed, what was done.
    #[command(after_help = "Example:\n  veridact audit show STUDIES.veridact")]
    Show {
        /// The review.
        review: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What to do with project keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Makes a new key, readable by its owner only, and prints its fingerprint.
    #[command(
        after_help = "Examples:\n  veridact key new               in the user's configuration folder\n  veridact key new project.key   in a file that --key-file takes"
    )]
    New {
        /// Where; by default the user's configuration folder.
        path: Option<PathBuf>,
        /// Wraps it by a passphrase, which is asked for.
        #[arg(long)]
        passphrase: bool,
        /// Wraps it by the passphrase on the first line of a file that only its owner may read.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        /// Wraps it by a passphrase that nobody has to know: it stands in the system's keyring.
        #[arg(long, conflicts_with_all = ["passphrase", "passphrase_file"])]
        keyring: bool,
    },
    /// Wraps a key by another passphrase; the key stays the same.
    #[command(after_help = "Example:\n  veridact key wrap project.key")]
    Wrap {
        /// The key file.
        path: PathBuf,
        /// The new passphrase, on the first line of a file that only its owner may read.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Takes the passphrase from a key.
    #[command(after_help = "Example:\n  veridact key unwrap project.key")]
    Unwrap {
        /// The key file.
        path: PathBuf,
    },
    /// Has the system's keyring remember the passphrase of a key, so that nobody is asked for it.
    #[command(after_help = "Example:\n  veridact key remember project.key")]
    Remember {
        /// The key file; by default that of the user's configuration folder.
        path: Option<PathBuf>,
    },
    /// Has the system's keyring forget the passphrase of a key.
    #[command(after_help = "Example:\n  veridact key forget project.key")]
    Forget {
        /// The key file; by default that of the user's configuration folder.
        path: Option<PathBuf>,
    },
    /// Prints the fingerprint of a key.
    #[command(after_help = "Example:\n  veridact key show project.key")]
    Show {
        /// The key file; by default that of the user's configuration folder.
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

/// Identity conflicts that hold files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IdentityArgument {
    /// One patient ID with two names.
    TwoNames,
    /// One patient ID with two birth dates.
    TwoBirthDates,
    /// One patient ID with two sexes and differing names.
    TwoSexes,
    /// One patient ID at two institutions, without an issuer.
    TwoInstitutions,
    /// All of them.
    All,
}

impl IdentityArgument {
    /// The kinds that are meant.
    pub fn kinds(self) -> Vec<ConflictKind> {
        match self {
            Self::TwoNames => vec![ConflictKind::TwoNames],
            Self::TwoBirthDates => vec![ConflictKind::TwoBirthDates],
            Self::TwoSexes => vec![ConflictKind::TwoSexes],
            Self::TwoInstitutions => vec![ConflictKind::TwoInstitutions],
            Self::All => {
                let all = ConflictKind::ALL.into_iter().map(|(kind, ..)| kind);
                all.filter(|kind| kind.blocks()).collect()
            }
        }
    }
}

/// What a reader says at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AcknowledgeArgument {
    /// One saw which files cannot be read.
    Problems,
    /// Approved series that may show a face may go.
    Faces,
    /// The profile, which is for a benchmark only, is used for one: nothing of the output leaves the house.
    Benchmark,
}

/// A demand of the gate and why it may stay unmet.
fn override_of(text: &str) -> Result<(GateDemand, String), String> {
    let (name, reason) = text.split_once('=').ok_or("DEMAND=REASON is wanted")?;
    let demand = GateDemand::parse(name.trim()).ok_or_else(|| {
        let known = GateDemand::ALL.map(GateDemand::name).join(", ");
        format!("there is no such demand; there are {known}")
    })?;
    if !demand.can_be_overridden() {
        return Err(format!("no override takes the place of --acknowledge {}", demand.name()));
    }
    match reason.trim() {
        "" => Err("a reason is wanted behind the =".to_owned()),
        reason => Ok((demand, reason.to_owned())),
    }
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
    /// Rules for devices that burn text in, or the word shipped; may be given several times.
    #[arg(long, value_name = "FILE|shipped")]
    pub device_rules: Vec<String>,
    /// What is done with text that is only suspected, under --approve all.
    #[arg(long, default_value = "keep")]
    pub suspected: SuspectedArgument,
    /// Pseudonyms, day offsets and accession numbers from outside: CSV with the columns patient_id,
    /// issuer, pseudonym, day_offset, and in rows of their own accession, accession_pseudonym. `*`
    /// stands for all that no row names; its pseudonym is a form such as SITE-######.
    #[arg(long, value_name = "FILE")]
    pub crosswalk: Option<PathBuf>,
    /// Looks at and exports one part of the batch, for example 2/4; runs for the other parts, each with a
    /// review of its own, may go on at the same time and write into the same output.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Publishes again what was withdrawn from the output.
    #[arg(long)]
    pub republish: bool,
    /// Says at the gate, under --approve reviewed, that one saw which files cannot be read (problems), or
    /// that approved series which may show a face may go (faces); and always that a profile which is for a
    /// benchmark only is used for one (benchmark).
    #[arg(long, value_name = "WHAT")]
    pub acknowledge: Vec<AcknowledgeArgument>,
    /// Lets this export go though a demand of the profile's gate is not met; the reason stays in the
    /// review, the report names the demand.
    #[arg(long = "override", value_name = "DEMAND=REASON", value_parser = override_of)]
    pub overrides: Vec<(GateDemand, String)>,
    /// Answers on whose files these are, kept in the review: CSV with the columns patient_id, issuer,
    /// answer (merge, split or confirm) and group; rows of one group are merged into one subject.
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
    /// Releases files though two people may share one pseudonym; the report says so.
    #[arg(long, value_name = "KIND")]
    pub accept_identity: Vec<IdentityArgument>,
    /// Writes uid_mapping.csv and patid_mapping.csv: who has them can link export and source.
    #[arg(long, value_name = "DIR")]
    pub maps: Option<PathBuf>,
    /// Number of threads and workers; by default one a processor.
    #[arg(short = 'j', long, value_name = "N", value_parser = threads())]
    pub jobs: Option<u16>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// The export.
    pub output: PathBuf,
    /// The review of its batches; by default OUT.veridact beside the export, where there is one.
    #[arg(long, value_name = "DIR")]
    pub review: Option<PathBuf>,
    /// Strings to look for in the place of a review, or beside it: CSV with the columns kind (name,
    /// person, patient-id, id, contact, address, institution, date, uid) and value.
    #[arg(long, value_name = "FILE")]
    pub identifiers: Option<PathBuf>,
    /// The project key, which tells what a reviewer accepted; by default the user's, if it is the
    /// export's.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Number of threads that read the input; by default one a processor.
    #[arg(short = 'j', long, value_name = "N", value_parser = threads())]
    pub jobs: Option<u16>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

fn threads() -> RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=512)
}

/// Arguments of `withdraw`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").args(["patient", "study", "file"]).required(true).multiple(true))]
pub struct WithdrawArguments {
    /// The export.
    pub output: PathBuf,
    /// Whose files: a Patient ID of the source, or a pseudonym.
    #[arg(long, value_name = "ID")]
    pub patient: Vec<String>,
    /// Issuer of the Patient IDs, where the source names one.
    #[arg(long, value_name = "NAME", requires = "patient", default_value = "")]
    pub issuer: String,
    /// Studies: a Study Instance UID of the source, or of the export.
    #[arg(long, value_name = "UID")]
    pub study: Vec<String>,
    /// Files of the export.
    #[arg(long, value_name = "PATH")]
    pub file: Vec<PathBuf>,
    /// Why. A code (consent-withdrawn, identifies, wrong-patient, quality) stands in the manifest;
    /// other words are kept in the review's log alone.
    #[arg(long, value_name = "TEXT", default_value = "not-given")]
    pub reason: String,
    /// The crosswalk that the export was made with: its patients have its pseudonyms.
    #[arg(long, value_name = "FILE")]
    pub crosswalk: Option<PathBuf>,
    /// The review, for its log; by default OUT.veridact beside the export, where there is one.
    #[arg(long, value_name = "DIR")]
    pub review: Option<PathBuf>,
    /// The project key of the export; by default that of the user's configuration folder.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
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
    /// Pseudonyms, day offsets and accession numbers from outside.
    #[arg(long, value_name = "FILE")]
    pub crosswalk: Option<PathBuf>,
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

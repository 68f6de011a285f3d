//! One whole run of the program, watched.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use veridact::engine::key::ProjectKey;
use veridact::export::write_owner_only;

use crate::Asked;
use crate::batch::Batch;

#[path = "../../tests/common/process.rs"]
pub mod process;

use process::{cpu_times, family, resident};

/// How often the processes are looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// What a run took and gave.
pub struct Ran {
    /// From start to end.
    pub wall: Duration,
    /// Time of the processor, workers included.
    pub cpu: Duration,
    /// Highest resident size of the program itself, in KiB.
    pub parent: u64,
    /// Highest resident size of one worker, in KiB.
    pub worker: u64,
    /// How many files ended how.
    pub outcomes: BTreeMap<String, usize>,
}

/// Runs `deid` on a batch, into a new folder `place`.
pub fn deid(asked: &Asked, batch: &Batch, place: &Path, detect: bool) -> Result<Ran, String> {
    let words = |error: std::io::Error| error.to_string();
    fs::create_dir_all(place).map_err(words)?;
    let key = place.join("key");
    write_owner_only(&key, ProjectKey::from_bytes([1; 32]).to_text().as_bytes()).map_err(words)?;
    let told = place.join("told");
    let mut command = Command::new(&asked.program);
    command.arg("deid").arg(&batch.folder).arg(place.join("out"));
    command.args(["--approve", "all", "--json", "--key-file"]).arg(&key);
    if !detect {
        command.arg("--no-detect");
    }
    if let Some(threads) = asked.threads {
        command.args(["-j", &threads.to_string()]);
    }
    command.env("HOME", place).env_remove("XDG_CONFIG_HOME");
    command.stdin(Stdio::null()).stdout(File::create(&told).map_err(words)?).stderr(Stdio::null());
    let (begun, before) = (Instant::now(), cpu_times(std::process::id()).1);
    let mut child = command.spawn().map_err(words)?;
    let (mut parent, mut worker) = (0, 0);
    let code = loop {
        for process in family(child.id()) {
            let peak = if process == child.id() { &mut parent } else { &mut worker };
            *peak = resident(process).max(*peak);
        }
        if let Some(status) = child.try_wait().map_err(words)? {
            break status.code();
        }
        std::thread::sleep(GLANCE);
    };
    let (wall, cpu) = (begun.elapsed(), cpu_times(std::process::id()).1.saturating_sub(before));
    if !matches!(code, Some(0 | 1)) {
        return Err(format!("the run failed: {code:?}"));
    }
    Ok(Ran { wall, cpu, parent, worker, outcomes: outcomes(&told)? })
}

fn outcomes(told: &Path) -> Result<BTreeMap<String, usize>, String> {
    let text = fs::read_to_string(told).map_err(|error| error.to_string())?;
    let told: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let mut outcomes = BTreeMap::new();
    for file in told["files"].as_array().into_iter().flatten() {
        let outcome = file["outcome"].as_str().unwrap_or_default().to_owned();
        *outcomes.entry(outcome).or_default() += 1;
    }
    Ok(outcomes)
}

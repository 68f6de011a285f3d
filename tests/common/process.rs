//! What `/proc` tells of processes: memory and time. Zeros where it is not there.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

/// A process and its children.
pub fn family(process: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::from([process]);
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    for task in tasks {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        found.extend(children.split_whitespace().filter_map(|number| number.parse::<u32>().ok()));
    }
    found
}

/// Highest resident size of a process so far, in KiB.
pub fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// CPU time of a process, and that of the children it has waited for, theirs included.
pub fn cpu_times(process: u32) -> (Duration, Duration) {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name may hold anything; what follows it are numbers.
    let numbers: Vec<u64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .map(|number| number.parse().unwrap_or_default())
        .collect();
    // Fields 14 to 17 of proc(5), in hundredths of a second on every Linux.
    let sum = |at: usize| {
        let ticks: u64 = numbers.iter().skip(at).take(2).sum();
        Duration::from_millis(ticks * 10)
    };
    (sum(11), sum(13))
}

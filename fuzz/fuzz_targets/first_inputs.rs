//! Writes the inputs that a first run starts from into folders below `VERIDACT_FIRST_INPUTS`; run it
//! with `-runs=0`. It is a fuzzer since all that is built here needs its runtime.
#![no_main]

use std::fs;
use std::path::PathBuf;

use veridact_fuzz::targets::first::first_inputs;

fn write() {
    let root: PathBuf = std::env::var_os("VERIDACT_FIRST_INPUTS").expect("a folder").into();
    for (at, (target, bytes)) in first_inputs().iter().enumerate() {
        let folder = root.join(target);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(format!("first-{at:03}")), bytes).expect("a file");
    }
}

libfuzzer_sys::fuzz_target!(init: write(), |_data: &[u8]| {});

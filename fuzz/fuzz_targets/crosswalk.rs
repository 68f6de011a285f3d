#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| veridact_fuzz::targets::run("crosswalk", data));

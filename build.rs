//! Embeds the text detector's weights when they have been fetched (`make setup`) and their
//! SHA-256 is the one that stands here. Without them the crate builds, and says at run time that
//! every frame is still to be reviewed. Weights that are not the expected ones stop the build.

use std::fs;

use sha2::{Digest, Sha256};

const WEIGHTS: &str = "assets/models/ppocrv5_det.onnx";
const EXPECTED: &str = "62f0e79763dfd9bdadae166dd61078e703d9149df891e11a58c48d18595fad6f";

fn main() {
    println!("cargo::rustc-check-cfg=cfg(embedded_detector)");
    println!("cargo::rerun-if-changed={WEIGHTS}");
    println!("cargo::rerun-if-changed=build.rs");
    let Ok(bytes) = fs::read(WEIGHTS) else {
        return;
    };
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(found, EXPECTED, "{WEIGHTS} is not the file that was expected");
    println!("cargo::rustc-cfg=embedded_detector");
}

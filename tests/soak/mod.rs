//! Long tests: damage, death and quantity. Their quick versions run with the others.

#[cfg(target_os = "linux")]
mod chaos;
mod mutants;
mod scale;

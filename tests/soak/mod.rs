//! Long tests: damage, death and quantity. Their quick versions run with the others.

mod chaos;
mod mutants;
mod scale;

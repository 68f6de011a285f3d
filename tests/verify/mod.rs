//! Verify: each planted leak is found where it was planted, and clean files pass.

mod dropped;
mod fixture;
mod folder;
mod leaks;
mod mutants;
mod rules;
mod sabotage;
mod samples;

//! Frames decoded, shown and masked: fixtures made by code, and the shared corpus.

mod corpus;
mod encapsulated;
pub mod fixture;
mod native;
mod shape;

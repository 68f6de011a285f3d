//! Frames decoded, shown and masked: fixtures made by code, and the shared corpus.

mod corpus;
mod encapsulated;
mod fixture;
mod native;
mod shape;

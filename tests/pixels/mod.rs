//! Frames decoded, shown and masked: fixtures made by code, and the shared corpus.

mod corpus;

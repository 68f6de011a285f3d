//! Tests of the batch as a whole.

//! Recorded runs of Porter's runtime against ours: see `tests/runtime.rs`.

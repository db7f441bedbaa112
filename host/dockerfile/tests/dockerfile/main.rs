//! Dockerfile rendering: golden folders, refusals, and properties that hold for any text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod golden;
mod instructions;
mod mirrors;
mod parser;
mod property;
mod refusals;

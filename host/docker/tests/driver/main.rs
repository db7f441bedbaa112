//! The docker driver against a real engine. Without one these tests fail: `cargo xtask engine up`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod ending;
mod engine;
mod outputs;
mod proxy;
mod running;

//! The docker driver against a real engine. Without one these tests fail: `cargo xtask engine up`.

mod ending;
mod engine;
mod outputs;
mod running;

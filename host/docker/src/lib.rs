//! Dockerfile rendering, BuildKit builds and the docker driver.

pub mod connect;
pub mod driver;
mod error;
mod text;

pub use connect::DockerEngine;
pub use error::DockerError;

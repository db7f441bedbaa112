//! BuildKit builds and the docker driver.

mod archive;
pub mod build;
pub mod connect;
pub mod driver;
mod error;
mod export;
pub mod ignore;
mod session;
mod text;

pub use archive::ChunkReader;
pub use connect::DockerEngine;
pub use error::DockerError;
pub use export::ImageContent;

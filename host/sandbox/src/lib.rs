//! Evaluates mixin components under limits.
//!
//! A [`Mixin`] is a component that has been admitted, compiled and loaded. It implements
//! [`porter_mixin::Evaluate`]: each call runs in a store of its own, with bounded memory, time and
//! output, and whatever it returns has passed [`porter_mixin::check`].
//!
//! With the feature `compile` a [`Loader`] turns the bytes of a stranger's component into a
//! [`Mixin`]: [`Admission`] looks at them before anything is compiled, a [`Compiler`] compiles
//! them in a child process, a [`Cache`] keeps the machine code. Without it there is only
//! [`Mixin::from_trusted`], for the program inside the image. The feature `sealed` runs
//! components that import WASI, see [`Tier`].

#[cfg(feature = "compile")]
pub mod admission;
mod bindings;
#[cfg(feature = "compile")]
pub mod cache;
mod call;
#[cfg(feature = "compile")]
pub mod compiler;
mod component;
mod digest;
pub mod engine;
mod error;
#[cfg(feature = "sealed")]
pub mod files;
mod limits;
#[cfg(feature = "compile")]
mod loader;
mod mixin;
mod sandbox;
#[cfg(feature = "sealed")]
mod sealed;
mod tier;

#[cfg(feature = "compile")]
pub use admission::{Admission, AdmissionError, Admitted, Metadata};
#[cfg(feature = "compile")]
pub use cache::{Cache, CacheError};
pub use call::{Fault, LogLevel, LogLine, LogSink, Usage, UsageSink};
#[cfg(feature = "compile")]
pub use compiler::{CompileError, Compiler, child_main};
pub use digest::Digest;
pub use error::SandboxError;
#[cfg(feature = "sealed")]
pub use files::{BundlePath, Files, FilesError, PathProblem};
pub use limits::Limits;
#[cfg(feature = "compile")]
pub use loader::{Code, Loader};
pub use mixin::{Mixin, TrustedCode};
pub use porter_mixin::{escape, escape_lines};
pub use sandbox::Sandbox;
pub use tier::Tier;

/// The interface version that this build speaks, as in `porter:mixin@1.0.0`.
pub const INTERFACE_VERSION: &str = "1.0.0";

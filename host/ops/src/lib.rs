//! The operations of porter: the only place that composes.
//!
//! Knows no command line and no terminal: messages are `tracing` events, progress and container
//! output go through the ports of `porter-cnab`.

pub mod create;
pub mod digest;
pub mod directory;
pub mod lock;

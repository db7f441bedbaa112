//! Makes the component of a mixin out of what a compiler writes, and says in it what it is.
//!
//! The only user of wit-component. Works on files of the person who calls it: what strangers send
//! goes through the admission of the sandbox and never comes here.

mod about;
mod encode;
mod sections;

pub use about::About;
pub use encode::{PackError, pack};

/// The interface, newest version.
pub const WIT: &str = include_str!("../../../wit/v1.0.0/mixin.wit");

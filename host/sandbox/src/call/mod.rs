//! One call of a mixin: its store, its limits, and how it failed.

mod fault;
mod limiter;
mod log;
mod state;
mod ticker;
mod usage;

pub use fault::Fault;
pub use log::{LogLevel, LogLine, LogSink};
pub use usage::{Usage, UsageSink};

pub(crate) use fault::classify;
pub(crate) use limiter::Limiter;
pub(crate) use log::{Log, trace};
#[cfg(feature = "sealed")]
pub(crate) use state::restrict;
pub(crate) use state::{State, store};
pub(crate) use ticker::Ticker;

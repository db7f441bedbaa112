//! What one call used.

use std::sync::Arc;
use std::time::Duration;

/// What one call of a mixin used, whether it gave a result or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Wall-clock time, instantiation included.
    pub time: Duration,
    /// Instructions, roughly. The same on every machine.
    pub fuel: u64,
    /// Bytes of all linear memories at the end: they only grow.
    pub memory: usize,
}

/// Takes what each call used. Called at its end.
pub type UsageSink = Arc<dyn Fn(Usage) + Send + Sync>;

//! What one call of a mixin may use.

use std::time::Duration;

/// Bounds of one call. The default is what every host grants (`wit/`, section "Limits").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories together. Code `sandbox-memory`.
    pub memory: usize,
    /// Number of linear memories. Code `sandbox-memories`.
    pub memories: usize,
    /// Elements of all tables together. Code `sandbox-table`.
    pub table_elements: usize,
    /// Number of tables. Code `sandbox-tables`.
    pub tables: usize,
    /// Handles to resources, such as streams, which a pure mixin has none of. Code `sandbox-handles`.
    pub handles: usize,
    /// Number of core instances. Code `sandbox-instances`.
    pub instances: usize,
    /// Instructions, roughly. The same on every machine. Code `sandbox-fuel`.
    pub fuel: u64,
    /// Wall-clock time, instantiation included. Code `sandbox-deadline`.
    pub deadline: Duration,
    /// Bytes that cross from the mixin to the host in one direction of one call. Code
    /// `sandbox-transfer`.
    pub transfer: usize,
    /// Bytes of log messages, each counting 64 more than its length. Code `sandbox-log`.
    pub log: usize,
}

impl Limits {
    /// For a component that brings the runtime of its language along: an interpreter takes more of
    /// everything, and what it returns is no larger.
    #[cfg(feature = "sealed")]
    pub fn sealed() -> Self {
        Self {
            memory: 256 << 20,
            handles: 1024,
            fuel: 10_000_000_000,
            deadline: Duration::from_secs(60),
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            memories: 8,
            table_elements: 65_536,
            tables: 16,
            handles: 64,
            instances: 256,
            fuel: 1_000_000_000,
            deadline: Duration::from_secs(10),
            transfer: 4 << 20,
            log: 256 << 10,
        }
    }
}

//! What the host would spend on the instances of a component.

/// Bytes for a global.
const GLOBAL: u64 = 16;
/// Bytes for a function or an import.
const FUNCTION: u64 = 32;

/// What one instantiation takes. Sums saturate: repeated instantiation grows exponentially.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Bytes that no limiter sees.
    pub(super) bytes: u64,
    /// Instances, of components and of core modules.
    pub(super) instances: u64,
}

impl Cost {
    /// One instance that takes nothing.
    pub(super) const INSTANCE: Self = Self {
        bytes: 0,
        instances: 1,
    };

    pub(super) fn globals(&mut self, count: u32) {
        self.bytes = self
            .bytes
            .saturating_add(u64::from(count).saturating_mul(GLOBAL));
    }

    pub(super) fn functions(&mut self, count: u32) {
        self.bytes = self
            .bytes
            .saturating_add(u64::from(count).saturating_mul(FUNCTION));
    }

    pub(super) fn add(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.instances = self.instances.saturating_add(other.instances);
    }
}

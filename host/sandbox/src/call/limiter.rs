//! Sums what all instances of a call take.

use wasmtime::ResourceLimiter;

use super::Fault;
use crate::Limits;

/// Refuses memory and table growth beyond the sum. A refusal ends the call: a mixin that could go
/// on after one might answer differently on another machine.
pub(crate) struct Limiter {
    memory: usize,
    memory_limit: usize,
    memories: usize,
    table: usize,
    table_limit: usize,
    tables: usize,
    instances: usize,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory: 0,
            memory_limit: limits.memory,
            memories: limits.memories,
            table: 0,
            table_limit: limits.table_elements,
            tables: limits.tables,
            instances: limits.instances,
        }
    }

    /// Bytes of all linear memories.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }
}

/// Adds the growth to `sum` where it stays within `limit`.
fn grow(sum: &mut usize, limit: usize, current: usize, desired: usize) -> bool {
    match sum.checked_add(desired.saturating_sub(current)) {
        Some(total) if total <= limit => {
            *sum = total;
            true
        }
        _ => false,
    }
}

/// What a memory or a table says of itself is part of the program: the same everywhere.
fn beyond_own_maximum(desired: usize, maximum: Option<usize>) -> bool {
    maximum.is_some_and(|maximum| desired > maximum)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if beyond_own_maximum(desired, maximum) {
            return Ok(false);
        }
        if grow(&mut self.memory, self.memory_limit, current, desired) {
            return Ok(true);
        }
        Err(Fault::Memory {
            limit: self.memory_limit,
        }
        .into())
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Fault::Host {
            reason: format!("{error:#}"),
        }
        .into())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if beyond_own_maximum(desired, maximum) {
            return Ok(false);
        }
        if grow(&mut self.table, self.table_limit, current, desired) {
            return Ok(true);
        }
        Err(Fault::Table {
            limit: self.table_limit,
        }
        .into())
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(Fault::Host {
            reason: format!("{error:#}"),
        }
        .into())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

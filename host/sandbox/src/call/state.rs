//! The store of one call.

use std::time::Instant;

use wasmtime::{Engine, Store, UpdateDeadline};

use super::limiter::Limiter;
use super::{Fault, Log};
use crate::Limits;

/// What the host knows during a call.
pub(crate) struct State {
    pub(crate) limiter: Limiter,
    pub(crate) log: Log,
}

/// A store in which one call runs under `limits`, its time beginning now.
pub(crate) fn store(engine: &Engine, limits: &Limits, log: Log) -> wasmtime::Result<Store<State>> {
    let mut store = Store::new(
        engine,
        State {
            limiter: Limiter::new(limits),
            log,
        },
    );
    store.limiter(|state| &mut state.limiter);
    restrict(&mut store, limits)?;
    Ok(store)
}

/// Sets all limits but those of the store's own limiter, the time beginning now.
pub(crate) fn restrict<T>(store: &mut Store<T>, limits: &Limits) -> wasmtime::Result<()> {
    store.set_fuel(limits.fuel)?;
    store.set_hostcall_fuel(limits.transfer);
    store.set_max_component_handles(limits.handles);
    let limit = limits.deadline;
    let end = Instant::now() + limit;
    // Ticks may come late on a busy machine: the clock decides, the tick only asks it.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        if Instant::now() >= end {
            return Err(Fault::Deadline { limit }.into());
        }
        Ok(UpdateDeadline::Continue(1))
    });
    Ok(())
}

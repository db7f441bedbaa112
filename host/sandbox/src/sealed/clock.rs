//! Clocks that stand still, but for the guest's own sleeping.
//!
//! Sleeping takes no time: it moves the monotonic clock. So a guest cannot find out how fast it
//! runs, and cannot hold anybody up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::HostWallClock;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

/// What the wall clock shows: the beginning of 2020, later than any certificate or archive format
/// takes for its beginning.
const WALL: Duration = Duration::from_secs(1_577_836_800);

/// Shows [`WALL`] for ever.
pub(super) struct Wall;

impl HostWallClock for Wall {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        WALL
    }
}

/// Nanoseconds that the guest has slept.
#[derive(Clone, Default)]
pub(super) struct Slept(Arc<AtomicU64>);

/// Implements the monotonic clock.
pub(super) struct View<'a> {
    pub(super) slept: &'a Slept,
    pub(super) table: &'a mut ResourceTable,
}

/// Names [`View`] to a linker.
pub(super) struct Clock;

impl HasData for Clock {
    type Data<'a> = View<'a>;
}

/// Rings as soon as somebody waits for it, which moves the clock.
struct Alarm {
    slept: Slept,
    at: u64,
}

#[wasmtime_wasi::async_trait]
impl Pollable for Alarm {
    async fn ready(&mut self) {
        self.slept.0.fetch_max(self.at, Ordering::Relaxed);
    }
}

impl View<'_> {
    fn alarm(&mut self, at: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let slept = self.slept.clone();
        let alarm = self.table.push(Alarm { slept, at })?;
        subscribe(self.table, alarm)
    }
}

impl monotonic_clock::Host for View<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.slept.0.load(Ordering::Relaxed))
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.alarm(when)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let now = self.slept.0.load(Ordering::Relaxed);
        self.alarm(now.saturating_add(duration))
    }
}

//! Makes running mixins look at the clock.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wasmtime::Engine;

/// How often a running mixin looks at the clock.
const TICK: Duration = Duration::from_millis(10);

/// One thread per engine that counts its epoch up while calls run. It begins with the first call,
/// sleeps while there is none, and ends with the engine.
pub(crate) struct Ticker {
    engine: Engine,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    turn: Mutex<Turn>,
    changed: Condvar,
}

struct Turn {
    calls: usize,
    /// Whether the thread waits for a call, not for the next tick.
    asleep: bool,
    ended: bool,
}

impl Shared {
    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that runs; dropped when it ends.
pub(crate) struct Running<'a> {
    shared: &'a Shared,
}

impl Ticker {
    pub(crate) fn new(engine: Engine) -> Self {
        let turn = Mutex::new(Turn {
            calls: 0,
            asleep: false,
            ended: false,
        });
        let shared = Arc::new(Shared {
            turn,
            changed: Condvar::new(),
        });
        Self {
            engine,
            shared,
            thread: Mutex::new(None),
        }
    }

    /// Begins a call.
    pub(crate) fn begin(&self) -> std::io::Result<Running<'_>> {
        self.start()?;
        let mut turn = self.shared.turn();
        turn.calls += 1;
        // Waking a thread costs more than many a call: only where it sleeps.
        if turn.asleep {
            self.shared.changed.notify_one();
        }
        Ok(Running {
            shared: &self.shared,
        })
    }

    fn start(&self) -> std::io::Result<()> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            let engine = self.engine.clone();
            let shared = Arc::clone(&self.shared);
            let builder = thread::Builder::new().name("mixin-clock".to_owned());
            *thread = Some(
                builder
                    .stack_size(64 << 10)
                    .spawn(move || tick(&engine, &shared))?,
            );
        }
        Ok(())
    }
}

fn tick(engine: &Engine, shared: &Shared) {
    let mut turn = shared.turn();
    while !turn.ended {
        if turn.calls == 0 {
            turn.asleep = true;
            turn = shared
                .changed
                .wait(turn)
                .unwrap_or_else(PoisonError::into_inner);
            turn.asleep = false;
        } else {
            let waited = shared.changed.wait_timeout(turn, TICK);
            turn = waited.unwrap_or_else(PoisonError::into_inner).0;
            engine.increment_epoch();
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.shared.turn().calls -= 1;
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.turn().ended = true;
        self.shared.changed.notify_one();
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // It holds nothing that a panic could have broken.
            let _ = thread.join();
        }
    }
}

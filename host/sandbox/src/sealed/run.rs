//! Runs one sealed call to its end, or to its deadline.

use std::thread;

use tokio::runtime::Builder;
use wasmtime::Store;

use super::Sealed;
use crate::Limits;
use crate::call::{Fault, classify};

/// Runs `ask` in a store that `make` makes, and shows it to `end`.
///
/// The call gets a thread of its own: whoever asks may be inside an asynchronous runtime, where
/// another one cannot be started.
pub(crate) fn run<T: Send>(
    limits: &Limits,
    make: impl FnOnce() -> wasmtime::Result<Store<Sealed>> + Send,
    ask: impl AsyncFnOnce(&mut Store<Sealed>) -> wasmtime::Result<T> + Send,
    end: impl FnOnce(&Store<Sealed>) + Send,
) -> Result<T, Fault> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("mixin-sealed".to_owned());
        let thread = builder
            .spawn_scoped(scope, || call(limits, make, ask, end))
            .map_err(|error| host(&error))?;
        thread
            .join()
            .unwrap_or_else(|_| Err(host(&"the call panicked")))
    })
}

fn call<T>(
    limits: &Limits,
    make: impl FnOnce() -> wasmtime::Result<Store<Sealed>>,
    ask: impl AsyncFnOnce(&mut Store<Sealed>) -> wasmtime::Result<T>,
    end: impl FnOnce(&Store<Sealed>),
) -> Result<T, Fault> {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| host(&error))?;
    let mut store = make().map_err(|error| host(&format!("{error:#}")))?;
    // The epoch ends a guest that computes, this one that waits.
    let answer =
        runtime.block_on(async { tokio::time::timeout(limits.deadline, ask(&mut store)).await });
    end(&store);
    let printed = store.data().finish();
    match answer {
        Ok(Ok(answer)) => printed.map(|()| answer),
        Ok(Err(error)) => {
            let said = store.data().said();
            Err(classify(&error, limits, said))
        }
        Err(_) => Err(Fault::Deadline {
            limit: limits.deadline,
        }),
    }
}

fn host(reason: &impl std::fmt::Display) -> Fault {
    Fault::Host {
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::call::Log;
    use crate::engine::{self, Profile};
    use crate::sealed::{Seed, store};
    use crate::{Digest, Files};

    /// Epochs cannot interrupt what waits.
    #[test]
    fn what_waits_for_ever_ends_at_its_deadline() {
        let limits = Limits {
            deadline: Duration::from_millis(100),
            ..Limits::sealed()
        };
        let engine = engine::new(Profile::Run).unwrap();
        let log = Log::new(Arc::from("waits"), Arc::new(|_| {}), limits.log);
        let seed = Seed::new(Digest::of(b""), "plan");
        let make = || store(&engine, &limits, log, &seed, Arc::new(Files::default()));
        let started = Instant::now();
        let answer: Result<(), Fault> = run(
            &limits,
            make,
            async |_| std::future::pending().await,
            |_| {},
        );
        assert!(matches!(answer, Err(Fault::Deadline { .. })), "{answer:?}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

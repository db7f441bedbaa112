//! Broken files: every one is refused or behaves, none crashes or hangs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use porter_mixin::{Evaluate, EvaluateError};
use porter_sandbox::compiler::CompileLimits;
use porter_sandbox::{Admission, Compiler, Limits, Loader, Sandbox};
use porter_test_sandbox::{Guest, build_request, plan_request};

/// Mutations that are looked at. Those that admission lets through are compiled and run.
const MUTATIONS: usize = 10_000;

/// How many are made: `make soak` wants more.
fn count() -> usize {
    let wanted = std::env::var("PORTER_SOAK_MUTATIONS").ok();
    wanted
        .and_then(|text| text.parse().ok())
        .unwrap_or(MUTATIONS)
}

/// A small generator, the same everywhere (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

fn mutate(good: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = good.to_vec();
    match random.below(6) {
        0 => bytes.truncate(random.below(good.len())),
        1 => {
            let (from, to) = (random.below(good.len()), random.below(good.len()));
            let length = random.below(64).min(good.len() - from.max(to));
            bytes.copy_within(from..from + length, to);
        }
        2 => {
            let at = random.below(good.len());
            let length = random.below(16).min(good.len() - at);
            bytes.drain(at..at + length);
        }
        3 => {
            let at = random.below(good.len());
            let extra: Vec<u8> = (0..random.below(16)).map(|_| random.next() as u8).collect();
            bytes.splice(at..at, extra);
        }
        kind => {
            for _ in 0..if kind == 4 { 1 } else { 8 } {
                let at = random.below(good.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
    }
    bytes
}

fn mutations() -> Vec<Vec<u8>> {
    let mut guest = Guest::good();
    let text = guest.data(|layout| layout.string("a message").0);
    let body = format!("(call $log (i32.const 1) (i32.const {text}) (i32.const 9)) (i32.const 0)");
    let good = guest.plan(&body).component();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    (0..count()).map(|_| mutate(&good, &mut random)).collect()
}

#[test]
fn admission_takes_any_bytes() {
    let admission = Admission::default();
    let start = Instant::now();
    let mut admitted = 0;
    for bytes in mutations() {
        match admission.examine(&bytes) {
            Ok(_) => admitted += 1,
            Err(error) => assert!(error.code().starts_with("admission-"), "{error}"),
        }
    }
    assert!(
        admitted > 0 && admitted < count(),
        "{admitted} of {} admitted",
        count()
    );
    assert!(
        start.elapsed().as_secs() < 20 * (count() / MUTATIONS).max(1) as u64,
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn every_truncation_is_refused() {
    let good = Guest::good().component();
    for length in 0..good.len() {
        // A file that ends between two sections is a component that lacks its end.
        if let Ok(admitted) = Admission::default().examine(&good[..length]) {
            assert!(
                admitted.wasm.len() > good.len() / 2,
                "{length} of {} bytes",
                good.len()
            );
        }
    }
}

#[test]
fn what_is_admitted_is_refused_later_or_behaves() {
    let limits = CompileLimits {
        deadline: Duration::from_secs(20),
        ..CompileLimits::pure()
    };
    let compiler = Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), ["compile"]);
    let loader = Loader::new(Sandbox::new().unwrap(), compiler.with_limits(limits));
    let chosen: Vec<Vec<u8>> = mutations()
        .into_iter()
        .filter(|bytes| loader.admit("mutant", bytes).is_ok())
        .collect();
    let (loaded, next) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(bytes) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(mixin) = load(&loader, bytes) {
                        loaded.fetch_add(1, Ordering::Relaxed);
                        behaves(mixin);
                    }
                }
            });
        }
    });
    let loaded = loaded.into_inner();
    assert!(
        loaded > 0 && loaded < chosen.len(),
        "{loaded} of {} loaded",
        chosen.len()
    );
}

fn load(loader: &Loader, bytes: &[u8]) -> Option<porter_sandbox::Mixin> {
    match loader.load("mutant", bytes) {
        Ok(mixin) => Some(mixin),
        Err(error) => {
            let code = error.code();
            assert!(
                ["compile-invalid", "admission-type"].contains(&code),
                "{code}: {error:?}"
            );
            None
        }
    }
}

fn behaves(mixin: porter_sandbox::Mixin) {
    let deadline = Duration::from_millis(300);
    let mixin = mixin.with_limits(Limits {
        deadline,
        ..Limits::default()
    });
    let outcomes = [
        mixin.describe().err(),
        mixin.lint(&build_request()).err(),
        mixin.build(&build_request()).err(),
        mixin.plan(&plan_request()).err(),
    ];
    for error in outcomes.into_iter().flatten() {
        if let EvaluateError::Broken { code, source, .. } = error {
            let known = code.starts_with("sandbox-") || code.starts_with("result-");
            assert!(known && code != "sandbox-host", "{code}: {source}");
        }
    }
}

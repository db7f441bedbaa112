//! The one configuration of wasmtime, for compiling and for loading.

use wasmtime::{Config, Engine, WasmFeatures};

/// What an engine is for. Code compiled under one profile loads under the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Running code that was compiled before. Such an engine has no compiler.
    Run,
    /// Compiling, which happens in a child process only.
    #[cfg(feature = "compile")]
    Compile,
}

/// Whom the machine code is for. Explicit, so that nothing is inferred from the processor at hand
/// and code compiled on one machine runs on every other.
pub const TARGET: &str = if cfg!(target_arch = "aarch64") {
    "aarch64-unknown-linux-gnu"
} else {
    "x86_64-unknown-linux-gnu"
};

/// Version of what [`config`] tells the compiler beyond what wasmtime's own compatibility hash
/// sees. Count it up when a compiler setting below changes: cached code becomes a miss.
#[cfg(feature = "compile")]
pub(crate) const REVISION: u32 = 1;

/// All that a mixin may be made of. Everything else is off, also what wasmtime would accept by
/// itself: relaxed SIMD, memory64, multi-memory, tail calls, function references, exceptions,
/// threads, garbage collection, and all of the component model's async.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::COMPONENT_MODEL);

/// Address space set aside for a linear memory, and the step by which a larger one grows.
const MEMORY_RESERVATION: u64 = 64 << 20;
/// Unmapped pages behind a linear memory.
const MEMORY_GUARD: u64 = 64 << 10;
/// Stack of a mixin; a deeper recursion traps.
const STACK: usize = 512 << 10;

/// Configuration of an engine.
///
/// # Errors
/// Where wasmtime does not know the target.
pub fn config(profile: Profile) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config.target(TARGET)?;
    config.wasm_features(WasmFeatures::all().difference(FEATURES), false);
    config.wasm_features(FEATURES, true);
    config.concurrency_support(false);
    config.shared_memory(false);
    config.consume_fuel(true);
    config.epoch_interruption(true);
    config.max_wasm_stack(STACK);
    config.memory_reservation(MEMORY_RESERVATION);
    config.memory_reservation_for_growth(MEMORY_RESERVATION);
    config.memory_guard_size(MEMORY_GUARD);
    config.memory_may_move(true);
    config.wasm_backtrace_max_frames(None);
    config.native_unwind_info(false);
    config.generate_address_map(false);
    config.debug_info(false);
    config.relaxed_simd_deterministic(true);
    compiler(&mut config, profile);
    Ok(config)
}

#[cfg(feature = "compile")]
fn compiler(config: &mut Config, profile: Profile) {
    config.cranelift_nan_canonicalization(true);
    config.cranelift_opt_level(wasmtime::OptLevel::Speed);
    config.enable_compiler(profile == Profile::Compile);
}

#[cfg(not(feature = "compile"))]
fn compiler(_config: &mut Config, _profile: Profile) {}

/// An engine of `profile`.
///
/// # Errors
/// Where this machine lacks what the configuration needs.
pub fn new(profile: Profile) -> wasmtime::Result<Engine> {
    Engine::new(&config(profile)?)
}

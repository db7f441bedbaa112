//! The one door through which machine code comes in.

use wasmtime::Engine;
use wasmtime::component::Component;

/// Loads machine code that our own compiler made.
///
/// This is the only `unsafe` of the workspace. wasmtime executes what it is given here: bytes of
/// a stranger would be code execution. Every caller holds, in memory, exactly the bytes it
/// verified; none passes a path:
///
/// * the loader, with bytes that its own compiler child has just returned over a pipe, or that
///   the cache took out of an entry whose HMAC over these bytes, made with a key that lies
///   outside the cache folder and is readable by its owner only, is right;
/// * [`crate::Mixin::from_trusted`], with bytes whose sha256 is the one the caller expects:
///   in the runtime the one that the runbook of the same image names.
///
/// wasmtime itself refuses code of another version, target or configuration.
#[expect(
    unsafe_code,
    reason = "the bytes are verified to be our compiler's, see above"
)]
pub(crate) fn load_trusted(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` is what our compiler made, unchanged: see above.
    unsafe { Component::deserialize(engine, code) }
}

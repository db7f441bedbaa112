//! Calls of components that ordinary toolchains make, which import WASI.
//!
//! They get a WASI in which nothing is open: no environment, no arguments, no files but those of
//! the bundle that the mixin asks for and the bundle's author grants, no sockets,
//! no names, an empty standard input. Its clocks stand still but for the guest's own sleeping, its
//! random numbers follow from the component and the input, what it prints goes to the log, and
//! ending the process ends the call. So the same component and the same input give the same bytes,
//! on every machine.
//!
//! WASI itself is wasmtime's own implementation. It is asynchronous, so that a call can be given
//! up while it waits.

mod clock;
mod filesystem;
mod output;
mod run;
mod seed;
mod state;

pub(crate) use run::run;
pub(crate) use seed::Seed;
pub(crate) use state::{Sealed, linker, store};

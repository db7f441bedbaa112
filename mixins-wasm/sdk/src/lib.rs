//! Write a Porter mixin as plain Rust types and one function per export.
//!
//! A mixin is a function from the author's YAML to typed data: build instructions, or the tasks
//! of one step. It opens no file, runs nothing and knows no clock; the host checks, shows and
//! executes what it returns.
//!
//! ```
//! use porter_mixin_sdk::{Command, Description, Failure, Mixin, NoConfig, Plan, Task};
//! use serde::Deserialize;
//!
//! /// What stands below `greet:` in a step.
//! #[derive(Deserialize)]
//! pub struct Step {
//!     name: String,
//! }
//!
//! pub struct Greet;
//!
//! impl Mixin for Greet {
//!     const NAME: &'static str = "greet";
//!     type Config = NoConfig;
//!     type Step = Step;
//!
//!     fn describe() -> Description {
//!         Description::new(r##"{"definitions": {"installStep": {"type": "object"}}}"##)
//!     }
//!
//!     fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
//!         Ok(vec![Command::new("echo").arg("hello").arg(&request.step.value.name).into()])
//!     }
//! }
//!
//! porter_mixin_sdk::export!(Greet);
//! ```
//!
//! | part | what it is for |
//! |---|---|
//! | [`Mixin`], [`Build`], [`Plan`], [`Step`] | what you implement, and what you are given |
//! | [`Task`], [`Command`], [`Output`], [`Instruction`] | what you return |
//! | [`Diagnostic`], [`Findings`], [`Pointer`] | telling the user what is wrong, and where |
//! | [`decode`], [`Json`], [`Scalar`], [`OneOrMany`], [`Entries`] | reading YAML values leniently, numbers as they are spelled |
//! | [`command_line`] | Porter's shared command builder: flags, `ignoreError`, outputs |
//! | [`placeholder`] | values that may be placed but not seen |

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod component;

pub mod check;
pub mod command_line;
pub mod decode;
pub mod diagnostic;
pub mod evaluate;
pub mod findings;
pub mod instruction;
pub mod json;
pub mod mixin;
pub mod placeholder;
pub mod pointer;
pub mod schema;
pub mod task;
pub mod value;

pub use diagnostic::{Diagnostic, Failure, Place, Severity};
pub use findings::Findings;
pub use instruction::{
    AptPackage, AptSource, Archive, Checksum, Download, DownloadEntry, File, Instruction, Packages,
    Remote, Run, Target, User,
};
pub use json::Json;
pub use mixin::{Action, Build, Description, Environment, Mixin, NoConfig, Plan, Step};
pub use pointer::Pointer;
pub use task::{Channel, Command, Condition, Output, Pattern, Source, Task, Test};
pub use value::{AnyCase, Entries, KeepEmpty, OneOrMany, Scalar};

/// Writes to the host's log, for the developer of the mixin: it may be dropped, and is no part of a
/// result. Natively, in tests, it goes nowhere. The message of a panic is logged by itself.
pub fn log(message: &str) {
    #[cfg(target_family = "wasm")]
    component::log(message);
    #[cfg(not(target_family = "wasm"))]
    let _ = message;
}

/// The JSON schema in a file beside this one, compacted when the mixin is compiled.
///
/// ```text
/// Description::new(porter_mixin_sdk::schema!("schema.json"))
/// ```
#[macro_export]
macro_rules! schema {
    ($file:literal) => {{
        const TEXT: &str = include_str!($file);
        const COMPACT: [u8; $crate::schema::compact_length(TEXT)] = $crate::schema::compact(TEXT);
        const SCHEMA: &str = match core::str::from_utf8(&COMPACT) {
            Ok(schema) => schema,
            Err(_) => TEXT,
        };
        SCHEMA
    }};
}

/// Makes a [`Mixin`] the component's own. Write it once, at the end of `lib.rs`; natively, in your
/// tests, it does nothing.
#[macro_export]
macro_rules! export {
    ($mixin:ty) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            type Component = $crate::component::Adapter<$mixin>;
            $crate::component::bindings::export_component!(
                Component with_types_in $crate::component::bindings
            );
        };
    };
}

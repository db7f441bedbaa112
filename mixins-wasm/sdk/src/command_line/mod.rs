//! Porter's shared command builder, used by most mixins: `flags`, `ignoreError` and `outputs` with
//! the meaning they have in Porter.
//!
//! The argument list is arguments, then flags, then suffix arguments. Arguments pass as they are;
//! the flag part is split into words, see [`words::split`].

mod flags;
mod ignore;
mod outputs;
mod sorted;
pub mod words;

pub use flags::{Dashes, FlagValue, Flags};
pub use ignore::{IgnoreError, IgnoredOutput};
pub use outputs::{StepOutput, only_json_paths, take};
pub use sorted::SortedFlags;

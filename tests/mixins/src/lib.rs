//! Recorded behaviour of Porter's mixins against ours.
//!
//! A recording says what a mixin of Porter was given and what it was seen to do. The runner gives
//! the same to our mixin, called natively, carries out the plan it returns against the recorded
//! replies of the programs, and compares. Every difference is either listed with its reason in
//! `data/NAME.deviations`, or a failure; so is a listed case that does not differ.
//!
//! What a mixin puts into a Dockerfile is compared [by meaning](meaning). Cases about the command
//! line of a mixin's program are the business of the adapter that speaks Porter's protocol; they
//! are counted apart.

pub mod all;
pub mod api;
pub mod case;
pub mod compare;
pub mod glue;
pub mod meaning;
pub mod native;
pub mod protocol;
pub mod replay;
pub mod report;
pub mod take;
pub mod world;

pub use case::{Case, recordings};
pub use glue::{Glue, Reply};
pub use native::Native;
pub use report::{Report, run};

//! Recorded behaviour of Porter's mixins against ours.
//!
//! A recording says what a mixin of Porter was given and what it was seen to do. The runner gives
//! the same to our mixin, called natively, carries out the plan it returns against the recorded
//! replies of the programs, and compares. Every difference is either listed with its reason in
//! `data/NAME.deviations`, or a failure; so is a listed case that does not differ.

pub mod case;
pub mod native;
pub mod protocol;
pub mod report;
pub mod take;
pub mod world;

pub use case::{Case, recordings};
pub use native::Native;
pub use report::{Report, run};

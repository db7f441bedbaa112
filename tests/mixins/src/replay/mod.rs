//! Recorded cases through the adapter: a real process with recording programs in place of the
//! tools, in a file system of its own.
//!
//! [`Site`] runs the program `replay-cases` with a private mount table in which `/cnab` belongs to
//! it alone. For each case that makes an empty bundle directory, puts the files and the programs of
//! the case in place, runs the adapter in it, and tells what was seen in the terms of a recording.

pub mod case;
pub mod compare;
pub mod scene;
pub mod site;
pub mod stub;

pub use site::Site;

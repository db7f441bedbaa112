//! The store: installations, runs, results and outputs in an SQLite database, and the encrypted
//! secrets beside them.
//!
//! Knows records and the ports; no engine, no registry, no mixin.

mod error;
mod filter;
mod import;
mod installations;
mod key;
mod lease;
mod migrate;
mod open;
mod outputs;
mod process;
mod rotate;
mod runs;
mod secrets;
mod sets;
mod store;

pub use error::StorageError;
pub use open::{DATABASE_FILE, KEY_FILE, SqliteStore, StoreOptions};

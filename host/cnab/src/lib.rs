//! CNAB documents and records, and the ports Driver, Builder and Store.
//!
//! Knows no YAML, no engine and no database.

pub mod bundle;
pub mod cancel;
pub mod canonical;
pub mod claim;
pub mod parameter;
pub mod ports;
pub mod records;
#[cfg(feature = "schema")]
pub mod schema;
pub mod secrets;
pub mod sensitive;
pub mod spelling;
pub mod store;

pub use sensitive::Sensitive;

/// A JSON value whose numbers keep their spelling.
pub type Json = serde_json::Value;

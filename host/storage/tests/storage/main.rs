//! Tests of the store: what every store does, SQLite's own, and several processes at once.

mod process;
mod sqlite;
mod suite;

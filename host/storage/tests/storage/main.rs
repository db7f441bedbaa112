//! Tests of the store: what every store does, SQLite's own, and several processes at once.

#[cfg(test)]
mod process;
#[cfg(test)]
mod sqlite;
#[cfg(test)]
mod suite;

//! The host's log.

use super::host;

/// Writes to the host's log.
pub fn log(message: &str) {
    host::log(host::Level::Debug, message);
}

//! Identities of records.

use std::sync::{Mutex, OnceLock, PoisonError};

use ulid::{Generator, Ulid};

/// Makes a new ULID. Within one process later ones sort after earlier ones, also within a
/// millisecond; across processes order is the store's business.
pub fn new_ulid() -> String {
    static GENERATOR: OnceLock<Mutex<Generator>> = OnceLock::new();
    let generator = GENERATOR.get_or_init(|| Mutex::new(Generator::new()));
    let mut generator = generator.lock().unwrap_or_else(PoisonError::into_inner);
    // The generator overflows only after 2^80 identities in one millisecond.
    generator
        .generate()
        .unwrap_or_else(|_| Ulid::new())
        .to_string()
}

//! Reading and writing `bundle.json`: bounded in, canonical out.

use super::{Bundle, BundleError};
use crate::canonical;

/// Largest document that is read.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Deepest nesting that is read (the limit of the JSON reader).
pub const MAX_DEPTH: usize = 127;

impl Bundle {
    /// Reads a document. It may still break CNAB's rules: see [`Bundle::validate`].
    ///
    /// # Errors
    /// When the document is too large, no JSON, nested too deeply or of another form.
    pub fn from_json(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > MAX_BYTES {
            return Err(BundleError::TooLarge(bytes.len()));
        }
        if canonical::has_reserved_key(bytes) {
            return Err(BundleError::ReservedKey);
        }
        serde_json::from_slice(bytes).map_err(BundleError::Json)
    }

    /// Writes the canonical form: keys sorted, no white space, numbers as they are spelled, no
    /// newline at the end.
    ///
    /// # Errors
    /// Only when the document cannot be spelled in JSON at all.
    pub fn to_canonical_json(&self) -> Result<String, BundleError> {
        let value = serde_json::to_value(self).map_err(BundleError::Json)?;
        Ok(canonical::to_string(&value))
    }
}

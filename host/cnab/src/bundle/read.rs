//! Reading and writing `bundle.json`: bounded in, canonical out.

use super::{Bundle, BundleError};
use crate::{Json, canonical, spelling};

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
        let Some(marked) = spelling::marked(bytes) else {
            return serde_json::from_slice(bytes).map_err(BundleError::Json);
        };
        let mut bundle: Self = serde_json::from_slice(&marked).map_err(BundleError::Json)?;
        let sections = [
            &mut bundle.definitions,
            &mut bundle.custom,
            &mut bundle.unknown,
        ];
        sections
            .into_iter()
            .flat_map(|section| section.values_mut())
            .for_each(spelling::restore);
        Ok(bundle)
    }

    /// Writes the canonical form: keys sorted, no white space, numbers as they are spelled, no
    /// newline at the end.
    ///
    /// # Errors
    /// Only when the document cannot be spelled in JSON at all.
    pub fn to_canonical_json(&self) -> Result<String, BundleError> {
        let mut value = serde_json::to_value(self).map_err(BundleError::Json)?;
        // Making a value of it respells numbers; here they are as they were given.
        for (name, section) in [("definitions", &self.definitions), ("custom", &self.custom)] {
            if !section.is_empty() {
                value[name] = Json::Object(section.clone().into_iter().collect());
            }
        }
        for (name, member) in &self.unknown {
            value[name] = member.clone();
        }
        Ok(canonical::to_string(&value))
    }
}

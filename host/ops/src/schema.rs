//! `porter schema`: the JSON schema of manifests, with those of all mixins.

use std::fs;

use porter_cnab::Json;
use porter_manifest::Features;
use porter_mixin::escape::escape;

use crate::Porter;
use crate::error::Error;

/// A file in the home that is printed in the place of what porter would say.
const OVERRIDE: &str = "porter.json";

impl Porter {
    /// The JSON schema of a manifest that may use any mixin there is. A mixin that cannot describe
    /// itself is left out, with a warning.
    ///
    /// # Errors
    /// When the home cannot be used.
    pub fn schema(&self, experimental: &[String]) -> Result<Json, Error> {
        if let Some(schema) = self.schema_of_home()? {
            return Ok(schema);
        }
        let mut schemas = Vec::new();
        for name in self.mixin_names()? {
            match self.mixin_schema(&name) {
                Ok(Some(schema)) if porter_manifest::schema::is_complete(&schema) => {
                    schemas.push((name, schema));
                }
                Ok(Some(_)) => tracing::warn!(
                    "the schema of mixin {} is left out: it refers to another document",
                    escape(&name)
                ),
                // A native mixin need not have one.
                Ok(None) => {}
                Err(error) => tracing::warn!(
                    "the schema of mixin {} is left out: {}",
                    escape(&name),
                    self.chain(&error)
                ),
            }
        }
        let features = Features::new(experimental.iter().cloned());
        let mixins = schemas.iter().map(|(name, schema)| (name.as_str(), schema));
        Ok(porter_manifest::schema::document(&features, mixins)?)
    }

    /// What the user keeps in the home; a file that is no JSON does not count.
    fn schema_of_home(&self) -> Result<Option<Json>, Error> {
        let text = fs::read_to_string(self.home()?.join(OVERRIDE)).ok();
        Ok(text.and_then(|text| porter_cnab::spelling::read(&text).ok()))
    }
}

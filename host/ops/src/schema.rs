//! `porter schema`: the JSON schema of manifests, with those of all mixins.

use std::fs;

use porter_cnab::Json;
use porter_manifest::Features;
use porter_mixin::Evaluate;
use porter_mixin::escape::escape;

use crate::Porter;
use crate::error::Error;
use crate::mixins::{Components, MixinError};

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
        let catalog = self.catalog()?;
        let mut schemas = Vec::new();
        for name in catalog.names() {
            match self.schema_of(&name) {
                Ok(schema) if porter_manifest::schema::is_complete(&schema) => {
                    schemas.push((name, schema));
                }
                Ok(_) => tracing::warn!(
                    "the schema of mixin {} is left out: it refers to another document",
                    escape(&name)
                ),
                Err(error) => tracing::warn!(
                    "the schema of mixin {} is left out: {}",
                    escape(&name),
                    self.chain(&error)
                ),
            }
        }
        let features = Features::new(experimental.iter().cloned());
        let mixins = schemas
            .iter()
            .map(|(name, schema)| (name.as_str(), schema));
        Ok(porter_manifest::schema::document(&features, mixins)?)
    }

    fn schema_of_home(&self) -> Result<Option<Json>, Error> {
        let text = fs::read(self.home()?.join(OVERRIDE)).ok();
        Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    fn schema_of(&self, name: &str) -> Result<Json, Error> {
        let catalog = self.catalog()?;
        let components: Components = vec![catalog.find(name)?];
        let mixins = catalog.load_all(&components)?;
        let mut schema = Json::Null;
        for loaded in &mixins {
            schema = loaded.mixin.describe().map_err(MixinError::from)?.schema;
        }
        Ok(schema)
    }
}

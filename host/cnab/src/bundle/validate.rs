//! The rules of CNAB that a `bundle.json` must keep.

use std::collections::BTreeSet;

use super::{Bundle, BundleError, Destination, SUPPORTED_VERSIONS};

/// Where the outputs of a run are.
pub const OUTPUTS_DIRECTORY: &str = "/cnab/app/outputs";

impl Bundle {
    /// Checks the rules of CNAB, in Porter's words. The version of the format is not among them:
    /// see [`Bundle::is_supported_version`].
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn validate(&self) -> Result<(), BundleError> {
        self.check().map_err(BundleError::Invalid)
    }

    /// Whether the document is of a version that this program knows.
    #[must_use]
    pub fn is_supported_version(&self) -> bool {
        let version = self.schema_version.trim_start_matches('v');
        SUPPORTED_VERSIONS.contains(&version)
    }

    fn check(&self) -> Result<(), String> {
        if self.invocation_images.is_empty() {
            return Err("at least one invocation image must be defined in the bundle".to_owned());
        }
        if self.version == "latest" {
            return Err("'latest' is not a valid bundle version".to_owned());
        }
        self.check_extensions()?;
        for image in &self.invocation_images {
            let tagged = matches!(image.image_type.as_str(), "" | "docker" | "oci");
            if tagged && !image.image.contains(':') {
                return Err("tag is required".to_owned());
            }
        }
        self.check_parameters()?;
        self.check_outputs()?;
        for (name, credential) in &self.credentials {
            check_credential(&credential.destination)
                .map_err(|error| format!("validation failed for credential \"{name}\": {error}"))?;
        }
        Ok(())
    }

    fn check_extensions(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for name in &self.required_extensions {
            if !seen.insert(name) {
                return Err(format!("required extension '{name}' is already declared"));
            }
            if !self.custom.contains_key(name) {
                return Err(format!(
                    "required extension '{name}' is not defined in the Custom section of the bundle"
                ));
            }
        }
        Ok(())
    }

    fn check_parameters(&self) -> Result<(), String> {
        for (name, parameter) in &self.parameters {
            self.check_definition(&parameter.definition, "parameter")
                .and_then(|()| match &parameter.destination {
                    None => Err("parameter destination must be provided".to_owned()),
                    Some(destination)
                        if destination.env.is_empty() && destination.path.is_empty() =>
                    {
                        Err("parameter destination must be provided".to_owned())
                    }
                    Some(destination) => check_destination(destination),
                })
                .map_err(|error| format!("validation failed for parameter \"{name}\": {error}"))?;
        }
        Ok(())
    }

    fn check_outputs(&self) -> Result<(), String> {
        for (name, output) in &self.outputs {
            self.check_definition(&output.definition, "output")
                .and_then(|()| check_output_path(&output.path))
                .map_err(|error| format!("validation failed for output \"{name}\": {error}"))?;
        }
        Ok(())
    }

    fn check_definition(&self, definition: &str, what: &str) -> Result<(), String> {
        if definition.is_empty() {
            return Err(format!("{what} definition must be provided"));
        }
        if !self.definitions.contains_key(definition) {
            return Err(format!("unable to find definition for {definition}"));
        }
        Ok(())
    }
}

fn check_credential(destination: &Destination) -> Result<(), String> {
    if destination.env.is_empty() && destination.path.is_empty() {
        return Err("credential env or path must be supplied".to_owned());
    }
    check_destination(destination)
}

fn check_destination(destination: &Destination) -> Result<(), String> {
    let env = &destination.env;
    // A name with `=` would set another variable.
    if env.contains('=') || env.chars().any(char::is_control) {
        return Err(format!("env {env:?} cannot be the name of a variable"));
    }
    check_path(&destination.path)
}

/// The path of an injected file, or nothing.
fn check_path(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Ok(());
    }
    if !path.starts_with('/') || !is_clean(path) {
        return Err(format!("Path \"{path}\" must be an absolute, clean path"));
    }
    if path == OUTPUTS_DIRECTORY || path.starts_with("/cnab/app/outputs/") {
        return Err(format!(
            "Path \"{path}\" must not be a subpath of \"{OUTPUTS_DIRECTORY}\""
        ));
    }
    Ok(())
}

fn check_output_path(path: &str) -> Result<(), String> {
    let below = path.strip_prefix("/cnab/app/outputs/");
    if below.is_some_and(|name| !name.is_empty()) && is_clean(path) {
        return Ok(());
    }
    Err(format!(
        "path \"{path}\" must be a clean path under \"{OUTPUTS_DIRECTORY}/\""
    ))
}

/// Whether an absolute path has no empty, `.` or `..` parts and no control characters.
fn is_clean(path: &str) -> bool {
    path == "/"
        || (path[1..]
            .split('/')
            .all(|part| !matches!(part, "" | "." | ".."))
            && !path.chars().any(char::is_control))
}

//! The values of a bundle's parameters for one run.
//!
//! Source: `manifest.md` §8.6 and `storage-and-state.md` §9 and §12 of the compatibility reference.
//! The first that is there counts: `--param`, the parameter sets (the last one wins), what the
//! installation keeps of earlier runs, the last value of a wired output, the default.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use porter_cnab::bundle::{Bundle, Parameter};
use porter_cnab::parameter::{from_text, to_text};
use porter_cnab::records::{
    Installation, NamedSource, OutputValue, ParameterSet, Run, Source, Strategy,
};
use porter_cnab::schema::Schema;
use porter_cnab::secrets::Secrets;
use porter_cnab::store::{Store, StoreError};
use porter_cnab::{Json, Sensitive};
use porter_config::ConfigError;

use crate::error::{Error, Usage};

/// Name of the parameter that switches debugging on.
const DEBUG: &str = "porter-debug";

/// A final value.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    /// The value, with its type; `None` for an optional parameter without one.
    pub(crate) json: Option<Sensitive<Json>>,
    /// What is injected.
    pub(crate) text: Sensitive<String>,
}

/// Final values by name, of the parameters that apply to the action.
pub(crate) type Values = BTreeMap<String, Value>;

/// What the user gave on the command line and in sets.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// `--param NAME=VALUE`.
    pub(crate) overrides: BTreeMap<String, Sensitive<String>>,
    /// Values of parameter sets, merged.
    pub(crate) sets: BTreeMap<String, FromSet>,
    /// `--debug`.
    pub(crate) debug: bool,
}

/// What a parameter set gives.
#[derive(Debug)]
pub(crate) enum FromSet {
    /// Text, as on the command line.
    Text(Sensitive<String>),
    /// Content of a file parameter.
    Content(Sensitive<Vec<u8>>),
}

impl FromSet {
    /// Resolves an entry of a set. A `path` of a file parameter stands for the file.
    pub(crate) async fn resolve(
        bundle: &Bundle,
        entry: &NamedSource,
        secrets: &dyn Secrets,
    ) -> Result<Self, ConfigError> {
        let value = porter_config::sources::resolve(&entry.source, secrets).await?;
        let parameter = bundle.parameters.get(&entry.name);
        let is_file = parameter.is_some_and(|parameter| bundle.is_file(&parameter.definition));
        if is_file && entry.source.strategy == Strategy::Path {
            return Ok(Self::Content(value));
        }
        let text = String::from_utf8_lossy(value.expose()).into_owned();
        Ok(Self::Text(text.into()))
    }

    fn value(&self, name: &str, definition: &Json) -> Result<Json, Error> {
        match self {
            Self::Text(text) => converted(name, definition, text.expose()),
            Self::Content(content) => Ok(Json::String(STANDARD.encode(content.expose()))),
        }
    }
}

/// Splits `--param` texts.
pub(crate) fn parse(texts: &[String]) -> Result<BTreeMap<String, Sensitive<String>>, Usage> {
    let mut values = BTreeMap::new();
    for text in texts {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Usage::NameValue(text.clone()));
        };
        let name = name.trim();
        if name.is_empty() {
            return Err(Usage::NoName(text.clone()));
        }
        values.insert(name.to_owned(), Sensitive::new(value.trim().to_owned()));
    }
    Ok(values)
}

/// Where earlier values come from.
pub(crate) struct Earlier<'a> {
    /// The records.
    pub(crate) store: &'a dyn Store,
    /// Sensitive ones.
    pub(crate) secrets: &'a dyn Secrets,
    /// The installation, as it was before this command.
    pub(crate) installation: &'a Installation,
}

/// Resolves all parameters that apply to `action`.
pub(crate) async fn resolve(
    bundle: &Bundle,
    action: &str,
    given: &Given,
    earlier: &Earlier<'_>,
) -> Result<Values, Error> {
    for name in given.overrides.keys().chain(given.sets.keys()) {
        if !bundle.parameters.contains_key(name) {
            return Err(Usage::UnknownParameter(name.clone()).into());
        }
    }
    let mut values = Values::new();
    let mut problems = Vec::new();
    for (name, parameter) in &bundle.parameters {
        if !parameter.applies_to(action) {
            continue;
        }
        let json = one(bundle, name, parameter, given, earlier).await?;
        match check(bundle, name, parameter, json.as_ref()) {
            Ok(()) => {
                let text = injected(bundle, name, parameter, json.as_ref());
                values.insert(
                    name.clone(),
                    Value {
                        json: json.map(Sensitive::new),
                        text,
                    },
                );
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(values)
    } else {
        Err(Error::Values(problems))
    }
}

async fn one(
    bundle: &Bundle,
    name: &str,
    parameter: &Parameter,
    given: &Given,
    earlier: &Earlier<'_>,
) -> Result<Option<Json>, Error> {
    let definition = bundle
        .definition(&parameter.definition)
        .cloned()
        .unwrap_or(Json::Null);
    if name == DEBUG && given.debug {
        return Ok(Some(Json::Bool(true)));
    }
    if let Some(text) = given.overrides.get(name) {
        return converted(name, &definition, text.expose()).map(Some);
    }
    if let Some(value) = given.sets.get(name) {
        return value.value(name, &definition).map(Some);
    }
    if name != DEBUG
        && let Some(text) = kept(earlier, name).await?
    {
        return Ok(Some(from_text(name, &definition, text.expose())?));
    }
    if let Some(value) = from_output(bundle, name, &definition, earlier).await? {
        return Ok(Some(value));
    }
    Ok(definition.get("default").cloned())
}

/// Converts what a user gave. For a file parameter that names a file on this machine, the value is
/// the file's content; for an object, `@PATH` reads JSON from a file.
fn converted(name: &str, definition: &Json, text: &str) -> Result<Json, Error> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|source| Error::Read {
            path: path.to_path_buf(),
            source,
        })
    };
    if porter_cnab::parameter::is_file(definition) {
        let path = Path::new(text);
        if !text.is_empty() && path.is_file() {
            return Ok(Json::String(STANDARD.encode(read(path)?)));
        }
    }
    let is_object = definition.get("type").and_then(Json::as_str) == Some("object");
    if let (true, Some(path)) = (is_object, text.strip_prefix('@')) {
        let content = String::from_utf8_lossy(&read(Path::new(path))?).into_owned();
        return Ok(from_text(name, definition, &content)?);
    }
    Ok(from_text(name, definition, text)?)
}

async fn kept(earlier: &Earlier<'_>, name: &str) -> Result<Option<Sensitive<String>>, Error> {
    let Some(entry) = earlier.installation.parameters.source(name) else {
        return Ok(None);
    };
    match entry.source.strategy {
        Strategy::Secret => {
            let value = earlier.secrets.secret(&entry.source.hint).await?;
            let text = String::from_utf8_lossy(value.expose()).into_owned();
            Ok(Some(Sensitive::new(text)))
        }
        _ => Ok(Some(Sensitive::new(entry.source.hint.clone()))),
    }
}

/// The last value of the output that `io.cnab.parameter-sources` wires to a parameter.
async fn from_output(
    bundle: &Bundle,
    name: &str,
    definition: &Json,
    earlier: &Earlier<'_>,
) -> Result<Option<Json>, Error> {
    let sources = bundle
        .custom
        .get("io.cnab.parameter-sources")
        .and_then(|all| all.get(name));
    let output = sources.and_then(|source| source.pointer("/sources/output/name"));
    let Some(output) = output.and_then(Json::as_str) else {
        return Ok(None);
    };
    let installation = earlier.installation;
    let found = earlier
        .store
        .last_output(&installation.namespace, &installation.name, output)
        .await;
    let found = match found {
        Ok(found) => found,
        Err(StoreError::OutputNotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let content = match found.value {
        OutputValue::Clear(content) => content,
        OutputValue::Secret { key } => earlier.secrets.secret(&key).await?.into_exposed(),
    };
    if porter_cnab::parameter::is_file(definition) {
        return Ok(Some(Json::String(STANDARD.encode(content))));
    }
    let text = String::from_utf8_lossy(&content);
    Ok(Some(from_text(name, definition, &text)?))
}

fn check(
    bundle: &Bundle,
    name: &str,
    parameter: &Parameter,
    value: Option<&Json>,
) -> Result<(), String> {
    let Some(value) = value else {
        return if parameter.required {
            Err(format!("parameter \"{name}\" is required"))
        } else {
            Ok(())
        };
    };
    let Some(definition) = bundle.definition(&parameter.definition) else {
        return Ok(());
    };
    let schema = Schema::compile(definition).map_err(|error| {
        format!("the definition of parameter \"{name}\" cannot be used: {error}")
    })?;
    let violations = schema.violations(value);
    let Some(first) = violations.first() else {
        return Ok(());
    };
    let shown = if bundle.is_sensitive(&parameter.definition) {
        "******".to_owned()
    } else {
        to_text(value)
    };
    Err(format!(
        "cannot use value: {shown} as parameter {name}: {}",
        first.message
    ))
}

/// What goes into the container. A value that is not there is empty, except where the bundle's
/// runtime has to tell "no file" from an empty file.
fn injected(
    bundle: &Bundle,
    name: &str,
    parameter: &Parameter,
    value: Option<&Json>,
) -> Sensitive<String> {
    let absent = || {
        let is_null = bundle.is_file(&parameter.definition) && parameter.definition == name;
        if is_null {
            "null".to_owned()
        } else {
            String::new()
        }
    };
    Sensitive::new(value.map_or_else(absent, to_text))
}

/// The overrides that the installation keeps: what it had, less what the bundle no longer defines,
/// and what was given now. Sensitive ones go to the secret store.
pub(crate) async fn keep_overrides(
    bundle: &Bundle,
    given: &Given,
    values: &Values,
    installation: &mut Installation,
    secrets: &dyn Secrets,
) -> Result<(), Error> {
    let defined = |name: &str| bundle.parameters.contains_key(name);
    installation
        .parameters
        .parameters
        .retain(|entry| defined(&entry.name) && entry.name != DEBUG);
    for (name, text) in given.overrides.iter().filter(|(name, _)| *name != DEBUG) {
        // The value as it was converted: a file's content, not its path.
        let text = values.get(name).map_or(text, |value| &value.text);
        let key = installation.secret_key(name);
        let source = source(bundle, name, text, key, secrets).await?;
        installation
            .parameters
            .set(NamedSource::new(name.as_str(), source));
    }
    Ok(())
}

/// The final values as a run keeps them, internal ones left out.
pub(crate) async fn keep_values(
    bundle: &Bundle,
    values: &Values,
    run: &mut Run,
    secrets: &dyn Secrets,
) -> Result<(), Error> {
    let mut kept = ParameterSet::internal(&run.namespace, &run.id);
    for (name, value) in values {
        let Some(parameter) = bundle.parameters.get(name) else {
            continue;
        };
        if bundle.is_internal(&parameter.definition) {
            continue;
        }
        let source = source(bundle, name, &value.text, run.secret_key(name), secrets).await?;
        kept.set(NamedSource::new(name.as_str(), source));
    }
    run.parameters = kept;
    Ok(())
}

async fn source(
    bundle: &Bundle,
    name: &str,
    text: &Sensitive<String>,
    key: String,
    secrets: &dyn Secrets,
) -> Result<Source, Error> {
    let definition = bundle
        .parameters
        .get(name)
        .map(|parameter| parameter.definition.as_str());
    if !definition.is_some_and(|definition| bundle.is_sensitive(definition)) {
        return Ok(Source::value(text.expose().as_str()));
    }
    secrets
        .put_secret(&key, &Sensitive::new(text.expose().as_bytes().to_vec()))
        .await?;
    Ok(Source::secret(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_at_the_first_equals_sign_and_trimmed() {
        let values = parse(&[" a = b=c ".to_owned()]).unwrap();
        assert_eq!(values["a"].expose(), "b=c");
        assert_eq!(
            parse(&["a".to_owned()]),
            Err(Usage::NameValue("a".to_owned()))
        );
        assert_eq!(
            parse(&["=b".to_owned()]),
            Err(Usage::NoName("=b".to_owned()))
        );
    }
}

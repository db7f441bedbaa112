//! What a mixin returns, as a document: for scripts, for test cases, for people.
//!
//! What is as usual is left out, so that a document shows what the mixin decided.

mod diagnostic;
mod instruction;

use porter_mixin::Description;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::json;

pub(crate) use diagnostic::diagnostics;
pub(crate) use instruction::instructions;
pub(crate) use porter_mixin::document::tasks;

use crate::mixins::Json;

/// Members in the order in which people read them; all others follow by name.
const ORDER: &[&str] = &[
    "say",
    "write",
    "run",
    "packages",
    "download",
    "file",
    "copy",
    "severity",
    "code",
    "title",
    "message",
    "hint",
    "at",
    "action",
    "index",
    "name",
    "stdout",
    "jsonPath",
    "regex",
    "platform",
    "url",
    "path",
    "mode",
    "content",
    "source",
    "to",
    "stderr",
    "either",
    "env",
    "dir",
    "stdin",
    "quiet",
    "when",
    "ignore",
    "keepGoing",
    "outputs",
];

/// A document whose members are written in the order in which people read them.
#[derive(Debug, Clone, Copy)]
pub struct Ordered<'a>(pub &'a Json);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Ordered(item))?;
                }
                list.end()
            }
            Json::Object(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by_key(|(name, _)| (rank(name), name.as_str()));
                let mut map = serializer.serialize_map(Some(sorted.len()))?;
                for (name, member) in sorted {
                    map.serialize_entry(name, &Ordered(member))?;
                }
                map.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

fn rank(name: &str) -> usize {
    let place = ORDER.iter().position(|known| *known == name);
    place.unwrap_or(ORDER.len())
}

/// The document as YAML.
pub(crate) fn to_yaml(document: &Json) -> Result<String, porter_config::ConfigError> {
    porter_config::to_yaml(&Ordered(document))
}

/// What a mixin says about itself.
pub(crate) fn description(description: &Description) -> Json {
    json!({
        "schema": description.schema,
        "environment": description.environment,
        "seesSecrets": description.sees_secrets,
    })
}

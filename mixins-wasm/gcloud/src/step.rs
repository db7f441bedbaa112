//! What stands below `gcloud:` in a step.

use porter_mixin_sdk::Json;
use porter_mixin_sdk::command_line::{Flags, StepOutput};
use serde::de::{Deserialize, Deserializer, Error};

/// A step of the gcloud mixin, the same for every action.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct GcloudStep {
    /// What the step does; the host shows it.
    pub description: String,
    /// The group of commands.
    pub groups: Groups,
    /// Command of the group.
    pub command: String,
    /// Arguments before the flags.
    pub arguments: Vec<String>,
    /// Flags.
    pub flags: Flags,
    /// Values to take.
    pub outputs: Vec<StepOutput>,
    /// Keep what the command prints from the user.
    pub suppress_output: bool,
}

/// A group of commands, or nested groups: text or a list of texts, and like in Porter nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups(pub Vec<String>);

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::Null => Ok(Self::default()),
            Json::List(items) => items
                .into_iter()
                .map(text)
                .collect::<Result<_, _>>()
                .map(Self),
            one => text(one).map(|text| Self(vec![text])),
        }
    }
}

fn text<E: Error>(value: Json) -> Result<String, E> {
    match value {
        Json::Text(text) if text.contains('\0') => {
            Err(E::custom("must not hold the character U+0000"))
        }
        Json::Text(text) => Ok(text),
        Json::Number(_) | Json::Bool(_) => Err(E::custom(format_args!(
            "must be text or a list of texts, but holds `{value}`; put it into quotes"
        ))),
        Json::Null | Json::List(_) | Json::Map(_) => {
            Err(E::custom("must be text or a list of texts"))
        }
    }
}

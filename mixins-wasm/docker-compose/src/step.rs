//! What stands below `docker-compose:` in a step.

use porter_mixin_sdk::command_line::{Flags, StepOutput};
use porter_mixin_sdk::decode::{DecodeError, Input};
use porter_mixin_sdk::{Json, Pointer};
use serde::Deserialize;
use serde::de::Error;

/// Fields that are no sub-command.
const FIELDS: [&str; 6] = [
    "description",
    "dir",
    "arguments",
    "flags",
    "outputs",
    "suppress-output",
];
/// Sub-commands with fields of their own.
const SUB_COMMANDS: [&str; 3] = ["up", "down", "pull"];

/// A step of the docker-compose mixin, the same for every action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ComposeStep {
    /// What the step does; the host shows it.
    pub description: String,
    /// Working directory.
    pub dir: String,
    /// Arguments before the flags.
    pub arguments: Vec<String>,
    /// Flags of `docker-compose` itself.
    pub flags: Flags,
    /// Values to take.
    pub outputs: Vec<StepOutput>,
    /// Keep what the command prints from the user.
    pub suppress_output: bool,
    /// Fields of `up`.
    up: Fields,
    /// Fields of `down`.
    down: Fields,
    /// Fields of `pull`.
    pull: Fields,
    /// The sub-command that the step has.
    #[serde(skip)]
    pub sub_command: Option<SubCommand>,
}

/// `up`, `down` or `pull` in a step.
#[derive(Debug, Clone)]
pub struct SubCommand {
    /// Its name.
    pub name: &'static str,
    /// Its fields.
    pub fields: Fields,
}

/// Fields of a sub-command.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Fields {
    /// Arguments after the flags.
    pub arguments: Vec<String>,
    /// Flags of the sub-command.
    pub flags: Flags,
    /// Values to take, after those of the step.
    pub outputs: Vec<StepOutput>,
    /// Keep what the command prints from the user.
    pub suppress_output: bool,
}

/// Reads a step. A sub-command may be empty, so what counts is that its name is there.
pub(crate) fn read(input: &Input<'_>) -> Result<ComposeStep, DecodeError> {
    let json = input.json();
    if json.is_null() {
        return Err(DecodeError::custom("must be a mapping, but is empty"));
    }
    let mut step: ComposeStep = input.decode()?;
    refuse_unknown(&json)?;
    let mut given = SUB_COMMANDS
        .iter()
        .copied()
        .filter(|name| json.get(name).is_some());
    let Some(name) = given.next() else {
        return Ok(step);
    };
    if let Some(second) = given.next() {
        let sentence = format!("stands beside `{name}`, but a step has one sub-command");
        return Err(DecodeError::custom(sentence).at(|| Pointer::root().key(second)));
    }
    let fields = std::mem::take(match name {
        "up" => &mut step.up,
        "down" => &mut step.down,
        _ => &mut step.pull,
    });
    step.sub_command = Some(SubCommand { name, fields });
    Ok(step)
}

/// An unknown mapping, or an unknown name with nothing behind it, is a sub-command that would be
/// left out in silence.
fn refuse_unknown(json: &Json) -> Result<(), DecodeError> {
    let Json::Map(members) = json else {
        return Ok(());
    };
    let is_known = |name: &str| FIELDS.contains(&name) || SUB_COMMANDS.contains(&name);
    let unknown = members
        .iter()
        .find(|(name, value)| matches!(value, Json::Map(_) | Json::Null) && !is_known(name));
    match unknown {
        None => Ok(()),
        Some((name, _)) => {
            let sentence = "is none of the sub-commands `up`, `down` and `pull`; \
                            write any other into `arguments`";
            Err(DecodeError::custom(sentence).at(|| Pointer::root().key(name)))
        }
    }
}

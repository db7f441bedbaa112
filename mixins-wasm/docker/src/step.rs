//! What stands below `docker:` in a step.

use std::fmt;

use porter_mixin_sdk::command_line::{Flags, StepOutput};
use porter_mixin_sdk::{Entries, KeepEmpty};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

/// The commands that a step can have, in words.
pub(crate) const COMMANDS: &str = "`build`, `login`, `pull`, `push`, `remove` and `run`";

/// A step of the docker mixin, the same for every action: a description and one command.
#[derive(Debug, Clone)]
pub struct DockerStep {
    /// What the step runs. Nothing is a mistake, which does not concern the image.
    pub command: Option<DockerCommand>,
}

/// The command of a step.
#[derive(Debug, Clone)]
pub struct DockerCommand {
    /// Which one.
    pub kind: Kind,
    /// What the author says about it.
    pub fields: Fields,
}

/// The commands of the mixin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `docker build`.
    Build,
    /// `docker login`.
    Login,
    /// `docker pull`.
    Pull,
    /// `docker push`.
    Push,
    /// `docker rm`.
    Remove,
    /// `docker run`.
    Run,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Build,
        Self::Login,
        Self::Pull,
        Self::Push,
        Self::Remove,
        Self::Run,
    ];

    /// Its key in a step.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Login => "login",
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Remove => "remove",
            Self::Run => "run",
        }
    }
}

/// The fields of all commands: one type, because the decoder of each would be a tenth of the
/// component.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Fields {
    /// Arguments; where they stand depends on the command.
    pub arguments: KeepEmpty<String>,
    /// Further flags. Those of a login are not passed on.
    pub flags: Flags,
    /// Accepted; nothing is taken.
    pub outputs: Vec<StepOutput>,
    /// Name of the image to pull or push, or of the container to run.
    pub name: String,
    /// Tag to pull or push, or name of the image to build.
    pub tag: String,
    /// Digest to pull, which counts more than the tag.
    pub digest: String,
    /// Dockerfile of a build.
    pub file: String,
    /// Context of a build, `.` where nothing is said.
    pub path: String,
    /// Image to run.
    pub image: String,
    /// Run in the background.
    pub detach: bool,
    /// Ports to publish.
    pub ports: Vec<Entries<String>>,
    /// Environment variables of the container to run.
    pub env: Entries<String>,
    /// Give the container all rights.
    pub privileged: bool,
    /// Remove the container when it ends.
    pub rm: bool,
    /// What to run in the container.
    pub command: String,
    /// Keep what a run prints from the user.
    pub suppress_output: bool,
    /// Container to remove.
    pub container: String,
    /// Remove it even if it runs.
    pub force: bool,
    /// User who logs in; without it `DOCKER_USERNAME`.
    pub username: String,
    /// Password of the user; without it `DOCKER_PASSWORD`.
    pub password: String,
}

impl<'de> Deserialize<'de> for DockerStep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StepVisitor)
    }
}

struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = DockerStep;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a mapping with one of {COMMANDS}")
    }

    /// A command may be empty, as `login` is where the environment says everything, so what counts
    /// is that its name is there.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<DockerStep, A::Error> {
        let mut found: Option<(String, DockerCommand)> = None;
        while let Some(name) = members.next_key::<String>()? {
            if name == "description" {
                members.next_value::<String>()?;
                continue;
            }
            if let Some((first, _)) = &found {
                let sentence = format!("stands beside `{first}`, but a step has one command");
                members.next_value_seed(Refused(sentence))?;
            }
            let command = command(&name, &mut members)?;
            found = Some((name, command));
        }
        let command = found.map(|(_, command)| command);
        Ok(DockerStep { command })
    }
}

fn command<'de, A: MapAccess<'de>>(name: &str, members: &mut A) -> Result<DockerCommand, A::Error> {
    let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == name) else {
        let sentence = format!("is no command of the docker mixin, which has {COMMANDS}");
        return members.next_value_seed(Refused(sentence));
    };
    let fields = members.next_value()?;
    Ok(DockerCommand { kind, fields })
}

/// Refuses a value at its own place.
struct Refused(String);

impl<'de> DeserializeSeed<'de> for Refused {
    type Value = DockerCommand;

    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<DockerCommand, D::Error> {
        Err(D::Error::custom(self.0))
    }
}

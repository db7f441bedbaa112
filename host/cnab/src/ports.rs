//! What the operations need from an engine: [`Driver`] runs bundle images, [`Builder`] makes them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use async_trait::async_trait;

use crate::Sensitive;
use crate::cancel::CancellationToken;

/// The error of a port: typed below, opaque here.
pub type PortError = Box<dyn std::error::Error + Send + Sync>;

/// One run of a bundle image, as CNAB 1.2 defines it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Installation as the container sees it: `NAMESPACE/NAME`.
    pub installation: String,
    /// Name of the action.
    pub action: String,
    /// ULID of the revision.
    pub revision: String,
    /// Reference of the image to run.
    pub image: String,
    /// Digest that the image must have (`sha256:…`), when the bundle names one.
    pub image_digest: Option<String>,
    /// Environment of the container, besides the image's.
    pub environment: BTreeMap<String, Sensitive<String>>,
    /// Files to inject, by absolute path in the container.
    pub files: BTreeMap<String, Sensitive<Vec<u8>>>,
    /// Absolute paths of the outputs to bring back, all below `/cnab/app/outputs`.
    pub outputs: Vec<String>,
    /// A file of the container that must be known, where the run is bound to something that only
    /// this file enforces. A driver that cannot check it refuses the run.
    pub trusted: Option<TrustedFile>,
}

/// A file of a container with the contents that it may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedFile {
    /// Absolute path in the container.
    pub path: String,
    /// `sha256:…` of each.
    pub digests: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Exit code of the container.
    pub exit_code: i64,
    /// Whether it was stopped because of the cancellation.
    pub canceled: bool,
    /// Outputs that were there, by path. Collected after a failure too.
    pub outputs: BTreeMap<String, Sensitive<Vec<u8>>>,
    /// Why the outputs could not all be fetched.
    pub output_error: Option<String>,
}

/// A stream of the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Takes the output of the container as it comes.
pub trait LogSink: Send + Sync {
    /// A piece of output: raw bytes, not necessarily whole lines.
    fn write(&self, stream: Stream, bytes: &[u8]);
}

/// Runs bundle images.
#[async_trait]
pub trait Driver: Send + Sync {
    /// Runs one operation to its end. On cancellation the container is stopped; whatever happens
    /// it is removed, and outputs that exist are brought back.
    ///
    /// # Errors
    /// When the container could not be made, started or watched.
    async fn run(
        &self,
        operation: &Operation,
        log: &dyn LogSink,
        cancel: &CancellationToken,
    ) -> Result<Outcome, PortError>;

    /// Removes what a killed client left of the run with this revision.
    ///
    /// # Errors
    /// When the engine refuses.
    async fn clean_up(&self, revision: &str) -> Result<(), PortError>;
}

/// An image to build.
#[derive(Debug, Clone)]
pub struct ImageBuild {
    /// Name of the image, with tag.
    pub image: String,
    /// The Dockerfile, whole.
    pub dockerfile: String,
    /// Directory of the author's sources: the build context.
    pub context: PathBuf,
    /// The author's files for the bundle layer are those of `context` without these relative
    /// paths (`.cnab` is always left out).
    pub excluded: Vec<String>,
    /// Directory whose content becomes `/cnab`, less the notes about the build that porter keeps
    /// there (`Dockerfile`, `build.json`).
    pub cnab: PathBuf,
    /// Build arguments.
    pub build_args: BTreeMap<String, String>,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
    /// What the engine is told besides.
    pub options: BuildOptions,
    /// Build without the cache.
    pub no_cache: bool,
}

/// What a build may reach besides its own files, and what is made of it.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// Attributes of the image, in the words of the engine.
    pub output: BTreeMap<String, String>,
    /// Further contexts, by name.
    pub contexts: BTreeMap<String, BuildContext>,
    /// Secrets that its commands may mount, by name.
    pub secrets: BTreeMap<String, BuildSecret>,
    /// Sockets of SSH agents that its commands may mount, by name.
    pub agents: BTreeMap<String, PathBuf>,
    /// Where earlier results come from.
    pub cache_from: Vec<BuildCache>,
    /// Where results go.
    pub cache_to: Vec<BuildCache>,
}

/// A context that a Dockerfile may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildContext {
    /// A folder of this machine.
    Folder(PathBuf),
    /// An address that the engine reads: an image, a repository, an archive.
    Address(String),
}

/// Where a secret of a build comes from.
#[derive(Debug, Clone)]
pub enum BuildSecret {
    /// The content of a file, read when it is asked for.
    File(PathBuf),
    /// A value.
    Value(Sensitive<String>),
}

/// A cache outside of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildCache {
    /// Its type in the words of the engine, such as `registry`.
    pub kind: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
}

/// What the builder says while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildEvent {
    /// A step began.
    Started {
        /// Identity of the step within this build.
        step: String,
        /// Its name, untrusted text.
        name: String,
    },
    /// A step ended.
    Finished {
        /// Identity of the step.
        step: String,
        /// Whether its result came from the cache.
        cached: bool,
        /// Why it failed.
        error: Option<String>,
        /// How long it took, in milliseconds.
        milliseconds: u64,
    },
    /// Progress inside a step.
    Progress {
        /// Identity of the step.
        step: String,
        /// What is being moved, untrusted text.
        name: String,
        /// Done so far, usually bytes.
        current: i64,
        /// In all, 0 when unknown.
        total: i64,
    },
    /// Output of a step: raw bytes, untrusted.
    Log {
        /// Identity of the step.
        step: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A warning of the frontend, untrusted text.
    Warning {
        /// The text.
        text: String,
    },
}

/// Takes the events of a build as they come.
pub trait BuildProgress: Send + Sync {
    /// One event.
    fn event(&self, event: BuildEvent);
}

/// An image that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltImage {
    /// Identity of the image in the engine (`sha256:…`).
    pub id: String,
}

/// Makes bundle images.
#[async_trait]
pub trait Builder: Send + Sync {
    /// Builds an image and leaves it in the engine under its name.
    ///
    /// # Errors
    /// When the engine cannot be reached, a step fails or the build is canceled.
    async fn build(
        &self,
        build: &ImageBuild,
        progress: &dyn BuildProgress,
        cancel: &CancellationToken,
    ) -> Result<BuiltImage, PortError>;

    /// Identity of the image of this name, if the engine has it.
    ///
    /// # Errors
    /// When the engine cannot be reached.
    async fn image(&self, name: &str) -> Result<Option<BuiltImage>, PortError>;
}

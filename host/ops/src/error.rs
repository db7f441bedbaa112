//! Why an operation failed, and what to do next.

use std::path::PathBuf;

use porter_cnab::bundle::BundleError;
use porter_cnab::parameter::ConversionError;
use porter_cnab::ports::PortError;
use porter_cnab::secrets::SecretsError;
use porter_cnab::store::StoreError;

use crate::create::CreateError;
use crate::directory::DirectoryError;
use crate::lock::LockError;

/// Gives the next step after an error, where there is one.
pub trait Hint {
    /// A sentence that says what to do.
    fn hint(&self) -> Option<String>;
}

/// Why an operation failed. Texts in backticks of the compatibility reference appear word for word
/// as one link of the chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `porter create` failed.
    #[error("cannot create the bundle")]
    Create(#[from] CreateError),
    /// The manifest has mistakes.
    #[error("{0}")]
    Manifest(crate::manifest::ManifestError),
    /// Building failed.
    #[error("cannot build bundle `{bundle}`")]
    Build {
        /// Name of the bundle, or its manifest.
        bundle: String,
        /// Why.
        source: Box<Error>,
    },
    /// A flag that names a file names none.
    #[error("unable to access --{flag} {}", path.display())]
    FlagFile {
        /// The flag.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An argument that names a file names none.
    #[error("invalid file argument {}", path.display())]
    FileArgument {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The credentials of a run cannot be resolved.
    #[error("could not resolve credentials before running the bundle")]
    Credentials(#[source] Box<Error>),
    /// The parameter sets of a run cannot be used.
    #[error("unable to process provided parameter sets")]
    ParameterSets(#[source] Box<Error>),
    /// A credential set is not there.
    #[error(
        "could not find credential set named {name} in the {namespace} namespace or global namespace"
    )]
    NoCredentialSet {
        /// Its name.
        name: String,
        /// Namespace of the installation.
        namespace: String,
        /// Why.
        source: Box<Error>,
    },
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The mode of a file cannot be changed.
    #[error("cannot change the mode of `{}`", path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no manifest where one is needed.
    #[error(
        "could not find porter.yaml in the current directory {}, make sure you are in the right \
         directory or specify the porter manifest with --file",
        directory.display()
    )]
    NoManifest {
        /// The directory.
        directory: PathBuf,
    },
    /// A text that a user gave is wrong.
    #[error("{0}")]
    Usage(Usage),
    /// The bundle directory cannot be used.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// `porter.lock` does not fit.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file that the manifest lists was not downloaded.
    #[error(transparent)]
    Files(#[from] crate::build::FilesError),
    /// Lint found errors.
    #[error("lint errors were detected. Rerun with --no-lint to ignore the errors")]
    Lint {
        /// How many.
        errors: usize,
    },
    /// The bundle has a name in its way.
    #[error(
        "a file or directory named \"porter\" exists in {}, which will conflict with Porter's \
         internal directory structure. Please rename or remove it, or add it to .dockerignore",
        directory.display()
    )]
    NameInTheWay {
        /// The bundle directory.
        directory: PathBuf,
    },
    /// The template of the Dockerfile is missing.
    #[error("the Dockerfile specified in the manifest doesn't exist: \"{}\"", path.display())]
    NoDockerfile {
        /// Where it was looked for.
        path: PathBuf,
        /// Place in the manifest, `FILE:LINE:COLUMN`.
        place: String,
    },
    /// The Dockerfile cannot be rendered.
    #[error("unable to generate Dockerfile")]
    Dockerfile(#[source] porter_dockerfile::RenderError),
    /// A mixin cannot be found, admitted, compiled or evaluated.
    #[error(transparent)]
    Mixin(#[from] crate::mixins::MixinError),
    /// A mixin cannot be installed, removed, found or published.
    #[error(transparent)]
    Install(#[from] crate::mixins::InstallError),
    /// A mixin cannot be adapted for another Porter.
    #[error(transparent)]
    Adapt(#[from] crate::mixins::AdaptError),
    /// A mixin that the manifest declares cannot be used.
    #[error("{place}: the manifest declares a mixin that cannot be used")]
    MixinAt {
        /// `FILE:LINE:COLUMN`.
        place: String,
        /// Why.
        source: crate::mixins::MixinError,
    },
    /// A mixin refused what the manifest gives it; its findings were shown.
    #[error("mixin `{mixin}` refuses what the manifest gives it")]
    Refused {
        /// The mixin.
        mixin: String,
    },
    /// A bundle from source that nobody built.
    #[error(
        "Attempted to use a bundle from source without building it first when \
         --autobuild-disabled is set. Build the bundle and try again"
    )]
    NeverBuilt,
    /// The engine failed while it built.
    #[error("unable to build bundle image")]
    Image(#[source] PortError),
    /// No Docker engine can be used.
    #[error(transparent)]
    Connect(#[from] porter_docker::DockerError),
    /// The Dockerfile or `.cnab` were made by a porter without a runtime inside.
    #[error("this porter was built without the runtime for the image")]
    NoRuntime,
    /// The bundle document is wrong.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store cannot be opened.
    #[error("cannot open the store of porter")]
    OpenStore(#[source] porter_storage::StorageError),
    /// The secret store failed.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// A folder is no home of a Porter 0.38.
    #[error("`{}` is no home of a Porter 0.38: it has no claims, installations or sets", path.display())]
    NoOldHome {
        /// The folder.
        path: PathBuf,
    },
    /// A folder is no export of a store.
    #[error("`{}` is no export of a store: it has no installations.json", path.display())]
    NoExport {
        /// The folder.
        path: PathBuf,
    },
    /// Not everything could be taken over.
    #[error(
        "{installations} installation(s) were taken over, the following could not be:\n{}",
        .problems.join("\n")
    )]
    Migrate {
        /// How many could.
        installations: usize,
        /// What could not, in sentences.
        problems: Vec<String>,
    },
    /// The key of the secrets cannot be taken, brought or exchanged.
    #[error("cannot {what} the key of the secrets")]
    SecretKey {
        /// What was attempted.
        what: &'static str,
        /// Why.
        source: porter_storage::StorageError,
    },
    /// The configuration names a secret store that this porter does not have.
    #[error("secrets plugin `{plugin}` is not supported yet")]
    UnknownSecretsPlugin {
        /// The plugin.
        plugin: String,
    },
    /// The configuration names a store that this porter does not have.
    #[error("storage plugin `{plugin}` is not supported")]
    UnknownStoragePlugin {
        /// The plugin.
        plugin: String,
    },
    /// The installation is not there.
    #[error("could not find installation {installation}")]
    NoInstallation {
        /// `NAMESPACE/NAME`.
        installation: String,
        /// Why.
        source: StoreError,
    },
    /// The status of an installation cannot be read.
    #[error("unable to read status for installation {installation}")]
    NoStatus {
        /// Its name.
        installation: String,
        /// Why.
        source: StoreError,
    },
    /// A file is no installation.
    #[error("unable to parse {} as an installation document", path.display())]
    NoInstallationFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: porter_config::ConfigError,
    },
    /// It is installed already.
    #[error(
        "The installation has already been successfully installed and as a protection against \
         accidentally overwriting existing installations, porter install cannot be repeated. \
         Verify the installation name and namespace, and if correct, use porter upgrade. You can \
         skip this check by using the --force flag."
    )]
    AlreadyInstalled,
    /// It is not installed.
    #[error(
        "The installation cannot be upgraded, because it is not installed. Verify the \
         installation name and namespace, and if correct, use porter install."
    )]
    NotInstalled,
    /// A value cannot be converted.
    #[error(transparent)]
    Conversion(#[from] ConversionError),
    /// Several values are wrong.
    #[error("{}", .0.join("\n"))]
    Values(Vec<String>),
    /// A document with sources cannot be used.
    #[error(transparent)]
    Document(#[from] porter_config::ConfigError),
    /// An action cannot be planned.
    #[error("cannot plan the action")]
    Preview(#[source] Box<porter_runtime::RuntimeError>),
    /// A step cannot be planned.
    #[error("{step} cannot be planned")]
    PlanStep {
        /// Number, action, mixin and line of the step.
        step: String,
        /// Why.
        source: Box<porter_runtime::error::StepError>,
    },
    /// A run cannot be bound to a plan.
    #[error(transparent)]
    Plan(#[from] crate::plan::PlanError),
    /// Files of an image cannot be read.
    #[error("cannot read the runbook of the bundle")]
    ImageFiles(#[source] Box<porter_docker::driver::DriverError>),
    /// The engine does not have the image of a bundle.
    #[error("the Docker engine does not have the image `{0}`")]
    ImageAbsent(String),
    /// An image without runbook or mixins.
    #[error("the image `{0}` was not built by porter")]
    NoRunbook(String),
    /// An image with another mixin than its runbook names.
    #[error("the mixin `{mixin}` in the image `{image}` is not the one that its runbook names")]
    OtherMixin {
        /// The image.
        image: String,
        /// The mixin.
        mixin: String,
    },
    /// The run could not be made.
    #[error("cannot run action `{action}` of bundle `{bundle}`")]
    Run {
        /// The action.
        action: String,
        /// The bundle.
        bundle: String,
        /// Why.
        source: PortError,
    },
    /// The run failed.
    #[error("{}", failed_run(.problems))]
    RunFailed {
        /// Everything that went wrong, in Porter's words.
        problems: Vec<String>,
    },
    /// The run was stopped on request.
    #[error("action `{action}` of installation {installation} was canceled")]
    Canceled {
        /// The action.
        action: String,
        /// `NAMESPACE/NAME`.
        installation: String,
    },
    /// A bundle did not get where it should.
    #[error(transparent)]
    Travel(#[from] crate::travel::TravelError),
    /// Something else than a run was stopped on request.
    #[error("{0} was canceled")]
    Stopped(&'static str),
    /// Deleting the records is not safe.
    #[error(
        "it is unsafe to delete an installation when the last action wasn't a successful \
         uninstall; if you are sure it should be deleted, retry the last command with the \
         --force-delete flag"
    )]
    UnsafeDelete(#[source] Box<Error>),
    /// Something that porter cannot do yet.
    #[error("{0} is not supported yet")]
    NotSupportedYet(String),
    /// An output is not there.
    #[error("unable to read output '{output}' for {of}")]
    NoOutput {
        /// Name of the output.
        output: String,
        /// Of what.
        of: String,
        /// Why.
        source: StoreError,
    },
    /// JSON that must be writable was not.
    #[error("cannot write JSON")]
    Json(#[from] serde_json::Error),
}

/// What a user gave and what is wrong with it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Usage {
    /// Not `NAME=VALUE`.
    #[error("invalid parameter ({0}), must be in name=value format")]
    NameValue(String),
    /// `=VALUE`.
    #[error("invalid parameter ({0}), variable name is required")]
    NoName(String),
    /// A flag of a build that the engine is told.
    #[error(transparent)]
    Engine(#[from] crate::build::EngineFlagError),
    /// Full control of a Dockerfile that there is not.
    #[error("no Dockerfile specified in the manifest")]
    NoDockerfile,
    /// A Dockerfile that is no text.
    #[error("the Dockerfile specified in the manifest is not UTF-8 text")]
    DockerfileText,
    /// Not the level of a lint rule.
    #[error("invalid value of --rule: `{0}` is no CODE=LEVEL")]
    LintRule(String),
    /// Not a mirror.
    #[error("invalid --download-mirror")]
    Mirror(#[source] porter_dockerfile::MirrorError),
    /// A parameter that the bundle does not have.
    #[error("parameter {0} not defined in bundle")]
    UnknownParameter(String),
    /// Two names.
    #[error(
        "only one positional argument may be specified, the installation name, but multiple were \
         received: [{}]", .0.join(" ")
    )]
    SeveralNames(Vec<String>),
    /// Both definitions.
    #[error("cannot specify both --file and --cnab-file")]
    FileAndCnabFile,
    /// No bundle at all, for install.
    #[error(
        "No bundle specified. Either --reference, --file or --cnab-file must be specified or the \
         current directory must contain a porter.yaml file."
    )]
    NoBundleToInstall,
    /// No bundle at all.
    #[error(
        "no bundle specified. Either an installation name, --reference, --file or --cnab-file must \
         be specified or the current directory must contain a porter.yaml file"
    )]
    NoBundle,
    /// No bundle at all, for a command that only shows one.
    #[error("no bundle specified")]
    NoBundleToShow,
    /// Two references.
    #[error(
        "only one positional argument may be specified, the bundle reference, but multiple were \
         received: [{}]", .0.join(" ")
    )]
    SeveralReferences(Vec<String>),
    /// Invoke without action.
    #[error("--action is required")]
    NoAction,
    /// An action that the bundle does not have.
    #[error("invalid --action {0}")]
    UnknownAction(String),
    /// A variable of the docker driver that has a value it cannot have.
    #[error(
        "environment variable {name} has unexpected value \"{value}\". Supported values are \
         'true', 'false', or unset"
    )]
    DriverVariable {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// A bundle that needs the Docker socket of the host and was not given it.
    #[error(
        "extension \"io.cnab.docker\" is required but allow-docker-host-access was not enabled"
    )]
    HostAccess,
    /// The Docker socket of the host, for a driver that is not docker.
    #[error("allow-docker-host-access was enabled, but the driver is {0}")]
    HostAccessDriver(String),
    /// A directory of the host, for a driver that is not docker. The text is Porter's.
    #[error("mount-host-volume was was used to mount a volume, but the driver is {0}")]
    HostVolumeDriver(String),
    /// A driver that cannot check what it starts.
    #[error("driver `{0}` cannot bind a run to a reviewed plan (--plan): only docker can")]
    PlanDriver(String),
    /// A bundle that needs something this porter does not know.
    #[error("unsupported required extension: {0}")]
    Extension(String),
    /// A reference that is none.
    #[error(
        "invalid value for --reference, specified value should be of the form \
         REGISTRY/bundle:tag: {0}"
    )]
    Reference(porter_registry::ReferenceError),
    /// A tag with more than a tag in it.
    #[error(
        "the --tag flag has been updated to designate just the Docker tag portion of the bundle \
         reference; use --reference for the full bundle reference instead"
    )]
    Tag,
    /// A manifest where a published bundle is tracked.
    #[error(
        "installation {installation} is of the published bundle {reference}, and there is a \
         porter.yaml in the current directory"
    )]
    Tracked {
        /// `NAMESPACE/NAME`.
        installation: String,
        /// What it tracks.
        reference: String,
    },
    /// Copying to nowhere.
    #[error("--destination is required")]
    NoDestination,
    /// A source that is no reference.
    #[error(
        "invalid value for --source, specified value should be of the form REGISTRY/bundle:tag or \
         REGISTRY/bundle@sha: {0}"
    )]
    Source(porter_registry::ReferenceError),
    /// A destination that is no reference.
    #[error(
        "invalid value for --destination, specified value should be of the form \
         REGISTRY/bundle:tag: {0}"
    )]
    Destination(porter_registry::ReferenceError),
    /// Nothing says under which tag something is to be copied.
    #[error("--destination must be tagged reference when --source is digested reference")]
    UntaggedDestination,
    /// Archiving to nowhere.
    #[error("destination file is required")]
    NoArchive,
    /// Several files.
    #[error("only one positional argument may be specified, the archive file name, but multiple were received: [{}]", .0.join(" "))]
    SeveralArchives(Vec<String>),
    /// An archive of nothing, or to nowhere.
    #[error("must provide a value for --reference of the form REGISTRY/bundle:tag")]
    NoReference,
    /// A file in a folder that is not there.
    #[error("parent directory {:?} does not exist", .0.display().to_string())]
    NoParent(PathBuf),
    /// A compression level that does not exist.
    #[error("invalid compression level: {0}")]
    Compression(String),
    /// A digest where only a tag can be.
    #[error("nothing can be published as {0}: a digest follows from what is published")]
    DigestedTarget(String),
    /// A driver that does not exist.
    #[error("unsupported driver or driver not found in PATH: {0}")]
    UnknownDriver(String),
    /// A version that is none.
    #[error("invalid bundle version: \"{0}\" is not a valid semantic version")]
    Version(String),
    /// A build argument that is too long.
    #[error(
        "The length of the build argument {0} is longer than the max (5000 characters). Save the \
         value to a file in the bundle directory, and read it from there in a RUN instruction"
    )]
    LongBuildArgument(String),
    /// No run has logs.
    #[error("no logs found")]
    NoLogs,
    /// Records that are not safe to delete.
    #[error(
        "it is unsafe to delete an installation when the last action wasn't a successful \
         uninstall; if you are sure it should be deleted, retry the last command with the --force \
         flag"
    )]
    UnsafeDelete,
    /// An installation file without a name.
    #[error("invalid installation: the installation has no name")]
    UnnamedInstallation,
    /// An installation file without a bundle, for an installation that never ran.
    #[error("the installation does not define a valid bundle reference.")]
    NoBundleReference,
    /// A repository alone.
    #[error(
        "could not determine the fully-qualified bundle reference: Invalid bundle reference, \
         either Digest, Version, or Tag must be specified"
    )]
    NoBundleVersion,
    /// A set without a name.
    #[error("the {0} set has no name")]
    UnnamedSet(&'static str),
    /// An edited set that is another one now.
    #[error("the name and the namespace of {kind} set {set} cannot be changed")]
    RenamedSet {
        /// `credential` or `parameter`.
        kind: &'static str,
        /// `NAMESPACE/NAME`.
        set: String,
    },
    /// A name that a set cannot have.
    #[error("{kind} name '{name}' cannot contain the following characters: './\\'")]
    SetName {
        /// Which kind, in Porter's words.
        kind: &'static str,
        /// The name.
        name: String,
    },
}

impl Error {
    /// All that the failing step of an image build wrote: raw bytes, untrusted.
    pub fn step_log(&self) -> Option<&[u8]> {
        match self {
            Self::Build { source, .. } => source.step_log(),
            Self::Image(source) => match source.downcast_ref() {
                Some(porter_docker::DockerError::StepFailed { log, .. }) => Some(log),
                _ => None,
            },
            _ => None,
        }
    }
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut last = text.clone();
    let mut source = error.source();
    while let Some(cause) = source {
        let next = cause.to_string();
        if next != last {
            text.push_str(": ");
            text.push_str(&next);
        }
        last = next;
        source = cause.source();
    }
    text
}

fn failed_run(problems: &[String]) -> String {
    match problems {
        [one] => one.clone(),
        several => {
            let lines: Vec<String> = several.iter().map(|line| format!("\t* {line}")).collect();
            format!("{} errors occurred:\n{}", several.len(), lines.join("\n"))
        }
    }
}

impl From<Usage> for Error {
    fn from(usage: Usage) -> Self {
        Self::Usage(usage)
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Build { source, .. } => source.hint(),
            Self::Manifest(error) => error.hint(),
            Self::Mixin(source) | Self::MixinAt { source, .. } => source.hint(),
            Self::Install(error) => error.hint(),
            Self::Adapt(source) => source.hint(),
            Self::Plan(_) => Some(
                "make the plan again with `porter plan … -o json`, look at it, and give that file"
                    .to_owned(),
            ),
            Self::ImageAbsent(image) => Some(format!(
                "`docker pull {image}`, or plan from the bundle's sources with --file"
            )),
            Self::NoRunbook(_) => Some(
                "only bundles that this porter built can be planned from their image".to_owned(),
            ),
            Self::NeverBuilt => Some("run `porter build`".to_owned()),
            Self::Connect(error) => error.hint().map(str::to_owned),
            Self::Image(source) => {
                let error = source.downcast_ref::<porter_docker::DockerError>();
                error.and_then(|error| error.hint()).map(str::to_owned)
            }
            Self::NoRuntime => Some("run `make build`, which builds it first".to_owned()),
            Self::NoDockerfile { place, .. } => {
                Some(format!("create the file, or change `dockerfile` at {place}"))
            }
            Self::Lock(error) => error.hint(),
            Self::UnknownSecretsPlugin { .. } => Some(
                "there are `encrypted`, `host`, `filesystem`, `command` and `hashicorp.vault`; \
                 PORTER_DEFAULT_SECRETS_PLUGIN and `default-secrets` choose one"
                    .to_owned(),
            ),
            Self::UnknownStoragePlugin { .. } => Some(
                "porter keeps its records in PORTER_HOME/porter.db, and `porter storage migrate \
                 --from-export` takes over those of a Porter 1.x: write `default-storage-plugin: \
                 sqlite` without `default-storage`, or set PORTER_DEFAULT_STORAGE= and \
                 PORTER_DEFAULT_STORAGE_PLUGIN=sqlite"
                    .to_owned(),
            ),
            Self::Travel(error) => error.hint(),
            Self::NoCredentialSet { .. } => Some(
                "`porter credentials list --all-namespaces` shows which there are; `porter \
                 credentials apply FILE` adds one"
                    .to_owned(),
            ),
            Self::ParameterSets(source) => match &**source {
                Self::Store(StoreError::SetNotFound { .. }) => Some(
                    "`porter parameters list --all-namespaces` shows which there are; `porter \
                     parameters apply FILE` adds one"
                        .to_owned(),
                ),
                other => other.hint(),
            },
            Self::Usage(Usage::NoBundleReference) => Some(
                "give the file a `bundle`, or give the command --file or --cnab-file".to_owned(),
            ),
            Self::Usage(Usage::Tracked { reference, .. }) => Some(format!(
                "give the command `--reference {reference}` to go on with that bundle, or `--file \
                 porter.yaml` to replace it"
            )),
            Self::Usage(Usage::HostAccess) => Some(
                "run the command again with --allow-docker-host-access if you trust the bundle: it \
                 gives the bundle the rights of root on this machine"
                    .to_owned(),
            ),
            Self::Usage(Usage::UnknownParameter(_)) => Some(
                "`porter lint` and the manifest's `parameters` section tell which there are"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

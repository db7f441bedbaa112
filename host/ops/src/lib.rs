//! The operations of porter: the only place that composes.
//!
//! Knows no command line and no terminal: messages are `tracing` events, progress and container
//! output go through the ports of `porter-cnab`.

mod action;
mod build;
pub mod create;
mod digest;
mod directory;
mod driver;
mod error;
mod explain;
mod inspect;
mod lint;
mod lock;
mod manifest;
mod migrate;
mod mixins;
mod permissions;
mod plan;
mod porter;
mod publish;
mod records;
mod replace;
mod schema;
mod secrets;
mod secrets_key;
mod sets;
mod source;
mod store;
mod travel;
mod update;

pub use action::{ActionOutcome, ActionPorts, ActionRequest, ApplyRequest, Delete, Kind};
pub use build::{BuildOutcome, BuildRequest, BuiltImage, EngineFlagError, EngineFlags, FilesError};
pub use directory::DirectoryError;
pub use error::{Error, Hint, Usage};
pub use explain::{
    ExplainedAction, ExplainedCredential, ExplainedDependency, ExplainedOutput, ExplainedParameter,
    Explanation, Installing,
};
pub use inspect::{Dependency, ImageFacts, InspectOptions, InspectedImage, Inspection, NamedImage};
pub use lint::{Finding, Level, LintRequest, Location, Range, Spot, sarif};
pub use lock::{Difference, Lock, LockError, LockedMixin};
pub use manifest::ManifestError;
pub use migrate::{MigrateSource, Migrated};
pub use mixins::{
    AdaptError, AdaptRequest, Adapted, Answer, COMPILE_ARGUMENT, CallStats, CaseChange,
    CaseOutcome, CaseReport, CasesError, Change, CreateMixin, CreateMixinError, Evaluation,
    FeedRequest, Function, InstallError, InstallMixin, Language, Listing, MixinDiff, MixinError,
    MixinInstalled, MixinPublished, MixinReport, MixinTestReport, MixinTestRequest, NativeError,
    Ordered, PackMixin, Part, PublishMixin, create_mixin,
};
pub use plan::{Plan, PlanError, PlannedBundle, PlannedInstallation, PlannedStep};
pub use porter::{Builtin, Parts, Porter, Program};
pub use porter_component::About;
pub use porter_registry::download::Progress as DownloadProgress;
pub use porter_sandbox::child_main as compile_child;
pub use publish::{PublishRequest, Published, PublishedImage};
pub use records::{Records, RunChoice};
pub use sets::{SetDraft, StoredSet, Wanted};
pub use source::BundleChoice;
pub use travel::{ArchiveRequest, CopyRequest, PullOptions, TravelError};
pub use update::UpdateRequest;

//! The plan as a document: what people review, and what a run is compared with.

use std::io::Read;
use std::path::{Path, PathBuf};

use porter_cnab::Json;
use porter_cnab::bundle::Bundle;
use porter_cnab::records::{Installation, Run};
use porter_sandbox::Digest;
use serde::{Deserialize, Serialize};

/// Version of the format.
const SCHEMA_VERSION: &str = "1.0.0";
/// Largest document.
const MAX_SIZE: u64 = 64 << 20;

/// Everything that an action would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Version of the format.
    pub schema_version: String,
    /// The bundle.
    pub bundle: PlannedBundle,
    /// Name of the action.
    pub action: String,
    /// What it acts on.
    pub installation: PlannedInstallation,
    /// Its steps, in order.
    pub steps: Vec<PlannedStep>,
    /// `sha256:…` of everything else.
    #[serde(default)]
    pub digest: String,
}

/// Which bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedBundle {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

/// Which installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedInstallation {
    /// Namespace, empty for the global one.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// One step. A text with values that are secret, or not known before the run, is a list of pieces:
/// plain text, `{"value": NAME}` and, for a value inside a JSON string, `{"json": NAME}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedStep {
    /// What the author says it is for, or `null`.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub description: Json,
    /// Name of its mixin.
    pub mixin: String,
    /// Version of the mixin.
    pub version: String,
    /// `sha256:…` of the mixin.
    pub component: String,
    /// Tier of the mixin.
    pub tier: String,
    /// Line in the manifest, from 1.
    pub line: u32,
    /// What it does, in order; absent when that is not known before the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Json>,
    /// Why it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unplanned: Option<String>,
}

/// Why a run cannot be bound to a plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("cannot read the plan `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no plan.
    #[error("`{}` is not a plan as `porter plan -o json` writes one", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A version that this porter does not know.
    #[error("the plan has the version `{0}`, this porter reads {SCHEMA_VERSION}")]
    Version(String),
    /// The document was changed.
    #[error("the plan was changed after it was made: its digest is `{written}`, not `{real}`")]
    Digest {
        /// What the document says.
        written: String,
        /// What it is.
        real: String,
    },
    /// A plan for something else.
    #[error("the plan is for {planned}, this is {found}")]
    Other {
        /// Action, bundle and installation of the plan.
        planned: String,
        /// Those of the run.
        found: String,
    },
    /// A step that nobody could review.
    #[error("step {step} of the plan cannot be bound: {reason}")]
    Unplanned {
        /// Number of the step, from 1.
        step: usize,
        /// Why it is not planned.
        reason: String,
    },
    /// It cannot be written.
    #[error("cannot write the plan")]
    Write(#[from] serde_json::Error),
}

impl Plan {
    /// A plan with its digest.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn new(
        bundle: PlannedBundle,
        action: &str,
        installation: PlannedInstallation,
        steps: Vec<PlannedStep>,
    ) -> Result<Self, PlanError> {
        let mut plan = Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            bundle,
            action: action.to_owned(),
            installation,
            steps,
            digest: String::new(),
        };
        plan.digest = plan.real_digest()?;
        Ok(plan)
    }

    /// Reads a plan and checks that it is whole.
    ///
    /// # Errors
    /// When it cannot be read, or was changed.
    pub(crate) fn read(path: &Path) -> Result<Self, PlanError> {
        let failed = |source| PlanError::Read {
            path: path.to_path_buf(),
            source,
        };
        let mut content = Vec::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MAX_SIZE)
            .read_to_end(&mut content)
            .map_err(failed)?;
        let plan: Self = serde_json::from_slice(&content).map_err(|source| PlanError::Format {
            path: path.to_path_buf(),
            source,
        })?;
        if plan.schema_version != SCHEMA_VERSION {
            return Err(PlanError::Version(porter_mixin::escape::escape(
                &plan.schema_version,
            )));
        }
        let real = plan.real_digest()?;
        if plan.digest != real {
            let written = porter_mixin::escape::escape(&plan.digest);
            return Err(PlanError::Digest { written, real });
        }
        Ok(plan)
    }

    /// Checks that it is the plan of this run.
    pub(super) fn check(
        &self,
        run: &Run,
        installation: &Installation,
        bundle: &Bundle,
    ) -> Result<(), PlanError> {
        let found = Self {
            bundle: PlannedBundle {
                name: bundle.name.clone(),
                version: bundle.version.clone(),
            },
            action: run.action.clone(),
            installation: PlannedInstallation {
                namespace: installation.namespace.clone(),
                name: installation.name.clone(),
            },
            ..self.clone()
        };
        if found != *self {
            return Err(PlanError::Other {
                planned: self.subject(),
                found: found.subject(),
            });
        }
        let mut steps = self.steps.iter().enumerate();
        match steps.find(|(_, step)| step.tasks.is_none()) {
            None => Ok(()),
            Some((index, step)) => Err(PlanError::Unplanned {
                step: index + 1,
                reason: step.unplanned.clone().unwrap_or_default(),
            }),
        }
    }

    fn subject(&self) -> String {
        let text = format!(
            "{} of {}/{} with bundle {} {}",
            self.action,
            self.installation.namespace,
            self.installation.name,
            self.bundle.name,
            self.bundle.version
        );
        porter_mixin::escape::escape(&text)
    }

    fn real_digest(&self) -> Result<String, serde_json::Error> {
        let without = Self {
            digest: String::new(),
            ..self.clone()
        };
        Ok(Digest::of(&serde_json::to_vec(&without)?).to_string())
    }
}

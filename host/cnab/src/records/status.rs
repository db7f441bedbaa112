//! The status of an installation: what it is, and what may be done with it.

use serde::{Deserialize, Serialize};

use super::{ResultStatus, Run, RunResult, Timestamp};

/// What the last actions left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstallationStatus {
    /// Last run that modified the installation; empty before the first.
    #[serde(default)]
    pub run_id: String,
    /// Its action.
    #[serde(default)]
    pub action: String,
    /// Its result.
    #[serde(default)]
    pub result_id: String,
    /// Status of that result.
    #[serde(default, with = "super::result::empty_when_none")]
    pub result_status: Option<ResultStatus>,
    /// When the installation was made.
    pub created: Timestamp,
    /// When its options were last changed.
    pub modified: Timestamp,
    /// When it was installed.
    #[serde(default)]
    pub installed: Option<Timestamp>,
    /// When it was uninstalled.
    #[serde(default)]
    pub uninstalled: Option<Timestamp>,
    /// Reference of the bundle of the last run.
    #[serde(default)]
    pub bundle_reference: String,
    /// Version of the bundle of the last run.
    #[serde(default)]
    pub bundle_version: String,
    /// Digest of the bundle of the last run.
    #[serde(default)]
    pub bundle_digest: String,
}

/// What `list` and `show` call the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisplayState {
    /// There and running.
    Installed,
    /// Gone again.
    Uninstalled,
    /// Known, never installed.
    Defined,
}

impl DisplayState {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Uninstalled => "uninstalled",
            Self::Defined => "defined",
        }
    }
}

impl InstallationStatus {
    /// Of an installation made just now.
    pub fn new(created: Timestamp) -> Self {
        Self {
            run_id: String::new(),
            action: String::new(),
            result_id: String::new(),
            result_status: None,
            created,
            modified: created,
            installed: None,
            uninstalled: None,
            bundle_reference: String::new(),
            bundle_version: String::new(),
            bundle_digest: String::new(),
        }
    }

    /// Whether it was installed and not uninstalled since.
    pub fn is_installed(&self) -> bool {
        match (self.installed, self.uninstalled) {
            (Some(installed), Some(uninstalled)) => installed > uninstalled,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// Whether it was uninstalled and not installed since.
    pub fn is_uninstalled(&self) -> bool {
        match (self.installed, self.uninstalled) {
            (Some(installed), Some(uninstalled)) => uninstalled > installed,
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }

    /// Whether it is known only.
    pub fn is_defined(&self) -> bool {
        !self.is_installed() && !self.is_uninstalled()
    }

    /// Whether `install` needs no force.
    pub fn can_install(&self) -> bool {
        !self.is_installed()
    }

    /// Whether `upgrade` needs no force.
    pub fn can_upgrade(&self) -> bool {
        self.is_installed()
    }

    /// Whether its records may be deleted without force: the last action that modified it was a
    /// successful uninstall.
    pub fn can_delete(&self) -> bool {
        self.action == "uninstall" && self.result_status == Some(ResultStatus::Succeeded)
    }

    /// What `list` and `show` call the state.
    pub fn display_state(&self) -> DisplayState {
        if self.is_installed() {
            DisplayState::Installed
        } else if self.is_uninstalled() {
            DisplayState::Uninstalled
        } else {
            DisplayState::Defined
        }
    }

    /// What `list` and `show` call the status; empty when there is nothing to say.
    pub fn display_status(&self) -> String {
        match self.result_status {
            Some(ResultStatus::Succeeded) => "succeeded".into(),
            Some(ResultStatus::Failed) => "failed".into(),
            Some(ResultStatus::Unknown) => "lost".into(),
            Some(ResultStatus::Canceled) => "canceled".into(),
            Some(ResultStatus::Running) => match self.action.as_str() {
                "install" => "installing".into(),
                "uninstall" => "uninstalling".into(),
                "upgrade" => "upgrading".into(),
                action => format!("running {action}"),
            },
            Some(ResultStatus::Pending) | None => String::new(),
        }
    }

    /// Takes in the result of a run. A run whose action does not modify the installation leaves
    /// everything but the times of success as it was.
    pub fn apply(&mut self, run: &Run, result: &RunResult) {
        if run.modifies() {
            self.run_id.clone_from(&run.id);
            self.action.clone_from(&run.action);
            self.result_id.clone_from(&result.id);
            self.result_status = Some(result.status);
            self.bundle_reference.clone_from(&run.bundle_reference);
            self.bundle_version = run.bundle_version();
            self.bundle_digest.clone_from(&run.bundle_digest);
        }
        if result.status != ResultStatus::Succeeded {
            return;
        }
        if run.action == "install" && !self.is_installed() {
            self.installed = Some(after(self.uninstalled, result.created));
        }
        if run.action == "uninstall" && !self.is_uninstalled() {
            self.uninstalled = Some(after(self.installed, result.created));
        }
    }
}

/// The time of an event that came after `earlier`, even if the clock was set back in between.
fn after(earlier: Option<Timestamp>, time: Timestamp) -> Timestamp {
    match earlier {
        Some(earlier) if earlier >= time => {
            Timestamp::from_unix_nanoseconds(earlier.unix_nanoseconds().saturating_add(1))
        }
        _ => time,
    }
}

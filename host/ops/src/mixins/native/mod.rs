//! Native mixins: programs that speak Porter's mixin protocol, with all rights of the user. They
//! are the exception: each must be allowed by name, and is called `native, unsandboxed` wherever
//! mixins are shown.
//!
//! Their answers are untrusted all the same: bounded, and shown escaped.

mod error;
mod files;
mod process;

use std::path::{Path, PathBuf};
use std::time::Duration;

use porter_mixin::yaml::to_yaml;
use porter_mixin::{BuildRequest, Diagnostic, Json, Place, Severity};
use serde::Deserialize;

use self::files::NativeFile;
use self::process::Call;
use crate::lock::LockedMixin;

pub use error::NativeError;

/// What lock, runbook and lists call their tier.
pub(crate) const TIER: &str = "native";
/// How the tier is said to people.
pub(crate) const TIER_TEXT: &str = "native, unsandboxed";
/// What the lock calls their interface.
const INTERFACE: &str = "porter-mixin-protocol";

/// Time for the programs that answer at once in all known mixins.
const QUICK: Duration = Duration::from_secs(30);
/// Time for those that may look for versions of what they install.
const LONG: Duration = Duration::from_secs(120);
/// Most of a Dockerfile, lint results or a schema.
const MAX_ANSWER: usize = 4 << 20;
/// Most of a version.
const MAX_VERSION: usize = 64 << 10;
/// Most lint results that are taken.
const MAX_RESULTS: usize = 1_000;
/// Longest text that is taken from a lint result or a version.
const MAX_TEXT: usize = 16 << 10;

/// A native mixin in `PORTER_HOME/mixins`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NativeMixin {
    pub(crate) name: String,
    home: PathBuf,
    folder: PathBuf,
    /// What its program says.
    pub(crate) version: NativeVersion,
    /// Over all its files.
    pub(crate) digest: String,
    files: Vec<NativeFile>,
}

/// What `version --output json` prints. Texts are untrusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct NativeVersion {
    #[serde(default)]
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) commit: String,
    #[serde(default)]
    pub(crate) author: String,
}

/// What `lint` prints, an element of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LintResult {
    #[serde(default)]
    level: u8,
    #[serde(default)]
    location: Location,
    #[serde(default)]
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    message: String,
    #[serde(default, rename = "URL")]
    url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Location {
    #[serde(default)]
    action: String,
    #[serde(default)]
    step_number: u32,
}

/// The program of a native mixin, where there is one.
pub(super) fn program(home: &Path, name: &str) -> Option<PathBuf> {
    let path = home.join("mixins").join(name).join(name);
    path.is_file().then_some(path)
}

/// The digest of the native mixin of this name, where there is one. Nothing is run.
pub(super) fn digest_of(home: &Path, name: &str) -> Option<String> {
    program(home, name)?;
    let files = files::list(&home.join("mixins").join(name), name).ok()?;
    files::digest(&files).ok()
}

impl NativeMixin {
    /// Looks at a mixin and asks it for its version, which runs it.
    pub(super) fn open(home: &Path, name: &str) -> Result<Self, NativeError> {
        Self::open_at(home, &home.join("mixins").join(name), name)
    }

    /// The same for one in another folder.
    pub(super) fn open_at(home: &Path, folder: &Path, name: &str) -> Result<Self, NativeError> {
        let files = files::list(folder, name)?;
        let mut mixin = Self {
            name: name.to_owned(),
            home: home.to_path_buf(),
            digest: files::digest(&files)?,
            version: NativeVersion::default(),
            folder: folder.to_path_buf(),
            files,
        };
        mixin.version = mixin.ask_version()?;
        Ok(mixin)
    }

    fn program(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// The program for the image.
    fn runtime(&self) -> PathBuf {
        self.folder.join(format!("runtimes/{}-runtime", self.name))
    }

    fn ask_version(&self) -> Result<NativeVersion, NativeError> {
        let call = self.call(&["version", "--output", "json"], MAX_VERSION, QUICK, None);
        let (shown, answer) = self.ask(call)?;
        let mut version: NativeVersion =
            serde_json::from_slice(&answer).map_err(|source| NativeError::Answer {
                command: shown,
                what: "version",
                source: source.into(),
            })?;
        for text in [
            &mut version.version,
            &mut version.commit,
            &mut version.author,
        ] {
            *text = text.chars().take(200).collect();
        }
        // As everywhere else, the version is the number.
        let plain = version.version.trim_start_matches('v').to_owned();
        version.version = plain;
        Ok(version)
    }

    /// What the mixin finds wrong with a manifest. One that cannot lint finds nothing.
    pub(crate) fn lint(
        &self,
        request: &BuildRequest,
        directory: &Path,
    ) -> Result<Vec<Diagnostic>, NativeError> {
        let mut call = self.call(&["lint"], MAX_ANSWER, LONG, Some(request));
        call.directory = Some(directory);
        let (shown, answer) = match self.ask(call) {
            Err(NativeError::Failed { stderr, .. }) if stderr.contains("unknown command") => {
                return Ok(Vec::new());
            }
            answer => answer?,
        };
        let results: Option<Vec<LintResult>> =
            serde_json::from_slice(&answer).map_err(|source| NativeError::Answer {
                command: shown,
                what: "list of lint results",
                source: source.into(),
            })?;
        let results = results.unwrap_or_default().into_iter().take(MAX_RESULTS);
        Ok(results.map(diagnostic).collect())
    }

    /// Lines for the Dockerfile.
    pub(crate) fn build(
        &self,
        request: &BuildRequest,
        directory: &Path,
    ) -> Result<Vec<String>, NativeError> {
        let mut call = self.call(&["build"], MAX_ANSWER, LONG, Some(request));
        call.directory = Some(directory);
        let (shown, answer) = self.ask(call)?;
        let text = String::from_utf8(answer).map_err(|source| NativeError::Answer {
            command: shown,
            what: "text",
            source: source.into(),
        })?;
        let lines = text
            .lines()
            .map(|line| line.trim_end_matches('\r').to_owned());
        Ok(lines.collect())
    }

    /// The JSON schema of the steps; nothing of a mixin that has none.
    pub(crate) fn schema(&self) -> Option<Json> {
        let call = self.call(&["schema"], MAX_ANSWER, QUICK, None);
        let answer = self.ask(call).ok()?.1;
        serde_json::from_slice(&answer).ok()
    }

    /// What goes into the image, by path below `/cnab/app`: content and mode.
    pub(crate) fn image_files(&self) -> Result<Vec<(String, Vec<u8>, u32)>, NativeError> {
        let runtime = self.runtime();
        if !runtime.is_file() {
            return Err(NativeError::NoRuntime {
                mixin: self.name.clone(),
                path: runtime,
            });
        }
        let own = format!("runtimes/{}-runtime", self.name);
        let file = |file: &NativeFile| {
            let path = format!("mixins/{}/{}", self.name, file.relative);
            let is_program = file.is_executable || file.relative == own;
            let mode = if is_program { 0o770 } else { 0o660 };
            Ok((path, files::content(file)?, mode))
        };
        self.files.iter().map(file).collect()
    }

    /// What the lock says of it.
    pub(crate) fn locked(&self) -> LockedMixin {
        LockedMixin {
            name: self.name.clone(),
            version: porter_mixin::escape::escape(&self.version.version),
            source: "native".to_owned(),
            digest: self.digest.clone(),
            tier: TIER.to_owned(),
            interface: INTERFACE.to_owned(),
        }
    }

    /// What lists say of it.
    pub(super) fn report(&self) -> super::MixinReport {
        super::MixinReport {
            name: self.name.clone(),
            version: self.version.version.clone(),
            authors: self.version.author.clone(),
            revision: self.version.commit.clone(),
            source: self.folder.display().to_string(),
            digest: self.digest.clone(),
            interface: INTERFACE.to_owned(),
            tier: TIER_TEXT.to_owned(),
            capabilities: vec!["everything that you may do".to_owned()],
            ..super::MixinReport::default()
        }
    }

    fn call<'a>(
        &self,
        arguments: &'a [&'a str],
        limit: usize,
        time: Duration,
        request: Option<&BuildRequest>,
    ) -> Prepared<'a> {
        Prepared {
            program: self.program(),
            arguments,
            limit,
            time,
            stdin: request.map(|request| input(&self.name, request)),
            directory: None,
        }
    }

    /// Runs a call; also returns what it is called in messages.
    fn ask(&self, call: Prepared<'_>) -> Result<(String, Vec<u8>), NativeError> {
        let call = Call {
            program: &call.program,
            arguments: call.arguments,
            stdin: call.stdin,
            directory: call.directory,
            home: &self.home,
            limit: call.limit,
            time: call.time,
        };
        let shown = call.shown();
        let answer = call.run()?;
        for line in answer.stderr.lines() {
            tracing::info!("{}: {line}", self.name);
        }
        Ok((shown, answer.stdout))
    }
}

/// A call without what every call of a mixin has.
struct Prepared<'a> {
    program: PathBuf,
    arguments: &'a [&'a str],
    limit: usize,
    time: Duration,
    stdin: Option<String>,
    directory: Option<&'a Path>,
}

/// What `build` and `lint` read: configuration and all steps of the mixin, templates unresolved.
fn input(mixin: &str, request: &BuildRequest) -> String {
    let mut document = serde_json::Map::new();
    if !request.config.is_null() {
        document.insert("config".to_owned(), request.config.clone());
    }
    let mut actions = serde_json::Map::new();
    for name in ["install", "upgrade", "uninstall"] {
        actions.insert(name.to_owned(), Json::Array(Vec::new()));
    }
    for action in &request.actions {
        let step = |value: &Json| serde_json::json!({ mixin: value });
        let steps = action.steps.iter().map(step).collect();
        actions.insert(action.action.clone(), Json::Array(steps));
    }
    document.insert("actions".to_owned(), Json::Object(actions));
    to_yaml(&Json::Object(document))
}

fn diagnostic(result: LintResult) -> Diagnostic {
    let text = |text: String| text.chars().take(MAX_TEXT).collect::<String>();
    let at = match result.location.action.is_empty() {
        true => Place::Config {
            pointer: String::new(),
        },
        false => Place::Step {
            action: result.location.action,
            index: result.location.step_number.saturating_sub(1),
            pointer: String::new(),
        },
    };
    Diagnostic {
        severity: match result.level {
            0 => Severity::Error,
            _ => Severity::Warning,
        },
        code: text(result.code),
        title: text(result.title),
        message: text(result.message),
        hint: Some(text(result.url)).filter(|url| !url.is_empty()),
        at,
    }
}

#[cfg(test)]
mod tests {
    use porter_mixin::ActionSteps;
    use serde_json::json;

    use super::*;

    #[test]
    fn build_reads_what_porter_sends() {
        let request = BuildRequest {
            config: json!({"clientVersion": "v1.2.3"}),
            actions: vec![
                ActionSteps {
                    action: "install".into(),
                    steps: vec![json!({"command": "./a.sh"})],
                },
                ActionSteps {
                    action: "status".into(),
                    steps: vec![json!({"command": "./s.sh"})],
                },
            ],
            platforms: Vec::new(),
            environment: Vec::new(),
        };
        let expected = "actions:\n  install:\n    - exec:\n        command: ./a.sh\n  status:\n    - exec:\n        command: ./s.sh\n  uninstall: []\n  upgrade: []\nconfig:\n  clientVersion: v1.2.3\n";
        assert_eq!(input("exec", &request), expected);
        let plain = BuildRequest {
            config: Json::Null,
            ..request
        };
        assert!(!input("exec", &plain).contains("config"));
    }
}

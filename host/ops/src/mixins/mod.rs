//! Finding, admitting and loading mixins.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use porter_mixin::{
    BuildRequest, Description, Diagnostic, Evaluate, EvaluateError, Instruction, PlanRequest, Task,
};
use porter_sandbox::{Admission, Cache, Code, Compiler, Loader, Mixin, Sandbox, SandboxError};
use serde::Serialize;

use crate::Porter;
use crate::error::{Error, Hint};
use crate::lock::LockedMixin;
use crate::porter::Builtin;

/// The hidden argument with which the porter binary compiles one component.
pub const COMPILE_ARGUMENT: &str = "__compile-component";

/// Why a mixin cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MixinError {
    /// There is no mixin of this name.
    #[error("mixin `{name}` is not installed")]
    Unknown {
        /// The name.
        name: String,
        /// Names that there are.
        known: Vec<String>,
        /// Where it would be looked for.
        path: PathBuf,
    },
    /// The name cannot be one.
    #[error("`{0}` cannot be the name of a mixin")]
    Name(String),
    /// It was not admitted, not compiled or not loaded.
    #[error(transparent)]
    Sandbox(Box<SandboxError>),
    /// It gave no result.
    #[error(transparent)]
    Evaluate(Box<EvaluateError>),
    /// This program cannot find itself to compile components with.
    #[error("cannot find the porter program itself")]
    Program(#[source] std::io::Error),
}

impl From<SandboxError> for MixinError {
    fn from(error: SandboxError) -> Self {
        Self::Sandbox(Box::new(error))
    }
}

impl From<EvaluateError> for MixinError {
    fn from(error: EvaluateError) -> Self {
        Self::Evaluate(Box::new(error))
    }
}

impl Hint for MixinError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { name, known, path } => {
                let nearest = known.iter().find(|other| is_near(name, other));
                Some(match nearest {
                    Some(other) => format!("did you mean `{other}`?"),
                    None => format!(
                        "installed are {}; a component of your own goes to `{}`",
                        known.join(", "),
                        path.display()
                    ),
                })
            }
            Self::Name(_) => Some("use lower-case letters, digits, `-`, `_` and `.`".to_owned()),
            Self::Evaluate(error) => match &**error {
                EvaluateError::Broken { mixin, .. } => Some(format!(
                    "this is a mistake of the mixin, not of the bundle: tell the author of `{mixin}`"
                )),
                EvaluateError::Refused { .. } => None,
            },
            _ => None,
        }
    }
}

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Inside the porter binary.
    Builtin,
    /// In `PORTER_HOME/mixins`, or at a path that the user named.
    File(PathBuf),
}

/// A component that was found and not yet looked at.
#[derive(Debug, Clone)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    pub(crate) wasm: Cow<'static, [u8]>,
}

/// What `porter mixins inspect` shows: nothing of it is known by running the mixin. Texts that come
/// from the component are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MixinReport {
    /// Name, as bundles use it.
    pub name: String,
    /// Version that the component says.
    pub version: String,
    /// Description that the component says.
    pub description: String,
    /// Authors that the component says.
    pub authors: String,
    /// SPDX expression that the component says.
    pub licenses: String,
    /// Where its source is said to be.
    pub source_url: String,
    /// Revision of its source.
    pub revision: String,
    /// `builtin` or a path.
    pub source: String,
    /// `sha256:…` of the component.
    pub digest: String,
    /// Bytes of the component.
    pub size: u64,
    /// Interface that it exports.
    pub interface: String,
    /// `pure`, `sealed` or `reader`.
    pub tier: String,
    /// What it may do besides computing.
    pub capabilities: Vec<String>,
}

/// The mixins that this porter can use.
#[derive(Debug)]
pub(crate) struct Catalog {
    home: PathBuf,
    builtins: Vec<Builtin>,
    loader: OnceLock<Loader>,
    calls: Calls,
}

/// How many calls were made, and how long they took.
#[derive(Debug, Default)]
struct Calls {
    number: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Porter {
    pub(crate) fn catalog(&self) -> Result<&Catalog, Error> {
        if let Some(catalog) = self.catalog.get() {
            return Ok(catalog);
        }
        let home = self.home()?.to_path_buf();
        let builtins = self.builtins().to_vec();
        Ok(self.catalog.get_or_init(|| Catalog {
            home,
            builtins,
            loader: OnceLock::new(),
            calls: Calls::default(),
        }))
    }

    /// Every mixin that a bundle can use, by name. One that cannot be admitted is listed with what
    /// is known of it, and a warning.
    ///
    /// # Errors
    /// When the home cannot be used.
    pub fn mixins(&self) -> Result<Vec<MixinReport>, Error> {
        let catalog = self.catalog()?;
        let mut reports = Vec::new();
        for name in catalog.names() {
            match catalog
                .find(&name)
                .and_then(|component| catalog.report(&component))
            {
                Ok(report) => reports.push(report),
                Err(error) => tracing::warn!(
                    "could not get version from mixin {name}: {}",
                    self.chain(&error)
                ),
            }
        }
        Ok(reports)
    }

    /// What a mixin is and may do, by its name or the path of a component, without running it.
    ///
    /// # Errors
    /// When there is none or it is not admitted.
    pub fn inspect_mixin(&self, name: &str) -> Result<MixinReport, Error> {
        let catalog = self.catalog()?;
        let is_path = name.contains('/') || name.ends_with(".wasm");
        let component = if is_path {
            open(Path::new(name))?
        } else {
            catalog.find(name)?
        };
        Ok(catalog.report(&component)?)
    }
}

impl Catalog {
    /// Names of all mixins, sorted.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .builtins
            .iter()
            .map(|builtin| builtin.name.to_owned())
            .collect();
        for entry in std::fs::read_dir(self.home.join("mixins"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_name(&name) && self.path(&name).is_file() && !names.contains(&name) {
                names.push(name);
            }
        }
        names.sort();
        names
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home
            .join("mixins")
            .join(name)
            .join(format!("{name}.wasm"))
    }

    /// The component of this name: the one in the home, then the one inside the binary.
    pub(crate) fn find(&self, name: &str) -> Result<Component, MixinError> {
        if !is_name(name) {
            return Err(MixinError::Name(name.to_owned()));
        }
        let path = self.path(name);
        let builtin = self.builtins.iter().find(|builtin| builtin.name == name);
        if path.is_file() {
            if builtin.is_some() {
                tracing::warn!(
                    "mixin `{name}` is taken from `{}`, not the built-in one",
                    path.display()
                );
            }
            return open_as(name, &path);
        }
        match builtin {
            Some(builtin) => Ok(Component {
                name: name.to_owned(),
                origin: Origin::Builtin,
                wasm: Cow::Borrowed(builtin.wasm),
            }),
            None => Err(MixinError::Unknown {
                name: name.to_owned(),
                known: self.names(),
                path,
            }),
        }
    }

    /// What a component says about itself and what it may do.
    pub(crate) fn report(&self, component: &Component) -> Result<MixinReport, MixinError> {
        let admitted = admit(component)?;
        let metadata = admitted.metadata;
        let text = Option::unwrap_or_default;
        Ok(MixinReport {
            name: component.name.clone(),
            version: text(metadata.version),
            description: text(metadata.description),
            authors: text(metadata.authors),
            licenses: text(metadata.licenses),
            source_url: metadata.source.or(metadata.homepage).unwrap_or_default(),
            revision: text(metadata.revision),
            source: match &component.origin {
                Origin::Builtin => "builtin".to_owned(),
                Origin::File(path) => path.display().to_string(),
            },
            digest: admitted.digest.to_string(),
            size: component.wasm.len() as u64,
            interface: format!("porter:mixin@{}", admitted.interface),
            tier: admitted.tier.as_str().to_owned(),
            capabilities: vec!["log".to_owned()],
        })
    }

    /// What the lock says of a component.
    pub(crate) fn locked(&self, component: &Component) -> Result<LockedMixin, MixinError> {
        let report = self.report(component)?;
        Ok(LockedMixin {
            name: report.name,
            version: porter_mixin::escape::escape(&report.version),
            source: match component.origin {
                Origin::Builtin => "builtin".to_owned(),
                Origin::File(_) => "home".to_owned(),
            },
            digest: report.digest,
            tier: report.tier,
            interface: report.interface,
        })
    }

    /// Compiles a component, or takes it from the cache.
    fn load(&self, component: &Component) -> Result<Counted<'_>, MixinError> {
        let mixin = self.loader()?.load(&component.name, &component.wasm)?;
        Ok(Counted {
            mixin,
            calls: &self.calls,
        })
    }

    /// Loads every component, once for all that is asked of it.
    pub(crate) fn load_all<'a>(
        &'a self,
        components: &'a Components,
    ) -> Result<Vec<Loaded<'a>>, MixinError> {
        let load = |component| {
            let mixin = self.load(component)?;
            Ok(Loaded { component, mixin })
        };
        components.iter().map(load).collect()
    }

    /// Machine code of a component, for the image.
    pub(crate) fn code(&self, component: &Component) -> Result<Code, MixinError> {
        Ok(self.loader()?.code(&component.name, &component.wasm)?)
    }

    /// Tells how many calls were made, for those who want details.
    pub(crate) fn tell_calls(&self) {
        let number = self.calls.number.load(Ordering::Relaxed);
        if number > 0 {
            let nanoseconds = self.calls.nanoseconds.load(Ordering::Relaxed);
            tracing::debug!(
                "mixin calls: {number} in {:.3} ms",
                nanoseconds as f64 / 1e6
            );
        }
    }

    fn loader(&self) -> Result<&Loader, MixinError> {
        if let Some(loader) = self.loader.get() {
            return Ok(loader);
        }
        let program = std::env::current_exe().map_err(MixinError::Program)?;
        let compiler = Compiler::new(program, [COMPILE_ARGUMENT]);
        let mut loader = Loader::new(Sandbox::new()?, compiler);
        let folder = self.home.join("cache/mixins");
        match Cache::open(&folder, &self.home.join("mixin-cache.key")) {
            Ok(cache) => loader = loader.with_cache(cache),
            Err(error) => tracing::warn!("compiled mixins are not kept: {error}"),
        }
        Ok(self.loader.get_or_init(|| loader))
    }
}

/// A component that can be asked.
pub(crate) struct Loaded<'a> {
    pub(crate) component: &'a Component,
    pub(crate) mixin: Counted<'a>,
}

/// A mixin whose calls are counted.
pub(crate) struct Counted<'a> {
    mixin: Mixin,
    calls: &'a Calls,
}

impl Counted<'_> {
    fn count<T>(&self, call: impl FnOnce(&Mixin) -> T) -> T {
        let started = Instant::now();
        let result = call(&self.mixin);
        let elapsed = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.calls.number.fetch_add(1, Ordering::Relaxed);
        self.calls.nanoseconds.fetch_add(elapsed, Ordering::Relaxed);
        result
    }
}

impl Evaluate for Counted<'_> {
    fn describe(&self) -> Result<Description, EvaluateError> {
        self.count(Evaluate::describe)
    }

    fn lint(&self, request: &BuildRequest) -> Result<Vec<Diagnostic>, EvaluateError> {
        self.count(|mixin| mixin.lint(request))
    }

    fn build(&self, request: &BuildRequest) -> Result<Vec<Instruction>, EvaluateError> {
        self.count(|mixin| mixin.build(request))
    }

    fn plan(&self, request: &PlanRequest) -> Result<Vec<Task>, EvaluateError> {
        self.count(|mixin| mixin.plan(request))
    }
}

/// Components of a bundle, by name, in the order of the manifest.
pub(crate) type Components = Vec<Component>;

fn admit(component: &Component) -> Result<porter_sandbox::Admitted<'_>, MixinError> {
    let admission = Admission::default();
    admission.examine(&component.wasm).map_err(|source| {
        SandboxError::Refused {
            mixin: component.name.clone(),
            version: String::new(),
            source,
        }
        .into()
    })
}

fn open(path: &Path) -> Result<Component, MixinError> {
    let name = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    open_as(&name, path)
}

fn open_as(name: &str, path: &Path) -> Result<Component, MixinError> {
    let wasm = Admission::default().read(name, path)?;
    Ok(Component {
        name: name.to_owned(),
        origin: Origin::File(path.to_path_buf()),
        wasm: Cow::Owned(wasm),
    })
}

/// A name is a single, plain part of a path.
fn is_name(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && name.bytes().all(plain)
}

/// Whether two names differ by a slip of the fingers.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let rest_a = &a.as_bytes()[common..];
    let rest_b = &b.as_bytes()[common..];
    a == b
        || rest_a.len().abs_diff(rest_b.len()) <= 1
            && (rest_a.get(1..) == rest_b.get(1..)
                || rest_a.get(1..) == Some(rest_b)
                || Some(rest_a) == rest_b.get(1..)
                || (rest_a.len() == rest_b.len()
                    && rest_a.len() >= 2
                    && rest_a[0] == rest_b[1]
                    && rest_a[1] == rest_b[0]
                    && rest_a[2..] == rest_b[2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for name in ["exec", "docker-compose", "a.b"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "..", "../x", "a/b", "Exec", ".hidden", "a b"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn slips_are_near() {
        for slip in ["exce", "exe", "exexc", "execc", "Exec", "axec"] {
            assert!(is_near(slip, "exec"), "{slip}");
        }
        assert!(!is_near("helm3", "exec"));
    }
}

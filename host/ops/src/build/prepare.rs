//! Everything of a build but the engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use porter_dockerfile::{
    Mirrors, MixinInstructions, NativeLines, RenderOptions, TemplateSource, render,
};
use porter_manifest::Severity;
use porter_manifest::bundle::{MixinVersion, Stamp};
use porter_manifest::model::Spanned;
use porter_mixin::{Evaluate, EvaluateError};
use porter_runbook::document::MixinCode;

use super::inputs::Inputs;
use super::{BuildRequest, PLATFORM, below};
use crate::Porter;
use crate::digest::manifest_digest;
use crate::error::{Error, Usage};
use crate::lint::{Level, Linted, refused, request as mixin_request, shown};
use crate::lock::{FILE_NAME as LOCK, Lock, LockedMixin};
use crate::manifest::ReadManifest;
use crate::mixins::reads::{self, Reads};
use crate::mixins::{Chosen, Component, Components, Loaded, MixinError, NATIVE_TIER, NativeMixin};

/// Architecture of the image, as file names have it.
const ARCHITECTURE: &str = "amd64";

/// The feature that leaves the Dockerfile to the author.
const FULL_CONTROL: &str = "full-control-dockerfile";

/// What a build reads.
pub(crate) struct Sources {
    /// The bundle directory.
    pub(crate) directory: PathBuf,
    /// The manifest's path.
    pub(crate) path: PathBuf,
    /// The manifest.
    pub(crate) read: ReadManifest,
    /// Its mixins.
    pub(crate) components: Components,
    /// Those that are native.
    pub(crate) natives: Vec<NativeMixin>,
    /// What they are, components first.
    pub(crate) locked: Vec<LockedMixin>,
    /// What they may read.
    pub(crate) reads: Reads,
}

impl Sources {
    /// Checks the mixins against the lock, where there is one.
    pub(crate) fn fit_lock(&self) -> Result<(), Error> {
        if let Some(lock) = Lock::read(&self.directory)? {
            for mixin in &self.locked {
                lock.check(mixin)?;
            }
        }
        Ok(())
    }

    /// What of the bundle directory stays out of the bundle layer.
    pub(crate) fn excluded(&self) -> Vec<String> {
        let mut excluded = vec![LOCK.to_owned()];
        excluded.extend(below(&self.directory, &self.path));
        excluded
    }
}

/// Paths below `.cnab`, with content and mode.
pub(crate) type Files = Vec<(String, Vec<u8>, u32)>;

/// Everything that goes into `.cnab` and to the engine.
pub(crate) struct Prepared {
    /// The Dockerfile.
    pub(crate) dockerfile: String,
    /// Path below `.cnab`, content, mode.
    pub(crate) files: Files,
    /// Digests of what it was made of.
    pub(crate) inputs: Inputs,
}

impl Porter {
    pub(crate) fn read_sources(
        &self,
        directory: PathBuf,
        path: PathBuf,
        request: &BuildRequest,
    ) -> Result<Sources, Error> {
        let read = self.read_manifest(&path, request)?;
        let Chosen {
            components,
            natives,
        } = self.chosen(&read, Lock::read(&directory)?.as_ref())?;
        let catalog = self.catalog()?;
        let locked: Result<Vec<_>, _> = components
            .iter()
            .map(|component| catalog.locked(component))
            .chain(natives.iter().map(|mixin| Ok(mixin.locked())))
            .collect();
        let reads = reads::reads(&read.manifest, &directory, &components)?;
        Ok(Sources {
            reads,
            directory,
            path,
            read,
            components,
            natives,
            locked: locked?,
        })
    }

    /// Digests of everything that a build depends on.
    pub(crate) fn inputs(
        &self,
        sources: &Sources,
        request: &BuildRequest,
    ) -> Result<Inputs, Error> {
        let mut versions: Vec<(String, String)> = sources
            .locked
            .iter()
            .map(|mixin| (mixin.name.clone(), format!("v{}", mixin.version)))
            .collect();
        versions.sort();
        let version = format!("v{}", self.version());
        let digest = manifest_digest(&sources.read.text, &version, &versions, &sources.directory);
        let digest = digest.map_err(|source| Error::Read {
            path: sources.directory.clone(),
            source,
        })?;
        Ok(Inputs::new(
            digest,
            self.runtime(&sources.locked).digest,
            &sources.locked,
            reads::digest(&sources.reads),
            request,
        )?)
    }

    /// Evaluates the mixins and makes all documents.
    pub(super) fn prepare(
        &self,
        sources: &Sources,
        request: &BuildRequest,
    ) -> Result<Prepared, Error> {
        self.check_lock(sources, request)?;
        let mixins = self
            .catalog()?
            .load_all(&sources.components, &sources.reads)?;
        if request.lint {
            self.lint_for_build(sources, &mixins)?;
        }
        let dockerfile = self.dockerfile(sources, request, &mixins)?;
        let inputs = self.inputs(sources, request)?;
        let (mut files, codes) = self.mixin_files(sources, &mixins)?;
        let runbook = sources.read.manifest.runbook(codes);
        let bundle = sources
            .read
            .manifest
            .bundle(&self.stamp(sources, &inputs))?;
        files.push((
            "Dockerfile".to_owned(),
            dockerfile.clone().into_bytes(),
            0o660,
        ));
        files.push((
            "bundle.json".to_owned(),
            bundle.to_canonical_json()?.into_bytes(),
            0o660,
        ));
        let runtime = self.runtime(&sources.locked).bytes;
        if runtime.is_empty() {
            return Err(Error::NoRuntime);
        }
        files.push((
            "app/porter.yaml".to_owned(),
            super::canonical::canonical(&sources.read, request)?,
            0o660,
        ));
        files.push(("app/run".to_owned(), runtime.to_vec(), 0o770));
        files.push((
            "app/porter/runbook.json".to_owned(),
            serde_json::to_vec(&runbook)?,
            0o660,
        ));
        Ok(Prepared {
            dockerfile,
            files,
            inputs,
        })
    }

    /// Checks the mixins against the lock; where it is not asked for, it follows them.
    fn check_lock(&self, sources: &Sources, request: &BuildRequest) -> Result<(), Error> {
        if request.locked {
            return Ok(Lock::require(&sources.directory, &sources.locked)?);
        }
        sources.fit_lock()?;
        Lock::new(sources.locked.clone()).write(&sources.directory)?;
        Ok(())
    }

    fn lint_for_build(&self, sources: &Sources, mixins: &[Loaded<'_>]) -> Result<(), Error> {
        let linted = Linted {
            read: &sources.read,
            directory: &sources.directory,
            mixins,
            natives: &sources.natives,
        };
        let levels = &sources.read.manifest.lint;
        let findings = self.lint_sources(&linted, levels, Severity::Warning)?;
        for finding in &findings {
            tracing::info!("{}", finding.to_string().trim_end());
        }
        let errors = findings
            .iter()
            .filter(|finding| finding.level == Level::Error)
            .count();
        if errors > 0 {
            Err(Error::Lint { errors })
        } else {
            Ok(())
        }
    }

    fn dockerfile(
        &self,
        sources: &Sources,
        request: &BuildRequest,
        mixins: &[Loaded<'_>],
    ) -> Result<String, Error> {
        let template = match &sources.read.manifest.dockerfile {
            None => None,
            Some(path) => Some(self.template(sources, path)?),
        };
        if request.experimental.iter().any(|name| name == FULL_CONTROL) {
            return own_dockerfile(template);
        }
        let mut built_by = Vec::new();
        for Loaded { component, mixin } in mixins {
            let name = component.name.clone();
            let built = match mixin.build(&mixin_request(&sources.read, &name)) {
                Ok(built) => built,
                Err(EvaluateError::Refused { diagnostics, .. }) => {
                    for finding in refused(&sources.read, &name, &diagnostics) {
                        tracing::info!("{}", finding.to_string().trim_end());
                    }
                    return Err(Error::Refused { mixin: name });
                }
                Err(error) => return Err(MixinError::from(error).into()),
            };
            built_by.push((name, built));
        }
        let mixins: Vec<_> = built_by
            .iter()
            .map(|(mixin, instructions)| MixinInstructions {
                mixin,
                instructions,
            })
            .collect();
        let template = template
            .as_deref()
            .map_or(TemplateSource::BuiltIn, TemplateSource::Custom);
        let options = RenderOptions {
            platform: PLATFORM.to_owned(),
            mirrors: Mirrors::parse(&request.download_mirrors).map_err(Usage::Mirror)?,
            native: native_lines(sources)?,
        };
        render(template, &mixins, &options).map_err(Error::Dockerfile)
    }

    fn template(&self, sources: &Sources, path: &Spanned<String>) -> Result<Vec<u8>, Error> {
        let place = shown(&sources.read.manifest.source().place(path.span));
        let file = sources.directory.join(&path.value);
        if !is_inside(&sources.directory, &file) {
            return Err(Error::NoDockerfile {
                path: PathBuf::from(&path.value),
                place,
            });
        }
        std::fs::read(&file).map_err(|source| Error::Read { path: file, source })
    }

    /// The components and their machine code, as they lie in the image, and what the runbook says
    /// of them.
    fn mixin_files(
        &self,
        sources: &Sources,
        mixins: &[Loaded<'_>],
    ) -> Result<(Files, BTreeMap<String, MixinCode>), Error> {
        let mut files = Files::new();
        let mut codes = self.mixin_codes(sources, mixins)?;
        for Loaded { component, .. } in mixins {
            let name = &component.name;
            let code = self.catalog()?.code(component)?;
            if let Some(entry) = codes.get_mut(name) {
                let digest = code.digest.to_string();
                entry.code.insert(ARCHITECTURE.to_owned(), digest);
            }
            let wasm = format!("app/porter/mixins/{name}.wasm");
            files.push((wasm, component.wasm.to_vec(), 0o660));
            let path = format!("app/porter/mixins/{name}.{ARCHITECTURE}.cwasm");
            files.push((path, code.bytes, 0o660));
        }
        for mixin in &sources.natives {
            let own = mixin.image_files().map_err(MixinError::from)?;
            let below = |(path, content, mode)| (format!("app/{path}"), content, mode);
            files.extend(own.into_iter().map(below));
        }
        Ok((files, codes))
    }

    /// What the runbook says of the mixins, less their machine code.
    pub(crate) fn mixin_codes(
        &self,
        sources: &Sources,
        mixins: &[Loaded<'_>],
    ) -> Result<BTreeMap<String, MixinCode>, Error> {
        let mut codes = BTreeMap::new();
        for (Loaded { component, mixin }, locked) in mixins.iter().zip(&sources.locked) {
            let entry = mixin_code(sources, component, mixin, locked)?;
            codes.insert(component.name.clone(), entry);
        }
        for mixin in &sources.natives {
            codes.insert(mixin.name.clone(), native_code(mixin));
        }
        Ok(codes)
    }

    pub(crate) fn stamp(&self, sources: &Sources, inputs: &Inputs) -> Stamp {
        let version = |mixin: &LockedMixin| {
            let version = MixinVersion {
                version: format!("v{}", mixin.version),
                tier: match mixin.tier.as_str() {
                    NATIVE_TIER => NATIVE_TIER.to_owned(),
                    _ => String::new(),
                },
            };
            (mixin.name.clone(), version)
        };
        Stamp {
            manifest_digest: inputs.manifest_digest.clone(),
            mixins: sources.locked.iter().map(version).collect(),
            version: format!("v{}", self.version()),
            commit: self.commit().to_owned(),
            ..Stamp::default()
        }
        .with_manifest(&sources.read.text)
    }
}

/// The author's Dockerfile as it is: no mixin adds to it.
fn own_dockerfile(template: Option<Vec<u8>>) -> Result<String, Error> {
    let template = template.ok_or(Usage::NoDockerfile)?;
    tracing::warn!(
        "the Dockerfile is used as it is: no mixin adds to it, and it has to put the bundle into \
         /cnab itself"
    );
    String::from_utf8(template).map_err(|_| Usage::DockerfileText.into())
}

/// What native mixins want in the Dockerfile, which runs them.
fn native_lines(sources: &Sources) -> Result<Vec<NativeLines>, Error> {
    let lines = |mixin: &NativeMixin| {
        let asked = mixin_request(&sources.read, &mixin.name);
        let lines = mixin.build(&asked, &sources.directory);
        Ok(NativeLines {
            mixin: mixin.name.clone(),
            lines: lines.map_err(MixinError::from)?,
        })
    };
    sources.natives.iter().map(lines).collect()
}

/// What the runbook says of a mixin, less its machine code.
fn mixin_code(
    sources: &Sources,
    component: &Component,
    mixin: &impl Evaluate,
    locked: &LockedMixin,
) -> Result<MixinCode, Error> {
    let description = mixin.describe().map_err(MixinError::from)?;
    let readable = sources.reads.get(&component.name);
    Ok(MixinCode {
        version: locked.version.clone(),
        tier: locked.tier.clone(),
        digest: locked.digest.clone(),
        code: BTreeMap::new(),
        config: porter_cnab::Json::Null,
        environment: description.environment,
        // Nothing grants it yet, so a mixin that asks gets placeholders all the same.
        sees_secrets: false,
        reads: readable
            .map(|readable| readable.paths.clone())
            .unwrap_or_default(),
    })
}

/// What the runbook says of a native mixin: there is no code that the sandbox could load, and its
/// steps get everything in clear.
fn native_code(mixin: &NativeMixin) -> MixinCode {
    let locked = mixin.locked();
    MixinCode {
        version: locked.version,
        tier: locked.tier,
        digest: locked.digest,
        code: BTreeMap::new(),
        config: porter_cnab::Json::Null,
        environment: Vec::new(),
        sees_secrets: true,
        reads: Vec::new(),
    }
}

/// Whether a file is there and, with all links followed, below the directory.
fn is_inside(directory: &Path, file: &Path) -> bool {
    match (directory.canonicalize(), file.canonicalize()) {
        (Ok(directory), Ok(file)) => file.starts_with(directory) && file.is_file(),
        _ => false,
    }
}

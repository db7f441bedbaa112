//! `porter build`: from `porter.yaml` to `.cnab/` and the image.

mod arguments;
mod canonical;
mod downloads;
mod engine;
mod inputs;
mod outcome;
mod prepare;
mod show;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{BuildOptions, BuildProgress, Builder, ImageBuild};

use crate::Porter;
use crate::directory::{BundleDirectory, CNAB};
use crate::error::{Error, Usage};
use crate::source::MANIFEST;
pub use downloads::FilesError;
pub use engine::{EngineFlagError, EngineFlags};
use inputs::BuildRecord;
pub use outcome::{BuildOutcome, BuiltImage};
use prepare::Prepared;
pub(crate) use prepare::Sources;

/// The platform that images are built for in this release.
pub(crate) const PLATFORM: &str = "linux/amd64";

/// Says the date of what a reproducible build makes, in seconds since 1970.
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// Said when what is used was built from other sources.
const STALE: &str =
    "The bundle is out-of-date. Skipping autobuild because --autobuild-disabled was specified";

/// What to build, and how.
#[derive(Debug, Clone, Default)]
pub struct BuildRequest {
    /// `--file`.
    pub file: Option<PathBuf>,
    /// `--dir`.
    pub directory: Option<PathBuf>,
    /// `--name`.
    pub name: Option<String>,
    /// `--version`.
    pub version: Option<String>,
    /// Lint first.
    pub lint: bool,
    /// `--build-arg` texts.
    pub build_arguments: Vec<String>,
    /// `--custom` texts.
    pub custom: Vec<String>,
    /// What only the engine is told.
    pub engine: EngineFlags,
    /// Build without the cache.
    pub no_cache: bool,
    /// Build even when nothing changed.
    pub force: bool,
    /// Write `.cnab` only: no engine, no image.
    pub no_image: bool,
    /// Download what the manifest lists under `files`.
    pub allow_file_downloads: bool,
    /// `--builder`, which is not used.
    pub builder: Option<String>,
    /// Features that `--experimental` names.
    pub experimental: Vec<String>,
    /// `--download-mirror` texts.
    pub download_mirrors: Vec<String>,
    /// Fail unless the mixins are exactly those of the lock.
    pub locked: bool,
}

impl BuildRequest {
    /// The bundle directory.
    pub(crate) fn bundle_directory(&self) -> PathBuf {
        let directory = self.directory.clone();
        directory.unwrap_or_else(|| PathBuf::from("."))
    }

    /// The manifest.
    pub(crate) fn manifest_path(&self) -> PathBuf {
        let path = self.file.clone();
        path.unwrap_or_else(|| self.bundle_directory().join(MANIFEST))
    }
}

impl Porter {
    /// Builds a bundle, unless what is there is up to date.
    ///
    /// # Errors
    /// When the manifest has mistakes, a mixin cannot be used or the engine fails. `.cnab` is then
    /// what it was, or whole.
    pub async fn build(
        &self,
        request: &BuildRequest,
        progress: &dyn BuildProgress,
        cancel: &CancellationToken,
    ) -> Result<BuildOutcome, Error> {
        let job = self.open(request)?;
        if request.locked {
            let Sources {
                directory, locked, ..
            } = &job.sources;
            crate::lock::Lock::require(directory, locked)?;
        }
        if let Some(builder) = request.builder.as_deref().filter(|name| !name.is_empty()) {
            let builder = porter_mixin::escape::escape(builder);
            tracing::warn!("--builder {builder} is not used: the engine's own builder builds");
        }
        if let Some(outcome) = job.current().await? {
            tracing::info!("Bundle is up-to-date!");
            return Ok(outcome);
        }
        job.run(progress, cancel).await
    }

    /// Builds a bundle that is about to be run, when its sources have changed.
    pub(crate) async fn build_when_stale(
        &self,
        request: &BuildRequest,
        autobuild: bool,
        progress: &dyn BuildProgress,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let job = self.open(request)?;
        // The flags of an explicit build are not known here, and are not ours to undo.
        if job.current_with(job.recorded_flags()).await?.is_some() {
            return Ok(());
        }
        let exists = job
            .sources
            .directory
            .join(CNAB)
            .join("bundle.json")
            .is_file();
        match (autobuild, exists) {
            (false, false) => return Err(Error::NeverBuilt),
            (false, true) => {
                tracing::warn!("{STALE}");
                return Ok(());
            }
            (true, _) => {}
        }
        tracing::info!(
            "Changes have been detected and the previously built bundle is out-of-date, rebuilding the bundle before proceeding..."
        );
        tracing::info!("Building bundle ===>");
        job.run(progress, cancel).await?;
        Ok(())
    }

    fn build_options(request: &BuildRequest) -> Result<BuildOptions, Error> {
        let directory = request.bundle_directory();
        let variable = |name: &str| std::env::var(name).ok();
        Ok(request
            .engine
            .options(&directory, &variable)
            .map_err(Usage::from)?)
    }

    fn open<'a>(&'a self, request: &'a BuildRequest) -> Result<Job<'a>, Error> {
        if let Some(version) = &request.version
            && porter_manifest::version::parse_version(version).is_none()
        {
            return Err(Usage::Version(version.clone()).into());
        }
        let directory = request.bundle_directory();
        let manifest = request.manifest_path();
        if let Some(path) = &request.file {
            let failed = |source| Error::FlagFile {
                flag: "file",
                path: path.clone(),
                source,
            };
            std::fs::metadata(path).map_err(failed)?;
        }
        if !manifest.is_file() {
            let shown = std::path::absolute(&directory).unwrap_or(directory);
            return Err(Error::NoManifest { directory: shown });
        }
        if directory.join("porter").exists() {
            let directory = std::path::absolute(&directory).unwrap_or(directory);
            return Err(Error::NameInTheWay { directory });
        }
        // Read again when the engine is told; here, mistakes come before any work.
        Self::build_options(request)?;
        let sources = self.read_sources(directory, manifest, request)?;
        Ok(Job {
            porter: self,
            request,
            sources,
        })
    }
}

/// One build.
struct Job<'a> {
    porter: &'a Porter,
    request: &'a BuildRequest,
    sources: Sources,
}

impl Job<'_> {
    async fn current(&self) -> Result<Option<BuildOutcome>, Error> {
        if self.request.force {
            return Ok(None);
        }
        self.current_with(None).await
    }

    /// The last build, when it is what this one would make and its image is there.
    async fn current_with(
        &self,
        flags: Option<BuildRequest>,
    ) -> Result<Option<BuildOutcome>, Error> {
        let directory = &self.sources.directory;
        let Some(record) = BuildRecord::read(directory) else {
            return Ok(None);
        };
        let request = flags.as_ref().unwrap_or(self.request);
        let inputs = self.porter.inputs(&self.sources, request)?;
        if !record.fits(&inputs) {
            return Ok(None);
        }
        let document = std::fs::read(directory.join(CNAB).join("bundle.json"));
        let bundle = document
            .ok()
            .and_then(|text| porter_cnab::bundle::Bundle::from_json(&text).ok());
        let Some(image) = bundle.and_then(|bundle| bundle.invocation_images.first().cloned())
        else {
            return Ok(None);
        };
        let id = record.image_id().to_owned();
        if !self.request.no_image {
            let engine = self.porter.engine().await?;
            let found = engine.image(&image.image).await.map_err(Error::Image)?;
            if found.is_none_or(|found| found.id != id) {
                return Ok(None);
            }
        }
        let id = (!id.is_empty()).then_some(id);
        Ok(Some(BuildOutcome {
            up_to_date: true,
            ..BuildOutcome::new(self, request, inputs.manifest_digest, id)
        }))
    }

    /// The flags of the last explicit build, so that a command that builds by itself does not
    /// take a bundle built with `--name` for stale.
    fn recorded_flags(&self) -> Option<BuildRequest> {
        BuildRecord::read(&self.sources.directory).map(|record| record.flags(self.request))
    }

    async fn run(
        &self,
        progress: &dyn BuildProgress,
        cancel: &CancellationToken,
    ) -> Result<BuildOutcome, Error> {
        let named = |source| Error::Build {
            bundle: self.sources.read.manifest.name.clone(),
            source: Box::new(source),
        };
        self.build(progress, cancel).await.map_err(named)
    }

    async fn build(
        &self,
        progress: &dyn BuildProgress,
        cancel: &CancellationToken,
    ) -> Result<BuildOutcome, Error> {
        let engine = match self.request.no_image {
            true => None,
            false => Some(self.porter.engine().await?),
        };
        let directory = BundleDirectory::lock(&self.sources.directory)?;
        let files = &self.sources.read.manifest.files;
        match self.request.no_image {
            true if !files.is_empty() => {
                tracing::info!(
                    "Files are not downloaded: a build without an image opens no connection"
                );
            }
            _ => {
                let is_allowed = self.request.allow_file_downloads;
                downloads::download(files, &self.sources.directory, is_allowed).await?;
            }
        }
        let prepared = self.porter.prepare(&self.sources, self.request)?;
        write(&directory, &prepared)?;
        let mut image = None;
        if let Some(engine) = engine {
            tracing::info!("Building bundle image");
            let build = self.image_build(&prepared)?;
            let built = engine.build(&build, progress, cancel).await;
            image = Some(built.map_err(Error::Image)?.id);
        }
        let id = image.as_deref().unwrap_or_default();
        let record = BuildRecord::new(&prepared.inputs, id, self.request);
        let path = self.sources.directory.join(CNAB);
        record
            .write(&self.sources.directory)
            .map_err(|source| crate::directory::DirectoryError::Write { path, source })?;
        self.porter.catalog()?.tell_calls();
        let digest = prepared.inputs.manifest_digest;
        Ok(BuildOutcome::new(self, self.request, digest, image))
    }

    fn image_build(&self, prepared: &Prepared) -> Result<ImageBuild, Error> {
        let directory = &self.sources.directory;
        let mut build_args = arguments::build_arguments(
            &prepared.dockerfile,
            self.sources.read.manifest.custom_build_args(),
            &self.request.build_arguments,
        )?;
        if let Some(epoch) = source_date() {
            build_args.entry(EPOCH.to_owned()).or_insert(epoch);
        }
        Ok(ImageBuild {
            image: self.sources.read.manifest.reference.installer_image(),
            dockerfile: prepared.dockerfile.clone(),
            context: directory.clone(),
            excluded: self.sources.excluded(),
            cnab: directory.join(CNAB),
            build_args,
            labels: labels(&self.sources.read.manifest),
            options: Porter::build_options(self.request)?,
            no_cache: self.request.no_cache || self.request.force,
        })
    }
}

/// The date of the image, as reproducible builds give it; BuildKit knows it by this name.
fn source_date() -> Option<String> {
    let date = std::env::var(EPOCH).ok()?;
    let is_number = !date.is_empty() && date.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        tracing::warn!("{EPOCH} is no number of seconds and is ignored");
    }
    is_number.then_some(date)
}

/// Labels by which people find the image of a bundle.
fn labels(manifest: &porter_manifest::Manifest) -> BTreeMap<String, String> {
    let pairs = [
        ("org.opencontainers.image.title", &manifest.name),
        ("org.opencontainers.image.version", &manifest.version),
        (
            "org.opencontainers.image.description",
            &manifest.description,
        ),
    ];
    let known = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    known
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

fn write(directory: &BundleDirectory, prepared: &Prepared) -> Result<(), Error> {
    let staging = directory.stage()?;
    for (path, content, mode) in &prepared.files {
        staging.write(path, content, *mode)?;
    }
    staging.commit()?;
    Ok(())
}

/// Path of a file relative to a directory, when it lies below it.
fn below(directory: &Path, file: &Path) -> Option<String> {
    let directory = directory.canonicalize().ok()?;
    let file = file.canonicalize().ok()?;
    Some(
        file.strip_prefix(directory)
            .ok()?
            .to_string_lossy()
            .into_owned(),
    )
}

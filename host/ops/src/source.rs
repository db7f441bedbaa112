//! Which bundle an action runs.
//!
//! Source: `cli.md` §4.1 of the compatibility reference. `--file` or `porter.yaml` in the current
//! directory, then `--cnab-file`, then the bundle that the installation ran last.

use std::path::{Path, PathBuf};

use porter_cnab::bundle::Bundle;
use porter_cnab::store::StoreError;

use crate::Porter;
use crate::action::{ActionPorts, ActionRequest, Kind};
use crate::build::BuildRequest;
use crate::error::{Error, Usage};
use crate::store::Storage;

/// Name of the manifest.
pub(crate) const MANIFEST: &str = "porter.yaml";

/// How the user chose the bundle.
#[derive(Debug, Clone, Default)]
pub struct BundleChoice {
    /// `--file`.
    pub file: Option<PathBuf>,
    /// `--cnab-file`.
    pub cnab_file: Option<PathBuf>,
    /// `--reference`.
    pub reference: Option<String>,
    /// Build again when the sources have changed.
    pub autobuild: bool,
    /// Features that `--experimental` names.
    pub experimental: Vec<String>,
    /// `--download-mirror` texts, for a bundle that is built.
    pub download_mirrors: Vec<String>,
}

/// The bundle that was chosen.
#[derive(Debug)]
pub(crate) struct ChosenBundle {
    /// Name of the installation.
    pub(crate) installation: String,
    /// The bundle.
    pub(crate) bundle: Bundle,
    /// Its `bundle.json`.
    pub(crate) document: String,
}

impl Porter {
    /// Finds the bundle of an action, building it when that is necessary.
    pub(crate) async fn choose_bundle(
        &self,
        request: &ActionRequest,
        storage: &Storage,
        ports: &ActionPorts<'_>,
    ) -> Result<ChosenBundle, Error> {
        let choice = &request.bundle;
        choice.check("running")?;
        let name = request.names.first();
        if let Some(file) = manifest_file(choice)? {
            let document = self.built(&file, choice, ports).await?;
            return chosen(name, document);
        }
        if let Some(path) = &choice.cnab_file {
            return chosen(name, read_cnab_file(path)?);
        }
        let Some(name) = name else {
            return Err(match request.kind {
                Kind::Install { .. } => Usage::NoBundleToInstall.into(),
                _ => Usage::NoBundle.into(),
            });
        };
        match storage.store().last_run(&request.namespace, name).await {
            Ok(run) => chosen(Some(name), run.bundle),
            Err(StoreError::RunNotFound) if matches!(request.kind, Kind::Install { .. }) => {
                Err(Usage::NoBundleToInstall.into())
            }
            Err(StoreError::RunNotFound) => Err(Error::NoInstallation {
                installation: porter_cnab::records::qualified_name(&request.namespace, name),
                source: StoreError::InstallationNotFound,
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Finds the bundle of a command that only shows it. From source it is what the sources say
    /// now, made in memory; what lies in `.cnab` counts where building is disabled.
    pub(crate) fn bundle_to_show(&self, choice: &BundleChoice) -> Result<Bundle, Error> {
        choice.check("showing")?;
        if let Some(file) = manifest_file(choice)? {
            let request = from_source(&file, choice);
            return if choice.autobuild {
                self.bundle_of_sources(&request)
            } else {
                self.bundle_as_built(&request)
            };
        }
        let path = choice.cnab_file.as_ref().ok_or(Usage::NoBundleToShow)?;
        read(&read_cnab_file(path)?)
    }

    /// The name of the installation that a command without `--installation` means: the argument,
    /// or the name of the bundle in the current directory.
    ///
    /// # Errors
    /// When there is neither.
    pub fn installation_name(&self, arguments: &[String]) -> Result<String, Error> {
        match arguments {
            [] => {}
            [name] => return Ok(name.clone()),
            several => return Err(Usage::SeveralNames(several.to_vec()).into()),
        }
        let path = Path::new(MANIFEST);
        if !path.is_file() {
            return Err(Usage::NoBundle.into());
        }
        Ok(self
            .read_manifest(path, &BuildRequest::default())?
            .manifest
            .name)
    }

    /// `bundle.json` of a bundle from source, built again when its sources have changed.
    async fn built(
        &self,
        file: &Path,
        choice: &BundleChoice,
        ports: &ActionPorts<'_>,
    ) -> Result<String, Error> {
        let build = from_source(file, choice);
        self.build_when_stale(&build, choice.autobuild, ports.progress, ports.cancel)
            .await?;
        let path = build
            .bundle_directory()
            .join(crate::directory::CNAB)
            .join("bundle.json");
        std::fs::read_to_string(&path).map_err(|source| Error::Read { path, source })
    }
}

impl BundleChoice {
    /// Refuses what makes no sense, and what cannot be done yet.
    fn check(&self, doing: &str) -> Result<(), Error> {
        if let Some(text) = &self.reference {
            let parsed: Result<porter_registry::BundleReference, _> = text.parse();
            parsed.map_err(Usage::Reference)?;
            return Err(Error::NotSupportedYet(format!(
                "{doing} a published bundle (`--reference`)"
            )));
        }
        if self.file.is_some() && self.cnab_file.is_some() {
            return Err(Usage::FileAndCnabFile.into());
        }
        Ok(())
    }
}

/// The build of a bundle that is used as a side effect: in the manifest's directory.
fn from_source(file: &Path, choice: &BundleChoice) -> BuildRequest {
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    BuildRequest {
        file: Some(file.to_path_buf()),
        directory: Some(directory),
        lint: true,
        experimental: choice.experimental.clone(),
        download_mirrors: choice.download_mirrors.clone(),
        ..BuildRequest::default()
    }
}

fn read_cnab_file(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::FlagFile {
        flag: "cnab-file",
        path: path.to_path_buf(),
        source,
    })
}

/// The manifest that the user named, or the one that lies here.
fn manifest_file(choice: &BundleChoice) -> Result<Option<PathBuf>, Error> {
    let Some(path) = &choice.file else {
        let here = PathBuf::from(MANIFEST);
        let is_wanted = choice.cnab_file.is_none() && here.is_file();
        return Ok(is_wanted.then_some(here));
    };
    let failed = |source| Error::FlagFile {
        flag: "file",
        path: path.clone(),
        source,
    };
    std::fs::metadata(path).map_err(failed)?;
    Ok(Some(path.clone()))
}

pub(crate) fn chosen(name: Option<&String>, document: String) -> Result<ChosenBundle, Error> {
    let bundle = read(&document)?;
    let installation = name.unwrap_or(&bundle.name).clone();
    Ok(ChosenBundle {
        installation,
        bundle,
        document,
    })
}

/// Reads a `bundle.json` that keeps CNAB's rules.
pub(crate) fn read(document: &str) -> Result<Bundle, Error> {
    let bundle = Bundle::from_json(document.as_bytes())?;
    bundle.validate()?;
    Ok(bundle)
}

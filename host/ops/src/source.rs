//! Which bundle an action runs.
//!
//! Source: `cli.md` §4.1 of the compatibility reference. `--file` or `porter.yaml` in the current
//! directory, then `--cnab-file`, then the bundle that the installation ran last.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use porter_cnab::bundle::Bundle;
use porter_cnab::records::Installation;
use porter_cnab::store::StoreError;
use porter_registry::BundleReference;

use crate::Porter;
use crate::action::{ActionPorts, ActionRequest, Kind};
use crate::build::BuildRequest;
use crate::error::{Error, Usage};
use crate::store::Storage;
use crate::travel::{Origin, PullOptions};

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
    /// How a published bundle is pulled.
    pub pull: PullOptions,
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
    /// Where it comes from, if that is a registry.
    pub(crate) origin: Option<Origin>,
}

/// The bundle of a command that only shows it.
#[derive(Debug)]
pub(crate) struct BundleToShow {
    /// The bundle.
    pub(crate) bundle: Bundle,
    /// Where its images are, if that is elsewhere.
    pub(crate) relocation: BTreeMap<String, String>,
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
        if let Some(file) = sources(request, storage).await? {
            let document = self.built(&file, choice, ports).await?;
            return chosen(request.names.first(), document);
        }
        self.built_bundle(request, storage).await
    }

    /// The bundle of an action that is not from source: the one that `--reference` or `--cnab-file`
    /// name, or the one that the installation tracks, or ran last.
    pub(crate) async fn built_bundle(
        &self,
        request: &ActionRequest,
        storage: &Storage,
    ) -> Result<ChosenBundle, Error> {
        let (choice, name) = (&request.bundle, request.names.first());
        if let Some(text) = &choice.reference {
            return pulled(name, self.pull(text, choice.pull).await?);
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
        self.recorded_bundle(request, name, storage).await
    }

    /// The bundle that an installation tracks, or ran last.
    async fn recorded_bundle(
        &self,
        request: &ActionRequest,
        name: &String,
        storage: &Storage,
    ) -> Result<ChosenBundle, Error> {
        let namespace = &request.namespace;
        let tracked = tracked(namespace, name, storage).await?;
        let last = storage.store().last_run(namespace, name).await;
        if let Some((reference, source)) = tracked {
            let pull = request.bundle.pull;
            let ran = last.as_ref().ok().and_then(|run| {
                let ran: BundleReference = run.bundle_reference.parse().ok()?;
                Some(ran.to_source())
            });
            if pull.force || ran != Some(source) {
                return pulled(Some(name), self.pull_reference(&reference, pull).await?);
            }
        }
        match last {
            Ok(run) => {
                let origin = Origin::of_run(&run)?;
                let chosen = chosen(Some(name), run.bundle)?;
                Ok(ChosenBundle { origin, ..chosen })
            }
            Err(StoreError::RunNotFound) if matches!(request.kind, Kind::Install { .. }) => {
                Err(Usage::NoBundleToInstall.into())
            }
            Err(StoreError::RunNotFound) => Err(Error::NoInstallation {
                installation: porter_cnab::records::qualified_name(namespace, name),
                source: StoreError::InstallationNotFound,
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Finds the bundle of a command that only shows it. From source it is what the sources say
    /// now, made in memory; what lies in `.cnab` counts where building is disabled.
    pub(crate) async fn bundle_to_show(
        &self,
        choice: &BundleChoice,
    ) -> Result<BundleToShow, Error> {
        if let Some(text) = &choice.reference {
            let pulled = self.pull(text, choice.pull).await?;
            return Ok(BundleToShow {
                bundle: pulled.bundle,
                relocation: pulled.relocation,
            });
        }
        choice.check()?;
        let bundle = match manifest_file(choice)? {
            Some(file) => {
                let request = from_source(&file, choice);
                if choice.autobuild {
                    self.bundle_of_sources(&request)
                } else {
                    self.bundle_as_built(&request)
                }
            }
            None => {
                let path = choice.cnab_file.as_ref().ok_or(Usage::NoBundleToShow)?;
                read(&read_cnab_file(path)?)
            }
        };
        Ok(BundleToShow {
            bundle: bundle?,
            relocation: BTreeMap::new(),
        })
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
    /// Refuses what makes no sense.
    fn check(&self) -> Result<(), Error> {
        if self.file.is_some() && self.cnab_file.is_some() {
            return Err(Usage::FileAndCnabFile.into());
        }
        Ok(())
    }
}

/// The manifest of the bundle of an action, if it is from source.
pub(crate) async fn sources(
    request: &ActionRequest,
    storage: &Storage,
) -> Result<Option<PathBuf>, Error> {
    let choice = &request.bundle;
    if choice.reference.is_some() {
        return Ok(None);
    }
    choice.check()?;
    let file = manifest_file(choice)?;
    if file.is_some() && choice.file.is_none() {
        refuse_replacing(request, storage).await?;
    }
    Ok(file)
}

/// The build of a bundle that is used as a side effect: in the manifest's directory.
pub(crate) fn from_source(file: &Path, choice: &BundleChoice) -> BuildRequest {
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
        origin: None,
    })
}

/// A bundle that was pulled, for an installation of this name.
pub(crate) fn pulled(
    name: Option<&String>,
    pulled: crate::travel::Pulled,
) -> Result<ChosenBundle, Error> {
    let installation = name.unwrap_or(&pulled.bundle.name).clone();
    Ok(ChosenBundle {
        installation,
        origin: Some(Origin::of(&pulled)),
        bundle: pulled.bundle,
        document: pulled.document,
    })
}

/// What an installation tracks in a registry, as a reference and as it is recorded.
async fn tracked(
    namespace: &str,
    name: &str,
    storage: &Storage,
) -> Result<Option<(BundleReference, porter_cnab::records::BundleSource)>, Error> {
    let installation: Installation = match storage.store().installation(namespace, name).await {
        Ok(installation) => installation,
        Err(StoreError::InstallationNotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let reference = BundleReference::from_source(&installation.bundle);
    let reference = reference.map_err(Usage::Reference)?;
    Ok(reference.map(|reference| (reference, installation.bundle)))
}

/// A manifest that happens to lie here does not take the place of a published bundle.
async fn refuse_replacing(request: &ActionRequest, storage: &Storage) -> Result<(), Error> {
    let Some(name) = request.names.first() else {
        return Ok(());
    };
    match tracked(&request.namespace, name, storage).await? {
        Some((reference, _)) => Err(Usage::Tracked {
            installation: porter_cnab::records::qualified_name(&request.namespace, name),
            reference: reference.to_string(),
        }
        .into()),
        None => Ok(()),
    }
}

/// Reads a `bundle.json` that keeps CNAB's rules.
pub(crate) fn read(document: &str) -> Result<Bundle, Error> {
    let bundle = Bundle::from_json(document.as_bytes())?;
    bundle.validate()?;
    Ok(bundle)
}

//! Debian packages: those of all mixins in one layer.

use std::collections::BTreeMap;

use porter_mixin::instruction::{AptPackage, AptSource};

use super::download;
use super::error::Problem;
use super::escape::{array, shown};
use super::mirror::Mirrors;

/// Stands for the release of the image.
const CODENAME: &str = "{codename}";

/// The caches that all builds share, and that never become part of an image.
pub(crate) const CACHES: &str = "--mount=type=cache,target=/var/cache/apt,sharing=locked \
                                 --mount=type=cache,target=/var/lib/apt,sharing=locked";

const INSTALL: &str = "set -eu; apt-get update; DEBIAN_FRONTEND=noninteractive \
                       apt-get install -y --no-install-recommends -- \"$@\"";

/// Puts the release of the image for `{codename}` in every argument.
const RESOLVE: &str = "set -eu; . /etc/os-release; for package do shift; \
     while case $package in *\"{codename}\"*) true;; *) false;; esac; do \
     package=${package%%\"{codename}\"*}$VERSION_CODENAME${package#*\"{codename}\"}; done; \
     set -- \"$@\" \"$package\"; done; ";

/// Repositories with a vendor's certificate need this before they are read.
const CERTIFICATES: &str = "set -eu; [ -e /etc/ssl/certs/ca-certificates.crt ] || { \
     apt-get update; DEBIAN_FRONTEND=noninteractive \
     apt-get install -y --no-install-recommends ca-certificates; }";

/// The packages wanted so far.
#[derive(Debug)]
pub(crate) struct Packages {
    /// Version and the mixin that wants it, by name.
    names: BTreeMap<String, Option<(String, String)>>,
    sources: Vec<AptSource>,
}

impl Packages {
    /// Adds what one mixin wants.
    pub(crate) fn add(
        &mut self,
        mixin: &str,
        wanted: &porter_mixin::instruction::Packages,
    ) -> Result<(), Problem> {
        for source in &wanted.sources {
            check_source(source)?;
            if !self.sources.contains(source) {
                self.sources.push(source.clone());
            }
        }
        wanted
            .names
            .iter()
            .try_for_each(|package| self.add_name(mixin, package))
    }

    fn add_name(&mut self, mixin: &str, package: &AptPackage) -> Result<(), Problem> {
        check_package(package)?;
        let known = self.names.entry(package.name.clone()).or_default();
        match (known, &package.version) {
            (_, None) => Ok(()),
            (Some((wanted, other)), Some(version)) if wanted != version => {
                Err(Problem::PackageConflict {
                    package: package.name.clone(),
                    version: version.clone(),
                    other: other.clone(),
                    wanted: wanted.clone(),
                })
            }
            (known, Some(version)) => {
                *known = Some((version.clone(), mixin.to_owned()));
                Ok(())
            }
        }
    }

    /// Nothing yet.
    pub(crate) const fn empty() -> Self {
        Self {
            names: BTreeMap::new(),
            sources: Vec::new(),
        }
    }

    /// Whether packages come from repositories that have to be added.
    pub(crate) const fn has_sources(&self) -> bool {
        !self.sources.is_empty()
    }

    /// A stage per repository.
    pub(crate) fn stages(&self, mirrors: &Mirrors) -> Vec<String> {
        let stage = |(index, source): (usize, &AptSource)| {
            let mut words = ["/bin/sh", "/porter/fetch", "source"]
                .map(String::from)
                .to_vec();
            words.extend(source_words(index, source, mirrors));
            [
                format!("FROM {} AS porter-source-{}", download::STAGE, index + 1),
                format!("RUN {}", array(&words)),
            ]
        };
        self.sources.iter().enumerate().flat_map(stage).collect()
    }

    /// For each repository, what the script has to know.
    pub(crate) fn sources(&self, mirrors: &Mirrors) -> impl Iterator<Item = Vec<String>> {
        let sources = self.sources.iter().enumerate();
        sources.map(|(index, source)| source_words(index, source, mirrors))
    }

    /// The lines that install everything.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.has_sources() {
            let certificates = array(&["/bin/sh", "-c", CERTIFICATES]);
            lines.push(format!("RUN {CACHES} {certificates}"));
        }
        for number in 1..=self.sources.len() {
            lines.push(format!(
                "COPY --from=porter-source-{number} /porter/out/ /etc/apt/"
            ));
        }
        lines.extend(self.install());
        lines
    }

    /// The line that installs the packages, if there are any.
    pub(crate) fn install(&self) -> Option<String> {
        if self.names.is_empty() {
            return None;
        }
        let packages: Vec<String> = self
            .names
            .iter()
            .map(|(name, version)| match version {
                Some((version, _)) => format!("{name}={version}"),
                None => name.clone(),
            })
            .collect();
        let resolves = packages.iter().any(|package| package.contains(CODENAME));
        let script = if resolves {
            RESOLVE.to_owned() + INSTALL.trim_start_matches("set -eu; ")
        } else {
            INSTALL.to_owned()
        };
        let mut words = ["/bin/sh", "-c", &script, "porter"]
            .map(String::from)
            .to_vec();
        words.extend(packages);
        Some(format!("RUN {CACHES} {}", array(&words)))
    }
}

/// The arguments of the script that say where packages come from.
fn source_words(index: usize, source: &AptSource, mirrors: &Mirrors) -> Vec<String> {
    let mut words = vec![(index + 1).to_string()];
    words.extend(download::remote(&source.key, mirrors));
    words.extend([mirrors.of(&source.uri), source.suite.clone()]);
    words.push(source.components.join(" "));
    words
}

fn check_package(package: &AptPackage) -> Result<(), Problem> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.:".contains(&b);
    let name = &package.name;
    let first = name
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric());
    // apt reads a minus at the end as an order to remove the package.
    if !first || !name.bytes().all(allowed) || name.ends_with(['-', ':']) || name.len() > 128 {
        return Err(Problem::PackageName(shown(name)));
    }
    if let Some(version) = &package.version {
        let plain = version.replace(CODENAME, "");
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b".+:~-".contains(&b);
        if version.is_empty() || version.len() > 128 || !plain.bytes().all(allowed) {
            return Err(Problem::PackageVersion(shown(version)));
        }
    }
    Ok(())
}

fn check_source(source: &AptSource) -> Result<(), Problem> {
    let wrong = |field, text: &str| Problem::PackageSource {
        field,
        text: shown(text),
    };
    download::check_url(&source.uri, true).map_err(|_| wrong("address", &source.uri))?;
    download::check_remote(&source.key)?;
    let word = |b: u8| b.is_ascii_alphanumeric() || b"._/+~-".contains(&b);
    let suite = source.suite.replace(CODENAME, "");
    if source.suite.is_empty() || source.suite.len() > 128 || !suite.bytes().all(word) {
        return Err(wrong("suite", &source.suite));
    }
    // A suite that is a folder has no components, every other one has some.
    if source.suite.ends_with('/') != source.components.is_empty() {
        return Err(wrong("components", &source.components.join(" ")));
    }
    let bad = |component: &&String| {
        component.is_empty() || component.len() > 128 || !component.bytes().all(word)
    };
    match source.components.iter().find(bad) {
        Some(component) => Err(wrong("component", component)),
        None => Ok(()),
    }
}

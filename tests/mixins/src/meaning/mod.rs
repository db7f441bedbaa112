//! What build instructions mean: what is in the image afterwards, whoever wrote it how.
//!
//! Ours are typed, Porter's are lines of a Dockerfile with shell text. Both become sets of facts,
//! and the commands that run in order. Equal by meaning, and therefore not a fact:
//!
//! * how a download gets to its place (`curl`, `tar`, `mv` and `chmod`, or one typed instruction),
//!   layers, caches and leftovers;
//! * the packages of [`FOR_DOWNLOADS`] and nothing else: Porter's lines install them to download
//!   something, the host's downloads happen in stages of their own, which bring their own tools;
//! * permissions: an archive has them, and the recorded lines do not say.
//!
//! The lines are read [strictly](reader): a line that is not understood is an error, so that no
//! difference is passed over.

use std::collections::BTreeSet;

use porter_mixin_sdk::{AptSource, Archive, Download, Instruction, Packages, Run, User};

pub mod agent;
pub mod apt;
pub mod arm;
pub mod aws;
pub mod az;
pub mod dockerfile;
pub mod gcloud;
pub mod go;
pub mod helm3;
pub mod kubernetes;
pub mod reader;
pub mod shell;
pub mod terraform;

/// Packages that are there for the sake of downloads.
pub const FOR_DOWNLOADS: [&str; 7] = [
    "apt-transport-https",
    "ca-certificates",
    "curl",
    "gnupg",
    "lsb-release",
    "unzip",
    "wget",
];

/// The platform that the recordings were made for.
pub const PLATFORM: &str = "linux/amd64";

/// The bundle directory of an image.
pub const BUNDLE: &str = "/cnab/app";

/// Something that is so in the image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// A Debian package.
    Package {
        /// Its name.
        name: String,
        /// Its version; `{codename}` stands for the image's release.
        version: Option<String>,
    },
    /// A repository of Debian packages.
    Source {
        /// Base address.
        uri: String,
        /// Suite; `{codename}` stands for the image's release.
        suite: String,
        /// Components, separated by blanks.
        components: String,
        /// Address of the key.
        key: String,
    },
    /// An environment variable.
    Env {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A directory behind the others of PATH.
    Path(String),
    /// Something from the network.
    Download {
        /// Its address.
        url: String,
        /// The file or directory inside the archive; empty for a plain file or a whole archive.
        member: String,
        /// Where it is.
        to: String,
    },
    /// A file.
    File {
        /// Where it is.
        path: String,
        /// Its content.
        content: String,
    },
    /// Something of the author's.
    Copy {
        /// Where it was, relative to the bundle directory.
        source: String,
        /// Where it is.
        to: String,
    },
}

/// A command that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// By whom.
    pub user: User,
    /// Where; empty when nobody said.
    pub dir: String,
    /// Program and arguments.
    pub argv: Vec<String>,
}

/// What build instructions mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meaning {
    /// What is so afterwards.
    pub facts: BTreeSet<Fact>,
    /// What ran, in order.
    pub runs: Vec<Ran>,
}

impl Meaning {
    /// The meaning of typed instructions on [`PLATFORM`].
    ///
    /// # Errors
    /// When a download has nothing for the platform.
    pub fn of_instructions(instructions: &[Instruction]) -> Result<Self, String> {
        let mut meaning = Self::default();
        for instruction in instructions {
            match instruction {
                Instruction::Packages(packages) => meaning.packages(packages),
                Instruction::Download(download) => {
                    meaning.facts.insert(fetched(download)?);
                }
                Instruction::File(file) => {
                    let (path, content) = (absolute(&file.to.path), file.content.clone());
                    meaning.facts.insert(Fact::File { path, content });
                }
                Instruction::Copy { source, to } => meaning.copy(source, to),
                Instruction::Env { name, value } => {
                    let (name, value) = (name.clone(), value.clone());
                    meaning.facts.insert(Fact::Env { name, value });
                }
                Instruction::Path(path) => {
                    meaning.facts.insert(Fact::Path(absolute(path)));
                }
                Instruction::Run(run) => meaning.run(run),
            }
        }
        Ok(meaning)
    }

    /// Adds a package, unless it only serves downloads.
    pub fn package(&mut self, name: &str, version: Option<&str>) {
        if FOR_DOWNLOADS.contains(&name) && version.is_none() {
            return;
        }
        self.facts.insert(Fact::Package {
            name: name.to_owned(),
            version: version.map(str::to_owned),
        });
    }

    /// Adds something of the author's.
    pub fn copy(&mut self, source: &str, to: &str) {
        let plain = source.trim_start_matches("./").trim_end_matches('/');
        self.facts.insert(Fact::Copy {
            source: plain.replace("//", "/"),
            to: absolute(to.trim_end_matches('/')),
        });
    }

    /// What is only in one of the two.
    pub fn difference(&self, recorded: &Self) -> Option<String> {
        let mut found = Vec::new();
        let only = |these: &Self, those: &Self, whose: &str| {
            let facts = these.facts.difference(&those.facts);
            facts
                .map(|fact| format!("only {whose}: {fact:?}"))
                .collect::<Vec<_>>()
        };
        found.extend(only(self, recorded, "ours"));
        found.extend(only(recorded, self, "recorded"));
        if self.runs != recorded.runs {
            found.push(format!(
                "ours runs {:?}, recorded is {:?}",
                self.runs, recorded.runs
            ));
        }
        (!found.is_empty()).then(|| found.join("; "))
    }

    fn packages(&mut self, packages: &Packages) {
        for package in &packages.names {
            self.package(&package.name, package.version.as_deref());
        }
        for source in &packages.sources {
            self.facts.insert(repository(source));
        }
    }

    fn run(&mut self, run: &Run) {
        for argv in &run.commands {
            self.runs.push(Ran {
                user: run.user,
                dir: if run.dir.is_empty() {
                    String::new()
                } else {
                    absolute(&run.dir)
                },
                argv: argv.clone(),
            });
        }
    }
}

fn repository(source: &AptSource) -> Fact {
    Fact::Source {
        uri: source.uri.trim_end_matches('/').to_owned(),
        suite: source.suite.clone(),
        components: source.components.join(" "),
        key: source.key.url.clone(),
    }
}

fn fetched(download: &Download) -> Result<Fact, String> {
    let mut entries = download.entries.iter();
    let entry = entries
        .find(|entry| entry.platform == PLATFORM)
        .ok_or_else(|| format!("no download for {PLATFORM}"))?;
    let member = match download.archive {
        Archive::None => String::new(),
        Archive::TarGz | Archive::TarXz | Archive::Zip => {
            entry.member.trim_end_matches('/').to_owned()
        }
    };
    Ok(Fact::Download {
        url: entry.source.url.clone(),
        member,
        to: absolute(&download.to.path),
    })
}

/// A path as the host reads it: relative ones are below the bundle directory.
pub fn absolute(path: &str) -> String {
    let path = path.trim_start_matches("./");
    match path {
        "" | "." => BUNDLE.to_owned(),
        _ if path.starts_with('/') => path.to_owned(),
        _ => format!("{BUNDLE}/{path}"),
    }
}

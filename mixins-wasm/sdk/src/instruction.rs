//! What a mixin returns from `build`: typed steps of the image.

/// One build step. Executed in order, except that the host may move [`Instruction::Packages`] and
/// [`Instruction::Download`] to the front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// Debian packages.
    Packages(Packages),
    /// Fetches a file into the image.
    Download(Download),
    /// Writes a file.
    File(File),
    /// Copies from the bundle's sources into the image.
    Copy {
        /// Relative to the bundle directory of the author.
        source: String,
        /// Absolute, or relative to `/cnab/app`.
        to: String,
    },
    /// Sets an environment variable of the image.
    Env {
        /// Name of the variable.
        name: String,
        /// Literal value; nothing in it is expanded.
        value: String,
    },
    /// Appends a directory to PATH.
    Path(String),
    /// Commands of one image layer.
    Run(Run),
}

/// Debian packages to install.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages {
    /// The packages.
    pub names: Vec<AptPackage>,
    /// Further repositories they come from.
    pub sources: Vec<AptSource>,
}

impl Packages {
    /// Packages of the base image's own repositories, in the newest version.
    pub fn named(names: &[&str]) -> Self {
        let names = names.iter().map(|name| AptPackage::newest(*name)).collect();
        Self {
            names,
            sources: Vec::new(),
        }
    }
}

/// One Debian package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AptPackage {
    /// Package name.
    pub name: String,
    /// Exact version; `{codename}` stands for the image's release.
    pub version: Option<String>,
}

impl AptPackage {
    /// The newest version of a package.
    pub fn newest(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: None,
        }
    }
}

/// A repository of Debian packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AptSource {
    /// Base address.
    pub uri: String,
    /// Suite; `{codename}` stands for the image's release.
    pub suite: String,
    /// Components such as `main`.
    pub components: Vec<String>,
    /// Signing key, armoured or binary.
    pub key: Remote,
}

/// A file on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// `https`; `http` only with [`Checksum::Sha256`] or [`Checksum::Sha512`].
    pub url: String,
    /// How the content is verified.
    pub checksum: Checksum,
}

/// How a download is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// Not at all.
    None,
    /// 64 lower-case hexadecimal digits.
    Sha256(String),
    /// 128 lower-case hexadecimal digits.
    Sha512(String),
    /// Address of a vendor's file in the form of `sha256sum` or `sha512sum`, or of a bare digest.
    Sums(String),
}

/// A download: the entry that fits the image's platform is fetched; none that fits is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// One entry per platform.
    pub entries: Vec<DownloadEntry>,
    /// Whether to unpack, and how.
    pub archive: Archive,
    /// Where the file, or the member, goes.
    pub to: Target,
}

/// The download for one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadEntry {
    /// `OS/ARCH[/VARIANT]`.
    pub platform: String,
    /// What is fetched.
    pub source: Remote,
    /// File or directory inside the archive; ignored without one.
    pub member: String,
}

/// Form of a downloaded archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    /// A plain file.
    None,
    /// gzip-compressed tar.
    TarGz,
    /// xz-compressed tar.
    TarXz,
    /// ZIP.
    Zip,
}

/// A path to write and its permission bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Absolute, or relative to `/cnab/app`.
    pub path: String,
    /// Permission bits, at most `0o777`.
    pub mode: u32,
}

/// A file to write. Parent directories are made; an existing file is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it goes.
    pub to: Target,
    /// Its content.
    pub content: String,
}

/// Commands of one image layer, stopping at the first that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Argument lists; no shell unless one is named.
    pub commands: Vec<Vec<String>>,
    /// Working directory, `""` for `/cnab/app`.
    pub dir: String,
    /// Who runs them.
    pub user: User,
    /// Whether they have the network.
    pub network: bool,
}

impl Run {
    /// One command, run by root in `/cnab/app` without network.
    pub fn command(argv: &[&str]) -> Self {
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        Self {
            commands: vec![argv],
            dir: String::new(),
            user: User::Root,
            network: false,
        }
    }
}

/// Who runs a build command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// root.
    Root,
    /// The user the bundle runs as.
    Bundle,
}

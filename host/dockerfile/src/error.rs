//! Why a Dockerfile cannot be written. Texts of mixins are shown escaped.

/// Why a Dockerfile cannot be written.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RenderError {
    /// The author's template is at fault.
    #[error("line {line} of the Dockerfile template: {problem}")]
    Template {
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: TemplateProblem,
    },
    /// A mixin returned an instruction that must not or cannot be written.
    #[error("build instruction {number} (`{kind}`) of mixin `{mixin}`: {problem}")]
    Instruction {
        /// Name of the mixin.
        mixin: String,
        /// Which of its instructions, from 1.
        number: usize,
        /// Kind of the instruction, as the interface calls it.
        kind: &'static str,
        /// What is wrong with it.
        problem: Box<Problem>,
    },
    /// A native mixin wrote what is no line of a Dockerfile.
    #[error(
        "line {number} that the native mixin `{mixin}` wrote is longer than {limit} bytes or has \
         control characters",
        limit = super::LINE_LIMIT
    )]
    NativeLine {
        /// Name of the mixin.
        mixin: String,
        /// Which of its lines, from 1.
        number: usize,
    },
    /// Everything together is more than a builder should read.
    #[error("the Dockerfile has {size} bytes, more than {limit}")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
}

/// What is wrong with a template.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum TemplateProblem {
    /// Not UTF-8, or with NUL characters.
    #[error("this is not text")]
    NotText,
    /// A line that the Dockerfile frontend cannot read.
    #[error("the line has {0} bytes, more than {limit}", limit = super::LINE_LIMIT)]
    LineTooLong(usize),
    /// There is no stage.
    #[error("there is no `FROM`; a template begins with one")]
    NoFrom,
    /// The token stands where no instruction may stand.
    #[error("`{0}` stands before the first `FROM`; move it below")]
    TokenBeforeFrom(&'static str),
    /// Porter's instructions would become part of this one.
    #[error("the last instruction ends with a line continuation; remove it or finish the line")]
    Unfinished,
    /// Porter's instructions would become part of this heredoc.
    #[error("the heredoc {0:?} is not closed")]
    OpenHeredoc(String),
    /// The escape directive.
    #[error("the escape character must be a backslash or a backtick, not {0:?}")]
    Escape(String),
    /// A stage with a name of Porter's own stages.
    #[error("the stage name {0:?} is reserved; rename the stage")]
    StageName(String),
    /// A stage referred to by a number that changes.
    #[error(
        "stage {0} is referred to by its number, which changes because a mixin needs stages \
         before it; give the stage a name and use that"
    )]
    StageNumber(usize),
}

/// What is wrong with an instruction.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum Problem {
    /// A control character, where none may be.
    #[error("{field} {text:?} holds a character that is not allowed there")]
    Character {
        /// Which field.
        field: &'static str,
        /// Its text.
        text: String,
    },
    /// A field that must not be empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A path that is not what it has to be.
    #[error("{field} {path:?} leaves its folder, or is not a path of the kind that is needed")]
    Path {
        /// Which field.
        field: &'static str,
        /// The path.
        path: String,
    },
    /// A path that belongs to Porter.
    #[error("{0:?} belongs to porter's runtime")]
    ReservedPath(String),
    /// More than permission bits.
    #[error("mode {0:o} is more than 777")]
    Mode(u32),
    /// Not the name of a Debian package.
    #[error("{0:?} is not the name of a package")]
    PackageName(String),
    /// Not a version of a Debian package.
    #[error("{0:?} is not the version of a package")]
    PackageVersion(String),
    /// Two versions of one package.
    #[error(
        "package `{package}` is wanted in version `{version}`, but mixin `{other}` wants `{wanted}`"
    )]
    PackageConflict {
        /// Name of the package.
        package: String,
        /// The version wanted here.
        version: String,
        /// The mixin that wants another.
        other: String,
        /// The version wanted there.
        wanted: String,
    },
    /// A field of a package source.
    #[error("{field} {text:?} of the package source is malformed")]
    PackageSource {
        /// Which field.
        field: &'static str,
        /// Its text.
        text: String,
    },
    /// An address that must not be fetched.
    #[error("{0:?} is not an address to download from: `https`, or `http` with a sha256 checksum")]
    Url(String),
    /// Not a digest.
    #[error("{0:?} is not a sha256 checksum: 64 lower-case hexadecimal digits")]
    Digest(String),
    /// Not a longer digest.
    #[error("{0:?} is not a sha512 checksum: 128 lower-case hexadecimal digits")]
    LongDigest(String),
    /// Nothing to download for this platform.
    #[error("there is no download for platform `{0}`")]
    NoDownload(String),
    /// Not the name of an environment variable, or one of Porter's.
    #[error("{0:?} cannot be set: it is malformed or belongs to porter")]
    Variable(String),
    /// Not the name of a program.
    #[error("{0:?} cannot be the program of a command")]
    Program(String),
    /// More than the Dockerfile frontend reads.
    #[error("it makes a line of {0} bytes, more than {limit}", limit = super::LINE_LIMIT)]
    LineTooLong(usize),
}

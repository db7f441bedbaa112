//! The recordings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What a mixin was given, and what it was seen to do.
#[derive(Debug, Serialize, Deserialize)]
pub struct Case {
    /// `MIXIN-KIND-NNN`.
    pub id: String,
    /// What the case exercises.
    pub about: String,
    /// Arguments of the mixin.
    pub command: Vec<String>,
    /// Text on its standard input.
    pub stdin: String,
    /// Variables added to the base environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Files present beforehand.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Canned replies of programs.
    #[serde(default)]
    pub stubs: Vec<Stub>,
    /// Canned answers of an HTTP API; nothing listens in a case without.
    #[serde(default)]
    pub http: Option<Vec<Answer>>,
    /// What happened.
    pub observed: Observed,
}

/// The reply of a program to a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stub {
    /// Its name; one that begins with `./` is a file of the bundle.
    pub program: String,
    /// Leading arguments that must be equal.
    #[serde(default, rename = "match")]
    pub leading: Vec<String>,
    /// What it prints.
    #[serde(default)]
    pub stdout: String,
    /// What it prints as errors.
    #[serde(default)]
    pub stderr: String,
    /// Its exit code.
    #[serde(default)]
    pub exit: i32,
    /// Files it writes, relative to its working directory.
    #[serde(default)]
    pub writes: BTreeMap<String, String>,
}

/// The answer of an HTTP API to a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// Method it answers.
    #[serde(default = "get")]
    pub method: String,
    /// Path it answers, without the query.
    pub path: String,
    /// How often it answers; without it always.
    #[serde(default)]
    pub times: Option<u32>,
    /// Its status.
    #[serde(default = "ok")]
    pub status: u16,
    /// Its body.
    #[serde(default)]
    pub body: String,
}

fn get() -> String {
    "GET".to_owned()
}

const fn ok() -> u16 {
    200
}

/// What happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Exit code of the mixin.
    pub exit: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    #[serde(default)]
    pub stderr: String,
    /// The programs it called.
    pub calls: Vec<Call>,
    /// The outputs it left.
    pub outputs: BTreeMap<String, String>,
    /// Other files that it created or changed.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Their permissions, in octal digits.
    #[serde(default)]
    pub file_modes: BTreeMap<String, String>,
    /// The requests it made of an HTTP API.
    #[serde(default)]
    pub http: Vec<Request>,
    /// Where the calls differ from run to run: sequences seen, each call its program and arguments.
    #[serde(default)]
    pub orders: Vec<Vec<Vec<String>>>,
    /// Where something else differs from run to run.
    #[serde(default)]
    pub variants: Vec<Variant>,
}

/// What was seen instead in another run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Exit code.
    pub exit: Option<i32>,
    /// Standard output.
    pub stdout: Option<String>,
    /// Calls.
    pub calls: Option<Vec<Call>>,
    /// Outputs.
    pub outputs: Option<BTreeMap<String, String>>,
    /// Files.
    pub files: Option<BTreeMap<String, String>>,
}

/// A request of an HTTP API.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Query.
    #[serde(default)]
    pub query: String,
    /// Body.
    #[serde(default)]
    pub body: String,
}

/// A call of a program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Name of the program.
    pub program: String,
    /// Its arguments.
    pub argv: Vec<String>,
    /// What it was given on standard input.
    #[serde(default)]
    pub stdin: String,
    /// Its working directory, relative to the bundle directory.
    pub cwd: String,
    /// Variables added or changed.
    #[serde(default)]
    pub env_added: BTreeMap<String, String>,
    /// Files of the mixin's making that were there at that moment.
    #[serde(default)]
    pub files_seen: BTreeMap<String, String>,
}

/// The folder of the recordings: `$PORTER_CORPUS`, or `../shared/corpus` beside the project.
pub fn folder() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let given = std::env::var_os("PORTER_CORPUS").map(PathBuf::from);
    given
        .unwrap_or_else(|| project.join("../shared/corpus"))
        .join("mixins")
}

/// The recordings of a mixin; `None` where there are none on this machine.
///
/// # Errors
/// When the file is damaged.
pub fn recordings(mixin: &str) -> Result<Option<Vec<Case>>, String> {
    let path = folder().join(format!("{mixin}.jsonl"));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    let read = |line: &str| serde_json::from_str(line).map_err(|error| format!("{error}: {line}"));
    text.lines().map(read).collect::<Result<_, _>>().map(Some)
}

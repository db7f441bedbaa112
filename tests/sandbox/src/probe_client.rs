//! Runs a component in a process of its own, so that memory and crashes can be told apart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// One run of the program `sandbox-probe`.
#[derive(Debug, Clone)]
pub struct Probe {
    program: PathBuf,
    settings: BTreeMap<&'static str, String>,
}

/// What a probe saw.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Code of the failure, `ok`, or `refused` for the user's mistake.
    pub code: String,
    /// The whole message, links joined by `: `.
    pub message: String,
    /// How long loading took.
    pub load: Duration,
    /// How long the call took.
    pub call: Duration,
    /// Growth of the peak of resident memory during loading and call, in bytes.
    pub growth: u64,
    /// Log messages, and their bytes.
    pub logged: u64,
}

impl Probe {
    /// `program` is `env!("CARGO_BIN_EXE_sandbox-probe")` of the caller.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            settings: BTreeMap::new(),
        }
    }

    /// Which function to call: `describe`, `lint`, `build` or `plan`, which is the default.
    #[must_use]
    pub fn function(self, name: &str) -> Self {
        self.set("function", name.to_owned())
    }

    /// Sets fuel and deadline of the call.
    #[must_use]
    pub fn limits(self, fuel: u64, deadline: Duration) -> Self {
        self.set("fuel", fuel.to_string())
            .set("deadline", deadline.as_millis().to_string())
    }

    /// Sets deadline and memory of the compiler.
    #[must_use]
    pub fn compile_limits(self, deadline: Duration, memory: u64) -> Self {
        self.set("compile-deadline", deadline.as_millis().to_string())
            .set("compile-memory", memory.to_string())
    }

    /// Uses a cache in `folder`, with its key in `key`.
    #[must_use]
    pub fn cache(self, folder: &Path, key: &Path) -> Self {
        self.set("cache", folder.display().to_string())
            .set("key", key.display().to_string())
    }

    fn set(mut self, name: &'static str, value: String) -> Self {
        self.settings.insert(name, value);
        self
    }

    /// Runs the component in `file`.
    #[expect(
        clippy::expect_used,
        clippy::panic,
        reason = "what fails here fails the test"
    )]
    pub fn run_file(&self, file: &Path) -> Outcome {
        let mut command = Command::new(&self.program);
        command.arg("probe").arg(file);
        command.args(
            self.settings
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        let output = command.output().expect("the probe starts");
        let said = String::from_utf8_lossy(&output.stdout);
        let fields: BTreeMap<&str, &str> = said
            .lines()
            .filter_map(|line| line.split_once('='))
            .collect();
        let field = |name: &str| match fields.get(name) {
            Some(value) => (*value).to_owned(),
            None => panic!(
                "the probe said no `{name}`: {}, {said}, {}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            ),
        };
        let number = |name: &str| field(name).parse::<u64>().expect("a number");
        assert!(output.status.success(), "the probe died: {}", output.status);
        Outcome {
            code: field("code"),
            message: field("message"),
            load: Duration::from_micros(number("load")),
            call: Duration::from_micros(number("call")),
            growth: number("growth"),
            logged: number("logged"),
        }
    }

    /// Runs a component.
    #[expect(clippy::expect_used, reason = "what fails here fails the test")]
    pub fn run(&self, component: &[u8]) -> Outcome {
        let folder = std::env::temp_dir();
        let unique = format!(
            "probe-{}-{:?}.wasm",
            std::process::id(),
            std::thread::current().id()
        );
        let file = folder.join(unique);
        std::fs::write(&file, component).expect("the temporary folder is writable");
        let outcome = self.run_file(&file);
        std::fs::remove_file(&file).expect("the file is there");
        outcome
    }
}

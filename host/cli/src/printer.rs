//! The only mouth of porter: results to stdout, everything else to stderr.
//!
//! Messages (`tracing` events of the other crates) are plain lines. As in Porter they go to
//! stdout, except that they go to stderr when stderr is a terminal or when stdout carries a
//! document (`-o json|yaml`).

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use porter_mixin::escape::escape;

/// Writes for the whole program.
#[derive(Debug)]
pub(crate) struct Printer {
    /// Whether stdout is reserved for one document.
    document: AtomicBool,
    /// Whether stderr is a terminal.
    terminal: bool,
}

impl Printer {
    /// A printer for this process.
    pub(crate) fn new() -> Self {
        Self {
            document: AtomicBool::new(false),
            terminal: io::stderr().is_terminal(),
        }
    }

    /// Whether a person watches stderr.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Reserves stdout for one document: messages go to stderr from now on.
    pub(crate) fn reserve_stdout(&self) {
        self.document.store(true, Ordering::Relaxed);
    }

    /// A result: text for stdout, written as it is.
    pub(crate) fn result(&self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A result that is not text, such as the value of an output.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        // A reader that closed the pipe has seen enough.
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
    }

    /// A line about what is going on.
    pub(crate) fn message(&self, line: &str) {
        if self.terminal || self.document.load(Ordering::Relaxed) {
            self.error_line(line);
        } else {
            self.result(&format!("{line}\n"));
        }
    }

    /// A line for stderr.
    pub(crate) fn error_line(&self, line: &str) {
        let mut stderr = io::stderr().lock();
        let _ = writeln!(stderr, "{line}").and_then(|()| stderr.flush());
    }

    /// Raw bytes for stderr.
    pub(crate) fn error_bytes(&self, bytes: &[u8]) {
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
    }

    /// An error and what caused it, ending with a next step.
    pub(crate) fn failure(&self, error: &dyn std::error::Error, hint: Option<&str>) {
        self.error_line(&format!("error: {}", indented(&error.to_string())));
        let mut source = error.source();
        let mut last = error.to_string();
        while let Some(cause) = source {
            let text = cause.to_string();
            if text != last {
                self.error_line(&format!("  caused by: {}", indented(&text)));
            }
            last = text;
            source = cause.source();
        }
        if let Some(hint) = hint {
            self.error_line(&format!("hint: {}", indented(hint)));
        }
    }
}

/// Escapes what must not reach a terminal and keeps later lines from starting at the margin,
/// where they could pass for lines of ours.
fn indented(text: &str) -> String {
    let lines: Vec<String> = text
        .trim_end()
        .lines()
        .map(|line| escape(&line.replace('\t', "  ")))
        .collect();
    lines.join("\n    ")
}

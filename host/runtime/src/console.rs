//! The one mouth of the runtime: both streams, with secrets masked.

use std::io::Write;
use std::sync::Arc;

use porter_mixin::{escape, escape_lines};

use crate::mask::{self, Patterns, Stream};

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Writes to both streams of the runtime. A stream that nobody reads any more is no reason to
/// stop in the middle of a step, so failures to write are ignored.
pub struct Console {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    patterns: Arc<Patterns>,
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}

impl Console {
    /// The streams of the process.
    pub fn system() -> Self {
        Self::new(Box::new(std::io::stdout()), Box::new(std::io::stderr()))
    }

    /// Other streams.
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self {
            out,
            err,
            patterns: Arc::default(),
        }
    }

    /// Masks further secrets from now on. Streams that were begun do not know them.
    pub fn hide(&mut self, add: impl FnOnce(&mut Patterns)) {
        add(Arc::make_mut(&mut self.patterns));
    }

    /// A stream that masks all secrets that are known now.
    pub fn begin(&self) -> Stream {
        Stream::new(self.patterns.clone())
    }

    /// Writes bytes that were masked by a [`Stream`].
    pub fn write(&mut self, channel: Channel, masked: &[u8]) {
        let stream = match channel {
            Channel::Out => &mut self.out,
            Channel::Err => &mut self.err,
        };
        if !masked.is_empty() {
            let _ = stream.write_all(masked).and_then(|()| stream.flush());
        }
    }

    /// Writes a text of possibly several lines: masked, and nothing in it can move the cursor.
    pub fn say(&mut self, channel: Channel, text: &str) {
        let mut text = escape_lines(&self.masked(text));
        text.push('\n');
        self.write(channel, text.as_bytes());
    }

    /// `text` on one line, masked and escaped.
    pub fn line(&self, text: &str) -> String {
        escape(&self.masked(text))
    }

    fn masked(&self, text: &str) -> String {
        String::from_utf8_lossy(&mask::mask(&self.patterns, text.as_bytes())).into_owned()
    }
}

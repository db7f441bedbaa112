//! The only thing a mixin may do beside returning: log.

use std::sync::Arc;

use porter_mixin::escape;

use super::Fault;

/// How important a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For the mixin's developer.
    Debug,
    /// What happens.
    Info,
    /// What may be wrong.
    Warning,
    /// What is wrong; the message of a panic.
    Error,
}

/// A message of a mixin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// Name of the mixin.
    pub mixin: &'a str,
    /// How important it is.
    pub level: LogLevel,
    /// Untrusted text: show it through [`porter_mixin::escape()`].
    pub message: &'a str,
}

/// Takes the messages of mixins. Called during the call, within its limit of bytes.
pub type LogSink = Arc<dyn Fn(LogLine<'_>) + Send + Sync>;

/// Writes messages, escaped, to `tracing`.
pub(crate) fn trace(line: LogLine<'_>) {
    let LogLine {
        mixin,
        level,
        message,
    } = line;
    let message = escape(message);
    match level {
        LogLevel::Debug => tracing::trace!(mixin, "{message}"),
        LogLevel::Info => tracing::debug!(mixin, "{message}"),
        LogLevel::Warning | LogLevel::Error => tracing::warn!(mixin, "{message}"),
    }
}

/// What a message costs beside its bytes, so that empty ones are not free.
const LINE: usize = 64;
/// Characters of the last error that a [`Fault::Trap`] repeats.
const REMEMBERED: usize = 500;

/// The log of one call.
pub(crate) struct Log {
    mixin: Arc<str>,
    sink: LogSink,
    limit: usize,
    left: usize,
    last_error: Option<String>,
}

impl Log {
    pub(crate) fn new(mixin: Arc<str>, sink: LogSink, limit: usize) -> Self {
        Self {
            mixin,
            sink,
            limit,
            left: limit,
            last_error: None,
        }
    }

    pub(crate) fn write(&mut self, level: LogLevel, message: &str) -> Result<(), Fault> {
        let cost = message.len().saturating_add(LINE);
        self.left = self
            .left
            .checked_sub(cost)
            .ok_or(Fault::Log { limit: self.limit })?;
        if level == LogLevel::Error {
            self.last_error = Some(escape(message).chars().take(REMEMBERED).collect());
        }
        (self.sink)(LogLine {
            mixin: &self.mixin,
            level,
            message,
        });
        Ok(())
    }

    pub(crate) fn last_error(&mut self) -> Option<String> {
        self.last_error.take()
    }
}

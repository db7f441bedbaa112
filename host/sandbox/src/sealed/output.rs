//! Standard output and standard error, line by line into the log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use porter_mixin::escape;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::call::{Fault, Log, LogLevel};

/// Bytes that one write may have. Any number of writes is charged to the log.
const WRITE: usize = 4096;
/// Bytes of a line beyond which it is logged in pieces.
const LINE: usize = 4096;

/// Lines that are remembered, and characters of each: there a program's language says why it gives
/// up.
const REMEMBERED: (usize, usize) = (4, 160);

/// The log of a call, which its streams write to as well.
#[derive(Clone)]
pub(crate) struct SharedLog(Arc<Mutex<Log>>);

impl SharedLog {
    pub(super) fn new(log: Log) -> Self {
        Self(Arc::new(Mutex::new(log)))
    }

    /// The log. Calls have one thread, so nobody waits.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the two streams, of which the guest may hold several handles.
#[derive(Clone)]
pub(super) struct Stream {
    log: SharedLog,
    level: LogLevel,
    line: Arc<Mutex<Vec<u8>>>,
    last: Arc<Mutex<VecDeque<String>>>,
}

impl Stream {
    pub(super) fn new(log: &SharedLog, level: LogLevel) -> Self {
        Self {
            log: log.clone(),
            level,
            line: Arc::default(),
            last: Arc::default(),
        }
    }

    /// Logs what is left of a line that never ended.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        let mut line = self.line();
        if line.is_empty() {
            return Ok(());
        }
        self.put(std::mem::take(&mut *line))
    }

    /// The last lines, escaped.
    pub(super) fn last(&self) -> Option<String> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        (!last.is_empty()).then(|| last.iter().cloned().collect::<Vec<_>>().join(" | "))
    }

    fn line(&self) -> MutexGuard<'_, Vec<u8>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, bytes: &[u8]) -> Result<(), Fault> {
        let mut line = self.line();
        for &byte in bytes {
            if byte == b'\n' {
                self.put(std::mem::take(&mut *line))?;
                continue;
            }
            line.push(byte);
            if line.len() >= LINE {
                self.put(std::mem::take(&mut *line))?;
            }
        }
        Ok(())
    }

    fn put(&self, line: Vec<u8>) -> Result<(), Fault> {
        let text = String::from_utf8_lossy(&line);
        let (lines, length) = REMEMBERED;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == lines {
            last.pop_front();
        }
        last.push_back(escape(&text.chars().take(length).collect::<String>()));
        self.log.lock().write(self.level, &text)
    }
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    // Of WASI 0.3, which is not linked.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}

impl OutputStream for Stream {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.take(&bytes)
            .map_err(|fault| StreamError::Trap(fault.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE)
    }
}

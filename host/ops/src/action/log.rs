//! The output of the container: shown as it comes, and kept for `porter logs`.

use std::sync::{Mutex, PoisonError};

use porter_cnab::ports::{LogSink, Stream};

/// Most bytes that are kept; what comes later is shown only.
const MAX_KEPT: usize = 16 << 20;
/// What ends logs that were cut.
const CUT: &[u8] = b"\n[porter kept only the first 16 MiB of the logs]\n";

/// Passes on and keeps.
pub(crate) struct Tee<'a> {
    shown: &'a dyn LogSink,
    kept: Mutex<Vec<u8>>,
}

impl<'a> Tee<'a> {
    /// Passes on to `shown`.
    pub(crate) fn new(shown: &'a dyn LogSink) -> Self {
        Self {
            shown,
            kept: Mutex::new(Vec::new()),
        }
    }

    /// Everything that was kept.
    pub(crate) fn into_kept(self) -> Vec<u8> {
        let mut kept = self
            .kept
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.extend_from_slice(CUT);
        }
        kept
    }
}

impl LogSink for Tee<'_> {
    fn write(&self, stream: Stream, bytes: &[u8]) {
        self.shown.write(stream, bytes);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MAX_KEPT.saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

//! The progress of a download: one line on a terminal, nothing otherwise.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use porter_ops::DownloadProgress;

use crate::printer::Printer;

/// How often the line is written.
const PERIOD: Duration = Duration::from_millis(100);
/// Longest address that is shown: the line must not wrap, or it could not be erased.
const ADDRESS: usize = 50;

/// Shows how much is there.
pub(crate) struct Download {
    printer: &'static Printer,
    drawn: Mutex<Option<Instant>>,
}

impl Download {
    /// For stderr.
    pub(crate) fn new(printer: &'static Printer) -> Self {
        let drawn = Mutex::new(None);
        Self { printer, drawn }
    }

    /// Erases the line.
    pub(crate) fn end(&self) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.take().is_some() {
            self.printer.error_bytes(b"\r\x1b[K");
        }
    }
}

impl DownloadProgress for Download {
    fn received(&self, url: &str, received: u64, total: Option<u64>) {
        if !self.printer.is_terminal() {
            return;
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.is_some_and(|at| at.elapsed() < PERIOD) {
            return;
        }
        *drawn = Some(Instant::now());
        let amount = |bytes: u64| format!("{:.1}", bytes as f64 / 1e6);
        let amount = match total {
            Some(total) => format!("{} of {} MB", amount(received), amount(total)),
            None => format!("{} MB", amount(received)),
        };
        let skipped = url.chars().count().saturating_sub(ADDRESS);
        let end: String = url.chars().skip(skipped).collect();
        let line = format!("\r\x1b[K => {end} {amount}");
        self.printer.error_bytes(line.as_bytes());
    }
}

//! Ctrl-C: the first asks the work to stop, the second ends the process at once.

use porter_cnab::cancel::CancellationToken;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::printer::Printer;

/// Exit code after the second interrupt.
const HARD_EXIT: i32 = 2;

/// Whether somebody asked to stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    token: CancellationToken,
}

impl Interrupt {
    /// What long operations watch.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Starts to listen. Called inside the tokio runtime by commands that run for long; the
    /// others die of the signal as programs do.
    pub(crate) fn listen(&self, printer: &'static Printer) {
        let (Ok(interrupt), Ok(terminate)) = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) else {
            return;
        };
        tokio::spawn(watch(interrupt, terminate, self.token.clone(), printer));
    }
}

async fn watch(
    mut interrupt: Signal,
    mut terminate: Signal,
    token: CancellationToken,
    printer: &'static Printer,
) {
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if token.is_cancelled() {
            printer.error_line("hard interrupt received, bye!");
            std::process::exit(HARD_EXIT);
        }
        printer.message("cancel requested ");
        token.cancel();
    }
}

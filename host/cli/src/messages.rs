//! Shows what the other crates say with `tracing`.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::printer::Printer;

/// A subscriber that prints events of our crates up to a level, message only.
#[derive(Debug)]
pub(crate) struct Messages {
    printer: &'static Printer,
    level: Level,
}

impl Messages {
    /// Shows events up to `verbosity`: `debug`, `info`, `warn` (`warning`) or `error`.
    pub(crate) fn new(printer: &'static Printer, verbosity: &str) -> Self {
        let level = match verbosity.to_ascii_lowercase().as_str() {
            "debug" => Level::DEBUG,
            "warn" | "warning" => Level::WARN,
            "error" => Level::ERROR,
            _ => Level::INFO,
        };
        Self { printer, level }
    }
}

impl Subscriber for Messages {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level && metadata.target().starts_with("porter")
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        if *event.metadata().level() <= Level::WARN {
            let text = line.0.trim_start_matches("WARNING: ");
            self.printer.error_line(&format!("WARNING: {text}"));
        } else {
            self.printer.message(&line.0);
        }
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a String cannot fail.
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        } else {
            let _ = write!(self.0, " {}={value:?}", field.name());
        }
    }
}

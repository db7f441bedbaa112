//! The progress of an image build, as people know it from BuildKit: live on a terminal, plain
//! lines otherwise.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, MutexGuard, PoisonError};

use porter_cnab::ports::{BuildEvent, BuildProgress};
use porter_mixin::escape::escape;

use crate::printer::Printer;

/// Lines of the running step's log that are shown live.
const TAIL: usize = 4;
/// Longest name of a step: with what stands around it, a line fits into 80 columns. A line that
/// wraps could not be erased.
const NAME: usize = 56;

/// Shows build events.
pub(crate) struct Progress {
    printer: &'static Printer,
    live: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    steps: BTreeMap<String, Step>,
    count: usize,
    drawn: usize,
}

#[derive(Default)]
struct Step {
    number: usize,
    name: String,
    log: Vec<u8>,
    moving: BTreeMap<String, (i64, i64)>,
    done: bool,
}

impl Progress {
    /// Progress for stderr.
    pub(crate) fn new(printer: &'static Printer) -> Self {
        let live = printer.is_terminal() && std::io::stdout().is_terminal();
        Self {
            printer,
            live,
            state: Mutex::new(State::default()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a permanent line above the live part.
    fn line(&self, state: &mut State, text: &str) {
        self.erase(state);
        self.printer.error_line(text);
    }

    fn erase(&self, state: &mut State) {
        if state.drawn > 0 {
            self.printer
                .error_bytes(format!("\u{1b}[{}A\u{1b}[J", state.drawn).as_bytes());
            state.drawn = 0;
        }
    }

    fn draw(&self, state: &mut State) {
        if !self.live {
            return;
        }
        self.erase(state);
        let mut lines = Vec::new();
        for step in state.steps.values().filter(|step| !step.done) {
            lines.push(format!(" => {}", short(&step.name)));
            for (name, (current, total)) in &step.moving {
                lines.push(format!("    {} {}", short(name), amount(*current, *total)));
            }
            lines.extend(
                tail(&step.log)
                    .into_iter()
                    .map(|line| format!("    {line}")),
            );
        }
        for line in &lines {
            self.printer.error_line(line);
        }
        state.drawn = lines.len();
    }

    fn log(&self, state: &mut State, id: &str, bytes: &[u8]) {
        let Some(step) = state.steps.get_mut(id) else {
            return;
        };
        step.log.extend_from_slice(bytes);
        if self.live {
            // Only the tail is drawn, so only the tail is kept.
            let excess = step.log.len().saturating_sub(64 * 1024);
            step.log.drain(..excess);
            return;
        }
        let number = step.number;
        while let Some(end) = step.log.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = step.log.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line);
            self.printer
                .error_line(&format!("#{number} {}", escape(text.trim_end())));
        }
    }

    fn finished(&self, state: &mut State, id: &str, how: &Finished) {
        let Some(step) = state.steps.get_mut(id) else {
            return;
        };
        if step.done {
            return;
        }
        step.done = true;
        let number = step.number;
        let rest = String::from_utf8_lossy(&std::mem::take(&mut step.log)).into_owned();
        let name = short(&step.name);
        if !self.live && !rest.trim().is_empty() {
            self.printer
                .error_line(&format!("#{number} {}", escape(rest.trim_end())));
        }
        let seconds = how.milliseconds as f64 / 1000.0;
        let ending = match (&how.error, how.cached) {
            (Some(error), _) => format!("ERROR: {}", escape(error)),
            (None, true) => "CACHED".to_owned(),
            (None, false) => format!("DONE {seconds:.1}s"),
        };
        let text = if self.live {
            format!(" => {name} {ending}")
        } else {
            format!("#{number} {ending}")
        };
        self.line(state, &text);
    }
}

struct Finished {
    cached: bool,
    error: Option<String>,
    milliseconds: u64,
}

impl BuildProgress for Progress {
    fn event(&self, event: BuildEvent) {
        let mut state = self.lock();
        match event {
            BuildEvent::Started { step, name } => {
                if !state.steps.contains_key(&step) {
                    state.count += 1;
                    let number = state.count;
                    if !self.live {
                        self.line(&mut state, &format!("#{number} {}", escape(&name)));
                    }
                    state.steps.insert(
                        step,
                        Step {
                            number,
                            name,
                            ..Step::default()
                        },
                    );
                }
            }
            BuildEvent::Finished {
                step,
                cached,
                error,
                milliseconds,
            } => {
                self.finished(
                    &mut state,
                    &step,
                    &Finished {
                        cached,
                        error,
                        milliseconds,
                    },
                );
            }
            BuildEvent::Progress {
                step,
                name,
                current,
                total,
            } => {
                if let Some(step) = state.steps.get_mut(&step) {
                    if total > 0 && current >= total {
                        step.moving.remove(&name);
                    } else {
                        step.moving.insert(name, (current, total));
                    }
                }
            }
            BuildEvent::Log { step, bytes } => self.log(&mut state, &step, &bytes),
            BuildEvent::Warning { text } => {
                self.line(&mut state, &format!("WARNING: {}", escape(&text)));
            }
        }
        self.draw(&mut state);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let mut state = self.lock();
        self.erase(&mut state);
    }
}

fn short(name: &str) -> String {
    let name = escape(name.lines().next().unwrap_or_default());
    if name.chars().count() <= NAME {
        return name;
    }
    let kept: String = name.chars().take(NAME - 3).collect();
    format!("{kept}...")
}

fn tail(log: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(log);
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.len().saturating_sub(TAIL);
    lines[start..]
        .iter()
        .map(|line| short(&last_state(line.as_bytes())))
        .collect()
}

/// What a line shows in the end: programs that draw progress return to its beginning.
fn last_state(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let states = text.trim_end().rsplit('\r');
    escape(
        states
            .into_iter()
            .find(|state| !state.trim().is_empty())
            .unwrap_or_default(),
    )
}

fn amount(current: i64, total: i64) -> String {
    let megabytes = |bytes: i64| bytes as f64 / 1e6;
    if total <= 0 && current <= 0 {
        String::new()
    } else if total > 0 {
        format!("{:.1} / {:.1} MB", megabytes(current), megabytes(total))
    } else {
        format!("{:.1} MB", megabytes(current))
    }
}

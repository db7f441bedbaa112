//! Running commands, and what they take.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Outcome, run as run_command};

/// Medians of two commands, run in turns.
pub(super) fn alternate(
    first: impl Fn() -> Outcome<Command>,
    second: impl Fn() -> Outcome<Command>,
    runs: usize,
) -> Outcome<(f64, f64)> {
    quiet(&mut first()?)?;
    quiet(&mut second()?)?;
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..runs {
        times.0.push(quiet(&mut first()?)?);
        times.1.push(quiet(&mut second()?)?);
    }
    Ok((middle(times.0), middle(times.1)))
}

pub(super) fn median(command: impl Fn() -> Outcome<Command>, runs: usize) -> Outcome<f64> {
    quiet(&mut command()?)?;
    let mut times = Vec::new();
    for _ in 0..runs {
        times.push(quiet(&mut command()?)?);
    }
    Ok(middle(times))
}

pub(super) fn middle(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times
        .get(times.len() / 2)
        .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

pub(super) fn quiet(command: &mut Command) -> Outcome<Duration> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = Instant::now();
    run_command(command)?;
    Ok(started.elapsed())
}

/// Peak resident memory in MB, read from the kernel while the process waits to be reaped.
pub(super) fn peak_memory(command: &Command) -> Outcome<f64> {
    let mut wrapped = Command::new("sh");
    // The shell replaces itself with the command, so the limits and the figures are its own.
    wrapped
        .arg("-c")
        .arg("command -v /usr/bin/time >/dev/null && exec /usr/bin/time -f %M \"$@\" || exit 127");
    wrapped
        .arg("sh")
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            wrapped.env(name, value);
        }
    }
    let result = wrapped
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .map_err(|error| format!("cannot measure memory: {error}"))?;
    let text = String::from_utf8_lossy(&result.stderr);
    let kilobytes = text
        .lines()
        .last()
        .and_then(|line| line.trim().parse::<f64>().ok());
    match kilobytes {
        Some(kilobytes) => Ok(kilobytes / 1000.0),
        None => Err("GNU time is needed to measure memory: apt-get install time".to_owned()),
    }
}

//! `sandbox-probe`: the compiler's child of the tests, and a process that loads one component,
//! calls it, and says what came of it and what it cost; `bench` and `bundle` measure.

mod probe_bench;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use porter_mixin::{Evaluate, EvaluateError};
use porter_sandbox::compiler::CompileLimits;
use porter_sandbox::{Cache, Compiler, Limits, Loader, Mixin, Sandbox};
use porter_test_sandbox::Guest;
use probe_bench::Measured;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("compile") => porter_sandbox::child_main(),
        Some("probe") if arguments.len() > 1 => {
            let settings = arguments[2..]
                .iter()
                .filter_map(|text| text.split_once('='));
            probe(Path::new(&arguments[1]), &settings.collect())
        }
        Some("bench") if arguments.len() > 2 => answer(probe_bench::mixin(
            Path::new(&arguments[1]),
            Path::new(&arguments[2]),
        )),
        Some("bundle") if arguments.len() > 2 => answer(probe_bench::bundle(
            Path::new(&arguments[1]),
            Path::new(&arguments[2]),
        )),
        Some("sealed") if arguments.len() > 1 => sealed(Path::new(&arguments[1])),
        // Stand-ins for a compiler that does not work.
        Some("hang") => loop {
            std::thread::sleep(Duration::from_secs(1));
        },
        Some("silent") => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Writes a good component that imports WASI.
fn sealed(file: &Path) -> ExitCode {
    let interface = "wasi:cli/environment@0.2.0";
    let guest = Guest::good().import(interface, "get-environment", "get", "(param i32)");
    match std::fs::write(file, guest.component()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

#[expect(clippy::print_stdout, reason = "how the probe answers")]
fn answer(measured: Result<Measured, Box<dyn std::error::Error>>) -> ExitCode {
    match measured {
        Ok(lines) => {
            lines
                .iter()
                .for_each(|(what, value)| println!("{what}={value:.1}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

type Settings<'a> = BTreeMap<&'a str, &'a str>;

#[expect(clippy::print_stdout, reason = "how the probe answers")]
fn probe(file: &Path, settings: &Settings<'_>) -> ExitCode {
    let before = memory("VmRSS:");
    let start = Instant::now();
    let logged = Arc::new(AtomicU64::new(0));
    let loaded = load(file, settings, &logged);
    let load = start.elapsed();
    let start = Instant::now();
    let (code, message) = match loaded {
        Ok(mixin) => call(&mixin, settings),
        Err((code, message)) => (code, message),
    };
    let call = start.elapsed();
    let growth = memory("VmHWM:").saturating_sub(before) * 1024;
    println!("code={code}");
    println!("message={}", porter_sandbox::escape(&message));
    println!("load={}", load.as_micros());
    println!("call={}", call.as_micros());
    println!("growth={growth}");
    println!("logged={}", logged.load(Ordering::Relaxed));
    ExitCode::SUCCESS
}

fn load(
    file: &Path,
    settings: &Settings<'_>,
    logged: &Arc<AtomicU64>,
) -> Result<Mixin, (String, String)> {
    let refused = |error: porter_sandbox::SandboxError| (error.code().to_owned(), chain(&error));
    let other = |error: &dyn std::error::Error| ("cache".to_owned(), chain(error));
    let number = |name: &str| settings.get(name).and_then(|text| text.parse::<u64>().ok());
    let program = std::env::current_exe().map_err(|error| other(&error))?;
    let mut limits = CompileLimits::pure();
    if let Some(deadline) = number("compile-deadline") {
        limits.deadline = Duration::from_millis(deadline);
    }
    if let Some(memory) = number("compile-memory") {
        limits.memory = memory;
    }
    let mut compiler = Compiler::new(program, ["compile"]);
    if limits != CompileLimits::pure() {
        compiler = compiler.with_limits(limits);
    }
    let mut loader = Loader::new(Sandbox::new().map_err(refused)?, compiler);
    if let (Some(folder), Some(key)) = (settings.get("cache"), settings.get("key")) {
        let cache =
            Cache::open(Path::new(folder), Path::new(key)).map_err(|error| other(&error))?;
        loader = loader.with_cache(cache);
    }
    let mixin = loader.load_file("probed", file).map_err(refused)?;
    let mut limits = Limits::default();
    if let Some(fuel) = number("fuel") {
        limits.fuel = fuel;
    }
    if let Some(deadline) = number("deadline") {
        limits.deadline = Duration::from_millis(deadline);
    }
    let logged = Arc::clone(logged);
    let sink = Arc::new(move |line: porter_sandbox::LogLine<'_>| {
        logged.fetch_add(line.message.len() as u64, Ordering::Relaxed);
    });
    Ok(mixin.with_limits(limits).with_log(sink))
}

fn call(mixin: &Mixin, settings: &Settings<'_>) -> (String, String) {
    let build = porter_test_sandbox::build_request();
    let outcome = match settings.get("function").copied() {
        Some("describe") => mixin.describe().map(|found| format!("{found:?}")),
        Some("lint") => mixin.lint(&build).map(|found| format!("{found:?}")),
        Some("build") => mixin.build(&build).map(|found| format!("{found:?}")),
        _ => mixin
            .plan(&porter_test_sandbox::plan_request())
            .map(|found| format!("{found:?}")),
    };
    match outcome {
        Ok(found) => ("ok".to_owned(), found),
        Err(error @ EvaluateError::Refused { .. }) => ("refused".to_owned(), format!("{error:?}")),
        Err(error @ EvaluateError::Broken { code, .. }) => (code.to_owned(), chain(&error)),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        message = format!("{message}: {error}");
        source = error.source();
    }
    message
}

/// KiB of a line of this process's status.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line));
    found
        .and_then(|text| text.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

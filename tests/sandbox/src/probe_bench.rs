//! `sandbox-probe bench FILE CASE`: what loading and calling one mixin takes.
//! `sandbox-probe bundle FOLDER CASES`: the steps of a bundle over all mixins of a folder.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use porter_mixin::{Evaluate, PlanRequest};
use porter_sandbox::{Cache, Compiler, Loader, Mixin, Sandbox};

/// Names and values, in microseconds or bytes.
pub(crate) type Measured = Vec<(&'static str, f64)>;

/// How many steps the bundle has.
const STEPS: usize = 200;

/// Medians for the component in `file`; `case` holds a step as authors write it.
pub(crate) fn mixin(file: &Path, case: &Path) -> Result<Measured, Box<dyn Error>> {
    let wasm = std::fs::read(file)?;
    let request = read(case)?;
    let place = Place::new()?;
    let uncached = Loader::new(Sandbox::new()?, place.compiler());
    let compile = median(3, || uncached.load("bench", &wasm).map(drop))?;
    let memory = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&memory);
    let mixin = place
        .loader()?
        .load("bench", &wasm)?
        .with_usage(Arc::new(move |usage| {
            seen.fetch_max(usage.memory, Ordering::Relaxed);
        }));
    let open = median(21, || place.loader().map(drop))?;
    let cached = place.loader()?;
    let load = median(101, || cached.load("bench", &wasm).map(drop))?;
    // The first call of a process touches memory that later ones find warm.
    let first = Instant::now();
    mixin.plan(&request)?;
    let first = first.elapsed();
    let plan = median(1001, || mixin.plan(&request).map(drop))?;
    let describe = median(1001, || mixin.describe().map(drop))?;
    Ok(vec![
        ("size", wasm.len() as f64),
        ("compile", microseconds(compile)),
        ("engine-and-cache", microseconds(open)),
        ("cached-load", microseconds(load)),
        ("first-plan", microseconds(first)),
        ("fresh-plan", microseconds(plan)),
        ("fresh-describe", microseconds(describe)),
        ("memory", memory.load(Ordering::Relaxed) as f64),
    ])
}

/// The time that a process which has nothing yet needs for the plans of [`STEPS`] steps over all
/// mixins of `folder`, whose code is in the cache: loading included, and without.
pub(crate) fn bundle(folder: &Path, cases: &Path) -> Result<Measured, Box<dyn Error>> {
    let place = Place::new()?;
    let mut mixins = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_owned();
        let request = read(&cases.join(name).with_extension("json"))?;
        let wasm = std::fs::read(&path)?;
        place.loader()?.load("bench", &wasm)?;
        mixins.push((wasm, request));
    }
    let mut all = Vec::new();
    let mut planning = Vec::new();
    for _ in 0..11 {
        let started = Instant::now();
        let loader = place.loader()?;
        let loaded: Vec<(Mixin, &PlanRequest)> = mixins
            .iter()
            .map(|(wasm, request)| Ok((loader.load("bench", wasm)?, request)))
            .collect::<Result<_, Box<dyn Error>>>()?;
        let loading = started.elapsed();
        for (mixin, request) in loaded.iter().cycle().take(STEPS) {
            mixin.plan(request)?;
        }
        all.push(started.elapsed());
        planning.push(started.elapsed() - loading);
    }
    Ok(vec![
        ("mixins", mixins.len() as f64),
        ("steps", STEPS as f64),
        ("all", microseconds(middle(all))),
        ("planning", microseconds(middle(planning))),
    ])
}

/// A cache of one's own, gone afterwards.
struct Place {
    program: PathBuf,
    folder: PathBuf,
}

impl Place {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            program: std::env::current_exe()?,
            folder: std::env::temp_dir().join(format!("sandbox-bench-{}", std::process::id())),
        })
    }

    fn compiler(&self) -> Compiler {
        Compiler::new(&self.program, ["compile"])
    }

    fn loader(&self) -> Result<Loader, Box<dyn Error>> {
        let cache = Cache::open(&self.folder.join("cache"), &self.folder.join("key"))?;
        Ok(Loader::new(Sandbox::new()?, self.compiler()).with_cache(cache))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A temporary folder that stays is no reason to fail.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A request from a file with `action`, `step` and perhaps `environment`.
fn read(case: &Path) -> Result<PlanRequest, Box<dyn Error>> {
    let text = std::fs::read(case).map_err(|error| format!("{}: {error}", case.display()))?;
    let mut case: serde_json::Value = serde_json::from_slice(&text)?;
    let environment = case["environment"].as_object().into_iter().flatten();
    Ok(PlanRequest {
        config: serde_json::Value::Null,
        action: case["action"].as_str().unwrap_or_default().to_owned(),
        environment: environment
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        step: case["step"].take(),
    })
}

fn median<E>(times: usize, mut run: impl FnMut() -> Result<(), E>) -> Result<Duration, E> {
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let start = Instant::now();
        run()?;
        took.push(start.elapsed());
    }
    Ok(middle(took))
}

fn middle(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took.get(took.len() / 2).copied().unwrap_or_default()
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

//! `cargo xtask bench`: the figures of `docs/performance.md`.
//!
//! Everything is measured side by side in one run, alternating, and told as a median and, where
//! there is something to compare with, as a ratio: absolute times of shared machines are noise.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::engine;
use crate::process::{Outcome, output, root, run as run_command};

/// Runs of each command.
const RUNS: usize = 25;
/// Where the figures go.
const BEGIN: &str = "<!-- figures: begin -->\n";
const END: &str = "<!-- figures: end -->\n";

/// One line of the report.
struct Figure {
    what: String,
    milliseconds: f64,
    megabytes: Option<f64>,
    beside: Option<(String, f64)>,
    target: &'static str,
}

pub(crate) fn run(write: bool) -> Outcome {
    let docker_host = engine::ready()?;
    let bench = Bench::prepare(docker_host)?;
    let mut figures = Vec::new();
    figures.push(bench.version()?);
    figures.extend(bench.lint()?);
    figures.extend(bench.build()?);
    figures.extend(bench.list()?);
    figures.push(bench.install()?);
    figures.extend(bench.runtime()?);
    let mut report = table(&figures);
    report.push_str(&bench.mixin()?);
    bench.clean_up();
    println!("{report}");
    if write {
        replace(&root().join("docs/performance.md"), &report)
    } else {
        Ok(())
    }
}

struct Bench {
    porter: PathBuf,
    folder: PathBuf,
    docker_host: Option<String>,
}

impl Bench {
    fn prepare(docker_host: Option<String>) -> Outcome<Self> {
        let porter = root().join("target/release/porter");
        if !porter.is_file() {
            return Err(format!(
                "`{}` is missing: run `make build`",
                porter.display()
            ));
        }
        let folder = root().join("target/bench");
        let _ = fs::remove_dir_all(&folder);
        let bench = Self {
            porter,
            folder,
            docker_host,
        };
        bench.write_bundle("hello", &hello())?;
        bench.write_bundle("large", &large(PARAMETERS, STEPS))?;
        bench.write_bundle("steps", &large(FEW, STEPS))?;
        Ok(bench)
    }

    fn write_bundle(&self, name: &str, manifest: &str) -> Outcome {
        let folder = self.folder.join(name);
        let failed = |error| format!("cannot write `{}`: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(failed)?;
        fs::write(folder.join("porter.yaml"), manifest).map_err(failed)
    }

    fn porter(&self, bundle: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.porter);
        command
            .args(arguments)
            .current_dir(self.folder.join(bundle))
            .env("PORTER_HOME", self.folder.join("home"));
        if let Some(host) = &self.docker_host {
            command.env("DOCKER_HOST", host);
        }
        command
    }

    fn docker(&self, arguments: &[&str]) -> Outcome<Command> {
        let candidates = [
            PathBuf::from("docker"),
            engine::private_client().unwrap_or_default(),
        ];
        let found = candidates
            .into_iter()
            .find(|path| Command::new(path).arg("--version").output().is_ok());
        let program = found.ok_or("no docker client to compare with: install docker.io")?;
        let mut command = Command::new(program);
        command.args(arguments);
        if let Some(host) = &self.docker_host {
            command.env("DOCKER_HOST", host);
        }
        Ok(command)
    }

    fn version(&self) -> Outcome<Figure> {
        let (ours, docker) = alternate(
            || Ok(self.porter("hello", &["version"])),
            || self.docker(&["--version"]),
            RUNS,
        )?;
        Ok(Figure {
            what: "`porter version`, start to exit".into(),
            milliseconds: ours,
            megabytes: Some(peak_memory(&self.porter("hello", &["version"]))?),
            beside: Some(("`docker --version`".into(), docker)),
            target: "≤ 5 ms, ≤ 20 MB",
        })
    }

    fn lint(&self) -> Outcome<Vec<Figure>> {
        let mut figures = Vec::new();
        for (bundle, what, target) in [
            ("hello", "`porter lint` of hello", "≤ 10 ms, ≤ 40 MB"),
            (
                "large",
                "`porter lint`, 500 parameters and 200 steps",
                "≤ 60 ms",
            ),
        ] {
            let command = || Ok(self.porter(bundle, &["lint"]));
            figures.push(Figure {
                what: what.into(),
                milliseconds: median(command, RUNS)?,
                megabytes: Some(peak_memory(&self.porter(bundle, &["lint"]))?),
                beside: None,
                target,
            });
        }
        Ok(figures)
    }

    fn build(&self) -> Outcome<Vec<Figure>> {
        let mut figures = Vec::new();
        for (bundle, what, target) in [
            ("hello", "up-to-date `porter build` of hello", "≤ 12 ms"),
            (
                "large",
                "up-to-date `porter build`, 500 parameters and 200 steps",
                "",
            ),
        ] {
            quiet(&mut self.porter(bundle, &["build"]))?;
            figures.push(Figure {
                what: what.into(),
                milliseconds: median(|| Ok(self.porter(bundle, &["build"])), RUNS)?,
                megabytes: Some(peak_memory(&self.porter(bundle, &["build"]))?),
                beside: None,
                target,
            });
        }
        let changed = self.folder.join("large/changed.txt");
        let count = std::cell::Cell::new(0);
        let build = || {
            count.set(count.get() + 1);
            fs::write(&changed, count.get().to_string())
                .map_err(|error| format!("cannot write `{}`: {error}", changed.display()))?;
            Ok(self.porter("large", &["build"]))
        };
        figures.push(Figure {
            what: "`porter build` after a change, 500 parameters and 200 steps, image included"
                .into(),
            milliseconds: median(build, RUNS)?,
            megabytes: Some(peak_memory(&self.porter("large", &["build", "--force"]))?),
            beside: None,
            target: "",
        });
        Ok(figures)
    }

    fn list(&self) -> Outcome<Vec<Figure>> {
        quiet(&mut self.porter("hello", &["install", "--force"]))?;
        Ok(vec![Figure {
            what: "`porter list`, one installation".into(),
            milliseconds: median(|| Ok(self.porter("hello", &["list"])), RUNS)?,
            megabytes: Some(peak_memory(&self.porter("hello", &["list"]))?),
            beside: None,
            target: "≤ 8 ms",
        }])
    }

    fn install(&self) -> Outcome<Figure> {
        let bundle = fs::read_to_string(self.folder.join("hello/.cnab/bundle.json"))
            .map_err(|error| format!("cannot read the bundle: {error}"))?;
        let image = image_name(&bundle).ok_or("the bundle names no image")?;
        let (ours, docker) = alternate(
            || Ok(self.porter("hello", &["install", "--force"])),
            || self.docker(&["run", "--rm", "--entrypoint", "/bin/true", &image]),
            RUNS,
        )?;
        Ok(Figure {
            what: "`porter install` of a one-step bundle".into(),
            milliseconds: ours,
            megabytes: None,
            beside: Some((
                "`docker run --rm` of its image running `/bin/true`".into(),
                docker,
            )),
            target: "≤ 1.2 times",
        })
    }

    /// The program inside the image, in a folder that stands for the image, beside the tool that its
    /// one step runs.
    fn runtime(&self) -> Outcome<Vec<Figure>> {
        let image = self.folder.join("image");
        copy_program(Path::new("/bin/true"), &image)?;
        copy_program(Path::new("/bin/sh"), &image)?;
        let mut figures = Vec::new();
        let tool = || Ok(chroot(&image, FEW, &["/bin/true"]));
        let run = || Ok(chroot(&image, FEW, &["/cnab/app/run"]));
        let code = |bundle: &str| {
            copy_folder(
                &self.folder.join(bundle).join(".cnab/app"),
                &image.join("cnab/app"),
            )
        };
        code("hello")?;
        let (one, alone) = alternate(run, tool, RUNS)?;
        figures.push(Figure {
            what: "the runtime in the image, start to exit, one step".into(),
            milliseconds: one,
            megabytes: Some(peak_memory(&run()?)?),
            beside: Some(("the tool alone".into(), alone)),
            target: "≤ 5 ms and ≤ 12 MB more",
        });
        // As many steps, and no more parameters than bundles have.
        quiet(&mut self.porter("steps", &["build"]))?;
        code("steps")?;
        let script = format!("i=0; while [ $i -lt {STEPS} ]; do /bin/true; i=$((i+1)); done");
        let shell = || Ok(chroot(&image, FEW, &["/bin/sh", "-c", &script]));
        let (steps, tools) = alternate(run, shell, RUNS)?;
        figures.push(Figure {
            what: format!("the runtime in the image, {STEPS} steps, {FEW} parameters"),
            milliseconds: steps,
            megabytes: Some(peak_memory(&run()?)?),
            beside: Some((format!("a shell that runs the tool {STEPS} times"), tools)),
            target: "",
        });
        figures.push(Figure {
            what: "each further step, less what the tool costs the shell".into(),
            milliseconds: (steps - one - tools + alone) / f64::from(STEPS - 1),
            megabytes: None,
            beside: None,
            target: "≤ 0.5 ms",
        });
        Ok(figures)
    }

    /// Removes the images of the bundles.
    fn clean_up(&self) {
        for name in ["hello", "large", "steps"] {
            let bundle = fs::read_to_string(self.folder.join(name).join(".cnab/bundle.json"));
            if let Some(image) = bundle.ok().as_deref().and_then(image_name)
                && let Some(host) = &self.docker_host
            {
                engine::remove_image(host, &image);
            }
        }
    }

    /// Loading and calling a mixin, inside one process.
    fn mixin(&self) -> Outcome<String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let exec = root().join("target/embed/mixins/exec.wasm");
        let text = output(
            Command::new(cargo)
                .args([
                    "run",
                    "--quiet",
                    "--release",
                    "--package",
                    "porter-test-sandbox",
                ])
                .args(["--bin", "sandbox-probe", "--", "bench"])
                .arg(exec)
                .current_dir(root())
                .stderr(Stdio::inherit()),
        )?;
        let mut table =
            String::from("\n| the exec mixin, in one process | median | target |\n|---|---|---|\n");
        for (key, what, target) in MIXIN_ROWS {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            let microseconds: f64 = line
                .and_then(|number| number.trim().parse().ok())
                .ok_or_else(|| format!("the probe did not say `{key}`: {text}"))?;
            // Writing into a String cannot fail.
            let _ = writeln!(
                table,
                "| {what} | {:.3} ms | {target} |",
                microseconds / 1000.0
            );
        }
        Ok(table)
    }
}

/// Steps and parameters of the large bundle.
const STEPS: u32 = 200;
const PARAMETERS: u32 = 500;
/// Parameters of a bundle as they usually are.
const FEW: u32 = 5;

/// What the probe measures, what that is, and its target.
const MIXIN_ROWS: &[(&str, &str, &str)] = &[
    (
        "compile",
        "compile, in the child process, child included",
        "",
    ),
    (
        "cached-load",
        "load from the cache (digest, HMAC, deserialise)",
        "",
    ),
    ("first-plan", "first `plan` of a process", ""),
    (
        "fresh-plan",
        "further `plan`, each in a fresh store",
        "≤ 0.1 ms",
    ),
    ("fresh-describe", "`describe`, in a fresh store", "≤ 0.1 ms"),
];

/// A command in a folder as its root, with the environment of a run of a bundle that has so many
/// parameters.
fn chroot(image: &Path, parameters: u32, words: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "chroot"])
        .arg(image)
        .args(words);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .env("HOME", "/");
    for (name, value) in [
        ("CNAB_ACTION", "install"),
        ("CNAB_BUNDLE_NAME", "bench"),
        ("CNAB_BUNDLE_VERSION", "0.1.0"),
        ("CNAB_INSTALLATION_NAME", "/bench"),
        ("PORTER_INSTALLATION_NAME", "bench"),
    ] {
        command.env(name, value);
    }
    for number in 0..parameters {
        command.env(format!("P{number}"), format!("value {number}"));
    }
    command
}

/// A program and the libraries that it needs, at the same places below `image`.
fn copy_program(program: &Path, image: &Path) -> Outcome {
    let libraries = output(Command::new("ldd").arg(program))?;
    let paths = libraries
        .split_whitespace()
        .filter(|word| word.starts_with('/'))
        .chain([program.to_str().unwrap_or_default()])
        .map(str::to_owned)
        .collect::<Vec<_>>();
    for path in paths {
        let target = image.join(path.trim_start_matches('/'));
        let failed = |error| format!("cannot copy `{path}`: {error}");
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        fs::copy(&path, &target).map_err(failed)?;
    }
    for name in ["dev", "proc", "tmp"] {
        let folder = image.join(name);
        fs::create_dir_all(&folder).map_err(|error| format!("cannot make `{name}`: {error}"))?;
    }
    fs::write(image.join("dev/null"), "").map_err(|error| format!("cannot make a file: {error}"))
}

fn copy_folder(from: &Path, to: &Path) -> Outcome {
    let failed = |error| format!("cannot copy `{}`: {error}", from.display());
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let target = to.join(entry.file_name());
        if entry.file_type().map_err(failed)?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target).map_err(failed)?;
        }
    }
    Ok(())
}

/// Medians of two commands, run in turns.
fn alternate(
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

fn median(command: impl Fn() -> Outcome<Command>, runs: usize) -> Outcome<f64> {
    quiet(&mut command()?)?;
    let mut times = Vec::new();
    for _ in 0..runs {
        times.push(quiet(&mut command()?)?);
    }
    Ok(middle(times))
}

fn middle(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times
        .get(times.len() / 2)
        .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

fn quiet(command: &mut Command) -> Outcome<Duration> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = Instant::now();
    run_command(command)?;
    Ok(started.elapsed())
}

/// Peak resident memory in MB, read from the kernel while the process waits to be reaped.
fn peak_memory(command: &Command) -> Outcome<f64> {
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

fn table(figures: &[Figure]) -> String {
    let mut text =
        String::from("| what | median | peak memory | beside | target |\n|---|---|---|---|---|\n");
    for figure in figures {
        let memory = figure
            .megabytes
            .map(|size| format!("{size:.1} MB"))
            .unwrap_or_default();
        let beside = figure.beside.as_ref().map(|(what, time)| {
            format!("{:.2} × {what} ({time:.1} ms)", figure.milliseconds / time)
        });
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {:.1} ms | {memory} | {} | {} |",
            figure.what,
            figure.milliseconds,
            beside.unwrap_or_default(),
            figure.target
        );
    }
    text
}

fn replace(path: &Path, report: &str) -> Outcome {
    let failed = |error| format!("cannot update `{}`: {error}", path.display());
    let text = fs::read_to_string(path).map_err(failed)?;
    let (before, rest) = text
        .split_once(BEGIN)
        .ok_or("docs/performance.md has no place for figures")?;
    let (_, after) = rest
        .split_once(END)
        .ok_or("docs/performance.md has no end of figures")?;
    fs::write(path, format!("{before}{BEGIN}{report}{END}{after}")).map_err(failed)
}

fn image_name(bundle: &str) -> Option<String> {
    let (_, rest) = bundle.split_once("\"invocationImages\":")?;
    let (_, rest) = rest.split_once("\"image\":\"")?;
    rest.split('"').next().map(str::to_owned)
}

fn hello() -> String {
    let mut text = head("bench-hello");
    for action in ["install", "upgrade", "uninstall"] {
        let _ = write!(
            text,
            "{action}:\n  - exec:\n      description: x\n      command: /bin/true\n"
        );
    }
    text
}

fn large(parameters: u32, steps: u32) -> String {
    let mut text = head("bench-large");
    text.push_str("parameters:\n");
    for number in 0..parameters {
        let _ = write!(
            text,
            "  - name: p{number}\n    type: string\n    default: value {number}\n"
        );
    }
    text.push_str("install:\n");
    for number in 0..steps {
        let parameter = number % parameters;
        let _ = write!(
            text,
            "  - exec:\n      description: step {number}\n      command: /bin/true\n      arguments:\n        - ${{ bundle.parameters.p{parameter} }}\n      flags:\n        number: {number}\n"
        );
    }
    for action in ["upgrade", "uninstall"] {
        let _ = write!(
            text,
            "{action}:\n  - exec:\n      description: x\n      command: /bin/true\n"
        );
    }
    text
}

fn head(name: &str) -> String {
    format!(
        "schemaType: Bundle\nschemaVersion: 1.0.1\nname: {name}\nversion: 0.1.0\nregistry: localhost:5000\nmixins:\n  - exec\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_is_found() {
        let text = r#"{"invocationImages":[{"image":"a:b","imageType":"docker"}]}"#;
        assert_eq!(image_name(text).as_deref(), Some("a:b"));
    }

    #[test]
    fn figures_go_between_their_marks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, format!("a\n{BEGIN}old\n{END}b\n")).unwrap();
        replace(&path, "new\n").unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            format!("a\n{BEGIN}new\n{END}b\n")
        );
    }
}

//! `cargo xtask bench`: the figures of `docs/performance.md`.
//!
//! Everything is measured side by side in one run, alternating, and told as a median and, where
//! there is something to compare with, as a ratio: absolute times of shared machines are noise.

mod adapter;
mod bundles;
mod image;
mod measure;
mod mixins;
mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::engine;
use crate::process::{Outcome, root};
use bundles::{FEW, PARAMETERS, STEPS, hello, image_name, large};
use image::{chroot, copy_folder, copy_program};
use measure::{alternate, median, peak_memory, quiet};
use report::{Figure, replace, table};

/// Runs of each command.
const RUNS: usize = 25;

pub(crate) fn run(write: bool) -> Outcome {
    mixins::build()?;
    let docker_host = engine::ready()?;
    let bench = Bench::prepare(docker_host)?;
    let mut figures = Vec::new();
    figures.push(bench.version()?);
    figures.extend(bench.lint()?);
    figures.extend(bench.shown()?);
    figures.extend(bench.without_image()?);
    figures.extend(bench.build()?);
    figures.extend(bench.list()?);
    figures.push(bench.install()?);
    figures.extend(bench.runtime()?);
    figures.extend(bench.adapter()?);
    let mut report = table(&figures);
    report.push_str(&mixins::tables()?);
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

    fn shown(&self) -> Outcome<Vec<Figure>> {
        let table = [
            ("hello", "`porter explain` of hello", "≤ 10 ms, ≤ 40 MB"),
            (
                "large",
                "`porter explain`, 500 parameters and 200 steps",
                "≤ 60 ms",
            ),
        ];
        let figures = table.map(|(bundle, what, target)| {
            self.alone(bundle, &["explain"], what.to_owned(), target)
        });
        figures.into_iter().collect()
    }

    /// All of a build but the engine, and how it grows with the steps.
    fn without_image(&self) -> Outcome<Vec<Figure>> {
        let build = ["build", "--no-image", "--force"];
        let mut figures = Vec::new();
        for (bundle, what) in [
            ("hello", "hello"),
            ("large", "500 parameters and 200 steps"),
        ] {
            let what = format!("`porter build --no-image`, {what}");
            figures.push(self.alone(bundle, &build, what, "≤ 60 ms, ≤ 60 MB")?);
        }
        // A mixin is given at most 10,000 steps of an action.
        for steps in [100, 1_000, 10_000] {
            let bundle = format!("steps-{steps}");
            self.write_bundle(&bundle, &large(FEW, steps))?;
            for command in [&["lint"][..], &build] {
                let what = format!("`porter {}`, {steps} steps", command.join(" "));
                figures.push(self.alone(&bundle, command, what, "linear in the steps")?);
            }
        }
        Ok(figures)
    }

    fn alone(
        &self,
        bundle: &str,
        command: &[&str],
        what: String,
        target: &'static str,
    ) -> Outcome<Figure> {
        Ok(Figure {
            what,
            milliseconds: median(|| Ok(self.porter(bundle, command)), RUNS)?,
            megabytes: Some(peak_memory(&self.porter(bundle, command))?),
            beside: None,
            target,
        })
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
}

//! `cargo xtask mixins`: every mixin of `mixins-wasm` as a component in `target/embed/mixins`.

mod component;
mod package;
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::process::{Outcome, embed, replace, root, run as run_command};
use package::Package;
use toolchain::Toolchain;

/// A mixin is one small file; see `docs/mixins/sdk.md` for what makes one large.
const LARGEST: usize = 150_000;

/// Name of the target that mixins are compiled for.
const TARGET: &str = "wasm32-unknown-unknown";

pub(crate) fn run(names: &[&str]) -> Outcome {
    let started = Instant::now();
    let workspace = root().join("mixins-wasm");
    let packages = package::choose(package::all(&workspace)?, names)?;
    let toolchain = Toolchain::find(&workspace)?;
    compile(&workspace, &toolchain, &packages)?;
    let folder = embed().join("mixins");
    for package in &packages {
        finish(&toolchain.artifact(package), package, &folder)?;
    }
    println!(
        "mixins: {} in {:.1} s",
        packages.len(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Compiles all packages in one go: cargo does nothing for those that have not changed.
fn compile(workspace: &Path, toolchain: &Toolchain, packages: &[Package]) -> Outcome {
    let names: Vec<&str> = packages
        .iter()
        .map(|package| package.mixin.as_str())
        .collect();
    let usual = toolchain.usual_duration();
    println!(
        "mixins: compiling {} for {TARGET} ({usual} the first time)",
        names.join(", ")
    );
    let mut command: Command = toolchain.cargo(workspace);
    command.args([
        "build",
        "--release",
        "--locked",
        "--lib",
        "--quiet",
        "--target",
        TARGET,
    ]);
    for package in packages {
        command.args(["--package", &package.name]);
    }
    run_command(&mut command)
}

/// Makes the component and puts it into place unless it is there already.
fn finish(module: &Path, package: &Package, folder: &Path) -> Outcome {
    let mixin = &package.mixin;
    let core =
        fs::read(module).map_err(|error| format!("cannot read {}: {error}", module.display()))?;
    let component =
        component::encode(&core, package).map_err(|error| format!("mixin `{mixin}`: {error}"))?;
    if component.len() >= LARGEST {
        return Err(format!(
            "mixin `{mixin}` is {} bytes; a mixin must be below {LARGEST}",
            component.len()
        ));
    }
    let target = folder.join(format!("{mixin}.wasm"));
    let state = if fs::read(&target).is_ok_and(|present| present == component) {
        "unchanged"
    } else {
        replace(&target, |temporary| fs::write(temporary, &component))?;
        "written"
    };
    let size = component.len() as f64 / 1e3;
    println!(
        "mixins: {mixin} {} is {size:.1} KB, {state} ({})",
        package.version,
        shown(&target)
    );
    Ok(())
}

fn shown(path: &Path) -> String {
    let relative: PathBuf = path.strip_prefix(root()).unwrap_or(path).to_path_buf();
    relative.display().to_string()
}

//! `cargo xtask runtime` and `cargo xtask adapter`: build the static programs that the porter
//! binary carries into `target/embed`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{self, Outcome, embed, output, replace, root};

/// The one target of the first release, and how images call its architecture.
const TARGET: &str = "x86_64-unknown-linux-gnu";
const ARCHITECTURE: &str = "amd64";
/// Makes the program static, so that it runs in images without a C library.
const FLAGS: &str = "-C target-feature=+crt-static";
/// Packs relocations: a quarter of a megabyte less. Static programs understand that from glibc
/// 2.36 on, which the chore tries.
const PACK: &str = "link-arg=-Wl,-z,pack-relative-relocs";

/// A static program that the porter binary carries.
struct Program {
    /// What its file is called, before the architecture.
    name: &'static str,
    /// Its package.
    package: &'static str,
    /// What the package calls it.
    binary: &'static str,
    /// Features that it is built with.
    features: &'static str,
    /// Where it goes below `target/embed`.
    folder: &'static str,
    /// KiB that it may have.
    budget: u64,
    /// How what it says begins, when nobody tells it anything.
    says: &'static str,
}

const RUNTIME: Program = Program {
    name: "porter-runtime",
    package: "porter-runtime",
    binary: "porter-runtime",
    features: "",
    folder: "runtime",
    // An image gets 4 MiB from us: the runtime, the runbook and the code of its mixins.
    budget: 3_104,
    says: "error: environment variable",
};

/// For bundles with a mixin that imports WASI, which brings megabytes of its own.
const RUNTIME_SEALED: Program = Program {
    name: "porter-runtime-sealed",
    features: "sealed",
    budget: 4_400,
    ..RUNTIME
};

const ADAPTER: Program = Program {
    name: "porter-mixin-adapter",
    package: "porter-adapter",
    binary: "porter-mixin-adapter",
    features: "",
    folder: "adapter",
    budget: 3_800,
    says: "error: there is no mixin in this program",
};

/// For mixins that import WASI.
const ADAPTER_SEALED: Program = Program {
    name: "porter-mixin-adapter-sealed",
    features: "sealed",
    budget: 5_400,
    ..ADAPTER
};

/// The programs of bundle images.
pub(crate) fn runtime() -> Outcome {
    println!("building the runtimes; from scratch that takes about five minutes");
    [RUNTIME, RUNTIME_SEALED].iter().try_for_each(build)
}

/// The programs that speak Porter's mixin protocol.
pub(crate) fn adapter() -> Outcome {
    println!("building the adapters; from scratch that takes about five minutes");
    [ADAPTER, ADAPTER_SEALED].iter().try_for_each(build)
}

fn build(program: &Program) -> Outcome {
    let target_dir = root().join("target/runtime");
    process::run(
        Command::new("cargo")
            .current_dir(root())
            .args(["rustc", "--quiet", "-p", program.package])
            .args(["--bin", program.binary, "--features", program.features])
            .args(["--profile", "runtime", "--target", TARGET, "--target-dir"])
            .arg(&target_dir)
            .args(["--", "-C", PACK])
            .env("RUSTFLAGS", FLAGS)
            .env_remove("CARGO_ENCODED_RUSTFLAGS"),
    )?;
    let built = target_dir.join(TARGET).join("runtime").join(program.binary);
    check_static(&built)?;
    check_start(&built, program.says)?;
    let size = check_size(&built, program)?;
    let to = embed()
        .join(program.folder)
        .join(format!("{}-linux-{ARCHITECTURE}", program.name));
    replace(&to, |temporary| fs::copy(&built, temporary).map(drop))?;
    println!("{}: {} KiB", to.display(), size >> 10);
    Ok(())
}

/// A program is static when it names no interpreter and needs no library.
fn check_static(program: &Path) -> Outcome {
    let headers = output(
        Command::new("readelf")
            .args(["--program-headers", "--dynamic"])
            .arg(program),
    );
    let Ok(headers) = headers else {
        println!("note: `readelf` is not there, so nobody checks that the program is static");
        return Ok(());
    };
    if headers.contains("INTERP") || headers.contains("(NEEDED)") {
        return Err(format!("`{}` is not static", program.display()));
    }
    Ok(())
}

/// Without an environment the program says what is missing and ends with 1.
fn check_start(program: &Path, says: &str) -> Outcome {
    let ended = Command::new(program)
        .env_clear()
        .output()
        .map_err(|error| format!("cannot run `{}`: {error}", program.display()))?;
    if ended.status.code() == Some(1) && ended.stderr.starts_with(says.as_bytes()) {
        return Ok(());
    }
    Err(format!(
        "`{}` does not start here ({})",
        program.display(),
        ended.status
    ))
}

fn check_size(built: &Path, program: &Program) -> Outcome<u64> {
    let size = fs::metadata(built)
        .map_err(|error| format!("`{}`: {error}", built.display()))?
        .len();
    if size > program.budget << 10 {
        return Err(format!(
            "`{}` has {} KiB, allowed are {}",
            program.name,
            size >> 10,
            program.budget
        ));
    }
    Ok(size)
}

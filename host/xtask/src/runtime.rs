//! `cargo xtask runtime`: builds the static programs of bundle images into `target/embed`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{self, Outcome, embed, output, root};

/// The one target of the first release, and how images call its architecture.
const TARGET: &str = "x86_64-unknown-linux-gnu";
const ARCHITECTURE: &str = "amd64";
/// Makes the program static, so that it runs in images without a C library.
const FLAGS: &str = "-C target-feature=+crt-static";
/// Packs relocations: a quarter of a megabyte less. Static programs understand that from glibc
/// 2.36 on, which the chore tries.
const PACK: &str = "link-arg=-Wl,-z,pack-relative-relocs";

/// One of the programs.
struct Variant {
    /// What its file is called, before the architecture.
    name: &'static str,
    /// Features that it is built with.
    features: &'static str,
    /// KiB that it may have.
    budget: u64,
}

const VARIANTS: [Variant; 2] = [
    // An image gets 4 MiB from us: the runtime, the runbook and the code of its mixins.
    Variant {
        name: "porter-runtime",
        features: "",
        budget: 3 << 10,
    },
    // For bundles with a mixin that imports WASI, which brings megabytes of its own.
    Variant {
        name: "porter-runtime-sealed",
        features: "sealed",
        budget: 4_600,
    },
];

pub(crate) fn run() -> Outcome {
    println!("building the runtimes; from scratch that takes about five minutes");
    VARIANTS.iter().try_for_each(build)
}

fn build(variant: &Variant) -> Outcome {
    let target_dir = root().join("target/runtime");
    process::run(
        Command::new("cargo")
            .current_dir(root())
            .args([
                "rustc",
                "--quiet",
                "-p",
                "porter-runtime",
                "--bin",
                "porter-runtime",
                "--features",
                variant.features,
            ])
            .args(["--profile", "runtime", "--target", TARGET, "--target-dir"])
            .arg(&target_dir)
            .args(["--", "-C", PACK])
            .env("RUSTFLAGS", FLAGS)
            .env_remove("CARGO_ENCODED_RUSTFLAGS"),
    )?;
    let built = target_dir.join(TARGET).join("runtime/porter-runtime");
    check_static(&built)?;
    check_start(&built)?;
    let size = check_size(&built, variant)?;
    let to = embed()
        .join("runtime")
        .join(format!("{}-linux-{ARCHITECTURE}", variant.name));
    replace(&built, &to)?;
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
        println!("note: `readelf` is not there, so nobody checks that the runtime is static");
        return Ok(());
    };
    if headers.contains("INTERP") || headers.contains("(NEEDED)") {
        return Err(format!("`{}` is not static", program.display()));
    }
    Ok(())
}

/// Without an environment the program says what is missing and ends with 1.
fn check_start(program: &Path) -> Outcome {
    let ended = Command::new(program)
        .env_clear()
        .output()
        .map_err(|error| format!("cannot run `{}`: {error}", program.display()))?;
    if ended.status.code() == Some(1) && ended.stderr.starts_with(b"error: environment variable") {
        return Ok(());
    }
    Err(format!(
        "`{}` does not start here ({})",
        program.display(),
        ended.status
    ))
}

fn check_size(program: &Path, variant: &Variant) -> Outcome<u64> {
    let size = fs::metadata(program)
        .map_err(|error| format!("`{}`: {error}", program.display()))?
        .len();
    if size > variant.budget << 10 {
        return Err(format!(
            "`{}` has {} KiB, allowed are {}",
            variant.name,
            size >> 10,
            variant.budget
        ));
    }
    Ok(size)
}

/// Whoever reads `to` meanwhile sees the old file or the new one, whole.
fn replace(from: &Path, to: &Path) -> Outcome {
    let failed = |error: std::io::Error| format!("cannot write `{}`: {error}", to.display());
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let temporary = to.with_extension(format!("new-{}", std::process::id()));
    fs::copy(from, &temporary)
        .and_then(|_| fs::rename(&temporary, to))
        .map_err(|error| {
            let _ = fs::remove_file(&temporary);
            failed(error)
        })
}

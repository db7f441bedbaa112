//! Finding, or making, a compiler that can build for `wasm32-unknown-unknown`.
//!
//! 1. A toolchain that has the target's standard library.
//! 2. `rustup target add`.
//! 3. Debian's `rustc-web` with the library's sources from `rust-web-src`, which cargo compiles.
//!
//! `PORTER_WASM_TOOLCHAIN=rustup` or `=debian` leaves only that way.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::TARGET;
use super::package::Package;
use crate::process::{Outcome, output, root};

/// How mixins are compiled.
#[derive(Debug)]
pub(super) struct Toolchain {
    kind: Kind,
    target_folder: PathBuf,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// The toolchain in use has the target.
    Ready,
    /// Debian's compiler builds the standard library too; the linker comes from elsewhere.
    Debian { linker: PathBuf },
}

/// Which ways are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ways {
    Any,
    Rustup,
    Debian,
}

const SWITCH: &str = "PORTER_WASM_TOOLCHAIN";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library";

impl Toolchain {
    /// Finds one, adding the target where rustup can.
    pub(super) fn find(workspace: &Path) -> Outcome<Self> {
        let ways = match std::env::var(SWITCH).as_deref() {
            Ok("rustup") => Ways::Rustup,
            Ok("debian") => Ways::Debian,
            Ok("") | Err(_) => Ways::Any,
            Ok(other) => return Err(format!("{SWITCH} is `{other}`; use `rustup` or `debian`")),
        };
        let kind = find(ways)?;
        // Libraries of two compilers in one folder would make cargo start over at every change.
        let folder = match kind {
            Kind::Ready => "target",
            Kind::Debian { .. } => "target/debian",
        };
        Ok(Self {
            kind,
            target_folder: workspace.join(folder),
        })
    }

    /// How long the first compilation takes.
    pub(super) fn usual_duration(&self) -> &'static str {
        match self.kind {
            Kind::Ready => "about half a minute",
            Kind::Debian { .. } => "about a minute, with the standard library,",
        }
    }

    /// The file that cargo makes for a package.
    pub(super) fn artifact(&self, package: &Package) -> PathBuf {
        let file = format!("{}.wasm", package.name.replace('-', "_"));
        self.target_folder.join(TARGET).join("release").join(file)
    }

    /// `cargo`, set up for reproducible bytes.
    pub(super) fn cargo(&self, workspace: &Path) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(workspace);
        command.env("CARGO_TARGET_DIR", &self.target_folder);
        command.env("CARGO_ENCODED_RUSTFLAGS", flags().join("\u{1f}"));
        command.env_remove("RUSTFLAGS");
        if let Kind::Debian { linker } = &self.kind {
            command.env("RUSTC", DEBIAN_RUSTC);
            command.env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            command.arg("-Zbuild-std=std,panic_abort");
        }
        command
    }
}

/// What the compiler is told beyond the profile in `mixins-wasm/Cargo.toml`.
fn flags() -> Vec<String> {
    let mut flags = remapped_paths();
    // The linker otherwise pads every number to five bytes: a fifth of the file.
    flags.push("-Clink-arg=--compress-relocations".to_owned());
    flags
}

/// Flags that keep this machine's folders out of the result.
fn remapped_paths() -> Vec<String> {
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    // The compiler takes the last one that fits.
    let mut flags = Vec::new();
    if let Some(home) = cargo_home() {
        flags.push(remap(&home, "/cargo"));
    }
    flags.push(remap(Path::new(DEBIAN_SOURCES), "/rust/library"));
    flags.push(remap(&root(), "/porter"));
    flags
}

fn cargo_home() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo"));
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(home)
}

fn find(ways: Ways) -> Outcome<Kind> {
    let mut refusals = Vec::new();
    if ways != Ways::Debian {
        match rustup() {
            Ok(()) => return Ok(Kind::Ready),
            Err(reason) => refusals.push(format!("  rustup: {reason}")),
        }
    }
    if ways != Ways::Rustup {
        match debian(Path::new(DEBIAN_RUSTC), Path::new(DEBIAN_SOURCES)) {
            Ok(kind) => return Ok(kind),
            Err(reason) => refusals.push(format!("  Debian: {reason}")),
        }
    }
    Err(nothing_works(&refusals))
}

fn nothing_works(refusals: &[String]) -> String {
    format!(
        "no compiler for {TARGET}\n{}\nhint: run `rustup target add {TARGET}`, or on Debian \
         `apt-get install rustc-web rust-web-src lld`",
        refusals.join("\n")
    )
}

/// The toolchain in use, with the target added if need be.
fn rustup() -> Outcome {
    if has_target()? {
        return Ok(());
    }
    println!("mixins: adding the target {TARGET} (a download of about 20 MB)");
    output(Command::new("rustup").args(["target", "add", TARGET]))?;
    if has_target()? {
        Ok(())
    } else {
        Err(format!("{TARGET} was added to another toolchain"))
    }
}

fn has_target() -> Outcome<bool> {
    let mut command = Command::new(rustc());
    command.args(["--print", "target-libdir", "--target", TARGET]);
    let folder = output(&mut command)?;
    let mut files = std::fs::read_dir(folder.trim())
        .into_iter()
        .flatten()
        .flatten();
    Ok(files.any(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
}

fn rustc() -> OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// Debian's compiler and sources, with the linker of any toolchain.
fn debian(rustc: &Path, sources: &Path) -> Outcome<Kind> {
    for (path, package) in [(rustc, "rustc-web"), (sources, "rust-web-src")] {
        if !path.exists() {
            return Err(format!(
                "{} is not there; it comes with `{package}`",
                path.display()
            ));
        }
    }
    let linker = linker().ok_or("no linker: `rust-lld`, `wasm-ld` or `lld` is not there")?;
    Ok(Kind::Debian { linker })
}

/// `rust-lld` of the toolchain in use, or a linker on the PATH.
fn linker() -> Option<PathBuf> {
    let sysroot = output(Command::new(rustc()).args(["--print", "sysroot"])).ok()?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib");
    let hosts = std::fs::read_dir(library).into_iter().flatten().flatten();
    let bundled = hosts.map(|host| host.path().join("bin/rust-lld"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = [
        "rust-lld",
        "wasm-ld",
        "wasm-ld-19",
        "wasm-ld-16",
        "wasm-ld-15",
        "wasm-ld-14",
    ];
    let installed = folders
        .iter()
        .flat_map(|folder| names.map(|name| folder.join(name)));
    bundled.chain(installed).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_names_both_ways() {
        let message = nothing_works(&["  rustup: no".to_owned(), "  Debian: no".to_owned()]);
        assert!(
            message.contains("rustup target add wasm32-unknown-unknown"),
            "{message}"
        );
        assert!(
            message.contains("apt-get install rustc-web rust-web-src"),
            "{message}"
        );
    }

    #[test]
    fn what_debian_lacks_is_named() {
        let present = Path::new("/");
        let absent = Path::new("/nonexistent/rustc");
        assert!(debian(absent, present).unwrap_err().contains("`rustc-web`"));
        assert!(
            debian(present, absent)
                .unwrap_err()
                .contains("`rust-web-src`")
        );
    }

    #[test]
    fn this_checkout_does_not_appear_in_the_result() {
        let flag = format!("--remap-path-prefix={}=/porter", root().display());
        assert!(remapped_paths().contains(&flag));
    }
}

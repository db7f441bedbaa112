//! A folder that stands for an image.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{Outcome, output};

/// A command in a folder as its root, with the environment of a run of a bundle that has so many
/// parameters.
pub(super) fn chroot(image: &Path, parameters: u32, words: &[&str]) -> Command {
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
pub(super) fn copy_program(program: &Path, image: &Path) -> Outcome {
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

pub(super) fn copy_folder(from: &Path, to: &Path) -> Outcome {
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

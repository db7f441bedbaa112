//! Running other programs and finding the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// What a chore returns: the error is a sentence for the person who runs it.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// Root of the workspace.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest
        .ancestors()
        .nth(2)
        .unwrap_or(manifest)
        .to_path_buf()
}

/// The directory that `host/cli/build.rs` embeds from.
pub(crate) fn embed() -> PathBuf {
    root().join("target/embed")
}

/// Runs a command to its end, its streams being ours.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let shown = shown(command);
    let status = command
        .status()
        .map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{shown}` failed ({status})"))
    }
}

/// Runs a command and takes its standard output as text.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let shown = shown(command);
    let output = command
        .output()
        .map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "`{shown}` failed ({}): {}",
            output.status,
            stderr.trim()
        ))
    }
}

/// Makes a file under a temporary name and renames it: whoever reads `target` meanwhile sees the old
/// file or the new one, whole.
pub(crate) fn replace(target: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> Outcome {
    let failed = |error| format!("cannot write `{}`: {error}", target.display());
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let temporary = target.with_extension(format!("new-{}", std::process::id()));
    let made = make(&temporary).and_then(|()| fs::rename(&temporary, target));
    made.map_err(|error| {
        // What is left is a temporary file that nobody reads.
        let _ = fs::remove_file(&temporary);
        failed(error)
    })
}

fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

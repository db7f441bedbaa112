//! The user's editor.

use std::path::Path;
use std::process::Command;

use porter_config::EnvVars;

/// Runs `$SHELL -c "$EDITOR FILE"` and waits for it.
///
/// # Errors
/// When it cannot be started or ends with an error.
pub(crate) fn edit(path: &Path) -> std::io::Result<()> {
    let variable = |name: &str, fallback: &str| {
        std::env::var(name)
            .ok()
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| fallback.to_owned())
    };
    let shell = variable(EnvVars::SHELL, "sh");
    let editor = variable(EnvVars::EDITOR, "vi");
    let status = Command::new(&shell)
        .arg("-c")
        .arg(format!("{editor} \"$PORTER_EDITED_FILE\""))
        .env("PORTER_EDITED_FILE", path)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(std::io::Error::other(format!("`{editor}`: {status}")))
    }
}

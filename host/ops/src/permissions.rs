//! `porter storage fix-permissions`: modes of what is in the home.
//!
//! Source: `cli.md` §4.13 and §14 of the compatibility reference. Porter's own folders are for the group
//! too; what holds secrets is for the user alone. Links are not followed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use porter_storage::{DATABASE_FILE, KEY_FILE};

use crate::Porter;
use crate::error::Error;

/// Folders of records and of what was downloaded.
const DATA: [&str; 7] = [
    "cache",
    "claims",
    "credentials",
    "installations",
    "outputs",
    "parameters",
    "results",
];
/// Folders of programs.
const PROGRAMS: [&str; 3] = ["mixins", "plugins", "runtimes"];
/// Folder of secrets, each in a file.
const SECRETS: &str = "secrets";

const FOLDER_MODE: u32 = 0o770;
const DATA_MODE: u32 = 0o660;
const PROGRAM_MODE: u32 = 0o770;
const SECRET_FOLDER_MODE: u32 = 0o700;
const SECRET_MODE: u32 = 0o600;

/// The modes of what is in a folder.
#[derive(Clone, Copy)]
struct Modes {
    folder: Wanted,
    file: u32,
}

#[derive(Clone, Copy)]
enum Wanted {
    /// This mode.
    Exactly(u32),
    /// This mode, where there are bits beyond it.
    AtMost(u32),
}

impl Porter {
    /// Resets the modes of folders and files in the home. What is not there is left out.
    ///
    /// # Errors
    /// When a mode cannot be changed.
    pub fn fix_permissions(&self) -> Result<(), Error> {
        let home = self.home()?;
        tracing::info!("Resetting file permissions in {}", home.display());
        let open = |file| Modes {
            folder: Wanted::Exactly(FOLDER_MODE),
            file,
        };
        for folder in DATA {
            fix(&home.join(folder), open(DATA_MODE))?;
        }
        for folder in PROGRAMS {
            fix(&home.join(folder), open(PROGRAM_MODE))?;
        }
        let secret = Modes {
            folder: Wanted::AtMost(SECRET_FOLDER_MODE),
            file: SECRET_MODE,
        };
        fix(&home.join(SECRETS), secret)?;
        for file in [DATABASE_FILE, KEY_FILE] {
            fix(&home.join(file), secret)?;
        }
        for suffix in ["-wal", "-shm"] {
            fix(&home.join(format!("{DATABASE_FILE}{suffix}")), secret)?;
        }
        Ok(())
    }
}

fn fix(path: &Path, modes: Modes) -> Result<(), Error> {
    let failed = |source| Error::Read {
        path: path.to_path_buf(),
        source,
    };
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(failed(source)),
    };
    let mode = metadata.permissions().mode() & 0o7777;
    let wanted = match (metadata.is_dir(), modes.folder) {
        (true, Wanted::Exactly(wanted)) => wanted,
        (true, Wanted::AtMost(wanted)) => bounded(mode, wanted),
        (false, _) if metadata.is_file() => bounded(mode, modes.file),
        (false, _) => return Ok(()),
    };
    if mode != wanted {
        let change = |source| Error::Mode {
            path: path.to_path_buf(),
            source,
        };
        fs::set_permissions(path, fs::Permissions::from_mode(wanted)).map_err(change)?;
    }
    if metadata.is_dir() {
        for entry in fs::read_dir(path).map_err(failed)? {
            fix(&entry.map_err(failed)?.path(), modes)?;
        }
    }
    Ok(())
}

/// The wanted mode where there are bits beyond it, and else the mode as it is.
const fn bounded(mode: u32, wanted: u32) -> u32 {
    if mode & !wanted == 0 { mode } else { wanted }
}

//! `porter create`: a new bundle from the hello example.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::replace::replace;

/// A file of the new bundle.
struct Template {
    name: &'static str,
    content: &'static str,
    executable: bool,
}

/// The files of `examples/hello`, which the tests build and run.
const TEMPLATES: &[Template] = &[
    template(
        "porter.yaml",
        include_str!("../../../examples/hello/porter.yaml"),
        false,
    ),
    template(
        "helpers.sh",
        include_str!("../../../examples/hello/helpers.sh"),
        true,
    ),
    template(
        "README.md",
        include_str!("../../../examples/hello/README.md"),
        false,
    ),
    template(
        "template.Dockerfile",
        include_str!("../../../examples/hello/template.Dockerfile"),
        false,
    ),
    template(
        ".dockerignore",
        include_str!("../../../examples/hello/.dockerignore"),
        false,
    ),
    template(
        ".gitignore",
        include_str!("../../../examples/hello/.gitignore"),
        false,
    ),
];

/// Name of the bundle in the template.
const TEMPLATE_NAME: &str = "porter-hello";

const fn template(name: &'static str, content: &'static str, executable: bool) -> Template {
    Template {
        name,
        content,
        executable,
    }
}

/// Why a bundle could not be created.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`", path.display())]
pub struct CreateError {
    path: PathBuf,
    source: io::Error,
}

/// Writes a new bundle into `directory`, which is made when it is not there, or into the current
/// directory. Existing files are overwritten, each with a warning.
///
/// # Errors
/// When a file or directory cannot be written.
pub fn create(directory: Option<&Path>) -> Result<(), CreateError> {
    let Some(directory) = directory else {
        tracing::info!("creating porter configuration in the current directory");
        return write_all(Path::new("."), TEMPLATE_NAME);
    };
    let failed = |source| CreateError {
        path: directory.to_path_buf(),
        source,
    };
    fs::create_dir_all(directory).map_err(failed)?;
    let name = match directory.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => TEMPLATE_NAME.to_owned(),
    };
    write_all(directory, &name)
}

fn write_all(directory: &Path, name: &str) -> Result<(), CreateError> {
    for template in TEMPLATES {
        let path = directory.join(template.name);
        if path.symlink_metadata().is_ok() {
            tracing::warn!("File \"{}\" already exists. Overwriting.", template.name);
        }
        let content = match template.name {
            "porter.yaml" => template.content.replace(TEMPLATE_NAME, name),
            _ => template.content.to_owned(),
        };
        let mode = if template.executable { 0o770 } else { 0o660 };
        replace(&path, content.as_bytes(), mode).map_err(|source| CreateError { path, source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_last_part_of_the_path_names_the_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("deep/er/my-thing");
        create(Some(&target)).unwrap();
        let manifest = fs::read_to_string(target.join("porter.yaml")).unwrap();
        assert!(manifest.contains("\nname: my-thing\n"));
        assert!(!manifest.contains(TEMPLATE_NAME));
        let mode = fs::metadata(target.join("helpers.sh"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o100, 0o100);
        assert_eq!(fs::read_dir(&target).unwrap().count(), TEMPLATES.len());
    }

    #[test]
    fn existing_files_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("helpers.sh"), "mine").unwrap();
        create(Some(folder.path())).unwrap();
        assert_ne!(
            fs::read_to_string(folder.path().join("helpers.sh")).unwrap(),
            "mine"
        );
    }
}

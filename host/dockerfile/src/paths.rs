//! Paths in the image and in the bundle's sources.

use super::error::Problem;
use super::escape::{check_text, shown};

/// Where a bundle lies in its image.
pub(crate) const BUNDLE: &str = "/cnab/app";

/// What porter copies into the image after everything else.
const RESERVED: [&str; 3] = ["/cnab/app/run", "/cnab/app/porter", "/cnab/app/mixins"];

/// The absolute, clean form of a path in the image; relative ones are below the bundle directory.
/// A slash at the end is gone.
pub(crate) fn in_image(field: &'static str, path: &str) -> Result<String, Problem> {
    check_text(field, path)?;
    let mut clean = if path.starts_with('/') {
        String::new()
    } else {
        BUNDLE.to_owned()
    };
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            return Err(wrong(field, path));
        }
        clean.push('/');
        clean.push_str(part);
    }
    if clean.is_empty() {
        clean.push('/');
    }
    Ok(clean)
}

/// As [`in_image`], for something that is written: nothing of porter's own.
pub(crate) fn written(field: &'static str, path: &str) -> Result<String, Problem> {
    if path.is_empty() {
        return Err(Problem::Empty(field));
    }
    let clean = in_image(field, path)?;
    let below = |folder: &str| is_below(&clean, folder);
    let reserved = below("/cnab") && !below(BUNDLE);
    if reserved || RESERVED.into_iter().any(below) {
        return Err(Problem::ReservedPath(shown(path)));
    }
    Ok(clean)
}

/// As [`written`], for one file.
pub(crate) fn file(field: &'static str, path: &str) -> Result<String, Problem> {
    let clean = written(field, path)?;
    if path.ends_with(['/', '.']) && !clean.ends_with('.') || clean == "/" || clean == BUNDLE {
        return Err(wrong(field, path));
    }
    Ok(clean)
}

/// A path below some folder that is not left, `""` being the folder itself.
pub(crate) fn relative(field: &'static str, path: &str) -> Result<String, Problem> {
    check_text(field, path)?;
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    // A backslash would be an escape in the patterns of COPY.
    if path.starts_with('/') || parts.contains(&"..") || path.contains('\\') {
        return Err(wrong(field, path));
    }
    Ok(parts.join("/"))
}

/// Whether `path` is `folder` or in it.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn wrong(field: &'static str, path: &str) -> Problem {
    Problem::Path {
        field,
        path: shown(path),
    }
}

/// The mode as an octal number.
pub(crate) fn mode(mode: u32) -> Result<String, Problem> {
    if mode > 0o777 {
        return Err(Problem::Mode(mode));
    }
    Ok(format!("{mode:04o}"))
}

//! The paths that the build named, with the links in them followed: never out of the folder, for
//! an absolute link starts at the folder as it will in the image.

use std::collections::BTreeSet;

use super::source::Folder;
use super::walk::bad_pattern;
use crate::DockerError;
use crate::ignore::{PatternSet, clean};

/// Most places that are looked at for one request.
const MOST: usize = 10_000;

/// The paths and all that links in them lead to, as patterns; `None` when the whole folder is one
/// of them.
pub(super) fn targets(
    folder: &Folder,
    paths: &[String],
) -> Result<Option<Vec<String>>, DockerError> {
    let mut resolved = BTreeSet::new();
    let mut waiting: Vec<String> = paths.iter().rev().map(|path| inside(path)).collect();
    let mut looked_at = 0;
    while let Some(path) = waiting.pop() {
        looked_at += 1;
        if looked_at > MOST {
            return Err(folder.failed(&path, "too many links lead on from it"));
        }
        resolve(folder, &path, &mut resolved, &mut waiting)?;
    }
    Ok((!resolved.contains("")).then(|| resolved.into_iter().collect()))
}

/// Goes along the path up to the first link, whose targets then wait for their turn.
fn resolve(
    folder: &Folder,
    path: &str,
    resolved: &mut BTreeSet<String>,
    waiting: &mut Vec<String>,
) -> Result<(), DockerError> {
    for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
        let (current, rest) = path.split_at(end);
        let links = links(folder, current)?;
        if links.is_empty() {
            continue;
        }
        if resolved.insert(current.to_owned()) {
            waiting.extend(
                links
                    .iter()
                    .map(|target| inside(&format!("{target}/{rest}"))),
            );
        }
        return Ok(());
    }
    resolved.insert(path.to_owned());
    Ok(())
}

/// Where the link at this path leads, or the links that a last name with wildcards matches.
fn links(folder: &Folder, path: &str) -> Result<Vec<String>, DockerError> {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    if !name.contains(['*', '?', '[']) {
        return link(folder, path).map(|target| target.into_iter().collect());
    }
    if !parent.is_empty() && !folder.metadata(parent).is_some_and(|found| found.is_dir()) {
        return Ok(Vec::new());
    }
    let pattern = PatternSet::new(&[name]).map_err(bad_pattern)?;
    let mut found = Vec::new();
    for (name, metadata) in folder.entries(parent)? {
        if metadata.is_symlink() && pattern.matches(&name) {
            found.extend(link(folder, &join(parent, &name))?);
        }
    }
    Ok(found)
}

fn link(folder: &Folder, path: &str) -> Result<Option<String>, DockerError> {
    if path.is_empty()
        || !folder
            .metadata(path)
            .is_some_and(|found| found.is_symlink())
    {
        return Ok(None);
    }
    let target = folder.link(path)?;
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let target = if target.starts_with('/') {
        target
    } else {
        join(parent, &target)
    };
    Ok(Some(inside(&target)))
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}

/// The path from the folder's root, whatever dots are in it; empty for the root itself.
fn inside(path: &str) -> String {
    clean(&format!("/{path}"))
        .trim_start_matches('/')
        .to_owned()
}

//! Walking a folder as BuildKit wants to hear of it: parents first, names in order, links as
//! links, and only what its patterns let through.

use bollard_buildkit_proto::fsutil::types::Stat;
use cap_std::fs::Metadata;

use super::follow;
use super::source::{Folder, mode, modified};
use crate::DockerError;
use crate::ignore::{Matches, PatternError, PatternSet};

/// Deepest folder that is walked: deeper than any path that a system call takes.
const DEEPEST: usize = 1000;

// The bits of Go's file mode, which are those of the protocol.
const FOLDER: u32 = 1 << 31;
const LINK: u32 = 1 << 27;
const SET_USER: u32 = 1 << 23;
const SET_GROUP: u32 = 1 << 22;
const STICKY: u32 = 1 << 20;

/// Which files the other side wants to hear of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// Only what matches one of these, unless there are none.
    pub(crate) include: Vec<String>,
    /// Nothing that matches these.
    pub(crate) exclude: Vec<String>,
    /// These paths, and where links in them lead to, count as included too.
    pub(crate) follow: Vec<String>,
}

/// A file of the walk. Only regular files have content to ask for.
pub(crate) fn has_content(stat: &Stat) -> bool {
    const KIND: u32 = 0x8f28_0000;
    stat.mode & KIND == 0
}

/// Tells `visit` of every file that the request lets through.
///
/// # Errors
/// When a folder cannot be read, a name cannot be sent, a pattern makes no sense, or `visit`
/// refuses to go on.
pub(crate) fn walk(
    folder: &Folder,
    request: &Request,
    visit: &mut dyn FnMut(Stat) -> Result<(), DockerError>,
) -> Result<(), DockerError> {
    let mut include = request.include.clone();
    if !request.follow.is_empty() {
        include.extend(follow::targets(folder, &request.follow)?.unwrap_or_default());
    }
    let mut walker = Walker {
        folder,
        include: patterns(&include)?,
        exclude: patterns(&request.exclude)?,
        parents: Vec::new(),
        visit,
    };
    walker.folder("", &Above::default())
}

fn patterns(patterns: &[String]) -> Result<Option<PatternSet>, DockerError> {
    if patterns.is_empty() {
        return Ok(None);
    }
    PatternSet::new(patterns)
        .map(|set| Some(set).filter(|set| !set.patterns().is_empty()))
        .map_err(bad_pattern)
}

pub(super) fn bad_pattern(error: PatternError) -> DockerError {
    DockerError::BuildFailed {
        reason: error.to_string(),
    }
}

/// What matched the folder above.
#[derive(Default)]
struct Above {
    include: Matches,
    exclude: Matches,
}

/// What the patterns say of a path.
enum Verdict {
    Send,
    /// Not this one, but maybe something below.
    Descend,
    Skip,
}

struct Walker<'a> {
    folder: &'a Folder,
    include: Option<PatternSet>,
    exclude: Option<PatternSet>,
    /// The folders above, until something in them is sent.
    parents: Vec<Option<Stat>>,
    visit: &'a mut dyn FnMut(Stat) -> Result<(), DockerError>,
}

impl Walker<'_> {
    fn folder(&mut self, path: &str, above: &Above) -> Result<(), DockerError> {
        if self.parents.len() > DEEPEST {
            return Err(self.folder.failed(path, "it lies too deep"));
        }
        for (name, metadata) in self.folder.entries(path)? {
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}/{name}")
            };
            self.entry(&path, &metadata, above)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &str, metadata: &Metadata, above: &Above) -> Result<(), DockerError> {
        if self.folder.is_hidden(path) {
            return Ok(());
        }
        let (verdict, inside) = self.judge(path, above);
        let is_folder = metadata.is_dir();
        let mut pending = None;
        match verdict {
            Verdict::Skip => return Ok(()),
            Verdict::Descend if !is_folder => return Ok(()),
            Verdict::Descend => pending = self.stat(path, metadata)?,
            Verdict::Send => {
                let Some(stat) = self.stat(path, metadata)? else {
                    return Ok(());
                };
                self.send(stat)?;
            }
        }
        if is_folder {
            self.parents.push(pending);
            self.folder(path, &inside)?;
            self.parents.pop();
        }
        Ok(())
    }

    fn send(&mut self, stat: Stat) -> Result<(), DockerError> {
        for parent in self.parents.iter_mut().filter_map(Option::take) {
            (self.visit)(parent)?;
        }
        (self.visit)(stat)
    }

    fn judge(&self, path: &str, above: &Above) -> (Verdict, Above) {
        let mut verdict = Verdict::Send;
        let mut inside = Above::default();
        if let Some(include) = &self.include {
            let (matched, matches) = include.matches_below(path, &above.include);
            inside.include = matches;
            if !matched {
                verdict = if leads_to(include, false, path) {
                    Verdict::Descend
                } else {
                    Verdict::Skip
                };
            }
        }
        if let Some(exclude) = &self.exclude {
            let (matched, matches) = exclude.matches_below(path, &above.exclude);
            inside.exclude = matches;
            if matched && !matches!(verdict, Verdict::Skip) {
                verdict = if leads_to(exclude, true, path) {
                    Verdict::Descend
                } else {
                    Verdict::Skip
                };
            }
        }
        (verdict, inside)
    }

    /// Sockets, pipes and devices are nothing: no image can be made of them.
    fn stat(&self, path: &str, metadata: &Metadata) -> Result<Option<Stat>, DockerError> {
        let mode = mode(metadata);
        let mut stat = Stat {
            path: path.to_owned(),
            mod_time: modified(metadata),
            ..Stat::default()
        };
        let kind = metadata.file_type();
        if kind.is_symlink() {
            stat.mode = LINK | 0o777;
            stat.linkname = self.folder.link(path)?;
        } else if kind.is_dir() || kind.is_file() {
            stat.mode = self.folder.permissions.of(mode & 0o777) | special(mode);
            if kind.is_dir() {
                stat.mode |= FOLDER;
            } else {
                stat.size = metadata.len().try_into().unwrap_or(i64::MAX);
            }
        } else {
            return Ok(None);
        }
        Ok(Some(stat))
    }
}

fn special(mode: u32) -> u32 {
    [(0o4000, SET_USER), (0o2000, SET_GROUP), (0o1000, STICKY)]
        .into_iter()
        .filter(|(bit, _)| mode & bit != 0)
        .fold(0, |sum, (_, bit)| sum | bit)
}

/// Whether one of the patterns could speak of something below this folder: true unless all of
/// them (those with a `!`, or those without) are plain text that leads elsewhere.
fn leads_to(patterns: &PatternSet, negative: bool, folder: &str) -> bool {
    let mut relevant = patterns
        .patterns()
        .iter()
        .filter(|one| one.is_negative() == negative);
    relevant.any(|pattern| {
        pattern.plain_prefix().is_none_or(|prefix| {
            prefix
                .strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    })
}

#[cfg(test)]
mod tests;

//! Paths below the bundle directory.

use super::PathProblem;

/// Parts that a path may have.
const PARTS: usize = 16;
/// Bytes of a path.
const LENGTH: usize = 1024;
/// What lies in `/cnab/app` without being the author's, and what is not in there.
const RESERVED: [&str; 3] = ["porter", "porter.yaml", "run"];

/// A path below the bundle directory, of plain names only: relative, nowhere `.` or `..`, no name
/// that begins with a dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BundlePath(String);

impl BundlePath {
    /// Checks a path as an author writes it. A `/` at the end, and `./` at the beginning, are
    /// dropped.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PathProblem> {
        if text.len() > LENGTH {
            return Err(PathProblem::Long);
        }
        if text.chars().any(char::is_control) || text.contains('\\') {
            return Err(PathProblem::Character);
        }
        if text.starts_with('/') {
            return Err(PathProblem::Absolute);
        }
        let text = text.strip_prefix("./").unwrap_or(text);
        let text = text.strip_suffix('/').unwrap_or(text);
        let parts: Vec<&str> = text.split('/').collect();
        if text == "." || parts.contains(&"") {
            return Err(PathProblem::Empty);
        }
        if parts.contains(&"..") {
            return Err(PathProblem::Outside);
        }
        if parts.iter().any(|part| part.starts_with('.')) {
            return Err(PathProblem::Hidden);
        }
        if parts.len() > PARTS {
            return Err(PathProblem::Long);
        }
        if RESERVED.contains(&parts[0]) {
            return Err(PathProblem::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    /// The bundle directory itself: can be asked for, by mixins that leave it to the bundle's author
    /// where things are, but not granted.
    #[cfg(feature = "compile")]
    pub(crate) fn anything() -> Self {
        Self(String::new())
    }

    /// As the author wrote it; `.` for everything.
    pub fn as_str(&self) -> &str {
        if self.0.is_empty() { "." } else { &self.0 }
    }

    /// Whether this is `other`, or below it.
    fn is_within(&self, other: &Self) -> bool {
        if other.0.is_empty() {
            return true;
        }
        let rest = self.0.strip_prefix(&other.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// What both name, sorted: the longer of two paths where one is within the other.
    pub fn both(granted: &[Self], asked: &[Self]) -> Vec<Self> {
        let mut both: Vec<Self> = granted
            .iter()
            .flat_map(|granted| asked.iter().map(move |asked| (granted, asked)))
            .filter_map(|(granted, asked)| {
                if granted.is_within(asked) {
                    Some(granted.clone())
                } else {
                    asked.is_within(granted).then(|| asked.clone())
                }
            })
            .collect();
        both.sort_unstable();
        both.dedup();
        both
    }
}

impl std::fmt::Display for BundlePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for (text, problem) in [
            ("", PathProblem::Empty),
            (".", PathProblem::Empty),
            ("./", PathProblem::Empty),
            ("a//b", PathProblem::Empty),
            ("/", PathProblem::Absolute),
            ("/etc/passwd", PathProblem::Absolute),
            ("..", PathProblem::Outside),
            ("../a", PathProblem::Outside),
            ("a/..", PathProblem::Outside),
            ("a/../../b", PathProblem::Outside),
            (".git", PathProblem::Hidden),
            (".cnab/app", PathProblem::Hidden),
            ("a/.env", PathProblem::Hidden),
            ("a/./b", PathProblem::Hidden),
            ("a\0b", PathProblem::Character),
            ("a\nb", PathProblem::Character),
            ("a\\b", PathProblem::Character),
            ("run", PathProblem::Reserved),
            ("porter/runbook.json", PathProblem::Reserved),
            ("porter.yaml", PathProblem::Reserved),
        ] {
            assert_eq!(BundlePath::parse(text), Err(problem), "{text:?}");
        }
        let deep = "a/".repeat(17);
        assert_eq!(BundlePath::parse(&deep), Err(PathProblem::Long));
        for (text, path) in [
            ("a", "a"),
            ("./a/", "a"),
            ("charts/my chart", "charts/my chart"),
            ("a..b/c.d", "a..b/c.d"),
            ("runner", "runner"),
        ] {
            assert_eq!(BundlePath::parse(text).unwrap().as_str(), path);
        }
    }

    #[test]
    fn both_have_to_name_it() {
        let paths = |texts: &[&str]| -> Vec<BundlePath> {
            texts
                .iter()
                .map(|text| match *text {
                    "." => BundlePath(String::new()),
                    text => BundlePath::parse(text).unwrap(),
                })
                .collect()
        };
        for (granted, asked, both) in [
            (&[][..], &["a"][..], &[][..]),
            (&["a"], &[], &[]),
            (&["a"], &["a"], &["a"]),
            (&["a"], &["ab"], &[]),
            (&["ab"], &["a"], &[]),
            (&["a/b"], &["a"], &["a/b"]),
            (&["a"], &["a/b"], &["a/b"]),
            (&["a", "a/b"], &["a/b/c", "d"], &["a/b/c"]),
            (&[], &["."], &[]),
            (&["a", "b/c"], &["."], &["a", "b/c"]),
        ] {
            assert_eq!(
                BundlePath::both(&paths(granted), &paths(asked)),
                paths(both),
                "{granted:?} {asked:?}"
            );
        }
    }
}

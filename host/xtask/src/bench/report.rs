//! The page of figures.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::process::Outcome;

/// Where the figures go.
pub(super) const BEGIN: &str = "<!-- figures: begin -->\n";

pub(super) const END: &str = "<!-- figures: end -->\n";

/// One line of the report.
pub(super) struct Figure {
    pub(super) what: String,
    pub(super) milliseconds: f64,
    pub(super) megabytes: Option<f64>,
    pub(super) beside: Option<(String, f64)>,
    pub(super) target: &'static str,
}

pub(super) fn table(figures: &[Figure]) -> String {
    let mut text =
        String::from("| what | median | peak memory | beside | target |\n|---|---|---|---|---|\n");
    for figure in figures {
        let memory = figure
            .megabytes
            .map(|size| format!("{size:.1} MB"))
            .unwrap_or_default();
        let beside = figure.beside.as_ref().map(|(what, time)| {
            format!("{:.2} × {what} ({time:.1} ms)", figure.milliseconds / time)
        });
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {:.1} ms | {memory} | {} | {} |",
            figure.what,
            figure.milliseconds,
            beside.unwrap_or_default(),
            figure.target
        );
    }
    text
}

pub(super) fn replace(path: &Path, report: &str) -> Outcome {
    let failed = |error| format!("cannot update `{}`: {error}", path.display());
    let text = fs::read_to_string(path).map_err(failed)?;
    let (before, rest) = text
        .split_once(BEGIN)
        .ok_or("docs/performance.md has no place for figures")?;
    let (_, after) = rest
        .split_once(END)
        .ok_or("docs/performance.md has no end of figures")?;
    fs::write(path, format!("{before}{BEGIN}{report}{END}{after}")).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_go_between_their_marks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, format!("a\n{BEGIN}old\n{END}b\n")).unwrap();
        replace(&path, "new\n").unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            format!("a\n{BEGIN}new\n{END}b\n")
        );
    }
}

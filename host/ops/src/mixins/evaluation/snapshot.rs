//! Writing what a mixin returns into its test case, all else in the file staying as it is.

use std::io;
use std::os::unix::fs::PermissionsExt;

use porter_manifest::Problems;

use super::Input;
use super::cases::Case;
use crate::mixins::Json;
use crate::replace::replace;

/// The member that is written.
const MEMBER: &str = "expect";

/// Why an expectation could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    #[error("its members must begin at the beginning of lines: write it as YAML, not as JSON")]
    Form,
    #[error("what the mixin returns cannot be written into it")]
    Content,
    #[error("it cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Writes `expected` into the file of a case.
pub(crate) fn accept(case: &Case, expected: &Json) -> Result<(), SnapshotError> {
    let text = with_expectation(&case.input, expected)?;
    // Nothing is written that would not be read as what it is meant to be.
    let read = |bytes: &[u8]| -> Result<Input, Problems> { Input::read("case", bytes) };
    let again = read(text.as_bytes()).map_err(|_| SnapshotError::Content)?;
    if again.expectation().as_ref() != Some(expected) || !again.asks_as(&case.input) {
        return Err(SnapshotError::Content);
    }
    let mode = std::fs::metadata(&case.path)?.permissions().mode() & 0o777;
    Ok(replace(&case.path, text.as_bytes(), mode)?)
}

fn with_expectation(input: &Input, expected: &Json) -> Result<String, SnapshotError> {
    let yaml = super::to_yaml(&serde_json::json!({ MEMBER: expected }))
        .map_err(|_| SnapshotError::Content)?;
    let lines: Vec<&str> = input.text().split_inclusive('\n').collect();
    let (from, to) = range(input, &lines)?;
    let (before, after) = (lines[..from].concat(), lines[to..].concat());
    let gap = if before.is_empty() || before.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    Ok(format!("{before}{gap}{yaml}{after}"))
}

/// The lines that the expectation takes, or the end of the text where there is none.
fn range(input: &Input, lines: &[&str]) -> Result<(usize, usize), SnapshotError> {
    let mut from = None;
    let mut to = lines.len();
    for (name, line) in input.member_lines() {
        let index = (line as usize).saturating_sub(1);
        if !lines.get(index).is_some_and(|line| line.starts_with(name)) {
            return Err(SnapshotError::Form);
        }
        if name == MEMBER {
            from = Some(index);
        } else if from.is_some() && to == lines.len() {
            to = index;
        }
    }
    let Some(from) = from else {
        return Ok((lines.len(), lines.len()));
    };
    // Blank lines and comments before the next member are its own.
    while to > from + 1 && to < lines.len() && is_apart(lines[to - 1]) {
        to -= 1;
    }
    Ok((from, to))
}

fn is_apart(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rewritten(text: &str) -> Result<String, String> {
        let input = Input::read("case", text.as_bytes()).unwrap();
        with_expectation(&input, &json!({"tasks": [{"say": "a: b"}]}))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn only_the_expectation_changes() {
        let new = "expect:\n  tasks:\n    - say: 'a: b'\n";
        for (before, after) in [
            (
                "# why\nstep: {a: 1}  # so\n",
                format!("# why\nstep: {{a: 1}}  # so\n{new}"),
            ),
            ("step: 1", format!("step: 1\n{new}")),
            ("expect: old\nstep: 1\n", format!("{new}step: 1\n")),
            (
                "expect:\n- old\n\n- older\n# gone\n- oldest\n\n# kept\nstep: 1\n",
                format!("{new}\n# kept\nstep: 1\n"),
            ),
            (
                "step: 1\nexpect: |\n  # text\n\n  more\n",
                format!("step: 1\n{new}"),
            ),
        ] {
            assert_eq!(rewritten(before), Ok(after), "{before}");
        }
    }

    #[test]
    fn what_is_no_block_is_left_alone() {
        for text in ["{step: 1}", "  step: 1\n", "{\"step\": 1}"] {
            assert!(rewritten(text).is_err(), "{text}");
        }
    }
}

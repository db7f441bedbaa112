//! `outputs` of a step that runs one command.

use serde::Deserialize;

use crate::task::{Output, Source};

/// An output of a step: a name and where its value comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StepOutput {
    /// Name of the output.
    pub name: String,
    /// JSON path into standard output.
    #[serde(rename = "jsonPath")]
    pub json_path: String,
    /// Regular expression whose capture groups are taken from standard output.
    pub regex: String,
    /// File to read, relative to the bundle directory.
    pub path: String,
}

/// The outputs of a command in Porter's order: all JSON paths, then all regular expressions, then
/// all files. One without a source takes nothing; of several sources the last wins.
pub fn take(outputs: &[StepOutput]) -> Vec<Output> {
    let named = |source: fn(&StepOutput) -> &String| {
        outputs
            .iter()
            .filter(move |output| !source(output).is_empty())
    };
    let json_paths = named(|output| &output.json_path).map(|output| {
        let path = rooted(&output.json_path);
        let take = Source::JsonPath {
            path,
            fold_case: false,
            absent: Some(String::new()),
        };
        Output::new(&output.name, take)
    });
    let regexes = named(|output| &output.regex).map(|o| Output::regex(&o.name, &o.regex));
    let files = named(|output| &output.path).map(|o| Output::file(&o.name, &o.path));
    json_paths.chain(regexes).chain(files).collect()
}

/// The outputs of a mixin that knows `jsonPath` only: other sources have no effect.
pub fn only_json_paths(outputs: &[StepOutput]) -> Vec<StepOutput> {
    let reduced = |output: &StepOutput| StepOutput {
        name: output.name.clone(),
        json_path: output.json_path.clone(),
        ..StepOutput::default()
    };
    outputs.iter().map(reduced).collect()
}

/// Porter takes `a.b` for `$.a.b`; RFC 9535 wants the `$`.
fn rooted(path: &str) -> String {
    match path.chars().next() {
        Some('$' | '{') | None => path.to_owned(),
        Some('.' | '[') => format!("${path}"),
        Some(_) => format!("$.{path}"),
    }
}

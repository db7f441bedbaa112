//! What a build leaves in `.cnab`, compared with what Porter's leaves there.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::compare::{first_line, same};
use super::{Case, Command};

/// Lines of the tail of Porter's Dockerfile: here a bundle is copied by other lines.
const PORTERS_TAIL: [&str; 6] = [
    "COPY --link . ${BUNDLE_DIR}",
    "RUN rm ${BUNDLE_DIR}/",
    "RUN rm -fr ${BUNDLE_DIR}/.cnab",
    "COPY --link .cnab /cnab",
    "COPY --from=porter-internal-userfiles ",
    "COPY --link --chown=${BUNDLE_UID}:${BUNDLE_GID} --chmod=775 . /cnab",
];
const PORTERS_RIGHTS: &str = "RUN chgrp -R ${BUNDLE_GID} /cnab";
/// The lines that copy a bundle here.
const OUR_TAIL: [&str; 2] = [
    "COPY --link --from=porter-internal-userfiles ",
    "COPY --link --from=porter-internal-cnab ",
];

/// What differs in the documents of a build, if anything does.
pub(super) fn difference(case: &Case, command: &Command, folder: &Path) -> Option<String> {
    let bundle = case.expected("bundle.json")?;
    let built = folder.join(".cnab");
    let ours = fs::read_to_string(built.join("bundle.json")).ok();
    let ours = ours.and_then(|text| serde_json::from_str(&text).ok());
    let Some(ours) = ours else {
        return Some("there is no bundle.json".to_owned());
    };
    let recorded = serde_json::from_str(&bundle).unwrap_or(Value::Null);
    if let Some(difference) = bundles(without_stamp(recorded), without_stamp(ours)) {
        return Some(format!("bundle.json: {difference}"));
    }
    let recorded = case.expected("Dockerfile")?;
    let ours = fs::read_to_string(built.join("Dockerfile")).unwrap_or_default();
    let is_full = command
        .argv
        .iter()
        .any(|word| word.contains("full-control-dockerfile"));
    let (recorded, ours) = match is_full {
        true => (lines(&recorded), lines(&ours)),
        false => (instructions(&recorded), instructions(&ours)),
    };
    (recorded != ours).then(|| format!("Dockerfile: {}", first_line(&recorded, &ours)))
}

/// What porter says of itself differs by nature; mixins are named in both.
fn without_stamp(mut bundle: Value) -> Value {
    if let Some(stamp) = bundle.pointer_mut("/custom/sh.porter") {
        let mixins = stamp["mixins"]
            .as_object()
            .map(|mixins| mixins.keys().cloned().collect());
        *stamp = Value::from(mixins.unwrap_or_else(Vec::<String>::new));
    }
    bundle
}

/// Equal but for digests, which are placeholders in the recordings.
fn bundles(recorded: Value, ours: Value) -> Option<String> {
    if same(&recorded, &ours) {
        return None;
    }
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    Some(first_line(&pretty(&recorded), &pretty(&ours)))
}

/// The lines, less how they end.
fn lines(text: &str) -> String {
    let lines = text.lines().map(str::trim_end).collect::<Vec<_>>();
    lines.join("\n").trim_end().to_owned()
}

/// The instructions one by one, a line each, less those that copy the bundle.
fn instructions(dockerfile: &str) -> String {
    let mut found: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in dockerfile.lines() {
        let text = line.trim();
        if text.starts_with('#') || text.is_empty() {
            continue;
        }
        let piece = text.strip_suffix('\\').unwrap_or(text).trim_end();
        match found.last_mut().filter(|_| goes_on) {
            Some(last) => last.push_str(&format!(" {piece}")),
            None => found.push(piece.to_owned()),
        }
        goes_on = text.ends_with('\\');
    }
    let is_tail = |line: &String| {
        line.starts_with(PORTERS_RIGHTS)
            || PORTERS_TAIL
                .iter()
                .chain(&OUR_TAIL)
                .any(|start| line.starts_with(start))
    };
    found.retain(|line| !is_tail(line));
    found.join("\n")
}

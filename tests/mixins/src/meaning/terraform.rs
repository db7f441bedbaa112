//! What the lines of Porter's terraform mixin mean, and the forms in which the two are compared.

use std::collections::BTreeMap;

use porter_mixin_sdk::User;
use porter_mixin_terraform::AGENT;
use serde_json::Value;

use super::reader::{self, Reader};
use super::{Meaning, Ran, agent};
use crate::case::{Case, Observed};
use crate::glue::Glue;

const PLUGINS: &str = "/usr/local/share/terraform/plugins";

/// What the runner knows about the terraform mixin.
pub fn glue() -> Glue {
    Glue {
        dockerfile: of_dockerfile,
        level,
        ..Glue::default()
    }
}

/// The meaning of the mixin's lines.
///
/// # Errors
/// When a line is not understood.
pub fn of_dockerfile(text: &str) -> Result<Meaning, String> {
    reader::read(&agent::replaced(text, AGENT), own)
}

/// * Of the archive only the program counts; what else is in it lies in `/usr/bin` with Porter.
/// * The providers are moved in commands that both can run: with Porter's the build fails where a
///   configuration has none.
/// * Ours lets the bundle's user fetch them, whose files they are at run time; Porter's mixin
///   leaves that to the end of the Dockerfile, which gives everything to the bundle's group.
fn own(reader: &mut Reader, command: &[String]) -> Result<bool, String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    reader.dir = reader.dir.trim_end_matches('/').to_owned();
    let (user, argv): (User, &[&str]) = match words.as_slice() {
        ["unzip", file, "-d", "/usr/bin"] => {
            let url = reader.loose.get(*file).cloned();
            let url = url.ok_or_else(|| format!("`{file}` is not there"))?;
            reader.download(&url, "terraform", "/usr/bin/terraform");
            return Ok(true);
        }
        init @ ["terraform", "init", ..] => (User::Bundle, init),
        ["mkdir", "-p", path] if path.trim_end_matches('/') == PLUGINS => (
            User::Root,
            &["mkdir", "-p", ".terraform/providers", PLUGINS],
        ),
        ["cp", "-r", ".terraform/providers/*", path] if path.trim_end_matches('/') == PLUGINS => {
            (User::Root, &["cp", "-r", ".terraform/providers/.", PLUGINS])
        }
        removed @ ["rm", "-fr", ".terraform/providers"] => (User::Root, removed),
        _ => return Ok(false),
    };
    reader.meaning.runs.push(Ran {
        user,
        dir: reader.dir.clone(),
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
    });
    Ok(true)
}

/// * The version in the user agent is that of the program.
/// * JSON files are what they hold, not how it is written.
/// * The recordings were made with a umask of 0, ours says what a file gets with any.
fn level(case: &Case, observed: &mut Observed) {
    agent::level(case, observed);
    for call in &mut observed.calls {
        level_files(&mut call.files_seen);
    }
    level_files(&mut observed.files);
    for mode in observed.file_modes.values_mut() {
        if mode == "0666" {
            *mode = "0644".to_owned();
        }
    }
}

fn level_files(files: &mut BTreeMap<String, String>) {
    let json = files.iter_mut().filter(|(path, _)| path.ends_with(".json"));
    for (_, text) in json {
        if let Ok(value) = serde_json::from_str::<Value>(text) {
            *text = value.to_string();
        }
    }
}

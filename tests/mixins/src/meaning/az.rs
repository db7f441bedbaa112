//! What Porter's az mixin writes into a Dockerfile.

use super::reader::{self, Reader};
use super::{Fact, Meaning, agent, apt};
use crate::glue::Glue;

/// How the az mixin is compared.
pub fn glue() -> Glue {
    Glue {
        dockerfile: of_dockerfile,
        level: agent::level,
        ..Glue::default()
    }
}

/// The meaning of the lines. What differs on purpose has here the form of ours:
///
/// * extensions and Bicep are installed for everybody; Porter's are in the home of root, where the
///   user that the bundle runs as does not find them;
/// * the ICU library is that of the image's release; `libicu72` is only in Debian 12.
///
/// # Errors
/// What is not understood.
pub fn of_dockerfile(text: &str) -> Result<Meaning, String> {
    let mut meaning = reader::read(&agent::replaced(text, porter_mixin_az::AGENT), own)?;
    let library = |name: &str| Fact::Package {
        name: name.to_owned(),
        version: None,
    };
    if meaning.facts.remove(&library("libicu72")) {
        meaning.facts.insert(library("icu-devtools"));
    }
    Ok(meaning)
}

fn own(reader: &mut Reader, command: &[String]) -> Result<bool, String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["az", "extension", "add", "-y", "--name", rest @ ..] => {
            let ours = ["az", "extension", "add", "-y", "--system", "--name"];
            let argv: Vec<String> = ours
                .iter()
                .chain(rest)
                .map(|word| (*word).to_owned())
                .collect();
            reader.run(&argv)?;
            Ok(true)
        }
        ["az", "bicep", "install"] => {
            let ours = [
                "env",
                "AZURE_CONFIG_DIR=/opt/azure-bicep",
                "az",
                "bicep",
                "install",
            ];
            reader.run(&ours.map(str::to_owned))?;
            let facts = &mut reader.meaning.facts;
            facts.insert(Fact::Path("/opt/azure-bicep/bin".to_owned()));
            facts.insert(Fact::Env {
                name: "AZURE_BICEP_USE_BINARY_FROM_PATH".to_owned(),
                value: "true".to_owned(),
            });
            Ok(true)
        }
        _ => apt::source(reader, command),
    }
}

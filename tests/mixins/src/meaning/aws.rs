//! What Porter's aws mixin writes into a Dockerfile.

use super::reader::{self, Reader};
use super::{Meaning, agent};
use crate::glue::Glue;

/// How the aws mixin is compared.
pub fn glue() -> Glue {
    Glue {
        dockerfile: of_dockerfile,
        level: agent::level,
        ..Glue::default()
    }
}

/// The meaning of the lines. Where the archive's own `install` puts the CLI is its business: it
/// copies `aws/dist` and links the two programs into `/usr/local/bin`, which is what counts.
///
/// # Errors
/// What is not understood.
pub fn of_dockerfile(text: &str) -> Result<Meaning, String> {
    reader::read(text, own)
}

fn own(reader: &mut Reader, command: &[String]) -> Result<bool, String> {
    if command != ["./aws/install"] {
        return Ok(false);
    }
    let url = reader
        .unpacked
        .get("")
        .cloned()
        .ok_or("nothing was unpacked")?;
    reader.download(&url, "aws/dist", "/usr/local/aws-cli");
    for program in ["aws", "aws_completer"] {
        let (from, to) = (
            format!("/usr/local/aws-cli/{program}"),
            format!("/usr/local/bin/{program}"),
        );
        reader.run(&["ln".to_owned(), "-sf".to_owned(), from, to])?;
    }
    Ok(true)
}

//! `porter version`.

use serde::Serialize;

use super::{Session, document, format, mixins};
use crate::arguments::{Format, VersionArguments};
use crate::failure::Failure;

#[derive(Serialize)]
struct Version {
    name: &'static str,
    version: String,
    commit: &'static str,
}

#[derive(Serialize)]
struct System {
    version: Version,
    system: SystemInfo,
    mixins: Vec<mixins::MixinVersion>,
}

#[derive(Serialize)]
struct SystemInfo {
    #[serde(rename = "OS")]
    os: &'static str,
    #[serde(rename = "Arch")]
    arch: &'static str,
}

/// `porter --version`.
pub(crate) fn short(session: &Session) -> Result<(), Failure> {
    session.printer.result(&line(session));
    Ok(())
}

/// `porter version`.
pub(crate) fn run(session: &Session, arguments: &VersionArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output)?;
    match (format, arguments.system) {
        (Format::Yaml, _) => Err(Failure::usage(
            "unsupported format, yaml. Supported formats are: json and plaintext",
        )),
        (Format::Json, false) => document(session, format, &version(session)),
        (Format::Json, true) => {
            let system = System {
                version: version(session),
                system: SystemInfo {
                    os: os(),
                    arch: architecture(),
                },
                mixins: mixins::versions(session)?,
            };
            document(session, format, &system)
        }
        (Format::Plaintext, false) => short(session),
        (Format::Plaintext, true) => {
            let head = line(session);
            let table = mixins::table(&mixins::versions(session)?);
            let system = format!("os: {}\narch: {}", os(), architecture());
            session
                .printer
                .result(&format!("{head}\nSystem\n{system}\n{table}"));
            Ok(())
        }
    }
}

fn version(session: &Session) -> Version {
    Version {
        name: "porter",
        version: format!("v{}", session.porter.version()),
        commit: session.porter.commit(),
    }
}

fn line(session: &Session) -> String {
    let version = version(session);
    format!(
        "{} {} ({})\n",
        version.name, version.version, version.commit
    )
}

/// Names as Go has them.
fn os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

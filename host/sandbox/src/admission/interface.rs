//! The names a mixin may import and has to export, compared exactly.

use porter_mixin::escape;
use wasmparser::ComponentExternalKind;

use super::AdmissionError;
use super::walk::Item;
use crate::INTERFACE_VERSION;

const IMPORT: &str = "porter:mixin/host@0.1.0";
const EXPORT: &str = "porter:mixin/guest@0.1.0";
/// Beginning of every name of ours.
const PACKAGE: &str = "porter:mixin/";
/// Characters of a stranger's name that a message repeats.
const SHOWN: usize = 120;

/// The interface version to use.
pub(super) fn check(imports: &[Item], exports: &[Item]) -> Result<&'static str, AdmissionError> {
    for import in imports {
        check_import(import)?;
    }
    let Some(export) = exports.iter().find(|export| export.name == EXPORT) else {
        return Err(
            match exports
                .iter()
                .find(|export| export.name.starts_with(PACKAGE))
            {
                Some(other) => version(&other.name),
                None => AdmissionError::Export {
                    expected: EXPORT.to_owned(),
                },
            },
        );
    };
    check_kind(export)?;
    Ok(INTERFACE_VERSION)
}

fn check_import(import: &Item) -> Result<(), AdmissionError> {
    if import.name == IMPORT {
        return check_kind(import);
    }
    if import.name.starts_with(PACKAGE) {
        return Err(version(&import.name));
    }
    let why = match wasi(&import.name) {
        Some(what) => format!(
            "it wants {what} from WASI, but a mixin has no authority; build it for \
             `wasm32-unknown-unknown`, or without what needs this"
        ),
        None => "a mixin may import `log` of `porter:mixin` only".to_owned(),
    };
    Err(AdmissionError::Import {
        name: shown(&import.name),
        why,
    })
}

fn check_kind(item: &Item) -> Result<(), AdmissionError> {
    if item.kind == ComponentExternalKind::Instance {
        return Ok(());
    }
    let reason = format!("`{}` is {}, not an instance", item.name, item.kind.desc());
    Err(AdmissionError::Type { reason })
}

/// What an import from WASI would give.
fn wasi(name: &str) -> Option<&'static str> {
    let rest = name.strip_prefix("wasi:")?;
    Some(match rest.split(['/', '@']).next().unwrap_or_default() {
        "sockets" => "the network",
        "http" => "HTTP",
        "filesystem" => "files",
        "clocks" => "clocks",
        "random" => "random numbers",
        "cli" if rest.starts_with("cli/environment") => "the environment",
        "cli" if rest.starts_with("cli/exit") => "to end the process",
        "cli" => "standard streams",
        "io" => "streams",
        _ => "something",
    })
}

fn version(found: &str) -> AdmissionError {
    let advice = match found
        .rsplit_once('@')
        .and_then(|(_, version)| numbers(version))
    {
        Some(theirs) if Some(theirs) < numbers(INTERFACE_VERSION) => {
            "use a newer version of the mixin"
        }
        Some(theirs) if Some(theirs) > numbers(INTERFACE_VERSION) => "use a newer porter",
        _ => "build the mixin against a released version of the interface",
    };
    AdmissionError::Version {
        found: shown(found),
        known: INTERFACE_VERSION,
        advice,
    }
}

fn numbers(version: &str) -> Option<(u64, u64, u64)> {
    let mut parts = version.split('.').map(|part| part.parse::<u64>().ok());
    let found = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(found)
}

fn shown(name: &str) -> String {
    escape(&name.chars().take(SHOWN).collect::<String>())
}

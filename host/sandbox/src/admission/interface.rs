//! The names a mixin may import and has to export, compared exactly.

use porter_mixin::escape;
use wasmparser::ComponentExternalKind;

use super::walk::Item;
use super::{AdmissionError, wasi};
use crate::{INTERFACE_VERSION, Tier};

const IMPORT: &str = "porter:mixin/host@1.0.0";
const EXPORT: &str = "porter:mixin/guest@1.0.0";
/// Beginning of every name of ours.
const PACKAGE: &str = "porter:mixin/";
/// Characters of a stranger's name that a message repeats.
const SHOWN: usize = 120;

/// The interface version to use, and the tier.
pub(super) fn check(
    imports: &[Item],
    exports: &[Item],
) -> Result<(&'static str, Tier), AdmissionError> {
    let mut tier = Tier::Pure;
    for import in imports {
        tier = tier.max(check_import(import)?);
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
    Ok((INTERFACE_VERSION, tier))
}

/// The tier that this import takes.
fn check_import(import: &Item) -> Result<Tier, AdmissionError> {
    if import.name == IMPORT {
        return check_kind(import).map(|()| Tier::Pure);
    }
    if wasi::knows(&import.name) {
        return check_kind(import).map(|()| Tier::Sealed);
    }
    if import.name.starts_with(PACKAGE) {
        return Err(version(&import.name));
    }
    let why = wasi::refusal(&import.name).unwrap_or_else(|| {
        "a mixin may import `log` of `porter:mixin`, and WASI 0.2 without HTTP, only".to_owned()
    });
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

//! From a core module to a component with metadata, checked.

use wasm_encoder::{ComponentNameSection, ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

use super::package::Package;
use crate::process::Outcome;

/// The one thing that a mixin may import. Versions follow.
const IMPORT: &str = "porter:mixin/host@";
/// The one thing that it exports.
const EXPORT: &str = "porter:mixin/guest@";

/// Makes the component for `package` out of its core module.
pub(super) fn encode(module: &[u8], package: &Package) -> Outcome<Vec<u8>> {
    let mut component = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| format!("cannot make a component: {error:#}"))?;
    check_interface(&component)?;
    append_metadata(&mut component, package);
    Ok(component)
}

/// Custom sections with the names that `wasm-metadata` and the OCI annotations of WebAssembly use.
fn append_metadata(component: &mut Vec<u8>, package: &Package) {
    let mut name = ComponentNameSection::new();
    name.component(&package.mixin);
    name.append_to_component(component);
    let authors = package.authors.join(", ");
    let revision = package.revision.as_deref().unwrap_or_default();
    let sections = [
        ("authors", authors.as_str()),
        ("description", package.description.as_str()),
        ("licenses", package.license.as_str()),
        ("source", package.source.as_str()),
        ("homepage", package.homepage.as_str()),
        ("revision", revision),
        ("version", package.version.as_str()),
    ];
    for (name, text) in sections.into_iter().filter(|(_, text)| !text.is_empty()) {
        let section = CustomSection {
            name: name.into(),
            data: text.as_bytes().into(),
        };
        section.append_to_component(component);
    }
}

/// A mixin imports nothing but the host interface and exports nothing but the guest interface.
fn check_interface(component: &[u8]) -> Outcome {
    let (imports, exports) = interface(component)?;
    if let Some(name) = imports.iter().find(|name| !name.starts_with(IMPORT)) {
        return Err(format!(
            "it imports `{name}`; a mixin may import `{IMPORT}…` only"
        ));
    }
    if !matches!(exports.as_slice(), [name] if name.starts_with(EXPORT)) {
        return Err(format!(
            "it exports `{}` instead of `{EXPORT}…`",
            exports.join("`, `")
        ));
    }
    Ok(())
}

/// Names of the imports and exports of the outermost component.
fn interface(component: &[u8]) -> Outcome<(Vec<String>, Vec<String>)> {
    let explain = |error: wasmparser::BinaryReaderError| format!("malformed component: {error}");
    let (mut imports, mut exports, mut depth) = (Vec::new(), Vec::new(), 0_u32);
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(explain)? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    imports.push(import.map_err(explain)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    exports.push(export.map_err(explain)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok((imports, exports))
}

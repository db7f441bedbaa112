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

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        Component, ComponentExportKind, ComponentExportSection, ComponentImportSection,
        ComponentTypeRef, ComponentTypeSection, InstanceType,
    };

    use super::*;

    /// A component that imports and exports empty instances.
    fn component(import: &str, export: Option<&str>) -> Vec<u8> {
        let mut types = ComponentTypeSection::new();
        types.instance(&InstanceType::new());
        let mut imports = ComponentImportSection::new();
        imports.import(import, ComponentTypeRef::Instance(0));
        let mut exports = ComponentExportSection::new();
        if let Some(name) = export {
            exports.export(name, ComponentExportKind::Instance, 0, None);
        }
        let mut component = Component::new();
        component
            .section(&types)
            .section(&imports)
            .section(&exports);
        component.finish()
    }

    const HOST: &str = "porter:mixin/host@0.1.0";
    const GUEST: &str = "porter:mixin/guest@0.1.0";

    #[test]
    fn only_the_interface_may_be_imported_and_exported() {
        assert_eq!(check_interface(&component(HOST, Some(GUEST))), Ok(()));
        let cases = [
            (
                "wasi:cli/environment@0.2.0",
                Some(GUEST),
                "imports `wasi:cli/environment@0.2.0`",
            ),
            (HOST, None, "exports ``"),
            (
                HOST,
                Some("porter:other/guest@0.1.0"),
                "exports `porter:other/guest@0.1.0`",
            ),
        ];
        for (import, export, message) in cases {
            let error = check_interface(&component(import, export)).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
        assert!(check_interface(b"\0asm").is_err());
    }

    #[test]
    fn metadata_stands_in_its_sections() {
        let package = Package {
            name: "porter-mixin-x".to_owned(),
            mixin: "x".to_owned(),
            version: "1.2.3".to_owned(),
            description: "d".to_owned(),
            authors: vec!["A".to_owned(), "B".to_owned()],
            license: "Apache-2.0".to_owned(),
            source: "https://example.org/r".to_owned(),
            homepage: "https://example.org".to_owned(),
            revision: None,
        };
        let mut bytes = component(HOST, Some(GUEST));
        append_metadata(&mut bytes, &package);
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(&bytes) {
            if let Payload::CustomSection(section) = payload.unwrap() {
                let text = String::from_utf8_lossy(section.data()).into_owned();
                found.push((section.name().to_owned(), text));
            }
        }
        let expected = [
            ("authors", "A, B"),
            ("description", "d"),
            ("licenses", "Apache-2.0"),
            ("source", "https://example.org/r"),
            ("homepage", "https://example.org"),
            ("version", "1.2.3"),
        ];
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[0], "component-name");
        for (name, text) in expected {
            assert!(
                found.contains(&(name.to_owned(), text.to_owned())),
                "{name}: {names:?}"
            );
        }
        assert!(
            !names.contains(&"revision"),
            "an unknown revision is not stated"
        );
    }
}

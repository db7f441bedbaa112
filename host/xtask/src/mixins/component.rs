//! From a core module to a component with metadata, checked.

use porter_component::About;
use wasmparser::{Parser, Payload};

use super::package::Package;
use crate::process::Outcome;

/// The one thing that a mixin may import. Versions follow.
const IMPORT: &str = "porter:mixin/host@";
/// The one thing that it exports.
const EXPORT: &str = "porter:mixin/guest@";

/// Makes the component for `package` out of its core module.
pub(super) fn encode(module: &[u8], package: &Package) -> Outcome<Vec<u8>> {
    let component =
        porter_component::pack(module, &about(package)).map_err(|error| error.to_string())?;
    check_interface(&component)?;
    Ok(component)
}

fn about(package: &Package) -> About {
    About {
        name: package.mixin.clone(),
        version: package.version.clone(),
        description: package.description.clone(),
        authors: package.authors.join(", "),
        licenses: package.license.clone(),
        source: package.source.clone(),
        homepage: package.homepage.clone(),
        revision: package.revision.clone().unwrap_or_default(),
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

    const HOST: &str = "porter:mixin/host@1.0.0";
    const GUEST: &str = "porter:mixin/guest@1.0.0";

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
                Some("porter:other/guest@1.0.0"),
                "exports `porter:other/guest@1.0.0`",
            ),
        ];
        for (import, export, message) in cases {
            let error = check_interface(&component(import, export)).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
        assert!(check_interface(b"\0asm").is_err());
    }
}

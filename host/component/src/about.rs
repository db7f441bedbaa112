//! What a component says about itself.

use wasm_encoder::{ComponentNameSection, ComponentSection, CustomSection};

/// What a component says about itself; what is empty is not said. Stands in sections whose names
/// `wasm-metadata` and the OCI annotations of WebAssembly use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Name, as bundles use it.
    pub name: String,
    /// Version.
    pub version: String,
    /// What it is for.
    pub description: String,
    /// Who made it.
    pub authors: String,
    /// SPDX expression.
    pub licenses: String,
    /// Where its source is.
    pub source: String,
    /// Where to read more.
    pub homepage: String,
    /// Revision of its source.
    pub revision: String,
}

/// Names of the sections; the name of the component has a section of another form.
const NAMES: [&str; 7] = [
    "authors",
    "description",
    "licenses",
    "source",
    "homepage",
    "revision",
    "version",
];

/// Section with the name of the component, and of parts of it.
const NAME_SECTION: &str = "component-name";

impl About {
    /// Whether a section says what an [`About`] says.
    pub(crate) fn is_section(name: &str) -> bool {
        name == NAME_SECTION || NAMES.contains(&name)
    }

    /// Appends the sections to a component.
    pub(crate) fn append_to(&self, component: &mut Vec<u8>) {
        if !self.name.is_empty() {
            let mut name = ComponentNameSection::new();
            name.component(&self.name);
            name.append_to_component(component);
        }
        let texts = [
            &self.authors,
            &self.description,
            &self.licenses,
            &self.source,
            &self.homepage,
            &self.revision,
            &self.version,
        ];
        let stated = NAMES.iter().zip(texts);
        for (name, text) in stated.filter(|(_, text)| !text.is_empty()) {
            let section = CustomSection {
                name: (*name).into(),
                data: text.as_bytes().into(),
            };
            section.append_to_component(component);
        }
    }
}

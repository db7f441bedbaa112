//! What a component says about itself, in the sections that `wasm-tools metadata add` writes.

use wasmparser::{BinaryReader, ComponentName, ComponentNameSectionReader, ProducersSectionReader};

/// What a component says about itself. Nobody has verified it: show it escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Its name.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// SPDX expression.
    pub licenses: Option<String>,
    /// Where its source is.
    pub source: Option<String>,
    /// Where to read more.
    pub homepage: Option<String>,
    /// Who made it.
    pub authors: Option<String>,
    /// Revision of its source.
    pub revision: Option<String>,
    /// The programs that made it, such as `rustc 1.95.0`, sorted.
    pub toolchain: Vec<String>,
}

/// Bytes of a section that are looked at; a longer one says nothing.
const MAX_SECTION: usize = 4096;
/// Programs of the toolchain that are kept.
const MAX_TOOLS: usize = 32;

impl Metadata {
    /// Takes what a custom section of the outermost component says; the first one counts.
    pub(super) fn take(&mut self, section: &str, data: &[u8], offset: usize) {
        let field = match section {
            "component-name" => {
                let name = component_name(data, offset);
                self.name = self.name.take().or(name);
                return;
            }
            "version" => &mut self.version,
            "description" => &mut self.description,
            "licenses" => &mut self.licenses,
            "source" => &mut self.source,
            "homepage" => &mut self.homepage,
            "authors" => &mut self.authors,
            "revision" => &mut self.revision,
            _ => return,
        };
        if field.is_none() && data.len() <= MAX_SECTION {
            *field = std::str::from_utf8(data).ok().map(str::to_owned);
        }
    }
}

impl Metadata {
    /// Takes the programs that made the component or a module inside of it. A broken section says
    /// nothing.
    pub(super) fn take_producers(&mut self, data: &[u8], offset: usize) {
        if data.len() > MAX_SECTION {
            return;
        }
        let Ok(fields) = ProducersSectionReader::new(BinaryReader::new(data, offset)) else {
            return;
        };
        for field in fields.into_iter().map_while(Result::ok) {
            let is_program = matches!(field.name, "language" | "processed-by" | "sdk");
            for value in field.values.into_iter().map_while(Result::ok) {
                let tool = format!("{} {}", value.name, value.version);
                let tool = tool.trim_end().to_owned();
                if let Err(place) = self.toolchain.binary_search(&tool)
                    && is_program
                    && self.toolchain.len() < MAX_TOOLS
                {
                    self.toolchain.insert(place, tool);
                }
            }
        }
    }
}

fn component_name(data: &[u8], offset: usize) -> Option<String> {
    let mut names = ComponentNameSectionReader::new(BinaryReader::new(data, offset));
    let found = names.find_map(|name| match name {
        Ok(ComponentName::Component { name, .. }) => Some(name),
        _ => None,
    });
    found
        .filter(|name| name.len() <= MAX_SECTION)
        .map(str::to_owned)
}

//! The walk over a component's sections.

use porter_mixin::escape;
use wasmparser::{
    BinaryReaderError, ComponentAlias, ComponentExternName, ComponentExternalKind,
    ComponentInstance, ComponentOuterAliasKind, ComponentTypeRef, Encoding, Imports, Instance,
    Parser, Payload,
};

use super::cost::Cost;
use super::{AdmissionError, Metadata};

type Walked<T = ()> = Result<T, AdmissionError>;

/// Components and modules inside one another.
const MAX_NESTING: usize = 32;

/// A name at the outside of a component.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) kind: ComponentExternalKind,
}

/// What the walk found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) imports: Vec<Item>,
    pub(super) exports: Vec<Item>,
    pub(super) cost: Cost,
    pub(super) metadata: Metadata,
    /// Sections in which it asks to read, one after the other.
    pub(super) reads: Vec<u8>,
}

/// A component or a module that the walk is inside of.
struct Frame {
    encoding: Encoding,
    cost: Cost,
    /// Costs of the core modules and components it has defined so far, by their index.
    modules: Vec<Cost>,
    components: Vec<Cost>,
}

pub(super) fn walk(wasm: &[u8]) -> Walked<Found> {
    let mut walk = Walk {
        stack: Vec::new(),
        found: Found::default(),
        ended: false,
    };
    for payload in Parser::new(0).parse_all(wasm) {
        walk.payload(payload.map_err(malformed)?)?;
    }
    if !walk.ended {
        return Err(AdmissionError::Malformed {
            reason: "it ends too early".to_owned(),
        });
    }
    Ok(walk.found)
}

fn malformed(error: BinaryReaderError) -> AdmissionError {
    AdmissionError::Malformed {
        reason: escape(&error.to_string()),
    }
}

fn wrong_index() -> AdmissionError {
    AdmissionError::Malformed {
        reason: "an index names nothing".to_owned(),
    }
}

struct Walk {
    stack: Vec<Frame>,
    found: Found,
    ended: bool,
}

impl Walk {
    fn payload(&mut self, payload: Payload<'_>) -> Walked {
        match payload {
            Payload::Version { encoding, .. } => return self.enter(encoding),
            Payload::End(_) => return self.leave(),
            _ => {}
        }
        let outermost = self.stack.len() == 1;
        let Some(frame) = self.stack.last_mut() else {
            return Err(wrong_index());
        };
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports {
                    frame.cost.functions(group_size(import.map_err(malformed)?));
                }
            }
            Payload::FunctionSection(functions) => frame.cost.functions(functions.count()),
            Payload::ComponentCanonicalSection(functions) => {
                frame.cost.functions(functions.count());
            }
            Payload::GlobalSection(globals) => frame.cost.globals(globals.count()),
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    frame.core_instance(&instance.map_err(malformed)?)?;
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances {
                    frame.instance(&instance.map_err(malformed)?)?;
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    self.alias(&alias.map_err(malformed)?)?;
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import.map_err(malformed)?;
                    let item = item(import.name, import.ty.kind())?;
                    if outermost {
                        self.found.imports.push(item);
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    let export = export.map_err(malformed)?;
                    let kind = export
                        .ty
                        .as_ref()
                        .map_or(export.kind, ComponentTypeRef::kind);
                    let item = item(export.name, kind)?;
                    if outermost {
                        self.found.exports.push(item);
                    }
                }
            }
            Payload::ComponentStartSection { .. } => {
                return Err(AdmissionError::Structure {
                    what: "has a start function",
                });
            }
            Payload::CustomSection(section) if section.name() == "producers" => {
                let metadata = &mut self.found.metadata;
                metadata.take_producers(section.data(), section.data_offset());
            }
            // Compilers put sections into the core module.
            Payload::CustomSection(section) if section.name() == super::reads::SECTION => {
                super::reads::take(&mut self.found.reads, section.data())?;
            }
            Payload::CustomSection(section) if outermost => {
                self.found
                    .metadata
                    .take(section.name(), section.data(), section.data_offset());
            }
            _ => {}
        }
        Ok(())
    }

    fn enter(&mut self, encoding: Encoding) -> Walked {
        if self.stack.len() >= MAX_NESTING {
            return Err(AdmissionError::Structure {
                what: "is nested too deeply",
            });
        }
        let cost = Cost::INSTANCE;
        self.stack.push(Frame {
            encoding,
            cost,
            modules: Vec::new(),
            components: Vec::new(),
        });
        Ok(())
    }

    fn leave(&mut self) -> Walked {
        let Some(frame) = self.stack.pop() else {
            return Err(wrong_index());
        };
        let Some(parent) = self.stack.last_mut() else {
            self.ended = true;
            self.found.cost = frame.cost;
            return Ok(());
        };
        match frame.encoding {
            Encoding::Module => parent.modules.push(frame.cost),
            Encoding::Component => parent.components.push(frame.cost),
        }
        Ok(())
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) -> Walked {
        match *alias {
            ComponentAlias::InstanceExport { kind, .. } => check_first_class(kind),
            ComponentAlias::CoreInstanceExport { .. } => Ok(()),
            ComponentAlias::Outer { kind, count, index } => self.outer(kind, count, index),
        }
    }

    fn outer(&mut self, kind: ComponentOuterAliasKind, count: u32, index: u32) -> Walked {
        let depth = self.stack.len().checked_sub(1).ok_or_else(wrong_index)?;
        let level = depth.checked_sub(count as usize).ok_or_else(wrong_index)?;
        let outer = self.stack.get(level).ok_or_else(wrong_index)?;
        let found = match kind {
            ComponentOuterAliasKind::CoreModule => outer.modules.get(index as usize),
            ComponentOuterAliasKind::Component => outer.components.get(index as usize),
            ComponentOuterAliasKind::CoreType | ComponentOuterAliasKind::Type => return Ok(()),
        };
        let cost = *found.ok_or_else(wrong_index)?;
        let frame = self.stack.last_mut().ok_or_else(wrong_index)?;
        if kind == ComponentOuterAliasKind::CoreModule {
            frame.modules.push(cost);
        } else {
            frame.components.push(cost);
        }
        Ok(())
    }
}

impl Frame {
    fn core_instance(&mut self, instance: &Instance<'_>) -> Walked {
        if let Instance::Instantiate { module_index, .. } = instance {
            let cost = *self
                .modules
                .get(*module_index as usize)
                .ok_or_else(wrong_index)?;
            self.cost.add(cost);
        }
        Ok(())
    }

    fn instance(&mut self, instance: &ComponentInstance<'_>) -> Walked {
        match instance {
            ComponentInstance::Instantiate {
                component_index,
                args,
            } => {
                let found = self.components.get(*component_index as usize);
                let cost = *found.ok_or_else(wrong_index)?;
                self.cost.add(cost);
                args.iter()
                    .try_for_each(|argument| check_first_class(argument.kind))
            }
            ComponentInstance::FromExports(exports) => exports
                .iter()
                .try_for_each(|export| check_first_class(export.kind)),
        }
    }
}

/// Modules and components that travel as values could be instantiated where this walk does not
/// see it.
fn check_first_class(kind: ComponentExternalKind) -> Walked {
    match kind {
        ComponentExternalKind::Module | ComponentExternalKind::Component => {
            Err(AdmissionError::Structure {
                what: "passes modules or components as values",
            })
        }
        _ => Ok(()),
    }
}

fn item(name: ComponentExternName<'_>, kind: ComponentExternalKind) -> Walked<Item> {
    check_first_class(kind)?;
    if name.implements.is_some() || name.version_suffix.is_some() || name.external_id.is_some() {
        return Err(AdmissionError::Structure {
            what: "decorates the names of its interface",
        });
    }
    Ok(Item {
        name: name.name.to_owned(),
        kind,
    })
}

fn group_size(imports: Imports<'_>) -> u32 {
    match imports {
        Imports::Single(..) => 1,
        Imports::Compact1 { items, .. } => items.count(),
        Imports::Compact2 { names, .. } => names.count(),
    }
}

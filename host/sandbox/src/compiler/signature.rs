//! Validates a component and compares the types of its interface, before anything is compiled.
//!
//! Types are compared by their text: structurally, as the component model does.

use std::fmt::Write;

use wasmparser::Validator;
use wasmparser::component_types::{
    ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId, ComponentInstanceTypeId,
    ComponentValType,
};
use wasmparser::names::KebabString;
use wasmparser::types::{Types, TypesRef};

use super::protocol::Answer;
use crate::bindings::SIGNATURES;
use crate::engine::FEATURES;

/// Text of a function's type beyond which it is not ours. A type of a few bytes can have a text
/// without end.
const MAX_TEXT: usize = 16_384;

/// The answer to a component that is not valid, or not a mixin.
pub(super) fn check(wasm: &[u8]) -> Result<(), Answer> {
    let types = Validator::new_with_features(FEATURES)
        .validate_all(wasm)
        .map_err(|error| Answer::invalid(&error.to_string()))?;
    interfaces(&types).map_err(|reason| Answer::mistyped(&reason))
}

fn interfaces(types: &Types) -> Result<(), String> {
    let types = types.as_ref();
    for (interface, functions) in SIGNATURES {
        let import = types.component_item_for_import(interface);
        // What it does not import it does not get; that it exports is known by now.
        let Some(item) = import.or_else(|| types.component_item_for_export(interface)) else {
            continue;
        };
        let ComponentEntityType::Instance(instance) = item.ty else {
            return Err(format!("`{interface}` is not an instance"));
        };
        let found = self::functions(types, instance);
        let expected = || functions.lines().filter_map(|line| line.split_once(' '));
        for (name, text) in expected() {
            match found.iter().find(|(found, _)| *found == name) {
                Some((_, found)) if found == text => {}
                Some(_) => return Err(format!("`{name}` of `{interface}` is of another type")),
                None if import.is_some() => {}
                None => return Err(format!("`{interface}` lacks `{name}`")),
            }
        }
        let unknown = |name: &str| expected().all(|(known, _)| known != name);
        if let Some((name, _)) = found.iter().find(|(name, _)| unknown(name)) {
            return Err(format!("`{interface}` has no `{name}`"));
        }
    }
    Ok(())
}

/// Types of all functions of the interface `name` that a valid component imports or exports, one
/// a line: what `bindings/*/*.txt` hold for each version of the interface. `None` where it has no
/// such interface.
pub fn interface_text(wasm: &[u8], name: &str) -> Option<String> {
    let types = Validator::new_with_features(FEATURES)
        .validate_all(wasm)
        .ok()?;
    let types = types.as_ref();
    let import = types.component_item_for_import(name);
    let item = import.or_else(|| types.component_item_for_export(name))?;
    let ComponentEntityType::Instance(instance) = item.ty else {
        return None;
    };
    let lines = functions(types, instance).into_iter();
    Some(
        lines
            .map(|(name, text)| format!("{name} {text}\n"))
            .collect(),
    )
}

/// Everything that an instance has beside types, with its type as text.
fn functions<'a>(types: TypesRef<'a>, instance: ComponentInstanceTypeId) -> Vec<(&'a str, String)> {
    let mut found = Vec::new();
    let exports = types
        .get(instance)
        .into_iter()
        .flat_map(|instance| &instance.exports);
    for (name, item) in exports {
        let text = match item.ty {
            ComponentEntityType::Type { .. } => continue,
            ComponentEntityType::Func(function) => Text::of(types, function),
            _ => "not a function".to_owned(),
        };
        found.push((name.as_str(), text));
    }
    found
}

/// A type's text under construction.
struct Text<'a> {
    types: TypesRef<'a>,
    out: String,
}

impl<'a> Text<'a> {
    fn of(types: TypesRef<'a>, function: ComponentFuncTypeId) -> String {
        let mut text = Self {
            types,
            out: String::new(),
        };
        let function = &types[function];
        text.put(if function.async_ { "async(" } else { "(" });
        for (name, ty) in &function.params {
            text.field(name, Some(*ty));
        }
        text.put(")->");
        text.optional(function.result);
        text.out
    }

    fn put(&mut self, text: &str) {
        if self.out.len() <= MAX_TEXT {
            self.out.push_str(text);
        }
    }

    fn optional(&mut self, ty: Option<ComponentValType>) {
        match ty {
            Some(ty) => self.value(ty),
            None => self.put("_"),
        }
    }

    fn field(&mut self, name: &KebabString, ty: Option<ComponentValType>) {
        self.put(name.as_str());
        if let Some(ty) = ty {
            self.put(":");
            self.value(ty);
        }
        self.put(",");
    }

    fn value(&mut self, ty: ComponentValType) {
        // The text that grows bounds the recursion.
        if self.out.len() > MAX_TEXT {
            return;
        }
        match ty {
            ComponentValType::Primitive(primitive) => {
                // Writing to a `String` cannot fail.
                let _ = write!(self.out, "{primitive}");
            }
            ComponentValType::Type(id) => match self.types.get(id) {
                Some(ty) => self.defined(ty),
                None => self.put("unknown"),
            },
        }
    }

    fn defined(&mut self, ty: &'a ComponentDefinedType) {
        match ty {
            ComponentDefinedType::Primitive(primitive) => {
                let _ = write!(self.out, "{primitive}");
                return;
            }
            ComponentDefinedType::Record(record) => {
                self.put("record{");
                record
                    .fields
                    .iter()
                    .for_each(|(name, ty)| self.field(name, Some(*ty)));
            }
            ComponentDefinedType::Variant(variant) => {
                self.put("variant{");
                variant
                    .cases
                    .iter()
                    .for_each(|(name, case)| self.field(name, case.ty));
            }
            ComponentDefinedType::Enum(names) => {
                self.put("enum{");
                names.iter().for_each(|name| self.field(name, None));
            }
            ComponentDefinedType::Tuple(tuple) => {
                self.put("tuple{");
                for ty in &tuple.types {
                    self.value(*ty);
                    self.put(",");
                }
            }
            ComponentDefinedType::List { element, .. } => {
                self.put("list{");
                self.value(*element);
            }
            ComponentDefinedType::Option { ty, .. } => {
                self.put("option{");
                self.value(*ty);
            }
            ComponentDefinedType::Result { ok, err, .. } => {
                self.put("result{");
                self.optional(*ok);
                self.put(",");
                self.optional(*err);
            }
            _ => self.put("foreign{"),
        }
        self.put("}");
    }
}

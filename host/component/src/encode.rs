//! From a core module, or a component without a name, to the component of a mixin.

use std::borrow::Cow;

use wasmparser::{Encoding, Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::{About, WIT, sections};

/// World of a mixin in [`WIT`].
const WORLD: &str = "mixin";
/// Beginning of the name of the section in which bindings say what interface they are of.
const TYPES: &str = "component-type";

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Neither a module nor a component.
    #[error("it is not WebAssembly")]
    NotWasm,
    /// A module or component that is broken.
    #[error("it is malformed: {0}")]
    Malformed(String),
    /// The module does not have what the interface wants.
    #[error("no component can be made of it: {0}")]
    Encode(String),
    /// The interface itself.
    #[error("the interface cannot be read: {0}")]
    Interface(String),
}

/// Makes the component of a mixin out of a core module, or takes a component as it is, and says in
/// it what it is. What it imports is for others to judge.
///
/// A module whose bindings do not say which interface they are of, as those of C, is taken for one
/// of the newest.
///
/// # Errors
/// When the bytes are neither, or the module lacks an export of the interface.
pub fn pack(wasm: &[u8], about: &About) -> Result<Vec<u8>, PackError> {
    let component = match encoding(wasm)? {
        Encoding::Component => Cow::Borrowed(wasm),
        Encoding::Module => Cow::Owned(encode(wasm)?),
    };
    // The names of its parts, which the encoder adds for debuggers, go too.
    let mut component = sections::without(&component, About::is_section)
        .ok_or_else(|| PackError::Malformed("it ends too early".to_owned()))?;
    about.append_to(&mut component);
    Ok(component)
}

fn encode(module: &[u8]) -> Result<Vec<u8>, PackError> {
    let mut module = module.to_vec();
    if !has_types(&module)? {
        embed(&mut module)?;
    }
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| PackError::Encode(format!("{error:#}")))
}

fn encoding(wasm: &[u8]) -> Result<Encoding, PackError> {
    if !wasm.starts_with(b"\0asm") {
        return Err(PackError::NotWasm);
    }
    match Parser::new(0).parse_all(wasm).next() {
        Some(Ok(Payload::Version { encoding, .. })) => Ok(encoding),
        Some(Err(error)) => Err(PackError::Malformed(error.to_string())),
        _ => Err(PackError::NotWasm),
    }
}

fn has_types(module: &[u8]) -> Result<bool, PackError> {
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| PackError::Malformed(error.to_string()))?;
        if let Payload::CustomSection(section) = payload
            && section.name().starts_with(TYPES)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn embed(module: &mut Vec<u8>) -> Result<(), PackError> {
    let mut resolve = Resolve::new();
    let world = resolve
        .push_str("mixin.wit", WIT)
        .and_then(|package| resolve.select_world(&[package], Some(WORLD)))
        .map_err(|error| PackError::Interface(format!("{error:#}")))?;
    embed_component_metadata(module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| PackError::Encode(format!("{error:#}")))
}

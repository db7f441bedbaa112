//! The JSON schema of `porter.yaml`, for editors: what porter reads, and what every mixin says of
//! its steps and its configuration.
//!
//! Source: `mixin-protocol.md` §8 of the compatibility reference. Porter's own schema refuses
//! manifests that Porter accepts and refers to a document on a web server; this one does neither.

use serde_json::{Map, json};

use crate::{Features, Json};

const MANIFEST: &str = include_str!("manifest.json");
const KEYWORDS: &str = include_str!("keywords.json");
const DEPENDENCIES_2: &str = include_str!("dependencies-v2.json");
const FILES: &str = include_str!("files.json");

/// The common actions, and the definition that a mixin has for steps of each.
const ACTIONS: [(&str, &str); 3] = [
    ("install", "installStep"),
    ("upgrade", "upgradeStep"),
    ("uninstall", "uninstallStep"),
];

/// The schema (draft-07) of a manifest that may use these mixins, given by name with the schema of
/// each.
///
/// # Errors
/// None in a porter that passed its tests: when a part that is compiled in cannot be read.
pub fn document<'a>(
    features: &Features,
    mixins: impl IntoIterator<Item = (&'a str, &'a Json)>,
) -> Result<Json, serde_json::Error> {
    let mut document: Json = serde_json::from_str(MANIFEST)?;
    let keywords: Json = serde_json::from_str(KEYWORDS)?;
    for kind in ["parameter", "output"] {
        merge(
            &mut document,
            json!({"definitions": {kind: {"properties": keywords}}}),
        );
    }
    if features.has("dependencies-v2") {
        merge(&mut document, serde_json::from_str(DEPENDENCIES_2)?);
    }
    if features.has("file-sources") {
        merge(&mut document, serde_json::from_str(FILES)?);
    }
    for (name, schema) in mixins {
        add_mixin(&mut document, name, schema);
    }
    remove_empty_choices(&mut document);
    Ok(document)
}

/// Puts members into objects at every depth.
fn merge(target: &mut Json, more: Json) {
    match (target, more) {
        (Json::Object(target), Json::Object(more)) => {
            for (key, value) in more {
                merge(target.entry(key).or_insert(Json::Null), value);
            }
        }
        (target, more) => *target = more,
    }
}

fn add_mixin(document: &mut Json, name: &str, schema: &Json) {
    let root = format!("mixin.{name}");
    // In a pointer `~` and `/` are escaped; names of mixins have neither.
    let step = |definition: &str| json!({"$ref": format!("#/{root}/definitions/{definition}")});
    push(
        document,
        "/properties/mixins/items/anyOf/0/enum",
        name.into(),
    );
    let has = |definition: &str| {
        schema
            .pointer(&format!("/definitions/{definition}"))
            .is_some()
    };
    if has("config") {
        push(document, "/properties/mixins/items/anyOf", step("config"));
    }
    for (action, definition) in ACTIONS {
        if has(definition) {
            push(
                document,
                &format!("/properties/{action}/items/anyOf"),
                step(definition),
            );
        }
    }
    if has("invokeStep") {
        push(
            document,
            "/additionalProperties/items/anyOf",
            step("invokeStep"),
        );
    }
    if let Json::Object(members) = document {
        members.insert(root.clone(), moved(schema, &root));
    }
}

/// A schema that now lies below `root` of another one: its references within itself move along, and
/// it no longer has an address of its own.
fn moved(schema: &Json, root: &str) -> Json {
    match schema {
        Json::Array(items) => items.iter().map(|item| moved(item, root)).collect(),
        Json::Object(members) => {
            let mut copy = Map::new();
            for (key, member) in members {
                match (key.as_str(), member.as_str()) {
                    ("$ref", Some(text)) => {
                        let target = text
                            .strip_prefix('#')
                            .map(|pointer| format!("#/{root}{pointer}"));
                        copy.insert(
                            key.clone(),
                            target.unwrap_or_else(|| text.to_owned()).into(),
                        );
                    }
                    ("$id" | "$schema", Some(_)) => {}
                    _ => {
                        copy.insert(key.clone(), moved(member, root));
                    }
                }
            }
            Json::Object(copy)
        }
        other => other.clone(),
    }
}

/// Whether a schema is complete in itself. Editors fetch what is not.
#[must_use]
pub fn is_complete(schema: &Json) -> bool {
    match schema {
        Json::Array(items) => items.iter().all(is_complete),
        Json::Object(members) => members.iter().all(|(key, member)| {
            let is_here = match (key.as_str(), member.as_str()) {
                ("$ref", Some(text)) => text.starts_with('#'),
                _ => true,
            };
            is_here && is_complete(member)
        }),
        _ => true,
    }
}

fn push(document: &mut Json, pointer: &str, value: Json) {
    if let Some(Json::Array(items)) = document.pointer_mut(pointer) {
        items.push(value);
    }
}

/// An empty list of choices is no schema: without one, anything goes.
fn remove_empty_choices(document: &mut Json) {
    let actions = ACTIONS.map(|(action, _)| format!("/properties/{action}/items"));
    let others = [
        "/additionalProperties/items".to_owned(),
        "/properties/mixins/items/anyOf/0".to_owned(),
    ];
    for pointer in actions.into_iter().chain(others) {
        if let Some(Json::Object(choices)) = document.pointer_mut(&pointer) {
            choices.retain(|_, choice| !choice.as_array().is_some_and(Vec::is_empty));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixin_moves_below_its_name() {
        let schema = json!({
            "$id": "https://example.com/x", "$schema": "http://json-schema.org/draft-07/schema#",
            "definitions": {
                "installStep": {"properties": {"x": {"$ref": "#/definitions/x"}}},
                "invokeStep": {"$ref": "#"}, "config": {}, "x": {"type": "object"},
            },
        });
        let document = document(&Features::default(), [("x", &schema)]).unwrap();
        let at = |pointer: &str| document.pointer(pointer).cloned();
        assert_eq!(at("/mixin.x/$id"), None);
        assert_eq!(
            at("/mixin.x/definitions/installStep/properties/x/$ref"),
            Some("#/mixin.x/definitions/x".into())
        );
        assert_eq!(
            at("/mixin.x/definitions/invokeStep/$ref"),
            Some("#/mixin.x".into())
        );
        assert_eq!(
            at("/properties/mixins/items/anyOf/0/enum"),
            Some(json!(["x"]))
        );
        assert_eq!(at("/properties/upgrade/items/anyOf"), None);
        assert_eq!(
            at("/additionalProperties/items/anyOf"),
            Some(json!([{"$ref": "#/mixin.x/definitions/invokeStep"}]))
        );
    }

    #[test]
    fn features_add_what_they_add() {
        let plain = document(&Features::default(), []).unwrap();
        assert_eq!(plain.pointer("/properties/files"), None);
        assert_eq!(
            plain.pointer("/properties/dependencies/properties/provides"),
            None
        );
        let features = Features::new(["dependencies-v2", "file-sources"]);
        let wide = document(&features, []).unwrap();
        assert!(wide.pointer("/properties/files/items").is_some());
        assert!(
            wide.pointer("/properties/dependencies/properties/provides")
                .is_some()
        );
        assert_eq!(
            wide.pointer("/properties/schemaVersion/default"),
            Some(&json!("1.1.0"))
        );
    }

    #[test]
    fn what_is_elsewhere_is_found() {
        assert!(is_complete(&json!({"a": [{"$ref": "#/definitions/a"}]})));
        assert!(!is_complete(
            &json!({"a": [{"$ref": "https://example.com/a"}]})
        ));
    }
}

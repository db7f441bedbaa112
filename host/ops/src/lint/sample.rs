//! Values that stand in for those of a run, so that a step can be planned without one.

use std::collections::BTreeMap;

use porter_cnab::Sensitive;
use porter_manifest::Manifest;
use porter_manifest::model::{Image, Parameter};
use porter_runbook::Json;
use porter_runbook::resolve::{Typed, Value};

/// What a text is that nobody knows.
const TEXT: &str = "sample";

/// Data of templates for an action: defaults where there are any, otherwise a value of the type.
/// A secret is the name under which a template knows it.
pub(super) fn data(manifest: &Manifest, outputs: &[String]) -> Value {
    let parameters = manifest.parameters.iter().map(|parameter| {
        let name = parameter.name.value.clone();
        let value = match parameter.sensitive {
            true => secret("parameters", &name),
            false => Value::Typed(typed(parameter)),
        };
        (name, value)
    });
    let credentials = manifest.credentials.iter().map(|credential| {
        let name = credential.name.value.clone();
        (name.clone(), secret("credentials", &name))
    });
    let mut made: BTreeMap<String, Value> = outputs
        .iter()
        .map(|name| (name.clone(), Value::text(TEXT)))
        .collect();
    for output in &manifest.outputs {
        let name = &output.name.value;
        let value = match output.sensitive {
            true => secret("outputs", name),
            false => Value::text(TEXT),
        };
        made.insert(name.clone(), value);
    }
    let images = manifest
        .images
        .values()
        .map(|one| (one.alias.value.clone(), image(one)));
    let bundle = Value::names([
        ("name", Value::text(&*manifest.name)),
        ("version", Value::text(&*manifest.version)),
        ("description", Value::text(&*manifest.description)),
        (
            "installerImage",
            Value::text(manifest.reference.installer_image()),
        ),
        ("custom", Value::Json(Json::Object(manifest.custom.clone()))),
        ("parameters", Value::names(parameters)),
        ("credentials", Value::names(credentials)),
        ("outputs", Value::Names(made)),
        ("images", Value::names(images)),
    ]);
    let installation = ["name", "namespace", "id"].map(|name| (name, Value::text(TEXT)));
    Value::names([
        ("bundle", bundle),
        ("installation", Value::names(installation)),
    ])
}

fn secret(group: &str, name: &str) -> Value {
    Value::Secret(Sensitive::new(Typed::string(format!(
        "bundle.{group}.{name}"
    ))))
}

fn image(image: &Image) -> Value {
    let labels = image.labels.iter();
    Value::names([
        ("repository", Value::text(&*image.repository)),
        ("tag", Value::text(&*image.tag)),
        ("digest", Value::text(&*image.digest)),
        ("description", Value::text(&*image.description)),
        ("imageType", Value::text(&*image.image_type)),
        ("mediaType", Value::text(&*image.media_type)),
        (
            "size",
            Value::text(image.size.unwrap_or_default().to_string()),
        ),
        (
            "labels",
            Value::names(labels.map(|(name, value)| (name.clone(), Value::text(&**value)))),
        ),
    ])
}

fn typed(parameter: &Parameter) -> Typed {
    let keywords = &parameter.schema.keywords;
    let first = |key: &str| keywords.get(key).and_then(Json::as_array)?.first();
    let known = ["default", "const"]
        .iter()
        .find_map(|key| keywords.get(*key))
        .or_else(|| first("enum"))
        .or_else(|| first("examples"));
    let kind = parameter.kind();
    let text = match known {
        Some(value) => porter_cnab::parameter::to_text(value),
        None => match kind {
            "integer" | "number" => {
                let least = keywords.get("minimum").filter(|least| least.is_number());
                least.map_or_else(|| "1".to_owned(), Json::to_string)
            }
            "boolean" => "true".to_owned(),
            "object" => "{}".to_owned(),
            "array" => "[]".to_owned(),
            _ => TEXT.to_owned(),
        },
    };
    Typed::of_kind(kind, text)
}

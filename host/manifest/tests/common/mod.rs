//! What the tests of this crate share.
#![allow(dead_code, reason = "each test uses a part of it")]

use porter_manifest::bundle::MixinVersion;
use porter_manifest::{Manifest, Stamp};
use serde_json::Value;

/// A stamp with placeholders.
pub(crate) fn stamp(manifest: &Manifest, preserve_tags: bool) -> Stamp {
    let version = || MixinVersion {
        version: "<mixinVersion>".to_owned(),
        ..MixinVersion::default()
    };
    Stamp {
        manifest_digest: "<manifestDigest>".to_owned(),
        mixins: manifest
            .mixin_names()
            .into_iter()
            .map(|name| (name.to_owned(), version()))
            .collect(),
        manifest: "<manifest>".to_owned(),
        version: "<porterVersion>".to_owned(),
        commit: "<porterCommit>".to_owned(),
        preserve_tags,
    }
}

/// Compares as JSON values, numbers by value.
pub(crate) fn same_json(found: &Value, expected: &Value, at: &str) -> Result<(), String> {
    match (found, expected) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
            for key in keys {
                match (one.get(key), other.get(key)) {
                    (Some(one), Some(other)) => same_json(one, other, &format!("{at}/{key}"))?,
                    (one, other) => return Err(format!("{at}/{key}: {one:?} is not {other:?}")),
                }
            }
            Ok(())
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                same_json(one, other, &format!("{at}/{index}"))?;
            }
            Ok(())
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => Ok(()),
        (one, other) if one == other => Ok(()),
        (one, other) => Err(format!("{at}: {one} is not {other}")),
    }
}

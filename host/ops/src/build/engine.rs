//! Flags that only the engine is told: attributes of the image it makes.
//!
//! Source: `build.md` §1 of the compatibility reference.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Usage;

/// Texts of the flags, as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EngineFlags {
    /// `--output` texts that are attributes.
    pub output: Vec<String>,
}

impl EngineFlags {
    /// Attributes of the image, by name.
    pub(super) fn output_attributes(&self) -> Result<BTreeMap<String, String>, Usage> {
        let mut attributes = BTreeMap::new();
        for text in &self.output {
            for (name, value) in fields("output", text)? {
                match name.as_str() {
                    "type" if value == "docker" => {}
                    "type" => return Err(Usage::OutputOverride("type")),
                    "name" => return Err(Usage::OutputOverride("name")),
                    // They would lead the image past the engine.
                    "dest" | "push" | "push-by-digest" | "context" => {
                        return Err(Usage::OutputElsewhere(name));
                    }
                    _ => {
                        attributes.insert(name, value);
                    }
                }
            }
        }
        Ok(attributes)
    }
}

/// The fields of `KEY=VALUE,…`, as CSV has them: one that begins with `"` may have commas in it.
fn fields(flag: &'static str, text: &str) -> Result<Vec<(String, String)>, Usage> {
    let mut found = Vec::new();
    for field in csv(text) {
        let Some((name, value)) = field.split_once('=') else {
            return Err(Usage::EngineField { flag, field });
        };
        found.push((name.trim().to_ascii_lowercase(), value.to_owned()));
    }
    Ok(found)
}

/// One line of CSV; in a quoted field `""` is a quote.
fn csv(text: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if field.is_empty() => is_quoted = true,
            ',' if !is_quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(texts: &[&str]) -> Result<BTreeMap<String, String>, String> {
        let flags = EngineFlags {
            output: texts.iter().map(|text| (*text).to_owned()).collect(),
        };
        flags.output_attributes().map_err(|error| error.to_string())
    }

    #[test]
    fn attributes_are_a_line_of_csv() {
        let found = output(&[
            "type=docker,compression=zstd",
            "\"annotation.a=b,c \"\"d\"\"\",Oci-MediaTypes=true",
        ])
        .unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("annotation.a", "b,c \"d\""),
                ("compression", "zstd"),
                ("oci-mediatypes", "true")
            ]
        );
    }

    #[test]
    fn what_porter_decides_cannot_be_changed() {
        let table = [
            ("type=oci", "output type cannot be overridden"),
            ("name=a", "output name cannot be overridden"),
            (
                "a=b,dest=a.tar",
                "output attribute `dest` is not supported: the image stays in the engine",
            ),
            (
                "a=b,c",
                "invalid value of --output: `c` must be a key=value pair",
            ),
        ];
        for (text, message) in table {
            assert_eq!(output(&[text]), Err(message.to_owned()), "{text}");
        }
    }
}

//! Build arguments of the image.
//!
//! Source: `build.md` §7 of the compatibility reference; later ones override earlier ones: the
//! `custom` section, `--build-arg`, `BUNDLE_DIR`.

use std::collections::BTreeMap;

use crate::error::{Error, Usage};

/// Directory of the bundle in the image.
pub(crate) const BUNDLE_DIRECTORY: &str = "/cnab/app";
/// Longest value.
const MAX_LENGTH: usize = 5000;

/// All arguments for this Dockerfile; `custom` are those of the manifest's `custom` section.
pub(crate) fn build_arguments(
    dockerfile: &str,
    custom: BTreeMap<String, String>,
    given: &[String],
) -> Result<BTreeMap<String, String>, Error> {
    let mut arguments = custom;
    arguments.retain(|name, _| declares(dockerfile, name));
    for text in given {
        if let Some((name, value)) = text.split_once('=') {
            arguments.insert(name.trim().to_owned(), value.to_owned());
        }
    }
    arguments.insert("BUNDLE_DIR".to_owned(), BUNDLE_DIRECTORY.to_owned());
    for (name, value) in &arguments {
        if value.chars().count() > MAX_LENGTH {
            return Err(Usage::LongBuildArgument(name.clone()).into());
        }
    }
    Ok(arguments)
}

/// Whether an `ARG` of the Dockerfile declares this name.
fn declares(dockerfile: &str, name: &str) -> bool {
    dockerfile.lines().any(|line| {
        let mut words = line.split_whitespace();
        words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("ARG"))
            && words.any(|word| word.split('=').next() == Some(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn custom_values_are_passed_where_they_are_declared() {
        let custom = custom(&[
            ("CUSTOM_APP_VERSION", "1"),
            ("CUSTOM_APP_PORTS", "[80]"),
            ("CUSTOM_UNUSED", "true"),
        ]);
        let dockerfile = "FROM x\nARG CUSTOM_APP_VERSION\nARG CUSTOM_APP_PORTS=[]\n";
        let found = build_arguments(dockerfile, custom, &[]).unwrap();
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["BUNDLE_DIR", "CUSTOM_APP_PORTS", "CUSTOM_APP_VERSION"]
        );
        assert_eq!(found["CUSTOM_APP_PORTS"], "[80]");
    }

    #[test]
    fn the_command_line_overrides_and_the_directory_is_fixed() {
        let given = [
            "CUSTOM_A=2".to_owned(),
            "BUNDLE_DIR=/x".to_owned(),
            "nonsense".to_owned(),
        ];
        let found = build_arguments("ARG CUSTOM_A", custom(&[("CUSTOM_A", "1")]), &given).unwrap();
        assert_eq!(found["CUSTOM_A"], "2");
        assert_eq!(found["BUNDLE_DIR"], BUNDLE_DIRECTORY);
    }

    #[test]
    fn a_value_has_a_limit() {
        let given = [format!("A={}", "x".repeat(5001))];
        assert!(build_arguments("", BTreeMap::new(), &given).is_err());
        let given = [format!("A={}", "x".repeat(5000))];
        assert!(build_arguments("", BTreeMap::new(), &given).is_ok());
    }
}

//! Versions of the format under each strategy of checking.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use porter_manifest::{Features, LoadOptions, Manifest, SchemaCheck};

const LINK: &str = "See https://porter.sh/reference/file-formats/#supported-versions for more \
                    details: invalid schema version";

/// The error, the warning, or nothing.
fn check(
    version: &str,
    schema_check: SchemaCheck,
    features: &[&str],
) -> Result<Option<String>, String> {
    let line = if version.is_empty() {
        String::new()
    } else {
        format!("schemaVersion: {version}\n")
    };
    let text = format!(
        "{line}name: a\nversion: 0.1.0\nregistry: localhost:5000\nmixins: [exec]\n\
         install: [exec: {{}}]\nuninstall: [exec: {{}}]\n"
    );
    let features = Features::new(features.iter().copied());
    let options = LoadOptions {
        schema_check,
        features,
        ..LoadOptions::default()
    };
    match Manifest::load("porter.yaml", text.as_bytes(), &options) {
        Ok(loaded) => Ok(loaded
            .warnings
            .first()
            .map(|warning| warning.message.clone())),
        Err(problems) => Err(problems.0.first().unwrap().message.clone()),
    }
}

fn unsupported(version: &str) -> String {
    format!(
        "the schema version is {version} but the supported schema version is 1.0.0-alpha.1 || \
         >=1.0.0 <=1.0.1. {LINK}"
    )
}

#[test]
fn strategies_differ_in_what_they_let_pass() {
    use SchemaCheck::{Exact, Major, Minor, None as Never};
    for version in ["1.0.0-alpha.1", "1.0.0", "1.0.1"] {
        for strategy in [Exact, Minor, Major, Never] {
            assert_eq!(check(version, strategy, &[]), Ok(None), "{version}");
        }
    }
    let warning = |version: &str| Ok(Some(format!("WARNING: {}", unsupported(version))));
    let differs = |what: &str, version: &str| {
        Err(format!(
            "the schema version {what} values do not match: {}",
            unsupported(version)
        ))
    };
    assert_eq!(check("1.0.2", Exact, &[]), Err(unsupported("1.0.2")));
    assert_eq!(check("1.0.2", Minor, &[]), warning("1.0.2"));
    assert_eq!(check("1.1.0", Minor, &[]), differs("MAJOR.MINOR", "1.1.0"));
    assert_eq!(check("1.1.0", Major, &[]), warning("1.1.0"));
    assert_eq!(check("2.0.0", Major, &[]), differs("MAJOR", "2.0.0"));
    assert_eq!(check("2.0.0", Never, &[]), warning("2.0.0"));
    let missing = "(none) is not a valid semantic version: invalid schema version".to_owned();
    for strategy in [Exact, Minor, Major] {
        assert_eq!(check("", strategy, &[]), Err(missing.clone()));
    }
    assert_eq!(check("", Never, &[]), Ok(Some(missing)));
}

#[test]
fn features_open_versions() {
    let exact = SchemaCheck::Exact;
    assert_eq!(check("1.1.0", exact, &["dependencies-v2"]), Ok(None));
    assert_eq!(check("1.2.0", exact, &["persistent-parameters"]), Ok(None));
    assert_eq!(check("1.3.0", exact, &["file-sources"]), Ok(None));
    assert!(check("1.1.0", exact, &["persistent-parameters"]).is_err());
    assert!(check("1.2.0", exact, &["file-sources"]).is_err());
    assert!(check("1.1.0", exact, &["no-such-feature"]).is_err());
}

#[test]
fn names_of_strategies() {
    assert_eq!(SchemaCheck::parse("minor"), Some(SchemaCheck::Minor));
    assert_eq!(SchemaCheck::parse(""), Some(SchemaCheck::Exact));
    assert_eq!(SchemaCheck::parse("sloppy"), None);
}

//! References: what is read, how it is shown, and what is refused with which words.

use porter_cnab::records::BundleSource;
use porter_registry::{BundleReference, ReferenceError};
use proptest::prelude::*;

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn parse(text: &str) -> Result<BundleReference, ReferenceError> {
    text.parse()
}

#[test]
fn are_read_as_docker_reads_them() {
    type Row<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, &'a str);
    // Text, registry, repository, tag, familiar form.
    let table: [Row; 12] = [
        ("busybox", "docker.io", "library/busybox", None, "busybox"),
        (
            "docker.io/busybox:1",
            "docker.io",
            "library/busybox",
            Some("1"),
            "busybox:1",
        ),
        ("index.docker.io/a/b", "docker.io", "a/b", None, "a/b"),
        (
            "docker.io/library/a/b",
            "docker.io",
            "library/a/b",
            None,
            "library/a/b",
        ),
        (
            "acme/shop:v1.2.3",
            "docker.io",
            "acme/shop",
            Some("v1.2.3"),
            "acme/shop:v1.2.3",
        ),
        (
            "localhost/shop",
            "localhost",
            "shop",
            None,
            "localhost/shop",
        ),
        (
            "localhost:5000/a/shop:V1",
            "localhost:5000",
            "a/shop",
            Some("V1"),
            "localhost:5000/a/shop:V1",
        ),
        ("ghcr.io/a/b/c", "ghcr.io", "a/b/c", None, "ghcr.io/a/b/c"),
        (
            "test.com:tag",
            "docker.io",
            "library/test.com",
            Some("tag"),
            "test.com:tag",
        ),
        ("Host/shop", "Host", "shop", None, "Host/shop"),
        ("a__b/c-d.e", "docker.io", "a__b/c-d.e", None, "a__b/c-d.e"),
        (
            "r.io/x:1_2-3.4",
            "r.io",
            "x",
            Some("1_2-3.4"),
            "r.io/x:1_2-3.4",
        ),
    ];
    for (text, registry, repository, tag, familiar) in table {
        for digest in [None, Some(DIGEST)] {
            let suffix = digest
                .map(|digest| format!("@{digest}"))
                .unwrap_or_default();
            let reference = parse(&format!("{text}{suffix}")).unwrap();
            assert_eq!(reference.registry(), registry, "{text}");
            assert_eq!(reference.repository(), repository, "{text}");
            assert_eq!(reference.tag(), tag, "{text}");
            assert_eq!(reference.digest(), digest, "{text}");
            assert_eq!(reference.to_string(), format!("{familiar}{suffix}"));
            assert_eq!(parse(&reference.to_string()).unwrap(), reference);
        }
    }
}

#[test]
fn are_refused_in_porters_words() {
    let identity = "0123456789abcdef".repeat(4);
    let long = "a".repeat(256);
    let table = [
        ("bad ref", "invalid reference format"),
        (
            "https:/localhost:5000/corpus/faulty",
            "invalid reference format",
        ),
        (
            "localhost:5000/corpus/MyBundle",
            "invalid reference format: repository name (corpus/MyBundle) must be lowercase",
        ),
        (
            "localhost:5000/corpus/my bundle",
            "invalid reference format",
        ),
        ("not a:valid::ref", "invalid reference format"),
        (
            "Shop:v1",
            "invalid reference format: repository name (Shop) must be lowercase",
        ),
        ("", "invalid reference format"),
        (":tag", "invalid reference format"),
        ("a/", "invalid reference format"),
        ("a:", "invalid reference format"),
        ("a@", "invalid reference format"),
        ("a:b c", "invalid reference format"),
        ("a\n", "invalid reference format"),
        (
            "a@sha256:0123456789abcdef0123456789abcdef",
            "invalid checksum digest length",
        ),
        (
            "a@md9:0123456789abcdef0123456789abcdef",
            "unsupported digest algorithm",
        ),
        (
            long.as_str(),
            "repository name must not be more than 255 characters",
        ),
    ];
    for (text, problem) in table {
        let error = parse(text).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("failed to parse named reference {text}: {problem}")
        );
    }
    let error = parse(&identity).unwrap_err().to_string();
    assert!(
        error.ends_with("cannot specify 64-byte hexadecimal strings"),
        "{error}"
    );
}

#[test]
fn a_missing_v_is_found() {
    let table = [
        ("a/b:1.0.0", Some("a/b:v1.0.0")),
        ("a/b:1.0", Some("a/b:v1.0")),
        ("a/b:10", None),
        ("a/b:v1.0.0", None),
        ("a/b:latest", None),
        ("a/b", None),
    ];
    for (text, expected) in table {
        let found = parse(text).unwrap().with_missing_v();
        assert_eq!(
            found.map(|reference| reference.to_string()).as_deref(),
            expected
        );
    }
    assert_eq!(
        parse(&format!("a/b:1.0.0@{DIGEST}"))
            .unwrap()
            .with_missing_v(),
        None
    );
}

#[test]
fn an_installation_tracks_one_part() {
    let by_digest = format!("r.io/a/b@{DIGEST}");
    let both = format!("r.io/a/b:v1.2.3@{DIGEST}");
    // Text, version, digest, tag, and what the record is read as.
    let table = [
        ("r.io/a/b:v1.2.3", "1.2.3", "", "", "r.io/a/b:v1.2.3"),
        ("r.io/a/b:1.2.3", "1.2.3", "", "", "r.io/a/b:v1.2.3"),
        (
            "r.io/a/b:v1.2.3_x.1",
            "1.2.3+x.1",
            "",
            "",
            "r.io/a/b:v1.2.3_x.1",
        ),
        ("r.io/a/b:stable", "", "", "stable", "r.io/a/b:stable"),
        (&by_digest, "", DIGEST, "", &by_digest),
        (&both, "1.2.3", "", "", "r.io/a/b:v1.2.3"),
    ];
    for (text, version, digest, tag, again) in table {
        let source = parse(text).unwrap().to_source();
        let expected = BundleSource {
            repository: "r.io/a/b".into(),
            version: version.into(),
            digest: digest.into(),
            tag: tag.into(),
        };
        assert_eq!(source, expected);
        let reference = BundleReference::from_source(&source).unwrap().unwrap();
        assert_eq!(reference.to_string(), again);
    }
    let mut source = BundleSource::default();
    assert_eq!(BundleReference::from_source(&source), Ok(None));
    source.repository = "r.io/a/b".into();
    assert_eq!(
        BundleReference::from_source(&source)
            .unwrap_err()
            .to_string(),
        "could not determine the fully-qualified bundle reference: Invalid bundle reference, either \
         Digest, Version, or Tag must be specified"
    );
    source.tag = "old".into();
    source.version = "2.0.0".into();
    source.digest = DIGEST.into();
    let reference = BundleReference::from_source(&source).unwrap().unwrap();
    assert_eq!(reference.to_string(), by_digest, "the digest counts most");
}

#[test]
fn parts_can_be_put_in() {
    let reference = parse("r.io/a/b").unwrap();
    assert_eq!(reference.with_tag("x").unwrap().to_string(), "r.io/a/b:x");
    assert!(reference.with_tag("x y").is_err());
    let by_digest = reference
        .with_tag("x")
        .unwrap()
        .with_digest(DIGEST)
        .unwrap();
    assert_eq!(by_digest.to_string(), format!("r.io/a/b@{DIGEST}"));
    assert_eq!(by_digest.clone().with_default_tag(), by_digest);
    assert_eq!(reference.with_default_tag().tag(), Some("latest"));
}

proptest! {
    /// Nothing panics, and what is read is shown so that it is read the same.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-cA-C0-9./:@_ -]{0,40}|.{0,20}") {
        if let Ok(reference) = parse(&text) {
            prop_assert_eq!(parse(&reference.to_string()), Ok(reference));
        }
    }
}

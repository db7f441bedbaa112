//! Which versions are installed, and as which release.

use porter_kubectl::supported;

#[test]
fn releases() {
    for (written, release) in [
        ("v3.8.2", "v3.8.2"),
        ("3.9.4", "v3.9.4"),
        ("v3.14", "v3.14.0"),
        ("3.10", "v3.10.0"),
        ("3", "v3.0.0"),
        ("v3.8.2+build7", "v3.8.2+build7"),
        ("3.1+a-b.7", "v3.1.0+a-b.7"),
    ] {
        assert_eq!(supported(written, 3).as_deref(), Ok(release), "{written}");
    }
}

#[test]
fn what_is_no_version() {
    for written in [
        "",
        "v",
        "vv3",
        "V3.1",
        "latest",
        "3.",
        ".3",
        "3.1.2.3",
        " 3.1",
        "3.1 ",
        "3.x",
        "3.1-",
        "3.1+",
        "3.1.2-a..b",
        "3.1.2+a/b",
        "+3",
        "-3.1",
        "3.1.99999999999999999999",
        "${ bundle.version }",
    ] {
        let why = supported(written, 3).map_err(|why| why.title());
        let said = format!(
            "supplied client version \"{written}\" cannot be parsed as semver: Invalid Semantic Version"
        );
        assert_eq!(why, Err(said));
    }
}

#[test]
fn what_is_another_version() {
    for written in ["v2.17.0", "4", "0.3.0", "3.10.0-rc.1", "v3.1.0-alpha+7"] {
        let why = supported(written, 3).map_err(|why| why.title());
        let said = format!(
            "supplied clientVersion \"{written}\" does not meet semver constraint \"^v3.x\""
        );
        assert_eq!(why, Err(said));
    }
}

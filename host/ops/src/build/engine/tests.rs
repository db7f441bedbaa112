//! What flags mean, and which are refused.

use super::*;

fn output(texts: &[&str]) -> Result<BTreeMap<String, String>, String> {
    let flags = EngineFlags {
        output: texts.iter().map(|text| (*text).to_owned()).collect(),
        ..EngineFlags::default()
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

fn options(flags: &EngineFlags, directory: &Path) -> Result<BuildOptions, String> {
    let variable = |name: &str| (name == "TOKEN").then(|| "t".to_owned());
    let options = flags.options(directory, &variable);
    options.map_err(|error| error.to_string())
}

#[test]
fn secrets_come_from_files_and_variables() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.txt"), "s").unwrap();
    let parsed = |text: &str| {
        let flags = EngineFlags {
            secret: vec![text.to_owned()],
            ..EngineFlags::default()
        };
        options(&flags, folder.path()).map(|found| found.secrets.into_iter().next().unwrap())
    };
    for text in [
        "id=a,src=s.txt",
        "type=file,id=a,source=s.txt",
        "id=a,env=TOKEN",
        "id=a,type=env,src=TOKEN",
        "id=TOKEN",
        "id=s.txt",
    ] {
        let (_, secret) = parsed(text).unwrap();
        let is_file = matches!(secret, BuildSecret::File(_));
        assert_eq!(is_file, text.contains("s.txt"), "{text}");
    }
    for text in [
        "src=s.txt",
        "id=a,src=none",
        "id=a,env=NONE",
        "id=a,x=y",
        "a",
        "id=a",
    ] {
        assert!(parsed(text).is_err(), "{text}");
    }
}

#[test]
fn caches_contexts_and_agents() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("docs")).unwrap();
    let check = |flags: &EngineFlags| options(flags, folder.path()).map(|_| ());
    let texts = |text: &str| vec![text.to_owned()];
    for (text, message) in [
        ("type=registry,ref=a", None),
        ("type=inline", None),
        ("ref=a", Some("missing required type field")),
        ("a", Some("invalid format, expected key=value")),
        ("type=local,src=a", Some("stays with the engine")),
    ] {
        let flags = EngineFlags {
            cache_from: texts(text),
            ..EngineFlags::default()
        };
        match (check(&flags), message) {
            (Ok(()), None) => {}
            (Err(error), Some(message)) => assert!(error.contains(message), "{error}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
    for (text, is_good) in [
        ("docs=docs", true),
        ("base=docker-image://debian", true),
        ("docs=none", false),
        ("docs=oci-layout://docs", false),
        ("porter-internal-cnab=docs", false),
        ("docs", false),
    ] {
        let flags = EngineFlags {
            build_context: texts(text),
            ..EngineFlags::default()
        };
        assert_eq!(check(&flags).is_ok(), is_good, "{text}");
    }
    let flags = EngineFlags {
        ssh: texts("default"),
        ..EngineFlags::default()
    };
    assert!(check(&flags).is_err_and(|error| error.contains("SSH_AUTH_SOCK")));
}

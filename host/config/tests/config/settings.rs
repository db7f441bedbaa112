//! The configuration file: both forms, all formats, templates and errors.

use std::error::Error;
use std::fs;
use std::path::Path;

use porter_config::settings::Settings;
use porter_config::{ConfigError, EnvVars, home};

fn load(home: &Path, context: Option<&str>) -> Result<Settings, ConfigError> {
    Settings::load_with(home, context, &|name| match name {
        "NS" => Some("from-env".into()),
        "YES" => Some("true".into()),
        _ => None,
    })
}

fn with(file: &str, content: &str, context: Option<&str>) -> Result<Settings, String> {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join(file), content).unwrap();
    load(home.path(), context).map_err(|error| {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = error.to_string();
            cause = error.source();
        }
        text.replace(&format!("{}/", home.path().display()), "")
    })
}

const FLAT: [(&str, &str); 4] = [
    (
        "config.yaml",
        "verbosity: debug\nexperimental: [a, b]\nallow-docker-host-access: true\nlogs:\n  level: warn\n\
         namespace: ${env.NS}\nlimit: 1.10\nnothing: null\nstorage:\n- name: s\n  plugin: p\n",
    ),
    (
        "config.yml",
        "{verbosity: debug, experimental: [a, b], allow-docker-host-access: '${env.YES}',
         logs: {level: warn}, namespace: '${ env.NS }', limit: '1.10', storage: [{name: s}]}",
    ),
    (
        "config.json",
        r#"{"verbosity":"debug","experimental":["a","b"],"allow-docker-host-access":${env.YES},
            "logs":{"level":"warn"},"namespace":"${env.NS}","limit":1.10,"storage":[{"name":"s"}]}"#,
    ),
    (
        "config.toml",
        "verbosity = \"debug\"\nexperimental = [\"a\", \"b\"]\nallow-docker-host-access = true\n\
         namespace = \"${env.NS}\"\nlimit = \"1.10\"\n[logs]\nlevel = \"warn\"\n[[storage]]\nname = \"s\"\n",
    ),
];

#[test]
fn a_flat_file_of_any_format_says_the_same() {
    for (file, content) in FLAT {
        let settings = with(file, content, None).unwrap();
        let expected = [
            ("verbosity", Some("debug")),
            ("experimental", Some("a,b")),
            ("allow-docker-host-access", Some("true")),
            ("logs.level", Some("warn")),
            ("namespace", Some("from-env")),
            ("nothing", None),
            ("unknown", None),
        ];
        for (name, value) in expected {
            assert_eq!(settings.text(name).as_deref(), value, "{name} in {file}");
        }
        let limit = settings.text("limit").unwrap();
        assert!(limit.starts_with("1.1"), "{limit} in {file}");
        assert_eq!(settings.value("storage").unwrap()[0]["name"], "s");
        assert!(settings.path.unwrap().ends_with(file));
        let refused = with(file, content, Some("prod")).unwrap_err();
        assert!(refused.starts_with("--context/PORTER_CONTEXT requires a versioned config file;"));
    }
}

const CONTEXTS: &str = "schemaVersion: \"2.0.0\"\ncurrent-context: prod\ncontexts:\n\
    - name: prod\n  config:\n    namespace: shop\n- name: default\n  config: {namespace: plain}\n\
    - name: bare\n- name: vault\n  config:\n    label: [\"${secret.db-url}\"]\n";

#[test]
fn a_file_with_contexts_gives_one_of_them() {
    let namespace = |content: &str, context: Option<&str>| {
        with("config.yaml", content, context).map(|settings| settings.text("namespace"))
    };
    assert_eq!(namespace(CONTEXTS, None), Ok(Some("shop".into())));
    assert_eq!(namespace(CONTEXTS, Some("")), Ok(Some("shop".into())));
    assert_eq!(
        namespace(CONTEXTS, Some("default")),
        Ok(Some("plain".into()))
    );
    assert_eq!(namespace(CONTEXTS, Some("bare")), Ok(None));
    let without = CONTEXTS.replace("current-context: prod\n", "");
    assert_eq!(namespace(&without, None), Ok(Some("plain".into())));
    assert_eq!(
        namespace(CONTEXTS, Some("test")).unwrap_err(),
        "context \"test\" not found in config file; available: prod, default, bare, vault"
    );
    assert_eq!(
        namespace("schemaVersion: 1\n", None).unwrap_err(),
        "versioned config file is missing required 'contexts' key"
    );
    assert_eq!(
        namespace(CONTEXTS, Some("vault")).unwrap_err(),
        "could not render config file config.yaml because ${secret.db-url} is not supported yet; \
         write the value itself or use ${env.NAME}"
    );
}

#[test]
fn errors_name_file_line_and_column() {
    let table = [
        (
            "config.yaml",
            "a: 1\nb: [\n",
            "invalid file 'config.yaml:3:1': ",
        ),
        (
            "config.yaml",
            "a: 1\na: 2\n",
            "invalid file 'config.yaml:1:1': duplicate entry",
        ),
        (
            "config.yaml",
            "- a\n",
            "invalid file 'config.yaml:1:1': invalid type: sequence",
        ),
        (
            "config.json",
            "{\"a\": tru}",
            "invalid file 'config.json:1:10': ",
        ),
        (
            "config.toml",
            "a = 1\nb = \n",
            "invalid file 'config.toml:2:",
        ),
        (
            "config.yaml",
            "a: 1\nb: x ${vault.y}\n",
            "could not render config file config.yaml:2:6 because ${vault.y} is not supported yet",
        ),
        (
            "config.yaml",
            "b: ${env.X\n",
            "could not render config file config.yaml:1:4 because ${env.X",
        ),
        (
            "config.hcl",
            "a = 1",
            "invalid file 'config.hcl': unsupported format hcl.",
        ),
    ];
    for (file, content, expected) in table {
        let found = with(file, content, None).unwrap_err();
        assert!(found.starts_with(expected), "{found}\nis not\n{expected}");
    }
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), "a: [").unwrap();
    let error = load(home.path(), None).unwrap_err();
    assert_eq!(error.to_string(), "error reading config file");
    assert!(
        error
            .source()
            .unwrap()
            .to_string()
            .starts_with("invalid file '")
    );
}

#[test]
fn no_file_and_an_empty_one_say_nothing() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(load(home.path(), None).unwrap(), Settings::default());
    assert!(load(home.path(), Some("prod")).is_err());
    for content in ["", "# nothing\n", "{}"] {
        let settings = with("config.yaml", content, None).unwrap();
        assert_eq!(settings.names().count(), 0);
    }
}

#[test]
fn of_several_files_one_counts() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), "namespace: y").unwrap();
    fs::write(home.path().join("config.json"), "{\"namespace\": \"j\"}").unwrap();
    let settings = load(home.path(), None).unwrap();
    assert_eq!(settings.text("namespace").as_deref(), Some("j"));
    assert_eq!(settings.ignored, [home.path().join("config.yaml")]);
}

#[test]
fn each_flag_has_a_variable() {
    for (flag, variable) in [
        ("some-flag", "PORTER_SOME_FLAG"),
        ("namespace", "PORTER_NAMESPACE"),
        (
            "dependencies.version-strategy",
            "PORTER_DEPENDENCIES_VERSION_STRATEGY",
        ),
    ] {
        assert_eq!(EnvVars::for_flag(flag), variable);
    }
}

#[test]
fn the_home_is_made_for_the_user_alone() {
    use std::os::unix::fs::PermissionsExt;

    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("a/b");
    home::create(&path).unwrap();
    home::create(&path).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    fs::write(parent.path().join("file"), "").unwrap();
    let error = home::create(&parent.path().join("file"))
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("cannot access `"), "{error}");
}

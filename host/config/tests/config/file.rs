//! The configuration file as text: what is changed in it, and what stays.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use porter_config::file::{ConfigFile, Contexts, check_context_name};
use porter_config::settings::Settings;
use tempfile::TempDir;

fn home(file: &str, text: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join(file), text).unwrap();
    home
}

fn found(home: &TempDir) -> ConfigFile {
    ConfigFile::find(home.path()).unwrap().unwrap()
}

const FLAT: &str =
    "---\n# where things are\nnamespace: dev # ours\n\nlogs:\n  level: warn\ntext: |\n  a\n\n  b\n";

#[test]
fn a_flat_file_becomes_one_with_contexts_and_says_the_same() {
    let home = home("config.yaml", FLAT);
    let before = Settings::load(home.path(), None).unwrap();
    assert_eq!(found(&home).contexts().unwrap(), Contexts::Flat);
    assert!(found(&home).migrate().unwrap());
    let file = found(&home);
    assert!(file.text.starts_with(
        "schemaVersion: \"2.0.0\"\ncurrent-context: default\ncontexts:\n  - name: default\n    config:\n      \
         # where things are\n      namespace: dev # ours\n\n"
    ));
    let after = Settings::load(home.path(), None).unwrap();
    let names: Vec<_> = before.names().collect();
    assert_eq!(names, after.names().collect::<Vec<_>>());
    for name in names {
        assert_eq!(before.value(name), after.value(name));
    }
    assert!(!file.migrate().unwrap());
    assert_eq!(found(&home).text, file.text);
}

#[test]
fn what_cannot_be_migrated_stays_as_it_is() {
    let table = [
        (
            "config.toml",
            "namespace = \"dev\"\n",
            "your toml config must be migrated manually",
        ),
        (
            "config.json",
            "{\"namespace\": \"dev\"}",
            "your json config must be migrated manually",
        ),
        // A quoted text of several lines is folded, so it may stand anywhere; a directive may not.
        ("config.yaml", "%YAML 1.1\n---\nnamespace: dev\n", ""),
        (
            "config.yaml",
            "namespace: [dev\n",
            "error reading config file",
        ),
    ];
    for (name, text, message) in table {
        let home = home(name, text);
        let error = found(&home).migrate().unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert_eq!(found(&home).text, text);
    }
    for text in ["", "# nothing\n"] {
        let home = home("config.yaml", text);
        assert!(found(&home).migrate().unwrap());
        assert_eq!(
            Settings::load(home.path(), None).unwrap().names().count(),
            0
        );
    }
}

const NAMED: &str = "schemaVersion: \"2.0.0\"\ncurrent-context:  'dev'  # for now\ncontexts:\n  - name: dev\n  \
                     - name: prod\n    config:\n      current-context: text\n";

#[test]
fn another_context_is_chosen_and_nothing_else_changes() {
    let home = home("config.yaml", NAMED);
    let path = home.path().join("config.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    found(&home).use_context("prod").unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text, NAMED.replace("'dev'  #", "\"prod\"  #"));
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
    let expected = Contexts::Named {
        names: vec!["dev".into(), "prod".into()],
        active: "prod".into(),
    };
    assert_eq!(found(&home).contexts().unwrap(), expected);
    let error = found(&home).use_context("test").unwrap_err().to_string();
    assert!(error.starts_with("context \"test\" not found; use 'porter config context list'"));
}

#[test]
fn all_formats_can_choose_a_context() {
    let table = [
        (
            "config.toml",
            "schemaVersion = \"2.0.0\"\ncurrent-context = \"a\"\n[[contexts]]\nname = \"a\"\n[[contexts]]\nname = \"b\"\n",
        ),
        (
            "config.json",
            "{\n  \"schemaVersion\": \"2.0.0\", \n  \"current-context\": \"a\",\n  \"contexts\": [{\"name\": \"a\"}, {\"name\": \"b\"}]\n}\n",
        ),
    ];
    for (name, text) in table {
        let home = home(name, text);
        found(&home).use_context("b").unwrap();
        assert_eq!(found(&home).text, text.replacen("\"a\"", "\"b\"", 1));
    }
    // On one line it cannot be told what is what; nothing is written then.
    let text = "{schemaVersion: '2.0.0', contexts: [{name: a}, {name: b}], current-context: a}";
    let home = home("config.yaml", text);
    let error = found(&home).use_context("b").unwrap_err().to_string();
    assert!(error.contains("cannot be changed automatically"), "{error}");
    assert_eq!(found(&home).text, text);
}

#[test]
fn errors_of_choosing_are_porters() {
    let table = [
        (
            "namespace: dev\n",
            "config file is not a versioned multi-context file (schemaVersion: \"2.0.0\" required)",
        ),
        (
            "schemaVersion: 1\ncontexts:\n- name: a\n",
            "current-context field not found in config file; add it before running context use",
        ),
        (
            "schemaVersion: 1\n",
            "versioned config file is missing required 'contexts' key",
        ),
    ];
    for (text, message) in table {
        let home = home("config.yaml", text);
        assert_eq!(
            found(&home).use_context("a").unwrap_err().to_string(),
            message
        );
    }
    for name in ["a", "0", "a-b_c.d"] {
        check_context_name(name).unwrap();
    }
    for name in ["", "-a", ".a", "a b", "a\n", "é"] {
        assert!(check_context_name(name).is_err(), "{name:?}");
    }
}

#[test]
fn a_new_file_is_for_the_user_alone_and_can_be_read() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("home");
    assert!(ConfigFile::find(&home).unwrap().is_none());
    let file = ConfigFile::create(&home).unwrap();
    file.check().unwrap();
    let mode = fs::metadata(&file.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let settings = Settings::load(&home, None).unwrap();
    assert_eq!(settings.text("verbosity").as_deref(), Some("info"));
}

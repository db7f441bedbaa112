//! Which stores a configuration chooses.

use std::fs;

use porter_config::settings::Settings;
use porter_config::stores::{Account, StoreKind};

fn account(text: &str, kind: StoreKind, variable: (&str, &str)) -> Result<Option<Account>, String> {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), text).unwrap();
    let settings = Settings::load(home.path(), None).unwrap();
    let environment = |name: &str| (name == variable.0).then(|| variable.1.to_owned());
    settings
        .account_with(kind, &environment)
        .map_err(|error| error.to_string())
}

const FILE: &str = "default-storage: mdb\ndefault-storage-plugin: ignored\nstorage:\n- name: mdb\n  plugin: mongodb\n  \
                    config: {url: a, timeout: 5, list: [a, b], on: true, empty: '', map: {}}\ndefault-secrets-plugin: filesystem\n\
                    secrets:\n- name: kv\n  plugin: azure.keyvault\n- name: long\n  plugin: secrets.hashicorp.vault\n\
                    - name: none\n";

#[test]
fn a_name_comes_before_a_plugin_and_the_environment_before_the_file() {
    let none = ("", "");
    let table = [
        (StoreKind::Storage, none, "mdb", "porter.mongodb"),
        (StoreKind::Secrets, none, "filesystem", "porter.filesystem"),
        (
            StoreKind::Secrets,
            ("PORTER_DEFAULT_SECRETS", "kv"),
            "kv",
            "azure.keyvault",
        ),
        (
            StoreKind::Secrets,
            ("PORTER_DEFAULT_SECRETS", "long"),
            "long",
            "hashicorp.vault",
        ),
        (
            StoreKind::Secrets,
            ("PORTER_DEFAULT_SECRETS_PLUGIN", "host"),
            "host",
            "porter.host",
        ),
        (
            StoreKind::Storage,
            ("PORTER_DEFAULT_STORAGE_PLUGIN", "x"),
            "mdb",
            "porter.mongodb",
        ),
        // A variable that is set to nothing counts as set: then the plugin is asked for.
        (
            StoreKind::Storage,
            ("PORTER_DEFAULT_STORAGE", ""),
            "ignored",
            "porter.ignored",
        ),
    ];
    for (kind, variable, name, plugin) in table {
        let account = account(FILE, kind, variable).unwrap().unwrap();
        assert_eq!(
            (account.name.as_str(), account.plugin.as_str()),
            (name, plugin)
        );
    }
    assert_eq!(
        account("namespace: a\n", StoreKind::Secrets, none),
        Ok(None)
    );
}

#[test]
fn what_is_not_defined_is_said() {
    let wrong = |kind, variable| account(FILE, kind, variable).unwrap_err();
    assert_eq!(
        wrong(StoreKind::Storage, ("PORTER_DEFAULT_STORAGE", "no")),
        "store 'no' not defined"
    );
    assert_eq!(
        wrong(StoreKind::Secrets, ("PORTER_DEFAULT_SECRETS", "no")),
        "secrets 'no' not defined"
    );
    assert_eq!(
        wrong(StoreKind::Secrets, ("PORTER_DEFAULT_SECRETS", "none")),
        "secrets 'none': it names no `plugin`"
    );
}

#[test]
fn settings_of_a_store_are_read_by_kind() {
    let account = account(FILE, StoreKind::Storage, ("", ""))
        .unwrap()
        .unwrap();
    assert_eq!(account.text("url").unwrap().as_deref(), Some("a"));
    assert_eq!(account.text("timeout").unwrap().as_deref(), Some("5"));
    assert_eq!(account.number("timeout").unwrap(), Some(5));
    assert_eq!(account.text("on").unwrap().as_deref(), Some("true"));
    assert_eq!(account.text("empty").unwrap(), None);
    assert_eq!(
        account.words("list").unwrap(),
        Some(vec!["a".into(), "b".into()])
    );
    for wrong in [account.text("list"), account.text("map")] {
        assert!(wrong.is_err());
    }
    assert!(account.number("url").is_err());
    assert!(account.words("url").is_err());
    let unknown = account.only(&["url", "timeout"]).unwrap_err().to_string();
    assert!(
        unknown.starts_with("store 'mdb': there is no setting `"),
        "{unknown}"
    );
}

#[test]
fn a_secret_inside_the_settings_of_a_store_is_refused_when_it_is_read() {
    let text =
        "default-storage: s\nstorage:\n- name: s\n  plugin: p\n  config: {url: '${secret.url}'}\n";
    let account = account(text, StoreKind::Storage, ("", ""))
        .unwrap()
        .unwrap();
    let error = account.text("url").unwrap_err().to_string();
    assert!(error.contains("`url` is ${secret.url}"), "{error}");
}

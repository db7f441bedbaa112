//! `porter config` and what a configuration file changes. Tests of the compatibility reference's
//! list carry its numbers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use porter_test_harness::{Finished, TestContext};

fn with(file: &str, text: &str) -> TestContext {
    let context = TestContext::without_engine();
    fs::create_dir_all(context.home()).unwrap();
    fs::write(context.home().join(file), text).unwrap();
    context
}

fn text(context: &TestContext) -> String {
    fs::read_to_string(context.home().join("config.yaml")).unwrap()
}

/// Porter with another environment.
fn porter_with(context: &TestContext, words: &[&str], variables: &[(&str, &str)]) -> Finished {
    let mut command = context.command(words);
    command.envs(variables.iter().copied());
    Finished::new(words, command.output().unwrap())
}

const NONE: &str = "No configuration file found.\nUse 'porter config edit' to create one.\n";

const NAMED: &str = "schemaVersion: \"2.0.0\"\ncurrent-context: dev # for now\ncontexts:\n- name: dev\n  config:\n    \
                     namespace: shop\n- name: prod\n";

#[test]
fn without_a_file_it_is_said_how_to_make_one() {
    let context = TestContext::without_engine();
    assert_eq!(context.porter(&["config", "show"]).succeeded().stdout, NONE);
    let listed = context.porter(&["config", "context", "list"]).succeeded();
    assert_eq!(listed.stdout, NONE);
    for words in [
        &["config", "migrate"][..],
        &["config", "context", "use", "a"],
    ] {
        let _ = context
            .porter(words)
            .failed()
            .complains("no config file found; use 'porter config edit' to create one");
    }
    assert!(!context.home().exists(), "nothing is made by looking");
}

#[test]
fn a_file_is_edited_even_when_it_is_broken() {
    let context = TestContext::without_engine();
    let edit = |script: &str| porter_with(&context, &["config", "edit"], &[("EDITOR", script)]);
    let _ = edit("true").succeeded();
    assert!(text(&context).contains("schemaVersion: \"2.0.0\"\ncurrent-context: default\n"));
    let _ = context.porter(&["list"]).succeeded();
    context.write("broken.sh", "echo 'namespace: [' > \"$1\"\n");
    let script = context.work().join("broken.sh").display().to_string();
    let _ = edit(&format!("sh {script}"))
        .failed()
        .complains("error reading config file");
    let _ = context
        .porter(&["config", "show"])
        .failed()
        .complains("error reading config file");
    let _ = context.porter(&["list"]).failed();
    context.write("right.sh", "echo 'namespace: dev' > \"$1\"\n");
    let script = context.work().join("right.sh").display().to_string();
    let _ = edit(&format!("sh {script}")).succeeded();
    let shown = context.porter(&["config", "show"]).succeeded();
    assert_eq!(shown.stdout, "namespace: dev\n");
    let _ = edit("false")
        .failed()
        .complains("unable to open editor to edit the config file: ");
}

#[test]
fn conformance_163_settings_move_into_a_context_with_their_comments() {
    let context = with("config.yaml", "# ours\nnamespace: dev\n");
    let listed = context.porter(&["config", "context", "list"]).succeeded();
    let flat = "Config file is in legacy flat format with a single implicit context.\n";
    assert_eq!(listed.stdout, flat);
    let said = context.porter(&["config", "migrate"]).succeeded().stdout;
    let migrated =
        "Migrated config.yaml to multi-context format. Use 'porter config show' to review.\n";
    assert_eq!(said, migrated);
    assert!(text(&context).contains("    config:\n      # ours\n      namespace: dev\n"));
    let said = context.porter(&["config", "migrate"]).succeeded().stdout;
    assert_eq!(
        said,
        "Config file is already using the multi-context format.\n"
    );
    let listed = context.porter(&["config", "context", "list"]).succeeded();
    assert_eq!(listed.stdout, "* default\n");
    let toml = with("config.toml", "namespace = \"dev\"\n");
    let _ = toml.porter(&["config", "migrate"]).failed().complains(
        "automatic migration is only supported for YAML config files; your toml config must be migrated manually",
    );
}

#[test]
fn conformance_161_the_flag_comes_before_the_variable_and_that_before_the_file() {
    let context = with("config.yaml", NAMED);
    let list = |flag: &[&str], variable: &str| {
        let words = [&["config", "context", "list"][..], flag].concat();
        let finished = porter_with(&context, &words, &[("PORTER_CONTEXT", variable)]);
        finished.succeeded().stdout
    };
    assert_eq!(list(&[], ""), "* dev\n  prod\n");
    assert_eq!(list(&[], "prod"), "  dev\n* prod\n");
    assert_eq!(list(&["--context", "dev"], "prod"), "* dev\n  prod\n");
    let said = context
        .porter(&["config", "context", "use", "prod"])
        .succeeded();
    assert_eq!(said.stdout, "Switched to context \"prod\".\n");
    assert_eq!(list(&[], ""), "  dev\n* prod\n");
    assert_eq!(
        text(&context),
        NAMED.replace("dev # for now", "\"prod\" # for now")
    );
    let table = [
        (
            "test",
            "context \"test\" not found; use 'porter config context list' to see available contexts",
        ),
        (
            "-a/b",
            "invalid context name \"-a/b\": must start with a letter or digit and contain only letters, digits, hyphens, underscores, or periods",
        ),
    ];
    for (name, message) in table {
        let _ = context
            .porter(&["config", "context", "use", "--", name])
            .failed()
            .complains(message);
    }
    let _ = context
        .porter(&["list", "--context", "test"])
        .failed()
        .complains("context \"test\" not found in config file; available: dev, prod");
}

#[test]
fn conformance_162_a_context_needs_a_file_with_contexts() {
    let context = with("config.yaml", "namespace: dev\n");
    let _ = context
        .porter(&["list", "--context", "dev"])
        .failed()
        .complains("--context/PORTER_CONTEXT requires a versioned config file;");
    let _ = context
        .porter(&["config", "context", "use", "dev"])
        .failed()
        .complains("config file is not a versioned multi-context file");
}

#[test]
fn conformance_159_160_flag_variable_and_file_in_this_order() {
    let context = with("config.yaml", "namespace: prod\n");
    let set = |namespace: &str| {
        format!(
            "schemaType: CredentialSet\nschemaVersion: 1.0.1\nnamespace: {namespace}\nname: in-{namespace}\ncredentials: []\n"
        )
    };
    for namespace in ["prod", "dev", "x"] {
        context.write("set.yaml", set(namespace));
        let _ = context
            .porter(&["credentials", "apply", "set.yaml"])
            .succeeded();
    }
    let list = ["credentials", "list"];
    let _ = context.porter(&list).succeeded().says("in-prod");
    let variable = [("PORTER_NAMESPACE", "dev")];
    let _ = porter_with(&context, &list, &variable)
        .succeeded()
        .says("in-dev");
    let _ = porter_with(&context, &["credentials", "list", "-n", "x"], &variable)
        .succeeded()
        .says("in-x");
    let json = porter_with(&context, &list, &[("PORTER_OUTPUT", "json")]).succeeded();
    assert!(json.stdout.starts_with("[\n  {"), "{json:?}");
    let _ = porter_with(&context, &list, &[("PORTER_OUTPUT", "xml")])
        .failed()
        .complains("invalid format: xml");
}

#[test]
fn stores_of_porter_are_not_silently_replaced() {
    let context = with(
        "config.yaml",
        "default-storage: mdb\nstorage:\n- name: mdb\n  plugin: mongodb\n  config: {url: 'mongodb://x'}\n",
    );
    let _ = context
        .porter(&["list"])
        .failed()
        .complains("storage plugin `porter.mongodb` is not supported")
        .complains("hint: ");
    let _ = context.porter(&["mixins", "list"]).succeeded();
    // The variables choose another store, as everything in a file.
    let variables = [
        ("PORTER_DEFAULT_STORAGE", ""),
        ("PORTER_DEFAULT_STORAGE_PLUGIN", "sqlite"),
    ];
    let _ = porter_with(&context, &["list"], &variables).succeeded();
    let table = [
        ("default-storage: no\n", "store 'no' not defined"),
        ("default-secrets: no\n", "secrets 'no' not defined"),
        (
            "default-secrets-plugin: azure.keyvault\n",
            "secrets plugin `azure.keyvault` is not supported yet",
        ),
        (
            "default-secrets: a\nsecrets:\n- {name: a, plugin: command, config: {gte: [x]}}\n",
            "secrets 'a': there is no setting `gte`; there are get, put,",
        ),
    ];
    for (text, message) in table {
        let context = with("config.yaml", text);
        let _ = context.porter(&["list"]).failed().complains(message);
    }
}

//! Where sensitive values are kept: every secret store, and the key of the encrypted one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use porter_test_harness::{Finished, TestContext, Vault, vault};

const BUNDLE: &str = "
parameters:
  - name: token
    type: string
    sensitive: true
    default: none
credentials:
  - name: key
    env: KEY
    required: false
outputs:
  - name: hidden
    type: string
    sensitive: true
install:
  - exec: &work
      command: sh
      arguments: [-c, 'echo key=$(printf %s \"$KEY\" | wc -c); printf \"made-of-%s\" \"$0\"', '${ bundle.parameters.token }']
      suppress-output: false
      outputs:
        - name: hidden
          regex: '(made-of-.*)'
upgrade:
  - exec: *work
uninstall:
  - exec: *work
";
const PLANTED: &str = "planted-token-4711";

/// A built bundle and a home with this configuration.
fn built(config: &str) -> TestContext {
    let context = TestContext::new();
    context.manifest(BUNDLE);
    let _ = context.porter(&["build"]).succeeded();
    fs::write(context.home().join("config.yaml"), config).unwrap();
    context
}

fn install(context: &TestContext, flags: &[&str]) -> Finished {
    let token = format!("token={PLANTED}");
    let words = [&["install", "s", "--param", &token][..], flags].concat();
    context.porter(&words)
}

/// What is sensitive comes back, and the database does not hold it.
fn comes_back(context: &TestContext) {
    let made = ["installation", "outputs", "show", "hidden", "-i", "s"];
    let shown = context.porter(&made).succeeded();
    assert_eq!(shown.stdout, format!("made-of-{PLANTED}"));
    let _ = context.porter(&["upgrade", "s"]).succeeded();
    assert_eq!(context.porter(&made).succeeded().stdout, shown.stdout);
    let database = fs::read(context.home().join("porter.db")).unwrap();
    let holds = database
        .windows(PLANTED.len())
        .any(|part| part == PLANTED.as_bytes());
    assert!(!holds, "the database holds the secret");
}

#[test]
fn conformance_126_the_host_plugin_cannot_keep_secrets() {
    let context = built("default-secrets-plugin: host\n");
    let _ = install(&context, &[]).failed().complains(
        "the default secrets plugin, secrets.porter.host, does not support persisting secrets: not implemented",
    );
    assert_eq!(context.porter(&["list", "-o", "json"]).stdout, "[]\n");
    let set = "schemaType: CredentialSet\nschemaVersion: 1.0.1\nname: c\ncredentials:\n- name: key\n  source: {secret: a}\n";
    context.write("../c.yaml", set);
    let file = context.path("c.yaml").display().to_string();
    let _ = context
        .porter(&["install", "s", "--credential-set", &file])
        .failed()
        .complains(
            "unable to resolve credential .key from secret a: invalid credential source: secret",
        );
}

#[test]
fn files_are_for_the_user_alone_and_somebody_says_that_they_are_clear() {
    let context = built("default-secrets-plugin: filesystem\n");
    let _ = install(&context, &[])
        .succeeded()
        .complains("keeps secrets in clear in ");
    let folder = context.home().join("secrets");
    assert_eq!(
        fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
        let name = entry.file_name().to_string_lossy().into_owned();
        names.push(name.split_once('-').unwrap().1.to_owned());
    }
    names.sort();
    assert_eq!(
        names,
        ["hidden", "token", "token"],
        "an output, and a parameter twice"
    );
    comes_back(&context);
}

const COMMAND: &str = "default-secrets: mine
secrets:
  - name: mine
    plugin: command
    config:
      get: [sh, -c, 'cat \"$STORE/$1\" 2>/dev/null || exit 44', get, '{key}']
      put: [sh, -c, 'cat > \"$STORE/$PORTER_SECRET_KEY\"; tr \"\\0\" \" \" < /proc/$$/cmdline >> \"$STORE/.seen\"', put]
      missing-exit-code: 44
";

#[test]
fn a_command_gets_values_on_standard_input_only() {
    let context = built(&COMMAND.replace("$STORE", "$PORTER_TEST_STORE"));
    let store = context.path("store");
    fs::create_dir(&store).unwrap();
    let porter = |words: &[&str]| {
        let mut command = context.command(words);
        command.env("PORTER_TEST_STORE", &store);
        Finished::new(words, command.output().unwrap())
    };
    let token = format!("token={PLANTED}");
    let _ = porter(&["install", "s", "--param", &token]).succeeded();
    let made = ["installation", "outputs", "show", "hidden", "-i", "s"];
    assert_eq!(
        porter(&made).succeeded().stdout,
        format!("made-of-{PLANTED}")
    );
    let seen = fs::read_to_string(store.join(".seen")).unwrap();
    assert!(!seen.contains(PLANTED), "{seen}");
    assert!(TestContext::holding(&context.home(), PLANTED.as_bytes()).is_empty());
    // A secret that is not there is not there; a store that fails has failed.
    context.write(
        "../c.yaml",
        "schemaType: CredentialSet\nschemaVersion: 1.0.1\nname: c\ncredentials:\n- name: key\n  source: {secret: absent}\n",
    );
    let file = context.path("c.yaml").display().to_string();
    let words = ["upgrade", "s", "--credential-set", &file];
    let _ = porter(&words)
        .failed()
        .complains("secret `absent` does not exist in the secret store");
    fs::remove_dir_all(&store).unwrap();
    let _ = porter(&["upgrade", "s", "--param", "token=other"])
        .failed()
        .complains("`sh` failed for secret `");
}

#[test]
fn a_vault_keeps_what_is_sensitive() {
    let server = Vault::start();
    let config = format!(
        "default-secrets: team\nsecrets:\n  - name: team\n    plugin: hashicorp.vault\n    config:\n      \
         vault_addr: {}\n      vault_token: ${{env.TEST_VAULT_TOKEN}}\n      path_prefix: apps/porter\n",
        server.address()
    );
    let context = built(&config);
    let porter = |words: &[&str], token: &str| {
        let mut command = context.command(words);
        command
            .env("TEST_VAULT_TOKEN", token)
            .env("HOME", context.path(""));
        Finished::new(words, command.output().unwrap())
    };
    let right = |words: &[&str]| porter(words, vault::TOKEN);
    let value = format!("token={PLANTED}");
    let refused = porter(&["install", "s", "--param", &value], "wrong-token").failed();
    let _ = refused.complains("the Vault refused `secret/apps/porter/");
    let _ = right(&["install", "s", "--param", &value]).succeeded();
    let keys = server.run(&["kv", "list", "secret/apps/porter"]).unwrap();
    let names: Vec<&str> = keys.lines().filter(|line| line.contains('-')).collect();
    let ours = names
        .iter()
        .filter(|name| name.ends_with("-token") || name.ends_with("-hidden"));
    assert_eq!(ours.count(), 3, "{keys}");
    let made = ["installation", "outputs", "show", "hidden", "-i", "s"];
    assert_eq!(
        right(&made).succeeded().stdout,
        format!("made-of-{PLANTED}")
    );
    let _ = right(&["upgrade", "s"]).succeeded();
    assert!(TestContext::holding(&context.home(), PLANTED.as_bytes()).is_empty());

    // A set names a secret that somebody else put there; a path may be in the key.
    let put = [
        "kv",
        "put",
        "secret/apps/porter/db/password",
        "value=twelve-chars",
    ];
    server.run(&put).unwrap();
    let set = |key: &str| {
        context.write(
            "../c.yaml",
            format!("schemaType: CredentialSet\nschemaVersion: 1.0.1\nname: c\ncredentials:\n- name: key\n  source: {{secret: {key}}}\n"),
        );
        let file = context.path("c.yaml").display().to_string();
        right(&["upgrade", "s", "--credential-set", &file])
    };
    let _ = set("db/password").succeeded().says("key=12");
    let _ = set("db/none")
        .failed()
        .complains("secret `db/none` does not exist in the secret store");
    let _ = set("../../sys/seal")
        .failed()
        .complains("cannot be the key of a secret in a Vault");
    let address = server.address().to_owned();
    drop(server);
    let _ = set("db/password")
        .failed()
        .complains(&format!("the Vault at `{address}/` does not answer"));
    let text = fs::read_to_string(context.home().join("config.yaml")).unwrap();
    fs::write(
        context.home().join("config.yaml"),
        text.replace("TEST_VAULT_TOKEN", "NO_TOKEN"),
    )
    .unwrap();
    let _ = set("db/password")
        .failed()
        .complains("there is no token: set VAULT_TOKEN");
}

#[test]
fn the_key_is_taken_away_exchanged_and_brought_back() {
    let context = built("");
    let key = context.home().join("secret.key");
    let _ = context
        .porter(&["secrets", "key", "rotate"])
        .failed()
        .complains("there is no key yet");
    let _ = install(&context, &[]).succeeded();
    let kept = context.path("kept.key").display().to_string();
    let _ = context
        .porter(&["secrets", "key", "export", &kept])
        .succeeded();
    assert_eq!(
        fs::metadata(&kept).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let _ = context
        .porter(&["secrets", "key", "export", &kept])
        .failed();
    let before = fs::read(&key).unwrap();
    let _ = context
        .porter(&["secrets", "key", "rotate"])
        .succeeded()
        .says("made a new key and encrypted ");
    assert_ne!(fs::read(&key).unwrap(), before);
    comes_back(&context);
    let _ = context
        .porter(&["secrets", "key", "import", &kept])
        .failed()
        .complains("cannot be decrypted with it; nothing was changed");
    let newer = context.path("newer.key").display().to_string();
    let _ = context
        .porter(&["secrets", "key", "export", &newer])
        .succeeded();
    fs::remove_file(&key).unwrap();
    let made = ["installation", "outputs", "show", "hidden", "-i", "s"];
    let _ = context.porter(&made).failed().complains("is missing");
    let _ = context
        .porter(&["secrets", "key", "import", &newer])
        .succeeded();
    comes_back(&context);
}

/// How many moments a rotation is killed at.
const MOMENTS: u32 = 40;

#[test]
fn a_rotation_that_is_killed_at_any_moment_loses_nothing() {
    let context = TestContext::without_engine();
    for number in 0..20 {
        let set = format!(
            "schemaType: CredentialSet\nschemaVersion: 1.0.1\nname: s{number}\ncredentials:\n- name: a\n  \
             source: {{value: planted-{number}}}\n"
        );
        context.write("set.yaml", set);
        let _ = context
            .porter(&["credentials", "apply", "set.yaml"])
            .succeeded();
    }
    let rotate = ["secrets", "key", "rotate"];
    let begun = Instant::now();
    let _ = context.porter(&rotate).succeeded();
    let longest = begun.elapsed();
    for moment in 0..MOMENTS {
        let mut child = context.start(&rotate);
        std::thread::sleep(longest * moment / MOMENTS);
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        let listed = context
            .porter(&["credentials", "list", "-o", "json"])
            .succeeded();
        for number in 0..20 {
            let value = format!("\"planted-{number}\"");
            assert!(listed.stdout.contains(&value), "moment {moment}: {value}");
        }
    }
    let _ = context.porter(&rotate).succeeded();
    assert!(TestContext::holding(&context.home(), b"planted-").is_empty());
}

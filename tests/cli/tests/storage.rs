//! `porter storage` and `porter plugins`: records of other Porters come in, modes are reset.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use porter_test_harness::{TestContext, corpus};
use serde_json::{Value, json};

fn json(context: &TestContext, words: &[&str]) -> Value {
    let words = [words, &["-o", "json"]].concat();
    serde_json::from_str(&context.porter(&words).succeeded().stdout).unwrap()
}

/// The documents that a recorded case ends with, its placeholders filled in. Identities are given in
/// the order of runs and results, as they were when it was recorded.
fn recorded(case: &str) -> Option<BTreeMap<String, Vec<Value>>> {
    let path = corpus("lifecycle")?.join(case).join("case.json");
    let case: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let steps = case["steps"].as_array().unwrap();
    let documents = steps.iter().rev().find_map(|step| step.get("documents"));
    let mut text = documents.unwrap().to_string();
    let mut order = Vec::new();
    for collection in ["runs", "results", "installations"] {
        for document in documents.unwrap()[collection].as_array().unwrap() {
            let id = document.get("_id").and_then(Value::as_str);
            order.push(id.or(document["id"].as_str()).unwrap().to_owned());
        }
    }
    for (number, placeholder) in order.iter().enumerate() {
        text = text.replace(placeholder, &format!("01HZZZZZZZZZZZZZZZZZZZZZ{number:02}"));
    }
    text = text
        .replace("<time>", "2026-01-02T03:04:05.678Z")
        .replace("<oid>", "5f43a1b2c3d4e5f60718293a")
        .replace("<digest>", &format!("sha256:{}", "a".repeat(64)));
    for number in 0..99 {
        text = text.replace(
            &format!("<ulid:{number}>"),
            &format!("01HYYYYYYYYYYYYYYYYYYYYY{number:02}"),
        );
    }
    let mut documents: BTreeMap<String, Vec<Value>> = serde_json::from_str(&text).unwrap();
    // What a recording shows of a value that differs from run to run.
    for output in documents.get_mut("outputs").unwrap() {
        if output["value"].is_object() {
            output["value"] = json!("YQ==");
        }
    }
    Some(documents)
}

/// The keys of secrets that a document names.
fn secrets_of(document: &Value) -> Vec<String> {
    let (mut found, mut left) = (Vec::new(), vec![document]);
    while let Some(value) = left.pop() {
        match value {
            Value::Array(items) => left.extend(items),
            Value::Object(members) => {
                for name in ["secret", "key"] {
                    let key = members.get(name).and_then(Value::as_str);
                    found.extend(key.filter(|key| !key.is_empty()).map(str::to_owned));
                }
                left.extend(members.values());
            }
            _ => {}
        }
    }
    found
}

/// Writes an export with its secrets: a document per line, or one array.
fn export(folder: &Path, documents: &BTreeMap<String, Vec<Value>>, as_array: bool) {
    fs::create_dir_all(folder.join("secrets")).unwrap();
    for key in documents.values().flatten().flat_map(secrets_of) {
        fs::write(folder.join("secrets").join(key), "planted").unwrap();
    }
    for (collection, documents) in documents {
        let lines: Vec<String> = documents.iter().map(Value::to_string).collect();
        let text = match as_array {
            true => format!("[{}]", lines.join(",\n")),
            false => lines.join("\n"),
        };
        fs::write(folder.join(format!("{collection}.json")), text).unwrap();
    }
}

#[test]
fn an_export_of_porters_store_comes_in_without_loss() {
    for (case, as_array) in [
        ("storage-1-simple", false),
        ("storage-3-failed-and-invoked", true),
        ("storage-4-dependencies", false),
    ] {
        let Some(documents) = recorded(case) else {
            return;
        };
        let context = TestContext::without_engine();
        let folder = context.path("export");
        export(&folder, &documents, as_array);
        let from = folder.display().to_string();
        let words = ["storage", "migrate", "--from-export", &from];
        let installations = &documents["installations"];
        let said = format!(
            "took over {} installation(s) with {} run(s), 0 credential set(s) and 0 parameter set(s)\n",
            installations.len(),
            documents["runs"].len()
        );
        let first = context.porter(&words).succeeded();
        assert_eq!(first.stdout, said, "{case}");
        let database = fs::read(context.home().join("porter.db")).unwrap();
        for installation in installations {
            let (namespace, name) = (text(installation, "namespace"), text(installation, "name"));
            let shown = json(&context, &["show", name, "-n", namespace]);
            for member in ["id", "name", "labels", "bundle", "status"] {
                assert_eq!(
                    shown.get(member),
                    installation.get(member),
                    "{case} {member}"
                );
            }
            let is_of = |document: &&Value| {
                document["installation"] == *name && document["namespace"] == *namespace
            };
            let runs: Vec<&Value> = documents["runs"].iter().filter(is_of).collect();
            let listed = json(
                &context,
                &["installation", "runs", "list", name, "-n", namespace],
            );
            let ids = |runs: Vec<&Value>, key: &str| -> Vec<String> {
                let mut ids: Vec<String> =
                    runs.iter().map(|run| text(run, key).to_owned()).collect();
                ids.sort();
                ids
            };
            let listed = ids(listed.as_array().unwrap().iter().collect(), "id");
            assert_eq!(listed, ids(runs, "_id"), "{case}");
            for output in documents["outputs"].iter().filter(is_of) {
                let run = text(output, "runId");
                let name = text(output, "name");
                if text(output, "key").is_empty() && name != "porter-state" {
                    let words = ["installation", "outputs", "show", name, "-r", run];
                    let shown = context.porter(&words).succeeded();
                    assert_eq!(
                        base64(shown.stdout.as_bytes()),
                        output["value"],
                        "{case} {name}"
                    );
                }
            }
        }
        // Again, and nothing changes.
        assert_eq!(context.porter(&words).succeeded().stdout, said, "{case}");
        let again = json(&context, &["list", "--all-namespaces"]);
        assert_eq!(again.as_array().unwrap().len(), installations.len());
        assert!(!database.is_empty());
    }
}

#[test]
fn an_export_brings_its_secrets_and_names_what_it_cannot_bring() {
    let Some(mut documents) = recorded("storage-1-simple") else {
        return;
    };
    let context = TestContext::without_engine();
    let folder = context.path("export");
    let secret = documents["outputs"]
        .iter()
        .find(|output| !text(output, "key").is_empty());
    let (key, run) = {
        let secret = secret.unwrap();
        (
            text(secret, "key").to_owned(),
            text(secret, "runId").to_owned(),
        )
    };
    let name = text(secret.unwrap(), "name").to_owned();
    documents.get_mut("runs").unwrap().push(json!({"_id": 5}));
    export(&folder, &documents, false);
    let from = folder.display().to_string();
    fs::remove_dir_all(folder.join("secrets")).unwrap();
    let _ = context
        .porter(&["storage", "migrate", "--from-export", &from])
        .failed()
        .complains("secret(s) that the records name are not there; put the files of");
    fs::create_dir(folder.join("secrets")).unwrap();
    fs::write(folder.join("secrets").join(&key), "planted-4711").unwrap();
    let _ = context
        .porter(&["storage", "migrate", "--from-export", &from])
        .failed()
        .complains("1 installation(s) were taken over, the following could not be:")
        .complains("runs.json: document 3: ");
    let words = ["installation", "outputs", "show", &name, "-r", &run];
    assert_eq!(context.porter(&words).succeeded().stdout, "planted-4711");
    assert!(TestContext::holding(&context.home(), b"planted-4711").is_empty());
    // Another installation of this name is not replaced.
    let installation = &mut documents.get_mut("installations").unwrap()[0];
    installation["id"] = json!("01HXXXXXXXXXXXXXXXXXXXXXXX");
    export(&folder, &documents, false);
    let _ = context
        .porter(&["storage", "migrate", "--from-export", &from])
        .failed()
        .complains("installation dev/st1 cannot be imported: there is another one of this name");
    let nothing = context.path("nothing").display().to_string();
    let _ = context
        .porter(&["storage", "migrate", "--from-export", &nothing])
        .failed()
        .complains("is no export of a store");
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// Base64, which nothing else here needs.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = 0_u32;
        for index in 0..3 {
            word = word << 8 | u32::from(chunk.get(index).copied().unwrap_or_default());
        }
        for index in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * index) & 63) as usize];
            text.push(if index > chunk.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    text
}

const BUNDLE: &str = r#"{"schemaVersion":"v1.0.0","name":"old","version":"0.1.1",
  "invocationImages":[{"imageType":"docker","image":"old:v0.1.1"}],
  "parameters":{"pw":{"definition":"pw","destination":{"env":"PW"}},"n":{"definition":"n","destination":{"env":"N"}}},
  "outputs":{"conn":{"definition":"pw","path":"/cnab/app/outputs/conn"}},
  "definitions":{"pw":{"type":"string","writeOnly":true},"n":{"type":"integer"}}}"#;

/// A home as Porter 0.38 has it, with one installation that was installed, upgraded and failed.
fn old_home(home: &Path) {
    let write = |path: &str, text: &str| {
        let path = home.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "schema.json",
        r#"{"claims":"cnab-claim-1.0.0-DRAFT+b5ed2f3","credentials":"cnab-credentialsets-1.0.0-DRAFT-b6c701f","parameters":"cnab-parametersets-1.0.0-DRAFT"}"#,
    );
    write("installations/hello", "");
    let steps = [
        ("A", "install", "succeeded", "09"),
        ("B", "upgrade", "failed", "11"),
    ];
    for (letter, action, status, hour) in steps {
        let claim = format!("01G1VJGY43HT3KZN82DS6DDP{letter}1");
        write(
            &format!("claims/hello/{claim}.json"),
            &format!(
                r#"{{"schemaVersion":"1.0.0-DRAFT+b5ed2f3","id":"{claim}","installation":"hello","revision":"01G1VJGY43HT3KZN82DSJY4N{letter}1",
                "created":"2022-04-29T{hour}:09:42.65907-05:00","action":"{action}","bundle":{BUNDLE},"parameters":{{"pw":"planted-0815","n":7}}}}"#
            ),
        );
        for (number, status) in [("2", "running"), ("3", status)] {
            let result = format!("01G1VJH2HP97B5B0N5S37KYM{letter}{number}");
            write(
                &format!("results/{claim}/{result}.json"),
                &format!(
                    r#"{{"id":"{result}","claimID":"{claim}","created":"2022-04-29T{hour}:10:0{number}-05:00","status":"{status}","message":"said","outputs":{{}}}}"#
                ),
            );
        }
        let result = format!("01G1VJH2HP97B5B0N5S37KYM{letter}3");
        write(
            &format!("outputs/{result}/{result}-conn"),
            &format!("planted-{action}"),
        );
        let logs = "io.cnab.outputs.invocationImageLogs";
        write(
            &format!("outputs/{result}/{result}-{logs}"),
            &format!("logs of {action}\n"),
        );
    }
    write(
        "credentials/c.json",
        r#"{"name":"c","created":"2022-06-06T16:06:52-05:00","modified":"2022-06-06T16:07:52-05:00","credentials":[{"name":"token","source":{"env":"TOKEN"}}]}"#,
    );
    write(
        "parameters/p.json",
        r#"{"name":"p","parameters":[{"name":"n","source":{"value":"planted-4242"}}]}"#,
    );
    write("installations/empty.json", "");
}

#[test]
fn a_home_of_porter_0_38_comes_in() {
    let context = TestContext::without_engine();
    let home = context.path("old");
    old_home(&home);
    let from = home.display().to_string();
    let words = ["storage", "migrate", "--old-home", &from, "-n", "was"];
    for _ in 0..2 {
        let _ = context
            .porter(&words)
            .failed()
            .complains("1 installation(s) were taken over")
            .complains("installation empty has no claims to derive a stable id from");
    }
    fs::remove_file(home.join("installations/empty.json")).unwrap();
    let said = context.porter(&words).succeeded().stdout;
    let expected =
        "took over 1 installation(s) with 2 run(s), 1 credential set(s) and 1 parameter set(s)\n";
    assert_eq!(said, expected);
    let shown = json(&context, &["show", "hello", "-n", "was"]);
    assert_eq!(shown["id"], "01G1VJGY43HT3KZN82DS6DDPA1");
    assert_eq!(shown["status"]["created"], "2022-04-29T14:09:42.65907Z");
    assert_eq!(shown["status"]["modified"], "2022-04-29T16:09:42.65907Z");
    assert_eq!(shown["status"]["installed"], "2022-04-29T14:10:03Z");
    assert_eq!(shown["status"]["action"], "upgrade");
    assert_eq!(shown["status"]["resultStatus"], "failed");
    assert_eq!(shown["status"]["bundleVersion"], "0.1.1");
    assert_eq!(
        shown["_calculated"]["displayInstallationState"],
        "installed"
    );
    let output = |run: &str| {
        let words = ["installation", "outputs", "show", "conn", "-r", run];
        context.porter(&words).succeeded().stdout
    };
    assert_eq!(output("01G1VJGY43HT3KZN82DS6DDPA1"), "planted-install");
    assert_eq!(output("01G1VJGY43HT3KZN82DS6DDPB1"), "planted-upgrade");
    let logs = context
        .porter(&["logs", "-i", "hello", "-n", "was"])
        .succeeded();
    assert_eq!(logs.stdout, "logs of upgrade\n\n");
    let set = json(&context, &["credentials", "show", "c", "-n", "was"]);
    assert_eq!(set["credentials"][0]["source"], json!({"env": "TOKEN"}));
    assert_eq!(set["status"]["modified"], "2022-06-06T21:07:52Z");
    for planted in [
        "planted-0815",
        "planted-install",
        "planted-upgrade",
        "planted-4242",
    ] {
        let found = TestContext::holding(&context.home(), planted.as_bytes());
        assert!(found.is_empty(), "{planted} in {found:?}");
    }
}

#[test]
fn an_import_that_is_killed_at_any_moment_is_whole_or_absent() {
    let context = TestContext::without_engine();
    let home = context.path("old");
    old_home(&home);
    fs::remove_file(home.join("installations/empty.json")).unwrap();
    let from = home.display().to_string();
    let words = ["storage", "migrate", "--old-home", &from];
    let begun = Instant::now();
    let _ = context.porter(&words).succeeded();
    let longest = begun.elapsed();
    for moment in 0..20 {
        fs::remove_dir_all(context.home()).unwrap();
        let mut child = context.start(&words);
        std::thread::sleep(longest * moment / 20);
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        let listed = json(&context, &["list"]);
        for installation in listed.as_array().unwrap() {
            let runs = json(&context, &["installation", "runs", "list", "hello"]);
            assert_eq!(
                runs.as_array().unwrap().len(),
                2,
                "{moment}: {installation}"
            );
            assert_eq!(installation["status"]["resultStatus"], "failed");
        }
        let _ = context.porter(&words).succeeded();
        let words = ["installation", "outputs", "show", "conn", "-i", "hello"];
        assert_eq!(context.porter(&words).succeeded().stdout, "planted-upgrade");
    }
}

#[test]
fn case_147_what_migrate_needs() {
    let context = TestContext::without_engine();
    let _ = context
        .porter(&["storage", "migrate"])
        .failed()
        .complains("--old-home is required");
    let _ = context
        .porter(&["storage", "migrate", "--old-home", "nowhere"])
        .failed()
        .complains("`nowhere` is no home of a Porter 0.38");
    let _ = context
        .porter(&[
            "storage",
            "migrate",
            "--old-home",
            "x",
            "--old-account",
            "azure",
        ])
        .failed()
        .complains("the storage account `azure` cannot be read");
}

#[test]
fn case_148_modes_are_reset_as_porter_does() {
    let Some(folder) = corpus("lifecycle") else {
        return;
    };
    let path = folder.join("148-fix-permissions-modes/case.json");
    let case: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let tree = |name: &str| -> Vec<(String, u32)> {
        let steps = case["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["tree"] == name).unwrap();
        let entries = step["entries"].as_array().unwrap().iter();
        let mode = |entry: &Value| u32::from_str_radix(text(entry, "mode"), 8).unwrap();
        entries
            .map(|entry| (text(entry, "path").to_owned(), mode(entry)))
            .collect()
    };
    let context = TestContext::without_engine();
    let home = context.home();
    fs::create_dir_all(&home).unwrap();
    for (path, _) in tree("before") {
        if path.ends_with('/') {
            fs::create_dir_all(home.join(&path)).unwrap();
        } else {
            fs::create_dir_all(home.join(&path).parent().unwrap()).unwrap();
            fs::write(home.join(&path), "").unwrap();
        }
    }
    for (path, mode) in tree("before") {
        fs::set_permissions(home.join(&path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let ours = ["secret.key", "porter.db", "secrets/y"];
    for path in ours {
        fs::write(home.join(path), "").unwrap();
        fs::set_permissions(home.join(path), fs::Permissions::from_mode(0o644)).unwrap();
    }
    fs::write(context.path("elsewhere"), "").unwrap();
    fs::set_permissions(context.path("elsewhere"), fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink(context.path("elsewhere"), home.join("cache/link")).unwrap();
    let said = context
        .porter(&["storage", "fix-permissions"])
        .succeeded()
        .stdout;
    assert_eq!(
        said,
        format!("Resetting file permissions in {}\n", home.display())
    );
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for (path, expected) in tree("after") {
        let found = mode(&home.join(&path));
        if found != expected {
            panic!("{path}: {found:o}, not {expected:o}");
        }
    }
    for path in ours {
        assert_eq!(mode(&home.join(path)), 0o600, "{path}");
    }
    assert_eq!(
        mode(&context.path("elsewhere")),
        0o644,
        "links are not followed"
    );
}

#[test]
fn plugins_are_those_that_are_built_in() {
    let context = TestContext::without_engine();
    let _ = context
        .porter(&["plugins", "list"])
        .succeeded()
        .says(" Name       Version  Author");
    let listed = json(&context, &["plugins", "list"]);
    assert_eq!(listed[1]["name"], "porter");
    let _ = context
        .porter(&["plugins", "show", "porter"])
        .succeeded()
        .says("Name: porter\nVersion: v")
        .says(" storage  sqlite");
    let _ = context
        .porter(&["plugins", "show", "azure"])
        .failed()
        .complains("plugin azure is not built in");
    let _ = context
        .porter(&["plugins", "show"])
        .failed()
        .complains("plugin name is required");
}

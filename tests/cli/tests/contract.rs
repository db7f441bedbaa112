//! What a bundle is given and what becomes of what it leaves, as a driver of ours sees it: no engine is
//! needed. Tests of the compatibility reference's list carry its numbers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use porter_test_harness::{Finished, TestContext};
use serde_json::{Value, json};

/// A driver that keeps what it is given and leaves the outputs that a test wants.
const SPY: &str = r#"#!/bin/sh
if [ "$1" = --handles ]; then echo docker,oci; exit 0; fi
cat > "$SPY/operation.json"
env > "$SPY/environment"
cd "$CNAB_OUTPUT_DIR" && mkdir -p cnab/app/outputs && cd cnab/app/outputs || exit 1
if [ -f "$SPY/outputs.sh" ]; then . "$SPY/outputs.sh"; fi
"#;

struct Place {
    context: TestContext,
}

fn bundle() -> Value {
    json!({
        "schemaVersion": "1.2.0", "name": "contract", "version": "0.1.0",
        "invocationImages": [{"imageType": "docker", "image": "contract:1"}],
        "actions": {"look": {"stateless": true}},
        "parameters": {
            "flag": {"definition": "flag", "destination": {"env": "FLAG"}},
            "object": {"definition": "object", "destination": {"env": "OBJECT"}},
            "text": {"definition": "text", "destination": {"env": "TEXT"}},
            "optional": {"definition": "optional", "destination": {"env": "OPTIONAL"}},
            "loader": {"definition": "text", "destination": {"env": "LD_PRELOAD"}},
            "token": {"definition": "token", "destination": {"env": "TOKEN"}},
            "porter-state": {"definition": "porter-state", "destination": {"path": "/porter/state.tgz"}}
        },
        "credentials": {"key": {"env": "KEY", "required": true, "applyTo": ["upgrade"]}},
        "outputs": {
            "number": {"definition": "number", "path": "/cnab/app/outputs/number"},
            "long": {"definition": "text", "path": "/cnab/app/outputs/long"},
            "porter-state": {"definition": "porter-state", "path": "/cnab/app/outputs/porter-state"}
        },
        "definitions": {
            "flag": {"type": "boolean", "default": true},
            "object": {"type": "object", "default": {"b": 1, "a": [1, "x"]}},
            "text": {"type": "string", "default": "none"},
            "optional": {"type": "string"},
            "token": {"type": "string", "writeOnly": true, "default": "planted-token"},
            "number": {"type": "integer"},
            "porter-state": {"type": "string", "contentEncoding": "base64", "$comment": "porter-internal"}
        },
        "requiredExtensions": ["io.cnab.parameter-sources"],
        "custom": {"io.cnab.parameter-sources": {"porter-state": {
            "priority": ["output"], "sources": {"output": {"name": "porter-state"}}}}}
    })
}

impl Place {
    fn new() -> Self {
        let context = TestContext::without_engine();
        context.write("bundle.json", bundle().to_string());
        context.write("bin/cnab-spy.sh", SPY);
        let program = context.work().join("bin/cnab-spy");
        fs::rename(context.work().join("bin/cnab-spy.sh"), program).unwrap();
        fs::create_dir(context.path("spy")).unwrap();
        let place = Self { context };
        place.leaves("printf 5 > number; printf x > long; printf s > porter-state");
        place
    }

    /// What the driver does to leave outputs.
    fn leaves(&self, script: &str) {
        fs::write(self.context.path("spy/outputs.sh"), script).unwrap();
    }

    /// Porter with the driver on PATH.
    fn porter(&self, words: &[&str]) -> Finished {
        let mut command = self.context.command(words);
        let path = std::env::var("PATH").unwrap();
        let programs = self.context.work().join("bin");
        command
            .env("PATH", format!("{}:{path}", programs.display()))
            .env("SPY", self.context.path("spy"));
        Finished::new(words, command.output().unwrap())
    }

    /// An action of the bundle, run by the driver.
    fn act(&self, words: &[&str]) -> Finished {
        self.porter(&[words, &["--cnab-file", "bundle.json", "-d", "spy"]].concat())
    }

    /// What the driver was given last; none when it was not started.
    fn operation(&self) -> Option<Value> {
        let text = fs::read(self.context.path("spy/operation.json")).ok()?;
        Some(serde_json::from_slice(&text).unwrap())
    }

    fn environment(&self) -> String {
        fs::read_to_string(self.context.path("spy/environment")).unwrap()
    }
}

#[test]
fn f105_a_run_has_the_environment_and_the_files_of_the_contract() {
    let place = Place::new();
    let _ = place.act(&["install", "x", "-n", "dev"]).succeeded();
    let operation = place.operation().unwrap();
    let environment = &operation["environment"];
    for (name, value) in [
        ("CNAB_ACTION", "install"),
        ("CNAB_BUNDLE_NAME", "contract"),
        ("CNAB_BUNDLE_VERSION", "0.1.0"),
        ("CNAB_INSTALLATION_NAME", "dev/x"),
        ("CNAB_CLAIMS_VERSION", "1.0.0-DRAFT+b5ed2f3"),
        ("PORTER_INSTALLATION_NAMESPACE", "dev"),
        ("PORTER_INSTALLATION_NAME", "x"),
        ("PORTER_VERBOSITY", "info"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    assert_eq!(environment["CNAB_REVISION"], operation["revision"]);
    let shown = place
        .porter(&["show", "x", "-n", "dev", "-o", "json"])
        .succeeded();
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(environment["PORTER_INSTALLATION_ID"], shown["id"]);
    let file = |path: &str| -> Value {
        serde_json::from_str(operation["files"][path].as_str().unwrap()).unwrap()
    };
    assert_eq!(file("/cnab/bundle.json"), bundle());
    assert_eq!(file("/cnab/app/image-map.json"), json!({}));
    assert_eq!(file("/cnab/claim.json")["action"], "install");
    assert_eq!(file("/cnab/claim.json")["installation"], "dev/x");
}

#[test]
fn f106_f107_values_become_text() {
    let place = Place::new();
    let text = "a: \"b\" # ${c} \\ é";
    let _ = place
        .act(&["install", "x", "--param", &format!("text={text}")])
        .succeeded();
    let operation = place.operation().unwrap();
    for (name, value) in [
        ("FLAG", "true"),
        ("OBJECT", r#"{"a":[1,"x"],"b":1}"#),
        ("TEXT", text),
        ("OPTIONAL", ""),
    ] {
        assert_eq!(operation["environment"][name], value, "{name}");
    }
}

#[test]
fn f109_a_required_credential_is_missed_before_anything_runs() {
    let place = Place::new();
    let _ = place.act(&["install", "x"]).succeeded();
    fs::remove_file(place.context.path("spy/operation.json")).unwrap();
    let _ = place
        .act(&["upgrade", "x"])
        .failed()
        .complains("bundle requires credential for key");
    assert!(place.operation().is_none(), "the driver was started");
    let _ = place
        .porter(&["show", "x"])
        .succeeded()
        .says("Last Action: install");
}

#[test]
fn f110_f111_outputs_that_are_missing_or_of_another_type_fail_the_run() {
    let place = Place::new();
    place.leaves("printf s > porter-state");
    let _ = place
        .act(&["install", "x"])
        .failed()
        .complains("required output number is missing and has no default");
    let _ = place
        .porter(&["list"])
        .succeeded()
        .says("defined")
        .says("failed");
    place.leaves("printf text > number; printf s > porter-state");
    let _ = place
        .act(&["install", "x"])
        .failed()
        .complains("failed to parse \"number\"");
    let _ = place
        .porter(&["list"])
        .succeeded()
        .says("defined")
        .says("failed");
    place.leaves("printf 1.5 > number; printf s > porter-state");
    let _ = place.act(&["install", "x"]).failed().complains(
        "\"number\" is not any of the expected types (integer) because it is \"number\"",
    );
}

#[test]
fn f112_f113_state_travels_from_run_to_run_also_when_one_fails() {
    let place = Place::new();
    let state = || {
        let operation = place.operation().unwrap();
        operation["files"]["/porter/state.tgz"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    place.leaves("printf first > porter-state; exit 1");
    let _ = place
        .act(&["install", "x"])
        .failed()
        .complains("Command driver (spy) failed executing bundle: exit status 1");
    assert_eq!(state(), "null", "there is no state before the first run");
    place.leaves("printf second > porter-state; printf 5 > number; printf x > long");
    let _ = place.act(&["install", "x"]).succeeded();
    assert_eq!(state(), "Zmlyc3Q=", "what the run that failed left");
    let _ = place.act(&["uninstall", "x"]).succeeded();
    assert_eq!(state(), "c2Vjb25k");
}

#[test]
fn f114_f115_access_to_the_host_is_for_the_docker_driver() {
    let place = Place::new();
    let _ = place
        .act(&["install", "x", "--allow-docker-host-access"])
        .failed()
        .complains("allow-docker-host-access was enabled, but the driver is spy");
    let _ = place
        .act(&["install", "x", "--mount-host-volume", "/a:/b"])
        .failed()
        .complains("mount-host-volume was was used to mount a volume, but the driver is spy");
    let mut bundle = bundle();
    bundle["requiredExtensions"] = json!(["io.cnab.docker"]);
    bundle["custom"]["io.cnab.docker"] = json!({"privileged": false});
    place.context.write("bundle.json", bundle.to_string());
    let _ = place.act(&["install", "x"]).failed().complains(
        "extension \"io.cnab.docker\" is required but allow-docker-host-access was not enabled",
    );
    assert!(place.operation().is_none());
}

#[test]
fn f117_the_debug_driver_shows_the_operation_without_its_secrets() {
    let place = Place::new();
    let words = ["install", "x", "--cnab-file", "bundle.json", "-d", "debug"];
    let failed = place.porter(&words).failed();
    let from = failed.stdout.find("{\n").unwrap();
    let operation: Value = serde_json::from_str(&failed.stdout[from..]).unwrap();
    assert_eq!(operation["installation_name"], "/x");
    assert_eq!(operation["environment"]["TEXT"], "none");
    assert_eq!(operation["environment"]["TOKEN"], "*******");
    assert_eq!(operation["parameters"]["token"], "*******");
    assert_eq!(operation["outputs"]["/cnab/app/outputs/number"], "number");
    let claim: Value =
        serde_json::from_str(operation["files"]["/cnab/claim.json"].as_str().unwrap()).unwrap();
    assert_eq!(claim["parameters"]["token"], "*******");
    let _ = failed.complains("required output number is missing and has no default");
    let _ = place
        .porter(&["logs", "-i", "x"])
        .failed()
        .complains("no logs found");
}

#[test]
fn f118_a_command_driver_gets_the_operation_and_cannot_be_steered() {
    let place = Place::new();
    let _ = place
        .act(&["install", "x", "--param", "loader=/tmp/evil.so"])
        .succeeded();
    let operation = place.operation().unwrap();
    assert_eq!(operation["environment"]["LD_PRELOAD"], "/tmp/evil.so");
    assert_eq!(
        operation["image"],
        json!({"imageType": "docker", "image": "contract:1"})
    );
    let environment = place.environment();
    assert!(!environment.contains("LD_PRELOAD"), "{environment}");
    assert!(
        environment.contains("\nTOKEN=planted-token\n"),
        "{environment}"
    );
    let names = environment
        .lines()
        .find_map(|line| line.strip_prefix("CNAB_VARS="));
    assert!(
        names.unwrap().ends_with(",CNAB_OUTPUT_DIR"),
        "{environment}"
    );
    let shown = place.porter(&["installation", "outputs", "show", "number", "-i", "x"]);
    assert_eq!(shown.succeeded().stdout, "5");
    let folder = environment
        .lines()
        .find_map(|line| line.strip_prefix("CNAB_OUTPUT_DIR="));
    assert!(!fs::exists(folder.unwrap()).unwrap(), "outputs stay behind");
    let _ = place
        .porter(&["install", "y", "--cnab-file", "bundle.json", "-d", "nosuch"])
        .failed()
        .complains("unsupported driver or driver not found in PATH: nosuch");
}

#[test]
fn g128_an_object_comes_from_a_file() {
    let place = Place::new();
    place.context.write("o.json", "{\"from\": \"file\"}");
    let _ = place
        .act(&["install", "x", "--param", "object=@o.json"])
        .succeeded();
    let operation = place.operation().unwrap();
    assert_eq!(operation["environment"]["OBJECT"], r#"{"from":"file"}"#);
    place.context.write("o.json", "{\"from\": ");
    let _ = place
        .act(&["install", "y", "--param", "object=@o.json"])
        .failed()
        .complains("object");
    let listed = place.porter(&["list", "-o", "json"]).succeeded();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(
        listed.as_array().unwrap().len(),
        1,
        "nothing was recorded of y"
    );
}

#[test]
fn k164_k172_k173_lists_without_any_configuration() {
    let place = Place::new();
    for name in ["a", "b"] {
        let _ = place.act(&["install", name]).succeeded();
    }
    let _ = place.act(&["invoke", "a", "--action", "look"]).succeeded();
    let _ = place.act(&["uninstall", "a"]).succeeded();
    let list = |flags: &[&str]| -> Vec<Value> {
        let words = [&["list", "-o", "json"], flags].concat();
        serde_json::from_str(&place.porter(&words).succeeded().stdout).unwrap()
    };
    let names = |listed: Vec<Value>| -> Vec<String> {
        let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
        listed.iter().map(name).collect()
    };
    assert_eq!(
        names(list(&["--field-selector", "status.action=install"])),
        ["b"]
    );
    assert_eq!(
        names(list(&["--field-selector", "status.action=uninstall"])),
        ["a"]
    );
    let listed = list(&[]);
    let modified = |index: usize| {
        listed[index]["status"]["modified"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(modified(0) >= modified(1), "{listed:?}");
    let members: Vec<&String> = listed[0].as_object().unwrap().keys().collect();
    for member in [
        "schemaType",
        "schemaVersion",
        "id",
        "name",
        "namespace",
        "bundle",
        "status",
        "_calculated",
    ] {
        assert!(
            members.iter().any(|found| *found == member),
            "{member} in {members:?}"
        );
    }
    assert!(!place.context.home().join("config.yaml").exists());
}

#[test]
fn k167_k168_long_values_are_cut_in_tables_only() {
    let place = Place::new();
    place.leaves("printf 5 > number; printf s > porter-state; printf '%0100d' 7 > long");
    let _ = place.act(&["install", "x"]).succeeded();
    let listed = place
        .porter(&["installation", "outputs", "list", "-i", "x"])
        .succeeded();
    let cut = format!("{}...", "0".repeat(57));
    let joined: String = listed.stdout.split_whitespace().collect();
    assert!(
        joined.contains(&cut) && !joined.contains(&"0".repeat(58)),
        "{}",
        listed.stdout
    );
    let shown = place.porter(&["installation", "outputs", "show", "long", "-i", "x"]);
    assert_eq!(shown.succeeded().stdout, format!("{}7", "0".repeat(99)));
}

#[test]
fn k170_the_version_as_a_document() {
    let place = Place::new();
    let shown = place.porter(&["version", "-o", "json"]).succeeded();
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let members: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(members, ["commit", "name", "version"]);
    assert_eq!(shown["name"], "porter");
    let _ = place
        .porter(&["version", "-o", "yaml"])
        .failed()
        .complains("unsupported format, yaml. Supported formats are: json and plaintext");
}

#[test]
fn k171_explain_says_how_to_install() {
    let place = Place::new();
    let mut bundle = bundle();
    bundle["parameters"]["must"] =
        json!({"definition": "optional", "required": true, "destination": {"env": "MUST"}});
    bundle["credentials"]["key"] = json!({"env": "KEY", "required": true});
    place.context.write("bundle.json", bundle.to_string());
    let _ = place
        .porter(&["explain", "--cnab-file", "bundle.json"])
        .succeeded()
        .says("porter credentials generate mycreds")
        .says("--param must=TODO");
}

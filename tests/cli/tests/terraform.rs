//! The terraform example with a real Terraform, which is OpenTofu behind a mirror.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use porter_test_harness::{Content, Mirror, TestContext, tools};
use serde_json::Value;

/// What the example asks for.
const VERSION: &str = "1.6.6";
const SECRET: &str = "planted-secret-token";

/// The vendor's host, with OpenTofu under the name of Terraform.
fn mirror(context: &TestContext, folder: &std::path::Path) -> Mirror {
    let name = format!("terraform_{VERSION}_linux_amd64.zip");
    let archive = tools::archive(folder, &name, &tools::tofu(), "terraform");
    let sums = format!("{}  {name}\n", tools::sha256(&archive));
    let path = format!("/terraform/{VERSION}/terraform_{VERSION}");
    Mirror::start(
        context.engine(),
        BTreeMap::from([
            (format!("{path}_linux_amd64.zip"), Content::File(archive)),
            (format!("{path}_SHA256SUMS"), Content::Text(sums)),
        ]),
    )
}

fn outputs(context: &TestContext) -> BTreeMap<String, Value> {
    let list = context
        .porter(&[
            "installation",
            "output",
            "list",
            "-i",
            context.bundle_name(),
            "-o",
            "json",
        ])
        .succeeded();
    let list: Vec<Value> = serde_json::from_str(&list.stdout).unwrap();
    let named = list.into_iter().map(|one| {
        let name = one["name"].as_str().unwrap_or_default().to_owned();
        (name, one["value"].clone())
    });
    named.collect()
}

#[test]
fn the_state_of_terraform_lives_as_long_as_the_installation() {
    let context = TestContext::new();
    context.example("terraform");
    let folder = context.path("mirror");
    std::fs::create_dir(&folder).unwrap();
    let mirror = mirror(&context, &folder);
    let vendor = mirror.of("https://releases.hashicorp.com/");
    let build = ["build", "--download-mirror", &vendor];
    let _ = context.porter(&build).succeeded();
    let asked = mirror.asked();
    assert_eq!(asked.len(), 2, "archive and checksums: {asked:?}");

    let token = format!("token={SECRET}");
    let secret = ["--param", token.as_str()];
    let run = |action: &[&str], parameters: &[&str]| {
        let arguments = [action, parameters, &secret].concat();
        let finished = context.porter(&arguments).succeeded();
        assert!(!finished.stdout.contains(SECRET), "{finished:?}");
        assert!(!finished.stderr.contains(SECRET), "{finished:?}");
        finished
    };
    let _ = run(&["install"], &["--param", "greeting=good morning"])
        .says("Record the release: good morning")
        .says("Initializing Terraform...")
        .says("Apply complete! Resources: 2 added, 0 changed, 0 destroyed.");
    let installed = outputs(&context);
    assert_eq!(installed["message"], "good morning from shop");
    let release: Value = serde_json::from_str(installed["release"].as_str().unwrap()).unwrap();
    assert_eq!(release["greeting"], "good morning");
    assert_eq!(release["labels"]["stage"], "testing");

    // Nothing to do: the state of the installation came back.
    let _ = run(
        &["invoke", "--action", "plan"],
        &["--param", "greeting=good morning"],
    )
    .says("No changes.");
    let _ = run(&["upgrade"], &["--param", "greeting=it's \"late\""])
        .says("Apply complete! Resources: 1 added, 1 changed, 1 destroyed.");
    let upgraded = outputs(&context);
    assert_eq!(upgraded["message"], "it's \"late\" from shop");
    assert_eq!(upgraded["identity"], installed["identity"]);
    assert_eq!(upgraded["fingerprint"], installed["fingerprint"]);

    let _ = run(&["uninstall", "--delete"], &[]).says("Destroy complete! Resources: 2 destroyed.");
    assert_eq!(
        context.engine().containers_of(&context.image()),
        Vec::<String>::new()
    );
}

#[test]
fn a_directory_of_its_own() {
    let context = TestContext::new();
    context.example("terraform");
    let folder = context.path("mirror");
    std::fs::create_dir(&folder).unwrap();
    let mirror = mirror(&context, &folder);
    std::fs::create_dir(context.work().join("infra")).unwrap();
    let (before, after) = (
        context.work().join("terraform"),
        context.work().join("infra/to do"),
    );
    std::fs::rename(before, after).unwrap();
    let path = context.work().join("porter.yaml");
    let config = format!("clientVersion: {VERSION}");
    let manifest = std::fs::read_to_string(&path)
        .unwrap()
        .replace(
            &config,
            &format!("{config}\n      workingDir: infra/to do/\n      initFile: main.tf"),
        )
        .replace("path: terraform/", "path: infra/to do/");
    std::fs::write(&path, manifest).unwrap();
    let vendor = mirror.of("https://releases.hashicorp.com/");
    let install = ["install", "--download-mirror", &vendor];
    let _ = context
        .porter(&install)
        .succeeded()
        .says("Resources: 2 added");
    let _ = context
        .porter(&["uninstall", "--delete"])
        .succeeded()
        .says("Resources: 2 destroyed");
}

//! The kubernetes and helm3 examples with the real kubectl and helm. Neither has a cluster here, so
//! what needs one must fail with the tool's own words.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use porter_test_harness::tools;
use porter_test_harness::{Content, Mirror, TestContext};

/// Version of helm that the example names; its Go module has it.
const HELM: &str = "v3.18.6";
const KUBECTL: &str = "v1.33.4";

fn sha256(file: &Path) -> String {
    let output = std::process::Command::new("sha256sum")
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn kubernetes_renders_and_says_why_it_cannot_apply() {
    let context = TestContext::new();
    context.example("kubernetes");
    let kubectl = tools::kubectl();
    let path = format!("/release/{KUBECTL}/bin/linux/amd64/kubectl");
    let mirror = Mirror::start(
        context.engine(),
        BTreeMap::from([
            (format!("{path}.sha256"), Content::Text(sha256(&kubectl))),
            (path.clone(), Content::File(kubectl)),
        ]),
    );
    let _ = context
        .porter(&[
            "build",
            "--download-mirror",
            &mirror.of("https://dl.k8s.io/"),
        ])
        .succeeded();
    assert!(mirror.asked().contains(&path), "{:?}", mirror.asked());

    let _ = context
        .porter(&["install"])
        .failed()
        .says("Apply the manifests")
        .complains("connection refused");
    let _ = context
        .porter(&["invoke", "--action", "render"])
        .succeeded()
        .says("name: porter-greeting\n")
        .says("text: Hello from a bundle\n");
    // Debian's kubectl stands for the one of the example; it says its own version.
    let _ = context
        .porter(&["invoke", "--action", "client"])
        .succeeded()
        .says("kubectl v1.");
    let _ = context
        .porter(&["uninstall", "--force-delete"])
        .complains("connection refused");
}

#[test]
fn a_download_that_is_not_what_the_vendor_says_stops_the_build() {
    let context = TestContext::new();
    context.example("kubernetes");
    let path = format!("/release/{KUBECTL}/bin/linux/amd64/kubectl");
    let mirror = Mirror::start(
        context.engine(),
        BTreeMap::from([
            (
                path.clone(),
                Content::Text("#!/bin/sh\necho evil\n".to_owned()),
            ),
            (format!("{path}.sha256"), Content::Text("0".repeat(64))),
        ]),
    );
    let _ = context
        .porter(&[
            "build",
            "--download-mirror",
            &mirror.of("https://dl.k8s.io/"),
        ])
        .failed()
        .complains("the checksum of");
}

#[test]
fn helm3_renders_a_chart_and_says_why_it_cannot_install() {
    let context = TestContext::new();
    context.example("helm3");
    let helm = tools::go_program("helm", "helm.sh/helm/v3/cmd/helm", HELM);
    let archive = context.path("helm.tar.gz");
    let status = std::process::Command::new("tar")
        .arg("-czf")
        .arg(&archive)
        .arg("--transform=s,.*,linux-amd64/helm,")
        .arg("-P")
        .arg(&helm)
        .status()
        .unwrap();
    assert!(status.success());
    let name = format!("/helm-{HELM}-linux-amd64.tar.gz");
    let sums = format!("{}  {}\n", sha256(&archive), name.trim_start_matches('/'));
    let mirror = Mirror::start(
        context.engine(),
        BTreeMap::from([
            (format!("{name}.sha256"), Content::Text(sums)),
            (name.clone(), Content::File(archive)),
        ]),
    );
    let _ = context
        .porter(&[
            "build",
            "--download-mirror",
            &mirror.of("https://get.helm.sh/"),
        ])
        .succeeded();
    assert!(mirror.asked().contains(&name), "{:?}", mirror.asked());

    let _ = context
        .porter(&["install"])
        .failed()
        .says("Install the chart")
        .complains("Kubernetes cluster unreachable");
    let _ = context
        .porter(&[
            "invoke",
            "--action",
            "render",
            "--param",
            "text=Hi there: you",
        ])
        .succeeded()
        .says("name: greeting\n")
        .says("text: \"Hi there: you\"\n");
}

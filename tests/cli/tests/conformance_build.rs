//! Rows 60 to 82 of the conformance list: what a build makes and refuses.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use porter_cli_tests::PRINTING;
use porter_test_harness::{Reply, Server, TestContext};
use serde_json::Value;

/// A context with a bundle of `part`.
fn context(part: &str) -> TestContext {
    let context = TestContext::without_engine();
    context.manifest(&format!("{part}{PRINTING}"));
    context
}

fn read(context: &TestContext, name: &str) -> String {
    fs::read_to_string(context.work().join(name)).unwrap()
}

fn build(context: &TestContext, flags: &[&str]) -> String {
    let words = [&["build", "--no-image"], flags].concat();
    context.porter(&words).succeeded().stdout
}

fn bundle(context: &TestContext) -> Value {
    serde_json::from_str(&read(context, ".cnab/bundle.json")).unwrap()
}

/// The lines of the Dockerfile that say something.
fn dockerfile(context: &TestContext) -> Vec<String> {
    let text = read(context, ".cnab/Dockerfile");
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn position(lines: &[String], start: &str) -> usize {
    let found = lines.iter().position(|line| line.starts_with(start));
    found.unwrap_or_else(|| panic!("no line begins `{start}`: {lines:#?}"))
}

#[test]
fn d60_the_order_of_the_dockerfile() {
    let context = context("");
    let _ = build(&context, &[]);
    let lines = dockerfile(&context);
    let order = [
        "FROM --platform=linux/amd64 debian:stable-slim",
        "ARG BUNDLE_DIR",
        "ARG BUNDLE_UID=65532",
        "COPY --link --from=porter-internal-userfiles",
        "COPY --link --from=porter-internal-cnab",
        "USER ",
        "WORKDIR ",
        "CMD [\"/cnab/app/run\"]",
    ];
    let places: Vec<usize> = order.iter().map(|start| position(&lines, start)).collect();
    assert!(places.is_sorted(), "{lines:#?}");
}

#[test]
fn d61_d62_a_template_without_tokens_and_without_a_syntax() {
    let context = context("dockerfile: template.Dockerfile\n");
    context.write("template.Dockerfile", "FROM debian:stable-slim\nENV A=b\n");
    let _ = build(&context, &[]);
    let lines = dockerfile(&context);
    let order = [
        "FROM ",
        "ARG BUNDLE_DIR",
        "ENV A=b",
        "COPY --link --from=porter-internal-cnab",
    ];
    let places: Vec<usize> = order.iter().map(|start| position(&lines, start)).collect();
    assert!(places.is_sorted(), "{lines:#?}");
    // Porter adds a syntax line; here only the author's own is kept.
    assert!(!read(&context, ".cnab/Dockerfile").contains("# syntax="));
    context.write(
        "template.Dockerfile",
        "# syntax=docker/dockerfile:1.4\nFROM debian:stable-slim\n",
    );
    let _ = build(&context, &[]);
    let text = read(&context, ".cnab/Dockerfile");
    assert!(
        text.starts_with("# syntax=docker/dockerfile:1.4\n"),
        "{text}"
    );
}

#[test]
fn d63_a_manifest_outside_of_the_build_directory() {
    let context = context("");
    context.write("inner/data.txt", "x");
    let _ = build(&context, &["-f", "porter.yaml", "-d", "inner"]);
    let text = read(&context, "inner/.cnab/Dockerfile");
    assert!(!text.contains("RUN rm ${BUNDLE_DIR}"), "{text}");
}

#[test]
fn d64_an_optimized_build_is_every_build() {
    let context = context("");
    let _ = build(&context, &[]);
    let plain = read(&context, ".cnab/Dockerfile");
    let _ = build(&context, &["--experimental", "optimized-bundle-build"]);
    assert_eq!(read(&context, ".cnab/Dockerfile"), plain);
    assert!(plain.contains("porter-internal-userfiles"), "{plain}");
}

#[test]
fn d65_full_control_of_the_dockerfile() {
    let context = context("dockerfile: own.Dockerfile\n");
    let own = "FROM scratch\n# PORTER_INIT\nCOPY . /x\n";
    context.write("own.Dockerfile", own);
    let _ = build(&context, &["--experimental", "full-control-dockerfile"]);
    assert_eq!(
        read(&context, ".cnab/Dockerfile").trim_end(),
        own.trim_end()
    );
}

#[test]
fn d69_d71_what_is_up_to_date() {
    let context = context("");
    let says = |flags: &[&str]| build(&context, flags).contains("Bundle is up-to-date!");
    assert!(!says(&[]));
    assert!(says(&[]));
    assert!(!says(&["--force"]));
    // Porter ignores a changed flag.
    assert!(!says(&["--name", "other"]));
    assert!(says(&["--name", "other"]));
}

#[test]
fn d70_what_makes_a_bundle_stale() {
    let context = context("");
    context.write("helpers.sh", "#!/bin/sh\n");
    context.write(".hidden", "a");
    let is_current = || build(&context, &[]).contains("Bundle is up-to-date!");
    let _ = is_current();
    context.write(".hidden", "b");
    assert!(is_current());
    context.write("helpers.sh", "#!/bin/sh\n# changed\n");
    assert!(!is_current());
    assert!(is_current());
    let mode = fs::Permissions::from_mode(0o644);
    fs::set_permissions(context.work().join("helpers.sh"), mode).unwrap();
    assert!(!is_current());
}

#[test]
fn d72_a_name_in_the_way() {
    let context = context("");
    context.write("porter/file", "");
    let _ = context
        .porter(&["build", "--no-image"])
        .failed()
        .complains("a file or directory named \"porter\" exists in");
}

#[test]
fn d73_d74_d75_d76_the_bundle_document() {
    let parameters = "parameters:\n  - {name: a, type: string, default: x}\n  - {name: b-parameter, type: string, default: x}\n";
    let context = context(parameters);
    let _ = build(&context, &[]);
    let text = read(&context, ".cnab/bundle.json");
    let bundle = bundle(&context);
    assert!(
        text.starts_with("{\"custom\":") && !text.contains('\n'),
        "{text}"
    );
    assert_eq!(bundle["schemaVersion"], "1.2.0");
    for name in ["porter-debug", "porter-state"] {
        let definition = bundle["parameters"][name]["definition"].as_str().unwrap();
        let comment = &bundle["definitions"][definition]["$comment"];
        assert_eq!(comment, "porter-internal", "{name}");
    }
    assert_eq!(bundle["requiredExtensions"][0], "sh.porter.file-parameters");
    let extensions = bundle["requiredExtensions"].as_array().unwrap();
    assert!(
        extensions.contains(&"io.cnab.parameter-sources".into()),
        "{extensions:?}"
    );
    let stamped = bundle["custom"]["sh.porter"]["manifest"].as_str().unwrap();
    let manifest = String::from_utf8(STANDARD.decode(stamped).unwrap()).unwrap();
    assert_eq!(manifest, read(&context, "porter.yaml"));
    assert_eq!(bundle["parameters"]["a"]["definition"], "a-parameter");
    assert_eq!(
        bundle["parameters"]["b-parameter"]["definition"],
        "b-parameter"
    );
}

#[test]
fn d77_d78_lint_in_a_build_and_alone() {
    let context = context("parameters:\n  - {name: porter_x, type: string, default: x}\n");
    let _ = context
        .porter(&["build", "--no-image"])
        .failed()
        .complains("lint errors were detected. Rerun with --no-lint to ignore the errors");
    let _ = context
        .porter(&["lint"])
        .succeeded()
        .says("error(porter-100)");
    let _ = context.porter(&["lint", "--strict"]).failed();
    context.manifest(PRINTING);
    let plain = context.porter(&["lint"]).succeeded();
    assert_eq!(plain.stdout, "✨ Bundle validation was successful!\n");
    assert_eq!(
        context.porter(&["lint", "-o", "json"]).succeeded().stdout,
        ""
    );
}

#[test]
fn d80_what_output_cannot_change() {
    let context = context("");
    for (flag, message) in [
        ("type=oci", "output type cannot be overridden"),
        ("name=x", "output name cannot be overridden"),
    ] {
        let _ = context
            .porter(&["build", "--no-image", "--output", flag])
            .failed()
            .complains(message);
    }
    let told = context
        .porter(&[
            "build",
            "--no-image",
            "--output",
            "annotation.a=b",
            "-o",
            "json",
        ])
        .succeeded();
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["upToDate"], false);
}

#[test]
fn d81_files_are_downloaded_where_that_is_allowed() {
    let server = Server::start(|path| match path {
        "/data.txt" => Reply::text("from afar"),
        _ => Reply::Status(404),
    });
    let context = TestContext::new();
    let manifest = |files: &str| {
        context.manifest(&format!("files: [{files}]\n{PRINTING}"));
        let path = context.work().join("porter.yaml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen("1.0.1", "1.3.0", 1)).unwrap();
    };
    let url = server.url("data.txt");
    manifest(&format!("{{url: {url}, destination: data/a.txt}}"));
    let build = ["build", "--experimental", "file-sources"];
    let _ = context
        .porter(&build)
        .failed()
        .complains("porter build --allow-file-downloads is required to download files declared")
        .complains(&format!("- {url} => data/a.txt"));
    let allowed = [&build[..], &["--allow-file-downloads"]].concat();
    let _ = context
        .porter(&allowed)
        .succeeded()
        .says(&format!("Downloading {url} => data/a.txt"));
    assert_eq!(read(&context, "data/a.txt"), "from afar");
    let _ = context
        .porter(&allowed)
        .succeeded()
        .says("Bundle is up-to-date!");
    // Without an image nothing is connected to.
    let _ = context
        .porter(&[&build[..], &["--no-image", "--force"]].concat())
        .succeeded()
        .says("Files are not downloaded");

    let missing = server.url("none.txt");
    manifest(&format!("{{url: {missing}, destination: b.txt}}"));
    let _ = context.porter(&allowed).failed().complains(&format!(
        "failed to download {missing}: server returned 404"
    ));

    // No link leads out of the bundle directory.
    let outside = context.path("outside");
    fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, context.work().join("link")).unwrap();
    manifest(&format!("{{url: {url}, destination: link/c.txt}}"));
    let _ = context.porter(&allowed).failed();
    assert!(!outside.join("c.txt").exists());
}

#[test]
fn d82_the_name_of_the_image() {
    let context = context("");
    let _ = build(&context, &["--name", "rows"]);
    let image = bundle(&context)["invocationImages"][0]["image"].clone();
    // The MD5 of `localhost:5000/rows:v0.1.0`.
    assert_eq!(
        image,
        "localhost:5000/rows:porter-3408feb4084b9bc031842e24adc093f9"
    );
}

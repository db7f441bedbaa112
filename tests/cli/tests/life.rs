//! The life of the examples, on a real engine.

use std::fs;

use porter_test_harness::{TestContext, root};

/// Most bytes that a bundle adds to its base and its own packages.
const MAX_ADDED: u64 = 4 * 1024 * 1024;

#[test]
fn hello_is_what_create_writes_and_it_lives() {
    let context = TestContext::new();
    let name = context.bundle_name().to_owned();
    let folder = context.work().join(&name);
    let created = context.porter(&["create", &name]).succeeded();
    assert_eq!(created.stdout, "");
    for entry in fs::read_dir(root().join("examples/hello")).unwrap() {
        let entry = entry.unwrap();
        let expected = fs::read_to_string(entry.path())
            .unwrap()
            .replace("porter-hello", &name);
        let found = fs::read_to_string(folder.join(entry.file_name())).unwrap();
        let is_manifest = entry.file_name() == "porter.yaml";
        assert!(!is_manifest || found == expected, "{:?}", entry.file_name());
    }
    // Work in the new folder from here on.
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        fs::rename(entry.path(), context.work().join(entry.file_name())).unwrap();
    }
    fs::remove_dir(&folder).unwrap();

    let _ = context.porter(&["build"]).succeeded();
    let image = context.image();
    assert!(
        image.starts_with(&format!("localhost:5000/{name}:porter-")),
        "{image}"
    );
    assert!(context.engine().has_image(&image));
    let _ = context
        .porter(&["build"])
        .succeeded()
        .says("Bundle is up-to-date!");

    let _ = context
        .porter(&["install"])
        .succeeded()
        .says(&format!(
            "executing install action from {name} (installation: /{name})"
        ))
        .says("Install Hello World\nHello World\n")
        .says("execution completed successfully!");
    let _ = context
        .porter(&["list"])
        .succeeded()
        .says(&name)
        .says("installed")
        .says("succeeded");
    let _ = context
        .porter(&["upgrade"])
        .succeeded()
        .says("World 2.0\nWorld 2.0\n");
    let _ = context
        .porter(&["show"])
        .succeeded()
        .says("Last Action: upgrade");
    let _ = context
        .porter(&["logs", "-i", &name])
        .succeeded()
        .says("World 2.0");
    let _ = context
        .porter(&["uninstall", "--delete"])
        .succeeded()
        .says("Goodbye World");
    let list = context.porter(&["list"]).succeeded();
    assert!(!list.stdout.contains(&name), "{list:?}");
    assert_eq!(context.engine().containers_of(&image), Vec::<String>::new());
}

#[test]
fn hello_adds_little_to_its_base() {
    let context = TestContext::new();
    context.example("hello");
    let _ = context.porter(&["build"]).succeeded();
    let history = context.engine().history(&context.image());
    // Everything above the last layer that the template's own lines made.
    let own: Vec<_> = history
        .iter()
        .take_while(|(_, by)| !by.contains("apt-get") && !by.contains("useradd"))
        .collect();
    let added: u64 = own.iter().map(|(size, _)| size).sum();
    assert!(added > 1_000_000, "the runtime is in there: {history:#?}");
    assert!(added <= MAX_ADDED, "{added} bytes: {history:#?}");
    // Neither the manifest nor what porter made of it lies among the bundle's own files.
    let user_layer = own.iter().map(|(size, _)| size).min();
    assert!(
        user_layer.is_some_and(|size| *size < 100_000),
        "{history:#?}"
    );
}

#[test]
fn ledger_keeps_its_journal() {
    let context = TestContext::new();
    context.example("ledger");
    let name = context.bundle_name();
    context.write("greeting.txt", "a greeting from a file\n");
    let install = context
        .porter(&[
            "install",
            "--param",
            "replicas=3",
            "--param",
            "announcement=greeting.txt",
            "--param",
            "signing-key=planted-secret-key",
        ])
        .succeeded()
        .says("Compute the release of testing")
        .says("Write the journal: 3 instances in testing")
        .says("a greeting from a file")
        .says("execution completed successfully!");
    assert!(
        !install.stdout.contains("planted-secret-key"),
        "{install:?}"
    );
    // Text, numbers, structure: what a step got is what was given.
    let _ = install.complains("is new");

    let outputs = context
        .porter(&["installation", "outputs", "list", "-i", name])
        .succeeded();
    let _ = outputs
        .says("release    string   testing-")
        .says("entries    integer  1")
        .says("******");
    let json = context
        .porter(&["inst", "output", "list", "-i", name, "-o", "json"])
        .succeeded()
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let signature = json
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "signature")
        .unwrap();
    assert_eq!(signature["sensitive"], true);
    let signature = signature["value"].as_str().unwrap().to_owned();
    assert_eq!(signature.len(), 16);

    // What was given at install is kept, and so is the journal.
    let _ = context
        .porter(&["upgrade", "--param", "stage=production"])
        .succeeded()
        .says("3 instances in production");
    let report = context
        .porter(&["installation", "outputs", "show", "report", "-i", name])
        .succeeded();
    assert_eq!(report.stdout.lines().count(), 3, "{report:?}");
    let _ = report
        .says("1    install  testing-")
        .says("2    upgrade  production-");
    // The same release again: the step that is allowed to fail does not.
    let again = context
        .porter(&["upgrade", "--param", "stage=production"])
        .succeeded();
    let _ = again.says("is already in the journal");
    let _ = context
        .porter(&["invoke", "--action", "audit"])
        .succeeded()
        .says("3    upgrade");
    let runs = context
        .porter(&["installation", "runs", "list", name, "-o", "json"])
        .succeeded();
    let runs: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
    let actions: Vec<_> = runs
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["audit", "upgrade", "upgrade", "install"]);

    for secret in ["planted-secret-key", &signature] {
        let found = TestContext::holding(&context.home(), secret.as_bytes());
        assert_eq!(
            found,
            Vec::<std::path::PathBuf>::new(),
            "{secret} lies in clear"
        );
    }
    let _ = context
        .porter(&["uninstall"])
        .succeeded()
        .says("closing after 3 entries");
    let _ = context.porter(&["list"]).succeeded().says("uninstalled");
}

#[test]
fn every_example_is_used_by_a_test() {
    let tests = fs::read_dir(root().join("tests/cli/tests")).unwrap();
    let text: String = tests
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap_or_default())
        .collect();
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            let used = text.contains(&format!("example(\"{name}\")"));
            assert!(used, "no test builds and runs examples/{name}");
        }
    }
}

#[test]
fn the_locked_mixin_is_the_one_that_inspect_shows() {
    let context = TestContext::new();
    context.manifest(porter_cli_tests::PRINTING);
    let _ = context.porter(&["build"]).succeeded();
    let lock = fs::read_to_string(context.work().join("porter.lock")).unwrap();
    let lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
    let inspect = context
        .porter(&["mixins", "inspect", "exec", "-o", "json"])
        .succeeded()
        .stdout;
    let inspect: serde_json::Value = serde_json::from_str(&inspect).unwrap();
    let locked = &lock["mixins"][0];
    assert_eq!(locked["name"], "exec");
    assert_eq!(locked["source"], "builtin");
    for key in ["version", "digest", "tier", "interface"] {
        assert_eq!(locked[key], inspect[key], "{key}");
    }
    assert_eq!(inspect["tier"], "pure");
    assert!(inspect["size"].as_u64().unwrap() < 150_000);
}

#[test]
fn a_changed_flag_or_file_makes_a_build_stale() {
    let context = TestContext::new();
    context.manifest(porter_cli_tests::PRINTING);
    let up_to_date = "Bundle is up-to-date!";
    let is_built = |arguments: &[&str]| {
        !context
            .porter(arguments)
            .succeeded()
            .stdout
            .contains(up_to_date)
    };
    assert!(is_built(&["build"]));
    assert!(!is_built(&["build"]));
    assert!(is_built(&["build", "--build-arg", "A=1"]));
    assert!(!is_built(&["build", "--build-arg", "A=1"]));
    context.write("extra.sh", "true");
    assert!(is_built(&["build", "--build-arg", "A=1"]));
    assert!(is_built(&["build", "--build-arg", "A=1", "--force"]));
    context.engine().remove_image(&context.image());
    assert!(is_built(&["build", "--build-arg", "A=1"]));
}

#[test]
fn a_template_of_the_author_is_used() {
    let context = TestContext::new();
    context.manifest(
        "dockerfile: mine.Dockerfile\ncustom:\n  greeting: hi\ninstall:\n  - exec:\n      \
         command: cat\n      arguments: [/greeting]\nuninstall:\n  - exec:\n      command: ls\n",
    );
    context.write(
        "mine.Dockerfile",
        "FROM --platform=linux/amd64 debian:stable-slim\nARG CUSTOM_GREETING\n# PORTER_INIT\n\
         RUN <<EOF\necho \"$CUSTOM_GREETING from the template\" > /greeting\nEOF\n# PORTER_MIXINS\n",
    );
    let _ = context
        .porter(&["install"])
        .succeeded()
        .says("hi from the template");
    let _ = context
        .porter(&["uninstall"])
        .succeeded()
        .says("run")
        .says("porter");
}

#[test]
fn ignored_files_stay_out_of_the_image() {
    let context = TestContext::new();
    context.manifest(
        "install:\n  - exec:\n      command: find\n      arguments: [., -type, f]\n\
         uninstall:\n  - exec:\n      command: 'true'\n",
    );
    context.write(".dockerignore", "*.tmp\n!kept.tmp\nfolder/**/skipped\n");
    for name in [
        "a.tmp",
        "kept.tmp",
        "folder/x/skipped",
        "folder/x/taken",
        "script.sh",
    ] {
        context.write(name, "x");
    }
    let listed = context.porter(&["install"]).succeeded();
    // The manifest is the packaged one, as in Porter.
    for name in [
        "./kept.tmp",
        "./folder/x/taken",
        "./script.sh",
        "./run",
        "./porter.yaml",
    ] {
        assert!(
            listed.stdout.contains(name),
            "{name} is missing: {listed:?}"
        );
    }
    for name in ["./a.tmp", "skipped", "porter.lock", ".cnab"] {
        assert!(!listed.stdout.contains(name), "{name} is there: {listed:?}");
    }
}

#[test]
fn the_date_of_a_reproducible_build_is_that_of_its_image() {
    let context = TestContext::new();
    context.manifest(porter_cli_tests::PRINTING);
    let output = context
        .command(&["build"])
        .env("SOURCE_DATE_EPOCH", "1700000000")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let (status, image) = context
        .engine()
        .ask("GET", &format!("/images/{}/json", context.image()));
    assert_eq!(status, 200);
    let created = image["Created"].as_str().unwrap();
    assert!(created.starts_with("2023-11-14T22:13:20"), "{created}");
}

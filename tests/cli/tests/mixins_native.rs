//! Native mixins: the exception that must be allowed by name.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use porter_cli_tests::mixins::{component, feed, folder, link};
use porter_test_harness::{Finished, Reply, Server, TestContext};

/// Answers at build time; notes what it was given.
const CLIENT: &str = r##"#!/bin/sh
case "$1" in
  version) echo '{"name":"shelly","version":"v1.2.3","commit":"abc123","author":"Somebody"}' ;;
  schema) echo '{"definitions":{}}' ;;
  lint)
    cat > "$PORTER_HOME/lint-input"
    echo '[{"Level":2,"Location":{"Action":"install","Mixin":"shelly","StepNumber":1,"StepDescription":"Say"},"Code":"shelly-100","Title":"quiet","Message":"say it louder","URL":"https://example.com/louder"}]' ;;
  build)
    cat > "$PORTER_HOME/build-input"
    pwd > "$PORTER_HOME/build-directory"
    echo 'looking around' >&2
    echo 'ENV SHELLY="a b"'
    echo 'RUN echo built > /shelly-built' ;;
  *) echo "unknown command $1" >&2; exit 1 ;;
esac
"##;

/// Runs in the image: prints what it was given, leaves an output, fails when it is told to.
const RUNTIME: &str = r##"#!/bin/sh
input=$(cat)
echo "arguments: $*"
echo "$input"
echo "in $(pwd), home $PORTER_HOME, $SHELLY, $(cat /shelly-built)"
printf '%s' "$input" | sed -n 's/^ *say: //p' > /cnab/app/porter/outputs/said
case "$input" in *please-fail*) echo "no more" >&2; exit 3 ;; esac
"##;

fn write(context: &TestContext, path: &str, text: &str) {
    let path = context.home().join("mixins").join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Puts the mixin where Porter would.
fn put(context: &TestContext, client: &str) {
    write(context, "shelly/shelly", client);
    write(context, "shelly/runtimes/shelly-runtime", RUNTIME);
}

fn manifest(context: &TestContext, rest: &str) {
    context.manifest(rest);
    let text = fs::read_to_string(context.work().join("porter.yaml")).unwrap();
    let mixins = "  - exec\n  - shelly:\n      loud: true\n";
    context.write("porter.yaml", text.replacen("  - exec\n", mixins, 1));
}

const ONE_STEP: &str =
    "install:\n  - shelly:\n      say: hi\nuninstall:\n  - shelly:\n      say: bye\n";
const ALLOW: [&str; 2] = ["--allow-native-mixin", "shelly"];

fn allowed(context: &TestContext, arguments: &[&str]) -> Finished {
    context.porter(&[arguments, &ALLOW].concat())
}

#[test]
fn they_are_off_until_they_are_allowed_by_name() {
    let context = TestContext::without_engine();
    let mark = context.path("it-ran").display().to_string();
    put(
        &context,
        &CLIENT.replacen("case", &format!("touch {mark}\ncase"), 1),
    );
    manifest(&context, ONE_STEP);
    let refused = "mixin `shelly` is installed as native programs only";
    for arguments in [
        &["lint"][..],
        &["build"],
        &["mixins", "update"],
        &["lint", "--allow-native-mixin", "other"],
    ] {
        let _ = context
            .porter(arguments)
            .failed()
            .complains(refused)
            .complains("`--allow-native-mixin shelly`");
    }
    let _ = context
        .porter(&["mixins", "inspect", "shelly"])
        .failed()
        .complains(refused);
    let list = context.porter(&["mixins", "list"]).succeeded();
    assert!(!list.stdout.contains("shelly"), "{list:?}");
    assert!(!context.path("it-ran").exists(), "it was run");

    let _ = allowed(&context, &["lint"])
        .succeeded()
        .complains("mixin `shelly` is native, unsandboxed")
        .says("warning(shelly-100) - quiet")
        .says("say it louder")
        .says("porter.yaml:11:5");
    let _ = allowed(&context, &["mixins", "list"])
        .succeeded()
        .says("native, unsandboxed");
    let _ = allowed(&context, &["mixins", "inspect", "shelly"])
        .succeeded()
        .says("Tier: native, unsandboxed")
        .says("It runs unsandboxed");
    let json = allowed(&context, &["mixins", "list", "-o", "json"]).succeeded();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let shelly = json
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "shelly")
        .unwrap();
    assert_eq!(shelly["version"], "v1.2.3");
    assert_eq!(shelly["tier"], "native, unsandboxed");
    // In the configuration, too.
    fs::write(
        context.home().join("config.yaml"),
        "allow-native-mixin: [shelly]\n",
    )
    .unwrap();
    let _ = context.porter(&["lint"]).succeeded();
}

#[test]
fn the_lock_pins_all_their_files() {
    let context = TestContext::without_engine();
    put(&context, CLIENT);
    manifest(&context, ONE_STEP);
    let _ = allowed(&context, &["mixins", "update"])
        .succeeded()
        .says("+ shelly 1.2.3 (native, native) sha256:");
    // What the documentation says that the digest is.
    let sums = std::process::Command::new("sh")
        .args([
            "-c",
            "find * -type f ! -name shelly.wasm | LC_ALL=C sort | xargs sha256sum | sha256sum",
        ])
        .current_dir(context.home().join("mixins/shelly"))
        .output()
        .unwrap();
    let sums = String::from_utf8(sums.stdout).unwrap();
    let lock = fs::read_to_string(context.work().join("porter.lock")).unwrap();
    let digits = sums.split(' ').next().unwrap();
    assert!(lock.contains(&format!("sha256:{digits}")), "{sums}: {lock}");
    write(
        &context,
        "shelly/runtimes/shelly-runtime",
        "#!/bin/sh\necho evil\n",
    );
    let _ = allowed(&context, &["build", "--locked"])
        .failed()
        .complains("~ shelly")
        .complains("digest: sha256:");
    // A component of the same name comes before it, except where the lock says native.
    fs::write(
        context.home().join("mixins/shelly/shelly.wasm"),
        component(),
    )
    .unwrap();
    let _ = allowed(&context, &["mixins", "inspect", "shelly"])
        .succeeded()
        .says("Tier: pure");
    let _ = context
        .porter(&["lint"])
        .failed()
        .complains("native programs only");
    let _ = context
        .porter(&["mixins", "update", "shelly"])
        .succeeded()
        .says("source: native -> home")
        .says("tier: native -> pure");
    let _ = context.porter(&["lint"]).succeeded();
}

#[test]
fn e83_build_and_lint_get_what_porter_sends() {
    let context = TestContext::without_engine();
    put(&context, CLIENT);
    manifest(
        &context,
        "customActions:\n  ping: {}\ninstall:\n  - exec:\n      command: ls\n  - shelly:\n      say: \"yes\"\n      \
         text: '${ bundle.name }'\nuninstall: []\nping:\n  - shelly:\n      say: 1.10\n",
    );
    let _ = allowed(&context, &["lint"]);
    let input = fs::read_to_string(context.home().join("lint-input")).unwrap();
    let expected = "actions:\n  install:\n    - shelly:\n        say: \"yes\"\n        text: \"${ bundle.name }\"\n  \
                    ping:\n    - shelly:\n        say: 1.10\n  uninstall: []\n  upgrade: []\nconfig:\n  loud: true\n";
    assert_eq!(input, expected);
}

#[test]
fn programs_that_do_not_behave() {
    let version = "version) echo '{\"version\":\"v1\"}' ;;";
    let table = [
        ("exit 4", "package command failed"),
        ("echo '<html>'", "wrote what is no version"),
        ("yes", "wrote more than"),
        ("printf '\\033[31m' >&2; exit 1", "\\u{1b}[31m"),
    ];
    for (script, text) in table {
        let context = TestContext::without_engine();
        // `yes` never ends by itself: what it may write is bounded, and so is its time.
        let script = script.replace("yes", "yes | head -c 9000000");
        put(&context, &format!("#!/bin/sh\n{script}\n"));
        manifest(&context, ONE_STEP);
        let finished = allowed(&context, &["lint"]).failed().complains(text);
        assert!(!finished.stderr.contains('\u{1b}'), "{finished:?}");
    }
    let lint = [
        (
            "echo '[{\"Level\":0,\"Code\":\"\\u001b[31mx-1\",\"Title\":\"t\"}]'",
            "\\u{1b}[31mx-1",
        ),
        ("echo 'unknown command' >&2; exit 1", ""),
        ("echo null", ""),
    ];
    for (script, text) in lint {
        let context = TestContext::without_engine();
        put(
            &context,
            &format!("#!/bin/sh\ncase \"$1\" in\n{version}\nlint) {script} ;;\nesac\n"),
        );
        manifest(&context, ONE_STEP);
        let finished = allowed(&context, &["lint"]);
        assert!(finished.stdout.contains(text), "{finished:?}");
        assert!(!finished.stdout.contains('\u{1b}'), "{finished:?}");
    }
    let context = TestContext::without_engine();
    put(
        &context,
        &format!("#!/bin/sh\ncase \"$1\" in\n{version}\nlint) echo '{{' ;;\nesac\n"),
    );
    manifest(&context, ONE_STEP);
    let _ = allowed(&context, &["lint"])
        .failed()
        .complains("no list of lint results");
}

/// What a program leaves running keeps its streams open; porter does not wait for it.
#[test]
fn what_a_program_leaves_running_does_not_hold_porter() {
    let context = TestContext::without_engine();
    put(&context, &CLIENT.replacen("case", "sleep 20 &\ncase", 1));
    let started = Instant::now();
    let _ = allowed(&context, &["mixins", "list"]).succeeded();
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn e99_native_programs_are_installed_where_they_are_allowed() {
    let platform = match std::env::consts::ARCH {
        "aarch64" => "linux-arm64",
        _ => "linux-amd64",
    };
    let own: &'static str = Box::leak(format!("/r/v1/shelly-{platform}").into_boxed_str());
    let server = Server::start(move |path| match path {
        path if path == own => Reply::text(CLIENT),
        "/r/v1/shelly-linux-amd64" => Reply::text(CLIENT),
        "/bad/v1/shelly-linux-amd64" => Reply::text("#!/bin/sh\nexit 1\n"),
        "/half/v1/shelly-linux-amd64" => Reply::Truncated(CLIENT.as_bytes().to_vec(), 100),
        "/atom.xml" => {
            let links = [
                link("r/v1/shelly-linux-amd64"),
                link("r/v1/shelly-linux-arm64"),
            ];
            feed("shelly", &[("v1.2.3", &links.concat())])
        }
        _ => Reply::Status(404),
    });
    let context = TestContext::without_engine();
    let install = |root: &str| {
        let url = server.url(root);
        allowed(
            &context,
            &[
                "mixins",
                "install",
                "shelly",
                "--version",
                "v1",
                "--url",
                &url,
            ],
        )
    };
    let _ = install("bad").failed().complains("package command failed");
    let _ = install("half").failed().complains("cannot download");
    assert_eq!(folder(&context), Vec::<String>::new());
    let _ = install("r")
        .succeeded()
        .says("installed shelly mixin v1.2.3 (abc123)")
        .says("tier:   native, unsandboxed");
    for path in ["shelly/shelly", "shelly/runtimes/shelly-runtime"] {
        let path = context.home().join("mixins").join(path);
        assert_eq!(fs::read_to_string(&path).unwrap(), CLIENT);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o111,
            0o110
        );
    }
    let requests = server.requests();
    for path in ["/r/v1/shelly.wasm", own, "/r/v1/shelly-linux-amd64"] {
        assert!(
            requests.iter().any(|request| request == path),
            "{path}: {requests:?}"
        );
    }
    let _ = allowed(&context, &["mixins", "uninstall", "shelly"]).succeeded();
    assert_eq!(folder(&context), Vec::<String>::new());
    let feed_url = server.url("atom.xml");
    let _ = allowed(
        &context,
        &["mixins", "install", "shelly", "--feed-url", &feed_url],
    )
    .succeeded();
    assert_eq!(folder(&context), ["shelly"]);
}

/// A bundle of both kinds, from its build to its end.
#[test]
fn e84_e85_a_bundle_that_mixes_both_kinds() {
    let context = TestContext::new();
    put(&context, CLIENT);
    write(&context, "shelly/extra/data", "more\n");
    manifest(
        &context,
        "parameters:\n  - name: word\n    type: string\n    default: \"a: b #c 'd' \\\"e\\\" 010\"\n  - name: key\n    \
         type: string\n    sensitive: true\n    default: planted-key\noutputs:\n  - name: said\n    type: string\n    applyTo: [install, upgrade]\n\
         install:\n  - exec:\n      command: echo\n      arguments: [from exec]\n  - shelly:\n      \
         description: Say\n      say: \"${ bundle.parameters.word }\"\n      key: \"${ bundle.parameters.key }\"\n      \
         list: [1.10, true, null, {a: b}]\n  - exec:\n      command: echo\n      \
         arguments: [\"then ${ bundle.outputs.said }\"]\nupgrade:\n  - shelly:\n      say: please-fail\n\
         uninstall:\n  - exec:\n      command: cat\n      arguments: [mixins/shelly/extra/data]\n\
         customActions:\n  ping:\n    stateless: true\nping:\n  - shelly:\n      say: pong\n",
    );
    let _ = context
        .porter(&["build"])
        .failed()
        .complains("native programs only");
    let built = allowed(&context, &["build"])
        .succeeded()
        .complains("mixin `shelly` is native, unsandboxed")
        .says("shelly: looking around")
        .says("warning(shelly-100) - quiet");
    assert!(built.stdout.contains("Building bundle image"), "{built:?}");
    let directory = fs::read_to_string(context.home().join("build-directory")).unwrap();
    assert_eq!(
        directory.trim(),
        context.work().canonicalize().unwrap().display().to_string()
    );
    let dockerfile = fs::read_to_string(context.work().join(".cnab/Dockerfile")).unwrap();
    assert!(
        dockerfile.contains("\nENV SHELLY=\"a b\"\nRUN echo built > /shelly-built\n"),
        "{dockerfile}"
    );
    let bundle = fs::read_to_string(context.work().join(".cnab/bundle.json")).unwrap();
    let bundle: serde_json::Value = serde_json::from_str(&bundle).unwrap();
    let stamped = &bundle["custom"]["sh.porter"]["mixins"];
    assert_eq!(
        stamped["shelly"],
        serde_json::json!({"tier": "native", "version": "v1.2.3"})
    );
    assert!(stamped["exec"].get("tier").is_none());
    let runbook = fs::read_to_string(context.work().join(".cnab/app/porter/runbook.json")).unwrap();
    let runbook: serde_json::Value = serde_json::from_str(&runbook).unwrap();
    assert_eq!(runbook["mixins"]["shelly"]["tier"], "native");
    let lock = fs::read_to_string(context.work().join("porter.lock")).unwrap();
    assert!(lock.contains("\"source\": \"native\""), "{lock}");

    let install = allowed(&context, &["install"]).succeeded();
    let expected = "arguments: install\ninstall:\n  - shelly:\n      description: Say\n      key: *******\n      \
                    list:\n        - 1.10\n        - true\n        - null\n        - a: b\n      \
                    say: \"a: b #c 'd' \\\"e\\\" 010\"\n\
                    in /cnab/app, home /cnab/app, a b, built\n";
    assert!(install.stdout.contains(expected), "{install:#?}");
    let install = install
        .says("from exec")
        .says("then \"a: b #c 'd' \\\"e\\\" 010\"\n");
    assert!(!install.stdout.contains("planted-key"), "{install:?}");
    let _ = allowed(&context, &["invoke", "--action", "ping"])
        .succeeded()
        .says("arguments: invoke --action ping\nping:\n  - shelly:\n      say: pong\n");
    let failed = allowed(&context, &["upgrade"]).failed();
    assert!(failed.stderr.contains("exit status 3"), "{failed:#?}");
    assert!(failed.stderr.contains("no more"), "{failed:#?}");
    // What a step leaves is collected although it failed.
    let name = context.bundle_name().to_owned();
    let said = context
        .porter(&["installation", "outputs", "show", "said", "-i", &name])
        .succeeded();
    assert_eq!(said.stdout.trim(), "please-fail");
    let _ = allowed(&context, &["uninstall"]).succeeded().says("more");
}

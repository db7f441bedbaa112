//! `porter mixins install` and `uninstall`: what works, and servers and files that do not behave.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use porter_cli_tests::mixins::{component, component_with, digest, feed, folder, installed, link};
use porter_test_harness::{Finished, Reply, Server, TestContext};

/// A server that has exactly these.
fn serve(routes: Vec<(&'static str, Reply)>) -> Server {
    Server::start(move |path| {
        let found = routes.iter().find(|(known, _)| *known == path);
        found.map_or(Reply::Status(404), |(_, reply)| reply.clone())
    })
}

/// Installs `greet`; it must fail saying `text`, and leave nothing.
fn refused(arguments: &[&str], text: &str) -> Finished {
    let context = TestContext::without_engine();
    let arguments = [&["mixins", "install"], arguments].concat();
    let finished = context.porter(&arguments).failed().complains(text);
    assert_eq!(folder(&context), Vec::<String>::new(), "{finished:#?}");
    finished
}

#[test]
fn from_a_file() {
    let context = TestContext::without_engine();
    context.write("greet.wasm", component());
    let finished = context
        .porter(&["mixins", "install", "./greet.wasm"])
        .succeeded()
        .says("installed greet mixin v")
        .says("source: ./greet.wasm")
        .says(&format!("digest: {} (nobody says", digest(&component())))
        .says("tier:   pure");
    assert_eq!(finished.stderr, "");
    assert_eq!(installed(&context, "greet"), Some(component()));
    let _ = context
        .porter(&["mixins", "list"])
        .succeeded()
        .says("greet");
    let _ = context
        .porter(&["mixins", "inspect", "greet"])
        .succeeded()
        .says(&digest(&component()));
    // It is there for bundles.
    context.manifest(
        "install:\n  - greet:\n      command: ls\nuninstall:\n  - greet:\n      command: ls\n",
    );
    let manifest = fs::read_to_string(context.work().join("porter.yaml")).unwrap();
    context.write("porter.yaml", manifest.replace("- exec\n", "- greet\n"));
    let _ = context.porter(&["lint"]).succeeded();

    // Another one takes its place, under whatever name the file has.
    context.write("other.wasm", component_with("other"));
    let _ = context
        .porter(&["mixin", "install", "other.wasm", "--name", "greet"])
        .succeeded()
        .says(&format!("instead of {}", digest(&component())));
    assert_eq!(installed(&context, "greet"), Some(component_with("other")));

    let finished = context
        .porter(&["mixins", "uninstall", "Greet"])
        .succeeded();
    assert_eq!(finished.stdout, "Uninstalled greet mixin");
    assert_eq!(folder(&context), Vec::<String>::new());
    let _ = context
        .porter(&["mixins", "uninstall", "greet"])
        .succeeded();
}

#[test]
fn from_an_address() {
    let server = serve(vec![("/v1/greet.wasm", Reply::Body(component()))]);
    let context = TestContext::without_engine();
    let address = server.url("v1/greet.wasm");
    let _ = context
        .porter(&["mixins", "install", &address])
        .succeeded()
        .says(&format!("source: {address}"))
        .says("trusted on first use");
    assert_eq!(installed(&context, "greet"), Some(component()));
    let index = fs::read_to_string(context.home().join("mixins/cache.json")).unwrap();
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    assert_eq!(index["packages"][0]["name"], "greet");
    assert_eq!(index["packages"][0]["url"], address.as_str());
}

#[test]
fn e98_the_latest_release_of_a_feed() {
    let (one, two) = (link("one/x.wasm"), link("two/x.wasm"));
    let server = serve(vec![
        (
            "/atom.xml",
            feed(
                "x",
                &[("1.0.0", &one), ("1.1.0", &two), ("2.0.0-beta", &one)],
            ),
        ),
        ("/one/x.wasm", Reply::Body(component_with("one"))),
        ("/two/x.wasm", Reply::Body(component_with("two"))),
    ]);
    let context = TestContext::without_engine();
    let feed_url = server.url("atom.xml");
    let install = [
        "mixins",
        "install",
        "x",
        "--feed-url",
        &feed_url,
        "--version",
    ];
    let _ = context
        .porter(&[&install[..], &["latest"]].concat())
        .succeeded();
    assert_eq!(installed(&context, "x"), Some(component_with("two")));
    let _ = context
        .porter(&[&install[..], &["1.0.0"]].concat())
        .succeeded();
    assert_eq!(installed(&context, "x"), Some(component_with("one")));
}

#[test]
fn the_feed_of_a_mirror_with_its_digest() {
    let good = format!(
        "<link rel=\"download\" href=\"x.wasm\" digest=\"{}\"/>",
        digest(&component())
    );
    let server = serve(vec![
        ("/m/mixins/atom.xml", feed("x", &[("v1.0.0", &good)])),
        ("/m/mixins/x.wasm", Reply::Body(component())),
    ]);
    let context = TestContext::without_engine();
    let mut command = context.command(&["mixins", "install", "X"]);
    command.env("PORTER_MIRROR", server.url("m/"));
    let _ = Finished::new(&[], command.output().unwrap())
        .succeeded()
        .says("(as the feed says)");
    assert_eq!(installed(&context, "x"), Some(component()));
}

#[test]
fn e99_a_release_by_its_url() {
    let sums = format!(
        "{}  x.wasm\n",
        digest(&component()).trim_start_matches("sha256:")
    );
    let server = serve(vec![
        ("/releases/v1/x.wasm", Reply::Body(component())),
        ("/releases/v1/x.wasm.sha256sum", Reply::text(sums)),
    ]);
    let context = TestContext::without_engine();
    let url = server.url("releases/");
    let _ = context
        .porter(&["mixins", "install", "x", "--version", "v1", "--url", &url])
        .succeeded()
        .says("(as the file beside it says)");
    assert_eq!(
        server.requests(),
        ["/releases/v1/x.wasm", "/releases/v1/x.wasm.sha256sum"]
    );
    let _ = context
        .porter(&["mixins", "install", "y", "--version", "v1", "--url", &url])
        .failed()
        .complains(&format!(
            "bad status returned when downloading {} (404) Not Found",
            server.url("releases/v1/y.wasm")
        ));
}

#[test]
fn e100_a_version_that_is_not_there() {
    let server = serve(vec![("/atom.xml", feed("x", &[("1.0.0", "")]))]);
    let url = server.url("atom.xml");
    let missing = format!("the feed at {url} does not contain an entry for x @ 2.0.0");
    let _ = refused(&["x", "--feed-url", &url, "--version", "2.0.0"], &missing)
        .complains("hint: the feed has 1.0.0");
    let _ = refused(
        &["y", "--feed-url", &url],
        &format!("the feed at {url} does not contain an entry for y @ latest"),
    );
    let _ = refused(
        &["x", "--feed-url", &url],
        "x @ 1.0.0 did not publish a download for linux/",
    );
}

#[test]
fn a_feed_of_native_programs_is_refused() {
    let links: String = [
        "linux-amd64",
        "linux-arm64",
        "darwin-amd64",
        "windows-amd64.exe",
    ]
    .map(|system| link(&format!("v1.0.0/x-{system}")))
    .concat();
    let server = serve(vec![
        ("/atom.xml", feed("x", &[("v1.0.0", &links)])),
        ("/v1.0.0/x-linux-amd64", Reply::text("#!/bin/sh\n")),
    ]);
    let url = server.url("atom.xml");
    let _ = refused(&["x", "--feed-url", &url], "native programs only")
        .complains("--allow-native-mixin x");
    assert_eq!(server.requests(), ["/atom.xml"]);
}

#[test]
fn a_wrong_digest_is_refused_whoever_says_it() {
    let wrong = "0".repeat(64);
    let linked = format!("<link rel=\"download\" href=\"x.wasm\" digest=\"sha256:{wrong}\"/>");
    let server = serve(vec![
        ("/atom.xml", feed("x", &[("1.0.0", &linked)])),
        ("/x.wasm", Reply::Body(component())),
        ("/v1/x.wasm", Reply::Body(component())),
        ("/v1/x.wasm.sha256", Reply::text(wrong.clone())),
        ("/v2/x.wasm", Reply::Body(component())),
        ("/v2/x.wasm.sha256sum", Reply::text("<html>")),
        ("/v3/x.wasm", Reply::Body(component())),
        ("/v3/x.wasm.sha256sum", Reply::Status(500)),
    ]);
    let feed_url = server.url("atom.xml");
    let right = digest(&component());
    let _ = refused(
        &["x", "--feed-url", &feed_url],
        "but the feed says sha256:000",
    )
    .complains(&right);
    let _ = refused(
        &["x", "--feed-url", &feed_url, "--digest", &right],
        "but the feed says",
    );
    let x = server.url("x.wasm");
    let _ = refused(&[&x, "--digest", &wrong], "but --digest says sha256:000");
    let _ = refused(
        &[&server.url("v1/x.wasm")],
        "but the file beside it says sha256:000",
    );
    let _ = refused(&[&server.url("v2/x.wasm")], "is no sha256 digest");
    let _ = refused(
        &[&server.url("v3/x.wasm")],
        "bad status returned when downloading",
    );
    let _ = refused(&[&x, "--digest", "md5:abc"], "is no sha256 digest");
    let context = TestContext::without_engine();
    let digits = right.trim_start_matches("sha256:").to_uppercase();
    let _ = context
        .porter(&["mixins", "install", &x, "--digest", &digits])
        .succeeded()
        .says("(as --digest says)");
}

#[test]
fn bodies_that_are_cut_endless_or_no_component() {
    let server = Server::start(|path| match path {
        "/cut/x.wasm" => Reply::Truncated(component(), 60_000),
        "/endless/x.wasm" => Reply::Endless,
        "/html/x.wasm" => Reply::text("<html>please log in</html>"),
        "/half/x.wasm" => Reply::Body(component()[..60_000].to_vec()),
        "/empty/x.wasm" => Reply::Body(Vec::new()),
        "/module/x.wasm" => Reply::Body(b"\0asm\x01\0\0\0".to_vec()),
        _ => Reply::Status(404),
    });
    let _ = refused(&[&server.url("cut/x.wasm")], "cannot download");
    let started = Instant::now();
    let _ = refused(
        &[&server.url("endless/x.wasm")],
        "bytes, which is too much here",
    );
    assert!(started.elapsed() < Duration::from_secs(30));
    for path in ["html", "half", "empty", "module"] {
        let _ = refused(
            &[&server.url(&format!("{path}/x.wasm"))],
            "it cannot be used as a mixin",
        );
    }
}

#[test]
fn a_feed_or_a_redirect_does_not_lead_to_other_private_places() {
    let inner = Server::start(|_| Reply::Body(component()));
    let port = inner.address().port();
    let (secret, plain) = (
        format!("https://127.0.0.1:{port}/x.wasm"),
        inner.url("x.wasm"),
    );
    let server = Server::start({
        let (secret, plain) = (secret.clone(), plain.clone());
        move |path| match path {
            "/secret.xml" => feed("x", &[("1.0.0", &link(&secret))]),
            "/plain.xml" => feed("x", &[("1.0.0", &link(&plain))]),
            "/script.xml" => feed("x", &[("1.0.0", &link("file:///etc/x.wasm"))]),
            "/secret/x.wasm" => Reply::Redirect(secret.clone()),
            "/plain/x.wasm" => Reply::Redirect(plain.clone()),
            _ => Reply::Status(404),
        }
    });
    for (path, text) in [
        ("secret", "not an address of the public internet"),
        ("plain", "is not encrypted"),
    ] {
        let _ = refused(
            &["x", "--feed-url", &server.url(&format!("{path}.xml"))],
            text,
        );
        let _ = refused(&[&server.url(&format!("{path}/x.wasm"))], text);
    }
    let _ = refused(
        &["x", "--feed-url", &server.url("script.xml")],
        "its scheme is `file`",
    );
    assert_eq!(inner.requests(), Vec::<String>::new());
}

#[test]
fn https_with_a_certificate_that_is_trusted_and_without() {
    let inner = Server::start(|_| Reply::Body(component()));
    let plain = inner.url("x.wasm");
    let (server, certificate) = Server::start_tls(move |path| match path {
        "/x.wasm" => Reply::Body(component()),
        "/down/x.wasm" => Reply::Redirect(plain.clone()),
        _ => Reply::Status(404),
    });
    let context = TestContext::without_engine();
    context.write("ca.pem", certificate);
    let install = |path: &str, trusted: bool| {
        let address = server.url(path);
        let mut command = context.command(&["mixins", "install", &address]);
        if trusted {
            command.env("SSL_CERT_FILE", context.work().join("ca.pem"));
        }
        Finished::new(&[], command.output().unwrap())
    };
    let _ = install("x.wasm", false).failed().complains("certificate");
    let _ = install("down/x.wasm", true)
        .failed()
        .complains("is not encrypted");
    assert_eq!(inner.requests(), Vec::<String>::new());
    let _ = install("x.wasm", true)
        .succeeded()
        .says("installed x mixin");
}

#[test]
fn builtin_names_are_not_taken_silently() {
    let server = serve(vec![
        (
            "/mixins/atom.xml",
            feed("exec", &[("v9.0.0", &link("exec.wasm"))]),
        ),
        ("/mixins/exec.wasm", Reply::Body(component_with("mine"))),
    ]);
    let context = TestContext::without_engine();
    let mirror = server.url("");
    // What scripts for Porter do goes on working: exec is there afterwards.
    let by_name = ["mixins", "install", "exec", "--mirror", &mirror];
    let finished = context
        .porter(&by_name)
        .succeeded()
        .complains("is built into porter")
        .complains("nothing was installed");
    assert_eq!(finished.stdout, "");
    assert_eq!(server.requests(), Vec::<String>::new());
    context.write("exec.wasm", component_with("mine"));
    let _ = context
        .porter(&["mixins", "install", "exec.wasm"])
        .failed()
        .complains("mixin `exec` is built into porter")
        .complains("--replace-builtin");
    assert_eq!(installed(&context, "exec"), None);
    let _ = context
        .porter(&[&by_name[..], &["--replace-builtin"]].concat())
        .succeeded();
    assert_eq!(installed(&context, "exec"), Some(component_with("mine")));
    context.manifest(porter_cli_tests::PRINTING);
    let _ = context
        .porter(&["lint"])
        .succeeded()
        .complains("not the built-in one");
    let _ = context
        .porter(&["mixins", "uninstall", "exec"])
        .succeeded()
        .complains("the exec mixin that is built into porter");
    let finished = context.porter(&["lint"]).succeeded();
    assert!(
        !finished.stderr.contains("not the built-in one"),
        "{finished:?}"
    );
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let context = TestContext::without_engine();
    fs::create_dir_all(context.home().join("mixins")).unwrap();
    context.write("precious/file", "x");
    context.write("x.wasm", component());
    let names = [
        "../x",
        "..",
        ".",
        "",
        "a/b",
        "/tmp/x",
        ".hidden",
        "a\nb",
        "a b",
        "X/../../y",
        &"n".repeat(65),
    ];
    for name in names {
        let finished = context
            .porter(&["mixins", "install", "x.wasm", "--name", name])
            .failed();
        assert!(
            finished.stderr.contains("cannot be the name of a mixin"),
            "{finished:?}"
        );
        let finished = context.porter(&["mixins", "uninstall", name]).failed();
        assert!(
            finished.stderr.contains("cannot be the name of a mixin"),
            "{finished:?}"
        );
    }
    for name in [
        "../../work/precious",
        "https://127.0.0.1:1/%2e%2e",
        "./..wasm",
    ] {
        let _ = context.porter(&["mixins", "install", name]).failed();
    }
    assert!(context.work().join("precious/file").is_file());
    assert_eq!(folder(&context), Vec::<String>::new());
    let _ = context
        .porter(&["mixins", "install", "127.0.0.1:9/x/y:v1"])
        .failed()
        .complains("cannot reach the registry");
}

#[test]
fn without_a_network_it_says_so() {
    let server = serve(Vec::new());
    let mirror = server.url("");
    drop(server);
    let _ = refused(&["x", "--mirror", &mirror], "cannot download").complains("online");
    let _ = refused(&["./nowhere.wasm"], "nowhere.wasm");
}

#[test]
fn two_at_once_wait_for_one_another() {
    let context = TestContext::without_engine();
    for number in 0..4 {
        context.write(
            &format!("m{number}.wasm"),
            component_with(&number.to_string()),
        );
    }
    let children: Vec<_> = (0..12)
        .map(|number| {
            let file = format!("m{}.wasm", number % 4);
            let name = format!("x{}", number % 3);
            context.start(&["mixins", "install", &file, "--name", &name])
        })
        .collect();
    for child in children {
        let _ = Finished::wait(child, Duration::from_secs(60)).succeeded();
    }
    assert_eq!(folder(&context), ["x0", "x1", "x2"]);
    let known: Vec<_> = (0..4)
        .map(|number| component_with(&number.to_string()))
        .collect();
    for name in ["x0", "x1", "x2"] {
        assert!(
            known.contains(&installed(&context, name).unwrap()),
            "{name}"
        );
    }
}

/// Killed at any moment, there is the old mixin or the new one, and the next command finds nothing
/// in its way.
#[test]
fn a_killed_install_leaves_the_old_one_or_the_new_one() {
    let context = TestContext::without_engine();
    let (old, new) = (component_with("old"), component_with("new"));
    context.write("old.wasm", &old);
    context.write("new.wasm", &new);
    let install = |file: &str| ["mixins", "install", file, "--name", "x"].map(str::to_owned);
    let run = |file: &str| {
        let words = install(file);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        context.porter(&words).succeeded()
    };
    // Compiled once, so that the moments are those of installing.
    let _ = run("new.wasm");
    let started = Instant::now();
    let _ = run("old.wasm");
    let whole = started.elapsed();
    let mut seen = [0, 0];
    for step in 0..24_u32 {
        let words = install("new.wasm");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut child = context.start(&words);
        std::thread::sleep(whole * step / 18);
        child.kill().unwrap();
        child.wait().unwrap();
        let found = installed(&context, "x").unwrap();
        assert!(found == old || found == new, "half a mixin");
        seen[usize::from(found == new)] += 1;
        let _ = context.porter(&["mixins", "inspect", "x"]).succeeded();
        let _ = run("old.wasm");
        assert_eq!(folder(&context), ["x"]);
    }
    assert!(seen[0] > 0 && seen[1] > 0, "both were seen: {seen:?}");
}

#[test]
fn a_home_that_cannot_be_written_is_named() {
    let context = TestContext::without_engine();
    context.write("x.wasm", component());
    // A file where the folder should be: no rights stop root.
    fs::create_dir_all(context.home()).unwrap();
    fs::write(context.home().join("mixins"), "").unwrap();
    let _ = context
        .porter(&["mixins", "install", "x.wasm"])
        .failed()
        .complains("/mixins`");
    fs::remove_file(context.home().join("mixins")).unwrap();
    let shell = "ulimit -f 40; exec \"$0\" \"$@\"";
    let porter = context.command(&["mixins", "install", "x.wasm"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", shell])
        .arg(porter.get_program())
        .args(porter.get_args());
    command
        .current_dir(context.work())
        .env("PORTER_HOME", context.home());
    let finished = Finished::new(&[], command.output().unwrap());
    assert_ne!(finished.code, Some(0), "{finished:?}");
    assert_eq!(installed(&context, "x"), None);
}

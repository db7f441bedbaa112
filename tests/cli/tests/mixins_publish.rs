//! `porter mixins feed` and `search`.

use std::fs;

use porter_cli_tests::mixins::{component, component_with, digest, installed};
use porter_test_harness::{Finished, Reply, Server, TestContext};

/// What is published below the bundle directory is installed from there.
#[test]
fn what_is_generated_is_installed() {
    let context = TestContext::without_engine();
    let finished = context.porter(&["mixins", "feed", "template"]).succeeded();
    assert_eq!(
        finished.stdout,
        "wrote mixin feed template to atom-template.xml\n"
    );
    let _ = context.porter(&["mixins", "feeds", "template"]).succeeded();

    context.write("out/v1.0.0/greet.wasm", component());
    context.write("out/v1.0.0/greet-linux-amd64", "#!/bin/sh\n");
    context.write("out/v0.9.0/greet.wasm", component_with("0.9"));
    context.write("out/canary/other.wasm", component());
    context.write("out/v1.0.0-3-gabcdef/greet.wasm", component());
    let generate = [
        "mixins",
        "feed",
        "generate",
        "-d",
        "out",
        "-f",
        "out/atom.xml",
    ];
    let root = context.work();
    let server = Server::start(move |path| {
        let file = root.join(path.trim_start_matches("/mixins/"));
        fs::read(&file).map_or(Reply::Status(404), Reply::Body)
    });
    let template = fs::read_to_string(context.work().join("atom-template.xml")).unwrap();
    // What the documentation says to do: change the address in the template.
    let own = template
        .replace(
            "https://example.com/mixins/atom.xml",
            &server.url("mixins/out/atom.xml"),
        )
        .replace(
            "https://example.com/mixins/{{Mixin}}/{{Version}}/{{File}}",
            &server.url("mixins/out/{{Version}}/{{File}}"),
        );
    context.write("atom-template.xml", &own);
    let finished = context.porter(&generate).succeeded();
    assert_eq!(finished.stdout, "wrote feed to out/atom.xml\n");
    let feed = fs::read_to_string(context.work().join("out/atom.xml")).unwrap();
    assert_eq!(feed.matches("<entry>").count(), 3, "{feed}");
    assert!(
        feed.contains("<category term=\"greet\"/>\n  <category term=\"other\"/>"),
        "{feed}"
    );
    assert!(
        feed.contains(&format!("porter:digest=\"{}\"", digest(&component()))),
        "{feed}"
    );
    assert!(feed.contains("v1.0.0/greet-linux-amd64"), "{feed}");
    assert!(!feed.contains("gabcdef"), "{feed}");

    // What was published before stays, though its files are gone.
    fs::remove_dir_all(context.work().join("out/v0.9.0")).unwrap();
    context.write("out/v1.1.0/greet.wasm", component_with("1.1"));
    let _ = context.porter(&generate).succeeded();
    let feed = fs::read_to_string(context.work().join("out/atom.xml")).unwrap();
    assert_eq!(feed.matches("<entry>").count(), 4, "{feed}");
    assert!(feed.contains("v0.9.0/greet.wasm"), "{feed}");

    let url = server.url("mixins/out/atom.xml");
    let _ = context
        .porter(&["mixins", "install", "greet", "--feed-url", &url])
        .succeeded()
        .says("(as the feed says)");
    assert_eq!(installed(&context, "greet"), Some(component_with("1.1")));

    // A template that the user changed is not overwritten.
    let _ = context
        .porter(&["mixins", "feed", "template"])
        .failed()
        .complains("was changed");
}

#[test]
fn nothing_to_publish_and_bad_templates() {
    let context = TestContext::without_engine();
    let generate = ["mixins", "feed", "generate"];
    let _ = context
        .porter(&generate)
        .failed()
        .complains("atom-template.xml");
    let _ = context.porter(&["mixins", "feed", "template"]).succeeded();
    let _ = context
        .porter(&generate)
        .failed()
        .complains("no mixin binaries found in . matching the regex \"");
    context.write("v1.0.0/x.wasm", component());
    let _ = context.porter(&generate).succeeded();
    let before = fs::read(context.work().join("atom.xml")).unwrap();
    let table = [
        (
            "<feed>\n {{#Entries}}</feed>",
            "atom-template.xml:2:2: the template is wrong",
        ),
        ("<feed>{{Nonsense}}</feed>", "atom-template.xml:1:7"),
        ("{{Updated}}", "cannot read the feed at atom.xml"),
    ];
    for (template, text) in table {
        context.write("atom-template.xml", template);
        let _ = context.porter(&generate).failed().complains(text);
        let after = fs::read(context.work().join("atom.xml")).unwrap();
        assert_eq!(before, after, "{template}");
    }
    context.write("atom.xml", "<html/>");
    let _ = context
        .porter(&generate)
        .failed()
        .complains("its root is `html`");
}

const INDEX: &str = r#"[
  {"name":"terraform","author":"A","description":"A mixin for terraform","URL":"https://x/atom.xml"},
  {"name":"az","author":"A","description":"Azure\u001b[31m","URL":"https://x/download/v1"},
  {"name":"docker","author":"B","description":"","URL":"https://x/y","more":1}
]"#;

fn search(context: &TestContext, server: &Server, arguments: &[&str]) -> Finished {
    let mirror = server.url("");
    let arguments = [&["mixins", "search", "--mirror", &mirror], arguments].concat();
    context.porter(&arguments)
}

#[test]
fn search_shows_what_a_mirror_lists() {
    let server = Server::start(|path| match path {
        "/mixins/index.json" => Reply::text(INDEX),
        _ => Reply::Status(404),
    });
    let context = TestContext::without_engine();
    let all = search(&context, &server, &[]).succeeded();
    let names: Vec<_> = all
        .stdout
        .lines()
        .skip(3)
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(names, ["az", "docker", "terraform"], "{all:#?}");
    assert!(all.stdout.contains("URL Type"), "{all:#?}");
    assert!(!all.stdout.contains('\u{1b}'), "{all:#?}");
    let _ = search(&context, &server, &["TERRA"])
        .succeeded()
        .says("Atom Feed");
    let _ = search(&context, &server, &["nothing-like-it"])
        .failed()
        .complains("no mixins found for nothing-like-it");
    let json = search(&context, &server, &["az", "-o", "json"]).succeeded();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json[0]["URL"], "https://x/download/v1");
    let yaml = search(&context, &server, &["az", "-o", "yaml"]).succeeded();
    let _ = yaml
        .says("- name: az\n")
        .says("  url: https://x/download/v1\n");
}

#[test]
fn search_without_a_list() {
    let context = TestContext::without_engine();
    let missing = Server::start(|_| Reply::Status(404));
    let url = missing.url("mixins/index.json");
    let _ = search(&context, &missing, &[]).failed().complains(&format!(
        "unable to fetch package list via {url}: 404 Not Found"
    ));
    let garbage = Server::start(|_| Reply::text("<html>"));
    let _ = search(&context, &garbage, &[])
        .failed()
        .complains("cannot be read");
    let mirror = garbage.url("");
    drop(garbage);
    let _ = context
        .porter(&["mixins", "search", "--mirror", &mirror])
        .failed()
        .complains("cannot download")
        .complains("online");
}

//! From an empty folder to a bundle that ran, in each language that `porter mixins create` offers.
#![expect(clippy::print_stderr, reason = "a test says how long things took")]

use std::time::Duration;

use porter_authors_tests::{fetch_wheel, run};
use porter_test_harness::TestContext;

/// Everything that somebody does who writes a mixin, with nothing but the registries.
fn from_nothing(language: &str, tier: &str) {
    let context = TestContext::new();
    let name = format!("say-{language}");
    let create = ["mixins", "create", &name, "--language", language];
    let mut times: Vec<(&str, Duration)> = Vec::new();
    let mut porter = |step: &'static str, words: &[&str], folder: &std::path::Path| {
        let program = porter_test_harness::porter();
        let program = program.to_string_lossy().into_owned();
        let words: Vec<&str> = std::iter::once(program.as_str())
            .chain(words.iter().copied())
            .collect();
        times.push((step, run(folder, &context, &words)));
    };
    let work = context.work();
    porter("create", &create, &work);
    let project = work.join(&name);
    let fetched = fetch_wheel(&project, &context);
    let built = run(&project, &context, &["make"]);
    let tested = run(&project, &context, &["make", "test"]);
    let file = format!("./{name}.wasm");
    porter("install mixin", &["mixins", "install", &file], &project);
    let example = project.join("example");
    let named = ["build", "--name", context.bundle_name()];
    porter("build", &named, &example);
    porter("install", &["install", "one"], &example);
    let shown = context.porter(&["installations", "output", "show", "greeting", "-i", "one"]);
    assert_eq!(shown.succeeded().stdout, "Hello, World!");
    let inspected = context.porter(&["mixins", "inspect", &name]).succeeded();
    let _ = inspected.says(&format!("Tier: {tier}\n"));
    porter("uninstall", &["uninstall", "one"], &example);
    times.push(("fetch", fetched));
    times.push(("make", built));
    times.push(("make test", tested));
    for (step, time) in times {
        eprintln!("{language}: {step}: {:.1} s", time.as_secs_f64());
    }
}

#[test]
fn a_mixin_in_rust_from_nothing() {
    from_nothing("rust", "pure");
}

#[test]
fn a_mixin_in_python_from_nothing() {
    from_nothing("python", "sealed");
}

#[test]
fn a_mixin_in_c_from_nothing() {
    from_nothing("c", "pure");
}

#[test]
fn a_mixin_in_javascript_from_nothing() {
    from_nothing("javascript", "sealed");
}

#[test]
fn what_cannot_be_created_is_said() {
    let context = TestContext::without_engine();
    let _ = context
        .porter(&["mixins", "create", "mine", "--language", "cobol"])
        .failed()
        .complains("`cobol` is no language of a new mixin");
    let _ = context
        .porter(&["mixins", "create", "Mine"])
        .failed()
        .complains("`Mine` cannot be the name of a new mixin")
        .complains("hint: begin with a lower-case letter");
    let created = context.porter(&["mixins", "create", "mine", "--author", "Ada"]);
    let _ = created.succeeded().says("Created mine mixin");
    let _ = context
        .porter(&["mixins", "create", "mine"])
        .failed()
        .complains("is not empty");
}

#[test]
fn what_is_no_mixin_is_not_packed() {
    let context = TestContext::without_engine();
    context.write("text.wasm", "no module");
    context.write("empty.wasm", b"\0asm\x01\0\0\0");
    for (file, text) in [
        ("text.wasm", "it is not WebAssembly"),
        ("empty.wasm", "no component can be made of it"),
        ("none.wasm", "cannot read `none.wasm`"),
    ] {
        let finished = context.porter(&["mixins", "pack", file, "-o", "mine.wasm"]);
        let _ = finished.failed().complains(text);
        assert!(!context.work().join("mine.wasm").exists(), "{file}");
    }
}

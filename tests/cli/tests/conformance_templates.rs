//! Rows 45 to 59 of the conformance list: templates, in a container.

use porter_test_harness::TestContext;
use serde_json::Value;

/// Prints its arguments, a line each; a mustache of the older form is plain text here.
const PRINT: &str = "#!/bin/sh\nprintf '[%s]\\n' \"$@\"\n";

const VALUES: &str = r#"
parameters:
  - {name: n, type: integer, default: 3}
  - {name: text, type: string, default: "<a> & b"}
  - {name: object, type: object, default: {k: v}}
  - {name: file, type: string, path: /tmp/file, default: content}
  - {name: only, type: string, default: x, applyTo: [uninstall]}
  - {name: hidden, type: string, default: a-hidden-value, sensitive: true}
credentials:
  - {name: token, env: TOKEN, path: /tmp/token}
outputs:
  - {name: made, type: string, applyTo: [install]}
custom: {a: {b: c}}
install:
  - exec:
      description: "First"
      command: ./print.sh
      arguments:
        - "n=${ bundle.parameters.n }"
        - "{{ bundle.parameters.n }}"
        - ${ bundle.parameters.n }
        - "text=${bundle.parameters.text}"
        - "${bundle.parameters.object}"
        - "${bundle.parameters.object.k}"
        - "${bundle.parameters.file}"
        - "${installation.name}/${installation.namespace}"
        - "hidden=${bundle.parameters.hidden}"
        - "custom=${bundle.custom.a.b}"
  - exec:
      command: echo
      arguments: ["made of ${bundle.parameters.n}"]
      outputs:
        - {name: made, regex: "made of (.*)"}
  - exec:
      command: ./print.sh
      arguments: ["made=${bundle.outputs.made}", "id=${installation.id}"]
upgrade:
  - exec:
      command: ./print.sh
      arguments: ["earlier=${bundle.outputs.made}"]
uninstall:
  - exec:
      command: sh
      flags: {c: "'test ${bundle.credentials.token} = secret-token && echo the same'"}
"#;

fn context(rest: &str) -> TestContext {
    let context = TestContext::new();
    context.manifest(rest);
    context.write("print.sh", PRINT);
    context
}

#[test]
fn c45_to_c57_values_in_steps() {
    let context = context(VALUES);
    context.write("token.txt", "secret-token");
    context.write(
        "creds.yaml",
        "schemaVersion: 1.0.1\nname: creds\ncredentials:\n  - name: token\n    source: {path: token.txt}\n",
    );
    let _ = context
        .porter(&["credentials", "apply", "creds.yaml"])
        .succeeded();
    let install = ["install", "rows", "--credential-set", "creds"];
    let installed = context.porter(&install).succeeded();
    for line in [
        "[n=3]",
        "[{{ bundle.parameters.n }}]",
        "[3]",
        "[text=<a> & b]",
        r#"[{"k":"v"}]"#,
        "[v]",
        "[/tmp/file]",
        "[rows/]",
        "[hidden=*******]",
        "[custom=c]",
        "[made=3]",
    ] {
        assert!(
            installed.stdout.contains(&format!("{line}\n")),
            "{line}: {installed:#?}"
        );
    }
    assert!(
        !installed.stdout.contains("a-hidden-value"),
        "{installed:#?}"
    );
    let shown = context.porter(&["show", "rows", "-o", "json"]).succeeded();
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let id = format!("[id={}]\n", shown["id"].as_str().unwrap());
    assert!(installed.stdout.contains(&id), "{id}: {installed:#?}");

    let upgraded = context.porter(&["upgrade", "rows"]).succeeded();
    assert!(upgraded.stdout.contains("[earlier=3]\n"), "{upgraded:#?}");
    let removed = context.porter(&["uninstall", "rows"]).succeeded();
    assert!(removed.stdout.contains("the same\n"), "{removed:#?}");
}

#[test]
fn c46_the_older_form_of_templates() {
    let context = context(
        "parameters:\n  - {name: n, type: integer, default: 3}\ninstall:\n  - exec:\n      command: ./print.sh\n      arguments: [\"{{ bundle.parameters.n }}\", \"${ bundle.parameters.n }\"]\nuninstall:\n  - exec: {command: echo}\n",
    );
    let manifest = std::fs::read_to_string(context.work().join("porter.yaml")).unwrap();
    context.write(
        "porter.yaml",
        manifest.replacen("1.0.1", "1.0.0-alpha.1", 1),
    );
    let output = context
        .command(&["install", "rows"])
        .env("PORTER_SCHEMA_CHECK", "none")
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        stdout.contains("[3]\n[${ bundle.parameters.n }]\n"),
        "{output:?}"
    );
}

#[test]
fn c47_c58_names_that_name_nothing() {
    let context = TestContext::without_engine();
    let steps = |name: &str| {
        format!(
            "parameters:\n  - {{name: only, type: string, default: x, applyTo: [uninstall]}}\ninstall:\n  - exec: {{command: echo, arguments: [\"${{{name}}}\"]}}\nuninstall:\n  - exec: {{command: echo}}\n"
        )
    };
    // Porter builds it, and the run fails: here it is refused before anything is built.
    context.manifest(&steps("bundle.nonsense"));
    let _ = context
        .porter(&["build", "--no-image"])
        .failed()
        .complains("the template `bundle.nonsense` names nothing");
    context.manifest(&steps("bundle.parameters.only"));
    let _ = context
        .porter(&["lint"])
        .succeeded()
        .says("porter-101")
        .says("Parameter only does not apply to install action");
    let _ = context.porter(&["build", "--no-image"]).failed();
}

#[test]
fn c54_a_template_outside_of_steps_wires_its_output() {
    let context = TestContext::without_engine();
    context.manifest(
        "description: \"see ${ bundle.outputs.made }\"\noutputs:\n  - {name: made, type: string, path: /made}\ninstall:\n  - exec: {command: echo}\nuninstall:\n  - exec: {command: echo}\n",
    );
    let _ = context.porter(&["build", "--no-image"]).succeeded();
    let bundle = std::fs::read_to_string(context.work().join(".cnab/bundle.json")).unwrap();
    let bundle: Value = serde_json::from_str(&bundle).unwrap();
    assert_eq!(bundle["description"], "see ${ bundle.outputs.made }");
    assert!(
        bundle["parameters"]["porter-made-output"].is_object(),
        "{bundle}"
    );
}

#[test]
fn c59_an_output_that_is_a_file_is_its_text() {
    let context = context(
        "outputs:\n  - {name: f, type: file, path: /cnab/app/f.txt, applyTo: [install]}\ninstall:\n  - exec: {command: sh, flags: {c: \"'echo of a file > f.txt'\"}}\nupgrade:\n  - exec:\n      command: ./print.sh\n      arguments: [\"${bundle.outputs.f}\"]\nuninstall:\n  - exec: {command: echo}\n",
    );
    let _ = context.porter(&["install", "rows"]).succeeded();
    let upgraded = context.porter(&["upgrade", "rows"]).succeeded();
    assert!(upgraded.stdout.contains("of a file"), "{upgraded:#?}");
}

//! Whole runs in a temporary root: what is told, what mixins see, what is kept.

mod support;

use std::os::unix::fs::PermissionsExt;

use porter_mixin::placeholder;
use serde_json::json;
use support::Bundle;

const M: &str = "*******";

#[test]
fn a_run_tells_what_it_does() {
    let mut bundle = Bundle::new();
    bundle.step_of(
        "install",
        json!({"description": "say hi", "script": "echo hi; echo oops >&2"}),
    );
    let ran = bundle.run();
    assert!(ran.succeeded, "{ran:?}");
    assert_eq!(
        ran.out,
        "executing install action from trial (installation: /inst)\nsay hi\nhi\nexecution completed successfully!\n"
    );
    assert_eq!(ran.err, "oops\n");
    bundle.env("PORTER_VERBOSITY", "error");
    assert!(!bundle.run().out.contains("successfully"));
    bundle.env("PORTER_DEBUG", "maybe");
    let ran = bundle.run();
    assert_eq!(
        ran.err,
        "error: invalid PORTER_DEBUG, expected a bool (true/false) but got maybe\n"
    );
}

#[test]
fn actions_without_steps_succeed_and_unknown_ones_do_not() {
    let mut bundle = Bundle::new();
    bundle
        .step_of("zap", json!({"script": "echo zapped"}))
        .step_of("apply", json!({"script": ":"}));
    bundle.env("CNAB_ACTION", "upgrade");
    assert!(bundle.run().succeeded);
    bundle.env("CNAB_ACTION", "zap");
    assert_eq!(bundle.run().body(), "zapped\n");
    bundle.env("CNAB_ACTION", "nope");
    let ran = bundle.run();
    assert_eq!(
        ran.err,
        "error: unsupported action \"nope\", custom actions are defined for: apply, zap\n"
    );
    bundle
        .environment
        .remove(std::ffi::OsStr::new("CNAB_ACTION"));
    assert!(
        bundle
            .run()
            .err
            .starts_with("error: environment variable `CNAB_ACTION` is not set; ")
    );
}

#[test]
fn values_arrive_as_they_are() {
    let odd = "two words; $(id) `id` \"q\" 'q' \\ : # {a: b}\n- x\n";
    let mut bundle = Bundle::new();
    bundle.parameter("odd", "string", false, odd).parameter(
        "obj",
        "object",
        false,
        r#"{"b":[1,2],"a":"<"}"#,
    );
    bundle.step_of(
        "install",
        json!({"script": "printf '<%s>' \"$@\"", "args": ["${bundle.parameters.odd}", "x${bundle.parameters.odd}y", "${bundle.parameters.obj}", "${installation.name}", "${env.ODD}"]}),
    );
    let ran = bundle.run();
    assert_eq!(
        ran.body(),
        format!("<{odd}><x{odd}y><{{\"a\":\"<\",\"b\":[1,2]}}><inst><{odd}>")
    );
}

#[test]
fn secrets_are_masked_everywhere_and_mixins_do_not_see_them() {
    let mut bundle = Bundle::new();
    bundle
        .parameter("pw", "string", true, "hunter22")
        .credential("token", "tok-123456");
    bundle
        .file_parameter("key", "/cnab/app/key.pem", true)
        .file("/cnab/app/key.pem", "RklMRS1TRUNSRVQ=");
    bundle.step_of(
        "install",
        json!({
            "description": "with ${bundle.parameters.pw}",
            "script": "echo $1 $TOKEN; printf tok-; sleep 0.1; printf '123456\\n'; cat key.pem; echo; echo $2 >&2; exit 3",
            "args": ["${bundle.parameters.pw}", "x${bundle.credentials.token}", "${env.TOKEN}"],
        }),
    );
    let ran = bundle.run();
    assert_eq!(ran.body(), format!("with {M}\n{M} {M}\n{M}\n{M}\n"));
    assert!(ran.err.starts_with(&format!("x{M}\n")), "{}", ran.err);
    let shown = format!("{}{}", ran.out, ran.err);
    let seen = format!("{:?}", bundle.seen.borrow());
    for secret in ["hunter22", "tok-123456", "FILE-SECRET"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
    let step = &bundle.seen.borrow()[0].step;
    assert_eq!(step["args"][1], json!(format!("x{}", placeholder::text(1))));
}

#[test]
fn mixins_that_were_granted_it_see_secrets() {
    let mut bundle = Bundle::new();
    bundle.parameter("pw", "string", true, "hunter22");
    bundle.runbook.mixins.get_mut("fake").unwrap().sees_secrets = true;
    bundle.step_of(
        "install",
        json!({"script": "echo $1", "args": ["${bundle.parameters.pw}"]}),
    );
    assert_eq!(bundle.run().body(), format!("{M}\n"));
    assert_eq!(bundle.seen.borrow()[0].step["args"][0], "hunter22");
}

#[test]
fn mixins_get_the_variables_they_must_know() {
    let mut bundle = Bundle::new();
    bundle
        .credential("token", "tok-123456")
        .env("AGENT", "porter")
        .step("true");
    bundle.runbook.mixins.get_mut("fake").unwrap().environment =
        ["AGENT", "TOKEN", "UNSET"].map(str::to_owned).to_vec();
    assert!(bundle.run().succeeded);
    let expected = [
        ("AGENT".to_owned(), "porter".to_owned()),
        ("TOKEN".to_owned(), placeholder::text(0)),
    ];
    assert_eq!(bundle.seen.borrow()[0].environment, expected);
}

#[test]
fn outputs_go_to_later_steps_and_to_the_bundle() {
    let mut bundle = Bundle::new();
    bundle.output("id", false);
    bundle.output("later", false).apply_to = vec!["upgrade".into()];
    bundle.step_of("install", json!({"script": "echo id=42 later=x own=mine-only", "outputs": {"id": "id=(\\d+)", "later": "later=(.)", "own": "own=(\\S+)"}}));
    bundle.step_of("install", json!({"script": "echo $1 $2 $3", "args": ["${bundle.outputs.id}", "${bundle.outputs.later}", "${bundle.outputs.own}"]}));
    let ran = bundle.run();
    // An output that is not the bundle's is masked from the next step on.
    assert_eq!(
        ran.body(),
        format!("id=42 later=x own=mine-only\n42 x {M}\n"),
        "{ran:?}"
    );
    assert_eq!(bundle.read("/cnab/app/outputs/id").unwrap(), "42");
    assert_eq!(bundle.read("/cnab/app/outputs/later"), None);
    assert_eq!(bundle.read("/cnab/app/outputs/own"), None);
    let mode = bundle
        .path("/cnab/app/outputs/id")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_sensitive_output_is_masked_in_the_step_that_makes_it() {
    for script in ["echo sec=abc-secret-def", "echo sec=abc-secret-def; exit 1"] {
        let mut bundle = Bundle::new();
        bundle.output("sec", true);
        bundle.step_of(
            "install",
            json!({"script": script, "outputs": {"sec": "sec=(.*)"}}),
        );
        bundle.step_of(
            "install",
            json!({"script": "echo again abc-secret-def", "args": ["${bundle.outputs.sec}"]}),
        );
        let ran = bundle.run();
        assert!(ran.body().starts_with(&format!("sec={M}\n")), "{ran:?}");
        assert!(!format!("{ran:?}").contains("abc-secret-def"), "{ran:?}");
        if ran.succeeded {
            assert_eq!(
                bundle.seen.borrow()[1].step["args"][0],
                json!(placeholder::text(0))
            );
            assert_eq!(
                bundle.read("/cnab/app/outputs/sec").unwrap(),
                "abc-secret-def"
            );
        }
    }
}

#[test]
fn files_that_programs_leave_for_outputs_are_taken() {
    let mut bundle = Bundle::new();
    bundle.output("direct", false);
    bundle.step("printf a > porter/outputs/direct; ln -s /etc/passwd porter/outputs/link; mkfifo porter/outputs/pipe; mkdir porter/outputs/dir");
    bundle.step_of(
        "install",
        json!({"script": "echo $1; ls porter/outputs", "args": ["${bundle.outputs.direct}"]}),
    );
    let ran = bundle.run();
    assert_eq!(ran.body(), "a\ndir\nlink\npipe\n", "{ran:?}");
    assert_eq!(bundle.read("/cnab/app/outputs/direct").unwrap(), "a");
    for (name, allowed) in [
        ("porter-state", false),
        ("io.cnab.x", false),
        (".x", false),
        ("a b", false),
        ("a.b_c-1", true),
    ] {
        let mut bundle = Bundle::new();
        bundle.step(&format!("echo x > 'porter/outputs/{name}'"));
        let ran = bundle.run();
        assert_eq!(ran.succeeded, allowed, "{name}: {ran:?}");
        assert_eq!(
            ran.err.contains("unable to read step outputs"),
            !allowed,
            "{ran:?}"
        );
    }
}

#[test]
fn e85_what_a_failing_step_left_is_taken_and_removed() {
    let mut bundle = Bundle::new();
    bundle.output("direct", false);
    bundle.step("printf a > porter/outputs/direct; exit 3");
    let ran = bundle.run();
    assert!(!ran.succeeded, "{ran:?}");
    assert_eq!(
        bundle.read("/cnab/app/outputs/direct").as_deref(),
        Some("a")
    );
    assert!(!bundle.path("/cnab/app/porter/outputs/direct").exists());
}

#[test]
fn outputs_of_earlier_runs_are_there() {
    let mut bundle = Bundle::new();
    bundle.output("sec", true);
    bundle.output("pub", false);
    for name in ["sec", "pub"] {
        bundle.parameter(
            &format!("porter-{name}-output"),
            "string",
            false,
            &format!("earlier-{name}"),
        );
        bundle
            .runbook
            .parameters
            .get_mut(&format!("porter-{name}-output"))
            .unwrap()
            .output = Some(name.into());
    }
    bundle.step_of(
        "install",
        json!({"script": "echo $1 $2", "args": ["${bundle.outputs.sec}", "${bundle.outputs.pub}"]}),
    );
    let ran = bundle.run();
    assert_eq!(ran.body(), format!("{M} earlier-pub\n"), "{ran:?}");
    bundle
        .environment
        .remove(std::ffi::OsStr::new("PORTER-PUB-OUTPUT"));
    let ran = bundle.run();
    assert!(!ran.succeeded);
    assert!(ran.err.contains("caused by: unable to resolve step: unable to build step template data: no parameter source was injected for output pub\n"), "{}", ran.err);
    assert!(
        bundle.path("/cnab/app/outputs/porter-state").exists(),
        "state is kept all the same"
    );
}

#[test]
fn the_first_failing_step_ends_the_run_and_what_was_made_is_kept() {
    let mut bundle = Bundle::new();
    bundle.output("a", false);
    bundle.output("f", false).path = Some("made.txt".into());
    bundle.state("db", "data/db.txt");
    bundle.step_of("install", json!({"script": "echo a=1; mkdir data; printf kept > data/db.txt; printf f > made.txt", "outputs": {"a": "a=(.)"}}));
    bundle.step_of(
        "install",
        json!({"description": "break it", "script": "exit $1", "args": ["4"]}),
    );
    bundle.step("echo never");
    let ran = bundle.run();
    assert!(!ran.succeeded);
    assert_eq!(
        ran.err,
        "error: step 2 of install (`break it`, mixin `fake`, line 11 of the manifest) failed\n  caused by: mixin execution failed: error running command /cnab/app sh -c exit $1 sh 4: exit status 4\n"
    );
    assert!(
        !ran.out.contains("never") && !ran.out.contains("successfully"),
        "{}",
        ran.out
    );
    assert_eq!(bundle.read("/cnab/app/outputs/a").unwrap(), "1");
    assert_eq!(bundle.read("/cnab/app/outputs/f").unwrap(), "f");
    assert!(bundle.packed_state().contains("kept"));
}

#[test]
fn unknown_names_are_told_with_their_place() {
    let mut bundle = Bundle::new();
    bundle.step("echo first").step("echo ${bundle.nope}");
    let ran = bundle.run();
    assert_eq!(ran.body(), "first\n");
    assert_eq!(
        ran.err,
        "error: step 2 of install (mixin `fake`, line 11 of the manifest) failed\n  caused by: unable to resolve step: unable to render step template at line 12, column 9\n  caused by: missing variable `bundle.nope`: `bundle` has `credentials`, `custom`, `dependencies`, `description`, `images`, `installerImage`, `name`, `outputs`, `parameters`, `version`\n"
    );
}

#[test]
fn damaged_images_are_told() {
    let bundle = Bundle::new();
    assert!(
        bundle
            .run_as_is()
            .err
            .starts_with("error: cannot read /cnab/app/porter/runbook.json; ")
    );
    bundle.file("/cnab/app/porter/runbook.json", "{");
    assert!(
        bundle
            .run_as_is()
            .err
            .starts_with("error: /cnab/app/porter/runbook.json is damaged; ")
    );
    bundle.file(
        "/cnab/app/porter/runbook.json",
        r#"{"schemaVersion":"2.0.0","unknown":1}"#,
    );
    assert!(
        bundle
            .run_as_is()
            .err
            .contains("the runbook has the version `2.0.0`")
    );
    let mut bundle = Bundle::new();
    bundle.file("/cnab/bundle.json", "{");
    assert!(
        bundle
            .run()
            .err
            .starts_with("error: cannot load bundle at /cnab/bundle.json\n")
    );
    bundle.file(
        "/cnab/bundle.json",
        r#"{"images":{"web":{"image":"r/w:1"}}}"#,
    );
    bundle.step("true");
    assert!(
        bundle.run().err.contains(
            "unable to resolve bundle images: unable to find image in porter manifest: web"
        )
    );
    let mut bundle = Bundle::new();
    bundle.step("echo never");
    bundle.runbook.actions[0].steps[0].mixin = "other".into();
    let ran = bundle.run();
    assert!(
        ran.err.starts_with("error: cannot load mixin `other`; "),
        "{}",
        ran.err
    );
}

#[test]
fn images_and_dependencies_are_known() {
    let mut bundle = Bundle::new();
    bundle.runbook.images = vec!["web".into(), "plain".into()];
    bundle.file("/cnab/bundle.json", json!({
        "invocationImages": [{"image": "reg:5000/trial:0.1.0", "contentDigest": "sha256:aa"}],
        "images": {
            "web": {"image": "reg:5000/web:v2", "contentDigest": "sha256:bb", "description": "d", "size": 12345678901u64},
            "plain": {"image": "reg/plain"},
        },
    }).to_string());
    bundle.file(
        "/cnab/app/relocation-mapping.json",
        r#"{"reg:5000/web:v2":"other/web@sha256:cc"}"#,
    );
    bundle.file(
        "/cnab/app/dependencies/db/bundle.json",
        r#"{"name":"mysql","version":"1.0.0"}"#,
    );
    bundle.parameter("porter-db-port-dep-output", "string", false, "3306");
    let args = [
        "${bundle.installerImage}",
        "${bundle.images.web.repository}",
        "${bundle.images.web.digest}",
        "${bundle.images.web.tag}",
        "${bundle.images.web.size}",
        "${bundle.images.plain.tag}",
        "${bundle.dependencies.db.name}",
        "${bundle.dependencies.db.outputs.port}",
    ];
    bundle.step_of(
        "install",
        json!({"script": "printf '%s\\n' \"$@\"", "args": args}),
    );
    let ran = bundle.run();
    assert_eq!(
        ran.body(),
        "reg:5000/trial@sha256:aa\nother/web\nsha256:cc\n\n12345678901\nlatest\nmysql\n3306\n",
        "{ran:?}"
    );
}

/// A bundle with a secret, a value and an output that the second step uses.
fn reviewable() -> Bundle {
    let mut bundle = Bundle::new();
    bundle
        .parameter("pw", "string", true, "hunter22")
        .parameter("name", "string", false, "World");
    bundle.step_of(
        "install",
        json!({
            "description": "greet ${bundle.parameters.name}",
            "script": "echo \"$1 $2\"; echo made > porter/outputs/made",
            "args": ["${bundle.parameters.name}", "--pw=${bundle.parameters.pw}"],
        }),
    );
    bundle.step_of(
        "install",
        json!({"script": "echo \"$1\"", "args": ["${env.NAME} ${installation.id}"]}),
    );
    bundle
}

#[test]
fn a_preview_is_what_the_run_does() {
    let bundle = reviewable();
    let plan = bundle.preview();
    assert_eq!(
        plan["steps"][0]["tasks"][0]["run"],
        json!([
            "sh", "-c", "echo \"$1 $2\"; echo made > porter/outputs/made", "sh", "World",
            ["--pw=", {"value": "bundle.parameters.pw"}],
        ])
    );
    assert_eq!(
        plan["steps"][1]["tasks"][0]["run"][4],
        json!([{"value": "env.NAME"}, " ", {"value": "installation.id"}])
    );
    assert!(!plan.to_string().contains("hunter22"), "{plan}");
    bundle.reviewed(&plan);
    let ran = bundle.run();
    assert!(ran.succeeded, "{ran:?}");
    assert_eq!(ran.body(), format!("greet World\nWorld --pw={M}\nWorld \n"));
}

#[test]
fn what_differs_from_the_reviewed_plan_is_not_run() {
    let mut bundle = reviewable();
    let plan = bundle.preview();
    bundle.reviewed(&plan);
    // Another secret is the same plan, another value is another one.
    bundle.parameter("pw", "string", true, "changed!");
    assert!(bundle.run().succeeded);
    bundle.parameter("name", "string", false, "Moon");
    let ran = bundle.run();
    assert!(!ran.succeeded);
    assert_eq!(ran.body(), "greet Moon\n", "nothing was run");
    assert!(
        ran.err
            .contains("task 1 of the step is not the one that was reviewed")
            && ran.err.contains("\"World\"")
            && ran.err.contains("\"Moon\"")
            && !ran.err.contains("changed!"),
        "{}",
        ran.err
    );
    bundle.step_of("install", json!({"script": "echo more"}));
    let ran = bundle.run();
    assert!(
        ran.err
            .contains("for `install` with 2 steps, this is `install` with 3 steps"),
        "{}",
        ran.err
    );
    bundle.file("/cnab/app/porter/reviewed-plan.json", "{}");
    let ran = bundle.run();
    assert_eq!(ran.err, "error: the reviewed plan is damaged\n");
}

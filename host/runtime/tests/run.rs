//! Whole runs in a temporary root, with real programs and a mixin that the test plays.

mod support;

use std::os::unix::fs::PermissionsExt;

use porter_mixin::task::{Channel, Condition, Pattern, Source, Test};
use porter_mixin::{Task, placeholder};
use porter_runtime::root::OUTPUTS;
use serde_json::json;
use support::{Bundle, file, output, shell};

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
    assert!(ran.err.contains("caused by: unable to resolve step: unable to build step template data\n  caused by: no parameter source was injected for output pub\n"), "{}", ran.err);
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
        "error: step 2 of install (`break it`, mixin `fake`, line 11 of the manifest) failed\n  caused by: mixin execution failed\n  caused by: error running command /cnab/app sh -c exit $1 sh 4: exit status 4\n"
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
        "error: step 2 of install (mixin `fake`, line 11 of the manifest) failed\n  caused by: unable to resolve step\n  caused by: unable to render step template at line 12, column 9\n  caused by: missing variable `bundle.nope`: `bundle` has `credentials`, `custom`, `dependencies`, `description`, `images`, `installerImage`, `name`, `outputs`, `parameters`, `version`\n"
    );
}

#[test]
fn programs_are_looked_up() {
    let run = |setup: &dyn Fn(&Bundle), program: &str, dir: &str| {
        let mut bundle = Bundle::new();
        setup(&bundle);
        let mut command = shell("");
        (command.program, command.args, command.dir) = (program.into(), Vec::new(), dir.into());
        bundle.tasks(vec![Task::Run(command)]);
        bundle.run()
    };
    let script = |inside: &'static str, mode: u32| {
        move |bundle: &Bundle| {
            bundle.file(inside, "#!/bin/sh\necho $0; pwd\n");
            std::fs::set_permissions(bundle.path(inside), PermissionsExt::from_mode(mode)).unwrap();
        }
    };
    let ends = |text: &str, end: &str| assert!(text.trim_end().ends_with(end), "{text}");
    ends(run(&|_| (), "pwd", "").body(), "/cnab/app");
    ends(
        run(&script("/cnab/app/x.sh", 0o755), "./x.sh", "").body(),
        "/cnab/app",
    );
    ends(
        run(&script("/cnab/app/x.sh", 0o755), "x.sh", "").body(),
        "/cnab/app",
    );
    ends(
        run(&script("/cnab/app/sub/x.sh", 0o755), "./x.sh", "sub").body(),
        "/cnab/app/sub",
    );
    let missing = run(&|_| (), "nosuchprogram", "");
    assert!(missing.err.contains("couldn't run command /cnab/app nosuchprogram: exec: `nosuchprogram`: executable file not found in $PATH"), "{}", missing.err);
    let no_bit = run(&script("/cnab/app/x.sh", 0o644), "./x.sh", "");
    assert!(
        no_bit
            .err
            .contains("couldn't run command /cnab/app ./x.sh\n  caused by: Permission denied"),
        "{}",
        no_bit.err
    );
    let no_dir = run(&|_| (), "pwd", "gone");
    assert!(
        no_dir.err.contains(
            "couldn't run command /cnab/app/gone pwd: the working directory does not exist"
        ),
        "{}",
        no_dir.err
    );
}

fn matches(value: &str) -> Test {
    Test::Matches(Pattern {
        channel: Channel::Stderr,
        value: value.into(),
    })
}

fn contains(value: &str) -> Test {
    Test::Contains(Pattern {
        channel: Channel::Stderr,
        value: value.into(),
    })
}

#[test]
fn failures_are_ignored_in_order() {
    let cases: &[(&[Test], bool)] = &[
        (&[], false),
        (&[Test::Failed], true),
        (&[Test::ExitCode(4)], true),
        (&[Test::ExitCode(3)], false),
        (&[contains("already exists")], true),
        (&[contains("on stdout")], false),
        (&[matches(r"exists \(code \d+\)")], true),
        (&[matches("^no$")], false),
        (&[Test::ExitCode(4), matches("[0-9+")], true),
        (&[contains("already"), matches("[0-9+")], true),
        (&[matches("[0-9+"), Test::Failed], false),
        (
            &[Test::Matches(Pattern {
                channel: Channel::Either,
                value: "on stdout".into(),
            })],
            true,
        ),
        (
            &[Test::Contains(Pattern {
                channel: Channel::Stdout,
                value: "on stdout".into(),
            })],
            true,
        ),
    ];
    for (ignore, succeeds) in cases {
        let mut command = shell("echo on stdout; echo 'already exists (code 42)' >&2; exit 4");
        command.ignore = ignore.to_vec();
        command.outputs = vec![output("o", Source::Stdout)];
        let mut bundle = Bundle::new();
        bundle.output("o", false);
        bundle.tasks(vec![Task::Run(command)]);
        let ran = bundle.run();
        assert_eq!(ran.succeeded, *succeeds, "{ignore:?}: {ran:?}");
        assert_eq!(
            bundle.read("/cnab/app/outputs/o").is_some(),
            *succeeds,
            "outputs of an ignored failure are taken"
        );
    }
    let mut command = shell("exit 5");
    command.ignore = vec![matches("code [0-9+")];
    let mut bundle = Bundle::new();
    bundle.tasks(vec![Task::Run(command)]);
    let ran = bundle.run();
    assert!(ran.err.contains("Could not ignore failed command because the Regex specified by the mixin step definition (\"code [0-9+\") is invalid"), "{}", ran.err);
}

#[test]
fn commands_depend_on_what_is_there_and_on_earlier_ones() {
    let when = |script: &str, condition: Condition| {
        let mut command = shell(script);
        command.when = Some(condition);
        Task::Run(command)
    };
    let mut first = shell("echo not found >&2; exit 3");
    first.keep_going = true;
    let ended = |task, how| Condition::Ended { task, how };
    let mut bundle = Bundle::new();
    bundle.env("HOME", "/home/nonroot");
    bundle.file("/home/nonroot/.azure/x", "");
    bundle.file("/cnab/app/here", "");
    bundle.tasks(vec![
        Task::Run(first),
        when("echo 1", ended(0, Test::Failed)),
        when("echo 2", ended(0, Test::ExitCode(3))),
        when("echo 3", ended(0, Test::ExitCode(4))),
        when("echo 4", ended(0, contains("not found"))),
        when("echo 5", ended(0, matches("^found"))),
        when("echo 6", ended(3, Test::Failed)),
        when("echo 7", Condition::Exists("~/.azure".into())),
        when("echo 8", Condition::Exists("here".into())),
        when("echo 9", Condition::Missing("here".into())),
        when("echo 10", Condition::Missing("/cnab/app/gone".into())),
        when("echo 11", ended(99, Test::Failed)),
    ]);
    let ran = bundle.run();
    assert_eq!(ran.body(), "1\n2\n4\n7\n8\n10\n");
    // The step fails at its end, because of the command that let it go on.
    assert!(!ran.succeeded);
    assert!(
        ran.err.contains(
            "error running command /cnab/app sh -c echo not found >&2; exit 3 sh: exit status 3"
        ),
        "{}",
        ran.err
    );
}

#[test]
fn tasks_write_feed_and_say() {
    let secret = placeholder::text(0);
    let json = format!("{}0j{}", placeholder::OPEN, placeholder::CLOSE);
    let mut cat = shell("cat; cat made/file.json");
    cat.stdin = Some(format!("in {secret};"));
    cat.env = vec![("ADDED".into(), format!("v{secret}"))];
    let mut bundle = Bundle::new();
    bundle.parameter("pw", "string", true, "pa\"ss\nword");
    let tasks = vec![
        file("made/file.json", 0o600, &format!("{{\"p\":\"{json}\"}}")),
        Task::Run(cat),
        Task::Say(format!("said {secret} \u{1b}[31m")),
        Task::Run(shell(
            "printf '%s' \"$ADDED\" | cmp - /dev/null; echo $ADDED",
        )),
    ];
    bundle.plan = std::rc::Rc::new(move |_| Ok(tasks.clone()));
    bundle.step_of("install", json!({"x": "${bundle.parameters.pw}"}));
    let ran = bundle.run();
    assert_eq!(
        ran.body(),
        format!("in {M};{{\"p\":\"{M}\"}}said {M} \\u{{1b}}[31m\n\n"),
        "{ran:?}"
    );
    assert_eq!(
        bundle.read("/cnab/app/made/file.json").unwrap(),
        "{\"p\":\"pa\\\"ss\\nword\"}"
    );
    let mode = bundle
        .path("/cnab/app/made/file.json")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_command_need_not_read_its_input_and_may_get_much_of_it() {
    for (script, expected) in [
        ("wc -c", "3000000\n"),
        ("echo done", "done\n"),
        ("head -c 3", "xxx"),
    ] {
        let mut command = shell(script);
        command.stdin = Some("x".repeat(3_000_000));
        let mut bundle = Bundle::new();
        bundle.tasks(vec![Task::Run(command)]);
        assert_eq!(bundle.run().body(), expected);
    }
    let mut bundle = Bundle::new();
    bundle.step("cat; echo end of input");
    assert_eq!(bundle.run().body(), "end of input\n");
}

#[test]
fn quiet_commands_say_nothing_unless_they_fail() {
    let mut quiet = shell("echo noise; echo reason >&2; exit $CODE");
    quiet.quiet = true;
    for (code, said) in [("0", false), ("1", true)] {
        let mut bundle = Bundle::new();
        bundle
            .env("CODE", code)
            .tasks(vec![Task::Run(quiet.clone())]);
        let ran = bundle.run();
        assert!(!ran.out.contains("noise"));
        assert_eq!(ran.err.contains("; it said: reason\n"), said, "{}", ran.err);
    }
}

#[test]
fn outputs_of_all_sources() {
    let taken = |name: &str, take: Source| output(name, take);
    let path = |path: &str| Source::JsonPath {
        path: path.into(),
        fold_case: false,
        absent: Some(String::new()),
    };
    let mut command = shell("printf '{\"k\":[1.10,\"x\"]}'; printf 'a\\0b' > bin");
    command.outputs = vec![
        taken("json", path("$.k")),
        taken("text", path("$.k[1]")),
        taken("all", Source::Stdout),
        taken("regex", Source::Regex("(k)|(x)".into())),
        taken("file", Source::File("bin".into())),
    ];
    let names = ["json", "text", "all", "regex", "file"];
    let mut bundle = Bundle::new();
    names.iter().for_each(|name| _ = bundle.output(name, false));
    bundle.tasks(vec![Task::Run(command)]);
    assert!(bundle.run().succeeded);
    let all: Vec<_> = names
        .iter()
        .map(|name| bundle.read(&format!("{OUTPUTS}/{name}")).unwrap())
        .collect();
    assert_eq!(
        all,
        [
            "[1.10,\"x\"]",
            "x",
            "{\"k\":[1.10,\"x\"]}",
            "k\n\n\nx",
            "a\0b"
        ]
    );
    for (take, message) in [
        (
            path("$.missing"),
            "unable to take output `o`\n  caused by: error evaluating jsonpath `$.missing`\n  caused by: the jsonpath `$.missing` selects nothing",
        ),
        (path("$["), "error evaluating jsonpath `$[`"),
        (
            Source::Regex("(".into()),
            "error evaluating regular expression `(`",
        ),
        (
            Source::File("gone".into()),
            "error evaluating filepath `gone`\n  caused by: No such file",
        ),
    ] {
        let mut command = shell("echo '{}'");
        command.outputs = vec![taken("o", take)];
        let mut bundle = Bundle::new();
        bundle.tasks(vec![Task::Run(command)]);
        let ran = bundle.run();
        assert!(ran.err.contains(message), "{}", ran.err);
    }
}

#[test]
fn much_output_passes() {
    let mut bundle = Bundle::new();
    bundle.parameter("pw", "string", true, "hunter22");
    bundle.step(
        "i=0; while [ $i -lt 20000 ]; do echo \"line $i hunter22\"; echo e >&2; i=$((i+1)); done",
    );
    let ran = bundle.run();
    assert_eq!(ran.body().lines().count(), 20_000);
    assert!(ran.body().ends_with(&format!("line 19999 {M}\n")));
    assert_eq!(ran.err, "e\n".repeat(20_000));
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

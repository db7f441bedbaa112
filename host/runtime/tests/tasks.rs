//! Executing plans with real programs: looking up, conditions, failures, outputs, streams.

mod support;

use std::os::unix::fs::PermissionsExt;

use porter_mixin::task::{Channel, Condition, Pattern, Source, Test};
use porter_mixin::{Task, placeholder};
use porter_runtime::root::OUTPUTS;
use serde_json::json;
use support::{Bundle, file, output, shell};

const M: &str = "*******";

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
fn e90_what_a_quiet_command_wrote_is_taken_all_the_same() {
    let mut quiet = shell("echo value");
    quiet.quiet = true;
    quiet.outputs = vec![output("o", Source::Stdout)];
    let mut bundle = Bundle::new();
    bundle.output("o", false);
    bundle.tasks(vec![Task::Run(quiet)]);
    let ran = bundle.run();
    assert!(!ran.out.contains("value"), "{ran:?}");
    assert_eq!(bundle.read(&format!("{OUTPUTS}/o")).unwrap(), "value\n");
}

#[test]
fn e93_and_e94_values_of_json_paths_and_regular_expressions() {
    let path = |path: &str| Source::JsonPath {
        path: path.into(),
        fold_case: false,
        absent: Some(String::new()),
    };
    let regex = Source::Regex("n=(\\d)".into());
    for (script, take, value) in [
        (
            "echo '{\"k\": {\"b\": 1.0, \"a\": [ ]}}'",
            path("$.k"),
            r#"{"a":[],"b":1.0}"#,
        ),
        ("echo '{\"k\": \"bare text\"}'", path("$.k"), "bare text"),
        ("true", path("$.k"), ""),
        ("echo n=1 n=2; echo n=3", regex, "1\n2\n3"),
    ] {
        let mut command = shell(script);
        command.outputs = vec![output("o", take)];
        let mut bundle = Bundle::new();
        bundle.output("o", false);
        bundle.tasks(vec![Task::Run(command)]);
        let ran = bundle.run();
        assert_eq!(
            bundle.read(&format!("{OUTPUTS}/o")).as_deref(),
            Some(value),
            "{script}: {ran:?}"
        );
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

//! Each rule of the checks, from both sides.

use porter_mixin::check::{self, Problem};
use porter_mixin::instruction::*;
use porter_mixin::task::*;
use porter_mixin::*;

#[expect(
    clippy::unwrap_used,
    reason = "the documents of the tests are good ones"
)]
fn json(text: &str) -> Json {
    check::json::parse(text).unwrap()
}

fn plan(step: &str) -> PlanRequest {
    PlanRequest {
        config: Json::Null,
        action: "install".to_owned(),
        step: json(step),
        environment: vec![("TOKEN".to_owned(), placeholder::text(7))],
    }
}

fn build(step: &str) -> BuildRequest {
    BuildRequest {
        config: Json::Null,
        actions: vec![ActionSteps {
            action: "install".to_owned(),
            steps: vec![json(step)],
        }],
        platforms: vec!["linux/amd64".to_owned()],
        environment: Vec::new(),
    }
}

fn command() -> Command {
    Command {
        program: "helm3".to_owned(),
        args: vec!["install".to_owned()],
        env: Vec::new(),
        dir: String::new(),
        stdin: None,
        quiet: false,
        when: None,
        ignore: Vec::new(),
        keep_going: false,
        outputs: Vec::new(),
    }
}

fn output(name: &str, take: Source) -> Output {
    Output {
        name: name.to_owned(),
        take,
        sensitive: false,
        to: None,
    }
}

/// Code of the first problem in a plan of one command that `change` has changed.
fn command_code(change: impl FnOnce(&mut Command)) -> Option<&'static str> {
    let mut command = command();
    change(&mut command);
    check::tasks(&[Task::Run(command)], &plan("{}"))
        .err()
        .map(|error| error.code())
}

fn instruction_code(instruction: Instruction) -> Option<&'static str> {
    check::instructions(&[instruction])
        .err()
        .map(|error| error.code())
}

fn remote(url: &str, checksum: Checksum) -> Option<&'static str> {
    instruction_code(Instruction::Download(Download {
        entries: vec![DownloadEntry {
            platform: "linux/amd64".to_owned(),
            source: Remote {
                url: url.to_owned(),
                checksum,
            },
            member: "linux-amd64/helm".to_owned(),
        }],
        archive: Archive::TarGz,
        to: Target {
            path: "/usr/local/bin/helm3".to_owned(),
            mode: 0o755,
        },
    }))
}

#[test]
fn a_good_command_passes() {
    let code = command_code(|command| {
        command
            .args
            .push(format!("--set=x={}", placeholder::text(7)));
        command.args.push(String::new());
        command
            .env
            .push(("A.B-C".to_owned(), "multi\nline".to_owned()));
        command.stdin = Some("\u{1b}[0m".to_owned());
        command.outputs.push(output("a_b.C-1", Source::Stdout));
    });
    assert_eq!(code, None);
}

#[test]
fn commands_are_checked_part_by_part() {
    let over = |bytes: usize| "x".repeat(bytes + 1);
    type Change = Box<dyn FnOnce(&mut Command)>;
    let cases: Vec<(Change, &str)> = vec![
        (Box::new(|c| c.program = String::new()), "result-empty"),
        (
            Box::new(|c| c.program = "a\nb".to_owned()),
            "result-control",
        ),
        (
            Box::new(|c| c.program = "a\u{9b}".to_owned()),
            "result-control",
        ),
        (Box::new(|c| c.program = "a\0".to_owned()), "result-nul"),
        (
            Box::new(|c| c.program = placeholder::text(7)),
            "result-placeholder-here",
        ),
        (Box::new(|c| c.args = vec!["a\0b".to_owned()]), "result-nul"),
        (
            Box::new(move |c| c.args = vec![over(check::MAX_ARGUMENT)]),
            "result-too-long",
        ),
        (
            Box::new(|c| c.args = vec![placeholder::text(8)]),
            "result-placeholder-unknown",
        ),
        (
            Box::new(|c| c.args = vec!["\u{fdd0}7".to_owned()]),
            "result-placeholder-unknown",
        ),
        (
            Box::new(|c| c.args = vec![String::new(); 10_001]),
            "result-too-many",
        ),
        (
            Box::new(|c| c.args = vec!["x".repeat(100_000); 42]),
            "result-too-much",
        ),
        (
            Box::new(|c| c.env = vec![("A=B".to_owned(), String::new())]),
            "result-form",
        ),
        (
            Box::new(|c| c.env = vec![(String::new(), String::new())]),
            "result-empty",
        ),
        (Box::new(|c| c.dir = "a\tb".to_owned()), "result-control"),
        (
            Box::new(move |c| c.stdin = Some(over(check::MAX_STRING))),
            "result-too-long",
        ),
        (
            Box::new(|c| {
                c.when = Some(Condition::Ended {
                    task: 0,
                    how: Test::Failed,
                })
            }),
            "result-order",
        ),
        (
            Box::new(|c| c.when = Some(Condition::Exists(String::new()))),
            "result-empty",
        ),
        (
            Box::new(move |c| {
                let value = over(check::MAX_PATTERN);
                c.ignore = vec![Test::Matches(Pattern {
                    channel: Channel::Stdout,
                    value,
                })];
            }),
            "result-too-long",
        ),
        (
            Box::new(|c| c.outputs = vec![output("../x", Source::Stdout)]),
            "result-form",
        ),
        (
            Box::new(|c| c.outputs = vec![output(".x", Source::Stdout)]),
            "result-form",
        ),
        (
            Box::new(|c| c.outputs = vec![output("porter-state", Source::Stdout)]),
            "result-form",
        ),
        (
            Box::new(|c| c.outputs = vec![output("io.cnab.x", Source::Stdout)]),
            "result-form",
        ),
        (
            Box::new(|c| c.outputs = vec![output("", Source::Stdout)]),
            "result-empty",
        ),
        (
            Box::new(|c| c.outputs = vec![output("x", Source::File("a\u{7f}".to_owned()))]),
            "result-control",
        ),
        (
            Box::new(|c| {
                let to = Some(Target {
                    path: "f".to_owned(),
                    mode: 0o4755,
                });
                c.outputs = vec![Output {
                    to,
                    ..output("x", Source::Stdout)
                }];
            }),
            "result-mode",
        ),
    ];
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        assert_eq!(command_code(change), Some(expected), "case {index}");
    }
}

#[test]
fn a_condition_names_an_earlier_command() {
    let depends = |task| {
        let when = Some(Condition::Ended {
            task,
            how: Test::ExitCode(1),
        });
        Task::Run(Command { when, ..command() })
    };
    let of = |tasks: &[Task]| {
        check::tasks(tasks, &plan("{}"))
            .err()
            .map(|error| error.problem)
    };
    assert_eq!(of(&[Task::Run(command()), depends(0)]), None);
    assert_eq!(
        of(&[Task::Say(String::new()), depends(0)]),
        Some(Problem::Order)
    );
    assert_eq!(
        of(&[Task::Run(command()), depends(1)]),
        Some(Problem::Order)
    );
    assert_eq!(
        of(&[Task::Run(command()), depends(u32::MAX)]),
        Some(Problem::Order)
    );
}

#[test]
fn the_message_names_the_part() {
    let bad = Command {
        args: vec!["a".to_owned(), "\0".to_owned()],
        ..command()
    };
    let tasks = [Task::Say("x".to_owned()), Task::Run(bad)];
    let error = check::tasks(&tasks, &plan("{}")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`tasks[1].run.args[1]` holds the character U+0000"
    );
}

#[test]
fn placeholders_of_a_step_may_be_placed() {
    let step = format!(r#"{{"password":"{}"}}"#, placeholder::text(0));
    let write = |content: String| {
        let to = Target {
            path: "values.json".to_owned(),
            mode: 0o600,
        };
        check::tasks(&[Task::Write(File { to, content })], &plan(&step)).map_err(|e| e.code())
    };
    assert_eq!(
        write(format!("\"{}0j{}\"", placeholder::OPEN, placeholder::CLOSE)),
        Ok(())
    );
    assert_eq!(
        write(placeholder::text(1)),
        Err("result-placeholder-unknown")
    );
}

#[test]
fn remotes_are_https() {
    let good = Checksum::Sha256("0".repeat(64));
    assert_eq!(
        remote("https://get.helm.sh/helm.tar.gz", Checksum::None),
        None
    );
    assert_eq!(remote("http://mirror/helm.tar.gz", good.clone()), None);
    assert_eq!(
        remote("http://mirror/x", Checksum::None),
        Some("result-address")
    );
    let sums = Checksum::Sums("http://x/sums".to_owned());
    assert_eq!(remote("https://x/y", sums), Some("result-address"));
    for url in ["file:///etc/passwd", "https:/x", "HTTPS://x", ""] {
        let code = remote(url, good.clone());
        assert!(
            matches!(code, Some("result-address" | "result-empty")),
            "{url}: {code:?}"
        );
    }
    for url in [
        "https://",
        "https://user:pw@x/",
        "https://x/a b",
        "https://x/é",
        "https:///x",
    ] {
        assert_eq!(remote(url, good.clone()), Some("result-form"), "{url}");
    }
    let upper = Checksum::Sha256("A".repeat(64));
    assert_eq!(remote("https://x/y", upper), Some("result-form"));
    let long = Checksum::Sha512("0".repeat(128));
    assert_eq!(remote("http://mirror/helm.tar.gz", long), None);
    let short = Checksum::Sha512("0".repeat(64));
    assert_eq!(remote("https://x/y", short), Some("result-form"));
}

#[test]
fn instructions_are_checked_part_by_part() {
    let target = |mode| Target {
        path: "x".to_owned(),
        mode,
    };
    let copy = |source: &str| Instruction::Copy {
        source: source.to_owned(),
        to: "x".to_owned(),
    };
    let env = |name: &str, value: &str| Instruction::Env {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let run = |argument: &str| {
        let commands = vec![vec!["sh".to_owned(), argument.to_owned()]];
        Instruction::Run(Run {
            commands,
            dir: String::new(),
            user: User::Root,
            network: false,
        })
    };
    let package = |name: &str, version: Option<&str>| {
        let version = version.map(str::to_owned);
        let names = vec![AptPackage {
            name: name.to_owned(),
            version,
        }];
        Instruction::Packages(Packages {
            names,
            sources: Vec::new(),
        })
    };
    let file = |mode, content: &str| {
        Instruction::File(File {
            to: target(mode),
            content: content.to_owned(),
        })
    };
    for (instruction, expected) in [
        (copy("terraform"), None),
        (copy("../secret"), Some("result-escapes")),
        (copy("a/../../b"), Some("result-escapes")),
        (copy("/etc/passwd"), Some("result-escapes")),
        (env("A", "$HOME"), None),
        (env("A B", ""), Some("result-form")),
        (env("A", "x\r\nRUN y"), Some("result-control")),
        (Instruction::Path("/opt/bin".to_owned()), None),
        (Instruction::Path("/a:/b".to_owned()), Some("result-form")),
        (run("a\nb"), None),
        (run("a\u{1b}b"), Some("result-control")),
        (run(&placeholder::text(7)), Some("result-placeholder-here")),
        (
            package("libc6:amd64", Some("2.36-9+deb12u1~{codename}")),
            None,
        ),
        (package("curl && rm", None), Some("result-form")),
        (package("--purge", None), Some("result-form")),
        (package("curl", Some("1 2")), Some("result-form")),
        (file(0o644, "x\u{1b}"), None),
        (file(0o1777, "x"), Some("result-mode")),
        (file(0o644, "\0"), Some("result-nul")),
    ] {
        let shown = format!("{instruction:?}");
        assert_eq!(instruction_code(instruction), expected, "{shown}");
    }
}

#[test]
fn diagnostics_have_codes_and_places() {
    let diagnostic = |severity, code: &str, at| Diagnostic {
        severity,
        code: code.to_owned(),
        title: "t".to_owned(),
        message: "m\u{1b}".to_owned(),
        hint: None,
        at,
    };
    let step = |index, pointer: &str| Place::Step {
        action: "install".to_owned(),
        index,
        pointer: pointer.to_owned(),
    };
    let of = |code, at| {
        let found = [diagnostic(Severity::Error, code, at)];
        check::build_failure(&found, &build("{}"))
            .err()
            .map(|error| error.code())
    };
    assert_eq!(of("exec-100", step(0, "/command")), None);
    assert_eq!(of("docker-compose-001", step(0, "")), None);
    assert_eq!(
        of(
            "needs-value",
            Place::Config {
                pointer: "/a~1b".to_owned()
            }
        ),
        None
    );
    for code in ["exec", "exec-1", "Exec-100", "exec-100\n", "-100", ""] {
        assert_eq!(of(code, step(0, "")), Some("result-form"), "{code:?}");
    }
    assert_eq!(of("exec-100", step(1, "")), Some("result-nowhere"));
    assert_eq!(of("exec-100", step(0, "command")), Some("result-form"));
    assert_eq!(of("exec-100", step(0, "/a~2")), Some("result-form"));
    let warning = [diagnostic(Severity::Warning, "exec-100", step(0, ""))];
    let failure = check::build_failure(&warning, &build("{}"));
    assert_eq!(failure.unwrap_err().problem, Problem::NoError);
    let other = Place::Step {
        action: "x".to_owned(),
        index: 0,
        pointer: String::new(),
    };
    let failure = check::plan_failure(&[diagnostic(Severity::Error, "x-100", other)], &plan("{}"));
    assert_eq!(failure.unwrap_err().problem, Problem::Nowhere);
}

#[test]
fn a_description_keeps_to_its_own_document() {
    let of = |schema: &str, environment: &[&str]| {
        check::description(&Description {
            schema: json(schema),
            environment: environment.iter().map(|name| (*name).to_owned()).collect(),
            sees_secrets: false,
        })
        .err()
        .map(|error| error.code())
    };
    let with = |extra: &str| {
        format!(
            r#"{{"definitions":{{"installStep":{extra},"upgradeStep":{{}},"uninstallStep":{{}}}}}}"#
        )
    };
    assert_eq!(
        of(
            &with(r##"{"$ref":"#/definitions/upgradeStep"}"##),
            &["HOME"]
        ),
        None
    );
    assert_eq!(
        of(&with(r#"{"$ref":"http://x/y"}"#), &[]),
        Some("result-reference")
    );
    assert_eq!(
        of(&with(r#"{"$ref":"file:///etc/passwd"}"#), &[]),
        Some("result-reference")
    );
    assert_eq!(of("{}", &[]), Some("result-form"));
    assert_eq!(
        of(r#"{"definitions":{"installStep":{}}}"#, &[]),
        Some("result-form")
    );
    assert_eq!(of(&with("{}"), &["A-B"]), Some("result-form"));
}

#[test]
fn input_is_refused_with_its_place() {
    let pointer = |at: Place| match at {
        Place::Config { pointer } | Place::Step { pointer, .. } => pointer,
    };
    let nul = check::build_request(&build(r#"{"a/b":["x","\u0000"]}"#)).unwrap_err();
    assert_eq!(
        (nul.code.as_str(), pointer(nul.at)),
        ("input-nul", "/a~1b/1".to_owned())
    );
    let forged = check::build_request(&build(r#"{"a":"\ufdd01\ufdd1"}"#)).unwrap_err();
    assert_eq!(forged.code, "input-placeholder-here");
    let malformed = check::plan_request(&plan(r#"{"a":"\ufdd0x"}"#)).unwrap_err();
    assert_eq!(malformed.code, "input-placeholder-unknown");
    let long = format!(r#"["{}"]"#, "x".repeat(check::MAX_STRING - 10));
    let mut big = build(&long);
    assert!(check::build_request(&big).is_ok());
    big.actions[0].steps = vec![json(&long); 5];
    assert_eq!(
        check::build_request(&big).unwrap_err().code,
        "input-too-much"
    );
    let mut deep = Json::Null;
    for _ in 0..65 {
        deep = Json::Array(vec![deep]);
    }
    let request = PlanRequest {
        step: deep,
        ..plan("{}")
    };
    assert_eq!(
        check::plan_request(&request).unwrap_err().code,
        "input-too-deep"
    );
}

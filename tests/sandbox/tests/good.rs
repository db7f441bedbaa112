//! A good component: every function, what crosses, and what it costs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use std::time::Duration;

use porter_mixin::instruction::{
    AptPackage, AptSource, Archive, Checksum, Download, DownloadEntry, File, Packages, Remote, Run,
    Target, User,
};
use porter_mixin::task::{Channel, Command, Condition, Output, Pattern, Source, Test};
use porter_mixin::{
    Diagnostic, Evaluate, EvaluateError, Instruction, Json, Place, PlanRequest, Severity, Task,
};
use porter_sandbox::{Compiler, Loader, Mixin, Sandbox};
use porter_test_sandbox::{Guest, build_request, plan_request};

fn loader() -> Loader {
    let compiler = Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), ["compile"]);
    Loader::new(Sandbox::new().unwrap(), compiler)
}

fn mixin(guest: &Guest) -> Mixin {
    loader().load("good", &guest.component()).unwrap()
}

#[test]
fn every_function_answers() {
    let mixin = mixin(&Guest::good());
    let description = mixin.describe().unwrap();
    assert_eq!(description.environment, ["HOME"]);
    assert!(description.schema["definitions"]["installStep"].is_object());
    assert!(!description.sees_secrets);
    assert!(mixin.lint(&build_request()).unwrap().is_empty());
    assert!(mixin.build(&build_request()).unwrap().is_empty());
    assert!(mixin.plan(&plan_request()).unwrap().is_empty());
}

#[test]
fn every_kind_of_task_crosses() {
    let target = Target {
        path: "a/b".to_owned(),
        mode: 0o600,
    };
    let pattern = |channel, value: &str| Pattern {
        channel,
        value: value.to_owned(),
    };
    let output = |name: &str, take, to| Output {
        name: name.to_owned(),
        take,
        sensitive: true,
        to,
    };
    let command = |when| Command {
        program: "helm3".to_owned(),
        args: vec!["install".to_owned(), String::new(), "ü".to_owned()],
        env: vec![("A".to_owned(), "B".to_owned())],
        dir: "charts".to_owned(),
        stdin: Some("input".to_owned()),
        quiet: true,
        when: Some(when),
        ignore: vec![
            Test::Failed,
            Test::ExitCode(-1),
            Test::Contains(pattern(Channel::Stderr, "x")),
            Test::Matches(pattern(Channel::Either, "(?i)y")),
        ],
        keep_going: true,
        outputs: vec![
            output("a", Source::Stdout, None),
            output("b", Source::File("f".to_owned()), Some(target.clone())),
            output("c", Source::Regex("(x)".to_owned()), None),
            output(
                "d",
                Source::JsonPath {
                    path: "$.a".to_owned(),
                    fold_case: true,
                    absent: Some("z".to_owned()),
                },
                None,
            ),
        ],
    };
    let tasks = [
        Task::Say("hello".to_owned()),
        Task::Write(File {
            to: target.clone(),
            content: "x".to_owned(),
        }),
        Task::Run(command(Condition::Exists("~/x".to_owned()))),
        Task::Run(command(Condition::Missing("y".to_owned()))),
        Task::Run(command(Condition::Ended {
            task: 2,
            how: Test::ExitCode(3),
        })),
    ];
    let mixin = mixin(&Guest::good().plan_with(|layout| layout.tasks(&tasks)));
    assert_eq!(mixin.plan(&plan_request()).unwrap(), tasks);
}

#[test]
fn instructions_cross() {
    let target = Target {
        path: "/a".to_owned(),
        mode: 0o755,
    };
    let instructions = [
        Instruction::File(File {
            to: target,
            content: "c".to_owned(),
        }),
        Instruction::Copy {
            source: "s".to_owned(),
            to: "t".to_owned(),
        },
        Instruction::Env {
            name: "N".to_owned(),
            value: "V".to_owned(),
        },
        Instruction::Path("/p".to_owned()),
        Instruction::Run(Run {
            commands: vec![vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]],
            dir: "d".to_owned(),
            user: User::Bundle,
            network: true,
        }),
    ];
    let mixin = mixin(&Guest::good().build_with(|layout| layout.instructions(&instructions)));
    assert_eq!(mixin.build(&build_request()).unwrap(), instructions);
}

#[test]
fn packages_and_downloads_cross() {
    let remote = |checksum| Remote {
        url: "https://example.com/file".to_owned(),
        checksum,
    };
    let package = |name: &str, version: Option<&str>| AptPackage {
        name: name.to_owned(),
        version: version.map(str::to_owned),
    };
    let entry = |platform: &str, checksum| DownloadEntry {
        platform: platform.to_owned(),
        source: remote(checksum),
        member: "folder/tool".to_owned(),
    };
    let download = |archive| {
        Instruction::Download(Download {
            entries: vec![
                entry("linux/amd64", Checksum::Sha256("a".repeat(64))),
                entry("linux/arm", Checksum::Sha512("a".repeat(128))),
                entry(
                    "linux/arm64",
                    Checksum::Sums("https://example.com/sums".to_owned()),
                ),
            ],
            archive,
            to: Target {
                path: "/usr/local/bin/tool".to_owned(),
                mode: 0o755,
            },
        })
    };
    let instructions = [
        Instruction::Packages(Packages {
            names: vec![package("a", None), package("b", Some("1.0~{codename}"))],
            sources: vec![AptSource {
                uri: "https://example.com/apt".to_owned(),
                suite: "{codename}".to_owned(),
                components: vec!["main".to_owned(), "extra".to_owned()],
                key: remote(Checksum::None),
            }],
        }),
        download(Archive::None),
        download(Archive::TarGz),
        download(Archive::TarXz),
        download(Archive::Zip),
    ];
    let mixin = mixin(&Guest::good().build_with(|layout| layout.instructions(&instructions)));
    assert_eq!(mixin.build(&build_request()).unwrap(), instructions);
}

fn diagnostic(severity: Severity) -> Diagnostic {
    Diagnostic {
        severity,
        code: "good-100".to_owned(),
        title: "title".to_owned(),
        message: "first\nsecond".to_owned(),
        hint: Some("https://example.com".to_owned()),
        at: Place::Step {
            action: "install".to_owned(),
            index: 0,
            pointer: "/a".to_owned(),
        },
    }
}

#[test]
fn diagnostics_and_refusals_cross() {
    let found = [diagnostic(Severity::Warning), diagnostic(Severity::Error)];
    let guest = Guest::good()
        .lint_with(|layout| {
            let (address, length) = layout.diagnostics(&found);
            layout.ok_list(address, length)
        })
        .plan_with(|layout| {
            let (address, length) = layout.diagnostics(&found);
            layout.err_list(address, length)
        });
    let mixin = mixin(&guest);
    assert_eq!(mixin.lint(&build_request()).unwrap(), found);
    match mixin.plan(&plan_request()) {
        Err(EvaluateError::Refused { mixin, diagnostics }) => {
            assert_eq!(
                (mixin.as_str(), diagnostics.as_slice()),
                ("good", found.as_slice())
            );
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// Says its step: what the host gave.
fn echo() -> Guest {
    let mut guest = Guest::good();
    let task = guest.data(|layout| layout.raw(&[0; 100]));
    let result = guest.data(|layout| layout.ok_list(task, 1));
    guest.plan(&format!(
        "(i32.store offset=4 (i32.const {task}) (local.get 4)) \
         (i32.store offset=8 (i32.const {task}) (local.get 5)) (i32.const {result})"
    ))
}

#[test]
fn values_cross_as_sorted_json_with_their_spelling() {
    let step: Json =
        porter_mixin::check::json::parse(r#"{"b":1.10,"a":[123456789012345678901234567890]}"#)
            .unwrap();
    let request = PlanRequest {
        step,
        ..plan_request()
    };
    let tasks = mixin(&echo()).plan(&request).unwrap();
    let expected = r#"{"a":[123456789012345678901234567890],"b":1.10}"#;
    assert_eq!(tasks, [Task::Say(expected.to_owned())]);
}

#[test]
fn a_request_no_mixin_has_to_take_is_the_users_mistake() {
    let request = PlanRequest {
        step: Json::String("a\0b".to_owned()),
        ..plan_request()
    };
    match mixin(&echo()).plan(&request) {
        Err(EvaluateError::Refused { diagnostics, .. }) => {
            assert_eq!(diagnostics[0].code, "input-nul");
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_large_step_fits_and_leaves_nothing_behind() {
    let mixin = mixin(&echo());
    let step = Json::String("x".repeat(500_000));
    let request = PlanRequest {
        step,
        ..plan_request()
    };
    for _ in 0..100 {
        assert_eq!(mixin.plan(&request).unwrap().len(), 1);
    }
    assert_eq!(
        mixin.plan(&plan_request()).unwrap(),
        [Task::Say("\"a step\"".to_owned())]
    );
}

#[test]
fn metadata_is_read_without_running() {
    let guest = Guest::good()
        .section("version", b"1.2.3")
        .section("description", "what it is for \u{1b}[31m".as_bytes())
        .section("licenses", b"Apache-2.0")
        .section("source", b"https://example.com/src")
        .section("homepage", b"https://example.com")
        .section("authors", b"somebody")
        .section("revision", b"abc")
        .section("version", b"9.9.9")
        .section("unknown", b"x");
    let component = guest.component();
    let loader = loader();
    let admitted = loader.admit("good", &component).unwrap();
    assert_eq!(admitted.version(), Some("1.2.3"));
    assert_eq!(admitted.metadata.licenses.as_deref(), Some("Apache-2.0"));
    assert_eq!(
        admitted.metadata.source.as_deref(),
        Some("https://example.com/src")
    );
    assert_eq!(
        admitted.metadata.homepage.as_deref(),
        Some("https://example.com")
    );
    assert_eq!(admitted.metadata.authors.as_deref(), Some("somebody"));
    assert_eq!(admitted.metadata.revision.as_deref(), Some("abc"));
    let description = admitted.metadata.description.as_deref().unwrap_or_default();
    assert_eq!(
        porter_sandbox::escape(description),
        "what it is for \\u{1b}[31m"
    );
    assert_eq!(admitted.tier.to_string(), "pure");
    assert_eq!(admitted.interface, "1.0.0");
    assert_eq!(admitted.digest, porter_sandbox::Digest::of(&component));
    assert_eq!(loader.load("good", &component).unwrap().version(), "1.2.3");
}

#[test]
fn calls_from_many_threads_do_not_disturb_one_another() {
    let mixin = mixin(&echo());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let mixin = &mixin;
            scope.spawn(move || {
                let step = Json::String(format!("thread {thread}"));
                let request = PlanRequest {
                    step,
                    ..plan_request()
                };
                let expected = [Task::Say(format!("\"thread {thread}\""))];
                for _ in 0..200 {
                    assert_eq!(mixin.plan(&request).unwrap(), expected);
                }
            });
        }
    });
}

#[test]
fn a_sandbox_ends_with_its_thread() {
    let threads = || {
        let status = std::fs::read_dir("/proc/self/task").unwrap();
        status
            .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path().join("comm")).ok())
            .filter(|name| name.trim() == "mixin-clock")
            .count()
    };
    let component = Guest::good().component();
    let mixin = loader().load("good", &component).unwrap();
    mixin.describe().unwrap();
    // A thread gives itself its name, so it may be there for a moment without.
    let started = std::time::Instant::now();
    while threads() == 0 {
        assert!(started.elapsed() < Duration::from_secs(5), "no clock runs");
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(mixin);
    // Other tests of this process have clocks of their own, which come and go.
    for _ in 0..500 {
        if threads() == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let many: Vec<Mixin> = (0..20)
        .map(|_| loader().load("good", &component).unwrap())
        .collect();
    many.iter()
        .for_each(|mixin| assert!(mixin.describe().is_ok()));
    let with = threads();
    drop(many);
    assert!(threads() + 10 < with, "clocks are left behind");
}

#[test]
fn a_call_says_what_it_used_whatever_its_end() {
    let used = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = std::sync::Arc::clone(&used);
    let guest = Guest::good()
        .pages(3)
        .plan("(loop $again (br $again)) (i32.const 0)");
    let mixin = mixin(&guest)
        .with_limits(porter_sandbox::Limits {
            fuel: 5_000_000,
            ..Default::default()
        })
        .with_usage(std::sync::Arc::new(move |usage| {
            sink.lock().unwrap().push(usage);
        }));
    mixin.describe().unwrap();
    mixin.describe().unwrap();
    mixin.plan(&plan_request()).unwrap_err();
    let used = used.lock().unwrap();
    assert_eq!(used.len(), 3);
    assert!(used[0].fuel > 0 && used[0].fuel < 10_000, "{used:?}");
    assert_eq!(used[0].fuel, used[1].fuel);
    assert_eq!(used[0].memory, 3 * 65_536);
    assert_eq!(used[2].fuel, 5_000_000);
    assert!(used.iter().all(|usage| !usage.time.is_zero()), "{used:?}");
}

//! Results that break the interface or its limits.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use porter_mixin::instruction::{File, Target};
use porter_mixin::task::Command;
use porter_mixin::{Diagnostic, Place, Severity, Task};
use porter_test_sandbox::{Guest, Outcome, Probe};

const GROWTH: u64 = 128 << 20;

fn run(guest: &Guest, function: &str) -> Outcome {
    let probe = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).function(function);
    let outcome = probe.run(&guest.component());
    assert!(outcome.growth <= GROWTH, "grew by {} bytes", outcome.growth);
    assert!(outcome.call.as_secs() < 10, "{outcome:?}");
    outcome
}

#[track_caller]
fn plan(guest: &Guest, code: &str) -> Outcome {
    let outcome = run(guest, "plan");
    assert_eq!(outcome.code, code, "{}", outcome.message);
    outcome
}

fn say(bytes: &[u8]) -> Guest {
    Guest::good().plan_with(|layout| {
        let text = layout.raw(bytes);
        let mut task = vec![0; 100];
        task[4..8].copy_from_slice(&text.to_le_bytes());
        task[8..12].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
        let task = layout.raw(&task);
        layout.ok_list(task, 1)
    })
}

/// `plan` returns a list of `count` tasks at `address`, all of memory being `pages` pages.
fn list(address: u32, count: u32, pages: u32) -> Guest {
    Guest::good()
        .pages(pages)
        .plan_with(|layout| layout.ok_list(address, count))
}

#[test]
fn text_that_is_not_utf8() {
    for bytes in [
        &b"\xff"[..],
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"abc\xe2\x82",
    ] {
        plan(&say(bytes), "sandbox-abi");
    }
    plan(&say("good ü".as_bytes()), "ok");
}

#[test]
fn control_characters_are_shown_escaped_and_nul_is_refused() {
    let outcome = plan(&say("\u{1b}]0;x\u{7}\u{202e}".as_bytes()), "ok");
    assert!(!outcome.message.contains('\u{1b}'), "{}", outcome.message);
    plan(&say(b"a\0b"), "result-nul");
}

#[test]
fn addresses_out_of_range() {
    for (address, count) in [
        (u32::MAX - 7, 1),
        (0, u32::MAX),
        (0x7fff_fff8, 1),
        (65_528, 1),
        (0, 0x0300_0000),
    ] {
        plan(&list(address, count, 1), "sandbox-abi");
    }
    plan(&list(3, 1, 1), "sandbox-abi");
    plan(&Guest::good().plan("(i32.const -1)"), "sandbox-abi");
    plan(&Guest::good().plan("(i32.const 2)"), "sandbox-abi");
    plan(&Guest::good().plan("(i32.const 65532)"), "sandbox-abi");
    // The record lies within memory, its string does not.
    let outside = Guest::good().plan_with(|layout| {
        let mut task = vec![0; 100];
        task[4..8].copy_from_slice(&60_000u32.to_le_bytes());
        task[8..12].copy_from_slice(&60_000u32.to_le_bytes());
        let task = layout.raw(&task);
        layout.ok_list(task, 1)
    });
    plan(&outside, "sandbox-abi");
}

#[test]
fn discriminants_out_of_range() {
    plan(
        &Guest::good().plan_with(|layout| layout.result(7, 0, 0)),
        "sandbox-abi",
    );
    let task = Guest::good().plan_with(|layout| {
        let task = layout.raw(&[255; 100]);
        layout.ok_list(task, 1)
    });
    plan(&task, "sandbox-abi");
}

#[test]
fn a_realloc_that_lies() {
    for lie in ["(i32.const -4)", "(i32.const 3)", "(i32.const 2147483640)"] {
        let wat = Guest::good()
            .wat()
            .replace("(local.get $at))\n", &format!("{lie})\n"));
        assert!(wat.contains(lie));
        let component = porter_test_sandbox::wit_component_of(&wat, porter_test_sandbox::WIT);
        let outcome = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).run(&component);
        // An odd address is fine for text.
        let expected = if lie.contains('3') {
            ["ok", "sandbox-abi"]
        } else {
            ["sandbox-abi"; 2]
        };
        assert!(
            expected.contains(&outcome.code.as_str()),
            "{lie}: {outcome:?}"
        );
    }
}

#[test]
fn a_log_that_lies() {
    for call in [
        "(call $log (i32.const 9) (i32.const 0) (i32.const 0))",
        "(call $log (i32.const 0) (i32.const -1) (i32.const 10))",
        "(call $log (i32.const 0) (i32.const 60000) (i32.const 60000))",
    ] {
        let outcome = plan(
            &Guest::good().plan(&format!("{call} (i32.const 0)")),
            "sandbox-abi",
        );
        assert!(
            outcome.message.contains("breaks the interface"),
            "{}",
            outcome.message
        );
    }
}

#[test]
fn huge_results() {
    // One string of 6 MB; ten thousand times the same megabyte; a million tasks.
    let text = Guest::good().pages(200).plan_with(|layout| {
        let mut task = vec![0; 100];
        task[8..12].copy_from_slice(&6_000_000u32.to_le_bytes());
        let task = layout.raw(&task);
        layout.ok_list(task, 1)
    });
    plan(&text, "sandbox-transfer");
    let repeated = Guest::good().pages(200).plan_with(|layout| {
        let mut command = vec![0; 100];
        command[0] = 2;
        let mut entry = 1_048_576u32.to_le_bytes().to_vec();
        entry.extend(1_000_000u32.to_le_bytes());
        let arguments = layout.raw(&entry.repeat(1000));
        command[12..16].copy_from_slice(&arguments.to_le_bytes());
        command[16..20].copy_from_slice(&1000u32.to_le_bytes());
        let command = layout.raw(&command);
        layout.ok_list(command, 1)
    });
    plan(&repeated, "sandbox-transfer");
    // Zeroes are a task: `say("")`.
    plan(&list(65_536, 600_000, 1000), "sandbox-transfer");
    plan(&list(65_536, 10_001, 100), "result-too-many");
    plan(&list(65_536, 10_000, 100), "ok");
}

#[test]
fn a_string_over_a_megabyte() {
    let text = |length: u32| {
        Guest::good().pages(64).plan_with(move |layout| {
            let mut task = vec![0; 100];
            task[4..8].copy_from_slice(&1_048_576u32.to_le_bytes());
            task[8..12].copy_from_slice(&length.to_le_bytes());
            let task = layout.raw(&task);
            layout.ok_list(task, 1)
        }).extra("(func $start (memory.fill (i32.const 1048576) (i32.const 65) (i32.const 2097152))) (start $start)")
    };
    plan(&text(1_048_577), "result-too-long");
    plan(&text(1_048_576), "ok");
}

fn describe(schema: &str) -> Outcome {
    run(
        &Guest::good().describe_with(|layout| layout.description(schema, &[])),
        "describe",
    )
}

#[test]
fn schemas() {
    let with = |inner: &str| {
        format!(
            r#"{{"definitions":{{"installStep":{inner},"upgradeStep":{{}},"uninstallStep":{{}}}}}}"#
        )
    };
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for (schema, code) in [
        (with("{}"), "ok"),
        (with(&nested(62)), "ok"),
        (with(&nested(63)), "result-too-deep"),
        (with(&nested(10_000)), "result-too-deep"),
        (with(r#"{"$ref":"http://evil/x"}"#), "result-reference"),
        (
            with(r#"{"$serde_json::private::Number":"1"}"#),
            "result-private-key",
        ),
        ("nonsense".to_owned(), "result-not-json"),
        ("{\u{0}}".to_owned(), "result-not-json"),
        ("{}".to_owned(), "result-form"),
    ] {
        let outcome = describe(&schema);
        assert_eq!(outcome.code, code, "{}", outcome.message);
    }
}

#[test]
fn tasks_are_checked() {
    let target = |mode| Target {
        path: "x".to_owned(),
        mode,
    };
    let write = |mode| {
        Task::Write(File {
            to: target(mode),
            content: String::new(),
        })
    };
    let command = |program: &str, args: &[&str]| {
        Task::Run(Command {
            program: program.to_owned(),
            args: args.iter().map(|text| (*text).to_owned()).collect(),
            env: Vec::new(),
            dir: String::new(),
            stdin: None,
            quiet: false,
            when: None,
            ignore: Vec::new(),
            keep_going: false,
            outputs: Vec::new(),
        })
    };
    for (task, code) in [
        (write(0o644), "ok"),
        (write(0o4755), "result-mode"),
        (command("sh", &["-c", "true"]), "ok"),
        (command("", &[]), "result-empty"),
        (command("a\u{1b}b", &[]), "result-control"),
        (
            command("sh", &["\u{fdd0}3\u{fdd1}"]),
            "result-placeholder-unknown",
        ),
    ] {
        let shown = format!("{task:?}");
        let outcome = run(
            &Guest::good().plan_with(|layout| layout.tasks(&[task])),
            "plan",
        );
        assert_eq!(outcome.code, code, "{shown}: {}", outcome.message);
    }
}

#[test]
fn refusals_are_checked() {
    let refuse = |diagnostics: &[Diagnostic]| {
        let guest = Guest::good().plan_with(|layout| {
            let (address, length) = layout.diagnostics(diagnostics);
            layout.err_list(address, length)
        });
        run(&guest, "plan").code
    };
    let diagnostic = |severity, code: &str, index| Diagnostic {
        severity,
        code: code.to_owned(),
        title: String::new(),
        message: String::new(),
        hint: None,
        at: Place::Step {
            action: "install".to_owned(),
            index,
            pointer: String::new(),
        },
    };
    assert_eq!(
        refuse(&[diagnostic(Severity::Error, "x-100", 0)]),
        "refused"
    );
    assert_eq!(refuse(&[]), "result-no-error");
    assert_eq!(
        refuse(&[diagnostic(Severity::Warning, "x-100", 0)]),
        "result-no-error"
    );
    assert_eq!(
        refuse(&[diagnostic(Severity::Error, "X", 0)]),
        "result-form"
    );
    assert_eq!(
        refuse(&[diagnostic(Severity::Error, "x-100", 1)]),
        "result-nowhere"
    );
}

#[test]
fn results_do_not_depend_on_the_bits_of_a_nan() {
    // 0/0 with other operands: without canonicalisation the sign differs between processors.
    let guest = Guest::good().plan(
        "(if (i32.ne (i32.reinterpret_f32 (f32.div (f32.const 0) (f32.const 0))) (i32.const 0x7fc00000)) (then unreachable)) \
         (if (i32.ne (i32.reinterpret_f32 (f32.add (f32.const nan:0x200001) (f32.const 1))) (i32.const 0x7fc00000)) (then unreachable)) \
         (if (i32.ne (i32.reinterpret_f32 (f32.sqrt (f32.const -1))) (i32.const 0x7fc00000)) (then unreachable)) \
         (i32.const 0)",
    );
    plan(&guest, "ok");
}

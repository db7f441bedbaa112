//! The compiler's child: bounded in time and memory, and gone afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use std::time::{Duration, Instant};

use porter_sandbox::compiler::CompileLimits;
use porter_sandbox::{CompileError, Compiler, Loader, Sandbox, Tier};
use porter_test_sandbox::{Beside, Guest, Probe};

/// A function with many locals and loops keeps the compiler busy: quadratic and worse.
fn slow(locals: usize, loops: usize) -> Vec<u8> {
    let mut body = format!("(local {})", "i32 ".repeat(locals));
    for index in 0..loops {
        let (a, b) = (index % locals, (index * 7 + 3) % locals);
        body.push_str(&format!(
            "(loop (local.set {a} (i32.add (local.get {a}) (local.get {b}))) \
             (br_if 0 (local.get {a})))"
        ));
    }
    Beside::good()
        .module(&format!("(module (func {body}))"))
        .component()
}

fn compiler(argument: &str, limits: CompileLimits) -> Compiler {
    Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), [argument]).with_limits(limits)
}

fn limits(deadline: Duration, memory: u64) -> CompileLimits {
    CompileLimits {
        deadline,
        memory,
        ..CompileLimits::pure()
    }
}

#[test]
fn a_component_that_takes_minutes() {
    let component = slow(4000, 2000);
    assert!(component.len() < 100_000, "{} bytes", component.len());
    let deadline = Duration::from_millis(1500);
    let probe = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).compile_limits(deadline, 8 << 30);
    // A machine that is busy with other things may be late by itself, but not every time.
    let mut late = Vec::new();
    for _ in 0..5 {
        let outcome = probe.run(&component);
        assert_eq!(outcome.code, "compile-deadline", "{}", outcome.message);
        assert!(outcome.load >= deadline, "{outcome:?}");
        assert!(outcome.growth <= 64 << 20, "{outcome:?}");
        if outcome.load <= deadline + Duration::from_millis(100) {
            return;
        }
        late.push(outcome.load);
    }
    panic!("late every time: {late:?}");
}

#[test]
fn a_component_that_takes_gigabytes() {
    let component = slow(4000, 2000);
    let probe = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe"));
    let outcome = probe
        .compile_limits(Duration::from_secs(60), 200 << 20)
        .run(&component);
    assert_eq!(outcome.code, "compile-memory", "{}", outcome.message);
    assert!(outcome.growth <= 64 << 20, "{outcome:?}");
}

#[test]
fn processor_time_is_bounded_too() {
    let limits = CompileLimits {
        cpu: Duration::from_secs(1),
        ..limits(Duration::from_secs(60), 8 << 30)
    };
    let error = compiler("compile", limits)
        .compile(&slow(4000, 2000), Tier::Pure)
        .unwrap_err();
    assert_eq!(error.code(), "compile-deadline", "{error}");
}

#[test]
fn a_child_that_hangs_is_killed_with_its_group() {
    let start = Instant::now();
    let hanging = compiler("hang", limits(Duration::from_millis(300), 1 << 30));
    // More than a pipe takes.
    let error = hanging.compile(&vec![0; 1 << 20], Tier::Pure).unwrap_err();
    assert_eq!(error.code(), "compile-deadline", "{error}");
    assert!(
        start.elapsed() < Duration::from_millis(400),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_child_that_does_not_answer() {
    for argument in ["silent", "nonsense"] {
        let error = compiler(argument, CompileLimits::pure())
            .compile(b"x", Tier::Pure)
            .unwrap_err();
        assert_eq!(error.code(), "compile-crash", "{error}");
    }
    let missing = Compiler::new("/nonexistent/porter", ["compile"]);
    assert!(matches!(
        missing.compile(b"x", Tier::Pure),
        Err(CompileError::Start { .. })
    ));
    // Speaks, but not our language.
    let error = Compiler::new("/bin/echo", ["hello, I am not a compiler at all"])
        .compile(b"x", Tier::Pure)
        .unwrap_err();
    assert_eq!(error.code(), "compile-crash", "{error}");
}

#[test]
fn machine_code_is_bounded() {
    let limits = CompileLimits {
        code: 1000,
        ..CompileLimits::pure()
    };
    let error = compiler("compile", limits)
        .compile(&Guest::good().component(), Tier::Pure)
        .unwrap_err();
    assert_eq!(error.code(), "compile-code", "{error}");
}

#[test]
fn invalid_bodies_are_found_by_the_child() {
    for body in [
        "(func (result i32))",
        "(func (drop))",
        "(func (local.get 99) drop)",
        "(func (call 0) (i32.const 1))",
    ] {
        let component = Beside::good()
            .module(&format!("(module {body})"))
            .component();
        let probe = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe"));
        let outcome = probe.run(&component);
        assert_eq!(
            outcome.code, "compile-invalid",
            "{body}: {}",
            outcome.message
        );
    }
}

#[test]
fn deep_nesting_does_not_overflow_a_stack_here() {
    let depth = 100_000;
    let body = format!("{}{}", "block ".repeat(depth), "end ".repeat(depth));
    let component = Beside::good()
        .module(&format!("(module (func {body}))"))
        .component();
    let probe = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe"));
    let outcome = probe.run(&component);
    let fine = [
        "ok",
        "compile-crash",
        "compile-invalid",
        "compile-memory",
        "compile-deadline",
    ];
    assert!(fine.contains(&outcome.code.as_str()), "{outcome:?}");
}

#[test]
fn no_child_is_left_behind() {
    let mine = || {
        let me = std::process::id().to_string();
        std::fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path().join("stat")).ok())
            .filter(|stat| {
                stat.rsplit_once(')')
                    .is_some_and(|(_, rest)| rest.split(' ').nth(2) == Some(&me))
                    && stat.contains("(sandbox-probe)")
            })
            .count()
    };
    let hanging = compiler("hang", limits(Duration::from_millis(50), 1 << 30));
    for _ in 0..5 {
        assert!(hanging.compile(b"x", Tier::Pure).is_err());
    }
    // Other tests of this process have children of their own, which come and go.
    for _ in 0..3000 {
        if mine() == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{} children are left", mine());
}

#[test]
fn the_same_component_gives_the_same_code() {
    let component = Guest::good().component();
    let loader = || {
        Loader::new(
            Sandbox::new().unwrap(),
            compiler("compile", CompileLimits::pure()),
        )
        .code("good", &component)
        .unwrap()
    };
    assert_eq!(loader().digest, loader().digest);
}

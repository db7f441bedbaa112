//! Tier sealed: everything that a component can try with WASI, and what it gets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use std::time::{Duration, Instant};

use porter_mixin::{Evaluate, EvaluateError, Json, PlanRequest, Task};
use porter_sandbox::{Compiler, Loader, Mixin, Sandbox, Tier};
use porter_test_sandbox::{Guest, Outcome, Probe, plan_request};

/// The newest WASI that this porter knows.
const WASI: &str = "0.2.12";

fn loader() -> Loader {
    let compiler = Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), ["compile"]);
    Loader::new(Sandbox::new().unwrap(), compiler)
}

fn load(guest: &Guest) -> Mixin {
    let component = guest.component();
    let loader = loader();
    assert_eq!(
        loader.admit("sealed", &component).unwrap().tier,
        Tier::Sealed
    );
    loader.load("sealed", &component).unwrap()
}

/// What the guest says in its plan.
fn said(guest: &Guest) -> String {
    said_to(&load(guest), &plan_request())
}

fn said_to(mixin: &Mixin, request: &PlanRequest) -> String {
    match mixin.plan(request).unwrap().as_slice() {
        [Task::Say(text)] => text.clone(),
        other => panic!("said nothing: {other:?}"),
    }
}

/// Code and message of a plan that ends badly.
fn failure(guest: &Guest) -> (&'static str, String) {
    match load(guest).plan(&plan_request()) {
        Err(EvaluateError::Broken { code, source, .. }) => (code, source.to_string()),
        other => panic!("it went well: {other:?}"),
    }
}

fn probe(guest: &Guest) -> Outcome {
    Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).run(&guest.component())
}

/// A guest with functions of WASI: interface, function, name in WAT and signature.
fn guest(imports: &[(&str, &str, &str, &str)]) -> Guest {
    imports
        .iter()
        .fold(Guest::good(), |guest, (interface, function, name, ty)| {
            guest.import(&format!("wasi:{interface}@{WASI}"), function, name, ty)
        })
}

/// Where functions with large results put them.
const AT: &str = "(i32.const 64)";
/// The 32 bits at an offset of that.
fn word(offset: u32) -> String {
    format!("(i32.load offset={offset} {AT})")
}
/// The byte at an offset of that.
fn byte(offset: u32) -> String {
    format!("(i32.load8_u offset={offset} {AT})")
}

#[test]
fn environment_is_empty() {
    let guest = guest(&[("cli/environment", "get-environment", "get", "(param i32)")])
        .plan_says(&format!("(call $get {AT})"), &[&word(4)]);
    assert_eq!(said(&guest), "0");
}

#[test]
fn arguments_are_empty() {
    let guest = guest(&[("cli/environment", "get-arguments", "get", "(param i32)")])
        .plan_says(&format!("(call $get {AT})"), &[&word(4)]);
    assert_eq!(said(&guest), "0");
}

#[test]
fn working_directory_is_none() {
    let guest = guest(&[("cli/environment", "initial-cwd", "get", "(param i32)")])
        .plan_says(&format!("(call $get {AT})"), &[&byte(0)]);
    assert_eq!(said(&guest), "0");
}

#[test]
fn preopens_are_none() {
    let guest = guest(&[(
        "filesystem/preopens",
        "get-directories",
        "get",
        "(param i32)",
    )])
    .plan_says(&format!("(call $get {AT})"), &[&word(4)]);
    assert_eq!(said(&guest), "0");
}

#[test]
fn a_directory_handle_cannot_be_guessed() {
    for handle in [0, 1, 2, 3, 100, -1] {
        let guest = guest(&[(
            "filesystem/types",
            "[method]descriptor.open-at",
            "open",
            "(param i32 i32 i32 i32 i32 i32 i32)",
        )])
        .plan_says(
            &format!(
                "(i32.store (i32.const 128) (i32.const 0x6374652f)) \
                 (call $open (i32.const {handle}) (i32.const 0) (i32.const 128) (i32.const 4) \
                   (i32.const 0) (i32.const 1) {AT})"
            ),
            &[&byte(0)],
        );
        let (code, message) = failure(&guest);
        assert!(
            ["sandbox-abi", "sandbox-trap"].contains(&code),
            "{code} {message}"
        );
    }
}

#[test]
fn a_stream_is_no_directory() {
    let guest = guest(&[
        ("cli/stdin", "get-stdin", "stdin", "(result i32)"),
        (
            "filesystem/types",
            "[method]descriptor.get-type",
            "type",
            "(param i32 i32)",
        ),
    ])
    .plan_says(&format!("(call $type (call $stdin) {AT})"), &[&byte(0)]);
    let (code, message) = failure(&guest);
    assert!(
        ["sandbox-abi", "sandbox-trap"].contains(&code),
        "{code} {message}"
    );
}

#[test]
fn stdin_is_closed() {
    let guest = guest(&[
        ("cli/stdin", "get-stdin", "stdin", "(result i32)"),
        (
            "io/streams",
            "[method]input-stream.blocking-read",
            "read",
            "(param i32 i64 i32)",
        ),
    ])
    .plan_says(
        &format!("(call $read (call $stdin) (i64.const 100) {AT})"),
        &[&byte(0), &byte(4)],
    );
    assert_eq!(said(&guest), "11");
}

#[test]
fn terminals_are_none() {
    for stream in ["stdin", "stdout", "stderr"] {
        let guest = guest(&[(
            &format!("cli/terminal-{stream}"),
            &format!("get-terminal-{stream}"),
            "get",
            "(param i32)",
        )])
        .plan_says(&format!("(call $get {AT})"), &[&byte(0)]);
        assert_eq!(said(&guest), "0");
    }
}

/// Writes the 4 bytes at 128 to a stream.
fn writer(stream: &str) -> Guest {
    guest(&[
        (
            &format!("cli/{stream}"),
            &format!("get-{stream}"),
            "get",
            "(result i32)",
        ),
        (
            "io/streams",
            "[method]output-stream.blocking-write-and-flush",
            "write",
            "(param i32 i32 i32 i32)",
        ),
    ])
}

#[test]
fn what_it_prints_is_logged() {
    use porter_sandbox::{LogLevel, LogLine};
    use std::sync::{Arc, Mutex};

    for (stream, level) in [("stdout", LogLevel::Info), ("stderr", LogLevel::Warning)] {
        let guest = writer(stream).plan_says(
            &format!(
                "(i32.store (i32.const 128) (i32.const 0x630a6261)) \
                 (call $write (call $get) (i32.const 128) (i32.const 4) {AT}) \
                 (call $write (call $get) (i32.const 128) (i32.const 2) {AT})"
            ),
            &[&byte(0)],
        );
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let mixin = load(&guest).with_log(Arc::new(move |line: LogLine<'_>| {
            let line = (line.level, line.message.to_owned());
            sink.lock().unwrap().push(line);
        }));
        assert_eq!(said_to(&mixin, &plan_request()), "0");
        let expected = [(level, "ab".to_owned()), (level, "cab".to_owned())];
        assert_eq!(*lines.lock().unwrap(), expected);
    }
}

#[test]
fn stdout_and_stderr_floods_end() {
    for stream in ["stdout", "stderr"] {
        for length in [0, 1, 4096] {
            // Bytes at 128 without a line's end, and with nothing else.
            let guest = writer(stream).plan(&format!(
                "(local $stream i32) (local.set $stream (call $get)) \
                 (loop $again \
                   (call $write (local.get $stream) (i32.const 128) (i32.const {length}) {AT}) \
                   (br $again)) (unreachable)"
            ));
            let outcome = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe"))
                .limits(50_000_000, Duration::from_secs(20))
                .run(&guest.component());
            let expected: &[&str] = if length == 0 {
                &["sandbox-fuel", "sandbox-deadline"]
            } else {
                &["sandbox-log", "sandbox-transfer"]
            };
            assert!(expected.contains(&outcome.code.as_str()), "{outcome:?}");
            assert!(outcome.growth < 32 << 20, "{outcome:?}");
            assert!(outcome.logged <= 256 << 10, "{outcome:?}");
        }
    }
}

#[test]
fn line_ends_are_charged() {
    let guest = writer("stdout").plan(&format!(
        "(local $stream i32) (local.set $stream (call $get)) \
         (memory.fill (i32.const 256) (i32.const 10) (i32.const 4096)) \
         (loop $again \
           (call $write (local.get $stream) (i32.const 256) (i32.const 4096) {AT}) \
           (br $again)) (unreachable)"
    ));
    let guest = guest.pages(2);
    let outcome = probe(&guest);
    assert_eq!(outcome.code, "sandbox-log", "{outcome:?}");
}

#[test]
fn exit_ends_the_call_only() {
    for (status, code) in [(0, 0), (1, 1)] {
        let guest = guest(&[("cli/exit", "exit", "exit", "(param i32)")])
            .plan(&format!("(call $exit (i32.const {status})) (unreachable)"));
        assert_eq!(
            failure(&guest),
            (
                "sandbox-exit",
                format!("it ended itself with exit code {code}")
            )
        );
    }
}

#[test]
fn last_words_on_stderr_are_repeated() {
    let guest = writer("stderr").plan(&format!(
        "(i32.store (i32.const 128) (i32.const 0x216d6f62)) \
         (call $write (call $get) (i32.const 128) (i32.const 4) {AT}) (unreachable)"
    ));
    // The line has no end: it is there all the same.
    let (code, message) = failure(&guest);
    assert_eq!(code, "sandbox-trap");
    assert!(message.ends_with("it said `bom!`"), "{message}");
}

#[test]
fn tcp_sockets_cannot_be_made() {
    for family in [0, 1] {
        let guest = guest(&[(
            "sockets/tcp-create-socket",
            "create-tcp-socket",
            "create",
            "(param i32 i32)",
        )])
        .plan_says(
            &format!("(call $create (i32.const {family}) {AT})"),
            &[&byte(0), &byte(4)],
        );
        // `err(access-denied)`.
        assert_eq!(said(&guest), "11");
    }
}

#[test]
fn udp_sockets_cannot_be_made() {
    for family in [0, 1] {
        let guest = guest(&[(
            "sockets/udp-create-socket",
            "create-udp-socket",
            "create",
            "(param i32 i32)",
        )])
        .plan_says(
            &format!("(call $create (i32.const {family}) {AT})"),
            &[&byte(0), &byte(4)],
        );
        assert_eq!(said(&guest), "11");
    }
}

#[test]
fn names_cannot_be_looked_up() {
    // `localhost`, and an address that needs no look-up.
    for (name, length) in [("localhost", 9), ("127.0.0.1", 9)] {
        let mut guest = guest(&[
            (
                "sockets/instance-network",
                "instance-network",
                "network",
                "(result i32)",
            ),
            (
                "sockets/ip-name-lookup",
                "resolve-addresses",
                "resolve",
                "(param i32 i32 i32 i32)",
            ),
        ]);
        let at = guest.data(|layout| layout.raw(name.as_bytes()));
        let guest = guest.plan_says(
            &format!("(call $resolve (call $network) (i32.const {at}) (i32.const {length}) {AT})"),
            &[&byte(0), &byte(4)],
        );
        assert_eq!(said(&guest).chars().next(), Some('1'), "{name}");
    }
}

#[test]
fn wall_clock_stands_still() {
    let guest = guest(&[("clocks/wall-clock", "now", "now", "(param i32)")]).plan_says(
        &format!("(call $now {AT})"),
        &[
            // Seconds of 2020, and nothing below.
            &format!("(i64.eq (i64.load {AT}) (i64.const 1577836800))"),
            &word(8),
        ],
    );
    assert_eq!(said(&guest), "10");
}

#[test]
fn monotonic_clock_does_not_tell_how_long_it_took() {
    let guest = guest(&[("clocks/monotonic-clock", "now", "now", "(result i64)")]).plan_says(
        "(local $i i32) (loop $again (local.set $i (i32.add (local.get $i) (i32.const 1))) \
           (br_if $again (i32.lt_u (local.get $i) (i32.const 10000000))))",
        &["(i32.wrap_i64 (call $now))"],
    );
    assert_eq!(said(&guest), "0");
}

/// Waits for a duration or an instant.
fn sleeper(subscribe: &str) -> Guest {
    guest(&[
        ("clocks/monotonic-clock", "now", "now", "(result i64)"),
        (
            "clocks/monotonic-clock",
            subscribe,
            "subscribe",
            "(param i64) (result i32)",
        ),
        ("io/poll", "[method]pollable.block", "block", "(param i32)"),
    ])
}

#[test]
fn sleeping_takes_no_time_and_moves_the_clock() {
    let started = Instant::now();
    for nanoseconds in [1_i64, 3_600_000_000_000, -1] {
        for subscribe in ["subscribe-duration", "subscribe-instant"] {
            let guest = sleeper(subscribe).plan_says(
                &format!("(call $block (call $subscribe (i64.const {nanoseconds})))"),
                &[&format!("(i64.eq (call $now) (i64.const {nanoseconds}))")],
            );
            assert_eq!(said(&guest), "1", "{subscribe} {nanoseconds}");
        }
    }
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn sleeping_for_ever_again_and_again_ends() {
    let guest = sleeper("subscribe-duration").plan(
        "(loop $again (call $block (call $subscribe (i64.const -1))) (br $again)) (unreachable)",
    );
    let outcome = probe(&guest);
    assert_eq!(outcome.code, "sandbox-handles", "{outcome:?}");
    assert!(outcome.call < Duration::from_secs(10), "{outcome:?}");
}

#[test]
fn polling_nothing_traps() {
    let guest = guest(&[("io/poll", "poll", "poll", "(param i32 i32 i32)")]).plan_says(
        &format!("(call $poll (i32.const 0) (i32.const 0) {AT})"),
        &[&word(0)],
    );
    let (code, message) = failure(&guest);
    assert!(code.starts_with("sandbox-"), "{code} {message}");
}

#[test]
fn polling_one_thing_a_million_times_ends() {
    let guest = guest(&[
        (
            "clocks/monotonic-clock",
            "subscribe-duration",
            "subscribe",
            "(param i64) (result i32)",
        ),
        ("io/poll", "poll", "poll", "(param i32 i32 i32)"),
    ])
    .pages(100)
    .plan_says(
        &format!(
            "(local $i i32) (local $one i32) (local.set $one (call $subscribe (i64.const 1))) \
             (loop $again \
               (i32.store offset=65536 (i32.shl (local.get $i) (i32.const 2)) (local.get $one)) \
               (local.set $i (i32.add (local.get $i) (i32.const 1))) \
               (br_if $again (i32.lt_u (local.get $i) (i32.const 1000000)))) \
             (call $poll (i32.const 65536) (i32.const 1000000) {AT})"
        ),
        &["(i32.const 1)"],
    );
    let outcome = probe(&guest);
    assert!(
        ["ok", "sandbox-transfer"].contains(&outcome.code.as_str()),
        "{outcome:?}"
    );
    assert!(outcome.growth < 512 << 20, "{outcome:?}");
    assert!(outcome.call < Duration::from_secs(20), "{outcome:?}");
}

/// Says 16 random numbers below 16.
fn random(interface: &str, function: &str) -> Guest {
    let digits: Vec<String> = (0..16)
        .map(|index| {
            format!("(i32.and (i32.const 15) (i32.load8_u (i32.add (i32.load {AT}) (i32.const {index}))))")
        })
        .collect();
    let digits: Vec<&str> = digits.iter().map(String::as_str).collect();
    guest(&[(interface, function, "random", "(param i64 i32)")])
        .plan_says(&format!("(call $random (i64.const 16) {AT})"), &digits)
}

#[test]
fn random_numbers_follow_from_component_and_input() {
    for (interface, function) in [
        ("random/random", "get-random-bytes"),
        ("random/insecure", "get-insecure-random-bytes"),
    ] {
        let guest = random(interface, function);
        let mixin = load(&guest);
        let first = said_to(&mixin, &plan_request());
        assert_eq!(first.len(), 16);
        assert_eq!(said_to(&mixin, &plan_request()), first);
        // Another process.
        for _ in 0..2 {
            assert!(probe(&guest).message.contains(&first));
        }
        let step = Json::String("another step".to_owned());
        let other = PlanRequest {
            step,
            ..plan_request()
        };
        assert_ne!(said_to(&mixin, &other), first);
        let other = load(&guest.section("revision", b"another component"));
        assert_ne!(said_to(&other, &plan_request()), first);
    }
}

#[test]
fn the_seed_of_hash_maps_follows_too() {
    let digits: Vec<String> = (0..16)
        .map(|index| format!("(i32.and (i32.const 15) (i32.load8_u offset={index} {AT}))"))
        .collect();
    let digits: Vec<&str> = digits.iter().map(String::as_str).collect();
    let guest = guest(&[(
        "random/insecure-seed",
        "insecure-seed",
        "seed",
        "(param i32)",
    )])
    .plan_says(&format!("(call $seed {AT})"), &digits);
    let first = said(&guest);
    assert!(probe(&guest).message.contains(&first));
}

#[test]
fn random_bytes_are_few() {
    let guest = guest(&[(
        "random/random",
        "get-random-bytes",
        "random",
        "(param i64 i32)",
    )])
    .plan_says(
        &format!("(call $random (i64.const 67108864) {AT})"),
        &["(i32.const 1)"],
    );
    let outcome = probe(&guest);
    assert!(outcome.code.starts_with("sandbox-"), "{outcome:?}");
    assert!(outcome.growth < 32 << 20, "{outcome:?}");
}

#[test]
fn memory_ends() {
    let guest = guest(&[("cli/stdin", "get-stdin", "get", "(result i32)")])
        .plan("(drop (memory.grow (i32.const 4096))) (unreachable)");
    let (code, message) = failure(&guest);
    assert_eq!(code, "sandbox-memory", "{message}");
    assert!(message.contains("268435456"), "{message}");
}

#[test]
fn computing_for_ever_ends() {
    let guest = guest(&[("cli/stdin", "get-stdin", "get", "(result i32)")])
        .plan("(loop $again (br $again)) (unreachable)");
    let probe = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe"));
    let outcome = probe
        .clone()
        .limits(100_000_000, Duration::from_secs(60))
        .run(&guest.component());
    assert_eq!(outcome.code, "sandbox-fuel", "{outcome:?}");
    let outcome = probe
        .limits(u64::MAX, Duration::from_millis(200))
        .run(&guest.component());
    assert_eq!(outcome.code, "sandbox-deadline", "{outcome:?}");
    assert!(outcome.call < Duration::from_secs(5), "{outcome:?}");
}

#[test]
fn handles_end() {
    for (interface, function) in [
        ("cli/stdin", "get-stdin"),
        ("cli/stdout", "get-stdout"),
        ("cli/stderr", "get-stderr"),
        ("sockets/instance-network", "instance-network"),
    ] {
        let guest = guest(&[(interface, function, "get", "(result i32)")])
            .plan("(loop $again (drop (call $get)) (br $again)) (unreachable)");
        let outcome = probe(&guest);
        assert_eq!(outcome.code, "sandbox-handles", "{interface}: {outcome:?}");
        assert!(outcome.growth < 16 << 20, "{outcome:?}");
    }
}

#[test]
fn every_patch_version_is_admitted_and_no_other() {
    let of = |version: &str| {
        Guest::good()
            .import(
                &format!("wasi:cli/environment@{version}"),
                "get-environment",
                "get",
                "(param i32)",
            )
            .plan_says(&format!("(call $get {AT})"), &[&word(4)])
    };
    for version in ["0.2.0", "0.2.3", "0.2.6", "0.2.12"] {
        assert_eq!(said(&of(version)), "0", "{version}");
    }
    for version in ["0.2.13", "0.2.99", "0.3.0", "1.0.0"] {
        let outcome = probe(&of(version));
        assert_eq!(outcome.code, "admission-import", "{outcome:?}");
        assert!(
            outcome.message.contains("knows WASI 0.2.0 to 0.2.12"),
            "{outcome:?}"
        );
    }
}

#[test]
fn http_and_the_like_are_refused_by_name() {
    for (name, what) in [
        ("wasi:http/outgoing-handler@0.2.0", "it wants HTTP"),
        ("wasi:http/types@0.2.12", "it wants HTTP"),
        ("wasi:clocks/timezone@0.2.0", "time zones"),
        ("wasi:keyvalue/store@0.2.0", "a store"),
        ("wasi:unheard-of/x@0.2.0", "something"),
        ("example:own/host@0.2.0", "WASI 0.2 without HTTP, only"),
    ] {
        let text = format!("(component (import \"{name}\" (instance)))");
        let component = porter_test_sandbox::component_of(&text);
        let outcome = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).run(&component);
        assert_eq!(outcome.code, "admission-import", "{outcome:?}");
        assert!(outcome.message.contains(what), "{outcome:?}");
    }
}

#[test]
fn a_right_name_of_another_type_is_refused() {
    // Appended, so that the guest itself is good.
    let mut component = Guest::good().component();
    let import = porter_test_sandbox::component_of(
        "(component (import \"wasi:cli/environment@0.2.0\" \
           (instance (export \"get-environment\" (func (param \"x\" string) (result u32))))))",
    );
    component.extend_from_slice(&import[8..]);
    let outcome = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).run(&component);
    assert_eq!(outcome.code, "admission-type", "{outcome:?}");
}

#[test]
fn a_function_that_wasi_has_not_is_refused() {
    let mut component = Guest::good().component();
    let import = porter_test_sandbox::component_of(
        "(component (import \"wasi:cli/environment@0.2.0\" \
           (instance (export \"set-environment\" (func)))))",
    );
    component.extend_from_slice(&import[8..]);
    let outcome = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).run(&component);
    assert_eq!(outcome.code, "admission-type", "{outcome:?}");
}

#[test]
fn sizes_are_those_of_the_tier() {
    let large = vec![0; 5 << 20];
    let probe = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe"));
    let pure = Guest::good().section("data", &large).component();
    let outcome = probe.run(&pure);
    assert_eq!(outcome.code, "admission-size", "{outcome:?}");
    let sealed = guest(&[("cli/stdin", "get-stdin", "get", "(result i32)")]);
    let outcome = probe.run(&sealed.clone().section("data", &large).component());
    assert_eq!(outcome.code, "ok", "{outcome:?}");
    let outcome = probe.run(&sealed.section("data", &vec![0; 33 << 20]).component());
    assert_eq!(outcome.code, "admission-size", "{outcome:?}");
}

#[test]
fn calls_from_many_threads_do_not_disturb_one_another() {
    let mixin = load(&random("random/random", "get-random-bytes"));
    let expected = said_to(&mixin, &plan_request());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(said_to(&mixin, &plan_request()), expected);
                }
            });
        }
    });
}

#[test]
fn what_a_call_takes_is_told() {
    use std::sync::{Arc, Mutex};

    let guest = guest(&[("cli/stdin", "get-stdin", "get", "(result i32)")]).pages(3);
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let mixin = load(&guest).with_usage(Arc::new(move |usage| sink.lock().unwrap().push(usage)));
    assert!(mixin.plan(&plan_request()).unwrap().is_empty());
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1);
    assert!(told[0].fuel > 0 && told[0].fuel < 100_000, "{told:?}");
    assert_eq!(told[0].memory, 3 << 16);
}

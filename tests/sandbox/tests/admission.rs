//! What is refused before anything is compiled: one component per rule.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use std::time::Duration;

use porter_sandbox::compiler::CompileLimits;
use porter_sandbox::{Admission, Compiler, Loader, Sandbox};
use porter_test_sandbox::{Guest, Outcome, Probe, component_of};

fn probe(component: &[u8]) -> Outcome {
    let outcome = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).run(component);
    assert!(
        outcome.growth <= 64 << 20,
        "grew by {} bytes",
        outcome.growth
    );
    assert!(outcome.load < Duration::from_secs(5), "{outcome:?}");
    outcome
}

#[track_caller]
fn refused(component: &[u8], code: &str, part: &str) {
    let outcome = probe(component);
    assert_eq!(outcome.code, code, "{}", outcome.message);
    assert!(
        outcome.message.contains(part),
        "`{part}` is not in: {}",
        outcome.message
    );
}

/// Refuses by names alone: a compiler that cannot be started would show.
#[track_caller]
fn refused_uncompiled(component: &[u8], code: &str, part: &str) {
    let loader = Loader::new(
        Sandbox::new().unwrap(),
        Compiler::new("/nonexistent", ["x"]),
    );
    let error = loader.load("bad", component).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    refused(component, code, part);
}

#[test]
fn the_compiler_that_cannot_be_started_shows() {
    let loader = Loader::new(
        Sandbox::new().unwrap(),
        Compiler::new("/nonexistent", ["x"]),
    );
    let error = loader.load("good", &Guest::good().component()).unwrap_err();
    assert_eq!(error.code(), "compile-start");
}

#[test]
fn things_that_are_no_component() {
    refused_uncompiled(b"", "admission-not-wasm", "not WebAssembly");
    refused_uncompiled(b"\0as", "admission-not-wasm", "not WebAssembly");
    refused_uncompiled(b"#!/bin/sh\n", "admission-not-wasm", "not WebAssembly");
    let module = component_of("(module (memory 1))");
    refused_uncompiled(&module, "admission-core-module", "wasm-tools component new");
    refused_uncompiled(b"\0asm\x0d\0\x01\0", "admission-export", "not a mixin");
    refused_uncompiled(
        b"\0asm\x0d\0\x01\0\xff",
        "admission-malformed",
        "well-formed",
    );
    refused_uncompiled(b"\0asm\x77\0\x01\0", "admission-malformed", "well-formed");
}

#[test]
fn machine_code_under_the_name_of_a_component() {
    let compiler = Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), ["compile"]);
    let loader = Loader::new(Sandbox::new().unwrap(), compiler);
    let code = loader.code("good", &Guest::good().component()).unwrap();
    refused_uncompiled(&code.bytes, "admission-precompiled", "only porter compiles");
}

#[test]
fn imports_are_refused_by_name() {
    for (import, part) in [
        ("wasi:http/outgoing-handler@0.2.0", "HTTP"),
        ("wasi:nn/tensor@0.2.0", "a neural network"),
        ("wasi:clocks/timezone@0.2.0", "time zones"),
        ("wasi:cli/run@0.2.0", "something"),
        ("wasi:sockets/tcp@0.3.0", "WASI 0.2.0 to 0.2."),
        ("wasi:filesystem/types", "WASI 0.2.0 to 0.2."),
        ("acme:tools/magic@1.0.0", "WASI 0.2 without HTTP, only"),
        ("porter:mixins/host@1.0.0", "WASI 0.2 without HTTP, only"),
        ("log", "WASI 0.2 without HTTP, only"),
    ] {
        let component = component_of(&format!("(component (import \"{import}\" (instance)))"));
        refused_uncompiled(&component, "admission-import", part);
        refused_uncompiled(&component, "admission-import", import);
    }
}

#[test]
fn one_foreign_import_among_good_ones() {
    // A good mixin, asking for one thing more.
    let mut component = Guest::good().component();
    let mut imports = wasm_encoder::ComponentImportSection::new();
    // Type 0 is the instance type of `host`: any type will do.
    imports.import(
        "wasi:http/types@0.2.0",
        wasm_encoder::ComponentTypeRef::Instance(0),
    );
    wasm_encoder::ComponentSection::append_to_component(&imports, &mut component);
    refused_uncompiled(&component, "admission-import", "wasi:http/types@0.2.0");
}

#[test]
fn names_of_imports_are_shown_escaped_and_short() {
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    let mut imports = wasm_encoder::ComponentImportSection::new();
    let name = format!("a\u{1b}[2J\n{}", "x".repeat(10_000));
    imports.import(name.as_str(), wasm_encoder::ComponentTypeRef::Func(0));
    wasm_encoder::ComponentSection::append_to_component(&imports, &mut component);
    let outcome = probe(&component);
    assert_eq!(outcome.code, "admission-import");
    assert!(
        outcome.message.contains("`a\\u{1b}[2J\\nxxx"),
        "{}",
        outcome.message
    );
    assert!(outcome.message.len() < 500, "{}", outcome.message);
}

#[test]
fn versions_are_compared_exactly() {
    for (version, advice) in [
        ("1.0.1", "use a newer porter"),
        ("1.1.0", "use a newer porter"),
        ("2.0.0", "use a newer porter"),
        ("0.1.0", "use a newer version of the mixin"),
        ("1.0.0-rc.1", "released version"),
    ] {
        let component = Guest::good().version(version).component();
        refused_uncompiled(&component, "admission-version", advice);
        refused_uncompiled(&component, "admission-version", &format!("@{version}`"));
        refused_uncompiled(
            &component,
            "admission-version",
            "this porter speaks `porter:mixin@1.0.0`",
        );
    }
    // It needs no import to be of another version.
    let text = "(component (instance $i) (export \"porter:mixin/guest@1.9.0\" (instance $i)))";
    refused_uncompiled(
        &component_of(text),
        "admission-version",
        "use a newer porter",
    );
}

#[test]
fn an_export_missing_or_of_another_type() {
    let named = |inner: &str| component_of(&format!("(component {inner})"));
    refused_uncompiled(&named(""), "admission-export", "`porter:mixin/guest@1.0.0`");
    let other = "(instance $i) (export \"acme:x/guest@1.0.0\" (instance $i))";
    refused_uncompiled(
        &named(other),
        "admission-export",
        "`porter:mixin/guest@1.0.0`",
    );
    let function = "(core module $m (func (export \"f\"))) (core instance $c (instantiate $m)) \
        (func $f (canon lift (core func $c \"f\"))) (export \"porter:mixin/guest@1.0.0\" (func $f))";
    refused(&named(function), "admission-type", "not an instance");
    let empty = "(instance $i) (export \"porter:mixin/guest@1.0.0\" (instance $i))";
    refused(&named(empty), "admission-type", "describe");
    let wit = porter_test_sandbox::WIT;
    for (from, to) in [
        ("sees-secrets: bool,", ""),
        (
            "    error,\n    /// It works, and is not wise.\n    warning,\n",
            "    warning,\n    error,\n",
        ),
        ("keep-going: bool,", "keep-going: u8,"),
        ("  record file {", "  record file { owner: u32,"),
    ] {
        let changed = wit.replace(from, to);
        assert_ne!(changed, wit, "{from}");
        let component = porter_test_sandbox::wit_component_of(&Guest::good().wat(), &changed);
        refused(&component, "admission-type", "guest");
    }
}

#[test]
fn an_import_of_another_type() {
    let changed = porter_test_sandbox::WIT.replace(
        "log: func(level: level, message: string);",
        "log: func(level: level, n: u64);",
    );
    let wat = Guest::good()
        .wat()
        .replace("(param i32 i32 i32)))", "(param i32 i64)))");
    let wat = wat.replace("call $log", "drop");
    let component = porter_test_sandbox::wit_component_of(&wat, &changed);
    refused(&component, "admission-type", "host");
    let changed = porter_test_sandbox::WIT.replace(
        "log: func(level: level, message: string);",
        "log: func(level: level, message: string); shell: func(command: string);",
    );
    let wat = Guest::good().wat().replace(
        "(memory (export",
        "(import \"porter:mixin/host@1.0.0\" \"shell\" (func $shell (param i32 i32))) (memory (export",
    );
    let component = porter_test_sandbox::wit_component_of(&wat, &changed);
    refused(&component, "admission-type", "shell");
}

#[test]
fn structures_that_hide_instances() {
    for inner in [
        "(import \"m\" (core module))",
        "(import \"c\" (component))",
        "(core module $m) (export \"m\" (core module $m))",
        "(component $c (core module $m) (export \"m\" (core module $m)))",
        "(component $c (import \"c\" (component)))",
        "(component $a) (instance $i (export \"c\" (component $a)))",
        "(core module $m) (component $c (import \"f\" (func))) \
         (instance (instantiate $c (with \"f\" (core module $m))))",
    ] {
        let component = component_of(&format!("(component {inner})"));
        refused_uncompiled(&component, "admission-structure", "a mixin may not");
    }
    let mut nested = String::from("(component)");
    for _ in 0..40 {
        nested = format!("(component {nested})");
    }
    refused_uncompiled(
        &component_of(&nested),
        "admission-structure",
        "nested too deeply",
    );
}

#[test]
fn two_hundred_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("big.wasm");
    // Sparse: reading it would still take 200 MB.
    std::fs::write(&file, Guest::good().component()).unwrap();
    std::fs::OpenOptions::new()
        .write(true)
        .open(&file)
        .unwrap()
        .set_len(200 << 20)
        .unwrap();
    let outcome = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).run_file(&file);
    assert_eq!(outcome.code, "admission-size", "{}", outcome.message);
    assert!(outcome.growth < 8 << 20, "{outcome:?}");
    assert!(outcome.load < Duration::from_millis(200), "{outcome:?}");
    // A pipe or a device has no size.
    let outcome = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).run_file("/dev/zero".as_ref());
    assert_eq!(outcome.code, "admission-size", "{}", outcome.message);
    let outcome = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe")).run_file("/nonexistent".as_ref());
    assert_eq!(outcome.code, "sandbox-read", "{}", outcome.message);
}

#[test]
fn a_large_file_of_small_things() {
    // 4 MiB of the most expensive sections for a walk: empty modules, aliases, custom sections.
    let empty_module = b"\x01\x08\0asm\x01\0\0\0";
    let alias = b"\x06\x06\x01\x00\x11\x02\x00\x00";
    let custom = b"\x00\x02\x01x";
    let core = b"\x02\x04\x01\x00\x00\x00";
    for (section, code) in [
        (&empty_module[..], "admission-export"),
        (alias, "admission-export"),
        (custom, "admission-export"),
        (core, "admission-instances"),
    ] {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        bytes.extend_from_slice(empty_module);
        while bytes.len() + section.len() <= 4 << 20 {
            bytes.extend_from_slice(section);
        }
        let outcome = probe(&bytes);
        let either = [code, "admission-export"];
        assert!(
            either.contains(&outcome.code.as_str()),
            "{}",
            outcome.message
        );
        assert!(outcome.load < Duration::from_secs(1), "{outcome:?}");
    }
}

#[test]
fn counts_that_lie() {
    // A global section that says it has four billion globals.
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend_from_slice(b"\x06\x05\xff\xff\xff\xff\x0f");
    let mut component = Guest::good().component();
    let section = wasm_encoder::RawSection {
        id: 1,
        data: &module,
    };
    wasm_encoder::ComponentSection::append_to_component(&section, &mut component);
    let outcome = probe(&component);
    assert!(
        outcome.code.starts_with("admission-") || outcome.code == "compile-invalid",
        "{outcome:?}"
    );
}

#[test]
fn limits_of_the_compiler_are_of_a_tier() {
    let limits = CompileLimits::pure();
    assert!(limits.memory <= 1 << 30 && limits.deadline <= Duration::from_secs(30));
}

#[test]
fn the_types_that_are_compared_are_those_of_the_interface() {
    let component = Guest::good()
        .plan("(call $log (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 0)")
        .component();
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../host/sandbox/src/bindings/v1");
    for (interface, file) in [
        ("porter:mixin/host@1.0.0", "host.txt"),
        ("porter:mixin/guest@1.0.0", "guest.txt"),
    ] {
        let text = porter_sandbox::compiler::interface_text(&component, interface).unwrap();
        let file = folder.join(file);
        if std::env::var_os("UPDATE_SIGNATURES").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        let stored = std::fs::read_to_string(&file).unwrap();
        assert!(
            stored == text,
            "wit/ and {} differ: run this test with UPDATE_SIGNATURES=1, unless wit/v1.0.0 is \
             released: then it must not change",
            file.display()
        );
    }
}

#[test]
fn a_component_tells_its_names_and_who_made_it() {
    let mut fields = wasm_encoder::ProducersField::new();
    fields.value("rustc", "1.95.0");
    fields.value("evil\u{1b}[31m", "1");
    let mut language = wasm_encoder::ProducersField::new();
    language.value("Rust", "");
    let mut producers = wasm_encoder::ProducersSection::new();
    producers.field("processed-by", &fields);
    producers.field("language", &language);
    producers.field("something", &fields);
    let mut component = Guest::good().section("producers", b"\xff\xff").component();
    wasm_encoder::ComponentSection::append_to_component(&producers, &mut component);
    let admitted = Admission::default().examine(&component).unwrap();
    assert_eq!(admitted.imports, ["porter:mixin/host@1.0.0"]);
    assert_eq!(admitted.exports, ["porter:mixin/guest@1.0.0"]);
    // The encoder of the test says who it is, too.
    let toolchain: Vec<&str> = admitted
        .metadata
        .toolchain
        .iter()
        .map(String::as_str)
        .filter(|tool| !tool.starts_with("wit-component"))
        .collect();
    assert_eq!(toolchain, ["Rust", "evil\u{1b}[31m 1", "rustc 1.95.0"]);
}

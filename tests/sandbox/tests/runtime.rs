//! Code that was compiled with the compiler loads in a build without one, as in an image.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use std::path::PathBuf;
use std::process::Command;

use porter_mixin::Evaluate;
use porter_sandbox::{Code, Compiler, Digest, Loader, Mixin, Sandbox, Tier, TrustedCode};
use porter_test_sandbox::Guest;

fn code() -> Code {
    let compiler = Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), ["compile"]);
    let loader = Loader::new(Sandbox::new().unwrap(), compiler);
    loader.code("good", &Guest::good().component()).unwrap()
}

/// The example `load`, built without the compiler, unoptimised. The first time takes a minute.
fn loader_without_compiler() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let probe = PathBuf::from(env!("CARGO_BIN_EXE_sandbox-probe"));
    let target = probe
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("without-compiler");
    let built = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["build", "--quiet", "--package", "porter-sandbox"])
        .args(["--no-default-features", "--example", "load", "--target-dir"])
        .arg(&target)
        .status()
        .unwrap();
    assert!(built.success(), "the example does not build");
    target.join("debug/examples/load")
}

#[test]
fn code_loads_where_there_is_no_compiler() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("good.cwasm");
    let code = code();
    std::fs::write(&file, &code.bytes).unwrap();
    let program = loader_without_compiler();
    let output = Command::new(&program)
        .arg(&file)
        .arg(code.digest.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "compiler: false, environment: [\"HOME\"]\n");
    let other = Digest::of(b"other").to_string();
    let output = Command::new(&program)
        .arg(&file)
        .arg(other)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.starts_with("the machine code of mixin `loaded` is `sha256:"),
        "{said}"
    );
}

#[test]
fn only_the_expected_code_is_loaded() {
    let sandbox = Sandbox::new().unwrap();
    let code = code();
    let load = |bytes: &[u8], expected| {
        let trusted = TrustedCode {
            code: bytes,
            expected,
            tier: Tier::Pure,
            component: expected,
        };
        Mixin::from_trusted(&sandbox, "good", "1.0.0", trusted)
    };
    assert!(load(&code.bytes, code.digest).unwrap().describe().is_ok());
    let mut changed = code.bytes.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert_eq!(
        load(&changed, code.digest).unwrap_err().code(),
        "load-digest"
    );
    // Trusted, but not code of this version: what wasmtime itself checks.
    for bytes in [&b""[..], b"nonsense", &Guest::good().component()] {
        assert_eq!(
            load(bytes, Digest::of(bytes)).unwrap_err().code(),
            "load-code"
        );
    }
}

#[test]
fn digests_are_read_in_both_forms() {
    let digest = Digest::of(b"abc");
    assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
    assert_eq!(Digest::parse(&digest.hex()), Some(digest));
    for text in [
        "",
        "sha256:",
        "sha512:00",
        &digest.hex()[1..],
        &digest.hex().to_uppercase(),
    ] {
        assert_eq!(Digest::parse(text), None, "{text}");
    }
}

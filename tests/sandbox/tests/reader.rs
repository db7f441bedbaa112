//! Tier reader: what a component can try with the files it may read, and with those it may not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use porter_mixin::{Evaluate, EvaluateError, Task};
use porter_sandbox::{BundlePath, Compiler, Files, FilesError, Loader, Mixin, Sandbox, Tier};
use porter_test_sandbox::{Guest, Probe, plan_request};

fn paths(texts: &[&str]) -> Vec<BundlePath> {
    texts
        .iter()
        .map(|text| BundlePath::parse(text).unwrap())
        .collect()
}

fn read(folder: &Path, texts: &[&str]) -> Result<Files, FilesError> {
    Files::read(folder, &paths(texts))
}

/// Code and message.
fn refusal(folder: &Path, texts: &[&str]) -> (&'static str, String) {
    match read(folder, texts) {
        Err(error) => (error.code(), error.to_string()),
        Ok(files) => panic!("it was read: {files:?}"),
    }
}

/// A bundle with a chart, a dot file and things that are not granted.
fn bundle() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    fs::create_dir_all(at("charts/app/templates")).unwrap();
    fs::create_dir_all(at("charts/.git")).unwrap();
    fs::create_dir_all(at("secret")).unwrap();
    fs::write(at("charts/app/Chart.yaml"), "name: app").unwrap();
    fs::write(at("charts/app/templates/a.yaml"), "a").unwrap();
    fs::write(at("charts/.env"), "TOKEN=hidden").unwrap();
    fs::write(at("charts/.git/config"), "hidden").unwrap();
    fs::write(at("secret/key"), "hidden").unwrap();
    fs::write(at("values.yaml"), "replicas: 1").unwrap();
    folder
}

// ---------------------------------------------------------------- the host's side

#[test]
fn only_what_is_named_is_read() {
    let folder = bundle();
    let files = read(folder.path(), &["charts/app", "values.yaml"]).unwrap();
    let found: Vec<&str> = files.paths().collect();
    let expected = [
        "charts/app/Chart.yaml",
        "charts/app/templates/a.yaml",
        "values.yaml",
    ];
    assert_eq!(found, expected);
    assert!(read(folder.path(), &[]).unwrap().is_empty());
}

#[test]
fn dot_files_are_never_there() {
    let folder = bundle();
    let files = read(folder.path(), &["charts"]).unwrap();
    assert!(files.paths().all(|path| !path.contains("/.")), "{files:?}");
    assert!(BundlePath::parse("charts/.env").is_err());
}

#[test]
fn what_is_missing_is_an_error() {
    let folder = bundle();
    let (code, message) = refusal(folder.path(), &["charts/none"]);
    assert_eq!(
        (code, message.as_str()),
        ("reader-read", "cannot read `charts/none`")
    );
    let (code, _) = refusal(folder.path(), &["values.yaml/x"]);
    assert_eq!(code, "reader-kind");
}

#[test]
fn links_are_refused_wherever_they_lead() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "hidden").unwrap();
    for (target, asked) in [
        ("/etc/passwd", "charts"),
        ("/etc/passwd", "charts/link"),
        ("../secret/key", "charts"),
        ("app/Chart.yaml", "charts"),
        ("nowhere", "charts"),
        (outside.path().to_str().unwrap(), "charts"),
        (outside.path().to_str().unwrap(), "charts/link"),
        // In the middle of a granted path.
        (outside.path().to_str().unwrap(), "charts/link/secret"),
        ("link", "charts"),
    ] {
        let folder = bundle();
        symlink(target, folder.path().join("charts/link")).unwrap();
        let (code, message) = refusal(folder.path(), &[asked]);
        assert_eq!(code, "reader-kind", "{target} {asked}");
        assert!(message.contains("is a link"), "{message}");
    }
}

#[test]
fn hard_links_are_refused() {
    let folder = bundle();
    let at = |path: &str| folder.path().join(path);
    fs::hard_link(at("secret/key"), at("charts/key")).unwrap();
    let (code, message) = refusal(folder.path(), &["charts"]);
    assert_eq!(code, "reader-kind");
    assert!(message.contains("several names"), "{message}");
}

#[test]
fn pipes_sockets_and_devices_are_refused_at_once() {
    let folder = bundle();
    let at = |path: &str| folder.path().join(path);
    let made = std::process::Command::new("mkfifo")
        .arg(at("charts/pipe"))
        .status();
    assert!(made.unwrap().success());
    let started = Instant::now();
    let (code, message) = refusal(folder.path(), &["charts"]);
    assert_eq!(code, "reader-kind", "{message}");
    assert!(message.contains("a pipe"), "{message}");
    fs::remove_file(at("charts/pipe")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("charts/socket")).unwrap();
    let (code, _) = refusal(folder.path(), &["charts"]);
    assert!(["reader-kind", "reader-read"].contains(&code), "{code}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn sizes_and_counts_are_bounded() {
    let folder = bundle();
    let at = |path: &str| folder.path().join(path);
    // Sparse files.
    let sized = |path: &str, size: u64| {
        fs::write(at(path), "").unwrap();
        let file = fs::OpenOptions::new().write(true).open(at(path)).unwrap();
        file.set_len(size).unwrap();
    };
    sized("charts/big", (4 << 20) + 1);
    assert_eq!(refusal(folder.path(), &["charts"]).0, "reader-large");
    fs::remove_file(at("charts/big")).unwrap();
    for number in 0..5 {
        sized(&format!("charts/{number}"), 4 << 20);
    }
    assert_eq!(refusal(folder.path(), &["charts"]).0, "reader-total");
    fs::create_dir(at("many")).unwrap();
    for number in 0..4200 {
        fs::write(at(&format!("many/{number}")), "").unwrap();
    }
    assert_eq!(refusal(folder.path(), &["many"]).0, "reader-many");
    let mut deep = at("deep");
    for _ in 0..40 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    assert_eq!(refusal(folder.path(), &["deep"]).0, "reader-deep");
}

#[test]
fn names_that_are_no_text_are_refused_escaped() {
    use std::os::unix::ffi::OsStrExt;

    for name in [&b"a\xff"[..], b"a\nb", b"a\x1b[31m"] {
        let folder = bundle();
        let file = folder
            .path()
            .join("charts")
            .join(std::ffi::OsStr::from_bytes(name));
        fs::write(file, "").unwrap();
        let (code, message) = refusal(folder.path(), &["charts"]);
        assert_eq!(code, "reader-name");
        assert!(!message.chars().any(char::is_control), "{message:?}");
    }
}

/// Somebody exchanges a folder and a link, and a file and a link, as fast as they can: whatever is
/// read is what was granted, or an error.
#[test]
fn races_for_a_link_are_lost() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("file"), "hidden").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    fs::create_dir_all(at("charts/good")).unwrap();
    fs::write(at("charts/good/file"), "granted").unwrap();
    symlink(outside.path(), at("evil")).unwrap();
    let stop = AtomicBool::new(false);
    let (mut read_well, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let _ = fs::rename(at("charts/good"), at("aside"));
                let _ = fs::rename(at("evil"), at("charts/good"));
                let _ = fs::rename(at("charts/good"), at("evil"));
                let _ = fs::rename(at("aside"), at("charts/good"));
            }
        });
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(2) {
            for asked in ["charts", "charts/good", "charts/good/file"] {
                match read(folder.path(), &[asked]) {
                    Ok(files) => {
                        let with = |content: &str| {
                            let other = tempfile::tempdir().unwrap();
                            fs::create_dir_all(other.path().join("charts/good")).unwrap();
                            fs::write(other.path().join("charts/good/file"), content).unwrap();
                            read(other.path(), &[asked]).unwrap().digest()
                        };
                        assert_ne!(files.digest(), with("hidden"), "{asked}");
                        read_well += 1;
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(
        read_well > 0 && refused > 0,
        "{read_well} {refused}: no race"
    );
}

#[test]
fn the_digest_is_that_of_paths_and_contents() {
    let (one, two) = (bundle(), bundle());
    let digest = |folder: &Path| read(folder, &["charts"]).unwrap().digest();
    assert_eq!(digest(one.path()), digest(two.path()));
    fs::write(two.path().join("charts/.env"), "other").unwrap();
    assert_eq!(digest(one.path()), digest(two.path()));
    fs::write(two.path().join("charts/app/Chart.yaml"), "name: other").unwrap();
    assert_ne!(digest(one.path()), digest(two.path()));
    let three = bundle();
    fs::rename(
        three.path().join("charts/app/Chart.yaml"),
        three.path().join("charts/app/chart.yaml"),
    )
    .unwrap();
    assert_ne!(digest(one.path()), digest(three.path()));
}

// ---------------------------------------------------------------- the guest's side

fn loader() -> Loader {
    let compiler = Compiler::new(env!("CARGO_BIN_EXE_sandbox-probe"), ["compile"]);
    Loader::new(Sandbox::new().unwrap(), compiler)
}

const TYPES: &str = "wasi:filesystem/types@0.2.12";

/// A guest that has the first preopen in local `$root` and may call `$open` and `$get`.
fn guest() -> Guest {
    Guest::good()
        .section("porter:reads", b"charts\n")
        .import(
            "wasi:filesystem/preopens@0.2.12",
            "get-directories",
            "preopens",
            "(param i32)",
        )
        .import(
            TYPES,
            "[method]descriptor.open-at",
            "open",
            "(param i32 i32 i32 i32 i32 i32 i32)",
        )
}

/// Finds the root.
const ROOT: &str = "(local $root i32) (call $preopens (i32.const 64)) \
    (local.set $root (i32.load (i32.load (i32.const 64))))";

fn load(guest: &Guest, folder: &Path) -> Mixin {
    let component = guest.component();
    let loader = loader();
    let admitted = loader.admit("reader", &component).unwrap();
    assert_eq!(admitted.tier, Tier::Reader);
    let granted = paths(&["charts"]);
    let both = BundlePath::both(&granted, &admitted.reads);
    let files = Files::read(folder, &both).unwrap();
    loader.load("reader", &component).unwrap().with_files(files)
}

fn said(mixin: &Mixin) -> String {
    match mixin.plan(&plan_request()) {
        Ok(tasks) => match tasks.as_slice() {
            [Task::Say(text)] => text.clone(),
            other => panic!("said nothing: {other:?}"),
        },
        Err(EvaluateError::Broken { code, source, .. }) => panic!("{code}: {source}"),
        Err(other) => panic!("{other:?}"),
    }
}

/// Says the result of opening `path` with flags: discriminant and error.
fn opening(path: &str, open: u32, flags: u32) -> Guest {
    let mut guest = guest();
    let at = guest.data(|layout| layout.raw(path.as_bytes()));
    let length = path.len();
    guest.plan_says(
        &format!(
            "{ROOT} (call $open (local.get $root) (i32.const 1) (i32.const {at}) \
               (i32.const {length}) (i32.const {open}) (i32.const {flags}) (i32.const 128))"
        ),
        &[
            "(i32.load8_u (i32.const 128))",
            "(i32.load8_u (i32.const 132))",
        ],
    )
}

const READ: u32 = 1;
/// `result` of an open file, whose handle differs.
const OK: &str = "0";

#[test]
fn granted_files_open_and_nothing_else() {
    let folder = bundle();
    for path in [
        "charts",
        "charts/",
        "charts/app/Chart.yaml",
        "charts/./app/../app/Chart.yaml",
        ".",
    ] {
        let answer = said(&load(&opening(path, 0, READ), folder.path()));
        assert_eq!(&answer[..1], OK, "{path}: {answer}");
    }
    let absolute = folder.path().join("charts/app/Chart.yaml");
    let deep = "charts/app/../../..";
    // Codes of `error-code`: 20 no-entry (k), 31 not-permitted (v), 24 not-directory (o).
    for (path, code) in [
        ("secret", 'k'),
        ("secret/key", 'k'),
        ("values.yaml", 'k'),
        ("charts/.env", 'k'),
        ("charts/.git/config", 'k'),
        ("porter.yaml", 'k'),
        ("charts/none", 'k'),
        ("charts/app/Chart.yaml/x", 'o'),
        ("charts/app/Chart.yaml/", 'o'),
        ("", 'k'),
    ] {
        let answer = said(&load(&opening(path, 0, READ), folder.path()));
        assert_eq!(answer, format!("1{code}"), "{path}");
    }
    for path in [
        "..",
        "../",
        "../etc/passwd",
        "charts/../../etc/passwd",
        "/etc/passwd",
        "/charts/app/Chart.yaml",
        "/proc/self/environ",
        absolute.to_str().unwrap(),
        deep,
        "./../..",
    ] {
        let answer = said(&load(&opening(path, 0, READ), folder.path()));
        assert_eq!(answer, "1v", "{path}");
    }
}

#[test]
fn opening_to_change_is_refused() {
    let folder = bundle();
    // create, exclusive, truncate; write, mutate-directory: 33 is read-only (x).
    for (open, flags) in [
        (1, READ),
        (4, READ),
        (8, READ),
        (0, 2),
        (0, 3),
        (0, 32),
        (9, 2),
    ] {
        for path in ["charts/app/Chart.yaml", "charts/new", "charts"] {
            let answer = said(&load(&opening(path, open, flags), folder.path()));
            assert_eq!(answer, "1x", "{path} {open} {flags}");
        }
    }
    assert!(!folder.path().join("charts/new").exists());
}

#[test]
fn changing_functions_are_refused() {
    let folder = bundle();
    let before = read(folder.path(), &["charts"]).unwrap().digest();
    // Function, signature after the handle, arguments after the handle.
    for (function, parameters, arguments) in [
        ("create-directory-at", "i32 i32", "$A"),
        ("remove-directory-at", "i32 i32", "$A"),
        ("unlink-file-at", "i32 i32", "$A"),
        ("symlink-at", "i32 i32 i32 i32", "$A $A"),
        (
            "rename-at",
            "i32 i32 i32 i32 i32",
            "$A (local.get $root) $A",
        ),
        (
            "link-at",
            "i32 i32 i32 i32 i32 i32",
            "(i32.const 0) $A (local.get $root) $A",
        ),
        ("set-size", "i64", "(i64.const 0)"),
        ("write", "i32 i32 i64", "$A (i64.const 0)"),
        ("write-via-stream", "i64", "(i64.const 0)"),
        ("append-via-stream", "", ""),
        (
            "set-times",
            "i32 i64 i32 i32 i64 i32",
            "(i32.const 1) (i64.const 0) (i32.const 0) (i32.const 1) (i64.const 0) (i32.const 0)",
        ),
    ] {
        let mut guest = guest().import(
            TYPES,
            &format!("[method]descriptor.{function}"),
            "change",
            &format!("(param i32 {parameters} i32)"),
        );
        let path = "charts/app/Chart.yaml";
        let at = guest.data(|layout| layout.raw(path.as_bytes()));
        let pair = format!("(i32.const {at}) (i32.const {})", path.len());
        let arguments = arguments.replace("$A", &pair);
        // The error of `write` and of the streams lies further back.
        let error = match function {
            "write" => 136,
            _ if function.ends_with("stream") => 132,
            _ => 129,
        };
        let guest = guest.plan_says(
            &format!("{ROOT} (call $change (local.get $root) {arguments} (i32.const 128))"),
            &[
                "(i32.load8_u (i32.const 128))",
                &format!("(i32.load8_u (i32.const {error}))"),
            ],
        );
        assert_eq!(said(&load(&guest, folder.path())), "1x", "{function}");
    }
    let after = read(folder.path(), &["charts"]).unwrap().digest();
    assert_eq!(before, after);
}

/// Reads `charts/app/Chart.yaml` from an offset; says discriminant, length and end.
fn reading(offset: i64) -> Guest {
    let mut guest = guest().import(
        TYPES,
        "[method]descriptor.read",
        "read",
        "(param i32 i64 i64 i32)",
    );
    let path = "charts/app/Chart.yaml";
    let at = guest.data(|layout| layout.raw(path.as_bytes()));
    let length = path.len();
    guest.plan_says(
        &format!(
            "{ROOT} (call $open (local.get $root) (i32.const 0) (i32.const {at}) \
               (i32.const {length}) (i32.const 0) (i32.const 1) (i32.const 128)) \
             (call $read (i32.load (i32.const 132)) (i64.const 100) (i64.const {offset}) \
               (i32.const 160))"
        ),
        &[
            "(i32.load8_u (i32.const 160))",
            "(i32.load (i32.const 168))",
            "(i32.load8_u (i32.const 172))",
        ],
    )
}

#[test]
fn reading_gives_what_is_there() {
    let folder = bundle();
    for (offset, expected) in [
        (0, "091"),
        (6, "031"),
        (9, "001"),
        (100, "001"),
        (-1, "001"),
    ] {
        assert_eq!(
            said(&load(&reading(offset), folder.path())),
            expected,
            "{offset}"
        );
    }
}

#[test]
fn what_changes_later_is_not_seen() {
    let folder = bundle();
    let mixin = load(&reading(0), folder.path());
    fs::write(folder.path().join("charts/app/Chart.yaml"), "x").unwrap();
    fs::remove_dir_all(folder.path().join("charts/app/templates")).unwrap();
    assert_eq!(said(&mixin), "091");
}

#[test]
fn listings_have_an_order_and_no_dot_files() {
    let folder = bundle();
    for name in ["b", "a", "c", "app-x"] {
        fs::write(folder.path().join("charts").join(name), "").unwrap();
    }
    let mut guest = guest()
        .import(
            TYPES,
            "[method]descriptor.read-directory",
            "list",
            "(param i32 i32)",
        )
        .import(
            TYPES,
            "[method]directory-entry-stream.read-directory-entry",
            "next",
            "(param i32 i32)",
        );
    let at = guest.data(|layout| layout.raw(b"charts"));
    // Result of an option of an entry: type at 8, name at 12, its length at 16.
    let next = "(call $next (i32.load (i32.const 148)) (i32.const 160))";
    let first = "(i32.sub (i32.load8_u (i32.load (i32.const 172))) (i32.const 87))";
    let length = "(i32.load (i32.const 176))";
    let step = |what: &str| format!("(block (result i32) {next} {what})");
    let values = [
        step(length),
        first.to_owned(),
        step(length),
        step(length),
        step(first),
        step(first),
        // The end, again and again.
        step("(i32.load8_u (i32.const 164))"),
        step("(i32.load8_u (i32.const 164))"),
    ];
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let guest = guest.plan_says(
        &format!(
            "{ROOT} (call $open (local.get $root) (i32.const 0) (i32.const {at}) (i32.const 6) \
               (i32.const 2) (i32.const 1) (i32.const 128)) \
             (call $list (i32.load (i32.const 132)) (i32.const 144))"
        ),
        &values,
    );
    // a, app, app-x, b, c.
    assert_eq!(said(&load(&guest, folder.path())), "1a35bc00");
}

#[test]
fn handles_of_files_and_listings_end() {
    let folder = bundle();
    let open = format!(
        "{ROOT} (i32.store8 (i32.const 200) (i32.const 46)) \
         (loop $again (call $open (local.get $root) (i32.const 0) (i32.const 200) (i32.const 1) \
           (i32.const 0) (i32.const 1) (i32.const 128)) (br $again)) (unreachable)"
    );
    let list = format!(
        "{ROOT} (loop $again (call $list (local.get $root) (i32.const 128)) (br $again)) \
         (unreachable)"
    );
    let preopens =
        format!("{ROOT} (loop $again (call $preopens (i32.const 128)) (br $again)) (unreachable)");
    for body in [open, list, preopens] {
        let guest = guest()
            .import(
                TYPES,
                "[method]descriptor.read-directory",
                "list",
                "(param i32 i32)",
            )
            .plan(&body);
        match load(&guest, folder.path()).plan(&plan_request()) {
            Err(EvaluateError::Broken { code, .. }) => assert_eq!(code, "sandbox-handles"),
            other => panic!("it went well: {other:?}"),
        }
    }
}

#[test]
fn nothing_is_there_without_a_grant() {
    let guest = guest().plan_says(
        "(call $preopens (i32.const 64))",
        &["(i32.load (i32.const 68))"],
    );
    let component = guest.component();
    let mixin = loader().load("reader", &component).unwrap();
    assert_eq!(said(&mixin), "0");
    // A grant of what it does not ask for.
    let folder = bundle();
    let admitted = loader();
    let admitted = admitted.admit("reader", &component).unwrap();
    let both = BundlePath::both(&paths(&["secret", "values.yaml"]), &admitted.reads);
    assert!(both.is_empty());
    assert!(Files::read(folder.path(), &both).unwrap().is_empty());
}

#[test]
fn another_tier_never_sees_files() {
    let folder = bundle();
    let files = read(folder.path(), &["charts"]).unwrap();
    let guest = Guest::good()
        .import(
            "wasi:filesystem/preopens@0.2.12",
            "get-directories",
            "preopens",
            "(param i32)",
        )
        .plan_says(
            "(call $preopens (i32.const 64))",
            &["(i32.load (i32.const 68))"],
        );
    let component = guest.component();
    let loader = loader();
    assert_eq!(
        loader.admit("sealed", &component).unwrap().tier,
        Tier::Sealed
    );
    let mixin = loader.load("sealed", &component).unwrap().with_files(files);
    assert_eq!(said(&mixin), "0");
}

#[test]
fn random_numbers_follow_from_the_files_too() {
    let guest = guest()
        .import(
            "wasi:random/random@0.2.12",
            "get-random-u64",
            "random",
            "(result i64)",
        )
        .plan_says(
            "",
            &["(i32.and (i32.const 15) (i32.wrap_i64 (call $random)))"; 8],
        );
    let (one, two) = (bundle(), bundle());
    let first = said(&load(&guest, one.path()));
    assert_eq!(said(&load(&guest, two.path())), first);
    fs::write(two.path().join("charts/app/Chart.yaml"), "other").unwrap();
    assert_ne!(said(&load(&guest, two.path())), first);
}

#[test]
fn what_cannot_be_asked_for_is_refused_at_admission() {
    let probe = Probe::new(env!("CARGO_BIN_EXE_sandbox-probe"));
    let asking = |data: &[u8]| {
        Guest::good()
            .import(
                "wasi:filesystem/preopens@0.2.12",
                "get-directories",
                "preopens",
                "(param i32)",
            )
            .section("porter:reads", data)
    };
    let many = "a\n".repeat(20_000);
    let different: String = (0..65).map(|number| format!("a{number}\n")).collect();
    for data in [
        &b"/etc"[..],
        b"..",
        b"a/../../b",
        b".ssh",
        b"charts/.env",
        b"porter.yaml",
        b"a\x1b[2J",
        b"\xff\xfe",
        many.as_bytes(),
        different.as_bytes(),
    ] {
        let outcome = probe.run(&asking(data).component());
        assert_eq!(outcome.code, "admission-reads", "{outcome:?}");
        assert!(!outcome.message.chars().any(char::is_control));
    }
    for (data, reads) in [
        (&b"charts"[..], &["charts"][..]),
        (b"b\n\na/\n./c\n", &["a", "b", "c"]),
        (b".", &["."]),
    ] {
        let component = asking(data).component();
        let loader = loader();
        let admitted = loader.admit("reader", &component).unwrap();
        let found: Vec<String> = admitted.reads.iter().map(ToString::to_string).collect();
        assert_eq!(found, reads);
        assert_eq!(admitted.tier, Tier::Reader);
    }
    // It could not read what it asks for.
    let outcome = probe.run(&Guest::good().section("porter:reads", b"charts").component());
    assert_eq!(outcome.code, "admission-reads", "{outcome:?}");
    // An empty section asks for nothing.
    let component = asking(b"").component();
    assert_eq!(
        loader().admit("sealed", &component).unwrap().tier,
        Tier::Sealed
    );
}

//! The guest's side: what a component can do with what was granted.

use super::*;

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

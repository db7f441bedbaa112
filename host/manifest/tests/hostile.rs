//! Manifests that were made to do harm: each ends in an error or a manifest, soon and bounded.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::time::{Duration, Instant};

use porter_manifest::source::{MAX_BYTES, read};
use porter_manifest::{LoadOptions, Loaded, Manifest, Problems};
use proptest::prelude::*;

const HEAD: &str = "schemaVersion: 1.0.1\nname: a\nversion: 0.1.0\nregistry: localhost:5000\n\
                    mixins: [exec]\n";
const TAIL: &str = "install:\n  - exec: {command: a}\nuninstall:\n  - exec: {command: a}\n";

fn load(bytes: &[u8]) -> Result<Loaded, Problems> {
    let started = Instant::now();
    let outcome = Manifest::load("porter.yaml", bytes, &LoadOptions::default());
    // Unoptimised, on a busy machine, 8 MiB at most.
    assert!(
        started.elapsed() < Duration::from_secs(40),
        "{:?}",
        started.elapsed()
    );
    outcome
}

fn message(bytes: &[u8]) -> String {
    load(bytes).expect_err("is refused").to_string()
}

fn with(section: &str) -> Vec<u8> {
    format!("{HEAD}{section}\n{TAIL}").into_bytes()
}

#[test]
fn files_that_are_no_manifest() {
    let table: [(&[u8], &str); 8] = [
        (b"", "the manifest is empty"),
        (b" \n\t\n", "the manifest is empty"),
        (b"# nothing\n", "the manifest is empty"),
        (
            b"\x7fELF\x02\x01\x01\x00\x00",
            "the manifest is a binary file",
        ),
        (b"\xff\xfea\x00", "the manifest is UTF-16 text"),
        (
            b"name: a\nb: \xc3\x28\n",
            "not valid UTF-8 (first in line 2)",
        ),
        (b"name: \x1b[31mred\n", "control characters are not allowed"),
        (b"name: \xc2\x9bx\n", "control characters are not allowed"),
    ];
    for (bytes, expected) in table {
        let message = message(bytes);
        assert!(message.contains(expected), "{message}");
        assert!(
            !message.chars().any(|c| c.is_control() && c != '\n'),
            "{message:?}"
        );
    }
    let large = vec![b'a'; 50 * 1024 * 1024];
    assert!(message(&large).contains("the limit is"));
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let error = |name: &str| read(&folder.path().join(name)).unwrap_err().to_string();
    assert!(error("absent.yaml").contains("does not exist"));
    assert!(error("").contains("it is a directory"));
    std::fs::write(folder.path().join("large.yaml"), vec![b'#'; MAX_BYTES + 1]).unwrap();
    assert!(error("large.yaml").contains("is larger than the limit"));
    std::fs::write(folder.path().join("good.yaml"), b"name: a").unwrap();
    assert_eq!(read(&folder.path().join("good.yaml")).unwrap(), b"name: a");
}

#[test]
fn byte_order_mark_and_line_ends_change_nothing() {
    let plain = with("description: >\n  a\n  b\n");
    let mut windows = b"\xEF\xBB\xBF".to_vec();
    windows.extend(
        String::from_utf8(plain.clone())
            .unwrap()
            .replace('\n', "\r\n")
            .into_bytes(),
    );
    let plain = load(&plain).unwrap().manifest;
    let windows = load(&windows).unwrap().manifest;
    assert_eq!(plain.description, "a b\n");
    assert_eq!(windows.description, plain.description);
    assert_eq!(windows.name, plain.name);
    let parameters = with("parameters:\n  - {name: ż, type: ship}\n");
    assert!(
        message(&parameters).contains("porter.yaml:7:21: "),
        "{}",
        message(&parameters)
    );
}

#[test]
fn alias_bombs_are_refused_at_once() {
    let mut bomb = String::from("custom:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let inner = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("  a{level}: &a{level} [{inner}]\n"));
    }
    let started = Instant::now();
    assert!(message(&with(&bomb)).contains("document contains excessive aliasing"));
    assert!(started.elapsed() < Duration::from_secs(2));

    let mut merges = String::from("custom:\n  a0: &a0 {k0: x}\n");
    for level in 1..3000 {
        merges.push_str(&format!(
            "  a{level}: &a{level} {{<<: *a{}, k{level}: x}}\n",
            level - 1
        ));
    }
    assert!(message(&with(&merges)).contains("document contains excessive aliasing"));

    let text = "x".repeat(100_000);
    let many = vec!["*t"; 1000].join(", ");
    let wide = format!("custom:\n  t: &t {text}\n  all: [{many}]\n");
    assert!(message(&with(&wide)).contains("document contains excessive aliasing"));
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        for depth in [101, 300, 10_000, 300_000] {
            let section = format!(
                "custom:\n  x:\n    {}{}",
                open.repeat(depth),
                close.repeat(depth)
            );
            assert!(
                message(&with(&section)).contains("exceeded max depth of 100"),
                "{open} {depth}"
            );
        }
    }
    let block: String = (0..2_000)
        .map(|level| format!("{}a:\n", " ".repeat(level + 2)))
        .collect();
    assert!(message(&with(&format!("custom:\n{block}"))).contains("exceeded max depth of 100"));
    let allowed = format!("custom:\n  x: {}{}", "[".repeat(90), "]".repeat(90));
    assert!(load(&with(&allowed)).is_ok());
}

#[test]
fn what_mixins_are_given_is_bounded_and_unmarked() {
    let step = |levels: usize| {
        with(&format!(
            "upgrade:\n  - exec: {{a: {}{}}}\n",
            "[".repeat(levels),
            "]".repeat(levels)
        ))
    };
    assert!(load(&step(63)).is_ok());
    assert!(message(&step(64)).contains("may nest 64 levels deep"));
    let config = format!(
        "upgrade: []\n{TAIL}mixins:\n  - exec: {}{}\n",
        "[".repeat(65),
        "]".repeat(65)
    );
    let config = config.into_bytes();
    let head = HEAD.replace("mixins: [exec]\n", "");
    assert!(message(&[head.as_bytes(), &config].concat()).contains("may nest 64 levels deep"));

    for text in ["\"\\0\"", "\"\\uFDD0\"", "\u{FDD1}", "\"a\\uFDD1b\""] {
        let text = message(&with(&format!("description: {text}\n")));
        assert!(text.contains("is not allowed"), "{text}");
    }
    let key = "custom: {$serde_json::private::Number: \"7\"}\n";
    assert!(message(&with(key)).contains("a key may not begin with"));
}

#[test]
fn large_sections_take_linear_time() {
    let lines =
        |line: &dyn Fn(usize) -> String, count: usize| -> String { (0..count).map(line).collect() };
    let big = 20_000;
    let sections = [
        format!("custom:\n{}", lines(&|n| format!("  k{n}: v\n"), big)),
        format!("custom: {{a: [{}]}}\n", vec!["x"; big * 5].join(",")),
        format!("custom:\n  t: \"{}\"\n", "${env.A} ".repeat(big)),
        format!("custom:\n  t: \"{}\"\n", "\\x24{env.A}".repeat(big)),
        format!("description: {}\n", "word ".repeat(big * 10)),
        lines(
            &|n| format!("action{n}:\n  - exec: {{command: a}}\n"),
            3_000,
        ),
        format!(
            "parameters:\n{}",
            lines(
                &|n| format!("  - {{name: p{n}, type: string, nope: 1}}\n"),
                2_000
            )
        ),
        format!(
            "custom:\n{}",
            lines(&|n| format!("  a{n}: &a{n} x\n  b{n}: *a{n}\n"), big / 2)
        ),
        "# a remark\n".repeat(big * 5),
    ];
    for section in sections {
        assert!(load(&with(&section)).is_ok(), "{}", &section[..60]);
    }
    let long = format!("custom: {{a: [{}]}}\n", "\"ż ${env.A}\",".repeat(big));
    assert!(load(&with(&long)).is_ok());
    let steps = format!(
        "upgrade:\n  - exec: {{arguments: [{}]}}\n",
        "\"ż ${bundle.parameters.nope}\",".repeat(big)
    );
    let problems = load(&with(&steps)).unwrap_err().to_string();
    assert!(problems.contains("and 19950 more"));
    let unclosed = format!("custom:\n  t: \"{}\"\n", "${ ".repeat(big * 10));
    assert!(load(&with(&unclosed)).is_err());
    let many = lines(&|n| format!("  - {{name: p{n}, type: ship}}\n"), 2_000);
    let problems = load(&with(&format!("parameters:\n{many}"))).unwrap_err();
    assert!(problems.0.len() < 60 && problems.to_string().contains("and 1950 more"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = load(&bytes);
    }

    #[test]
    fn any_yaml_gives_an_answer(text in r"([a-c: \-\n\[\]{},&*'#|>!%?@]|<<: |\$\{|\}|\t|ż|  ){0,80}") {
        let _ = load(text.as_bytes());
        let _ = load(&with(&format!("custom:\n  {}", text.replace('\n', "\n  "))));
        let _ = load(&with(&format!("parameters:\n  - {}", text.replace('\n', "\n    "))));
        let _ = load(format!("{HEAD}install:\n  - exec:\n      {}\n", text.replace('\n', "\n      ")).as_bytes());
    }

    #[test]
    fn a_manifest_with_damage_gives_an_answer(at in 0_usize..3000, byte in any::<u8>(), cut in any::<bool>()) {
        let good = include_bytes!("golden/everything/porter.yaml");
        let mut bytes = good.to_vec();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Err(problems) = load(&bytes) {
            prop_assert!(problems.errors().count() > 0);
            prop_assert!(!problems.to_string().chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}

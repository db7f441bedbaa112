//! Tables: regular expressions in RE2's syntax, JSON paths.

use porter_runtime::take::{JsonPathError, Pattern, PatternError, from_re2, json_path};

#[test]
fn expressions_mean_what_re2_means() {
    // Expression, text, capture groups (or `None` for no match).
    let cases: &[(&str, &str, Option<&str>)] = &[
        (r"id: (\d+)", "id: 12\nid: 34", Some("12\n34")),
        (r"(\d+)", "٣", None),
        (r"(\w+)", "é-a_1", Some("a_1")),
        (r"(\W)", "é", Some("é")),
        (r"([\d]+)", "a12", Some("12")),
        (r"([^\d]+)", "12ab", Some("ab")),
        (r"([\D]+)", "12ab", Some("ab")),
        (r"([\w-]+)", "a-b c", Some("a-b\nc")),
        (r"a(\s)b", "a\u{a0}b", None),
        (r"a(\s)b", "a\tb", Some("\t")),
        (r"(\bfoo\b)", "a foo b", Some("foo")),
        (r"(\bé)", "é", None),
        (r"([[]+)", "a[[b", Some("[[")),
        (r"([a[b]+)", "x[ab", Some("[ab")),
        (r"([]x]+)", "a]xb", Some("]x")),
        (r"([^]x]+)", "]ab]", Some("ab")),
        (r"([a&&b]+)", "x&a&b", Some("&a&b")),
        (r"([a~~b]+)", "~~a", Some("~~a")),
        (r"([+--]+)", "a+,-b", Some("+,-")),
        (r"([--/]+)", "a-./b", Some("-./")),
        (r"([a-c-]+)", "xa-cd", Some("a-c")),
        (r"([[:alpha:]]+)", "12ab", Some("ab")),
        (r"([[:^alpha:]]+)", "ab12", Some("12")),
        (r"([[:word:]-]+)", "a-b", Some("a-b")),
        (r#"{"id":"(.*?)"}"#, r#"{"id":"7"}"#, Some("7")),
        (r"(a{2,3})", "aaaa", Some("aaa")),
        (r"(a{2})", "aaa", Some("aa")),
        (r"(a{,2})", "a{,2}", Some("a{,2}")),
        (r"(a{x})", "a{x}", Some("a{x}")),
        (r"(\<b\>)", "<b>", Some("<b>")),
        (r"(\-\/\:\@\%)", "-/:@%", Some("-/:@%")),
        (r"(\Qa.b\E.)", "a.bc", Some("a.bc")),
        (r"(\x{e9}\x41)", "éA", Some("éA")),
        (r"(\101\n)", "A\n", Some("A\n")),
        (r"(\pL+)(\p{Greek})", "abα", Some("ab\nα")),
        (r"(?i)(ABC)", "xabcx", Some("abc")),
        (r"(?m)^(.)$", "a\nb", Some("a\nb")),
        (r"(?P<name>x)|(y)", "xy", Some("x\n\n\ny")),
        (r"(?U)(a+)", "aa", Some("a\na")),
        (r"(a)\z", "ba", Some("a")),
        ("x", "axa", Some("")),
        ("(y)", "axa", None),
        ("(.)", "\n", None),
        ("(?s)(.)", "\n", Some("\n")),
    ];
    for (expression, text, expected) in cases {
        let shown = || format!("`{expression}` as `{}` in {text:?}", from_re2(expression));
        let pattern =
            Pattern::new(expression).unwrap_or_else(|error| panic!("{}: {error}", shown()));
        assert_eq!(
            pattern.is_match(text.as_bytes()),
            expected.is_some(),
            "{}",
            shown()
        );
        let captures = pattern.captures(text.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(captures).unwrap(),
            expected.unwrap_or(""),
            "{}",
            shown()
        );
    }
}

#[test]
fn malformed_and_oversized_expressions_are_refused() {
    for expression in [
        "code [0-9+",
        "(",
        "a**b(",
        r"\1",
        "(?=x)",
        "[z-a]",
        "[a--b]",
        "\\",
        "*",
    ] {
        assert!(
            matches!(Pattern::new(expression), Err(PatternError::Invalid { .. })),
            "{expression}"
        );
    }
    assert!(matches!(
        Pattern::new(&"a".repeat(4097)),
        Err(PatternError::TooLong)
    ));
    assert!(matches!(
        Pattern::new(r"(\pL{500}){500}"),
        Err(PatternError::Invalid { .. })
    ));
}

#[test]
fn slow_expressions_end() {
    let start = std::time::Instant::now();
    let pattern = Pattern::new("(?s).*[^A-Z]|([A-Z])").unwrap();
    let result = pattern.captures("A".repeat(160_000).as_bytes());
    assert!(start.elapsed().as_secs() < 15, "{:?}", start.elapsed());
    if let Err(error) = result {
        assert!(matches!(error, PatternError::TooSlow { .. }));
    }
}

const DOCUMENT: &str = r#"{"s":"t\"x","n":1.10,"big":12345678901234567890,"e":1e3,"b":true,"null":null,
 "list":[{"k":"v","z":1},{"k":"w"}],"obj":{"b":1,"a":"<"},"Mixed":{"Case":7}} trailing"#;

#[test]
fn json_paths_give() {
    let cases = [
        ("$.s", "t\"x"),
        ("$.n", "1.10"),
        ("$.big", "12345678901234567890"),
        ("$.e", "1e3"),
        ("$.b", "true"),
        ("$.null", "null"),
        ("$.obj", r#"{"a":"<","b":1}"#),
        ("$['list'][0].k", "v"),
        ("$[\"list\"][-1]['k']", "w"),
        ("$.list[*].k", r#"["v","w"]"#),
        ("$..k", r#"["v","w"]"#),
        ("$.list[?@.z == 1].k", r#"["v"]"#),
        ("$.list[?@.z > 5].k", "[]"),
        ("$.list[0,1].k", r#"["v","w"]"#),
        ("$.list[0:1].k", r#"["v"]"#),
        ("$.nothing[*]", "[]"),
        ("$ .s", "t\"x"),
    ];
    for (path, expected) in cases {
        let got = json_path(DOCUMENT.as_bytes(), path, false, None);
        assert_eq!(
            got.unwrap_or_else(|error| panic!("{path}: {error}")),
            expected,
            "{path}"
        );
    }
    assert_eq!(json_path(b"[1,2]", "$", false, None).unwrap(), "[1,2]");
    assert_eq!(json_path(b"\"x\" {", "$", false, None).unwrap(), "x");
}

#[test]
fn case_may_be_folded() {
    let cases = [
        ("$.mixed.CASE", "7"),
        ("$.MIXED", r#"{"Case":7}"#),
        ("$.LIST[*].K", r#"["v","w"]"#),
        ("$['OBJ']['A']", "<"),
        ("$.list[?@.Z == 1]", r#"[{"k":"v","z":1}]"#),
    ];
    for (path, expected) in cases {
        assert_eq!(
            json_path(DOCUMENT.as_bytes(), path, true, None).unwrap(),
            expected,
            "{path}"
        );
        assert_ne!(
            json_path(DOCUMENT.as_bytes(), path, false, None)
                .ok()
                .as_deref(),
            Some(expected)
        );
    }
    // The right spelling wins.
    assert_eq!(
        json_path(br#"{"a":1,"A":2}"#, "$.A", true, None).unwrap(),
        "2"
    );
    assert_eq!(
        json_path(br#"{"a":1,"A":2}"#, "$.a", true, None).unwrap(),
        "1"
    );
}

#[test]
fn json_paths_that_give_nothing() {
    let run = |text: &str, path: &str, absent| json_path(text.as_bytes(), path, false, absent);
    assert!(matches!(
        run(DOCUMENT, "$.missing", None),
        Err(JsonPathError::Nothing { .. })
    ));
    assert!(matches!(
        run(DOCUMENT, "$.missing", Some("")),
        Err(JsonPathError::Nothing { .. })
    ));
    assert!(matches!(
        run(DOCUMENT, "missing", None),
        Err(JsonPathError::Path { .. })
    ));
    assert!(matches!(
        run(DOCUMENT, "$..[", None),
        Err(JsonPathError::Path { .. })
    ));
    assert!(matches!(
        run("", "$", None),
        Err(JsonPathError::Document { .. })
    ));
    assert_eq!(run("", "$.x", Some("gone")).unwrap(), "gone");
    assert_eq!(run("null", "$.x", Some("gone")).unwrap(), "gone");
    assert_eq!(run("null", "$", None).unwrap(), "null");
    assert!(matches!(
        run("  ", "$", Some("gone")),
        Err(JsonPathError::Document { .. })
    ));
    assert!(matches!(
        run("<x>", "$", Some("gone")),
        Err(JsonPathError::Document { .. })
    ));
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    assert!(matches!(
        run(&deep, "$", None),
        Err(JsonPathError::Document { .. })
    ));
    let forged = r#"{"$serde_json::private::Number":"1"}"#;
    assert!(matches!(
        run(forged, "$", None),
        Err(JsonPathError::Document { .. })
    ));
}

#[test]
fn json_paths_have_a_budget() {
    let nested = (0..60).fold("[1,2,3]".to_owned(), |inner, _| {
        format!("[{inner},{}]", "0,".repeat(99) + "0")
    });
    let start = std::time::Instant::now();
    let result = json_path(nested.as_bytes(), "$..*..*..*..*", false, None);
    assert!(
        matches!(result, Err(JsonPathError::Budget { .. })),
        "{result:?}"
    );
    let result = json_path(nested.as_bytes(), "$..[?$..[0]]", false, None);
    assert!(
        matches!(result, Err(JsonPathError::Budget { .. })),
        "{result:?}"
    );
    assert!(start.elapsed().as_secs() < 5);
}

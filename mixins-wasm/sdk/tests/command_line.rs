//! Porter's shared command builder, case by case: `porter-compat/mixin-protocol.md` §13 and §24.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use porter_mixin_sdk::command_line::words::split;
use porter_mixin_sdk::command_line::{
    Dashes, FlagValue, Flags, IgnoreError, SortedFlags, StepOutput, take,
};
use porter_mixin_sdk::{Channel, Json, Output, Pattern, Source, Test, decode};

fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
    decode::from_json(&Json::parse(json).unwrap()).unwrap()
}

#[test]
fn words() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        ("a", &["a"]),
        ("a b", &["a", "b"]),
        ("a  b", &["a", "b"]),
        ("a\tb\nc", &["a", "b", "c"]),
        (" a", &["a"]),
        (r#""a b""#, &["a b"]),
        ("'a b'", &["a b"]),
        (r#"a "b c" d"#, &["a", "b c", "d"]),
        (r#""""#, &[""]),
        ("''", &[""]),
        (r"a\ b", &[r"a\ b"]),
        (r#""a b"#, &[r#""a b"#]),
        ("it's here", &["it's here"]),
        (r#""say \"hi\" now""#, &[r#"say \"hi\" now"#]),
        (r#"'a "b" c' d"#, &[r#"a "b" c"#, "d"]),
        (r#""a b""c d""#, &["a b", "c d"]),
        (r#"é "b c""#, &["é", "b c"]),
        (r#"'{"a": "b c"}'"#, &[r#"{"a": "b c"}"#]),
        // One blank is one empty argument.
        (" ", &[""]),
        // Defects of Porter, done right: nothing is lost, nothing is made up.
        (r#"a"b c""#, &[r#"a"b c""#]),
        (r#"ab"c d""#, &[r#"ab"c d""#]),
        ("a ", &["a"]),
        ("a  ", &["a"]),
        (r#"{"a":"b"}"#, &[r#"{"a":"b"}"#]),
        // A placeholder stays whole.
        ("a \u{fdd0}7\u{fdd1}b c", &["a", "\u{fdd0}7\u{fdd1}b", "c"]),
    ];
    for (text, expected) in cases {
        assert_eq!(split(text), *expected, "{text:?}");
    }
}

#[test]
fn flags() {
    let cases: &[(&str, &[&str])] = &[
        ("{}", &[]),
        ("null", &[]),
        (
            r#"{"alone": null, "blank": " ", "empty": "", "none": []}"#,
            &["--alone", "--blank", "", "--empty", "--none"],
        ),
        (
            r#"{"b":1,"B":2,"a":3,"9":4,"zeta":5,"Alpha":6,"_under":7,"é":8,"long.name":9}"#,
            &[
                "-9",
                "4",
                "--Alpha",
                "6",
                "-B",
                "2",
                "--_under",
                "7",
                "-a",
                "3",
                "-b",
                "1",
                "--long.name",
                "9",
                "--zeta",
                "5",
                "--é",
                "8",
            ],
        ),
        (
            r#"{"set": ["a=b", "c d", "'e f'"]}"#,
            &["--set", "a=b", "--set", "c", "d", "--set", "e f"],
        ),
        (
            r#"{"two words": "v", "q 'r s'": null}"#,
            &["--q", "r s", "--two", "words", "v"],
        ),
        (
            r#"{"n": 1.50, "big": 12345678901234567890123, "t": true, "e": 1e6, "z": -0}"#,
            &[
                "--big",
                "12345678901234567890123",
                "-e",
                "1e6",
                "-n",
                "1.50",
                "-t",
                "true",
                "-z",
                "-0",
            ],
        ),
        (
            "{\"k\": \"x\u{fdd0}3\u{fdd1}\"}",
            &["-k", "x\u{fdd0}3\u{fdd1}"],
        ),
    ];
    for (json, expected) in cases {
        assert_eq!(
            read::<Flags>(json).to_args(Dashes::Usual),
            *expected,
            "{json}"
        );
    }
}

#[test]
fn terraform_takes_a_single_dash() {
    let flags: Flags = read(r#"{"input": false, "v": null}"#);
    assert_eq!(flags.to_args(Dashes::Single), ["-input", "false", "-v"]);
}

#[test]
fn fixed_flags_sort_among_the_others() {
    let mut flags: Flags = read(r#"{"z": 1, "name": "n"}"#);
    flags.set("output", FlagValue::One("json".to_owned()));
    assert_eq!(
        flags.to_args(Dashes::Usual),
        ["--name", "n", "--output", "json", "-z", "1"]
    );
}

#[test]
fn flags_of_other_types_are_refused_at_their_place() {
    let cases = [
        (
            r#"{"c": [1, 2]}"#,
            "/c/0",
            "`c[0]` must be text, but is `1`; put it into quotes",
        ),
        (
            r#"{"set": ["a", null]}"#,
            "/set/1",
            "`set[1]` must be text, but is `null`; put it into quotes",
        ),
        (
            r#"{"m": {"a": 1}}"#,
            "/m",
            "`m` must be empty, text, a number, a boolean or a list of texts",
        ),
        (r#"["a"]"#, "", "the value must be a mapping, but is a list"),
    ];
    for (json, pointer, message) in cases {
        let error = decode::from_json::<Flags>(&Json::parse(json).unwrap()).unwrap_err();
        assert_eq!(
            (error.pointer().as_str(), error.to_string().as_str()),
            (pointer, message)
        );
    }
}

#[test]
fn ignored_errors_in_the_order_of_porter() {
    let ignore: IgnoreError = read(
        r#"{"output": {"regex": ["(", "x$"], "contains": ["already"]}, "exitCodes": [3, "4"], "all": true}"#,
    );
    let stderr = |value: &str| Pattern {
        channel: Channel::Stderr,
        value: value.to_owned(),
    };
    assert_eq!(
        ignore.tests(),
        [
            Test::Failed,
            Test::ExitCode(3),
            Test::ExitCode(4),
            Test::Contains(stderr("already")),
            Test::Matches(stderr("(")),
            Test::Matches(stderr("x$")),
        ]
    );
    assert_eq!(IgnoreError::default().tests(), []);
}

#[test]
fn outputs_in_the_order_of_porter() {
    let outputs: Vec<StepOutput> = read(
        r#"[{"name": "f", "path": "out.txt"}, {"name": "r", "regex": "a(b)"},
            {"name": "j", "jsonPath": "a.b"}, {"name": "k", "jsonPath": "$.k"}, {"name": "nothing"}]"#,
    );
    let path = |name: &str, path: &str| {
        let (path, absent) = (path.to_owned(), Some(String::new()));
        Output::new(
            name,
            Source::JsonPath {
                path,
                fold_case: false,
                absent,
            },
        )
    };
    assert_eq!(
        take(&outputs),
        [
            path("j", "$.a.b"),
            path("k", "$.k"),
            Output::regex("r", "a(b)"),
            Output::file("f", "out.txt")
        ]
    );
}

#[test]
fn json_paths_get_their_root() {
    for (written, expected) in [
        ("s", "$.s"),
        (".s", "$.s"),
        ("[0]", "$[0]"),
        ("$", "$"),
        ("$['a']", "$['a']"),
        ("{a}", "{a}"),
    ] {
        let output = StepOutput {
            name: "o".into(),
            json_path: written.into(),
            ..Default::default()
        };
        match &take(&[output])[..] {
            [
                Output {
                    take: Source::JsonPath { path, .. },
                    ..
                },
            ] => assert_eq!(path, expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_flag_of_the_mixin_sorts_among_those_of_the_author() {
    let flags: Flags = porter_mixin_sdk::decode::from_json(
        &porter_mixin_sdk::Json::parse(
            r#"{"a": 1, "o": "tsv", "output": "table", "query": "[].id"}"#,
        )
        .unwrap(),
    )
    .unwrap();
    assert_eq!(
        flags.to_args_with(Dashes::Usual, "output", "json"),
        [
            "-a", "1", "-o", "tsv", "--output", "table", "--output", "json", "--query", "[].id"
        ]
    );
    assert_eq!(
        Flags::default().to_args_with(Dashes::Usual, "output", "json"),
        ["--output", "json"]
    );
}

#[test]
fn flags_of_author_and_mixin_in_one_list() {
    let flags: Flags = read(r#"{"t": "b c", "Z": null, "x": ["1", ""], "e": []}"#);
    let sorted = SortedFlags::new(Dashes::Usual)
        .one("t", "a b")
        .optional("name", "")
        .optional("f", "it's")
        .switch("rm", true)
        .switch("d", false)
        .all(&flags);
    assert_eq!(
        sorted.into_args(),
        [
            "-Z", "-e", "-f", "it's", "--rm", "-t", "a b", "-t", "b", "c", "-x", "1", "-x"
        ]
    );
    assert_eq!(
        flags.to_unsplit_args(Dashes::Single),
        ["-Z", "-e", "-t", "b c", "-x", "1", "-x", ""]
    );
}

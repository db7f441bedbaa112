//! Masking: a table, and the promises that pieces do not matter and that no secret is left.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::sync::Arc;

use porter_runtime::mask::{Patterns, Stream, mask};
use proptest::prelude::*;

const M: &str = "*******";

fn patterns<S: AsRef<[u8]>>(secrets: &[S]) -> Arc<Patterns> {
    let mut patterns = Patterns::default();
    secrets
        .iter()
        .for_each(|secret| patterns.add(secret.as_ref()));
    Arc::new(patterns)
}

fn masked(secrets: &[&str], text: &str) -> String {
    String::from_utf8(mask(&patterns(secrets), text.as_bytes())).unwrap()
}

#[test]
fn what_is_masked() {
    let m = |text: &str| text.replace('#', M);
    let cases: &[(&[&str], &str, &str)] = &[
        (&[], "plain", "plain"),
        (&["secret"], "a secret, secret!", "a #, #!"),
        (&["secret"], "secretsecret", "##"),
        (&["secret"], "secresecret secre", "secre# secre"),
        // One inside another, and one over the end of another: nothing of either is left.
        (&["abc", "xabcdef"], "xabcdef abc xabcde", "# # x#de"),
        (&["abcd", "cdef"], "abcdef", "#"),
        (&["aaa"], "aaaaa", "#"),
        // Several lines: whole, and line by line where the lines are long enough.
        (
            &["BEGIN\nabcdef\nghijkl\nEND"],
            "BEGIN\nabcdef\nghijkl\nEND",
            "#",
        ),
        (
            &["BEGIN\nabcdef\nghijkl\nEND"],
            "  BEGIN\n  abcdef\n  ghijkl\n  END",
            "  BEGIN\n  #\n  #\n  END",
        ),
        // Blanks around a secret do not protect it.
        (&["secret\n"], "[secret]", "[#]"),
        (&["   "], "a   b", "a   b"),
        (&[""], "ab", "ab"),
        // The same text inside a JSON string.
        (&["a\"b\\c\nd"], r#"{"k":"a\"b\\c\nd"}"#, "{\"k\":\"#\"}"),
        // One and two characters only where they stand alone.
        (&["1"], "v1.21 <1> 1,1 11 1", "v1.21 <#> #,# 11 #"),
        (&["ab"], "ab xab abx (ab) ab", "# xab abx (#) #"),
        (&["**"], "<**> x**y", "<#> x**y"),
        (&["é"], "é xé é.", "# xé #."),
        (&["ab", "1"], "ab 1 ab1", "# # ab1"),
    ];
    for (secrets, text, expected) in cases {
        assert_eq!(
            masked(secrets, text),
            m(expected),
            "{secrets:?} in {text:?}"
        );
    }
}

#[test]
fn parts_of_structures_are_masked() {
    let mut patterns = Patterns::default();
    patterns.add_json(&serde_json::json!({"b": {"deep": "leaf-1"}, "a": [12345, true, null, ""]}));
    let patterns = Arc::new(patterns);
    let text = r#"leaf-1 12345 true null {"deep":"leaf-1"} {"a":[12345,true,null,""],"b":{"deep":"leaf-1"}} [] {}"#;
    let expected = format!("{M} {M} true null {M} {M} [] {{}}");
    assert_eq!(
        String::from_utf8(mask(&patterns, text.as_bytes())).unwrap(),
        expected
    );
}

#[test]
fn output_is_not_held_back_longer_than_needed() {
    let mut stream = Stream::new(patterns(&["password", "passport", "xy"]));
    let mut fed = |text: &str| {
        let mut out = Vec::new();
        stream.feed(text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(fed("hello"), "hello");
    assert_eq!(fed(" pass"), " ");
    assert_eq!(fed("age "), "passage ");
    assert_eq!(fed("passw"), "");
    assert_eq!(fed("ord"), M, "known as soon as it is complete");
    assert_eq!(fed("."), ".");
    assert_eq!(fed("x"), "");
    assert_eq!(fed("z x"), "xz ");
    assert_eq!(fed("y"), "", "the next character may belong to it");
    assert_eq!(fed(" "), format!("{M} "));
}

#[test]
fn a_long_secret_costs_no_more_than_its_length() {
    let secret = "0123456789abcdef".repeat(4096);
    let text = format!(
        "{}{secret}{}",
        "01234".repeat(1000),
        "0123456789abcde".repeat(1000)
    );
    let start = std::time::Instant::now();
    let result = masked(&[&secret], &text);
    assert_eq!(result, text.replace(&secret, M));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

/// Says for each byte whether it belongs to an occurrence, by looking at every place.
fn expected(secrets: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
    let word = |at: usize| {
        text.get(at)
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80)
    };
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for start in 0..text.len() {
        for secret in secrets
            .iter()
            .filter(|secret| text[start..].starts_with(secret))
        {
            let end = start + secret.len();
            let alone = !word(start.wrapping_sub(1)) && !word(end);
            if !secret.is_empty() && (secret.len() > 2 || alone) {
                spans.push((start, end));
            }
        }
    }
    spans.sort_unstable();
    let mut out = Vec::new();
    let (mut at, mut to) = (0, 0);
    for (start, end) in spans {
        if start < to {
            to = to.max(end);
            continue;
        }
        out.extend_from_slice(&text[at.max(to)..start]);
        out.extend_from_slice(M.as_bytes());
        (at, to) = (start, end);
    }
    out.extend_from_slice(&text[at.max(to)..]);
    out
}

fn in_pieces(patterns: &Arc<Patterns>, text: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut stream = Stream::new(patterns.clone());
    let mut out = Vec::new();
    let mut rest = text;
    for cut in cuts {
        let (piece, after) = rest.split_at((*cut).min(rest.len()));
        stream.feed(piece, &mut out);
        rest = after;
    }
    stream.feed(rest, &mut out);
    stream.finish(&mut out);
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    // A small alphabet, so that secrets overlap, contain each other and repeat themselves.
    #[test]
    fn any_pieces_give_the_same(
        secrets in prop::collection::vec("[abc]{1,6}", 0..5),
        text in "[abc .]{0,60}",
        cuts in prop::collection::vec(0usize..6, 0..30),
    ) {
        let patterns = patterns(&secrets);
        let bytes: Vec<Vec<u8>> = secrets.iter().map(|s| s.clone().into_bytes()).collect();
        let whole = mask(&patterns, text.as_bytes());
        prop_assert_eq!(&whole, &in_pieces(&patterns, text.as_bytes(), &cuts));
        let expected = expected(&bytes, text.as_bytes());
        prop_assert_eq!(String::from_utf8_lossy(&whole), String::from_utf8_lossy(&expected));
    }

    #[test]
    fn no_secret_survives(
        secrets in prop::collection::vec("[a-z0-9]{3,10}", 1..5),
        parts in prop::collection::vec(("[a-z0-9 \n]{0,12}", 0usize..5), 0..12),
        cuts in prop::collection::vec(0usize..9, 0..40),
    ) {
        let mut text = String::new();
        for (noise, index) in &parts {
            text.push_str(noise);
            text.push_str(&secrets[index % secrets.len()]);
        }
        let out = in_pieces(&patterns(&secrets), text.as_bytes(), &cuts);
        let out = String::from_utf8(out).unwrap();
        for secret in &secrets {
            prop_assert!(!out.contains(secret.as_str()), "{} in {:?}", secret, out);
        }
    }
}

//! The patterns of `.dockerignore`, against a table of what Docker makes of them and against a
//! second, slower reading of the rules.

use porter_docker::ignore::{Matches, PatternSet, read_ignore_file};
use proptest::prelude::*;

/// Patterns (separated by blanks), a path, and whether the path is matched.
const TABLE: &[(&str, &str, bool)] = &[
    // Plain names, and all that lies below them.
    ("docs", "docs", true),
    ("docs", "docs/a/b", true),
    ("docs", "docs2", false),
    ("docs", "a/docs", false),
    ("docs/", "docs/a", true),
    ("./docs", "docs", true),
    ("docs/../src", "src", true),
    ("abc.def", "abcdef", false),
    ("abc.def", "abcZdef", false),
    ("a.|)$(}+{bc", "a.|)$(}+{bc", true),
    ("a(b)c/def", "a(b)c/def", true),
    // One star stays inside a name.
    ("*", "a", true),
    ("*", "a/b/c", true),
    ("a/*.txt", "a/file.txt", true),
    ("a/*.txt", "a/dir/file.txt", false),
    ("*.go", "main.go", true),
    ("*.go", "cmd/main.go", false),
    (".*", ".git", true),
    (".*", "git", false),
    ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
    ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
    ("*/temp*", "x/temporary.txt", true),
    ("*/temp*", "x/y/temp", false),
    ("*x", "xxx", true),
    // Two stars cross folders.
    ("**", "a", true),
    ("**", "a/b", true),
    ("**/", "a/b", true),
    ("**/**", "a/b", true),
    ("dir/**", "dir", false),
    ("dir/**", "dir/a", true),
    ("dir/**", "dir/a/b", true),
    ("**/dir", "dir", true),
    ("**/dir", "x/y/dir", true),
    ("**/dir", "x/y/mydir", false),
    ("**/dir", "x/dir/file", true),
    ("**file", "dir/dir/file", true),
    ("**file", "dir/myfile", true),
    ("**/.foo", "bar.foo", false),
    ("**/foo/bar", "dir/foo/bar", true),
    ("**/dir2/*", "dir/dir2/file", true),
    ("**/dir2/**", "dir/dir2/dir3/file", true),
    ("**/*.txt", "file.txt", true),
    ("**/file*txt", "dir/dir/file.txt", true),
    ("**/**/*.txt", "dir/dir/file.txt", true),
    ("**/**/*.txt2", "dir/dir/file.txt", false),
    ("a**/*.txt", "a/dir/dir/file.txt", true),
    ("a/*.txt**", "a/file.txt", true),
    // Single characters and ranges.
    ("abc?def", "abcZdef", true),
    ("abc?def", "abcdef", false),
    ("abc?def", "abc/def", false),
    ("a?b", "a☺b", true),
    ("a???b", "a☺b", false),
    ("a[b-d]e", "ace", true),
    ("a[b-d]e", "aae", false),
    ("a[^b-d]e", "aze", true),
    ("a[^b-d]e", "ace", false),
    ("[a-ζ]*", "α", true),
    ("*[a-ζ]", "A", false),
    ("[\\]a]", "]", true),
    ("[x\\-]", "-", true),
    ("[x\\-]", "z", false),
    ("[\\-x]", "a", false),
    ("[a&&b]", "&", true),
    ("[a&&b]", "c", false),
    ("[a~~b]", "~", true),
    ("[[a]", "[", true),
    // A backslash takes the meaning away.
    ("a\\*b", "a*b", true),
    ("a\\*b", "axb", false),
    ("a\\\\", "a\\", true),
    ("\\d", "d", true),
    ("\\d", "7", false),
    // The last word counts.
    ("docs !docs/README.md", "docs/README.md", false),
    ("docs !docs/README.md", "docs/other.md", true),
    ("!docs/README.md docs", "docs/README.md", true),
    (
        "*.md !README*.md README-secret.md",
        "README-secret.md",
        true,
    ),
    ("*.md !README*.md README-secret.md", "README-1.md", false),
    ("** !util/docker/web", "util/docker/web/foo", false),
    (
        "** !util/docker/web util/docker/web/foo",
        "util/docker/web/foo",
        true,
    ),
    ("** !dist/*.whl", "dist/a-2.4.0+g08.whl", false),
    (
        "**/node_modules !a/node_modules/keep",
        "a/node_modules/keep/x",
        false,
    ),
    (
        "**/node_modules !a/node_modules/keep",
        "a/node_modules/drop",
        true,
    ),
];

const REFUSED: &[&str] = &[
    "!", "[", "[^", "[^bc", "a[", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "\\", "a/\\",
];

#[test]
fn the_table_holds() {
    for (patterns, path, expected) in TABLE {
        let patterns: Vec<&str> = patterns.split(' ').collect();
        let set = PatternSet::new(&patterns).unwrap();
        assert_eq!(set.matches(path), *expected, "{patterns:?} on `{path}`");
    }
}

#[test]
fn patterns_without_meaning_are_refused() {
    for pattern in REFUSED {
        assert!(
            PatternSet::new(&[pattern]).is_err(),
            "`{pattern}` was taken"
        );
    }
    let error = PatternSet::new(&["ok", "a["]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a[` is not a pattern: a `[` is not closed"
    );
}

#[test]
fn a_file_is_read_line_by_line() {
    let text = "\u{feff}# comment\n  # a name\n\n/root\n  a/./b/../c  \r\n! !\n!  /keep  \n!\ndocs/\n/\n*.md";
    assert_eq!(
        read_ignore_file(text),
        [
            "# a name", "root", "a/c", "!!", "!keep", "!", "docs", "/", "*.md"
        ]
    );
}

#[test]
fn a_huge_pattern_is_refused_not_compiled() {
    let pattern = "**/?".repeat(100_000);
    assert!(PatternSet::new(&[pattern]).is_err());
}

/// Whether the pattern matches the whole path, by trying every possibility.
fn slowly(pattern: &[char], path: &[char]) -> bool {
    match pattern {
        [] => path.is_empty(),
        ['*', '*', rest @ ..] => {
            let rest = rest.strip_prefix(&['/']).unwrap_or(rest);
            if rest.is_empty() {
                return true;
            }
            // Nothing, or anything that ends with a slash.
            slowly(rest, path)
                || path
                    .iter()
                    .enumerate()
                    .any(|(index, character)| *character == '/' && slowly(rest, &path[index + 1..]))
        }
        ['*', rest @ ..] => {
            slowly(rest, path)
                || matches!(path, [first, tail @ ..] if *first != '/' && slowly(pattern, tail))
        }
        ['?', rest @ ..] => {
            matches!(path, [first, tail @ ..] if *first != '/' && slowly(rest, tail))
        }
        [literal, rest @ ..] => {
            matches!(path, [first, tail @ ..] if first == literal && slowly(rest, tail))
        }
    }
}

/// The verdict of a list of patterns, as the documentation of Docker words it.
fn verdict(patterns: &[String], path: &str) -> bool {
    let ends = path
        .match_indices('/')
        .map(|(index, _)| index)
        .chain([path.len()]);
    let above: Vec<Vec<char>> = ends.map(|end| path[..end].chars().collect()).collect();
    let mut matched = false;
    for pattern in patterns {
        let (negative, text) = match pattern.strip_prefix('!') {
            Some(text) => (true, text),
            None => (false, pattern.as_str()),
        };
        let text: Vec<char> = text.chars().collect();
        if above.iter().any(|path| slowly(&text, path)) {
            matched = !negative;
        }
    }
    matched
}

/// A pattern whose `**` are whole names: elsewhere Docker reads them in ways of its own, which
/// are in the table.
fn pattern() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        3 => "[ab]{1,2}",
        2 => "[ab*?.]{1,3}".prop_filter("no `**`", |name| !name.contains("**") && name != "." && name != ".."),
        2 => Just("**".to_owned()),
    ];
    (any::<bool>(), prop::collection::vec(name, 1..4)).prop_map(|(negative, names)| {
        format!("{}{}", if negative { "!" } else { "" }, names.join("/"))
    })
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(
        "[ab.]{1,3}".prop_filter("a name", |name| name != "." && name != ".."),
        1..5,
    )
    .prop_map(|names| names.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn both_readings_agree(pattern in pattern(), path in path()) {
        let positive = pattern.trim_start_matches('!').to_owned();
        let set = PatternSet::new(std::slice::from_ref(&positive)).unwrap();
        prop_assert_eq!(set.matches(&path), verdict(&[positive], &path));
    }

    /// What is true of a folder is true below it, unless a pattern takes it back.
    #[test]
    fn folders_take_their_content_along(patterns in prop::collection::vec(pattern(), 1..4), path in path(), name in "[ab]{1,3}") {
        let patterns: Vec<String> =
            patterns.iter().map(|pattern| pattern.trim_start_matches('!').to_owned()).collect();
        let set = PatternSet::new(&patterns).unwrap();
        if set.matches(&path) {
            let below = format!("{path}/{name}");
            prop_assert!(set.matches(&below));
        }
    }

    /// Somebody who walks down the tree comes to the same verdict.
    #[test]
    fn walking_is_matching(patterns in prop::collection::vec(pattern(), 1..5), path in path()) {
        let set = PatternSet::new(&patterns).unwrap();
        let mut above = Matches::default();
        let mut matched = false;
        for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
            (matched, above) = set.matches_below(&path[..end], &above);
        }
        prop_assert_eq!(matched, set.matches(&path));
    }

    #[test]
    fn nothing_panics(text in ".{0,200}", path in ".{0,60}") {
        let patterns = read_ignore_file(&text);
        if let Ok(set) = PatternSet::new(&patterns) {
            let _ = set.matches(&path);
        }
    }
}

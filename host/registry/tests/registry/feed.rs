//! Atom feeds: Porter's rules, and documents that are none.

use porter_registry::feed::{Feed, FeedError, semantic};
use proptest::prelude::*;

fn entry(mixin: &str, version: &str, updated: &str, links: &str) -> String {
    format!(
        "<entry><id>x</id><category term=\"{mixin}\"/><category term=\"other\"/>\
         <content>{version}</content><updated>{updated}</updated>{links}</entry>"
    )
}

fn link(url: &str) -> String {
    format!("<link rel=\"download\" href=\"{url}\"/>")
}

fn feed(entries: &[String]) -> Feed {
    let text = format!(
        "<?xml version=\"1.0\"?><!-- c --><feed xmlns=\"http://www.w3.org/2005/Atom\" \
         xmlns:p=\"https://x\"><category term=\"x\"/>{}</feed>",
        entries.concat()
    );
    Feed::parse(text.as_bytes()).unwrap()
}

const DAY: &str = "2024-01-02T03:04:05Z";

#[test]
fn e98_latest_is_the_highest_release() {
    let versions = [
        "1.0.0",
        "v1.10.0",
        "1.9.0",
        "2.0.0-beta",
        "canary",
        "nonsense",
    ];
    let entries: Vec<_> = versions.map(|version| entry("x", version, DAY, "")).into();
    let found = feed(&entries);
    assert_eq!(found.find("x", "latest").unwrap().version, "v1.10.0");
    assert_eq!(found.find("x", "canary").unwrap().version, "canary");
    assert_eq!(found.find("x", "2.0.0-beta").unwrap().version, "2.0.0-beta");
    assert_eq!(
        found.find("x", "1.10.0"),
        None,
        "versions are not translated"
    );
    assert_eq!(found.find("y", "latest"), None);
    let literal = feed(&[entry("x", "9.0.0", DAY, ""), entry("x", "latest", DAY, "")]);
    assert_eq!(literal.find("x", "latest").unwrap().version, "latest");
    let none = feed(&[entry("x", "1.0.0-rc.1", DAY, "")]);
    assert_eq!(none.find("x", "latest"), None);
}

#[test]
fn files_are_found_by_their_names() {
    let links = [
        "https://h/x-linux-amd64",
        "https://h/v1/x-darwin-amd64",
        "https://h/y.wasm",
        "https://h/v1/x.wasm?a=b#c",
    ];
    let links: String = links.map(link).concat();
    let other = "<link rel=\"self\" href=\"https://h/x-windows-amd64\"/>";
    let found = feed(&[entry("x", "1.0.0", DAY, &(links + other))]);
    let entry = found.find("x", "1.0.0").unwrap();
    assert_eq!(entry.component().unwrap().url, "https://h/v1/x.wasm?a=b#c");
    assert_eq!(
        entry.native("linux", "amd64").unwrap().url,
        "https://h/x-linux-amd64"
    );
    assert_eq!(
        entry.native("darwin", "arm64").unwrap().url,
        "https://h/v1/x-darwin-amd64"
    );
    assert_eq!(entry.native("linux", "arm64"), None);
    assert_eq!(entry.native("windows", "amd64"), None);
}

#[test]
fn the_newer_of_two_counts_and_what_is_incomplete_is_left_out() {
    let found = feed(&[
        entry(
            "x",
            "1.0.0",
            "2024-01-01T00:00:00Z",
            &link("https://h/old/x.wasm"),
        ),
        entry(
            "x",
            "1.0.0",
            "2024-01-01T00:00:01Z",
            &link("https://h/new/x.wasm"),
        ),
        entry(
            "x",
            "1.0.0",
            "2023-01-01T00:00:00+01:00",
            &link("https://h/older/x.wasm"),
        ),
        entry("x", "", DAY, ""),
        "<entry><content>1</content></entry>".to_owned(),
        entry("y", "1.0.0", "yesterday", &link("https://h/y.wasm")),
    ]);
    assert_eq!(found.entries.len(), 2);
    let entry = found.find("x", "1.0.0").unwrap();
    assert_eq!(entry.component().unwrap().url, "https://h/new/x.wasm");
    assert_eq!(found.find("y", "1.0.0").unwrap().files, []);
}

#[test]
fn text_is_read_as_xml_writes_it() {
    let found = feed(&[entry(
        "x&amp;&#121;",
        "<![CDATA[1.0]]>.&#48;",
        DAY,
        "<link p:digest='sha256:ab' rel='download' href='https://h/?a=1&amp;b=2'></link>",
    )]);
    let entry = &found.entries[0];
    assert_eq!(
        (entry.mixin.as_str(), entry.version.as_str()),
        ("x&y", "1.0.0")
    );
    assert_eq!(entry.files[0].url, "https://h/?a=1&b=2");
    assert_eq!(entry.files[0].digest.as_deref(), Some("sha256:ab"));
}

#[test]
fn what_is_no_feed_is_refused() {
    let deep = format!("<feed>{}", "<a>".repeat(100_000));
    let wide = format!("<feed>{}</feed>", "<a/>".repeat(200_000));
    for text in [
        "",
        "  ",
        "{}",
        "<feed>",
        "<feed></entry></feed>",
        "<feed",
        &deep,
        &wide,
    ] {
        assert!(Feed::parse(text.as_bytes()).is_err(), "{:.50}", text);
    }
    let html = Feed::parse(b"<html><body>not found</body></html>");
    assert!(matches!(html, Err(FeedError::Root(name)) if name == "html"));
}

#[test]
fn entities_of_a_document_type_are_not_expanded() {
    let text = "<!DOCTYPE feed [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">\
                <!ENTITY f SYSTEM \"file:///etc/passwd\">]>\
                <feed><entry><category term=\"x\"/><content>1&b;&f;</content></entry></feed>";
    let found = Feed::parse(text.as_bytes()).unwrap();
    assert_eq!(found.entries[0].version, "1");
}

#[test]
fn versions_may_lack_numbers() {
    for (text, expected) in [
        ("v1", "1.0.0"),
        ("1.2", "1.2.0"),
        ("v1.2.3-a+b", "1.2.3-a+b"),
    ] {
        assert_eq!(semantic(text).unwrap().to_string(), expected);
    }
    for text in ["", "v", "1.2.3.4", "canary", "1..2"] {
        assert_eq!(semantic(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_fail_otherwise(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Feed::parse(&bytes);
    }

    #[test]
    fn no_markup_makes_it_fail_otherwise(text in "(<feed>)?(<entry>|</entry>|<content>|</content>|<link rel=\"download\" href=\"a\"/>|<category term='x'/>|&[a-z]{1,3};|[<>&\"'a-z]){0,30}(</feed>)?") {
        let _ = Feed::parse(text.as_bytes());
    }
}

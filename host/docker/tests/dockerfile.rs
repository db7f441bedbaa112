//! What is rendered, built by a real engine: texts arrive byte for byte, downloads are verified.
//! Nothing here needs a network: `curl` is a stand-in that copies from a folder.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod common;
#[path = "../../dockerfile/tests/dockerfile/instructions.rs"]
mod instructions;

use std::collections::BTreeMap;

use porter_cnab::ports::{BuildEvent, ImageBuild};
use porter_dockerfile::{MixinInstructions, RenderOptions, TemplateSource, render, render_lines};

use common::{ImageFile, Site};

const BASE: &str = r#"FROM debian:stable-slim AS base
RUN : porter-test; mkdir -p /srv /tmp/t/tool; echo tool > /tmp/t/tool/tool; chmod 755 /tmp/t/tool/tool; \
    tar czf /srv/tool.tgz -C /tmp/t tool; cd /srv; echo key > key.gpg; \
    echo '-----BEGIN PGP PUBLIC KEY BLOCK-----' > key.asc; \
    sha256sum key.gpg tool.tgz > sums; printf %s "$(sha256sum < tool.tgz | cut -d' ' -f1)" > bare; \
    echo 0000000000000000000000000000000000000000000000000000000000000000 tool.tgz > bad
COPY --chmod=755 <<"CURL" /usr/bin/curl
#!/bin/sh
previous=
for word do
  case $previous in --output) out=$word ;; --url) url=$word ;; esac
  previous=$word
done
cp "/srv/${url##*/}" "$out"
CURL
COPY <<"END" /etc/ssl/certs/ca-certificates.crt
END
USER nobody
FROM base
# PORTER_INIT
"#;

struct Result {
    site: Site,
    built: std::result::Result<BTreeMap<String, ImageFile>, String>,
}

/// Who writes the Dockerfile around what mixins want.
#[derive(Debug, Clone, Copy)]
enum Writer {
    /// Porter as it is here.
    Ours,
    /// The one that calls mixins as programs and puts their lines into its template.
    Theirs,
}

async fn build(writer: Writer, mixins: &str) -> Result {
    // The init block needs root, as under Porter.
    let template = BASE.replace("# PORTER_INIT", "USER root\n# PORTER_INIT");
    let text = format!(r#"[{{"mixin": "m", "instructions": {mixins}}}]"#);
    let mixin = &instructions::read(&text)[0];
    let given = MixinInstructions {
        mixin: &mixin.name,
        instructions: &mixin.instructions,
    };
    let options = RenderOptions::default();
    let dockerfile = match writer {
        Writer::Ours => {
            let source = TemplateSource::Custom(template.as_bytes());
            render(source, &[given], &options).unwrap()
        }
        Writer::Theirs => {
            let template = template + &render_lines(&given, &options).unwrap();
            render(TemplateSource::Custom(template.as_bytes()), &[], &options).unwrap()
        }
    };
    let site = Site::new().await;
    site.write("terra/[a]*d/x$y", "copied");
    site.write("q ' q", "copied");
    let request = ImageBuild {
        build_args: BTreeMap::from([("BUNDLE_DIR".to_owned(), "/cnab/app".to_owned())]),
        ..site.request(&dockerfile)
    };
    let built = match site.try_build(&request).await {
        Ok(image) => Ok(site.files(&image).await),
        Err(error) => Err(error.to_string()),
    };
    Result { site, built }
}

#[tokio::test]
async fn texts_of_mixins_arrive_byte_for_byte() {
    for writer in [Writer::Ours, Writer::Theirs] {
        arrive_byte_for_byte(writer).await;
    }
}

async fn arrive_byte_for_byte(writer: Writer) {
    let result = build(
        writer,
        r#"[
        {"env": {"name": "A", "value": "v \"q\" $HOME \\ 'x' `t` \\"}},
        {"file": {"to": "/etc/plain", "content": "a\n\tb $A \\\nPORTER\n# x\n", "mode": "0640"}},
        {"file": {"to": "exact", "content": "no end \u001b\r\nx", "mode": "0600"}},
        {"file": {"to": "/etc/sp ace $A", "content": ""}},
        {"copy": {"source": "terra/[a]*d", "to": "terra/"}},
        {"copy": {"source": "q ' q", "to": "/opt/o'q $A\\"}},
        {"run": {"commands": [
            ["sh", "-c", "printf '%s|' \"$@\" > /etc/args", "sh", "a b", "$A", "\"x\"\n\\", "*"],
            ["sh", "-c", "printf %s \"$A\" > /etc/env; printf %s \"$PATH\" > /etc/path; id -un > /etc/who"]]}},
        {"run": {"commands": [["sh", "-c", "id -un > mine; pwd >> mine; echo $HOME >> mine"]], "dir": "work/x", "user": "bundle"}},
        {"path": "/p$q"},
        {"run": {"commands": [["sh", "-c", "printf %s \"$PATH\" > /etc/path"]]}}
    ]"#,
    )
    .await;
    let files = result.built.unwrap();
    let content = |path: &str| files[path].content.as_str();
    assert_eq!(content("etc/plain"), "a\n\tb $A \\\nPORTER\n# x\n");
    assert_eq!(
        (files["etc/plain"].mode, files["etc/plain"].owner),
        (0o640, (0, 0))
    );
    assert_eq!(content("cnab/app/exact"), "no end \u{1b}\r\nx");
    let exact = &files["cnab/app/exact"];
    assert_eq!((exact.mode, exact.owner), (0o600, (65532, 0)));
    assert_eq!(content("etc/sp ace $A"), "");
    assert_eq!(content("cnab/app/terra/x$y"), "copied");
    assert_eq!(content("opt/o'q $A\\"), "copied");
    assert_eq!(content("etc/args"), "a b|$A|\"x\"\n\\|*|");
    assert_eq!(content("etc/env"), "v \"q\" $HOME \\ 'x' `t` \\");
    assert_eq!(content("etc/who"), "root\n");
    assert!(
        content("etc/path").ends_with("/bin:/p$q"),
        "{}",
        content("etc/path")
    );
    assert_eq!(
        content("cnab/app/work/x/mine"),
        "nonroot\n/cnab/app/work/x\n/home/nonroot\n"
    );
    drop(result.site);
}

#[tokio::test]
async fn downloads_are_verified_unpacked_and_placed() {
    for writer in [Writer::Ours, Writer::Theirs] {
        are_verified_unpacked_and_placed(writer).await;
    }
}

async fn are_verified_unpacked_and_placed(writer: Writer) {
    let entry = |url: &str, more: &str| {
        format!(r#""entries": [{{"platform": "linux/amd64", "url": "https://h/{url}"{more}}}]"#)
    };
    let tool = |check: &str| entry("tool.tgz", &format!(r#", "member": "tool/tool"{check}"#));
    let mixins = format!(
        r#"[
        {{"download": {{"to": "/usr/bin/one", "mode": "0711", "archive": "tar-gz", {}}}}},
        {{"download": {{"to": "/usr/bin/two", "mode": "0755", "archive": "tar-gz", {}}}}},
        {{"download": {{"to": "/opt/it's", "mode": "0755", "archive": "tar-gz", {}}}}},
        {{"download": {{"to": "plain", "mode": "0600", {}}}}},
        {{"packages": {{"sources": [
            {{"uri": "https://deb/", "suite": "{{codename}}-x", "components": ["main", "b"], "key": {{"url": "https://h/key.asc"}}}},
            {{"uri": "https://flat/", "suite": "./", "components": [], "key": {{"url": "https://h/key.gpg", "sums": "https://h/sums"}}}}]}}}}
    ]"#,
        tool(r#", "sums": "https://h/sums""#),
        tool(r#", "sums": "https://h/bare""#),
        entry("tool.tgz", r#", "member": "tool""#),
        entry("key.gpg", ""),
    );
    let result = build(writer, &mixins).await;
    let files = result.built.unwrap();
    for (path, mode, owner, content) in [
        ("usr/bin/one", 0o711, 0, "tool\n"),
        ("usr/bin/two", 0o755, 0, "tool\n"),
        ("opt/it's/tool", 0o755, 0, "tool\n"),
        ("cnab/app/plain", 0o600, 65532, "key\n"),
        ("etc/apt/keyrings/porter-2.gpg", 0o644, 0, "key\n"),
    ] {
        let file = &files[path];
        assert_eq!(
            (file.mode, file.owner.0, &*file.content),
            (mode, owner, content),
            "{path}"
        );
    }
    let sources = &files["etc/apt/sources.list.d/porter-1.sources"].content;
    let release = &files["usr/lib/os-release"].content;
    let codename = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .unwrap();
    assert_eq!(
        *sources,
        format!(
            "Types: deb\nURIs: https://deb/\nSuites: {codename}-x\n\
             Signed-By: /etc/apt/keyrings/porter-1.asc\nComponents: main b\n"
        )
    );
    let flat = &files["etc/apt/sources.list.d/porter-2.sources"].content;
    assert!(
        flat.ends_with("Suites: ./\nSigned-By: /etc/apt/keyrings/porter-2.gpg\n"),
        "{flat}"
    );
    for path in ["porter", "porter/out", "tmp/porter-fetch"] {
        assert!(!files.contains_key(path), "{writer:?} leaves {path}");
    }
    drop(result.site);
}

#[tokio::test]
async fn a_wrong_checksum_or_member_stops_the_build() {
    for writer in [Writer::Ours, Writer::Theirs] {
        stops_the_build(writer).await;
    }
}

async fn stops_the_build(writer: Writer) {
    let zeros = "0".repeat(64);
    for (entry, expected) in [
        (
            format!(r#""url": "https://h/tool.tgz", "sha256": "{zeros}""#),
            "the checksum of https://h/tool.tgz is wrong",
        ),
        (
            r#""url": "https://h/tool.tgz", "sums": "https://h/bad""#.to_owned(),
            "the checksum of https://h/tool.tgz is wrong",
        ),
        (
            r#""url": "https://h/bare", "sums": "https://h/sums""#.to_owned(),
            "https://h/sums has no checksum for bare",
        ),
        (
            r#""url": "https://h/tool.tgz", "member": "nothing""#.to_owned(),
            "https://h/tool.tgz holds no nothing",
        ),
    ] {
        let mixins = format!(
            r#"[{{"download": {{"to": "/x", "archive": "tar-gz", "entries": [{{"platform": "linux/amd64", {entry}}}]}}}}]"#
        );
        let result = build(writer, &mixins).await;
        assert!(result.built.is_err(), "{expected}");
        let said = |event: &BuildEvent| match event {
            BuildEvent::Log { bytes, .. } => String::from_utf8_lossy(bytes).contains(expected),
            _ => false,
        };
        assert!(result.site.events.any(said), "{expected}");
    }
}

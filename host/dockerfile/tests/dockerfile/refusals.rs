//! What mixins must not say, each with the sentence that the author reads.

use porter_dockerfile::{MixinInstructions, RenderOptions, TemplateSource, render};

use crate::instructions;

fn refusal(instruction: &str) -> String {
    let text = format!(r#"[{{"mixin": "m", "instructions": [{{"path": "/x"}}, {instruction}]}}]"#);
    let mixin = &instructions::read(&text)[0];
    let given = MixinInstructions {
        mixin: &mixin.name,
        instructions: &mixin.instructions,
    };
    match render(TemplateSource::BuiltIn, &[given], &RenderOptions::default()) {
        Ok(text) => panic!("{instruction} is written:\n{text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn refused_instructions() {
    let long = "x".repeat(60_000);
    let sha = "a".repeat(64);
    let download = |url: &str, more: &str| {
        format!(
            r#"{{"download": {{"to": "/x", "entries": [{{"platform": "linux/amd64", "url": "{url}"{more}}}]}}}}"#
        )
    };
    let source = |uri: &str, suite: &str, component: &str| {
        format!(
            r#"{{"packages": {{"sources": [{{"uri": "{uri}", "suite": "{suite}", "components": ["{component}"], "key": {{"url": "https://h/k"}}}}]}}}}"#
        )
    };
    let cases: Vec<(String, &str)> = vec![
        (r#"{"env": {"name": "A", "value": "a\nb"}}"#.into(), "value \"a\\nb\" holds"),
        (r#"{"env": {"name": "A", "value": "\u001b[0m"}}"#.into(), "(`env`) of mixin `m`: value"),
        (r#"{"env": {"name": "A B", "value": ""}}"#.into(), "\"A B\" cannot be set"),
        (r#"{"env": {"name": "BUNDLE_UID", "value": "0"}}"#.into(), "\"BUNDLE_UID\" cannot be set"),
        (r#"{"env": {"name": "PORTER_HOME", "value": "/x"}}"#.into(), "\"PORTER_HOME\" cannot be set"),
        (r#"{"env": {"name": "CNAB_X_MIXIN_USER_AGENT_OPT_OUT", "value": ""}}"#.into(), "cannot be set"),
        (r#"{"env": {"name": "", "value": "0"}}"#.into(), "\"\" cannot be set"),
        (format!(r#"{{"env": {{"name": "A", "value": "{long}"}}}}"#), "a line of 60008 bytes"),
        (r#"{"path": "a:b"}"#.into(), "path \"a:b\""),
        (r#"{"path": ""}"#.into(), "path is empty"),
        (r#"{"path": "../x"}"#.into(), "path \"../x\" leaves"),
        (r#"{"file": {"to": "/a/../b", "content": ""}}"#.into(), "target \"/a/../b\" leaves"),
        (r#"{"file": {"to": "/a/", "content": ""}}"#.into(), "target \"/a/\""),
        (r#"{"file": {"to": "", "content": ""}}"#.into(), "target is empty"),
        (r#"{"file": {"to": "/a\nb", "content": ""}}"#.into(), "target \"/a\\nb\" holds"),
        (r#"{"file": {"to": "run", "content": ""}}"#.into(), "\"run\" belongs to porter"),
        (r#"{"file": {"to": "/cnab/bundle.json", "content": ""}}"#.into(), "belongs to porter"),
        (r#"{"file": {"to": "/a", "content": "\u0000"}}"#.into(), "content"),
        (r#"{"file": {"to": "/a", "content": "", "mode": "4755"}}"#.into(), "mode 4755"),
        (r#"{"copy": {"source": "/etc/passwd", "to": "x"}}"#.into(), "source \"/etc/passwd\""),
        (r#"{"copy": {"source": "a/../../b", "to": "x"}}"#.into(), "source"),
        (r#"{"copy": {"source": "a\\b", "to": "x"}}"#.into(), "source"),
        (r#"{"copy": {"source": "./.cnab/app", "to": "x"}}"#.into(), "belongs to porter"),
        (r#"{"copy": {"source": "a", "to": "mixins/exec.wasm"}}"#.into(), "belongs to porter"),
        (r#"{"run": {"commands": [[]]}}"#.into(), "command is empty"),
        (r#"{"run": {"commands": [["-x"]]}}"#.into(), "\"-x\" cannot be the program"),
        (r#"{"run": {"commands": [["a", "\r"]]}}"#.into(), "argument \"\\r\" holds"),
        (r#"{"run": {"commands": [["a"]], "dir": "../x"}}"#.into(), "directory \"../x\""),
        (format!(r#"{{"run": {{"commands": [["a", "{long}"]]}}}}"#), "makes a line of"),
        (r#"{"packages": {"names": ["jq-"]}}"#.into(), "\"jq-\" is not the name of a package"),
        (r#"{"packages": {"names": ["-o=x"]}}"#.into(), "is not the name of a package"),
        (r#"{"packages": {"names": ["jq; id"]}}"#.into(), "is not the name of a package"),
        (r#"{"packages": {"names": ["jq=1 2"]}}"#.into(), "is not the version of a package"),
        (r#"{"packages": {"names": ["jq=1", "jq=2"]}}"#.into(), "`2`, but mixin `m` wants `1`"),
        (source("https://h/ x", "s", "c"), "address \"https://h/ x\""),
        (source("https://h/", "s\\nTypes: deb", "c"), "suite"),
        (source("https://h/", "s", "c d"), "component \"c d\""),
        (source("https://h/", "flat/", "c"), "components \"c\""),
        (download("ftp://h/x", ""), "\"ftp://h/x\" is not an address"),
        (download("http://h/x", ""), "\"http://h/x\" is not an address"),
        (download("https://u:p@h/x", ""), "is not an address"),
        (download("https:///x", ""), "is not an address"),
        (download("https://h/$HOME", ""), "is not an address"),
        (download("https://h/x", r#", "sha256": "AB""#), "\"AB\" is not a sha256 checksum"),
        (download("https://h/x", r#", "sha512": "ab""#), "\"ab\" is not a sha512 checksum"),
        (download("https://h/x", r#", "sums": "http://h/s""#), "\"http://h/s\" is not an address"),
        (
            format!(
                r#"{{"download": {{"to": "/x", "archive": "zip", "entries": [{{"platform": "linux/amd64", "url": "http://h/x", "sha256": "{sha}", "member": "../x"}}]}}}}"#
            ),
            "member \"../x\"",
        ),
        (
            r#"{"download": {"to": "/x", "entries": [{"platform": "linux/arm64", "url": "https://h/x"}]}}"#.into(),
            "there is no download for platform `linux/amd64`",
        ),
    ];
    for (instruction, expected) in cases {
        let refusal = refusal(&instruction);
        assert!(refusal.starts_with("build instruction 2 (`"), "{refusal}");
        assert!(refusal.contains(expected), "{expected}: {refusal}");
        assert!(!refusal.contains(char::is_control), "{refusal:?}");
    }
}

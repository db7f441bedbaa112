//! Downloads from elsewhere.

use porter_dockerfile::{Mirrors, MixinInstructions, RenderOptions, TemplateSource, render};
use porter_mixin::Instruction;
use porter_mixin::instruction::{
    AptSource, Archive, Checksum, Download, DownloadEntry, Packages, Remote, Target,
};

fn tool() -> Vec<Instruction> {
    let key = Remote {
        url: "https://packages.example.com/key.asc".to_owned(),
        checksum: Checksum::None,
    };
    vec![
        Instruction::Download(Download {
            entries: vec![DownloadEntry {
                platform: "linux/amd64".to_owned(),
                source: Remote {
                    url: "https://dl.example.com/v1/tool".to_owned(),
                    checksum: Checksum::Sums("https://dl.example.com/v1/SUMS".to_owned()),
                },
                member: String::new(),
            }],
            archive: Archive::None,
            to: Target {
                path: "/usr/local/bin/tool".to_owned(),
                mode: 0o755,
            },
        }),
        Instruction::Packages(Packages {
            names: Vec::new(),
            sources: vec![AptSource {
                uri: "https://packages.example.com/apt".to_owned(),
                suite: "stable".to_owned(),
                components: vec!["main".to_owned()],
                key,
            }],
        }),
    ]
}

fn rendered(mirrors: &[&str]) -> String {
    let options = RenderOptions {
        mirrors: Mirrors::parse(mirrors).unwrap(),
        ..RenderOptions::default()
    };
    let instructions = tool();
    let mixins = [MixinInstructions {
        mixin: "tool",
        instructions: &instructions,
    }];
    let text = render(TemplateSource::BuiltIn, &mixins, &options).unwrap();
    text.lines()
        .filter(|line| line.contains("/porter/fetch\", \""))
        .filter(|line| !line.contains("\"tools\""))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn without_mirrors_everything_comes_from_the_vendor_by_https() {
    assert_eq!(
        rendered(&[]),
        r#"RUN ["/bin/sh", "/porter/fetch", "source", "1", "https", "https://packages.example.com/key.asc", "none", "", "https://packages.example.com/apt", "stable", "main"]
RUN ["/bin/sh", "/porter/fetch", "download", "https", "https://dl.example.com/v1/tool", "sums", "https://dl.example.com/v1/SUMS", "none", "", "0755"]"#
    );
}

#[test]
fn the_longest_beginning_counts_for_files_checksums_keys_and_repositories() {
    let mirrors = [
        "https://dl.example.com/=http://10.0.0.1:8000/dl/",
        "https://dl.example.com/v1/SUMS=https://trusted.example.com/SUMS",
        "https://packages.example.com/=https://apt.example.org/",
    ];
    assert_eq!(
        rendered(&mirrors),
        r#"RUN ["/bin/sh", "/porter/fetch", "source", "1", "https", "https://apt.example.org/key.asc", "none", "", "https://apt.example.org/apt", "stable", "main"]
RUN ["/bin/sh", "/porter/fetch", "download", "http,https", "http://10.0.0.1:8000/dl/v1/tool", "sums", "https://trusted.example.com/SUMS", "none", "", "0755"]"#
    );
}

#[test]
fn a_mirror_of_a_mirror_is_not_looked_up() {
    let mirrors = [
        "https://dl.example.com/=https://b.example.com/",
        "https://b.example.com/=https://c.example.com/",
    ];
    assert!(rendered(&mirrors).contains("https://b.example.com/v1/tool"));
}

#[test]
fn what_is_no_mirror_is_refused() {
    for text in [
        "",
        "https://a.example.com/",
        "=https://a.example.com/",
        "ftp://a/=https://b/",
        "https://a/=https://user:password@b/",
        "https://a/=https://b/$(x)",
    ] {
        let error = Mirrors::parse(&[text]).unwrap_err().to_string();
        assert!(error.contains("is not a mirror; write"), "{error}");
    }
}

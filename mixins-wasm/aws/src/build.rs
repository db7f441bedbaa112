//! The AWS CLI in the image.

use porter_mixin_sdk::{Archive, Checksum, Download, DownloadEntry, Instruction, Packages};
use porter_mixin_sdk::{Remote, Run, Target};

/// Where the CLI goes: it is a directory of its own, the programs are links into it.
const HOME: &str = "/usr/local/aws-cli";

/// The newest AWS CLI of version 2, and what it needs to show help.
pub(crate) fn instructions() -> Vec<Instruction> {
    vec![
        Instruction::Packages(Packages::named(&["libc6", "less", "groff"])),
        Instruction::Download(Download {
            entries: vec![
                entry("linux/amd64", "x86_64"),
                entry("linux/arm64", "aarch64"),
            ],
            archive: Archive::Zip,
            to: Target {
                path: HOME.to_owned(),
                mode: 0o755,
            },
        }),
        Instruction::Run(links()),
    ]
}

/// AWS publishes a PGP signature of the archive, but no checksum of it.
fn entry(platform: &str, machine: &str) -> DownloadEntry {
    DownloadEntry {
        platform: platform.to_owned(),
        source: Remote {
            url: format!("https://awscli.amazonaws.com/awscli-exe-linux-{machine}.zip"),
            checksum: Checksum::None,
        },
        member: "aws/dist".to_owned(),
    }
}

/// What the archive's own `install` would do after copying, without keeping the archive.
fn links() -> Run {
    let mut run = Run::command(&["ln", "-sf", "/usr/local/aws-cli/aws", "/usr/local/bin/aws"]);
    let completer = [
        "ln",
        "-sf",
        "/usr/local/aws-cli/aws_completer",
        "/usr/local/bin/aws_completer",
    ];
    run.commands.push(completer.map(str::to_owned).to_vec());
    run
}

//! The instructions for an image.

use porter_mixin::Instruction;
use porter_mixin::instruction::{
    AptPackage, AptSource, Archive, Checksum, Download, DownloadEntry, Packages, Remote, Run, User,
};
use serde_json::json;

use crate::mixins::Json;
use porter_mixin::document::{Members, target, texts};

/// The instructions for an image, in order.
pub(crate) fn instructions(instructions: &[Instruction]) -> Json {
    instructions.iter().map(instruction).collect()
}

fn instruction(instruction: &Instruction) -> Json {
    match instruction {
        Instruction::Packages(packages) => packages_of(packages),
        Instruction::Download(download) => json!({ "download": download_of(download) }),
        Instruction::File(file) => {
            let file = target(&file.to).set("content", file.content.as_str());
            json!({ "file": file.finish() })
        }
        Instruction::Copy { source, to } => json!({ "copy": { "source": source, "to": to } }),
        Instruction::Env { name, value } => json!({ "env": format!("{name}={value}") }),
        Instruction::Path(path) => json!({ "path": path }),
        Instruction::Run(run) => run_of(run),
    }
}

fn packages_of(packages: &Packages) -> Json {
    let name = |package: &AptPackage| match &package.version {
        Some(version) => Json::from(format!("{}={version}", package.name)),
        None => Json::from(package.name.as_str()),
    };
    let names: Vec<Json> = packages.names.iter().map(name).collect();
    Members::default()
        .set("packages", names)
        .set_list("sources", packages.sources.iter().map(source).collect())
        .finish()
}

fn source(source: &AptSource) -> Json {
    json!({
        "uri": source.uri,
        "suite": source.suite,
        "components": source.components,
        "key": remote(&source.key).finish(),
    })
}

/// `url`, and `sha256` or `sums` where something verifies it.
fn remote(remote: &Remote) -> Members {
    let members = Members::default().set("url", remote.url.as_str());
    match &remote.checksum {
        Checksum::None => members,
        Checksum::Sha256(digest) => members.set("sha256", digest.as_str()),
        Checksum::Sha512(digest) => members.set("sha512", digest.as_str()),
        Checksum::Sums(url) => members.set("sums", url.as_str()),
    }
}

fn download_of(download: &Download) -> Json {
    let archive = match download.archive {
        Archive::None => None,
        Archive::TarGz => Some("tar.gz"),
        Archive::TarXz => Some("tar.xz"),
        Archive::Zip => Some("zip"),
    };
    let entry = |entry: &DownloadEntry| {
        remote(&entry.source)
            .set("platform", entry.platform.as_str())
            .set_text("member", &entry.member)
            .finish()
    };
    let entries: Vec<Json> = download.entries.iter().map(entry).collect();
    Members::default()
        .set("entries", entries)
        .set_some("archive", archive)
        .set("to", target(&download.to).finish())
        .finish()
}

fn run_of(run: &Run) -> Json {
    let commands: Vec<Json> = run
        .commands
        .iter()
        .map(|command| Json::Array(texts(command)))
        .collect();
    let user = match run.user {
        User::Root => None,
        User::Bundle => Some("bundle"),
    };
    Members::default()
        .set("run", commands)
        .set_text("dir", &run.dir)
        .set_some("user", user)
        .set_true("network", run.network)
        .finish()
}

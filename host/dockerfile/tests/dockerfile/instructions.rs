//! Instructions of mixins, read from the `mixins.json` of a golden folder.

use porter_mixin::Instruction;
use porter_mixin::instruction::{
    AptPackage, AptSource, Archive, Checksum, Download, DownloadEntry, File, Packages, Remote, Run,
    Target, User,
};
use serde_json::Value;

/// One mixin of a golden folder.
pub(crate) struct Mixin {
    pub(crate) name: String,
    pub(crate) instructions: Vec<Instruction>,
}

/// All mixins, in order.
pub(crate) fn read(text: &str) -> Vec<Mixin> {
    let document: Value = serde_json::from_str(text).unwrap();
    list(&document, |mixin| Mixin {
        name: string(&mixin["mixin"]),
        instructions: list(&mixin["instructions"], instruction),
    })
}

fn instruction(value: &Value) -> Instruction {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "packages" => Instruction::Packages(Packages {
            names: list(&value["names"], package),
            sources: list(&value["sources"], source),
        }),
        "download" => Instruction::Download(Download {
            entries: list(&value["entries"], entry),
            archive: match value["archive"].as_str() {
                Some("tar-gz") => Archive::TarGz,
                Some("tar-xz") => Archive::TarXz,
                Some("zip") => Archive::Zip,
                _ => Archive::None,
            },
            to: target(value),
        }),
        "file" => Instruction::File(File {
            to: target(value),
            content: string(&value["content"]),
        }),
        "copy" => Instruction::Copy {
            source: string(&value["source"]),
            to: string(&value["to"]),
        },
        "env" => Instruction::Env {
            name: string(&value["name"]),
            value: string(&value["value"]),
        },
        "path" => Instruction::Path(string(value)),
        "run" => Instruction::Run(Run {
            commands: list(&value["commands"], |command| list(command, string)),
            dir: string(&value["dir"]),
            user: if value["user"] == "bundle" {
                User::Bundle
            } else {
                User::Root
            },
            network: value["network"] == true,
        }),
        other => panic!("unknown instruction {other}"),
    }
}

fn package(value: &Value) -> AptPackage {
    match value.as_str().unwrap().split_once('=') {
        Some((name, version)) => AptPackage {
            name: name.to_owned(),
            version: Some(version.to_owned()),
        },
        None => AptPackage {
            name: string(value),
            version: None,
        },
    }
}

fn source(value: &Value) -> AptSource {
    AptSource {
        uri: string(&value["uri"]),
        suite: string(&value["suite"]),
        components: list(&value["components"], string),
        key: remote(&value["key"]),
    }
}

fn entry(value: &Value) -> DownloadEntry {
    DownloadEntry {
        platform: string(&value["platform"]),
        source: remote(value),
        member: string(&value["member"]),
    }
}

fn remote(value: &Value) -> Remote {
    let checksum = if value["sha256"].is_string() {
        Checksum::Sha256(string(&value["sha256"]))
    } else if value["sha512"].is_string() {
        Checksum::Sha512(string(&value["sha512"]))
    } else if value["sums"].is_string() {
        Checksum::Sums(string(&value["sums"]))
    } else {
        Checksum::None
    };
    Remote {
        url: string(&value["url"]),
        checksum,
    }
}

fn target(value: &Value) -> Target {
    let mode = value["mode"].as_str().unwrap_or("0644");
    Target {
        path: string(&value["to"]),
        mode: u32::from_str_radix(mode, 8).unwrap(),
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list<T>(value: &Value, read: impl Fn(&Value) -> T) -> Vec<T> {
    value
        .as_array()
        .map(|items| items.iter().map(read).collect())
        .unwrap_or_default()
}

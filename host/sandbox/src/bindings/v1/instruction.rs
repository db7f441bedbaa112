//! Instructions out of the interface's types.

use porter_mixin::instruction::{
    AptPackage, AptSource, Archive, Checksum, Download, DownloadEntry, File, Instruction, Packages,
    Remote, Run, Target, User,
};

use super::wit;

pub(super) fn all(found: Vec<wit::Instruction>) -> Vec<Instruction> {
    found.into_iter().map(one).collect()
}

fn one(found: wit::Instruction) -> Instruction {
    match found {
        wit::Instruction::Packages(found) => Instruction::Packages(packages(found)),
        wit::Instruction::Download(found) => Instruction::Download(download(found)),
        wit::Instruction::File(found) => Instruction::File(file(found)),
        wit::Instruction::Copy(wit::BundleCopy { source, to }) => Instruction::Copy { source, to },
        wit::Instruction::Env((name, value)) => Instruction::Env { name, value },
        wit::Instruction::Path(path) => Instruction::Path(path),
        wit::Instruction::Run(found) => Instruction::Run(Run {
            commands: found.commands,
            dir: found.dir,
            user: match found.user {
                wit::User::Root => User::Root,
                wit::User::Bundle => User::Bundle,
            },
            network: found.network,
        }),
    }
}

fn packages(found: wit::Packages) -> Packages {
    let package = |found: wit::AptPackage| AptPackage {
        name: found.name,
        version: found.version,
    };
    let source = |found: wit::AptSource| AptSource {
        uri: found.uri,
        suite: found.suite,
        components: found.components,
        key: remote(found.key),
    };
    Packages {
        names: found.names.into_iter().map(package).collect(),
        sources: found.sources.into_iter().map(source).collect(),
    }
}

fn remote(found: wit::Remote) -> Remote {
    Remote {
        url: found.url,
        checksum: match found.checksum {
            wit::Checksum::None => Checksum::None,
            wit::Checksum::Sha256(digest) => Checksum::Sha256(digest),
            wit::Checksum::Sha512(digest) => Checksum::Sha512(digest),
            wit::Checksum::Sums(url) => Checksum::Sums(url),
        },
    }
}

fn download(found: wit::Download) -> Download {
    let entry = |found: wit::DownloadEntry| DownloadEntry {
        platform: found.platform,
        source: remote(found.source),
        member: found.member,
    };
    Download {
        entries: found.entries.into_iter().map(entry).collect(),
        archive: match found.archive {
            wit::Archive::None => Archive::None,
            wit::Archive::TarGz => Archive::TarGz,
            wit::Archive::TarXz => Archive::TarXz,
            wit::Archive::Zip => Archive::Zip,
        },
        to: target(found.to),
    }
}

pub(super) fn target(found: wit::Target) -> Target {
    Target {
        path: found.path,
        mode: found.mode,
    }
}

pub(super) fn file(found: wit::File) -> File {
    File {
        to: target(found.to),
        content: found.content,
    }
}

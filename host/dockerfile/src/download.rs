//! Downloads: each in a stage of its own, so that they run in parallel and leave nothing behind.
//! Where there can be no stages ([`super::fragment`]), each in a layer of its own.
//!
//! They run in containers, not in the engine (`ADD`): with the network and the proxies of the
//! build, not with those of the engine's host, and from the cache without asking again.

use std::collections::BTreeSet;

use porter_mixin::instruction::{Archive, Checksum, Download, DownloadEntry, Remote};

use super::RenderOptions;
use super::error::Problem;
use super::escape::{array, shown};
use super::mirror::Mirrors;
use super::packages::CACHES;
use super::paths;

/// The stage that has what downloads need.
pub(crate) const STAGE: &str = "porter-downloads";

const SCRIPT: &str = concat!(include_str!("fetch.sh"), include_str!("stages.sh"));

/// The stage all downloads are based on, itself based on `base`.
pub(crate) fn tools(base: &str, unpackers: &BTreeSet<&str>) -> Vec<String> {
    let mut words = vec!["/bin/sh", "/porter/fetch", "tools"];
    words.extend(unpackers);
    vec![
        format!("FROM {base} AS {STAGE}"),
        "USER root".to_owned(),
        "COPY <<\"PORTER\" /porter/fetch".to_owned(),
        format!("{SCRIPT}PORTER"),
        format!("RUN {CACHES} {}", array(&words)),
    ]
}

/// The package that unpacks an archive, where a base image need not have it.
pub(crate) fn unpacker(archive: Archive) -> Option<&'static str> {
    match archive {
        Archive::None | Archive::TarGz => None,
        Archive::TarXz => Some("xz-utils"),
        Archive::Zip => Some("unzip"),
    }
}

/// A download, checked.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// The arguments of the script: what to fetch, and what to do with it.
    pub(crate) words: Vec<String>,
    /// Where its result goes.
    pub(crate) to: String,
}

impl Fetched {
    /// The lines of its stage, `number` counting from 0.
    pub(crate) fn stage(&self, number: usize) -> [String; 2] {
        let mut words = vec!["/bin/sh", "/porter/fetch", "download"];
        words.extend(self.words.iter().map(String::as_str));
        [
            format!("FROM {STAGE} AS porter-download-{}", number + 1),
            format!("RUN {}", array(&words)),
        ]
    }
}

/// What is fetched for the entry of `download` that fits `platform`.
pub(crate) fn fetched(download: &Download, options: &RenderOptions) -> Result<Fetched, Problem> {
    let to = paths::file("target", &download.to.path)?;
    let mode = paths::mode(download.to.mode)?;
    for entry in &download.entries {
        check_remote(&entry.source)?;
    }
    let entry = choose(&download.entries, &options.platform)?;
    let (archive, member) = match download.archive {
        Archive::None => ("none", String::new()),
        Archive::TarGz => ("tar-gz", paths::relative("member", &entry.member)?),
        Archive::TarXz => ("tar-xz", paths::relative("member", &entry.member)?),
        Archive::Zip => ("zip", paths::relative("member", &entry.member)?),
    };
    let words = remote(&entry.source, &options.mirrors).into_iter();
    let words = words.chain([archive.to_owned(), member, mode]);
    Ok(Fetched {
        words: words.collect(),
        to,
    })
}

/// The entry for exactly this platform, or for its architecture in any variant.
fn choose<'d>(entries: &'d [DownloadEntry], platform: &str) -> Result<&'d DownloadEntry, Problem> {
    let architecture = |text: &str| {
        text.splitn(3, '/')
            .take(2)
            .map(String::from)
            .collect::<Vec<_>>()
    };
    let wanted = architecture(platform);
    let exact = entries.iter().find(|entry| entry.platform == platform);
    let loose = || {
        entries.iter().find(|entry| {
            entry.platform.matches('/').count() == 1 && architecture(&entry.platform) == wanted
        })
    };
    exact
        .or_else(loose)
        .ok_or_else(|| Problem::NoDownload(platform.to_owned()))
}

/// The arguments of the script that say what to fetch.
pub(crate) fn remote(remote: &Remote, mirrors: &Mirrors) -> [String; 4] {
    let url = mirrors.of(&remote.url);
    let (check, value) = match &remote.checksum {
        Checksum::None => ("none", String::new()),
        Checksum::Sha256(digest) => ("sha256", digest.clone()),
        Checksum::Sha512(digest) => ("sha512", digest.clone()),
        Checksum::Sums(url) => ("sums", mirrors.of(url)),
    };
    let protocols = if [&url, &value].iter().any(|text| text.starts_with("http:")) {
        "http,https"
    } else {
        "https"
    };
    [protocols.to_owned(), url, check.to_owned(), value]
}

/// Refuses what must not be fetched.
pub(crate) fn check_remote(remote: &Remote) -> Result<(), Problem> {
    let digest = matches!(remote.checksum, Checksum::Sha256(_) | Checksum::Sha512(_));
    check_url(&remote.url, digest)?;
    match &remote.checksum {
        Checksum::None => Ok(()),
        Checksum::Sums(url) => check_url(url, false),
        Checksum::Sha256(digest) if is_digest(digest, 64) => Ok(()),
        Checksum::Sha256(digest) => Err(Problem::Digest(shown(digest))),
        Checksum::Sha512(digest) if is_digest(digest, 128) => Ok(()),
        Checksum::Sha512(digest) => Err(Problem::LongDigest(shown(digest))),
    }
}

fn is_digest(text: &str, digits: usize) -> bool {
    let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.len() == digits && text.bytes().all(hexadecimal)
}

/// Refuses anything but a plain `https` address, or `http` where the content is known anyway.
pub(crate) fn check_url(url: &str, http: bool) -> Result<(), Problem> {
    if is_plain(url) && (http || url.starts_with("https:")) {
        Ok(())
    } else {
        Err(Problem::Url(shown(url)))
    }
}

/// Whether this is an address with nothing unusual in it.
pub(crate) fn is_plain(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"'<>\\^`{|}$".contains(&b);
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    // A user name in an address is a credential, or disguises the host.
    let named = host.is_some_and(|host| !host.is_empty() && !host.contains('@'));
    named && url.len() <= 2048 && url.bytes().all(plain)
}

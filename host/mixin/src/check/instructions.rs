//! What a mixin returns from `build`.

use super::rules::{Checked, Rules, each, field};
use super::{CheckError, MAX_NAME, MAX_STRING, Placeholders, Problem};
use crate::Instruction;
use crate::instruction::{Checksum, Download, DownloadEntry, Packages, Remote, Run};

/// Checks instructions.
///
/// # Errors
/// [`CheckError`] with the first part that is not as it has to be.
pub fn instructions(instructions: &[Instruction]) -> Checked {
    let none = Placeholders::default();
    let rules = Rules::new(&none);
    each("instructions", instructions, |instruction| {
        one(&rules, instruction)
    })
}

fn one(rules: &Rules<'_>, instruction: &Instruction) -> Checked {
    match instruction {
        Instruction::Packages(found) => field("packages", packages(rules, found)),
        Instruction::Download(found) => field("download", download(rules, found)),
        Instruction::File(file) => {
            field("file.to", rules.target(&file.to))?;
            field("file.content", rules.plain(&file.content, MAX_STRING))
        }
        Instruction::Copy { source, to } => {
            field("copy.source", rules.path_below(source))?;
            field("copy.to", rules.path(to))
        }
        Instruction::Env { name, value } => {
            field("env.name", rules.portable_variable(name))?;
            field("env.value", rules.build_argument(value))
        }
        Instruction::Path(path) => {
            let listed = if path.contains(':') {
                Err(Problem::Form {
                    expected: "one directory",
                })
            } else {
                rules.path(path)
            };
            field("path", listed)
        }
        Instruction::Run(found) => field("run", run(rules, found)),
    }
}

fn packages(rules: &Rules<'_>, packages: &Packages) -> Checked {
    each("names", &packages.names, |package| {
        field("name", package_name(rules, &package.name))?;
        match &package.version {
            Some(version) => field("version", version_text(rules, version)),
            None => Ok(()),
        }
    })?;
    each("sources", &packages.sources, |source| {
        field("uri", rules.address(&source.uri, &["https", "http"]))?;
        field("suite", word(rules, &source.suite))?;
        each("components", &source.components, |component| {
            Ok(word(rules, component)?)
        })?;
        field("key", remote(rules, &source.key))
    })
}

/// Debian policy 5.6.1, and an architecture behind a colon.
fn package_name(rules: &Rules<'_>, name: &str) -> Result<(), Problem> {
    rules.plain(name, MAX_NAME)?;
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.:".contains(&b);
    if starts && name.bytes().all(rest) {
        return Ok(());
    }
    Err(Problem::Form {
        expected: "the name of a Debian package",
    })
}

/// Debian policy 5.6.12, and `{codename}` for the image's release.
fn version_text(rules: &Rules<'_>, version: &str) -> Result<(), Problem> {
    rules.plain(version, MAX_NAME)?;
    let bare = version.replace("{codename}", "");
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b".+-:~".contains(&b);
    if !version.is_empty() && !version.starts_with('-') && bare.bytes().all(allowed) {
        return Ok(());
    }
    Err(Problem::Form {
        expected: "the version of a Debian package",
    })
}

/// A field of a line of `sources.list`.
fn word(rules: &Rules<'_>, word: &str) -> Result<(), Problem> {
    rules.plain(word, MAX_NAME)?;
    let bare = word.replace("{codename}", "");
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._/+~-".contains(&b);
    if !word.is_empty() && !word.starts_with('-') && bare.bytes().all(allowed) {
        return Ok(());
    }
    Err(Problem::Form {
        expected: "a suite or component of a Debian repository",
    })
}

fn download(rules: &Rules<'_>, download: &Download) -> Checked {
    if download.entries.is_empty() {
        return field("entries", Err(Problem::Empty));
    }
    each("entries", &download.entries, |entry| {
        self::entry(rules, entry)
    })?;
    field("to", rules.target(&download.to))
}

fn entry(rules: &Rules<'_>, entry: &DownloadEntry) -> Checked {
    field("platform", platform(rules, &entry.platform))?;
    field("source", remote(rules, &entry.source))?;
    if entry.member.is_empty() {
        return Ok(());
    }
    field("member", rules.path_below(&entry.member))
}

/// `OS/ARCH` or `OS/ARCH/VARIANT`.
fn platform(rules: &Rules<'_>, platform: &str) -> Result<(), Problem> {
    rules.name(platform)?;
    let parts: Vec<&str> = platform.split('/').collect();
    let part = |part: &&str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if (2..=3).contains(&parts.len()) && parts.iter().all(part) {
        return Ok(());
    }
    Err(Problem::Form {
        expected: "a platform such as `linux/amd64`",
    })
}

fn remote(rules: &Rules<'_>, remote: &Remote) -> Checked {
    let schemes: &[&str] = match remote.checksum {
        Checksum::Sha256(_) | Checksum::Sha512(_) => &["https", "http"],
        Checksum::None | Checksum::Sums(_) => &["https"],
    };
    field("url", rules.address(&remote.url, schemes))?;
    match &remote.checksum {
        Checksum::None => Ok(()),
        Checksum::Sha256(digest) => field("checksum", digits(rules, digest, 64)),
        Checksum::Sha512(digest) => field("checksum", digits(rules, digest, 128)),
        Checksum::Sums(url) => field("checksum", rules.address(url, &["https"])),
    }
}

fn digits(rules: &Rules<'_>, digest: &str, count: usize) -> Result<(), Problem> {
    rules.plain(digest, MAX_NAME)?;
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if digest.len() == count && digest.bytes().all(hex) {
        return Ok(());
    }
    let expected = match count {
        64 => "a sha256 in 64 lower-case hexadecimal digits",
        _ => "a sha512 in 128 lower-case hexadecimal digits",
    };
    Err(Problem::Form { expected })
}

fn run(rules: &Rules<'_>, run: &Run) -> Checked {
    if run.commands.is_empty() {
        return field("commands", Err(Problem::Empty));
    }
    field("dir", rules.directory(&run.dir))?;
    each("commands", &run.commands, |command| {
        if command.first().is_none_or(String::is_empty) {
            return Err(Problem::Empty.into());
        }
        each("", command, |argument| {
            rules.build_argument(argument).map_err(CheckError::from)
        })
    })
}

//! Where a mixin is to come from: a name, a file or an address.

use std::path::{Path, PathBuf};

use super::{InstallError, InstallMixin};
use crate::mixins::name::is_name;

/// What a user asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A file.
    File(PathBuf),
    /// Exactly this address.
    Address(String),
    /// An artifact in a registry.
    Registry(String),
    /// `URL/VERSION/NAME…`.
    Release(String),
    /// What an Atom feed says.
    Feed(String),
}

impl Wanted {
    /// Whether the user named one component, rather than a mixin by its name.
    pub(super) fn is_exact(&self) -> bool {
        matches!(self, Self::File(_) | Self::Address(_) | Self::Registry(_))
    }
}

/// What a request asks for, and the name that the mixin gets.
pub(super) fn wanted(request: &InstallMixin) -> Result<(String, Wanted), InstallError> {
    let mixin = request.mixin.trim();
    let is_address = mixin.starts_with("https://") || mixin.starts_with("http://");
    let wanted = if is_address {
        Wanted::Address(mixin.to_owned())
    } else if is_path(mixin) {
        Wanted::File(PathBuf::from(mixin))
    } else if mixin.contains(['/', ':', '@']) {
        crate::mixins::oci::reference(mixin)?;
        Wanted::Registry(mixin.to_owned())
    } else if let Some(url) = &request.url {
        Wanted::Release(url.trim_end_matches('/').to_owned())
    } else if let Some(feed) = &request.feed_url {
        Wanted::Feed(feed.clone())
    } else {
        let mirror = request.mirror.trim_end_matches('/');
        Wanted::Feed(format!("{mirror}/mixins/atom.xml"))
    };
    if wanted.is_exact() && (request.url.is_some() || request.feed_url.is_some()) {
        return Err(InstallError::Usage(
            "--url and --feed-url go with the name of a mixin, not with a file or an address"
                .to_owned(),
        ));
    }
    let name = match &request.name {
        Some(name) => name.clone(),
        None => match &wanted {
            Wanted::Address(address) => stem(address.split(['?', '#']).next().unwrap_or_default()),
            Wanted::File(path) => stem(&path.to_string_lossy()),
            Wanted::Registry(reference) => last_part(reference),
            _ => mixin.to_ascii_lowercase(),
        },
    };
    if is_name(&name) {
        Ok((name, wanted))
    } else {
        Err(crate::mixins::MixinError::Name(porter_mixin::escape::escape(&name)).into())
    }
}

/// A name has no slash, so what looks like a path is one.
fn is_path(text: &str) -> bool {
    let begins = ["/", "./", "../", "~"]
        .iter()
        .any(|start| text.starts_with(start));
    begins || text.ends_with(".wasm")
}

/// The last part of a repository.
fn last_part(reference: &str) -> String {
    let before_digest = reference.split('@').next().unwrap_or_default();
    let last = before_digest.rsplit('/').next().unwrap_or_default();
    last.split(':').next().unwrap_or_default().to_owned()
}

fn stem(path: &str) -> String {
    let name = Path::new(path).file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(mixin: &str) -> InstallMixin {
        InstallMixin {
            mixin: mixin.to_owned(),
            mirror: "https://mirror/".to_owned(),
            ..InstallMixin::default()
        }
    }

    #[test]
    fn names_paths_and_addresses_are_told_apart() {
        let table = [
            (
                "Exec",
                "exec",
                Wanted::Feed("https://mirror/mixins/atom.xml".into()),
            ),
            (
                "./a/greet.wasm",
                "greet",
                Wanted::File("./a/greet.wasm".into()),
            ),
            ("greet.wasm", "greet", Wanted::File("greet.wasm".into())),
            ("/x/greet", "greet", Wanted::File("/x/greet".into())),
            (
                "localhost:5000/x/greet:v1",
                "greet",
                Wanted::Registry("localhost:5000/x/greet:v1".into()),
            ),
            (
                "https://h/v1/greet.wasm?x=/y.wasm",
                "greet",
                Wanted::Address("https://h/v1/greet.wasm?x=/y.wasm".into()),
            ),
        ];
        for (text, name, expected) in table {
            assert_eq!(wanted(&request(text)).unwrap(), (name.to_owned(), expected));
        }
        let mut release = request("greet");
        release.url = Some("https://h/r/".to_owned());
        assert_eq!(
            wanted(&release).unwrap().1,
            Wanted::Release("https://h/r".into())
        );
        let refused = [
            "..",
            "",
            "a b",
            "../.wasm",
            "x/../..",
            "https://h/..",
            "https://h/%2e%2e%2fx.wasm",
            "./UPPER.wasm",
            "oci://x/y",
        ];
        for text in refused {
            assert!(wanted(&request(text)).is_err(), "{text}");
        }
    }
}

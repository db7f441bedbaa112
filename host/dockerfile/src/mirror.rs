//! Other places to download from: a company's mirror, or what an offline network has.

use super::download::is_plain;
use super::escape::shown;

/// Replacements of the beginnings of addresses. The user chose them, so a mirror may be plain
/// `http`; what is downloaded is still checked against the checksums of the mixin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mirrors(Vec<(String, String)>);

/// Why a mirror cannot be used.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0:?} is not a mirror; write `ADDRESS=MIRROR`, such as \
     `https://get.helm.sh/=https://mirror.example.com/helm/`"
)]
pub struct MirrorError(String);

impl Mirrors {
    /// Mirrors from texts of the form `ADDRESS=MIRROR`: an address that begins with `ADDRESS`
    /// begins with `MIRROR` instead.
    ///
    /// # Errors
    /// When a text has another form, or one of the two is no address.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, MirrorError> {
        let parse = |text: &S| {
            let wrong = || MirrorError(shown(text.as_ref()));
            let (from, to) = text.as_ref().split_once('=').ok_or_else(wrong)?;
            if is_plain(from) && is_plain(to) {
                Ok((from.to_owned(), to.to_owned()))
            } else {
                Err(wrong())
            }
        };
        texts.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// Where to get what is at `url`: the longest beginning that fits counts.
    pub(crate) fn of(&self, url: &str) -> String {
        let fitting = self.0.iter().filter_map(|(from, to)| {
            let rest = url.strip_prefix(from.as_str())?;
            Some((from.len(), format!("{to}{rest}")))
        });
        let longest = fitting.max_by_key(|(length, _)| *length);
        longest.map_or_else(|| url.to_owned(), |(_, mirrored)| mirrored)
    }
}

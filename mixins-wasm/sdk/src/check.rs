//! Checks on what the host refuses, so that the user hears of it at the right place.
//!
//! The host takes a result that breaks its rules for a bug of the mixin. What comes from the
//! manifest therefore has to be checked first.

use crate::diagnostic::{Diagnostic, Place};
use crate::placeholder;
use crate::pointer::Pointer;

/// Why a text cannot stand where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The sentence goes on after "`field` ".
    Unfit(&'static str),
    /// It holds a placeholder where the value itself is needed.
    NeedsValue,
}

impl Refusal {
    /// The diagnostic for it.
    pub fn diagnostic(self, code: &str, pointer: &Pointer, at: Place) -> Diagnostic {
        let field = pointer.spoken();
        match self {
            Self::Unfit(why) => Diagnostic::error(code, format!("`{field}` {why}"), at),
            Self::NeedsValue => {
                Diagnostic::needs_value(format!("`{field}` must be known before the step runs"), at)
            }
        }
    }
}

/// A name, path or pattern: no placeholder.
///
/// # Errors
/// [`Refusal::NeedsValue`].
pub fn known(text: &str) -> Result<(), Refusal> {
    if placeholder::is_in(text) {
        Err(Refusal::NeedsValue)
    } else {
        Ok(())
    }
}

/// A program or path: known, and without control characters.
///
/// # Errors
/// What is wrong.
pub fn path(text: &str) -> Result<(), Refusal> {
    known(text)?;
    if text.chars().any(char::is_control) {
        return Err(Refusal::Unfit("must not hold control characters"));
    }
    Ok(())
}

/// Longest argument or value of a variable that a command can have.
pub const LONGEST_ARGUMENT: usize = 128 * 1024;
/// Most arguments that a command can have.
pub const MOST_ARGUMENTS: usize = 10_000;

/// An argument or the value of a variable: not longer than a command can have.
///
/// # Errors
/// [`Refusal::Unfit`].
pub fn argument(text: &str) -> Result<(), Refusal> {
    if text.len() < LONGEST_ARGUMENT {
        Ok(())
    } else {
        Err(Refusal::Unfit(
            "is longer than the 128 KiB that a command takes",
        ))
    }
}

/// The name of an output.
///
/// # Errors
/// What is wrong.
pub fn output_name(name: &str) -> Result<(), Refusal> {
    known(name)?;
    if name.is_empty() {
        return Err(Refusal::Unfit("is missing"));
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !name.bytes().all(fits) {
        return Err(Refusal::Unfit(
            "may hold letters, digits, `.`, `_` and `-` only",
        ));
    }
    if name.starts_with('.') || name.starts_with("porter-") {
        return Err(Refusal::Unfit("must not begin with a dot or `porter-`"));
    }
    Ok(())
}

/// The name of an environment variable.
///
/// # Errors
/// What is wrong.
pub fn variable_name(name: &str) -> Result<(), Refusal> {
    path(name)?;
    if name.is_empty() || name.contains('=') {
        return Err(Refusal::Unfit("is no name of an environment variable"));
    }
    Ok(())
}

/// A text that must not be empty; a placeholder counts as not empty.
///
/// # Errors
/// [`Refusal::Unfit`].
pub fn not_empty(text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        Err(Refusal::Unfit("must not be empty"))
    } else {
        Ok(())
    }
}

/// The version of a tool that a configuration asks for, without a `v` in front of it; `default`
/// where it asks for none.
#[must_use]
pub fn version_or<'v>(written: &'v str, default: &'v str) -> &'v str {
    match written {
        "" => default,
        version => version.strip_prefix('v').unwrap_or(version),
    }
}

/// The version of a tool, as it stands in the address it is fetched from.
///
/// # Errors
/// [`Refusal::Unfit`].
pub fn version(text: &str) -> Result<(), Refusal> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".+_~-".contains(&byte);
    if text.bytes().all(fits) {
        Ok(())
    } else {
        Err(Refusal::Unfit(
            "is no version: it may hold letters, digits, `.`, `+`, `_`, `~` and `-` only",
        ))
    }
}

/// An `https` address in visible ASCII, with a host and without credentials: what a download can
/// have.
///
/// # Errors
/// What is wrong.
pub fn address(text: &str) -> Result<(), Refusal> {
    let rest = text.strip_prefix("https://").ok_or(Refusal::Unfit(
        "must be an address that begins with `https://`",
    ))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || host.starts_with(':') {
        return Err(Refusal::Unfit("is an address without a host"));
    }
    if host.contains('@') {
        return Err(Refusal::Unfit("must not hold credentials"));
    }
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'`<>\\^{|}$".contains(&byte);
    if text.bytes().all(plain) {
        Ok(())
    } else {
        Err(Refusal::Unfit(
            "holds a character that no address has; write it percent-encoded",
        ))
    }
}

/// A relative path of the bundle's sources that does not leave them.
///
/// # Errors
/// What is wrong.
pub fn path_below(text: &str) -> Result<(), Refusal> {
    path(text)?;
    if text.starts_with('/') || text.contains('\\') || text.split('/').any(|part| part == "..") {
        return Err(Refusal::Unfit(
            "must be a path below the bundle directory, without `..`",
        ));
    }
    Ok(())
}

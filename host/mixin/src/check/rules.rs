//! The rules for single values, and the budget they share.

use std::cell::Cell;

use super::{
    CheckError, MAX_ARGUMENT, MAX_ITEMS, MAX_NAME, MAX_PATTERN, MAX_STRING, MAX_TOTAL,
    Placeholders, Problem,
};
use crate::instruction::Target;
use crate::placeholder::{Piece, is_present, pieces};

pub(super) type Checked = Result<(), CheckError>;
type Ruled = Result<(), Problem>;

/// Names the part that a check looked at.
pub(super) fn field(name: &str, outcome: Result<(), impl Into<CheckError>>) -> Checked {
    outcome.map_err(|error| error.into().under(name))
}

/// Checks every item of a list, and their number.
pub(super) fn each<T>(name: &str, items: &[T], check: impl Fn(&T) -> Checked) -> Checked {
    field(name, count(items.len()))?;
    for (index, item) in items.iter().enumerate() {
        check(item).map_err(|error| error.under(&format!("{name}[{index}]")))?;
    }
    Ok(())
}

pub(super) fn count(items: usize) -> Ruled {
    if items > MAX_ITEMS {
        return Err(Problem::TooMany {
            items,
            limit: MAX_ITEMS,
        });
    }
    Ok(())
}

/// Checks the values of one result.
pub(super) struct Rules<'a> {
    placeholders: &'a Placeholders,
    total: Cell<usize>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(placeholders: &'a Placeholders) -> Self {
        Self {
            placeholders,
            total: Cell::new(0),
        }
    }

    /// Text that a person reads, or that a program gets on standard input: placeholders allowed.
    pub(super) fn text(&self, text: &str) -> Ruled {
        self.sized(text, MAX_STRING)?;
        self.known_placeholders(text)
    }

    /// An argument, or the value of a command's variable: placeholders allowed.
    pub(super) fn argument(&self, text: &str) -> Ruled {
        self.sized(text, MAX_ARGUMENT)?;
        self.known_placeholders(text)
    }

    /// Data without placeholders.
    pub(super) fn plain(&self, text: &str, limit: usize) -> Ruled {
        self.sized(text, limit)?;
        if is_present(text) {
            return Err(Problem::PlaceholderHere);
        }
        Ok(())
    }

    /// An argument of a build command: no placeholders, and no control characters, which would
    /// end up in a Dockerfile.
    pub(super) fn build_argument(&self, text: &str) -> Ruled {
        self.plain(text, MAX_ARGUMENT)?;
        no_control(text, |c| matches!(c, '\n' | '\t'))
    }

    /// A name: no control characters, not empty.
    pub(super) fn name(&self, text: &str) -> Ruled {
        self.plain(text, MAX_NAME)?;
        if text.is_empty() {
            return Err(Problem::Empty);
        }
        no_control(text, |_| false)
    }

    /// A path: as a name.
    pub(super) fn path(&self, text: &str) -> Ruled {
        self.name(text)
    }

    /// A directory: as a path, `""` being the default.
    pub(super) fn directory(&self, text: &str) -> Ruled {
        if text.is_empty() {
            Ok(())
        } else {
            self.path(text)
        }
    }

    /// A relative path that never leads above its beginning.
    pub(super) fn path_below(&self, text: &str) -> Ruled {
        self.path(text)?;
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            return Err(Problem::Escapes);
        }
        Ok(())
    }

    /// Name of an environment variable.
    pub(super) fn variable(&self, text: &str) -> Ruled {
        self.name(text)?;
        if text.contains('=') || text.chars().any(char::is_whitespace) {
            return Err(Problem::Form {
                expected: "the name of an environment variable",
            });
        }
        Ok(())
    }

    /// Name of an environment variable in the portable form.
    pub(super) fn portable_variable(&self, text: &str) -> Ruled {
        self.name(text)?;
        let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !starts || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(Problem::Form {
                expected: "the name of an environment variable (`[A-Za-z_][A-Za-z0-9_]*`)",
            });
        }
        Ok(())
    }

    /// A regular expression or a JSON path.
    pub(super) fn pattern(&self, text: &str) -> Ruled {
        self.plain(text, MAX_PATTERN)
    }

    /// An address of one of `schemes`, in visible ASCII, with a host and without credentials.
    pub(super) fn address(&self, text: &str, schemes: &[&str]) -> Ruled {
        self.name(text)?;
        let rest = schemes
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme)?.strip_prefix("://"))
            .ok_or(Problem::Address)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let visible = text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"\"'`<>\\^{|}".contains(&b));
        if !visible || authority.is_empty() || authority.starts_with(':') || authority.contains('@')
        {
            return Err(Problem::Form {
                expected: "an address in visible ASCII with a host and without credentials",
            });
        }
        Ok(())
    }

    /// A path to write and its permission bits.
    pub(super) fn target(&self, target: &Target) -> Checked {
        field("path", self.path(&target.path))?;
        field(
            "mode",
            if target.mode > 0o777 {
                Err(Problem::Mode)
            } else {
                Ok(())
            },
        )
    }

    fn sized(&self, text: &str, limit: usize) -> Ruled {
        if text.len() > limit {
            return Err(Problem::TooLong {
                bytes: text.len(),
                limit,
            });
        }
        self.total.set(self.total.get().saturating_add(text.len()));
        if self.total.get() > MAX_TOTAL {
            return Err(Problem::TooMuch { limit: MAX_TOTAL });
        }
        if text.contains('\0') {
            return Err(Problem::Nul);
        }
        Ok(())
    }

    fn known_placeholders(&self, text: &str) -> Ruled {
        if !is_present(text) {
            return Ok(());
        }
        let known = |piece: &Piece<'_>| match piece {
            Piece::Text(_) => true,
            Piece::Value { number, .. } => self.placeholders.has(*number),
        };
        match pieces(text) {
            Some(pieces) if pieces.iter().all(known) => Ok(()),
            _ => Err(Problem::PlaceholderUnknown),
        }
    }
}

/// Refuses control characters but those that `allowed` names, and the separators that some
/// programs take for line ends.
fn no_control(text: &str, allowed: impl Fn(char) -> bool) -> Ruled {
    let refused = |c: char| (c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) && !allowed(c);
    if text.chars().any(refused) {
        Err(Problem::Control)
    } else {
        Ok(())
    }
}

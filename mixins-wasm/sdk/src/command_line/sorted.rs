//! Flags of the author and of the mixin in one list.

use super::flags::{Dashes, FlagValue, Flags};

/// Flags in the order in which Porter's builder writes them: by the bytes of the name, those of
/// one name in the order in which they were added.
///
/// The author's flags are split into words as everywhere; what the mixin itself adds is not.
///
/// ```
/// use porter_mixin_sdk::command_line::{Dashes, SortedFlags};
///
/// let flags = SortedFlags::new(Dashes::Usual).one("name", "a b").switch("d", true);
/// assert_eq!(flags.into_args(), ["-d", "--name", "a b"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SortedFlags {
    dashes: Dashes,
    flags: Vec<(String, Vec<String>)>,
}

impl SortedFlags {
    /// No flags yet.
    pub fn new(dashes: Dashes) -> Self {
        Self {
            dashes,
            flags: Vec::new(),
        }
    }

    /// Adds `name value`, the value being one argument whatever it holds.
    #[must_use]
    pub fn one(mut self, name: &str, value: impl Into<String>) -> Self {
        let words = vec![self.dashes.flag(name), value.into()];
        self.flags.push((name.to_owned(), words));
        self
    }

    /// Adds `name value` if there is a value that is not empty.
    #[must_use]
    pub fn optional(self, name: &str, value: &str) -> Self {
        if value.is_empty() {
            self
        } else {
            self.one(name, value)
        }
    }

    /// Adds `name` if `wanted`.
    #[must_use]
    pub fn switch(mut self, name: &str, wanted: bool) -> Self {
        if wanted {
            let words = vec![self.dashes.flag(name)];
            self.flags.push((name.to_owned(), words));
        }
        self
    }

    /// Adds those of the author.
    #[must_use]
    pub fn all(mut self, flags: &Flags) -> Self {
        for (name, value) in &flags.0 {
            let words = value.to_args(self.dashes, name);
            self.flags.push((name.clone(), words));
        }
        self
    }

    /// The flag part of an argument list.
    pub fn into_args(mut self) -> Vec<String> {
        self.flags
            .sort_by(|(one, _), (other, _)| one.as_bytes().cmp(other.as_bytes()));
        self.flags
            .into_iter()
            .flat_map(|(_, words)| words)
            .collect()
    }
}

impl FlagValue {
    /// A flag of the author, split into words.
    fn to_args(&self, dashes: Dashes, name: &str) -> Vec<String> {
        let mut flags = Flags::default();
        flags.set(name, self.clone());
        flags.to_args(dashes)
    }
}

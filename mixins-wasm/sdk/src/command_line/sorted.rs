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
        self.insert(name, words);
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
            self.insert(name, words);
        }
        self
    }

    /// Adds those of the author.
    #[must_use]
    pub fn all(mut self, flags: &Flags) -> Self {
        for (name, value) in &flags.0 {
            let words = value.to_args(self.dashes, name);
            self.insert(name, words);
        }
        self
    }

    /// Behind those of the same name. Sorting at the end would bring a whole sort into the
    /// component.
    fn insert(&mut self, name: &str, words: Vec<String>) {
        let is_before = |(known, _): &(String, _)| known.as_bytes() <= name.as_bytes();
        let position = self.flags.partition_point(is_before);
        self.flags.insert(position, (name.to_owned(), words));
    }

    /// The flag part of an argument list.
    pub fn into_args(self) -> Vec<String> {
        let mut args = Vec::new();
        for (_, words) in self.flags {
            args.extend(words);
        }
        args
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

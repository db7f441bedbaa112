//! The table of secrets that placeholders stand for.

use std::collections::HashMap;

use porter_cnab::Sensitive;
use porter_mixin::placeholder;

/// Secrets by the number of their placeholder.
#[derive(Debug, Default)]
pub struct Secrets {
    values: Vec<Sensitive<String>>,
    numbers: HashMap<usize, usize>,
    shown: bool,
}

impl Secrets {
    /// An empty table: a mixin sees placeholders.
    pub fn hidden() -> Self {
        Self::default()
    }

    /// For a mixin that was granted to see secrets: they are put in, the table stays empty.
    pub fn shown() -> Self {
        Self {
            shown: true,
            ..Self::default()
        }
    }

    /// Whether secrets are put in as they are.
    pub const fn are_shown(&self) -> bool {
        self.shown
    }

    /// The secret of this number.
    pub fn get(&self, number: usize) -> Option<&Sensitive<String>> {
        self.values.get(number)
    }

    /// Adds a secret and returns the text for a mixin: its placeholder, or nothing when the
    /// secret is empty.
    pub fn add(&mut self, value: &str) -> String {
        if self.shown || value.is_empty() {
            return value.to_owned();
        }
        self.values.push(Sensitive::new(value.to_owned()));
        placeholder::text(self.values.len() - 1)
    }

    /// As [`Self::add`], with one placeholder for all uses of the value at `address`.
    pub(super) fn stand_in(&mut self, value: &str, address: usize) -> String {
        if let Some(&number) = self.numbers.get(&address)
            && self
                .values
                .get(number)
                .is_some_and(|known| known.expose() == value)
        {
            return placeholder::text(number);
        }
        let text = self.add(value);
        if !self.shown && !value.is_empty() {
            self.numbers.insert(address, self.values.len() - 1);
        }
        text
    }
}

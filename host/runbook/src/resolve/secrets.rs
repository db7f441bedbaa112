//! The table of secrets that placeholders stand for.

use std::collections::HashMap;

use porter_cnab::Sensitive;
use porter_mixin::placeholder;

/// Secrets by the number of their placeholder.
#[derive(Debug, Default)]
pub struct Secrets {
    values: Vec<Sensitive<String>>,
    /// Names of the values, as templates call them.
    names: Vec<String>,
    numbers: HashMap<usize, usize>,
    view: View,
}

/// What a mixin gets to know of secrets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum View {
    /// Whether they are empty, and the shape of structures.
    #[default]
    Hidden,
    /// Everything.
    Shown,
    /// Nothing.
    Opaque,
}

impl Secrets {
    /// An empty table: a mixin sees placeholders.
    pub fn hidden() -> Self {
        Self::default()
    }

    /// For a mixin that was granted to see secrets: they are put in, the table stays empty.
    pub fn shown() -> Self {
        Self {
            view: View::Shown,
            ..Self::default()
        }
    }

    /// For steps that are planned alike whatever the values are: a placeholder stands for every
    /// secret, an empty one too, and a template that would look inside one cannot be resolved.
    pub fn opaque() -> Self {
        Self {
            view: View::Opaque,
            ..Self::default()
        }
    }

    /// Whether secrets are put in as they are.
    pub const fn are_shown(&self) -> bool {
        matches!(self.view, View::Shown)
    }

    /// Whether nothing of a secret may be known, not even whether it is there.
    pub const fn are_opaque(&self) -> bool {
        matches!(self.view, View::Opaque)
    }

    /// What templates call the secret of this number.
    pub fn name(&self, number: usize) -> Option<&str> {
        self.names.get(number).map(String::as_str)
    }

    /// The secret of this number.
    pub fn get(&self, number: usize) -> Option<&Sensitive<String>> {
        self.values.get(number)
    }

    /// Adds a secret that templates call `name` and returns the text for a mixin: its placeholder,
    /// or nothing when the secret is empty and that may be known.
    pub fn add(&mut self, name: &str, value: &str) -> String {
        if self.stands_for_itself(value) {
            return value.to_owned();
        }
        self.values.push(Sensitive::new(value.to_owned()));
        self.names.push(name.to_owned());
        placeholder::text(self.values.len() - 1)
    }

    /// As [`Self::add`], with one placeholder for all uses of the value at `address`.
    pub(super) fn stand_in(&mut self, name: &str, value: &str, address: usize) -> String {
        if let Some(&number) = self.numbers.get(&address)
            && self
                .values
                .get(number)
                .is_some_and(|known| known.expose() == value)
        {
            return placeholder::text(number);
        }
        let text = self.add(name, value);
        if !self.stands_for_itself(value) {
            self.numbers.insert(address, self.values.len() - 1);
        }
        text
    }

    fn stands_for_itself(&self, value: &str) -> bool {
        match self.view {
            View::Shown => true,
            View::Hidden => value.is_empty(),
            View::Opaque => false,
        }
    }
}

//! YAML as a tree in which every node knows its place and every scalar its style.

mod load;
mod scalar;

use std::sync::Arc;

pub use load::{MAX_DEPTH, load};
pub use scalar::{Scalar, Style};

use crate::Json;
use crate::source::Span;

/// A node. Aliases share the node of their anchor.
#[derive(Debug)]
pub struct Node {
    /// Where it is.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
    /// Nodes in it, itself included, aliases expanded.
    size: u64,
    /// Bytes of its scalars, aliases expanded.
    bytes: u64,
}

/// The kinds of [`Node`].
#[derive(Debug)]
pub enum Kind {
    /// A scalar.
    Scalar(Scalar),
    /// A list.
    List(Vec<Arc<Node>>),
    /// A mapping in the author's order, merge keys expanded. Keys are scalars and unique.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key: a scalar.
    pub key: Arc<Node>,
    /// The value.
    pub value: Arc<Node>,
}

impl Entry {
    /// The text of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.text().unwrap_or_default()
    }
}

impl Node {
    /// The entries of a mapping.
    #[must_use]
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Arc<Self>]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The scalar.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar, whatever its type.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.scalar().map(|scalar| scalar.text.as_str())
    }

    /// The value of a key of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<Self>> {
        self.entries()?
            .iter()
            .find(|entry| entry.name() == key)
            .map(|entry| &entry.value)
    }

    /// Whether it is a scalar that means null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.scalar()
            .is_some_and(|scalar| scalar.value() == Json::Null)
    }

    /// What it is, in the words of a message.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Scalar(scalar) => match scalar.value() {
                Json::Null => "empty",
                Json::Bool(_) => "a boolean",
                Json::Number(_) => "a number",
                _ => "a text",
            },
        }
    }

    /// As JSON: keys as text, numbers as they are spelled.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.value(),
            Kind::List(items) => Json::Array(items.iter().map(|item| item.to_json()).collect()),
            Kind::Map(entries) => Json::Object(
                entries
                    .iter()
                    .map(|entry| (entry.name().to_owned(), entry.value.to_json()))
                    .collect(),
            ),
        }
    }

    /// The node below a JSON pointer, or the deepest one on the way there.
    #[must_use]
    pub fn find(&self, pointer: &str) -> &Self {
        let mut node = self;
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            let next = match &node.kind {
                Kind::Scalar(_) => None,
                Kind::List(items) => part
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index)),
                Kind::Map(_) => node.get(&part),
            };
            match next {
                Some(next) => node = next,
                None => return node,
            }
        }
        node
    }
}

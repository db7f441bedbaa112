//! What a mixin returns for a step, as a document: for scripts, for people, and for what both
//! agreed to before it runs.
//!
//! What is as usual is left out, so that a document shows what the mixin decided.

mod named;
mod task;

pub use named::named;
pub use task::tasks;

use crate::Json;
use crate::instruction::Target;

/// An object under construction, members that are as usual left out.
#[derive(Debug, Default)]
pub struct Members(serde_json::Map<String, Json>);

impl Members {
    /// An object of one member.
    pub fn of(name: &str, value: impl Into<Json>) -> Json {
        Self::default().set(name, value).finish()
    }

    /// With this member.
    #[must_use]
    pub fn set(self, name: &str, value: impl Into<Json>) -> Self {
        self.with(name, value.into())
    }

    fn with(mut self, name: &str, value: Json) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// With this member, if there is one.
    #[must_use]
    pub fn set_some<T: Into<Json>>(self, name: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// With this text, unless it is empty.
    #[must_use]
    pub fn set_text(self, name: &str, text: &str) -> Self {
        self.set_some(name, (!text.is_empty()).then_some(text))
    }

    /// With this list, unless it is empty.
    #[must_use]
    pub fn set_list(self, name: &str, items: Vec<Json>) -> Self {
        self.set_some(name, (!items.is_empty()).then_some(items))
    }

    /// With this member if it is true.
    #[must_use]
    pub fn set_true(self, name: &str, value: bool) -> Self {
        self.set_some(name, value.then_some(true))
    }

    /// The object.
    pub fn finish(self) -> Json {
        Json::Object(self.0)
    }
}

/// `path` and `mode`, the latter in octal digits.
pub fn target(target: &Target) -> Members {
    Members::default()
        .set("path", target.path.as_str())
        .set("mode", format!("{:04o}", target.mode))
}

/// `NAME=value`: in order, and even where a name comes twice.
pub fn variables(variables: &[(String, String)]) -> Vec<Json> {
    let pairs = variables.iter();
    pairs
        .map(|(name, value)| Json::from(format!("{name}={value}")))
        .collect()
}

/// Texts, in order.
pub fn texts(texts: &[String]) -> Vec<Json> {
    texts.iter().map(|text| Json::from(text.as_str())).collect()
}

//! Looking names up: through the items of the sections around, then in the data.

use std::collections::BTreeMap;

use super::{TemplateFault, Typed, Value};
use crate::Json;

/// What was found under a name.
#[derive(Clone, Copy)]
pub(super) enum Found<'a> {
    Names(&'a BTreeMap<String, Value>),
    Json { json: &'a Json, secret: bool },
    Typed { typed: &'a Typed, secret: bool },
}

impl<'a> Found<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Names(names) => Self::Names(names),
            Value::Json(json) => Self::Json {
                json,
                secret: false,
            },
            Value::Typed(typed) => Self::Typed {
                typed,
                secret: false,
            },
            Value::Secret(typed) => Self::Typed {
                typed: typed.expose(),
                secret: true,
            },
        }
    }

    fn below(self, name: &str) -> Option<Self> {
        match self {
            Self::Names(names) => names.get(name).map(Self::of),
            Self::Json { json, secret } => json
                .as_object()?
                .get(name)
                .map(|json| Self::Json { json, secret }),
            Self::Typed { typed, secret } => typed
                .json
                .as_object()?
                .get(name)
                .map(|json| Self::Json { json, secret }),
        }
    }

    pub(super) fn is_secret(self) -> bool {
        match self {
            Self::Names(_) => false,
            Self::Json { secret, .. } | Self::Typed { secret, .. } => secret,
        }
    }

    /// Whether a section of this is rendered: not when it is nothing, false, an empty list or a
    /// blank text. Values that came as text are text.
    pub(super) fn is_truthy(self) -> bool {
        match self {
            Self::Names(names) => !names.is_empty(),
            Self::Json { json, .. } => is_truthy(json),
            Self::Typed { typed, .. } => match &typed.json {
                json @ (Json::Array(_) | Json::Object(_) | Json::Null) => is_truthy(json),
                _ => !typed.text.trim().is_empty(),
            },
        }
    }

    /// The items a section is repeated for.
    pub(super) fn items(self) -> Option<impl Iterator<Item = Found<'a>>> {
        let (json, secret) = match self {
            Self::Names(_) => return None,
            Self::Json { json, secret } => (json, secret),
            Self::Typed { typed, secret } => (&typed.json, secret),
        };
        Some(
            json.as_array()?
                .iter()
                .map(move |json| Found::Json { json, secret }),
        )
    }

    fn names(self) -> Vec<String> {
        match self {
            Self::Names(names) => names.keys().cloned().collect(),
            Self::Json {
                json,
                secret: false,
            } => member_names(json),
            Self::Typed {
                typed,
                secret: false,
            } => member_names(&typed.json),
            Self::Json { .. } | Self::Typed { .. } => Vec::new(),
        }
    }
}

fn is_truthy(json: &Json) -> bool {
    match json {
        Json::Null | Json::Bool(false) => false,
        Json::String(text) => !text.trim().is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Bool(true) | Json::Number(_) | Json::Object(_) => true,
    }
}

fn member_names(json: &Json) -> Vec<String> {
    json.as_object()
        .map(|members| members.keys().cloned().collect())
        .unwrap_or_default()
}

/// The data, and the items of the sections around the place.
#[derive(Clone)]
pub(super) struct Context<'a> {
    /// Outermost first; the first is the data itself.
    stack: Vec<Found<'a>>,
    section: bool,
}

impl<'a> Context<'a> {
    pub(super) fn new(data: &'a Value) -> Self {
        Self {
            stack: vec![Found::of(data)],
            section: false,
        }
    }

    /// Inside a section of `item`.
    pub(super) fn with(&self, item: Found<'a>) -> Self {
        let mut stack = self.stack.clone();
        stack.push(item);
        Self {
            stack,
            section: true,
        }
    }

    /// Inside an inverted section, which has no item.
    pub(super) fn inside(&self) -> Self {
        Self {
            section: true,
            ..self.clone()
        }
    }

    pub(super) fn is_section(&self) -> bool {
        self.section
    }

    pub(super) fn look_up(&self, path: &[String]) -> Option<Found<'a>> {
        if path == ["."] {
            return self.stack.last().copied().filter(|_| self.stack.len() > 1);
        }
        let (first, rest) = path.split_first()?;
        let start = self
            .stack
            .iter()
            .rev()
            .find_map(|found| found.below(first))?;
        rest.iter().try_fold(start, |found, name| found.below(name))
    }

    /// Whether the path goes through a secret to something below it.
    pub(super) fn leads_into_secret(&self, path: &[String]) -> bool {
        (1..path.len()).any(|length| self.look_up(&path[..length]).is_some_and(Found::is_secret))
    }

    /// Says how far the path leads and what there is.
    pub(super) fn missing(&self, path: &[String]) -> TemplateFault {
        let known = (1..path.len())
            .rev()
            .find_map(|length| Some((length, self.look_up(&path[..length])?)));
        let (length, names) = match known {
            Some((length, found)) => (length, found.names()),
            None => (
                0,
                self.stack
                    .first()
                    .map(|found| found.names())
                    .unwrap_or_default(),
            ),
        };
        TemplateFault::Missing {
            name: path.join("."),
            group: path[..length].join("."),
            known: names,
        }
    }
}

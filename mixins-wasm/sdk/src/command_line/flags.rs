//! `flags` of a step.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::words;
use crate::value::Entries;

/// Flags by name, sorted by the bytes of the name.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Flags(pub Entries<FlagValue>);

/// Value of a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagValue {
    /// `null`: the flag stands alone.
    Alone,
    /// A scalar as text.
    One(String),
    /// A list: the flag is repeated for each.
    Many(Vec<String>),
}

/// What stands before the name of a flag.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dashes {
    /// `-` before a name of one byte, `--` before any other.
    #[default]
    Usual,
    /// Always `-`, as terraform wants it.
    Single,
}

impl Dashes {
    /// The flag `name` with what stands before it.
    pub(super) fn flag(self, name: &str) -> String {
        match self {
            Self::Usual if name.len() != 1 => format!("--{name}"),
            Self::Usual | Self::Single => format!("-{name}"),
        }
    }
}

impl Flags {
    /// Adds a flag, or replaces the one of that name.
    pub fn set(&mut self, name: impl Into<String>, value: FlagValue) {
        self.0.set(name, value);
    }

    /// Value of a flag.
    pub fn get(&self, name: &str) -> Option<&FlagValue> {
        self.0.get(name)
    }

    /// The flag part of an argument list.
    pub fn to_args(&self, dashes: Dashes) -> Vec<String> {
        let mut args = Vec::new();
        for (name, value) in &self.0 {
            append_flag(&mut args, dashes, name, value);
        }
        args
    }

    /// The flag part without splitting anything into words: an empty value is an argument, too.
    pub fn to_unsplit_args(&self, dashes: Dashes) -> Vec<String> {
        let mut args = Vec::new();
        for (name, value) in &self.0 {
            if value.texts().is_empty() {
                args.push(dashes.flag(name));
            }
            for text in value.texts() {
                args.extend([dashes.flag(name), text.clone()]);
            }
        }
        args
    }

    /// The flag part with a flag of the mixin's own in its place among the others. One of the same
    /// name that the author wrote stays, before it.
    pub fn to_args_with(&self, dashes: Dashes, name: &str, value: &str) -> Vec<String> {
        let is_before = |other: &str| other.as_bytes() <= name.as_bytes();
        let mut args = Vec::new();
        for (other, value) in self.0.iter().filter(|(other, _)| is_before(other)) {
            append_flag(&mut args, dashes, other, value);
        }
        append_flag(&mut args, dashes, name, &FlagValue::One(value.to_owned()));
        for (other, value) in self.0.iter().filter(|(other, _)| !is_before(other)) {
            append_flag(&mut args, dashes, other, value);
        }
        args
    }
}

fn append_flag(args: &mut Vec<String>, dashes: Dashes, name: &str, value: &FlagValue) {
    let flag = dashes.flag(name);
    match value {
        FlagValue::Alone => args.extend(words::split(&flag)),
        FlagValue::One(text) => append(args, &flag, text),
        FlagValue::Many(texts) if texts.is_empty() => args.extend(words::split(&flag)),
        FlagValue::Many(texts) => texts.iter().for_each(|text| append(args, &flag, text)),
    }
}

fn append(args: &mut Vec<String>, flag: &str, text: &str) {
    args.extend(words::split(flag));
    args.extend(words::split(text));
}

impl FlagValue {
    /// The values; none for a flag that stands alone.
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Alone => &[],
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

impl<'de> Deserialize<'de> for FlagValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = FlagValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("empty, text, a number, a boolean or a list of texts")
    }

    fn visit_unit<E: Error>(self) -> Result<FlagValue, E> {
        Ok(FlagValue::Alone)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<FlagValue, E> {
        Ok(FlagValue::One(value.to_string()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FlagValue, E> {
        Ok(FlagValue::One(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<FlagValue, A::Error> {
        let mut texts = Vec::new();
        while let Some(Listed(text)) = items.next_element()? {
            texts.push(text);
        }
        Ok(FlagValue::Many(texts))
    }
}

/// An item of a list: Porter takes text and nothing else.
struct Listed(String);

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match crate::Scalar::deserialize(deserializer)? {
            crate::Scalar::Text(text) => Ok(Self(text)),
            other => Err(D::Error::custom(format_args!(
                "must be text, but is `{}`; put it into quotes",
                if other == crate::Scalar::Null {
                    "null"
                } else {
                    other.text()
                }
            ))),
        }
    }
}

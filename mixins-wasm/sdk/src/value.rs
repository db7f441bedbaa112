//! Building blocks for the types of steps.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};

/// A scalar: text, number, boolean or nothing, as the author spelled it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scalar {
    /// `null`, or nothing written.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number in its own spelling.
    Number(String),
    /// Text.
    Text(String),
}

impl Scalar {
    /// The scalar as plain text; `null` is empty.
    pub fn text(&self) -> &str {
        match self {
            Self::Null => "",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Number(text) | Self::Text(text) => text,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match crate::Json::deserialize(deserializer)? {
            crate::Json::Null => Self::Null,
            crate::Json::Bool(value) => Self::Bool(value),
            crate::Json::Number(number) => Self::Number(number),
            crate::Json::Text(text) => Self::Text(text),
            crate::Json::List(_) | crate::Json::Map(_) => {
                return Err(D::Error::custom("must be text, a number or a boolean"));
            }
        })
    }
}

/// One value, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(std::marker::PhantomData))
    }
}

struct OneOrManyVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("one value or a list of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(OneOrMany(found))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(OneOrMany(Vec::new()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        self.visit_str(if value { "true" } else { "false" })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        use serde::de::IntoDeserializer;
        T::deserialize(IntoDeserializer::<E>::into_deserializer(text))
            .map(|one| OneOrMany(vec![one]))
    }
}

/// A mapping from names to values, sorted by the bytes of the names.
///
/// A sorted list does for the few entries of a step, and is smaller in a component than a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries<T>(Vec<(String, T)>);

impl<T> Entries<T> {
    /// Adds an entry, or replaces the one of that name.
    pub fn set(&mut self, name: impl Into<String>, value: T) {
        let name = name.into();
        match self
            .0
            .binary_search_by(|(known, _)| known.as_bytes().cmp(name.as_bytes()))
        {
            Ok(position) => self.0[position].1 = value,
            Err(position) => self.0.insert(position, (name, value)),
        }
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// All entries.
    pub fn iter(&self) -> std::slice::Iter<'_, (String, T)> {
        self.0.iter()
    }
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, T> IntoIterator for &'a Entries<T> {
    type Item = &'a (String, T);
    type IntoIter = std::slice::Iter<'a, (String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T> FromIterator<(String, T)> for Entries<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> Self {
        let mut found = Self::default();
        for (name, value) in entries {
            found.set(name, value);
        }
        found
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(std::marker::PhantomData))
    }
}

struct EntriesVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = Entries::default();
        while let Some((name, value)) = members.next_entry::<String, T>()? {
            found.set(name, value);
        }
        Ok(found)
    }
}

/// Name under which [`AnyCase`] asks the SDK's decoder for its kindness.
pub(crate) const ANY_CASE: &str = "$porter::AnyCase";

/// A mapping whose names are found whatever their case, as some of Porter's mixins read their
/// configuration.
///
/// ```
/// use porter_mixin_sdk::{AnyCase, Json, decode};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Config {
///     #[serde(rename = "clientVersion")]
///     client_version: String,
/// }
///
/// let json = Json::parse(r#"{"CLIENTVERSION": 1.10}"#)?;
/// let config: AnyCase<Config> = decode::from_json(&json)?;
/// assert_eq!(config.0.client_version, "1.10");
/// # Ok::<(), decode::DecodeError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnyCase<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for AnyCase<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(ANY_CASE, InnerVisitor(std::marker::PhantomData))
    }
}

struct InnerVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for InnerVisitor<T> {
    type Value = AnyCase<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a mapping")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
        T::deserialize(inner).map(AnyCase)
    }
}

/// A list in which an empty item is an item, as some of Porter's mixins read their arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepEmpty<T>(pub Vec<T>);

impl<T> Default for KeepEmpty<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for KeepEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // To the SDK's decoder every item of a tuple counts; the length is not known before.
        deserializer.deserialize_tuple(0, ItemsVisitor(std::marker::PhantomData))
    }
}

struct ItemsVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for ItemsVisitor<T> {
    type Value = KeepEmpty<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(KeepEmpty(found))
    }
}

//! The lenient deserializer that knows where it is.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde_json::{Map, Value};

use super::error::DecodeError;
use super::scalar::{self, found, is_open};
use super::{Input, Misspelling, spelling};
use crate::json::WHOLE;
use crate::pointer::Pointer;

type Result<T> = std::result::Result<T, DecodeError>;

/// How a node is reached from the root: a list on the stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Segment<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl Path<'_> {
    pub(super) const ROOT: Self = Self { parent: None, segment: Segment::Root };

    fn pointer(&self) -> Pointer {
        let parent = self.parent.map(Path::pointer).unwrap_or_default();
        match self.segment {
            Segment::Root => parent,
            Segment::Key(name) => parent.key(name),
            Segment::Index(index) => parent.index(index),
        }
    }
}

/// A value at its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) path: Path<'a>,
    pub(super) input: &'a Input<'a>,
}

/// Whether `null` counts as not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nulls {
    Keep,
    Drop,
}

impl Node<'_> {
    fn unfit<T>(&self, wanted: &str) -> Result<T> {
        Err(DecodeError::unfit(wanted, &found(self.value)))
    }

    fn is_open(&self) -> bool {
        is_open(self.value, self.input.phase)
    }

    fn integer(&self) -> Result<i128> {
        if self.is_open() { Ok(0) } else { scalar::integer(self.value) }
    }

    fn items<'de, V: Visitor<'de>>(self, visitor: V, nulls: Nulls) -> Result<V::Value> {
        match self.value {
            Value::Array(items) => visitor.visit_seq(Items { node: self, items, next: 0, nulls }),
            Value::Null => visitor.visit_seq(Items { node: self, items: &[], next: 0, nulls }),
            _ if self.is_open() => {
                visitor.visit_seq(Items { node: self, items: &[], next: 0, nulls })
            }
            _ => self.unfit("a list"),
        }
    }

    fn members<'de, V: Visitor<'de>>(self, visitor: V, nulls: Nulls) -> Result<V::Value> {
        let empty = Map::new();
        let members = match self.value {
            Value::Object(members) => members,
            Value::Null => &empty,
            _ if self.is_open() => &empty,
            _ => return self.unfit("a mapping"),
        };
        visitor.visit_map(Members { node: self, rest: members.iter(), value: None, nulls })
    }

    fn report_misspellings(&self, fields: &'static [&'static str]) {
        let Value::Object(members) = self.value else { return };
        for written in members.keys().filter(|name| !fields.contains(&name.as_str())) {
            let unused = |name: &&'static str| !members.contains_key(*name);
            if let Some(meant) = spelling::closest(written, fields).filter(unused) {
                let at = self.path.pointer().key(written);
                let found = Misspelling { at, written: written.clone(), meant };
                self.input.misspellings.borrow_mut().push(found);
            }
        }
    }
}

macro_rules! integers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            let number = self.integer()?;
            match (i64::try_from(number), u64::try_from(number)) {
                (Ok(number), _) => visitor.visit_i64(number),
                (_, Ok(number)) => visitor.visit_u64(number),
                _ => visitor.visit_i128(number),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = DecodeError;

    /// Untyped: what JSON says, a number that is not a plain 64-bit integer as its spelling.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => {
                let spelled = number.to_string();
                match (spelled.parse::<i64>(), spelled.parse::<u64>()) {
                    (Ok(value), _) if value.to_string() == spelled => visitor.visit_i64(value),
                    (_, Ok(value)) if value.to_string() == spelled => visitor.visit_u64(value),
                    _ => visitor.visit_string(spelled),
                }
            }
            Value::String(_) => visitor.visit_string(scalar::text(self.value)?),
            Value::Array(_) => self.items(visitor, Nulls::Keep),
            Value::Object(_) => self.members(visitor, Nulls::Keep),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_bool(!self.is_open() && scalar::boolean(self.value)?)
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.is_open() {
            return visitor.visit_f64(0.0);
        }
        match scalar::text(self.value)?.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => self.unfit("a number"),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_string(scalar::text(self.value)?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.value.is_null() { visitor.visit_unit() } else { self.unfit("empty") }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        if name == WHOLE {
            return visitor.visit_string(self.value.to_string());
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.items(visitor, Nulls::Drop)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value> {
        self.items(visitor, Nulls::Keep)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.items(visitor, Nulls::Keep)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.members(visitor, Nulls::Keep)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.report_misspellings(fields);
        self.members(visitor, Nulls::Drop)
    }

    /// `name` for a unit variant, `{name: content}` for any other.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.value {
            Value::Object(members) if members.len() == 1 => match members.iter().next() {
                Some((name, content)) => visitor.visit_enum(Variant { node: self, name, content }),
                None => self.unfit("one of its forms"),
            },
            Value::Object(_) | Value::Array(_) | Value::Null => {
                self.unfit("a mapping with exactly one key")
            }
            _ => visitor.visit_enum(scalar::text(self.value)?.into_deserializer()),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }
}

/// Reads `value`, the part of `node` that `segment` names.
fn child<'de, T: DeserializeSeed<'de>>(
    node: &Node<'_>,
    segment: Segment<'_>,
    value: &Value,
    seed: T,
) -> Result<T::Value> {
    let path = Path { parent: Some(&node.path), segment };
    seed.deserialize(Node { value, path, input: node.input })
        .map_err(|error| error.at(|| path.pointer()))
}

struct Items<'a> {
    node: Node<'a>,
    items: &'a [Value],
    next: usize,
    nulls: Nulls,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        while let Some(value) = self.items.get(self.next) {
            let segment = Segment::Index(self.next);
            self.next += 1;
            if self.nulls == Nulls::Keep || !value.is_null() {
                return child(&self.node, segment, value, seed).map(Some);
            }
        }
        Ok(None)
    }
}

struct Members<'a> {
    node: Node<'a>,
    rest: serde_json::map::Iter<'a>,
    value: Option<(&'a str, &'a Value)>,
    nulls: Nulls,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        for (name, value) in self.rest.by_ref() {
            if self.nulls == Nulls::Keep || !value.is_null() {
                self.value = Some((name, value));
                let name = Value::String(name.clone());
                return child(&self.node, Segment::Root, &name, seed).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        let (name, value) = self.value.take().unwrap_or(("", &Value::Null));
        child(&self.node, Segment::Key(name), value, seed)
    }
}

struct Variant<'a> {
    node: Node<'a>,
    name: &'a str,
    content: &'a Value,
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let name = Value::String(self.name.to_owned());
        let variant = child(&self.node, Segment::Root, &name, seed)?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<()> {
        self.newtype_variant_seed(std::marker::PhantomData)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        child(&self.node, Segment::Key(self.name), self.content, seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value> {
        let path = Path { parent: Some(&self.node.path), segment: Segment::Key(self.name) };
        let node = Node { value: self.content, path, input: self.node.input };
        node.deserialize_tuple(length, visitor).map_err(|error| error.at(|| path.pointer()))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let path = Path { parent: Some(&self.node.path), segment: Segment::Key(self.name) };
        let node = Node { value: self.content, path, input: self.node.input };
        node.deserialize_struct("", fields, visitor).map_err(|error| error.at(|| path.pointer()))
    }
}

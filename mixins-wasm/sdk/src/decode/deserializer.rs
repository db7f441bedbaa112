//! The lenient deserializer that knows where it is.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::error::DecodeError;
use super::scalar::{self, Whole, found, is_open};
use super::{Input, Misspelling, spelling};
use crate::json::{Json, WHOLE};
use crate::pointer::Pointer;
use crate::value::ANY_CASE;

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
    pub(super) const ROOT: Self = Self {
        parent: None,
        segment: Segment::Root,
    };

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
    pub(super) value: &'a Json,
    pub(super) path: Path<'a>,
    pub(super) input: &'a Input<'a>,
    /// Whether the case of the names of fields does not matter.
    pub(super) any_case: bool,
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

    fn integer(&self) -> Result<Whole> {
        if self.is_open() {
            Ok(Whole::Signed(0))
        } else {
            scalar::integer(self.value)
        }
    }

    fn items<'de, V: Visitor<'de>>(self, visitor: V, nulls: Nulls) -> Result<V::Value> {
        match self.value {
            Json::List(items) => visitor.visit_seq(Items {
                node: self,
                items,
                next: 0,
                nulls,
            }),
            Json::Null => visitor.visit_seq(Items {
                node: self,
                items: &[],
                next: 0,
                nulls,
            }),
            _ if self.is_open() => visitor.visit_seq(Items {
                node: self,
                items: &[],
                next: 0,
                nulls,
            }),
            _ => self.unfit("a list"),
        }
    }

    fn members<'de, V: Visitor<'de>>(
        self,
        visitor: V,
        nulls: Nulls,
        fields: &'static [&'static str],
    ) -> Result<V::Value> {
        let members = match self.value {
            Json::Map(members) => members.as_slice(),
            Json::Null => &[],
            _ if self.is_open() => &[],
            _ => return self.unfit("a mapping"),
        };
        visitor.visit_map(Members {
            node: self,
            rest: members.iter(),
            value: None,
            nulls,
            fields,
        })
    }

    fn report_misspellings(&self, fields: &'static [&'static str]) {
        let Json::Map(members) = self.value else {
            return;
        };
        let names = members.iter().map(|(name, _)| name);
        let is_known = |name: &str| {
            let is_same = |field: &&str| self.any_case && field.eq_ignore_ascii_case(name);
            fields.contains(&name) || fields.iter().any(is_same)
        };
        for written in names.filter(|name| !is_known(name)) {
            let unused = |name: &&'static str| self.value.get(name).is_none();
            if let Some(meant) = spelling::closest(written, fields).filter(unused) {
                let at = self.path.pointer().key(written);
                let found = Misspelling {
                    at,
                    written: written.clone(),
                    meant,
                };
                self.input.misspellings.borrow_mut().push(found);
            }
        }
    }
}

macro_rules! integers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.integer()? {
                Whole::Signed(number) => visitor.visit_i64(number),
                Whole::Unsigned(number) => visitor.visit_u64(number),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = DecodeError;

    /// Untyped: what JSON says, a number as the text of its spelling.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Number(number) => visitor.visit_str(number),
            Json::Text(_) => visitor.visit_string(scalar::text(self.value)?),
            Json::List(_) => self.items(visitor, Nulls::Keep),
            Json::Map(_) => self.members(visitor, Nulls::Keep, &[]),
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
        if self.value.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.value.is_null() {
            visitor.visit_unit()
        } else {
            self.unfit("empty")
        }
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
            return visitor.visit_str(&self.value.to_unmarked_text());
        }
        if name == ANY_CASE {
            let any_case = true;
            return visitor.visit_newtype_struct(Node { any_case, ..self });
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
        self.members(visitor, Nulls::Keep, &[])
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.report_misspellings(fields);
        let folded = if self.any_case { fields } else { &[] };
        self.members(visitor, Nulls::Drop, folded)
    }

    /// `name` for a unit variant, `{name: content}` for any other.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.value {
            Json::Map(members) if let [(name, content)] = members.as_slice() => {
                visitor.visit_enum(Variant {
                    node: self,
                    name,
                    content,
                })
            }
            Json::Map(_) | Json::List(_) | Json::Null => {
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
    value: &Json,
    seed: T,
) -> Result<T::Value> {
    let path = Path {
        parent: Some(&node.path),
        segment,
    };
    seed.deserialize(Node {
        value,
        path,
        input: node.input,
        any_case: false,
    })
    .map_err(|error| error.at(|| path.pointer()))
}

struct Items<'a> {
    node: Node<'a>,
    items: &'a [Json],
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
    rest: std::slice::Iter<'a, (String, Json)>,
    value: Option<(&'a str, &'a Json)>,
    nulls: Nulls,
    /// Names that a key stands for whatever its case.
    fields: &'static [&'static str],
}

impl Members<'_> {
    /// Goes to the next member and gives its name: the part that is the same for every type.
    #[inline(never)]
    fn advance(&mut self) -> Option<Json> {
        for (name, value) in self.rest.by_ref() {
            if self.nulls == Nulls::Keep || !value.is_null() {
                self.value = Some((name, value));
                let mut fields = self.fields.iter();
                let field = fields.find(|field| name.eq_ignore_ascii_case(field));
                let name = field.map_or(name.as_str(), |field| field);
                return Some(Json::Text(name.to_owned()));
            }
        }
        None
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        match self.advance() {
            Some(name) => child(&self.node, Segment::Root, &name, seed).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        let (name, value) = self.value.take().unwrap_or(("", &Json::Null));
        child(&self.node, Segment::Key(name), value, seed)
    }
}

struct Variant<'a> {
    node: Node<'a>,
    name: &'a str,
    content: &'a Json,
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let name = Json::Text(self.name.to_owned());
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
        let path = Path {
            parent: Some(&self.node.path),
            segment: Segment::Key(self.name),
        };
        let node = Node {
            value: self.content,
            path,
            input: self.node.input,
            any_case: false,
        };
        node.deserialize_tuple(length, visitor)
            .map_err(|error| error.at(|| path.pointer()))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let path = Path {
            parent: Some(&self.node.path),
            segment: Segment::Key(self.name),
        };
        let node = Node {
            value: self.content,
            path,
            input: self.node.input,
            any_case: false,
        };
        node.deserialize_struct("", fields, visitor)
            .map_err(|error| error.at(|| path.pointer()))
    }
}

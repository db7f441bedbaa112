//! Resolving a step: values are put into the parsed tree, so none can change what is around it.

mod data;
mod error;
mod lookup;
mod secrets;

pub use data::{Typed, Value};
pub use error::{ResolveError, TemplateFault};
pub use secrets::Secrets;

use porter_mixin::placeholder;

use crate::json::compact;
use crate::tree::Expression;
use crate::{Json, Node, Segment};
use lookup::{Context, Found};

/// The longest rendering of one step, in bytes of text.
pub const MAX_BYTES: usize = 4 << 20;
/// The most values that one rendering may hold or put together.
pub const MAX_NODES: usize = 100_000;

/// Resolves `step` against `data`.
///
/// Secrets go into `secrets`, and placeholders stand for them in the result, unless `secrets`
/// was made to show them. Several calls may share one table: numbers go on.
///
/// # Errors
/// With line and column of the template at fault: a name that names nothing outside a section, a
/// group of names in the place of a value, two keys that become the same, a value with
/// characters that only the host may use, a result beyond [`MAX_BYTES`] or [`MAX_NODES`].
pub fn resolve(step: &Node, data: &Value, secrets: &mut Secrets) -> Result<Json, ResolveError> {
    let mut resolver = Resolver {
        secrets,
        bytes: 0,
        nodes: 0,
        place: Place { line: 0, column: 0 },
        name: String::new(),
    };
    resolver.node(step, &Context::new(data))
}

/// Where the resolver is in the manifest: the last template it met.
#[derive(Clone, Copy)]
struct Place {
    line: u32,
    column: u32,
}

struct Resolver<'s> {
    secrets: &'s mut Secrets,
    bytes: usize,
    nodes: usize,
    place: Place,
    /// What the template calls the value that is put in.
    name: String,
}

impl Resolver<'_> {
    fn node(&mut self, node: &Node, context: &Context<'_>) -> Result<Json, ResolveError> {
        self.count(1)?;
        match node {
            Node::Value(json) => self.copy(json),
            Node::Expression(expression) => self.whole(expression, context),
            Node::Text(segments) => {
                let mut text = String::new();
                self.segments(segments, context, &mut text)?;
                Ok(Json::String(text))
            }
            Node::List(items) => {
                let items: Result<_, _> =
                    items.iter().map(|item| self.node(item, context)).collect();
                Ok(Json::Array(items?))
            }
            Node::Map(members) => self.map(members, context),
        }
    }

    fn map(
        &mut self,
        members: &[(Vec<Segment>, Node)],
        context: &Context<'_>,
    ) -> Result<Json, ResolveError> {
        let mut map = serde_json::Map::new();
        for (key, node) in members {
            let mut name = String::new();
            self.segments(key, context, &mut name)?;
            let place = self.place;
            if placeholder::is_present(&name) {
                return Err(self.fault(TemplateFault::SecretKey));
            }
            let value = self.node(node, context)?;
            if map.contains_key(&name) {
                self.place = place;
                return Err(self.fault(TemplateFault::DuplicateKey { key: name }));
            }
            map.insert(name, value);
        }
        Ok(Json::Object(map))
    }

    /// The value of an expression that is a whole scalar.
    fn whole(
        &mut self,
        expression: &Expression,
        context: &Context<'_>,
    ) -> Result<Json, ResolveError> {
        self.place_at(expression);
        let Some(found) = self.look_up(expression, context)? else {
            return Ok(Json::String(String::new()));
        };
        match found {
            Found::Names(_) => Err(self.group(expression)),
            Found::Json {
                json,
                secret: false,
            } => self.copy(json),
            Found::Typed {
                typed,
                secret: false,
            } => self.copy(&typed.json),
            Found::Json { json, secret: true } => self.hidden(json),
            Found::Typed {
                typed,
                secret: true,
            } => match &typed.json {
                Json::Object(_) | Json::Array(_) => self.hidden(&typed.json),
                _ if self.secrets.are_shown() => self.copy(&typed.json),
                _ => self
                    .secret_text(&typed.text, address(typed))
                    .map(Json::String),
            },
        }
    }

    /// A copy of plain data, counted and checked.
    fn copy(&mut self, json: &Json) -> Result<Json, ResolveError> {
        self.measure(json)?;
        Ok(json.clone())
    }

    fn measure(&mut self, json: &Json) -> Result<(), ResolveError> {
        self.count(1)?;
        match json {
            Json::String(text) => self.plain(text),
            Json::Number(number) => self.grow(number.as_str().len()),
            Json::Array(items) => items.iter().try_for_each(|item| self.measure(item)),
            Json::Object(members) => members.iter().try_for_each(|(key, value)| {
                self.plain(key)?;
                self.measure(value)
            }),
            Json::Null | Json::Bool(_) => Ok(()),
        }
    }

    /// A secret structure: member names and shape stay, each scalar becomes a placeholder.
    fn hidden(&mut self, json: &Json) -> Result<Json, ResolveError> {
        if self.secrets.are_shown() {
            return self.copy(json);
        }
        if self.secrets.are_opaque() {
            return Err(self.needs_value());
        }
        self.count(1)?;
        match json {
            Json::Null => Ok(Json::Null),
            Json::Array(items) => {
                let items: Result<_, _> = items.iter().map(|item| self.hidden(item)).collect();
                Ok(Json::Array(items?))
            }
            Json::Object(members) => {
                let mut map = serde_json::Map::new();
                for (key, value) in members {
                    self.plain(key)?;
                    map.insert(key.clone(), self.hidden(value)?);
                }
                Ok(Json::Object(map))
            }
            scalar => self
                .secret_text(&text_of(scalar), address(scalar))
                .map(Json::String),
        }
    }

    fn segments(
        &mut self,
        segments: &[Segment],
        context: &Context<'_>,
        text: &mut String,
    ) -> Result<(), ResolveError> {
        for segment in segments {
            self.count(1)?;
            match segment {
                Segment::Literal(literal) => {
                    self.plain(literal)?;
                    text.push_str(literal);
                }
                Segment::Variable(expression) => self.variable(expression, context, text)?,
                Segment::Section {
                    of,
                    inverted,
                    content,
                } => {
                    self.section(of, *inverted, content, context, text)?;
                }
            }
        }
        Ok(())
    }

    fn variable(
        &mut self,
        expression: &Expression,
        context: &Context<'_>,
        text: &mut String,
    ) -> Result<(), ResolveError> {
        self.place_at(expression);
        let Some(found) = self.look_up(expression, context)? else {
            return Ok(());
        };
        let (value, secret, address) = match found {
            Found::Names(_) => return Err(self.group(expression)),
            Found::Json { json, secret } => (text_of(json), secret, address(json)),
            Found::Typed { typed, secret } => (typed.text.clone(), secret, address(typed)),
        };
        if secret && !self.secrets.are_shown() {
            text.push_str(&self.secret_text(&value, address)?);
        } else {
            self.plain(&value)?;
            text.push_str(&value);
        }
        Ok(())
    }

    fn section(
        &mut self,
        of: &Expression,
        inverted: bool,
        content: &[Segment],
        context: &Context<'_>,
        text: &mut String,
    ) -> Result<(), ResolveError> {
        self.place_at(of);
        let found = context.look_up(&of.path);
        if self.secrets.are_opaque() && found.is_some_and(Found::is_secret) {
            return Err(self.needs_value());
        }
        let truthy = found.is_some_and(|found| found.is_truthy());
        if inverted {
            return if truthy {
                Ok(())
            } else {
                self.segments(content, &context.inside(), text)
            };
        }
        let Some(found) = found.filter(|_| truthy) else {
            return Ok(());
        };
        match found.items() {
            Some(items) => {
                for item in items {
                    self.segments(content, &context.with(item), text)?;
                }
                Ok(())
            }
            None => self.segments(content, &context.with(found), text),
        }
    }

    /// `None` stands for empty: an unknown name inside a section.
    fn look_up<'a>(
        &self,
        expression: &Expression,
        context: &Context<'a>,
    ) -> Result<Option<Found<'a>>, ResolveError> {
        if self.secrets.are_opaque() && context.leads_into_secret(&expression.path) {
            return Err(self.needs_value());
        }
        match context.look_up(&expression.path) {
            Some(found) => Ok(Some(found)),
            None if context.is_section() => Ok(None),
            None => Err(self.fault(context.missing(&expression.path))),
        }
    }

    /// Placeholder of a secret; nothing where the secret is empty.
    fn secret_text(&mut self, value: &str, address: usize) -> Result<String, ResolveError> {
        if placeholder::is_present(value) {
            return Err(self.fault(TemplateFault::Reserved));
        }
        let text = self.secrets.stand_in(&self.name, value, address);
        self.grow(text.len())?;
        Ok(text)
    }

    /// Checks and counts text that goes in as it is.
    fn plain(&mut self, text: &str) -> Result<(), ResolveError> {
        if placeholder::is_present(text) {
            return Err(self.fault(TemplateFault::Reserved));
        }
        self.grow(text.len())
    }

    fn grow(&mut self, bytes: usize) -> Result<(), ResolveError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MAX_BYTES {
            Err(self.fault(TemplateFault::TooLarge))
        } else {
            Ok(())
        }
    }

    fn count(&mut self, nodes: usize) -> Result<(), ResolveError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            Err(self.fault(TemplateFault::TooLarge))
        } else {
            Ok(())
        }
    }

    fn place_at(&mut self, expression: &Expression) {
        self.name = expression.path.join(".");
        self.place = Place {
            line: expression.line,
            column: expression.column,
        };
    }

    fn needs_value(&self) -> ResolveError {
        self.fault(TemplateFault::NeedsValue {
            name: self.name.clone(),
        })
    }

    fn group(&self, expression: &Expression) -> ResolveError {
        self.fault(TemplateFault::Group {
            name: expression.path.join("."),
        })
    }

    fn fault(&self, source: TemplateFault) -> ResolveError {
        ResolveError {
            line: self.place.line,
            column: self.place.column,
            source,
        }
    }
}

/// Text of a value inside a longer text: nothing for `null`, compact JSON for structures.
fn text_of(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => compact(other),
    }
}

/// Identity of a value within the data of one step. Secrets are told apart by it and not by
/// their content: equal placeholders would tell a mixin that two secrets are equal.
fn address<T>(value: &T) -> usize {
    std::ptr::from_ref(value).addr()
}

//! Templates of the manifest: those of steps are parsed into the tree, those anywhere else only
//! looked at for the outputs that they use.

use std::collections::{BTreeSet, HashSet};

use porter_runbook::template::{self, Delimiters, Position, TemplateFault};
use porter_runbook::{Node as Data, Segment};

use crate::Json;
use crate::read::Report;
use crate::source::Source;
use crate::yaml::{Kind, Node, Style};

/// How Porter begins the message of a template that it cannot read.
const UNREADABLE: &str = "error parsing the templating used in the manifest: ";

/// Parses the templates of a manifest.
pub(crate) struct Compiler<'s> {
    source: &'s Source,
    delimiters: Delimiters,
    /// Nodes whose templates were read, so that what aliases share is read and reported once.
    seen: HashSet<*const Node>,
    /// Names of outputs that top-level variables use.
    outputs: BTreeSet<String>,
}

impl<'s> Compiler<'s> {
    pub(crate) fn new(source: &'s Source, delimiters: Delimiters) -> Self {
        Self {
            source,
            delimiters,
            seen: HashSet::new(),
            outputs: BTreeSet::new(),
        }
    }

    /// The value of a step with its templates parsed.
    pub(crate) fn compile(&mut self, node: &Node, report: &mut Report<'_>) -> Data {
        match &node.kind {
            Kind::Scalar(scalar) => {
                let Some(segments) = self.segments(node, report) else {
                    return Data::Value(scalar.value());
                };
                match template::single_expression(&segments) {
                    Some(expression) if scalar.style == Style::Plain && scalar.tag.is_none() => {
                        Data::Expression(expression.clone())
                    }
                    _ => text(segments),
                }
            }
            Kind::List(items) => {
                let items: Vec<Data> = items
                    .iter()
                    .map(|item| self.compile(item, report))
                    .collect();
                list(items)
            }
            Kind::Map(entries) => {
                let mut compiled = Vec::with_capacity(entries.len());
                for entry in entries {
                    let key = self
                        .segments(&entry.key, report)
                        .unwrap_or_else(|| vec![Segment::Literal(entry.name().to_owned())]);
                    compiled.push((key, self.compile(&entry.value, report)));
                }
                map(compiled)
            }
        }
    }

    /// Looks at the templates of everything that was not compiled.
    pub(crate) fn scan(&mut self, node: &Node, report: &mut Report<'_>) {
        if !self.seen.insert(std::ptr::from_ref(node)) {
            return;
        }
        match &node.kind {
            Kind::Scalar(_) => {
                self.seen.remove(&std::ptr::from_ref(node));
                self.segments(node, report);
            }
            Kind::List(items) => items.iter().for_each(|item| self.scan(item, report)),
            Kind::Map(entries) => {
                for entry in entries {
                    self.scan(&entry.key, report);
                    self.scan(&entry.value, report);
                }
            }
        }
    }

    /// Names of outputs that templates use, outside of sections.
    pub(crate) fn into_outputs(self) -> BTreeSet<String> {
        self.outputs
    }

    /// The segments of a scalar, when it has templates.
    fn segments(&mut self, node: &Node, report: &mut Report<'_>) -> Option<Vec<Segment>> {
        let text = node.text()?;
        if !text.contains(self.delimiters.open()) {
            return None;
        }
        let first = self.seen.insert(std::ptr::from_ref(node));
        let mut places = Places::new(self.source, node);
        match template::parse(text, &self.delimiters, &mut |_, tag| places.locate(tag)) {
            Ok(segments) => {
                template::visit(&segments, &mut |expression, inside| {
                    if let [bundle, outputs, name] = expression.path.as_slice()
                        && !inside
                        && bundle == "bundle"
                        && outputs == "outputs"
                    {
                        self.outputs.insert(name.clone());
                    }
                });
                Some(segments)
            }
            Err(error) => {
                if first {
                    let span = crate::names::tag_span(self.source, error.at);
                    let message = format!("{UNREADABLE}line {}: {error}", error.at.line);
                    report.error(span, message, hint(&error.fault));
                }
                None
            }
        }
    }
}

fn hint(fault: &TemplateFault) -> &'static str {
    match fault {
        TemplateFault::EmptyTag => "name a value, such as `bundle.parameters.NAME`",
        TemplateFault::UnclosedTag(_) => {
            "a literal `${` needs another delimiter before it: `${=<% %>=}${`"
        }
        TemplateFault::UnclosedSection(_)
        | TemplateFault::UnopenedSection(_)
        | TemplateFault::CrossedSections { .. } => {
            "a section begins and ends in the same value and cannot reach over lists or mappings"
        }
        TemplateFault::Partial(_) => {
            "copy the text into the manifest, or read the file in a script"
        }
        TemplateFault::Delimiters(_) => "write two delimiters: `${=<% %>=}`",
        TemplateFault::TooDeep => "",
    }
}

/// Finds the tags of a scalar in the source, in their order.
struct Places<'s> {
    source: &'s Source,
    cursor: usize,
    end: usize,
    at: Position,
    lost: bool,
}

impl<'s> Places<'s> {
    fn new(source: &'s Source, node: &Node) -> Self {
        let cursor = source.offset(node.span.start);
        let end = source.offset(node.span.end).max(cursor);
        Self {
            source,
            cursor,
            end,
            at: node.span.start,
            lost: false,
        }
    }

    /// Where the next tag with this text is. A tag that is spelled with escapes or folded is not
    /// found; it and those after it are then at the last place that is known.
    fn locate(&mut self, tag: &str) -> Position {
        if self.lost {
            return self.at;
        }
        let text = &self.source.text()[self.cursor..self.end];
        let Some(found) = text.find(tag) else {
            self.lost = true;
            return self.at;
        };
        for character in text[..found].chars() {
            self.advance(character);
        }
        let place = self.at;
        for character in tag.chars() {
            self.advance(character);
        }
        self.cursor += found + tag.len();
        place
    }

    fn advance(&mut self, character: char) {
        if character == '\n' {
            self.at = Position {
                line: self.at.line + 1,
                column: 1,
            };
        } else {
            self.at.column += 1;
        }
    }
}

/// A scalar with templates: plain text where only comments and delimiters were in it.
fn text(segments: Vec<Segment>) -> Data {
    match segments.as_slice() {
        [] => Data::Value(Json::String(String::new())),
        [Segment::Literal(text)] => Data::Value(Json::String(text.clone())),
        _ => Data::Text(segments),
    }
}

/// A list: one value where nothing in it has templates.
fn list(items: Vec<Data>) -> Data {
    if !items.iter().all(|item| matches!(item, Data::Value(_))) {
        return Data::List(items);
    }
    let values = items.into_iter().filter_map(|item| match item {
        Data::Value(value) => Some(value),
        _ => None,
    });
    Data::Value(Json::Array(values.collect()))
}

/// A mapping: one value where nothing in it has templates.
fn map(entries: Vec<(Vec<Segment>, Data)>) -> Data {
    let plain = |(key, value): &(Vec<Segment>, Data)| {
        matches!(key.as_slice(), [] | [Segment::Literal(_)]) && matches!(value, Data::Value(_))
    };
    if !entries.iter().all(plain) {
        return Data::Map(entries);
    }
    let members = entries
        .into_iter()
        .filter_map(|(mut key, value)| match (key.pop(), value) {
            (Some(Segment::Literal(key)), Data::Value(value)) => Some((key, value)),
            (None, Data::Value(value)) => Some((String::new(), value)),
            _ => None,
        });
    Data::Value(Json::Object(members.collect()))
}

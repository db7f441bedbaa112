//! From text to tree: positions kept, aliases shared and counted, merge keys expanded.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use porter_runbook::template::Position;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Mark, StrInput, Tag};

use super::{Entry, Kind, Node, Scalar, Style};
use crate::problem::Problem;
use crate::source::{Content, Source, Span, to_u32};

/// Deepest nesting that is read. What is in a manifest ends in JSON documents, whose readers
/// commonly stop at 128.
pub const MAX_DEPTH: usize = 100;

/// NUL, which no argument and no variable can hold, and the marks of values that mixins may place
/// but not see.
const FORBIDDEN: [char; 3] = ['\0', '\u{FDD0}', '\u{FDD1}'];

/// Beginning of the keys with which the JSON reader marks its own values.
const RESERVED_KEY: &str = "$serde_json::private::";

/// Most bytes that aliases may add.
const MAX_ALIAS_BYTES: u64 = 16 * 1024 * 1024;

/// Reads the one document of a manifest.
///
/// # Errors
/// When it is no valid YAML, has a second document, a key twice, a key that is no scalar, nests
/// too deeply or has aliases that multiply.
pub fn load(source: &Source) -> Result<Arc<Node>, Problem> {
    refuse_other_version(source)?;
    let mut builder = Builder::new(source);
    let mut parser = Parser::new_from_str(source.text());
    while let Some(event) = parser.next_event() {
        let (event, mark) = event.map_err(|error| builder.invalid(&error))?;
        if builder.take(event, mark, &mut parser)? {
            break;
        }
    }
    builder.root.ok_or_else(|| {
        let content = source.content();
        Problem::error(format!("the {} is empty", content.noun()))
            .with_hint(content.start())
            .at(crate::problem::Place::file(source.name()))
    })
}

fn refuse_other_version(source: &Source) -> Result<(), Problem> {
    for (index, line) in source.text().lines().enumerate() {
        let Some(version) = line.strip_prefix("%YAML") else {
            match line.chars().next() {
                None | Some('#' | '%') => continue,
                _ => break,
            }
        };
        if version.trim() != "1" && !version.trim().starts_with("1.") {
            let start = Position {
                line: to_u32(index + 1),
                column: 1,
            };
            let end = Position {
                column: to_u32(1 + line.chars().count()),
                ..start
            };
            return Err(Problem::error("found incompatible YAML document")
                .with_hint("remove the %YAML line")
                .at(source.place(Span { start, end })));
        }
    }
    Ok(())
}

/// A list or mapping that is not complete.
struct Frame {
    start: Position,
    anchor: usize,
    kind: FrameKind,
}

enum FrameKind {
    List(Vec<Arc<Node>>),
    Map {
        entries: Vec<Entry>,
        key: Option<Arc<Node>>,
        merges: Vec<Arc<Node>>,
    },
}

struct Builder<'a> {
    source: &'a Source,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Arc<Node>>,
    root: Option<Arc<Node>>,
    /// Nodes in the text, and nodes and bytes that aliases add.
    nodes: u64,
    alias_nodes: u64,
    alias_bytes: u64,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            source,
            stack: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            nodes: 0,
            alias_nodes: 0,
            alias_bytes: 0,
        }
    }

    /// Takes one event; true when the document is complete.
    fn take(
        &mut self,
        event: Event<'_>,
        mark: Mark,
        parser: &mut Parser<'_, StrInput<'_>>,
    ) -> Result<bool, Problem> {
        let span = to_span(mark);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.check_text(&text, span)?;
                let scalar = Scalar {
                    text: text.into_owned(),
                    style: to_style(style),
                    tag: core(tag),
                };
                let node = self.node(span, Kind::Scalar(scalar));
                self.finish(anchor, node)?;
            }
            Event::Alias(anchor) => {
                let node = self.alias(anchor, span)?;
                self.finish(0, node)?;
            }
            Event::SequenceStart(anchor, _) => {
                self.open(span, anchor, FrameKind::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, _) => {
                let kind = FrameKind::Map {
                    entries: Vec::new(),
                    key: None,
                    merges: Vec::new(),
                };
                self.open(span, anchor, kind)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::DocumentEnd => {
                self.refuse_second_document(parser)?;
                return Ok(true);
            }
            Event::StreamEnd => return Ok(true),
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
        }
        Ok(false)
    }

    fn refuse_second_document(&self, parser: &mut Parser<'_, StrInput<'_>>) -> Result<(), Problem> {
        while let Some(event) = parser.next_event() {
            let (event, mark) = event.map_err(|error| self.invalid(&error))?;
            if let Event::DocumentStart(_) = event {
                return Err(self
                    .error(
                        to_span(mark),
                        match self.source.content() {
                            Content::Manifest => {
                                "a manifest is one YAML document, and here a second begins"
                            }
                            Content::MixinInput => {
                                "an input is one YAML document, and here a second begins"
                            }
                        },
                    )
                    .with_hint("remove the `---` and what follows it"));
            }
        }
        Ok(())
    }

    /// Characters that no text may hold, however they are spelled.
    fn check_text(&self, text: &str, span: Span) -> Result<(), Problem> {
        match text.chars().find(|c| FORBIDDEN.contains(c)) {
            None => Ok(()),
            Some(found) => {
                let message = format!("the character U+{:04X} is not allowed", u32::from(found));
                Err(self.error(span, &message).with_hint("remove it"))
            }
        }
    }

    fn open(&mut self, span: Span, anchor: usize, kind: FrameKind) -> Result<(), Problem> {
        if self.stack.len() >= MAX_DEPTH {
            let message = format!("exceeded max depth of {MAX_DEPTH}");
            return Err(self.error(span, &message).with_hint("nest less deeply"));
        }
        self.stack.push(Frame {
            start: span.start,
            anchor,
            kind,
        });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Problem> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let span = Span {
            start: frame.start,
            end: end.end,
        };
        let kind = match frame.kind {
            FrameKind::List(items) => Kind::List(items),
            FrameKind::Map {
                entries, merges, ..
            } => Kind::Map(self.merge(entries, merges)?),
        };
        let node = self.node(span, kind);
        self.finish(frame.anchor, node)
    }

    fn node(&mut self, span: Span, kind: Kind) -> Arc<Node> {
        self.nodes += 1;
        let (size, bytes) = match &kind {
            Kind::Scalar(scalar) => (1, u64::try_from(scalar.text.len()).unwrap_or(u64::MAX)),
            Kind::List(items) => total(items.iter()),
            Kind::Map(entries) => {
                total(entries.iter().flat_map(|entry| [&entry.key, &entry.value]))
            }
        };
        Arc::new(Node {
            span,
            kind,
            size,
            bytes,
        })
    }

    /// Puts a complete node where it belongs.
    fn finish(&mut self, anchor: usize, node: Arc<Node>) -> Result<(), Problem> {
        if anchor > 0 {
            self.anchors.insert(anchor, Arc::clone(&node));
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut frame.kind {
            FrameKind::List(items) => items.push(node),
            FrameKind::Map {
                entries,
                key,
                merges,
            } => match key.take() {
                None if node.scalar().is_none() => {
                    return Err(self.error(node.span, "a key must be a text"));
                }
                None if node.text().is_some_and(|key| key.starts_with(RESERVED_KEY)) => {
                    let message = format!("a key may not begin with `{RESERVED_KEY}`");
                    return Err(self.error(node.span, &message));
                }
                None => *key = Some(node),
                Some(key) if is_merge(&key) => merges.push(node),
                Some(key) => entries.push(Entry { key, value: node }),
            },
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<Arc<Node>, Problem> {
        let Some(target) = self.anchors.get(&anchor).map(Arc::clone) else {
            return Err(self.error(span, "the value of an anchor contains itself"));
        };
        self.nodes += 1;
        self.alias_nodes = self.alias_nodes.saturating_add(target.size);
        self.alias_bytes = self.alias_bytes.saturating_add(target.bytes);
        if self.aliases_are_excessive() {
            return Err(self
                .error(span, "document contains excessive aliasing")
                .with_hint("write the values out, or keep them in a file beside the manifest"));
        }
        Ok(target)
    }

    /// Porter's YAML reader's rule: of a large document, most must be written out.
    fn aliases_are_excessive(&self) -> bool {
        let total = self.nodes.saturating_add(self.alias_nodes);
        if self.alias_bytes > MAX_ALIAS_BYTES {
            return true;
        }
        if self.alias_nodes <= 100 || total <= 1_000 {
            return false;
        }
        let percent = match total {
            0..=400_000 => 99,
            400_001..=3_999_999 => 99 - 89 * (total - 400_000) / 3_600_000,
            _ => 10,
        };
        self.alias_nodes.saturating_mul(100) > total.saturating_mul(percent)
    }

    /// The entries with those of `<<` added that are not there, and no key twice.
    fn merge(&self, entries: Vec<Entry>, merges: Vec<Arc<Node>>) -> Result<Vec<Entry>, Problem> {
        let mut seen: HashMap<&str, Position> = HashMap::new();
        for entry in &entries {
            if let Some(first) = seen.insert(entry.name(), entry.key.span.start) {
                let message = format!(
                    "mapping key \"{}\" already defined at line {}",
                    entry.name(),
                    first.line
                );
                return Err(self
                    .error(entry.key.span, &message)
                    .with_hint("remove one of them"));
            }
        }
        if merges.is_empty() {
            return Ok(entries);
        }
        let mut names: HashSet<String> = seen.into_keys().map(str::to_owned).collect();
        let mut merged = entries;
        for node in merges {
            let maps = match &node.kind {
                Kind::List(items) => items.clone(),
                _ => vec![node],
            };
            for map in maps {
                let Some(more) = map.entries() else {
                    let message = "map merge requires map or sequence of maps as the value";
                    return Err(self.error(map.span, message));
                };
                merged.extend(
                    more.iter()
                        .filter(|entry| names.insert(entry.name().to_owned()))
                        .cloned(),
                );
            }
        }
        Ok(merged)
    }

    fn error(&self, span: Span, message: &str) -> Problem {
        let begin = match self.source.content() {
            Content::Manifest => UNREADABLE,
            Content::MixinInput => "",
        };
        Problem::error(format!("{begin}{message}")).at(self.source.place(span))
    }

    fn invalid(&self, error: &ScanError) -> Problem {
        let at = error.marker();
        let start = Position {
            line: to_u32(at.line()),
            column: to_u32(at.col() + 1),
        };
        let end = Position {
            column: start.column + 1,
            ..start
        };
        let span = Span { start, end };
        if error.info() == "recursion limit exceeded" {
            let message = format!("exceeded max depth of {MAX_DEPTH}");
            return self.error(span, &message).with_hint("nest less deeply");
        }
        self.error(span, error.info())
            .with_hint("check indentation, quotes and colons around this place")
    }
}

/// How Porter begins the message of a manifest that is no valid YAML.
const UNREADABLE: &str = "error unmarshaling the typed manifest: yaml: ";

fn is_merge(key: &Node) -> bool {
    key.scalar().is_some_and(|scalar| {
        scalar.text == "<<" && (scalar.style == Style::Plain && scalar.tag.is_none())
            || scalar.tag.as_deref() == Some("merge")
    })
}

fn total<'n>(nodes: impl Iterator<Item = &'n Arc<Node>>) -> (u64, u64) {
    nodes.fold((1, 0), |(size, bytes), node| {
        (
            u64::saturating_add(size, node.size),
            u64::saturating_add(bytes, node.bytes),
        )
    })
}

fn core(tag: Option<std::borrow::Cow<'_, Tag>>) -> Option<String> {
    let tag = tag?;
    tag.is_yaml_core_schema().then(|| tag.suffix.clone())
}

fn to_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    }
}

fn to_span(mark: Mark) -> Span {
    let position = |at: saphyr_parser::Marker| Position {
        line: to_u32(at.line()),
        column: to_u32(at.col() + 1),
    };
    Span {
        start: position(mark.start),
        end: position(mark.end),
    }
}

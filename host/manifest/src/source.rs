//! The text of a manifest: what may be read at all, and how a place in it is shown.

use std::io::Read;
use std::path::Path;

use porter_runbook::template::Position;

use crate::problem::{Place, Problem};

/// Largest manifest that is read.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Characters between two entries of the index.
const STRIDE: usize = 256;

/// Most characters of a line that are shown with a problem.
const SHOWN: usize = 120;

/// From here to there; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First character.
    pub start: Position,
    /// First character after it.
    pub end: Position,
}

/// What a text is, in the words of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A porter.yaml.
    Manifest,
    /// What somebody wants to give to a mixin alone.
    MixinInput,
}

impl Content {
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::MixinInput => "input",
        }
    }

    /// What to do where nothing was written.
    pub(crate) fn start(self) -> &'static str {
        match self {
            Self::Manifest => "`porter create` writes one to start from",
            Self::MixinInput => "write at least `{}`",
        }
    }
}

/// The text of a manifest, with its name.
#[derive(Debug)]
pub struct Source {
    content: Content,
    name: String,
    text: String,
    /// Start of every line, in bytes and in characters.
    lines: Vec<(usize, usize)>,
    /// Byte offset of every [`STRIDE`]th character, so that a place in a line of megabytes is
    /// found as fast as one in a short line.
    strides: Vec<usize>,
}

impl Source {
    /// Takes the content of a manifest file. `name` is how the user calls the file.
    ///
    /// # Errors
    /// When it is empty, too large, not UTF-8 text, or has control characters.
    pub fn new(name: &str, bytes: &[u8]) -> Result<Self, Problem> {
        Self::of(Content::Manifest, name, bytes)
    }

    /// As [`Self::new`], for other text in the form of a manifest.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of(content: Content, name: &str, bytes: &[u8]) -> Result<Self, Problem> {
        let noun = content.noun();
        let fail = |message: String, hint: &str| {
            Err(Problem::error(message)
                .with_hint(hint)
                .at(Place::file(name)))
        };
        if bytes.len() > MAX_BYTES {
            let message = format!(
                "the {noun} has {} bytes, the limit is {MAX_BYTES}",
                bytes.len()
            );
            return fail(message, "keep data in files beside the manifest");
        }
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return fail(format!("the {noun} is UTF-16 text"), "save it as UTF-8");
        }
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if bytes.contains(&0) {
            return fail(
                format!("the {noun} is a binary file"),
                match content {
                    Content::Manifest => "name the porter.yaml with --file",
                    Content::MixinInput => "write it as YAML or JSON",
                },
            );
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                let line = 1 + bytes[..error.valid_up_to()]
                    .iter()
                    .filter(|b| **b == b'\n')
                    .count();
                let message = format!("the {noun} is not valid UTF-8 (first in line {line})");
                return fail(message, "save it as UTF-8");
            }
        };
        if text.trim().is_empty() {
            return fail(format!("the {noun} is empty"), content.start());
        }
        let (lines, strides) = index(&text);
        let source = Self {
            content,
            name: name.to_owned(),
            text,
            lines,
            strides,
        };
        source.refuse_control_characters()?;
        Ok(source)
    }

    fn refuse_control_characters(&self) -> Result<(), Problem> {
        let printable = |c: char| {
            matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{D7FF}'
                | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
                && c != '\u{FEFF}'
        };
        let Some((offset, character)) = self.text.char_indices().find(|(_, c)| !printable(*c))
        else {
            return Ok(());
        };
        let start = self.position(offset);
        let end = Position {
            line: start.line,
            column: start.column + 1,
        };
        Err(Problem::error("control characters are not allowed")
            .with_hint(&format!(
                "remove the character U+{:04X}, or write it with an escape in double quotes",
                u32::from(character)
            ))
            .at(self.place(Span { start, end })))
    }

    /// What the text is.
    #[must_use]
    pub fn content(&self) -> Content {
        self.content
    }

    /// The name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, without a byte-order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place to show with a problem.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let excerpt = self.excerpt(span);
        Place {
            file: self.name.clone(),
            line: span.start.line,
            column: span.start.column,
            end: Some((span.end.line, span.end.column)),
            excerpt,
        }
    }

    /// The line of a span, cut around it when it is long, and the caret line below it.
    fn excerpt(&self, span: Span) -> Option<(String, String)> {
        if span.start.line == 0 {
            return None;
        }
        let skip = span
            .start
            .column
            .saturating_sub(1)
            .saturating_sub(to_u32(SHOWN / 2));
        let begin = Position {
            line: span.start.line,
            column: skip + 1,
        };
        let rest = &self.text[self.offset(begin)..];
        let shown: String = rest
            .chars()
            .take_while(|c| !matches!(c, '\n' | '\r'))
            .take(SHOWN)
            .map(|c| if c == '\t' { ' ' } else { c })
            .collect();
        let shown = shown.trim_end();
        let from = usize::try_from(span.start.column.saturating_sub(1) - skip).ok()?;
        let length = if span.end.line == span.start.line && span.end.column > span.start.column {
            usize::try_from(span.end.column - span.start.column).ok()?
        } else {
            shown.chars().count().saturating_sub(from)
        };
        let carets = length.clamp(1, SHOWN - from);
        let marks = format!("{}{}", " ".repeat(from), "^".repeat(carets));
        Some((crate::problem::visible(shown), marks))
    }

    /// The byte offset of a position; the end of the text when there is no such.
    #[must_use]
    pub fn offset(&self, position: Position) -> usize {
        let line = usize::try_from(position.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let column = usize::try_from(position.column.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some((_, first)) = self.lines.get(line) else {
            return self.text.len();
        };
        let character = first.saturating_add(column);
        let Some(stride) = self.strides.get(character / STRIDE) else {
            return self.text.len();
        };
        let rest = &self.text[*stride..];
        let inside = rest.char_indices().nth(character % STRIDE);
        stride + inside.map_or(rest.len(), |(offset, _)| offset)
    }

    /// The position of a byte offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let line = self
            .lines
            .partition_point(|(start, _)| *start <= offset)
            .saturating_sub(1);
        let start = self.lines.get(line).map_or(0, |(start, _)| *start);
        let column = self
            .text
            .get(start..offset)
            .map_or(0, |before| before.chars().count());
        Position {
            line: to_u32(line + 1),
            column: to_u32(column + 1),
        }
    }
}

/// Where lines begin, and the byte offset of every [`STRIDE`]th character.
fn index(text: &str) -> (Vec<(usize, usize)>, Vec<usize>) {
    let mut lines = vec![(0, 0)];
    let mut strides = Vec::with_capacity(text.len() / STRIDE + 1);
    for (character, (offset, letter)) in text.char_indices().enumerate() {
        if character % STRIDE == 0 {
            strides.push(offset);
        }
        if letter == '\n' {
            lines.push((offset + 1, character + 1));
        }
    }
    (lines, strides)
}

/// Reads a manifest file, and no more of it than a manifest may have.
///
/// # Errors
/// When there is no such file, it is a directory, it cannot be read or it is too large.
pub fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let name = path.display().to_string();
    let fail = |message: String| Problem::error(message).at(Place::file(&name));
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => fail(format!(
            "the specified porter configuration file {name} does not exist"
        ))
        .with_hint("name the manifest with --file, or write one with `porter create`"),
        _ => fail(format!("could not read manifest at \"{name}\": {error}")),
    })?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(fail(format!(
            "could not read manifest at \"{name}\": it is a directory"
        ))
        .with_hint("name the porter.yaml itself with --file"));
    }
    let mut bytes = Vec::new();
    // One byte more, so that a file beyond the limit is seen as such.
    let limit = u64::try_from(MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| fail(format!("could not read manifest at \"{name}\": {error}")))?;
    if bytes.len() > MAX_BYTES {
        return Err(fail(format!(
            "the manifest is larger than the limit of {MAX_BYTES} bytes"
        ))
        .with_hint("keep data in files beside the manifest"));
    }
    Ok(bytes)
}

pub(crate) fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

//! The template parser: the text of one scalar into [`Segment`]s.
//!
//! Mustache without partials: variables, `&`, sections, inverted sections, comments and changes
//! of the delimiters, with the rule that a section, comment or delimiter tag alone on its line
//! takes the line with it. A section begins and ends in the same scalar, and a change of the
//! delimiters ends with it, so no template can reach over the structure around it.

use crate::Segment;
use crate::tree::Expression;

/// How deep sections may nest.
pub const MAX_DEPTH: usize = 64;

/// What opens and closes a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimiters {
    open: String,
    close: String,
}

impl Delimiters {
    /// `${` and `}`: manifests of schema version 1.0.0 and later.
    #[must_use]
    pub fn dollar() -> Self {
        Self {
            open: "${".to_owned(),
            close: "}".to_owned(),
        }
    }

    /// `{{` and `}}`: manifests without schema version and those of 1.0.0-alpha.1.
    #[must_use]
    pub fn braces() -> Self {
        Self {
            open: "{{".to_owned(),
            close: "}}".to_owned(),
        }
    }

    /// What opens a tag.
    #[must_use]
    pub fn open(&self) -> &str {
        &self.open
    }

    /// What closes a tag.
    #[must_use]
    pub fn close(&self) -> &str {
        &self.close
    }
}

/// A place in the manifest: line and column, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// The tag is not closed in this scalar.
    #[error("the tag `{0}` is not closed")]
    UnclosedTag(String),
    /// There is nothing in the tag.
    #[error("empty tag")]
    EmptyTag,
    /// The section is not closed in this scalar.
    #[error("the section `{0}` is not closed in the same value")]
    UnclosedSection(String),
    /// A section is closed that was not opened in this scalar.
    #[error("the section `{0}` is closed here but was not opened in the same value")]
    UnopenedSection(String),
    /// Sections overlap.
    #[error("the section `{found}` is closed here while `{open}` is open")]
    CrossedSections {
        /// The innermost open section.
        open: String,
        /// The one that is closed.
        found: String,
    },
    /// Mustache's partials would read files.
    #[error("`{0}` would include another file, which templates cannot do")]
    Partial(String),
    /// A tag that changes the delimiters without naming two.
    #[error("`{0}` does not name two delimiters")]
    Delimiters(String),
    /// Sections nest deeper than [`MAX_DEPTH`].
    #[error("sections nest deeper than {MAX_DEPTH}")]
    TooDeep,
}

/// An error of a template with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct TemplateError {
    /// What is wrong.
    pub fault: TemplateFault,
    /// Where the tag begins.
    pub at: Position,
}

/// Parses the text of one scalar. `locate` is asked for every tag, in order: given the byte
/// offset of the tag in `text` and the tag itself it says where that is in the manifest.
///
/// # Errors
/// When a tag is not closed or makes no sense, or when a section does not begin and end here.
pub fn parse(
    text: &str,
    delimiters: &Delimiters,
    locate: &mut dyn FnMut(usize, &str) -> Position,
) -> Result<Vec<Segment>, TemplateError> {
    Parser {
        text,
        delimiters: delimiters.clone(),
        cursor: 0,
        stack: Vec::new(),
        current: Vec::new(),
        locate,
    }
    .run()
}

/// Parses a text whose tags are all said to be at one place.
///
/// # Errors
/// As [`parse`].
pub fn parse_at(
    text: &str,
    delimiters: &Delimiters,
    at: Position,
) -> Result<Vec<Segment>, TemplateError> {
    parse(text, delimiters, &mut |_, _| at)
}

/// The expression, when these segments are exactly one variable.
#[must_use]
pub fn single_expression(segments: &[Segment]) -> Option<&Expression> {
    match segments {
        [Segment::Variable(expression)] => Some(expression),
        _ => None,
    }
}

/// Calls `visit` with every expression in order and whether it stands inside a section or names
/// one: such an expression may name nothing.
pub fn visit(segments: &[Segment], visit: &mut dyn FnMut(&Expression, bool)) {
    fn walk(segments: &[Segment], inside: bool, visit: &mut dyn FnMut(&Expression, bool)) {
        for segment in segments {
            match segment {
                Segment::Literal(_) => {}
                Segment::Variable(expression) => visit(expression, inside),
                Segment::Section { of, content, .. } => {
                    visit(of, true);
                    walk(content, true, visit);
                }
            }
        }
    }
    walk(segments, false, visit);
}

/// A section that is open.
struct Open {
    name: String,
    of: Expression,
    inverted: bool,
    outer: Vec<Segment>,
}

/// A tag and where it stands in the text.
struct Tag<'a> {
    raw: &'a str,
    content: &'a str,
    start: usize,
    end: usize,
    at: Position,
}

struct Parser<'a, 'l> {
    text: &'a str,
    delimiters: Delimiters,
    cursor: usize,
    stack: Vec<Open>,
    current: Vec<Segment>,
    locate: &'l mut dyn FnMut(usize, &str) -> Position,
}

impl<'a> Parser<'a, '_> {
    fn run(mut self) -> Result<Vec<Segment>, TemplateError> {
        while let Some(found) = self.text[self.cursor..].find(&self.delimiters.open) {
            let tag = self.read_tag(self.cursor + found)?;
            self.take_tag(&tag)?;
        }
        self.literal(&self.text[self.cursor..]);
        match self.stack.pop() {
            Some(open) => Err(TemplateError {
                fault: TemplateFault::UnclosedSection(open.name),
                at: Position {
                    line: open.of.line,
                    column: open.of.column,
                },
            }),
            None => Ok(self.current),
        }
    }

    fn read_tag(&mut self, start: usize) -> Result<Tag<'a>, TemplateError> {
        let text = self.text;
        let inside = start + self.delimiters.open.len();
        let rest = &text[inside..];
        // `${{x}}` is a variable too: Mustache's form without escaping.
        let braced = rest.starts_with('{');
        let close = if braced {
            format!("}}{}", self.delimiters.close)
        } else {
            self.delimiters.close.clone()
        };
        let Some(length) = rest.find(&close) else {
            let shown: String = text[start..].chars().take(40).collect();
            let at = (self.locate)(start, &text[start..inside]);
            return Err(TemplateError {
                fault: TemplateFault::UnclosedTag(shown),
                at,
            });
        };
        let end = inside + length + close.len();
        let content = if braced {
            &rest[1..length]
        } else {
            &rest[..length]
        };
        let raw = &text[start..end];
        let at = (self.locate)(start, raw);
        Ok(Tag {
            raw,
            content: content.trim(),
            start,
            end,
            at,
        })
    }

    fn take_tag(&mut self, tag: &Tag<'a>) -> Result<(), TemplateError> {
        let fail = |fault| Err(TemplateError { fault, at: tag.at });
        let mut characters = tag.content.chars();
        let Some(kind) = characters.next() else {
            return fail(TemplateFault::EmptyTag);
        };
        let name = characters.as_str().trim();
        match kind {
            '#' | '^' | '/' | '&' if name.is_empty() => fail(TemplateFault::EmptyTag),
            '!' => {
                self.pass_line(tag);
                Ok(())
            }
            '#' | '^' => self.open_section(tag, name, kind == '^'),
            '/' => self.close_section(tag, name),
            '>' => fail(TemplateFault::Partial(tag.raw.to_owned())),
            '=' => self.change_delimiters(tag, name),
            '&' => {
                self.variable(tag, name);
                Ok(())
            }
            _ => {
                self.variable(tag, tag.content);
                Ok(())
            }
        }
    }

    fn variable(&mut self, tag: &Tag<'_>, name: &str) {
        self.literal(&self.text[self.cursor..tag.start]);
        self.current
            .push(Segment::Variable(expression(name, tag.at)));
        self.cursor = tag.end;
    }

    fn open_section(
        &mut self,
        tag: &Tag<'_>,
        name: &str,
        inverted: bool,
    ) -> Result<(), TemplateError> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(TemplateError {
                fault: TemplateFault::TooDeep,
                at: tag.at,
            });
        }
        self.pass_line(tag);
        self.stack.push(Open {
            name: name.to_owned(),
            of: expression(name, tag.at),
            inverted,
            outer: std::mem::take(&mut self.current),
        });
        Ok(())
    }

    fn close_section(&mut self, tag: &Tag<'_>, name: &str) -> Result<(), TemplateError> {
        self.pass_line(tag);
        let Some(open) = self.stack.pop() else {
            let fault = TemplateFault::UnopenedSection(name.to_owned());
            return Err(TemplateError { fault, at: tag.at });
        };
        if open.name != name {
            let fault = TemplateFault::CrossedSections {
                open: open.name,
                found: name.to_owned(),
            };
            return Err(TemplateError { fault, at: tag.at });
        }
        let content = std::mem::replace(&mut self.current, open.outer);
        self.current.push(Segment::Section {
            of: open.of,
            inverted: open.inverted,
            content,
        });
        Ok(())
    }

    fn change_delimiters(&mut self, tag: &Tag<'_>, pair: &str) -> Result<(), TemplateError> {
        let mut words = pair
            .strip_suffix('=')
            .unwrap_or_default()
            .split_whitespace();
        let (Some(open), Some(close), None) = (words.next(), words.next(), words.next()) else {
            let fault = TemplateFault::Delimiters(tag.raw.to_owned());
            return Err(TemplateError { fault, at: tag.at });
        };
        self.pass_line(tag);
        self.delimiters = Delimiters {
            open: open.to_owned(),
            close: close.to_owned(),
        };
        Ok(())
    }

    /// Takes the text before a tag that renders nothing itself, and the whole line with it when
    /// nothing else is on the line.
    fn pass_line(&mut self, tag: &Tag<'_>) {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let bytes = self.text.as_bytes();
        let before = &bytes[self.cursor..tag.start];
        let indent = before.iter().rev().take_while(|byte| blank(byte)).count();
        let line_start = tag.start - indent;
        let begins_line = line_start == 0 || bytes[line_start - 1] == b'\n';
        let after = &bytes[tag.end..];
        let trail = after.iter().take_while(|byte| blank(byte)).count();
        let line_end = match &after[trail..] {
            [] => Some(trail),
            [b'\n', ..] => Some(trail + 1),
            [b'\r', b'\n', ..] => Some(trail + 2),
            _ => None,
        };
        match line_end {
            Some(length) if begins_line => {
                self.literal(&self.text[self.cursor..line_start]);
                self.cursor = tag.end + length;
            }
            _ => {
                self.literal(&self.text[self.cursor..tag.start]);
                self.cursor = tag.end;
            }
        }
    }

    fn literal(&mut self, text: &str) {
        match self.current.last_mut() {
            _ if text.is_empty() => {}
            Some(Segment::Literal(last)) => last.push_str(text),
            _ => self.current.push(Segment::Literal(text.to_owned())),
        }
    }
}

fn expression(name: &str, at: Position) -> Expression {
    let path = if name == "." {
        vec![".".to_owned()]
    } else {
        name.split('.').map(|part| part.trim().to_owned()).collect()
    };
    Expression {
        path,
        line: at.line,
        column: at.column,
    }
}

//! Reads a template as the Dockerfile frontend does: directives, continued lines, heredocs,
//! stages. Only as much as is needed to know where an instruction of ours may stand.

use super::LINE_LIMIT;
use super::error::{RenderError, TemplateProblem};
use super::heredoc;

/// Where the bundle's user is made.
pub(crate) const INIT: &str = "# PORTER_INIT";
/// Where the mixins' instructions go.
pub(crate) const MIXINS: &str = "# PORTER_MIXINS";

/// A template that has been read.
#[derive(Debug)]
pub(crate) struct Template<'a> {
    /// Its lines, without line feeds.
    pub(crate) lines: Vec<&'a str>,
    /// Its escape character.
    pub(crate) escape: char,
    /// Its instructions in order.
    pub(crate) instructions: Vec<Step>,
    /// Line of the first token of each kind.
    pub(crate) init: Option<usize>,
    /// As `init`.
    pub(crate) mixins: Option<usize>,
}

/// An instruction of a template.
#[derive(Debug)]
pub(crate) struct Step {
    /// In lower case.
    pub(crate) keyword: String,
    /// What follows it, continued lines joined.
    pub(crate) text: String,
    /// First line.
    pub(crate) first: usize,
    /// Last line, heredocs included.
    pub(crate) last: usize,
}

impl<'a> Template<'a> {
    /// Reads `bytes`.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, RenderError> {
        let text = std::str::from_utf8(bytes)
            .ok()
            .filter(|t| !t.contains('\0'));
        let text = text.ok_or_else(|| at(first_bad_line(bytes), TemplateProblem::NotText))?;
        // In the middle of what we write a byte-order mark would be part of an instruction.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let lines: Vec<&str> = text
            .strip_suffix('\n')
            .unwrap_or(text)
            .split('\n')
            .collect();
        if let Some(line) = lines.iter().position(|line| line.len() > LINE_LIMIT) {
            return Err(at(line, TemplateProblem::LineTooLong(lines[line].len())));
        }
        let mut template = Self {
            escape: escape_of(&lines)?,
            lines,
            instructions: Vec::new(),
            init: None,
            mixins: None,
        };
        let mut line = 0;
        while line < template.lines.len() {
            line = template.read_line(line)?;
        }
        template.check()?;
        Ok(template)
    }

    /// Reads what begins on `line` and returns the line after it.
    fn read_line(&mut self, line: usize) -> Result<usize, RenderError> {
        let text = self.lines[line].trim();
        if text.starts_with('#') {
            if text.starts_with(INIT) {
                self.init.get_or_insert(line);
            } else if text.starts_with(MIXINS) {
                self.mixins.get_or_insert(line);
            }
            return Ok(line + 1);
        }
        if text.is_empty() {
            return Ok(line + 1);
        }
        let (logical, last) = self.join(line)?;
        let last = self.skip_heredocs(&logical, line, last)?;
        let (keyword, text) = split_word(&logical);
        self.instructions.push(Step {
            keyword: keyword.to_ascii_lowercase(),
            text: text.trim().to_owned(),
            first: line,
            last,
        });
        Ok(last + 1)
    }

    /// Joins continued lines, leaving out comments and empty lines between them.
    fn join(&self, first: usize) -> Result<(String, usize), RenderError> {
        let start = self.lines[first].trim_end_matches('\r').trim_start();
        let (mut logical, mut open) = continued(start, self.escape);
        let mut line = first;
        while open {
            line += 1;
            let Some(text) = self.lines.get(line) else {
                return Err(at(line - 1, TemplateProblem::Unfinished));
            };
            let text = text.trim_end_matches('\r');
            let visible = text.trim_start();
            if visible.is_empty() || visible.starts_with('#') {
                continue;
            }
            let (piece, more) = continued(text, self.escape);
            logical.push_str(&piece);
            open = more;
        }
        Ok((logical, line))
    }

    /// The last line of the heredocs of an instruction whose own last line is `last`.
    fn skip_heredocs(
        &self,
        logical: &str,
        first: usize,
        last: usize,
    ) -> Result<usize, RenderError> {
        let mut line = last;
        for document in heredoc::of_instruction(logical) {
            let closes = |text: &&str| document.is_closed_by(text);
            let rest = self.lines.get(line + 1..).unwrap_or_default();
            let Some(length) = rest.iter().position(closes) else {
                return Err(at(first, TemplateProblem::OpenHeredoc(document.name)));
            };
            line += length + 1;
        }
        Ok(line)
    }

    fn check(&self) -> Result<(), RenderError> {
        let from = self.instructions.iter().find(|step| step.keyword == "from");
        let Some(from) = from else {
            return Err(at(
                self.lines.len().saturating_sub(1),
                TemplateProblem::NoFrom,
            ));
        };
        for (token, line) in [(INIT, self.init), (MIXINS, self.mixins)] {
            if let Some(line) = line.filter(|line| *line < from.first) {
                return Err(at(line, TemplateProblem::TokenBeforeFrom(token)));
            }
        }
        Ok(())
    }
}

/// An error at the line with this index.
pub(crate) const fn at(line: usize, problem: TemplateProblem) -> RenderError {
    RenderError::Template {
        line: line + 1,
        problem,
    }
}

fn first_bad_line(bytes: &[u8]) -> usize {
    bytes
        .split(|byte| *byte == b'\n')
        .position(|line| line.contains(&0) || std::str::from_utf8(line).is_err())
        .unwrap_or_default()
}

/// The escape character that the directives at the top choose.
fn escape_of(lines: &[&str]) -> Result<char, RenderError> {
    for (line, text) in lines.iter().enumerate() {
        let Some((name, value)) = directive(text) else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "escape" if value == "`" => return Ok('`'),
            "escape" if value == "\\" => return Ok('\\'),
            "escape" => return Err(at(line, TemplateProblem::Escape(value.to_owned()))),
            "syntax" | "check" => {}
            _ => break,
        }
    }
    Ok('\\')
}

/// `# name = value`.
fn directive(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim().strip_prefix('#')?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    (is_name && !value.is_empty()).then_some((name, value))
}

/// The line without the sign of its continuation, and whether there was one.
fn continued(line: &str, escape: char) -> (String, bool) {
    let visible = line.trim_end_matches([' ', '\t']);
    match visible.strip_suffix(escape) {
        Some(rest) if !rest.ends_with(escape) => (rest.to_owned(), true),
        _ => (line.to_owned(), false),
    }
}

/// The first word and the rest.
pub(crate) fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

//! What is wrong with a manifest, and where.

use std::fmt;

/// How bad a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The manifest cannot be used.
    Error,
    /// Shown only.
    Warning,
    /// Shown only where it is in nobody's way.
    Info,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user calls it.
    pub file: String,
    /// Line, from 1; 0 is the file as a whole.
    pub line: u32,
    /// Column in characters, from 1; 0 is the file as a whole.
    pub column: u32,
    /// Line and column after the end.
    pub end: Option<(u32, u32)>,
    /// The line itself (control characters escaped, long lines cut) and the carets below it.
    pub excerpt: Option<(String, String)>,
}

impl Place {
    /// The file as a whole.
    #[must_use]
    pub fn file(name: &str) -> Self {
        Self {
            file: name.to_owned(),
            line: 0,
            column: 0,
            end: None,
            excerpt: None,
        }
    }
}

/// One thing that is wrong. As text it is several lines: place and message, the source line with
/// carets, the hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The rule, such as `porter-100`.
    pub code: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where it is.
    pub place: Option<Box<Place>>,
}

impl Problem {
    /// An error.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message.into())
    }

    /// A warning.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message.into())
    }

    fn new(severity: Severity, message: String) -> Self {
        Self {
            severity,
            code: None,
            message,
            hint: None,
            place: None,
        }
    }

    /// With what to do about it; an empty text is none.
    #[must_use]
    pub fn with_hint(mut self, hint: &str) -> Self {
        self.hint = (!hint.is_empty()).then(|| hint.to_owned());
        self
    }

    /// With its place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(Box::new(place));
        self
    }

    /// `FILE:LINE:COLUMN`, as far as known.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        let place = self.place.as_ref()?;
        let file = visible(&place.file);
        Some(match place.line {
            0 => file,
            line => format!("{file}:{line}:{}", place.column),
        })
    }

    /// The source line with the carets below it, each line ending with a newline.
    #[must_use]
    pub fn excerpt(&self) -> Option<String> {
        let place = self.place.as_ref()?;
        let (line, marks) = place.excerpt.as_ref()?;
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        Some(format!(
            "{margin} |\n{number} | {line}\n{margin} | {marks}\n"
        ))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = self.location() {
            write!(f, "{location}: ")?;
        }
        f.write_str(&visible(&self.message))?;
        if let Some(excerpt) = self.excerpt() {
            write!(f, "\n{}", excerpt.trim_end())?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {}", visible(hint))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong with a manifest: at least one error, in the order in which Porter
/// would tell, warnings last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// The errors among them.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.0
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let kind = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            write!(f, "{kind}: {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The text with what could disturb a terminal escaped: control characters other than newline,
/// bidirectional and zero-width ones.
#[must_use]
pub fn visible(text: &str) -> String {
    let harmful = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}'
                | '\u{FEFF}' | '\u{61C}')
    };
    text.chars()
        .map(|c| {
            if harmful(c) {
                c.escape_unicode().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

//! What lint found, and how it is shown.

use std::fmt;

use porter_manifest::{Severity, ordinal};
use porter_mixin::escape::escape;
use serde::Serialize;
use serde::ser::Serializer;

/// How bad a finding is: Porter's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Stops a build.
    Error,
    /// Shown only.
    Warning,
    /// Of a rule that Porter does not have, and that nobody raised.
    Info,
}

impl Level {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(match self {
            Self::Error => 0,
            Self::Warning => 2,
            Self::Info => 3,
        })
    }
}

/// Something that lint found. Texts that come from a mixin are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// The step.
    pub location: Location,
    /// The rule, such as `exec-100`.
    pub code: String,
    /// Short title.
    pub title: String,
    /// The whole text.
    pub message: String,
    /// Where to read more.
    #[serde(rename = "URL")]
    pub url: String,
    /// Where it is, in addition to what Porter says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// What to do about it.
    #[serde(skip)]
    pub hint: Option<String>,
    /// `FILE:LINE:COLUMN`.
    #[serde(skip)]
    pub place: Option<String>,
    /// The line and a caret below the place.
    #[serde(skip)]
    pub excerpt: Option<String>,
}

/// The step that a finding is about; empty for the whole bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Location {
    /// Name of the action.
    pub action: String,
    /// Name of the mixin.
    pub mixin: String,
    /// From 1.
    pub step_number: u32,
    /// The author's description.
    pub step_description: String,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Range {
    /// The file, as the user calls it.
    pub file: String,
    /// The first character.
    pub start: Spot,
    /// The first character after it.
    pub end: Spot,
}

/// A character of a file; 0 is the file as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Spot {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

impl Finding {
    pub(super) fn new(found: porter_manifest::Finding) -> Self {
        let problem = found.to_problem();
        let location = found.step.map(|step| Location {
            action: step.action,
            mixin: step.mixin,
            step_number: u32::try_from(step.number).unwrap_or(u32::MAX),
            step_description: step.description,
        });
        Self {
            level: match found.severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
                Severity::Info => Level::Info,
            },
            range: found.place.as_ref().map(Range::of),
            location: location.unwrap_or_default(),
            code: found.code,
            title: found.title,
            message: found.message,
            url: found.url,
            hint: found.hint,
            place: problem.location(),
            excerpt: problem.excerpt(),
        }
    }
}

impl Range {
    fn of(place: &porter_manifest::Place) -> Self {
        let start = Spot {
            line: place.line,
            column: place.column,
        };
        let end = place.end.map(|(line, column)| Spot { line, column });
        Self {
            file: place.file.clone(),
            start,
            end: end.unwrap_or(start),
        }
    }
}

impl Finding {
    /// Message and hint in one line.
    pub fn sentence(&self) -> String {
        let mut parts: Vec<String> = self.message.lines().map(escape).collect();
        if parts.is_empty() {
            parts.push(escape(&self.title));
        }
        let mut sentence = parts.join(" ");
        if let Some(hint) = &self.hint {
            sentence.push_str(&format!("; {}", escape(hint)));
        }
        sentence
    }

    /// As a command of GitHub's workflows, which annotates the line.
    pub fn annotation(&self) -> String {
        let kind = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "notice",
        };
        let mut properties = Vec::new();
        if let Some(range) = &self.range {
            properties.push(("file", range.file.clone()));
            if range.start.line > 0 {
                properties.push(("line", range.start.line.to_string()));
                properties.push(("endLine", range.end.line.to_string()));
                properties.push(("col", range.start.column.to_string()));
                properties.push(("endColumn", range.end.column.to_string()));
            }
        }
        properties.push(("title", format!("{}: {}", self.code, self.title)));
        let properties: Vec<String> = properties
            .iter()
            .map(|(name, value)| {
                let value = in_command(&escape(value));
                format!("{name}={}", value.replace(':', "%3A").replace(',', "%2C"))
            })
            .collect();
        let message = in_command(&self.sentence());
        format!("::{kind} {}::{message}\n", properties.join(","))
    }

    /// As Porter prints it, and its place.
    pub fn plain(&self) -> String {
        self.text("")
    }

    /// The same with `details` after the place.
    fn text(&self, details: &str) -> String {
        let title = escape(&self.title);
        let mut lines = vec![format!(
            "{}({}) - {title}",
            self.level.name(),
            escape(&self.code)
        )];
        let location = &self.location;
        if !location.mixin.is_empty() {
            lines.push(format!(
                "{}: {} step in the {} mixin ({})",
                escape(&location.action),
                ordinal(location.step_number as usize),
                escape(&location.mixin),
                escape(&location.step_description)
            ));
        }
        lines.extend(self.message.lines().map(escape));
        lines.extend(self.place.iter().map(|place| format!("at {place}")));
        lines.extend(details.lines().map(str::to_owned));
        if !self.url.is_empty() {
            lines.push(format!("See {} for more information", escape(&self.url)));
        }
        lines.push("---\n".to_owned());
        lines.join("\n")
    }
}

/// With the line of the manifest and the hint.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut details = self.excerpt.clone().unwrap_or_default();
        if let Some(hint) = &self.hint {
            details.push_str(&format!("hint: {}\n", escape(hint)));
        }
        f.write_str(&self.text(&details))
    }
}

/// Text inside a workflow command.
fn in_command(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

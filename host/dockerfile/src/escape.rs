//! The one way by which text of a mixin gets into a Dockerfile: checked, then escaped for the place
//! where it stands and for the escape character of the template.

use serde_json::Value;

use super::error::Problem;

/// Escapes for one Dockerfile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Escaper {
    character: char,
}

impl Escaper {
    /// For a template with this escape character.
    pub(crate) const fn new(character: char) -> Self {
        Self { character }
    }

    /// A word in double quotes, as in `ENV NAME="…"`; nothing in it is expanded.
    pub(crate) fn quoted(self, text: &str) -> String {
        format!("\"{}\"", self.inside_quotes(text))
    }

    /// The inside of double quotes.
    pub(crate) fn inside_quotes(self, text: &str) -> String {
        self.escape(text, &['"', '$'])
    }

    /// An array of words in which the frontend would expand variables and remove quotes, as in
    /// `COPY […]`.
    pub(crate) fn words(self, words: &[&str]) -> String {
        let words: Vec<String> = words
            .iter()
            .map(|word| self.escape(word, &['"', '\'', '$']))
            .collect();
        array(&words)
    }

    fn escape(self, text: &str, special: &[char]) -> String {
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            if character == self.character || special.contains(&character) {
                escaped.push(self.character);
            }
            escaped.push(character);
        }
        escaped
    }
}

/// An array of strings in which nothing is expanded, as in `RUN […]`: always one line.
pub(crate) fn array<S: AsRef<str>>(words: &[S]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| Value::from(word.as_ref()).to_string())
        .collect();
    format!("[{}]", words.join(", "))
}

/// Refuses control characters, and characters that only the host may write.
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<(), Problem> {
    check(field, text, |_| false)
}

/// As [`check_text`], but lets line ends and tabs pass: for text that is written as JSON.
pub(crate) fn check_argument(field: &'static str, text: &str) -> Result<(), Problem> {
    check(field, text, |character| matches!(character, '\n' | '\t'))
}

fn check(field: &'static str, text: &str, allowed: fn(char) -> bool) -> Result<(), Problem> {
    let breaks_lines = |c: char| matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}');
    let bad = |c: char| (c.is_control() && !allowed(c)) || breaks_lines(c);
    if text.contains(bad) || porter_mixin::placeholder::is_present(text) {
        return Err(Problem::Character {
            field,
            text: shown(text),
        });
    }
    Ok(())
}

/// The beginning of a text, for a message.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(80).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

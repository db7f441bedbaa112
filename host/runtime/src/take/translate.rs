//! From RE2's syntax, which mixins write, to that of the regex crate.

use std::iter::Peekable;
use std::str::Chars;

/// `pattern` with the same meaning for the regex crate: `\d`, `\w`, `\s`, `\b` are ASCII, `[[`,
/// `&&`, `--` and `~~` are literal in classes, so are braces that repeat nothing, `\Q…\E` and
/// octal escapes are written out, escaped punctuation is literal. What is malformed stays so.
pub fn from_re2(pattern: &str) -> String {
    let mut translation = Translation {
        rest: pattern.chars().peekable(),
        out: String::new(),
    };
    while let Some(character) = translation.rest.next() {
        match character {
            '\\' => translation.escape(false),
            '[' => translation.class(),
            '{' => translation.brace(),
            other => translation.out.push(other),
        }
    }
    translation.out
}

struct Translation<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
}

impl Translation<'_> {
    fn escape(&mut self, in_class: bool) {
        let Some(character) = self.rest.next() else {
            self.out.push('\\');
            return;
        };
        let (plain, negated) = match character {
            'd' | 'D' => ("0-9", "^0-9"),
            'w' | 'W' => ("0-9A-Za-z_", "^0-9A-Za-z_"),
            's' | 'S' => ("\\t\\n\\f\\r ", "^\\t\\n\\f\\r "),
            'b' | 'B' if !in_class => {
                self.out.push_str(if character == 'b' {
                    "(?-u:\\b)"
                } else {
                    "(?-u:\\B)"
                });
                return;
            }
            'Q' if !in_class => return self.quoted(),
            '0'..='7' => return self.octal(character),
            'p' | 'P' | 'x' => {
                self.out.extend(['\\', character]);
                return self.braced_name();
            }
            other if other.is_ascii_punctuation() => return self.literal(other),
            other => {
                self.out.extend(['\\', other]);
                return;
            }
        };
        let class = if character.is_ascii_lowercase() {
            plain
        } else {
            negated
        };
        // A class may stand in a class, so brackets are right in both places.
        self.out.extend(["[", class, "]"]);
    }

    /// The braces of `\p{Greek}` and `\x{10FFFF}` are no repetition.
    fn braced_name(&mut self) {
        if self.rest.peek() == Some(&'{') {
            for character in self.rest.by_ref() {
                self.out.push(character);
                if character == '}' {
                    break;
                }
            }
        }
    }

    fn literal(&mut self, character: char) {
        // Only what has a meaning may be escaped: `\<` means the beginning of a word.
        if matches!(
            character,
            '<' | '>' | '"' | '\'' | '`' | ',' | ';' | ':' | '!' | '=' | '@' | '%' | '/' | '_'
        ) {
            self.out.push(character);
        } else {
            self.out.extend(['\\', character]);
        }
    }

    fn quoted(&mut self) {
        while let Some(character) = self.rest.next() {
            if character == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                return;
            }
            if character.is_ascii_punctuation() {
                self.literal(character);
            } else {
                self.out.push(character);
            }
        }
    }

    fn octal(&mut self, first: char) {
        let mut value = first.to_digit(8).unwrap_or_default();
        let is_single = first != '0' && !self.rest.peek().is_some_and(|next| next.is_digit(8));
        if is_single {
            // A back-reference: neither knows any. Left for the regex crate to refuse.
            self.out.extend(['\\', first]);
            return;
        }
        for _ in 0..2 {
            match self.rest.peek().and_then(|next| next.to_digit(8)) {
                Some(digit) => value = value * 8 + digit,
                None => break,
            }
            self.rest.next();
        }
        self.out.push_str(&format!("\\x{{{value:x}}}"));
    }

    /// `{` repeats only as `{n}`, `{n,}` and `{n,m}`.
    fn brace(&mut self) {
        let mut ahead = self.rest.clone();
        let inner: String = ahead
            .by_ref()
            .take_while(|next| *next != '}')
            .take(12)
            .collect();
        let is_closed = self.rest.clone().take(inner.chars().count() + 1).last() == Some('}');
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let repeats = match inner.split_once(',') {
            Some((low, high)) => !low.is_empty() && is_number(low) && is_number(high),
            None => !inner.is_empty() && is_number(&inner),
        };
        self.out
            .push_str(if is_closed && repeats { "{" } else { "\\{" });
    }

    fn class(&mut self) {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        // A bracket that comes first is literal.
        if self.rest.next_if_eq(&']').is_some() {
            self.out.push_str("\\]");
        }
        // Whether a `-` may now make a range of what was before it.
        let mut is_start = false;
        while let Some(character) = self.rest.next() {
            match character {
                ']' => {
                    self.out.push(']');
                    return;
                }
                '-' if self.rest.peek() == Some(&'-') => {
                    // Two of them: the end of a range, or its start, but never a difference.
                    let range = std::mem::take(&mut is_start);
                    self.out.push_str(if range { "-\\-" } else { "\\-" });
                    if range {
                        self.rest.next();
                    }
                    is_start = !range;
                    continue;
                }
                '[' if self.named_class() => {}
                '\\' => self.escape(true),
                '[' | '&' | '~' => self.out.extend(['\\', character]),
                other => self.out.push(other),
            }
            is_start = character != '-';
        }
    }

    /// Copies `[:alpha:]`, the `[` of which was taken.
    fn named_class(&mut self) -> bool {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some(':') {
            return false;
        }
        let name: String = ahead
            .by_ref()
            .take_while(|next| next.is_ascii_alphabetic() || *next == '^')
            .collect();
        // `take_while` took the colon that ends the name.
        if ahead.next() != Some(']') || !name.chars().any(|c| c.is_ascii_alphabetic()) {
            return false;
        }
        self.out.push_str(&format!("[:{name}:]"));
        self.rest = ahead;
        true
    }
}

//! `.dockerignore` files and the patterns in them, with the meaning that Docker gives them.
//!
//! The same patterns come back from BuildKit when it asks for a build context, so a difference
//! here would send files that the author wanted left out.

use regex::{Regex, RegexBuilder};

/// Most memory that one compiled pattern takes. Patterns come from files of the author, or from
/// the engine.
const PATTERN_SIZE: usize = 1 << 20;

/// A pattern that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a pattern: {reason}", crate::text::shown(pattern))]
pub struct PatternError {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One pattern, and whether it takes back (`!`) what others matched.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    negative: bool,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// The whole path is this.
    Exact(String),
    /// The path begins with this.
    Prefix(String),
    /// The path ends with this; a leading slash may be missing at the start of the path.
    Suffix(String),
    Expression(Regex),
}

impl Pattern {
    fn new(written: &str) -> Result<Option<Self>, PatternError> {
        let failed = |reason: &str| PatternError {
            pattern: written.to_owned(),
            reason: reason.to_owned(),
        };
        let trimmed = written.trim();
        if trimmed.is_empty() {
            return Ok(None);
        }
        let cleaned = clean(trimmed);
        let (negative, text) = match cleaned.strip_prefix('!') {
            Some("") => return Err(failed("nothing follows the `!`")),
            Some(rest) => (true, rest.to_owned()),
            None => (false, cleaned),
        };
        check_syntax(&text).map_err(failed)?;
        let kind = compile(&text).map_err(|error| failed(&error))?;
        Ok(Some(Self {
            text,
            negative,
            kind,
        }))
    }

    /// The pattern as it is matched, without the `!`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the pattern takes back what others matched.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The pattern up to a last `/*` or `/**`, when the rest of it is plain text.
    pub(crate) fn plain_prefix(&self) -> Option<&str> {
        let text = self.text.strip_suffix("/**").unwrap_or(&self.text);
        let text = text.strip_suffix("/*").unwrap_or(text);
        (!text.contains(['*', '[', ']', '?', '^', '\\'])).then_some(text)
    }

    fn matches(&self, path: &str) -> bool {
        match &self.kind {
            Kind::Exact(text) => path == text,
            Kind::Prefix(text) => path.starts_with(text.as_str()),
            Kind::Suffix(text) => {
                path.ends_with(text.as_str()) || text.strip_prefix('/') == Some(path)
            }
            Kind::Expression(expression) => expression.is_match(path),
        }
    }
}

/// Which patterns matched a folder: what lies in it is matched by them too.
#[derive(Debug, Clone, Default)]
pub struct Matches(Vec<bool>);

/// Patterns in their order: the last one that matches a path decides.
#[derive(Debug, Clone, Default)]
pub struct PatternSet {
    patterns: Vec<Pattern>,
}

impl PatternSet {
    /// Understands these patterns; empty ones are passed over.
    ///
    /// # Errors
    /// When one of them cannot be understood.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, PatternError> {
        let patterns = patterns
            .iter()
            .map(|pattern| Pattern::new(pattern.as_ref()));
        let patterns = patterns
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?;
        Ok(Self { patterns })
    }

    /// The patterns, in order.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Whether the path, or a folder above it, is matched and not taken back. The path is
    /// relative, with slashes.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let mut above = Matches::default();
        let mut matched = false;
        for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
            (matched, above) = self.matches_below(path.get(..end).unwrap_or(path), &above);
        }
        matched
    }

    /// The same for somebody who walks a tree and knows what matched the folder above.
    #[must_use]
    pub fn matches_below(&self, path: &str, above: &Matches) -> (bool, Matches) {
        let mut matched = false;
        let mut all = Vec::with_capacity(self.patterns.len());
        for (index, pattern) in self.patterns.iter().enumerate() {
            let inherited = above.0.get(index).copied().unwrap_or(false);
            // A pattern that could not change the verdict is not looked at, as in Docker: so it
            // does not count as matching for what lies below either.
            let hit = inherited || (pattern.negative == matched && pattern.matches(path));
            if hit {
                matched = !pattern.negative;
            }
            all.push(hit);
        }
        (matched, Matches(all))
    }
}

/// Reads a `.dockerignore` file into patterns.
#[must_use]
pub fn read_ignore_file(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(ignore_line)
        .collect()
}

fn ignore_line(line: &str) -> Option<String> {
    let line = line.trim();
    let (mark, rest) = match line.strip_prefix('!') {
        Some(rest) => ("!", rest.trim()),
        None => ("", line),
    };
    if mark.is_empty() && rest.is_empty() {
        return None;
    }
    let cleaned = if rest.is_empty() {
        String::new()
    } else {
        clean(rest)
    };
    let relative = match cleaned.strip_prefix('/') {
        Some(below) if !below.is_empty() => below,
        _ => &cleaned,
    };
    Some(format!("{mark}{relative}"))
}

/// The shortest path that names the same place, by its text alone.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") => parts.push(part),
                Some(_) => {
                    parts.pop();
                }
                None if rooted => {}
                None => parts.push(part),
            },
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Refuses what the matching of file names in Go refuses: open ranges and a lonely backslash.
fn check_syntax(pattern: &str) -> Result<(), &'static str> {
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next().ok_or("it ends with a backslash")?;
            }
            '[' => {
                characters.next_if_eq(&'^');
                check_range(&mut characters)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_range(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
) -> Result<(), &'static str> {
    let mut count = 0;
    loop {
        if count > 0 && characters.next_if_eq(&']').is_some() {
            return Ok(());
        }
        range_end(characters)?;
        if characters.next_if_eq(&'-').is_some() {
            range_end(characters)?;
        }
        count += 1;
    }
}

fn range_end(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
) -> Result<char, &'static str> {
    const OPEN: &str = "a `[` is not closed";
    match characters.next().ok_or(OPEN)? {
        '-' | ']' => Err("a range has no start or no end"),
        '\\' => characters.next().ok_or(OPEN),
        character => Ok(character),
    }
}

/// `**` is any number of folders, `*` and `?` stay inside one name.
fn compile(pattern: &str) -> Result<Kind, String> {
    let mut expression = String::from("^");
    let mut kind = Shape::Exact;
    let mut characters = pattern.chars().peekable();
    let mut first = true;
    while let Some(character) = characters.next() {
        match character {
            '*' if characters.next_if_eq(&'*').is_some() => {
                characters.next_if_eq(&'/');
                if characters.peek().is_some() {
                    expression.push_str("(.*/)?");
                    kind = Shape::Expression;
                } else if matches!(kind, Shape::Exact) {
                    kind = Shape::Prefix;
                } else {
                    expression.push_str(".*");
                    kind = Shape::Expression;
                }
                if first {
                    kind = Shape::Suffix;
                }
            }
            '*' => {
                expression.push_str("[^/]*");
                kind = Shape::Expression;
            }
            '?' => {
                expression.push_str("[^/]");
                kind = Shape::Expression;
            }
            '[' => {
                copy_range(&mut characters, &mut expression);
                kind = Shape::Expression;
            }
            '\\' => {
                if let Some(next) = characters.next() {
                    expression.push_str(&regex::escape(&next.to_string()));
                }
                kind = Shape::Expression;
            }
            other => expression.push_str(&regex::escape(&other.to_string())),
        }
        first = false;
    }
    kind.finish(pattern, expression)
}

enum Shape {
    Exact,
    Prefix,
    Suffix,
    Expression,
}

impl Shape {
    fn finish(self, pattern: &str, mut expression: String) -> Result<Kind, String> {
        Ok(match self {
            Self::Exact => Kind::Exact(pattern.to_owned()),
            Self::Prefix => Kind::Prefix(
                pattern
                    .trim_end_matches('/')
                    .trim_end_matches("**")
                    .to_owned(),
            ),
            Self::Suffix => Kind::Suffix(pattern.trim_start_matches("**").to_owned()),
            Self::Expression => {
                expression.push('$');
                let built = RegexBuilder::new(&expression)
                    .dot_matches_new_line(true)
                    .size_limit(PATTERN_SIZE)
                    .build();
                Kind::Expression(
                    built.map_err(|_| "it is too large or has an empty range".to_owned())?,
                )
            }
        })
    }
}

/// A range in brackets, whose syntax was checked before. Everything in it stands for itself.
fn copy_range(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, expression: &mut String) {
    expression.push('[');
    if characters.next_if_eq(&'^').is_some() {
        expression.push('^');
    }
    while let Some(character) = characters.next() {
        match character {
            ']' => break,
            '-' => expression.push('-'),
            '\\' => push_in_range(characters.next().unwrap_or('\\'), expression),
            other => push_in_range(other, expression),
        }
    }
    expression.push(']');
}

fn push_in_range(character: char, expression: &mut String) {
    if !character.is_alphanumeric() && character.is_ascii() {
        expression.push('\\');
    }
    expression.push(character);
}

//! Versions and version ranges as Porter reads them: leniently.

use std::cmp::Ordering;
use std::fmt;

use semver::{BuildMetadata, Prerelease, Version};

/// Reads a version leniently: `1`, `1.2`, `v1.2.3` and `1.2.3_build` (`_` stands for `+`) are
/// versions.
#[must_use]
pub fn parse_version(text: &str) -> Option<Version> {
    let text = text.strip_prefix('v').unwrap_or(text).replace('_', "+");
    let (rest, build) = match text.split_once('+') {
        Some((rest, build)) => (
            rest,
            BuildMetadata::new(build).ok().filter(|b| !b.is_empty())?,
        ),
        None => (text.as_str(), BuildMetadata::EMPTY),
    };
    let (numbers, pre) = match rest.split_once('-') {
        Some((numbers, pre)) => (
            numbers,
            Prerelease::new(pre).ok().filter(|p| !p.is_empty())?,
        ),
        None => (rest, Prerelease::EMPTY),
    };
    let mut parts = [0_u64; 3];
    for (index, part) in numbers.split('.').enumerate() {
        *parts.get_mut(index)? = number(part)?;
    }
    Some(Version {
        major: parts[0],
        minor: parts[1],
        patch: parts[2],
        pre,
        build,
    })
}

fn number(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A range of versions in the language of Masterminds/semver 3: comparisons joined by commas or
/// blanks, alternatives by `||`, `~`, `^`, `x` and `a - b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    text: String,
    alternatives: Vec<Vec<Comparison>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    version: Version,
    /// How many of the three numbers are given; the rest is `x`.
    given: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

const OPERATORS: &[(&str, Operator)] = &[
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

impl Constraint {
    /// Reads a range.
    ///
    /// # Errors
    /// With Porter's message, when it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let improper = || format!("improper constraint: \"{text}\"");
        let mut alternatives = Vec::new();
        for part in text.split("||") {
            alternatives.push(parse_part(part).ok_or_else(improper)?);
        }
        Ok(Self {
            text: text.to_owned(),
            alternatives,
        })
    }

    /// Whether a version is in the range. A version with a prerelease is only in a range that
    /// itself names a prerelease.
    #[must_use]
    pub fn matches(&self, version: &Version) -> bool {
        self.alternatives
            .iter()
            .any(|part| part.iter().all(|one| one.matches(version)))
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Comparisons that must all hold.
fn parse_part(part: &str) -> Option<Vec<Comparison>> {
    let mut comparisons = Vec::new();
    let mut words = part
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|w| !w.is_empty())
        .peekable();
    while let Some(word) = words.next() {
        // `a - b`
        if words.peek() == Some(&"-") {
            words.next();
            comparisons.push(comparison(Operator::GreaterOrEqual, word)?);
            comparisons.push(comparison(Operator::LessOrEqual, words.next()?)?);
            continue;
        }
        let found = OPERATORS.iter().find(|(sign, _)| word.starts_with(sign));
        let (operator, rest) = found.map_or((Operator::Equal, word), |(sign, operator)| {
            (*operator, &word[sign.len()..])
        });
        // The operator may stand apart from its version.
        let rest = if rest.is_empty() { words.next()? } else { rest };
        comparisons.push(comparison(operator, rest)?);
    }
    (!comparisons.is_empty()).then_some(comparisons)
}

fn comparison(operator: Operator, text: &str) -> Option<Comparison> {
    let bare = text.strip_prefix('v').unwrap_or(text);
    let numbers = bare.split(['-', '+']).next()?;
    let parts: Vec<&str> = numbers.split('.').collect();
    let wild = |part: &&str| matches!(*part, "x" | "X" | "*");
    let given = parts.iter().take_while(|part| !wild(part)).count();
    if parts.len() > 3 || !parts[given..].iter().all(wild) {
        return None;
    }
    let fixed = parts[..given].join(".");
    let version = if given == parts.len() {
        parse_version(bare)?
    } else if given == 0 {
        Version::new(0, 0, 0)
    } else {
        parse_version(&fixed)?
    };
    Some(Comparison {
        operator,
        version,
        given,
    })
}

impl Comparison {
    fn matches(&self, version: &Version) -> bool {
        if !version.pre.is_empty() && self.version.pre.is_empty() {
            return false;
        }
        let own = &self.version;
        let order = version.cmp_precedence(own);
        match self.operator {
            Operator::Equal if self.given < 3 => self.same(version, self.given),
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual if self.given < 3 => !self.same(version, self.given),
            Operator::NotEqual => order != Ordering::Equal,
            Operator::Greater if self.given < 3 => {
                order == Ordering::Greater && !self.same(version, self.given)
            }
            Operator::Greater => order == Ordering::Greater,
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual if self.given < 3 => {
                order != Ordering::Greater || self.same(version, self.given)
            }
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Tilde => order != Ordering::Less && self.same(version, self.given.min(2)),
            Operator::Caret => order != Ordering::Less && self.same(version, self.caret_fixed()),
        }
    }

    /// Whether the first numbers are the same.
    fn same(&self, version: &Version, count: usize) -> bool {
        let own = [self.version.major, self.version.minor, self.version.patch];
        let other = [version.major, version.minor, version.patch];
        own[..count] == other[..count]
    }

    /// How many numbers a caret keeps: up to the first that is not 0.
    fn caret_fixed(&self) -> usize {
        let own = [self.version.major, self.version.minor, self.version.patch];
        let first = own
            .iter()
            .position(|number| *number != 0)
            .map_or(3, |index| index + 1);
        first.min(self.given)
    }
}

//! Why a step cannot be resolved.

/// A template that cannot be resolved, and its place in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unable to render step template{}", place(*line, *column))]
pub struct ResolveError {
    /// Line of the template, from 1; 0 when it is not in the manifest.
    pub line: u32,
    /// Column of the template, from 1.
    pub column: u32,
    /// What is wrong.
    pub source: TemplateFault,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// A name that names nothing.
    #[error("missing variable `{name}`: {}", known_names(.group, .known))]
    Missing {
        /// The whole name.
        name: String,
        /// The longest beginning of it that names something, `""` for none.
        group: String,
        /// The names that exist there, sorted.
        known: Vec<String>,
    },
    /// A group of names where a value is needed.
    #[error("`{name}` is a group of names, not a value; say which one is meant")]
    Group {
        /// The name.
        name: String,
    },
    /// Two keys of one mapping that become the same.
    #[error("two keys of a mapping become `{key}`")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// What becomes of the template depends on a value that is not known yet, or not to be known.
    #[error("what comes of it depends on the value of `{name}`, which is not known before it runs")]
    NeedsValue {
        /// The name.
        name: String,
    },
    /// A sensitive value in a key.
    #[error("a sensitive value cannot be part of a key")]
    SecretKey,
    /// A character that stands for secrets.
    #[error("a value holds U+FDD0 or U+FDD1, characters that must not appear in text")]
    Reserved,
    /// Too much.
    #[error(
        "the step becomes larger than 4 MiB or 100,000 values; pass large data in a file instead"
    )]
    TooLarge,
}

/// How many names a message lists.
const LISTED: usize = 20;

fn place(line: u32, column: u32) -> String {
    if line == 0 {
        String::new()
    } else {
        format!(" at line {line}, column {column}")
    }
}

fn known_names(group: &str, known: &[String]) -> String {
    let mut names: Vec<String> = known
        .iter()
        .take(LISTED)
        .map(|name| format!("`{name}`"))
        .collect();
    if known.len() > LISTED {
        names.push(format!("{} more", known.len() - LISTED));
    }
    match (group, names.is_empty()) {
        ("", _) => format!("known are {}", names.join(", ")),
        (_, true) => format!("`{group}` has nothing below it"),
        (_, false) => format!("`{group}` has {}", names.join(", ")),
    }
}

//! From tree to typed data: wrong types are errors, unknown keys warnings.

pub(crate) mod actions;
pub(crate) mod dependencies;
pub(crate) mod grants;
pub(crate) mod images;
pub(crate) mod lint;
pub(crate) mod metadata;
pub(crate) mod mixins;
pub(crate) mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::Spanned;
use crate::problem::Problem;
use crate::source::{Source, Span};
use crate::suggest::did_you_mean;
use crate::yaml::{Entry, Node};

/// Most errors, and most warnings, that are told.
const MAX_TOLD: usize = 50;

/// Collects problems on the way.
pub(crate) struct Report<'s> {
    pub(crate) source: &'s Source,
    errors: Pile,
    warnings: Pile,
}

/// Problems of one severity; beyond the limit they are only counted.
#[derive(Default)]
struct Pile {
    told: Vec<Problem>,
    more: usize,
    /// Where the first that is not told is.
    next: Span,
}

impl<'s> Report<'s> {
    pub(crate) fn new(source: &'s Source) -> Self {
        Self {
            source,
            errors: Pile::default(),
            warnings: Pile::default(),
        }
    }

    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>, hint: &str) {
        self.errors
            .add(self.source, Problem::error(message).with_hint(hint), span);
    }

    pub(crate) fn warning(&mut self, span: Span, message: impl Into<String>, hint: &str) {
        self.warnings
            .add(self.source, Problem::warning(message).with_hint(hint), span);
    }

    /// A value of the wrong type.
    fn wrong_type(&mut self, node: &Node, what: &str, wanted: &str, hint: &str) {
        let message = format!(
            "error unmarshaling the typed manifest: {what} must be {wanted}, but is {}",
            node.describe()
        );
        self.error(node.span, message, hint);
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.told.is_empty()
    }

    /// Errors in their order, then warnings in the order of the text.
    pub(crate) fn into_problems(mut self) -> Vec<Problem> {
        self.warnings.told.sort_by_key(|problem| {
            problem
                .place
                .as_ref()
                .map_or((0, 0), |place| (place.line, place.column))
        });
        let errors = self.errors.finish(self.source, Problem::error);
        let warnings = self.warnings.finish(self.source, Problem::warning);
        errors.into_iter().chain(warnings).collect()
    }
}

impl Pile {
    fn add(&mut self, source: &Source, problem: Problem, span: Span) {
        if self.told.len() < MAX_TOLD {
            self.told.push(problem.at(source.place(span)));
            return;
        }
        if self.more == 0 {
            self.next = span;
        }
        self.more += 1;
    }

    /// The problems, and a last one that says how many more there are.
    fn finish(mut self, source: &Source, problem: impl Fn(String) -> Problem) -> Vec<Problem> {
        if self.more > 0 {
            let last = problem(format!("and {} more, the first of them here", self.more));
            self.told.push(last.at(source.place(self.next)));
        }
        self.told
    }
}

/// A mapping whose keys are being asked for. A key with a null value counts as absent.
pub(crate) struct Fields<'n> {
    entries: &'n [Entry],
    what: String,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The fields of a mapping; anything else is an error.
    pub(crate) fn of(node: &'n Node, what: &str, report: &mut Report<'_>) -> Option<Self> {
        match node.entries() {
            Some(entries) => Some(Self {
                entries,
                what: what.to_owned(),
                known: Vec::new(),
            }),
            None => {
                report.wrong_type(node, what, "a mapping", "");
                None
            }
        }
    }

    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'n Arc<Node>> {
        self.known.push(key);
        let entry = self.entries.iter().find(|entry| entry.name() == key)?;
        (!entry.value.is_null()).then_some(&entry.value)
    }

    fn name_of(&self, key: &str) -> String {
        if self.what.is_empty() {
            format!("`{key}`")
        } else {
            format!("`{key}` of {}", self.what)
        }
    }

    /// A text; numbers and booleans are taken as they are spelled.
    pub(crate) fn text(
        &mut self,
        key: &'static str,
        report: &mut Report<'_>,
    ) -> Option<Spanned<String>> {
        let node = self.take(key)?;
        let text = text_of(node);
        if text.is_none() {
            report.wrong_type(node, &self.name_of(key), "a text", "");
        }
        text
    }

    pub(crate) fn boolean(&mut self, key: &'static str, report: &mut Report<'_>) -> Option<bool> {
        let node = self.take(key)?;
        let value = node.scalar().and_then(crate::yaml::Scalar::boolean);
        if value.is_none() {
            report.wrong_type(node, &self.name_of(key), "true or false", "");
        }
        value
    }

    pub(crate) fn list(&mut self, key: &'static str, report: &mut Report<'_>) -> &'n [Arc<Node>] {
        let Some(node) = self.take(key) else {
            return &[];
        };
        node.items().unwrap_or_else(|| {
            report.wrong_type(
                node,
                &self.name_of(key),
                "a list",
                "begin each entry with `- `",
            );
            &[]
        })
    }

    pub(crate) fn texts(
        &mut self,
        key: &'static str,
        report: &mut Report<'_>,
    ) -> Vec<Spanned<String>> {
        let what = format!("an entry of {}", self.name_of(key));
        let mut texts = Vec::new();
        for item in self.list(key, report) {
            match text_of(item) {
                Some(text) => texts.push(text),
                None => report.wrong_type(item, &what, "a text", ""),
            }
        }
        texts
    }

    pub(crate) fn text_map(
        &mut self,
        key: &'static str,
        report: &mut Report<'_>,
    ) -> BTreeMap<String, String> {
        let Some(node) = self.take(key) else {
            return BTreeMap::new();
        };
        let name = self.name_of(key);
        let Some(entries) = node.entries() else {
            report.wrong_type(node, &name, "a mapping", "");
            return BTreeMap::new();
        };
        let mut map = BTreeMap::new();
        for entry in entries {
            match text_of(&entry.value) {
                Some(text) => {
                    map.insert(entry.name().to_owned(), text.value);
                }
                None => {
                    report.wrong_type(&entry.value, &format!("a value of {name}"), "a text", "")
                }
            }
        }
        map
    }

    /// Warns of every key that nobody asked for.
    pub(crate) fn finish(self, report: &mut Report<'_>) {
        for entry in self.entries {
            let name = entry.name();
            if self.known.contains(&name) {
                continue;
            }
            let place = if self.what.is_empty() {
                String::new()
            } else {
                format!(" in {}", self.what)
            };
            let hint = did_you_mean(name, self.known.iter().copied());
            report.warning(
                entry.key.span,
                format!("unknown key `{name}`{place}, ignored"),
                &hint,
            );
        }
    }
}

/// The text of a scalar; null is the empty text.
pub(crate) fn text_of(node: &Node) -> Option<Spanned<String>> {
    let text = node.text()?;
    let value = if node.is_null() {
        String::new()
    } else {
        text.to_owned()
    };
    Some(Spanned {
        value,
        span: node.span,
    })
}

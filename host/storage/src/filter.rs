//! Which records a filter lets through.

use std::collections::BTreeMap;

use porter_cnab::store::{RecordFilter, StoreError};
use regex::{Regex, RegexBuilder};

/// What a name filter may compile to.
const FILTER_BYTES: usize = 1 << 20;

/// A filter whose expression is compiled.
#[derive(Debug)]
pub(crate) struct Matcher<'a> {
    filter: &'a RecordFilter,
    name: Option<Regex>,
}

impl<'a> Matcher<'a> {
    pub(crate) fn new(filter: &'a RecordFilter) -> Result<Self, StoreError> {
        let name = filter.name.as_deref().map(compile).transpose()?;
        Ok(Self { filter, name })
    }

    /// Whether the name is let through.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.name
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(name))
    }

    /// Whether labels matter at all.
    pub(crate) fn wants_labels(&self) -> bool {
        !self.filter.labels.is_empty()
    }

    /// Whether all wanted labels are there.
    pub(crate) fn has_labels(&self, labels: &BTreeMap<String, String>) -> bool {
        let wanted = &self.filter.labels;
        wanted
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
    }

    /// Skip and limit, to be counted down.
    pub(crate) fn window(&self) -> Window {
        Window {
            skip: self.filter.skip,
            left: self.filter.limit.unwrap_or(u64::MAX),
        }
    }
}

/// What is left to skip and to take.
#[derive(Debug)]
pub(crate) struct Window {
    skip: u64,
    left: u64,
}

impl Window {
    /// Whether more would be taken.
    pub(crate) const fn is_open(&self) -> bool {
        self.left > 0
    }

    /// Counts a record that was let through, and says whether it lies in the window.
    pub(crate) const fn takes(&mut self) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.left = self.left.saturating_sub(1);
        true
    }
}

fn compile(pattern: &str) -> Result<Regex, StoreError> {
    RegexBuilder::new(pattern)
        .size_limit(FILTER_BYTES)
        .build()
        .map_err(|error| StoreError::InvalidFilter {
            pattern: pattern.to_owned(),
            source: Box::new(error),
        })
}

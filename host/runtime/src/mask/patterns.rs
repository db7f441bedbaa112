//! What to look for: the texts of all secrets.

use std::collections::HashSet;

use porter_runbook::{Json, json::compact};

/// Lines of a secret that are shorter are not masked on their own.
const SHORTEST_LINE: usize = 6;
/// Secrets that are shorter are masked only where they stand alone.
const SHORTEST_ANYWHERE: usize = 3;

/// The texts to mask.
#[derive(Debug, Clone)]
pub struct Patterns {
    known: HashSet<Vec<u8>>,
    pub(super) long: Vec<Pattern>,
    /// One or two bytes each.
    pub(super) short: Vec<Vec<u8>>,
    /// Indices into `long` by first byte.
    pub(super) by_first: Vec<Vec<u32>>,
    /// Whether a byte may begin a pattern.
    pub(super) begins: [bool; 256],
}

/// A text and its failure function (Knuth, Morris, Pratt): at `n`, the length of the longest
/// proper prefix of the text that is a suffix of its first `n + 1` bytes.
#[derive(Clone)]
pub(super) struct Pattern {
    pub(super) bytes: Vec<u8>,
    failure: Vec<u32>,
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[sensitive]")
    }
}

impl Pattern {
    fn new(bytes: Vec<u8>) -> Self {
        let mut failure = vec![0; bytes.len()];
        let mut length = 0;
        for index in 1..bytes.len() {
            while length > 0 && bytes[index] != bytes[length] {
                length = failure[length - 1] as usize;
            }
            if bytes[index] == bytes[length] {
                length += 1;
            }
            failure[index] = u32::try_from(length).unwrap_or(u32::MAX);
        }
        Self { bytes, failure }
    }

    /// The new number of matched bytes after `byte`, and whether the text is complete.
    pub(super) fn step(&self, mut matched: usize, byte: u8) -> (usize, bool) {
        while matched > 0 && self.bytes[matched] != byte {
            matched = self.failure[matched - 1] as usize;
        }
        if self.bytes[matched] == byte {
            matched += 1;
        }
        if matched == self.bytes.len() {
            (self.failure[matched - 1] as usize, true)
        } else {
            (matched, false)
        }
    }
}

impl Default for Patterns {
    fn default() -> Self {
        Self {
            known: HashSet::new(),
            long: Vec::new(),
            short: Vec::new(),
            by_first: vec![Vec::new(); 256],
            begins: [false; 256],
        }
    }
}

impl Patterns {
    /// Adds a secret text.
    pub fn add(&mut self, secret: &[u8]) {
        let trimmed = secret.trim_ascii();
        self.insert(trimmed);
        if let Ok(text) = std::str::from_utf8(trimmed) {
            let quoted = Json::from(text).to_string();
            self.insert(&quoted.as_bytes()[1..quoted.len() - 1]);
        }
        if trimmed.contains(&b'\n') {
            for line in trimmed.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
                if line.len() >= SHORTEST_LINE {
                    self.insert(line);
                }
            }
        }
    }

    /// Adds a secret structure: every scalar in it, and every part as compact JSON.
    pub fn add_json(&mut self, secret: &Json) {
        match secret {
            Json::String(text) => self.add(text.as_bytes()),
            Json::Number(number) => self.add(number.as_str().as_bytes()),
            // Neither is a secret by itself: masking every `true` hides nothing.
            Json::Null | Json::Bool(_) => {}
            Json::Array(items) => {
                self.add(compact(secret).as_bytes());
                items.iter().for_each(|item| self.add_json(item));
            }
            Json::Object(members) => {
                self.add(compact(secret).as_bytes());
                members.values().for_each(|value| self.add_json(value));
            }
        }
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    fn insert(&mut self, text: &[u8]) {
        // `[]` and `{}` are what every empty structure looks like.
        if text.is_empty() || matches!(text, b"[]" | b"{}") || !self.known.insert(text.to_vec()) {
            return;
        }
        self.begins[usize::from(text[0])] = true;
        if text.len() < SHORTEST_ANYWHERE {
            self.short.push(text.to_vec());
        } else {
            let index = u32::try_from(self.long.len()).unwrap_or(u32::MAX);
            self.by_first[usize::from(text[0])].push(index);
            self.long.push(Pattern::new(text.to_vec()));
        }
    }
}

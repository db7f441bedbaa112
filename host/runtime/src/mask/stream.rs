//! Masking a stream that comes in pieces.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{MASK, Patterns};

/// Masks one stream. However the input is cut into pieces, the output is the same; only what may
/// still turn out to be the beginning of a secret is held back.
#[derive(Debug)]
pub struct Stream {
    patterns: Arc<Patterns>,
    /// How much of each long pattern the end of the input matches.
    matched: Vec<u32>,
    /// Those of which it matches something.
    active: Vec<u32>,
    /// Occurrences of short patterns that wait for the byte after them.
    candidates: Vec<Span>,
    /// Spans to mask that are not written yet: disjoint, in order.
    spans: VecDeque<Span>,
    /// End of the last mask written, while it may still grow.
    masked_to: u64,
    /// Input that is not written yet.
    pending: Vec<u8>,
    /// Position of the first pending byte in the stream.
    base: u64,
    /// Position of the next byte.
    position: u64,
    /// The last two bytes of the input, the older one first.
    last: [Option<u8>; 2],
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
}

impl Stream {
    /// A stream at its beginning.
    pub fn new(patterns: Arc<Patterns>) -> Self {
        Self {
            matched: vec![0; patterns.long.len()],
            patterns,
            active: Vec::new(),
            candidates: Vec::new(),
            spans: VecDeque::new(),
            masked_to: 0,
            pending: Vec::new(),
            base: 0,
            position: 0,
            last: [None; 2],
        }
    }

    /// Takes input and appends to `output` what can be told by now.
    pub fn feed(&mut self, input: &[u8], output: &mut Vec<u8>) {
        if self.patterns.is_empty() {
            output.extend_from_slice(input);
            return;
        }
        let mut rest = input;
        while !rest.is_empty() {
            let plain = self.plain_prefix(rest);
            self.skip(&rest[..plain]);
            rest = &rest[plain..];
            if let Some((&byte, after)) = rest.split_first() {
                self.byte(byte);
                rest = after;
            }
        }
        self.pending.extend_from_slice(input);
        self.write(self.undecided(), output);
    }

    /// Ends the stream: what was held back is appended.
    pub fn finish(&mut self, output: &mut Vec<u8>) {
        for candidate in std::mem::take(&mut self.candidates) {
            self.add(candidate);
        }
        self.active.clear();
        self.matched.fill(0);
        self.last = [None; 2];
        self.write(self.position, output);
    }

    /// Length of the beginning of `input` that can be no part of any pattern.
    fn plain_prefix(&self, input: &[u8]) -> usize {
        if !self.active.is_empty() || !self.candidates.is_empty() {
            return 0;
        }
        // The second byte of a short pattern needs a look at the one before it.
        if self.last[1].is_some_and(|byte| self.patterns.begins[usize::from(byte)]) {
            return 0;
        }
        let begins = |byte: &u8| self.patterns.begins[usize::from(*byte)];
        input.iter().position(begins).unwrap_or(input.len())
    }

    fn skip(&mut self, plain: &[u8]) {
        self.position += plain.len() as u64;
        if let [.., last] = plain {
            let before = plain
                .len()
                .checked_sub(2)
                .map_or(self.last[1], |index| Some(plain[index]));
            self.last = [before, Some(*last)];
        }
    }

    fn byte(&mut self, byte: u8) {
        self.position += 1;
        self.short_patterns(byte);
        let patterns = self.patterns.clone();
        for index in std::mem::take(&mut self.active) {
            self.step(index, byte);
        }
        for &index in &patterns.by_first[usize::from(byte)] {
            if self.matched[index as usize] == 0 {
                self.step(index, byte);
            }
        }
        self.last = [self.last[1], Some(byte)];
    }

    fn step(&mut self, index: u32, byte: u8) {
        let pattern = &self.patterns.long[index as usize];
        let (matched, complete) = pattern.step(self.matched[index as usize] as usize, byte);
        let length = pattern.bytes.len() as u64;
        self.matched[index as usize] = u32::try_from(matched).unwrap_or(u32::MAX);
        if matched > 0 {
            self.active.push(index);
        }
        if complete {
            self.add(Span {
                start: self.position - length,
                end: self.position,
            });
        }
    }

    fn short_patterns(&mut self, byte: u8) {
        if self.patterns.short.is_empty() {
            return;
        }
        let waiting = std::mem::take(&mut self.candidates);
        if !is_word(Some(byte)) {
            waiting
                .into_iter()
                .for_each(|candidate| self.add(candidate));
        }
        let patterns = self.patterns.clone();
        for short in &patterns.short {
            let before = match short.as_slice() {
                [only] if *only == byte => self.last[1],
                [first, second] if *second == byte && self.last[1] == Some(*first) => self.last[0],
                _ => continue,
            };
            if !is_word(before) {
                let start = self.position - short.len() as u64;
                self.candidates.push(Span {
                    start,
                    end: self.position,
                });
            }
        }
    }

    /// The first position of which it is not known yet whether it is masked.
    fn undecided(&self) -> u64 {
        let longest = self
            .active
            .iter()
            .map(|index| self.matched[*index as usize])
            .max()
            .unwrap_or(0);
        let mut first = self.position - u64::from(longest);
        for candidate in &self.candidates {
            first = first.min(candidate.start);
        }
        let half = |short: &Vec<u8>| short.len() == 2 && Some(short[0]) == self.last[1];
        if self.patterns.short.iter().any(half) && !is_word(self.last[0]) {
            first = first.min(self.position - 1);
        }
        first
    }

    /// Remembers a span to mask, joined with those that it overlaps.
    fn add(&mut self, mut span: Span) {
        if span.start < self.masked_to {
            // Spans come in the order of their ends, so this one covers all that wait.
            self.masked_to = self.masked_to.max(span.end);
            self.spans.clear();
            return;
        }
        while let Some(before) = self.spans.pop_back_if(|before| before.end > span.start) {
            span.start = span.start.min(before.start);
            span.end = span.end.max(before.end);
        }
        self.spans.push_back(span);
    }

    /// Writes all that lies before `limit`.
    fn write(&mut self, limit: u64, output: &mut Vec<u8>) {
        let mut at = self.base.max(self.masked_to.min(self.position));
        while at < limit || self.spans.front().is_some_and(|span| span.start <= limit) {
            let Some(span) = self
                .spans
                .front()
                .copied()
                .filter(|span| span.start <= limit)
            else {
                output.extend_from_slice(self.slice(at, limit));
                at = limit;
                break;
            };
            output.extend_from_slice(self.slice(at, span.start));
            output.extend_from_slice(MASK.as_bytes());
            self.spans.pop_front();
            self.masked_to = span.end;
            at = span.end;
        }
        let done = usize::try_from(at.saturating_sub(self.base)).unwrap_or(usize::MAX);
        self.pending.drain(..done.min(self.pending.len()));
        self.base = at.max(self.base);
    }

    fn slice(&self, from: u64, to: u64) -> &[u8] {
        let index = |at: u64| usize::try_from(at.saturating_sub(self.base)).unwrap_or(usize::MAX);
        self.pending.get(index(from)..index(to)).unwrap_or_default()
    }
}

/// Whether a byte belongs to a word: a letter, a digit, `_`, or part of a character beyond ASCII.
fn is_word(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80)
}

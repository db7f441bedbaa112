//! Compacting a JSON schema at compile time: it is kept readable in the sources and is a fifth of a
//! small component.

/// Length of `text` without the blanks between its tokens.
pub const fn compact_length(text: &str) -> usize {
    copy(text, &mut [])
}

/// `text` without the blanks between its tokens; `LENGTH` is [`compact_length`].
pub const fn compact<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let mut compact = [0; LENGTH];
    copy(text, &mut compact);
    compact
}

/// Copies what fits into `target` and returns how much there is.
const fn copy(text: &str, target: &mut [u8]) -> usize {
    let bytes = text.as_bytes();
    let (mut read, mut written, mut in_string) = (0, 0, false);
    while read < bytes.len() {
        let byte = bytes[read];
        let is_escaped = in_string && read > 0 && is_backslash(bytes, read - 1);
        if byte == b'"' && !is_escaped {
            in_string = !in_string;
        }
        if in_string || !byte.is_ascii_whitespace() {
            if written < target.len() {
                target[written] = byte;
            }
            written += 1;
        }
        read += 1;
    }
    written
}

/// Whether the backslash at `position` is one that escapes: one of an odd number in a row.
const fn is_backslash(bytes: &[u8], position: usize) -> bool {
    let mut count = 0;
    while count <= position && bytes[position - count] == b'\\' {
        count += 1;
    }
    count % 2 == 1
}

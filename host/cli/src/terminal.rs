//! What a container prints, made safe for a terminal: text and colours pass, everything else that
//! a terminal would obey is shown as text.

/// Most bytes of an escape sequence that are looked at.
const LONGEST: usize = 32;

/// A filter for one stream. Sequences and characters may be cut anywhere between two pieces.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// Bytes that are not yet a whole character or sequence.
    held: Vec<u8>,
}

impl Filter {
    /// The safe form of the next piece.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        let mut safe = Vec::with_capacity(self.held.len());
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while let Some(&first) = rest.first() {
            let taken = match first {
                0x1b => escape(rest, &mut safe),
                b'\n' | b'\t' | b'\r' | 0x20..=0x7e => {
                    safe.push(first);
                    Some(1)
                }
                0x80.. => character(rest, &mut safe),
                _ => {
                    show(first, &mut safe);
                    Some(1)
                }
            };
            match taken {
                Some(taken) => rest = &rest[taken..],
                None => break,
            }
        }
        self.held = rest.to_vec();
        safe
    }

    /// What is left when the stream has ended.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        let mut safe = Vec::new();
        for byte in std::mem::take(&mut self.held) {
            show(byte, &mut safe);
        }
        safe
    }
}

/// A colour (`ESC [ … m`) passes; of any other sequence the escape character is shown. `None` when
/// more is needed.
fn escape(rest: &[u8], safe: &mut Vec<u8>) -> Option<usize> {
    if *rest.get(1)? == b'[' {
        let body = &rest[2..];
        let end = body
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'));
        match end {
            Some(end) if body[end] == b'm' && end < LONGEST => {
                safe.extend_from_slice(&rest[..end + 3]);
                return Some(end + 3);
            }
            None if body.len() < LONGEST => return None,
            _ => {}
        }
    }
    show(0x1b, safe);
    Some(1)
}

/// A character above ASCII. Control, bidirectional and invisible ones are shown, the others pass.
fn character(rest: &[u8], safe: &mut Vec<u8>) -> Option<usize> {
    let length = match rest[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        first => {
            show(first, safe);
            return Some(1);
        }
    };
    let piece = &rest[..length.min(rest.len())];
    match std::str::from_utf8(piece) {
        Ok(text) => {
            safe.extend_from_slice(porter_mixin::escape::escape(text).as_bytes());
            Some(length)
        }
        Err(error) if error.error_len().is_none() => None,
        Err(_) => {
            show(rest[0], safe);
            Some(1)
        }
    }
}

fn show(byte: u8, safe: &mut Vec<u8>) {
    safe.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> String {
        let mut filter = Filter::default();
        let mut safe = filter.pass(bytes);
        safe.extend(filter.finish());
        String::from_utf8(safe).unwrap()
    }

    #[test]
    fn text_and_colours_pass() {
        let text = "plain \u{1b}[1;31mred\u{1b}[0m é 日本\n";
        assert_eq!(whole(text.as_bytes()), text);
    }

    #[test]
    fn what_a_terminal_obeys_is_shown() {
        assert_eq!(whole(b"\x1b[2J"), "\\x1b[2J");
        assert_eq!(whole(b"\x1b]0;title\x07"), "\\x1b]0;title\\x07");
        assert_eq!(whole(b"\x9b2J"), "\\x9b2J");
        assert_eq!(whole(b"\x00\x08"), "\\x00\\x08");
        assert!(!whole("\u{202e}abc".as_bytes()).contains('\u{202e}'));
    }

    #[test]
    fn any_cut_gives_the_same() {
        let text = "a\u{1b}[1;31mé\u{1b}[2J日\u{1b}".as_bytes();
        let expected = whole(text);
        for cut in 0..text.len() {
            let mut filter = Filter::default();
            let mut safe = filter.pass(&text[..cut]);
            safe.extend(filter.pass(&text[cut..]));
            safe.extend(filter.finish());
            assert_eq!(String::from_utf8(safe).unwrap(), expected, "cut at {cut}");
        }
    }
}

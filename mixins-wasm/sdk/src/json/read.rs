//! Reading JSON (RFC 8259).

use super::Json;

/// What the host promises, and what keeps the stack small.
const DEEPEST: usize = 64;

/// Reads one document; the error is the position of what does not fit.
pub(super) fn document(text: &str) -> Result<Json, usize> {
    let mut reader = Reader { text, position: 0 };
    let value = reader.value(0).ok_or(reader.position)?;
    reader.blanks();
    if reader.position == text.len() {
        Ok(value)
    } else {
        Err(reader.position)
    }
}

struct Reader<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    /// Goes past `byte` if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.position += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        self.blanks();
        match self.peek()? {
            b'{' if depth < DEEPEST => self.map(depth),
            b'[' if depth < DEEPEST => self.list(depth),
            b'"' => self.string().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number().map(Json::Number),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Option<Json> {
        let rest = self.text.as_bytes().get(self.position..)?;
        let words = [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
        ];
        let (word, value) = words
            .into_iter()
            .find(|(word, _)| rest.starts_with(word.as_bytes()))?;
        self.position += word.len();
        Some(value)
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        self.position += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.take(b']') {
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            if self.take(b']') {
                return Some(Json::List(items));
            }
            self.expect(b',')?;
        }
    }

    fn map(&mut self, depth: usize) -> Option<Json> {
        self.position += 1;
        let mut members = Vec::new();
        self.blanks();
        if self.take(b'}') {
            return Some(Json::Map(members));
        }
        loop {
            self.blanks();
            let name = self.string()?;
            self.blanks();
            self.expect(b':')?;
            members.push((name, self.value(depth + 1)?));
            self.blanks();
            if self.take(b'}') {
                return Some(Json::Map(members));
            }
            self.expect(b',')?;
        }
    }

    fn number(&mut self) -> Option<String> {
        let start = self.position;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        self.text.get(start..self.position).map(str::to_owned)
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.position;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.position += 1;
        }
        (self.position > start).then_some(())
    }

    fn string(&mut self) -> Option<String> {
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            text.push_str(self.plain()?);
            if self.take(b'"') {
                return Some(text);
            }
            self.expect(b'\\')?;
            text.push(self.escape()?);
        }
    }

    /// Characters up to a quote, a backslash or a control character.
    fn plain(&mut self) -> Option<&'a str> {
        let start = self.position;
        while self
            .peek()
            .is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
        {
            self.position += 1;
        }
        self.text.get(start..self.position)
    }

    fn escape(&mut self) -> Option<char> {
        let byte = self.peek()?;
        self.position += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        })
    }

    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first);
        }
        self.expect(b'\\')?;
        self.expect(b'u')?;
        let second = self.hex()?;
        if !(0xDC00..0xE000).contains(&second) {
            return None;
        }
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    }

    fn hex(&mut self) -> Option<u32> {
        let mut number = 0;
        for _ in 0..4 {
            number = number * 16 + char::from(self.peek()?).to_digit(16)?;
            self.position += 1;
        }
        Some(number)
    }
}

//! What parent and child say to each other. Both are the same program: there is one version.

use std::io::{self, Read, Write};

/// Beginning of every request.
const REQUEST: &[u8; 8] = b"pmixreq1";
/// Beginning of every answer.
const ANSWER: &[u8; 8] = b"pmixans1";

/// What the child is told before the component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Request {
    /// Bytes of address space.
    pub(super) memory: u64,
    /// Seconds of processor time.
    pub(super) seconds: u64,
    /// Bytes of the component.
    pub(super) size: u64,
}

impl Request {
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(REQUEST)?;
        for number in [self.memory, self.seconds, self.size] {
            out.write_all(&number.to_le_bytes())?;
        }
        Ok(())
    }

    pub(super) fn read(input: &mut impl Read) -> io::Result<Self> {
        expect(input, REQUEST)?;
        Ok(Self {
            memory: number(input)?,
            seconds: number(input)?,
            size: number(input)?,
        })
    }
}

/// What the child found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Code(Vec<u8>),
    Invalid(String),
    OutOfMemory,
    Mistyped(String),
}

/// Bytes of a reason.
const MAX_REASON: u64 = 4096;

impl Answer {
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (kind, body): (u8, &[u8]) = match self {
            Self::Code(code) => (0, code),
            Self::Invalid(reason) => (1, reason.as_bytes()),
            Self::OutOfMemory => (2, &[]),
            Self::Mistyped(reason) => (3, reason.as_bytes()),
        };
        out.write_all(ANSWER)?;
        out.write_all(&[kind])?;
        out.write_all(&(body.len() as u64).to_le_bytes())?;
        out.write_all(body)?;
        out.flush()
    }

    /// Reads an answer of at most `limit` bytes of code; `None` when it has more.
    pub(super) fn read(input: &mut impl Read, limit: u64) -> io::Result<Option<Self>> {
        expect(input, ANSWER)?;
        let mut kind = [0];
        input.read_exact(&mut kind)?;
        let size = number(input)?;
        match kind[0] {
            0 if size > limit => Ok(None),
            0 => Ok(Some(Self::Code(body(input, size)?))),
            1 if size <= MAX_REASON => Ok(Some(Self::Invalid(reason(input, size)?))),
            2 => Ok(Some(Self::OutOfMemory)),
            3 if size <= MAX_REASON => Ok(Some(Self::Mistyped(reason(input, size)?))),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    pub(super) fn invalid(reason: &str) -> Self {
        Self::Invalid(cut(reason))
    }

    pub(super) fn mistyped(reason: &str) -> Self {
        Self::Mistyped(cut(reason))
    }
}

fn cut(reason: &str) -> String {
    let end = reason.floor_char_boundary(MAX_REASON as usize);
    reason[..end].to_owned()
}

fn reason(input: &mut impl Read, size: u64) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&body(input, size)?).into_owned())
}

fn expect(input: &mut impl Read, magic: &[u8; 8]) -> io::Result<()> {
    let mut found = [0; 8];
    input.read_exact(&mut found)?;
    if found == *magic {
        Ok(())
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}

fn number(input: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn body(input: &mut impl Read, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(size).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == size {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_as_they_were() {
        for answer in [
            Answer::Code(vec![1, 2, 3]),
            Answer::invalid("why"),
            Answer::OutOfMemory,
            Answer::mistyped("how"),
        ] {
            let mut bytes = Vec::new();
            answer.write(&mut bytes).unwrap();
            assert_eq!(
                Answer::read(&mut bytes.as_slice(), 3).unwrap(),
                Some(answer)
            );
            bytes.pop();
            let cut = Answer::read(&mut bytes.as_slice(), 3);
            assert!(cut.is_err() || bytes.len() < 17, "a cut answer was taken");
        }
    }

    #[test]
    fn too_much_code_is_not_read() {
        let mut bytes = Vec::new();
        Answer::Code(vec![0; 100]).write(&mut bytes).unwrap();
        assert_eq!(Answer::read(&mut bytes.as_slice(), 99).unwrap(), None);
    }

    #[test]
    fn long_reasons_are_cut_between_characters() {
        let reason = "é".repeat(5000);
        let Answer::Invalid(cut) = Answer::invalid(&reason) else {
            panic!("not a reason")
        };
        assert_eq!(cut.len(), 4096);
    }
}

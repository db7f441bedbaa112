//! The few requests to an engine that the chores need, spoken by hand: they must work before
//! anything else is built, and where there is no docker command.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// Most that an answer may have: it is the description of an engine or the log of a pull.
const MAX_ANSWER: u64 = 16 << 20;

/// What the engine answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Asks the engine at `host` (`unix://…` or `tcp://…`) and waits at most `patience` for each piece
/// of the answer.
pub(crate) fn ask(host: &str, method: &str, path: &str, patience: Duration) -> io::Result<Answer> {
    let mut stream = dial(host, patience)?;
    write!(stream, "{}Content-Length: 0\r\n\r\n", head(method, path))?;
    stream.flush()?;
    answer(stream)
}

/// Sends a body of unknown length.
pub(crate) fn send(
    host: &str,
    path: &str,
    body: &mut dyn Read,
    patience: Duration,
) -> io::Result<Answer> {
    let mut stream = dial(host, patience)?;
    let kind = "Content-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n";
    write!(stream, "{}{kind}", head("POST", path))?;
    let mut chunk = vec![0; 1 << 16];
    loop {
        let length = body.read(&mut chunk)?;
        write!(stream, "{length:x}\r\n")?;
        stream.write_all(chunk.get(..length).unwrap_or_default())?;
        stream.write_all(b"\r\n")?;
        if length == 0 {
            break;
        }
    }
    stream.flush()?;
    answer(stream)
}

fn head(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n")
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn dial(host: &str, patience: Duration) -> io::Result<Box<dyn Stream>> {
    if let Some(path) = host.strip_prefix("unix://") {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(patience))?;
        Ok(Box::new(stream))
    } else if let Some(address) = host.strip_prefix("tcp://") {
        let stream = TcpStream::connect(address.trim_end_matches('/'))?;
        stream.set_read_timeout(Some(patience))?;
        Ok(Box::new(stream))
    } else {
        Err(io::Error::other("only unix:// and tcp:// are spoken here"))
    }
}

fn answer(stream: Box<dyn Stream>) -> io::Result<Answer> {
    let mut reader = BufReader::new(stream.take(MAX_ANSWER));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("the answer is not HTTP"))?;
    let mut chunked = false;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        chunked |= header == "transfer-encoding: chunked";
    }
    let mut body = Vec::new();
    if chunked {
        read_chunks(&mut reader, &mut body)?;
    } else {
        reader.read_to_end(&mut body)?;
    }
    Ok(Answer {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
        if length == 0 {
            return Ok(());
        }
        reader.take(length).read_to_end(body)?;
        reader.read_line(&mut line)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined() {
        let mut body = Vec::new();
        let mut text: &[u8] = b"5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n";
        read_chunks(&mut text, &mut body).unwrap();
        assert_eq!(body, b"hello, world");
    }

    #[test]
    fn an_answer_over_a_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sock");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // To its end: who closes with something unread breaks the pipe.
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut rest) = (String::new(), String::new());
            reader.read_line(&mut line).unwrap();
            while rest != "\r\n" {
                rest.clear();
                reader.read_line(&mut rest).unwrap();
            }
            stream
                .write_all(b"HTTP/1.1 404 Not Found\r\nX: y\r\n\r\nno")
                .unwrap();
            line
        });
        let host = format!("unix://{}", path.display());
        let answer = ask(&host, "GET", "/x", Duration::from_secs(5)).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (404, "no"));
        assert_eq!(server.join().unwrap(), "GET /x HTTP/1.1\r\n");
    }
}

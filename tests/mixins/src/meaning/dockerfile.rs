//! The lines of a Dockerfile.

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its keyword.
    pub keyword: String,
    /// Flags such as `--chmod=755`.
    pub flags: Vec<String>,
    /// What follows, continuation lines joined.
    pub text: String,
    /// The here-document behind it.
    pub document: Option<String>,
}

/// Reads lines.
///
/// # Errors
/// When a here-document or a continuation does not end.
pub fn lines(text: &str) -> Result<Vec<Line>, String> {
    let mut rest = text.lines();
    let mut found = Vec::new();
    while let Some(first) = rest.next() {
        if first.trim().is_empty() || first.trim_start().starts_with('#') {
            continue;
        }
        let mut whole = first.trim_end().to_owned();
        while let Some(kept) = whole.strip_suffix('\\').map(str::to_owned) {
            let mut next = rest.next().ok_or("the text ends in a continuation")?;
            // Docker leaves out empty lines inside a continuation.
            while next.trim().is_empty() {
                let Some(following) = rest.next() else { break };
                next = following;
            }
            whole = format!("{} {}", kept.trim_end(), next.trim());
        }
        let mut line = line(&whole);
        if let Some(delimiter) = delimiter(&line.text) {
            let mut document = String::new();
            loop {
                let next = rest.next().ok_or("a here-document does not end")?;
                if next == delimiter {
                    break;
                }
                document.push_str(next);
                document.push('\n');
            }
            line.document = Some(document);
        }
        found.push(line);
    }
    Ok(found)
}

fn line(whole: &str) -> Line {
    let (keyword, mut text) = whole.split_once(' ').unwrap_or((whole, ""));
    let mut flags = Vec::new();
    text = text.trim();
    while text.starts_with("--") {
        let (flag, behind) = text.split_once(' ').unwrap_or((text, ""));
        flags.push(flag.to_owned());
        text = behind.trim_start();
    }
    Line {
        keyword: keyword.to_ascii_uppercase(),
        flags,
        text: text.to_owned(),
        document: None,
    }
}

/// The word that ends the here-document of a line.
fn delimiter(text: &str) -> Option<String> {
    let behind = text.split_once("<<")?.1.trim_start_matches('-');
    let word = behind.split([' ', '>', '<']).next()?;
    let plain = word.trim_matches(['"', '\'']);
    (!plain.is_empty()).then(|| plain.to_owned())
}

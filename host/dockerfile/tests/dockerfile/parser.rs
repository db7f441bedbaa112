//! A small parser of Dockerfiles, written for these tests from the description of the format and
//! sharing nothing with the code under test. It knows the default escape character.

/// An instruction as the frontend would see it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) keyword: String,
    pub(crate) arguments: String,
    pub(crate) documents: Vec<String>,
}

const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Parses a whole file; anything the frontend would refuse fails the test.
pub(crate) fn parse(text: &str) -> Vec<Parsed> {
    let mut lines = text.split('\n');
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        assert!(
            line.len() < 65_536,
            "the frontend drops everything from here on"
        );
        let visible = line.trim();
        if visible.is_empty() || visible.starts_with('#') {
            continue;
        }
        let mut logical = line.trim_start().to_owned();
        while is_continued(&logical) {
            let end = logical.trim_end().len() - 1;
            logical.truncate(end);
            logical.push_str(lines.next().unwrap_or_default());
        }
        let (keyword, arguments) = logical.split_once(' ').unwrap_or((&logical, ""));
        assert!(KEYWORDS.contains(&keyword), "{keyword:?} is no instruction");
        let mut documents = Vec::new();
        if let Some(name) = document_name(keyword, arguments) {
            let mut content = String::new();
            loop {
                let line = lines.next().expect("an open heredoc");
                if line.trim_end_matches('\r') == name {
                    break;
                }
                content.push_str(line);
                content.push('\n');
            }
            documents.push(content);
        }
        found.push(Parsed {
            keyword: keyword.to_owned(),
            arguments: arguments.to_owned(),
            documents,
        });
    }
    found
}

fn is_continued(line: &str) -> bool {
    let line = line.trim_end_matches([' ', '\t']);
    line.ends_with('\\') && !line.ends_with("\\\\")
}

/// Where a heredoc may be, and no JSON array is, the name after `<<`.
fn document_name(keyword: &str, arguments: &str) -> Option<String> {
    if !["RUN", "COPY", "ADD"].contains(&keyword) || array(arguments).is_some() {
        return None;
    }
    let mut names = arguments
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("<<"))
        .map(|name| name.trim_matches('"').to_owned());
    let name = names.next();
    assert_eq!(names.next(), None, "two heredocs in {arguments:?}");
    name
}

/// The JSON array of an instruction, behind its flags.
pub(crate) fn array(arguments: &str) -> Option<Vec<String>> {
    let mut rest = arguments;
    while rest.starts_with("--") {
        rest = rest.split_once(' ')?.1;
    }
    serde_json::from_str(rest).ok()
}

/// Removes quotes and escapes from a word and expands variables, all of which are `<NAME>`.
pub(crate) fn expand(word: &str) -> String {
    let mut plain = String::new();
    let mut characters = word.chars().peekable();
    let mut quoted = false;
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            '\'' if !quoted => {
                for inner in characters.by_ref().take_while(|inner| *inner != '\'') {
                    plain.push(inner);
                }
            }
            '\\' if !quoted || matches!(characters.peek(), Some('"' | '$' | '\\')) => {
                plain.extend(characters.next());
            }
            '$' => plain.push_str("<variable>"),
            _ => plain.push(character),
        }
    }
    assert!(!quoted, "an open quote in {word:?}");
    plain
}

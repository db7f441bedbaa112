//! Finds the heredocs of an instruction, as the Dockerfile frontend does.

use serde_json::Value;

use super::template::split_word;

/// A heredoc that an instruction opens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Heredoc {
    /// The line that closes it.
    pub(crate) name: String,
    /// Whether tabs before that line do not count.
    strips_tabs: bool,
}

impl Heredoc {
    /// Whether `line` is the last one of this heredoc.
    pub(crate) fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim_end_matches('\r');
        let line = if self.strips_tabs {
            line.trim_start_matches('\t')
        } else {
            line
        };
        line == self.name
    }
}

/// The heredocs of an instruction in the order of their content.
pub(crate) fn of_instruction(logical: &str) -> Vec<Heredoc> {
    let (mut keyword, mut arguments) = split_word(logical);
    if keyword.eq_ignore_ascii_case("onbuild") {
        (keyword, arguments) = split_word(arguments);
    }
    let may_have = ["run", "copy", "add"]
        .iter()
        .any(|known| keyword.eq_ignore_ascii_case(known));
    if !may_have || is_array(arguments) {
        return Vec::new();
    }
    let words = words(arguments).unwrap_or_default();
    words.iter().filter_map(|word| parse(word)).collect()
}

/// Whether the arguments, flags aside, are a JSON array.
fn is_array(arguments: &str) -> bool {
    let mut rest = arguments.trim_start();
    while rest.starts_with("--") {
        rest = split_word(rest).1.trim_start();
    }
    rest.starts_with('[') && serde_json::from_str::<Vec<Value>>(rest).is_ok()
}

/// Splits like a shell, leaving quotes and backslashes in place. `None` when a quote is open.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            _ if character.is_whitespace() => {
                // `<< NAME` is one word.
                if !word.ends_with("<<") && !word.ends_with("<<-") && !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            '\'' | '"' => {
                word.push(character);
                loop {
                    let inner = characters.next()?;
                    word.push(inner);
                    if inner == character {
                        break;
                    }
                    if inner == '\\' && character == '"' {
                        word.extend(characters.next());
                    }
                }
            }
            '\\' => {
                word.push(character);
                word.extend(characters.next());
            }
            _ => word.push(character),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    Some(words)
}

/// `<<NAME`, `<<-NAME`, `3<<"NAME"`.
fn parse(word: &str) -> Option<Heredoc> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = rest.strip_prefix("<<")?;
    let (rest, strips_tabs) = match rest.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    if rest.contains('<') {
        return None;
    }
    let name = unquote(rest.trim());
    (!name.is_empty()).then_some(Heredoc { name, strips_tabs })
}

fn unquote(word: &str) -> String {
    let mut plain = String::new();
    let mut quote = None;
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', None | Some('"')) => plain.extend(characters.next()),
            (_, Some(open)) if character == open => quote = None,
            ('\'' | '"', None) => quote = Some(character),
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::of_instruction;

    #[test]
    fn what_opens_a_heredoc() {
        for (instruction, expected) in [
            ("RUN <<EOF", vec!["EOF"]),
            ("run <<-'E O'", vec!["E O"]),
            ("COPY <<a <<\"b\" /x/", vec!["a", "b"]),
            ("RUN cat 3<<EOF | sh", vec!["EOF"]),
            ("RUN << EOF", vec!["EOF"]),
            ("ONBUILD RUN <<EOF", vec!["EOF"]),
            ("RUN echo '<<EOF'", vec![]),
            ("RUN cat <<<word", vec![]),
            ("RUN [\"sh\", \"<<EOF\"]", vec![]),
            ("RUN --network=none [\"sh\", \"<<EOF\"]", vec![]),
            ("RUN [ -e <<EOF ]", vec!["EOF"]),
            ("RUN echo 'open <<EOF", vec![]),
            ("ENV A=<<EOF", vec![]),
            ("LABEL <<EOF", vec![]),
            ("RUN echo a<<EOF", vec![]),
        ] {
            let found: Vec<String> = of_instruction(instruction)
                .into_iter()
                .map(|h| h.name)
                .collect();
            assert_eq!(found, expected, "{instruction}");
        }
    }
}

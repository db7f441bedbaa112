//! As much of the shell as the recorded lines use.

/// The commands of a text that are joined by `&&`, as words. Operators such as `|` and `>` are
/// words of their own; `$(…)` stays one word.
///
/// # Errors
/// When a quote or a substitution does not end.
pub fn commands(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut found = Vec::new();
    let mut command = Vec::new();
    for word in words(text)? {
        if word == "&&" {
            found.push(std::mem::take(&mut command));
        } else {
            command.push(word);
        }
    }
    found.push(command);
    found.retain(|command| !command.is_empty());
    Ok(found)
}

/// Words without their quotes.
///
/// # Errors
/// When a quote or a substitution does not end.
pub fn words(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            ' ' | '\t' | '\n' => found.extend(word.take()),
            '"' | '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next().ok_or_else(|| unended(text))? {
                        end if end == character => break,
                        '\\' if character == '"' => word.extend(rest.next()),
                        inside => word.push(inside),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(rest.next()),
            '$' if rest.peek() == Some(&'(') => {
                let word = word.get_or_insert_default();
                word.push('$');
                loop {
                    let inside = rest.next().ok_or_else(|| unended(text))?;
                    word.push(inside);
                    if inside == ')' {
                        break;
                    }
                }
            }
            '&' | '|' | '>' | '<' | ';' => {
                found.extend(word.take());
                let mut operator = character.to_string();
                while rest.peek() == Some(&character) {
                    operator.extend(rest.next());
                }
                found.push(operator);
            }
            _ => word.get_or_insert_default().push(character),
        }
    }
    found.extend(word);
    Ok(found)
}

fn unended(text: &str) -> String {
    format!("something does not end in `{text}`")
}

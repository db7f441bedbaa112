//! Splitting an element of the flag part into words.

/// Splits `text` at blanks, tabs and newlines.
///
/// * Empty text is no word; text of blanks only is one empty word.
/// * A word that begins with `"` or `'` ends at the next such quote and loses both, so `"a b"` is
///   one word, and `""` an empty one.
/// * A quote inside a word stays, and keeps the blanks up to its partner: `a="b c"` is one word.
/// * A backslash and the character behind it stay together as they are: `a\ b` is one word.
/// * Text with a quote that has no partner stays whole: `it's here` is one word.
/// * A placeholder stays whole, whatever its value holds.
///
/// ```
/// use porter_mixin_sdk::command_line::words::split;
///
/// assert_eq!(split("a \"b c\" d"), ["a", "b c", "d"]);
/// ```
pub fn split(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut rest = text.trim_start_matches(BLANKS);
    if rest.is_empty() {
        return vec![String::new()];
    }
    let mut found = Vec::new();
    while !rest.is_empty() {
        let Some((word, behind)) = next(rest) else {
            return vec![text.to_owned()];
        };
        found.push(word.to_owned());
        rest = behind.trim_start_matches(BLANKS);
    }
    found
}

const BLANKS: [char; 3] = [' ', '\t', '\n'];

/// The first word of `text` and what is behind it; `None` when a quote has no partner.
fn next(text: &str) -> Option<(&str, &str)> {
    let mut characters = text.char_indices();
    let (_, first) = characters.next()?;
    if is_quote(first) {
        let end = skip(&mut characters, first)?;
        return Some((text.get(1..end)?, characters.as_str()));
    }
    let mut characters = text.char_indices();
    while let Some((position, character)) = characters.next() {
        if BLANKS.contains(&character) {
            return text.split_at_checked(position);
        }
        if is_quote(character) {
            skip(&mut characters, character)?;
        } else if character == '\\' {
            characters.next();
        }
    }
    Some((text, ""))
}

fn is_quote(character: char) -> bool {
    character == '"' || character == '\''
}

/// Goes past the next `quote` that has no backslash before it, and says where it stands.
fn skip(characters: &mut std::str::CharIndices<'_>, quote: char) -> Option<usize> {
    while let Some((position, character)) = characters.next() {
        if character == quote {
            return Some(position);
        }
        if character == '\\' {
            characters.next();
        }
    }
    None
}

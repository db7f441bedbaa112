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
    if let Some(quote) = text.chars().next().filter(|first| is_quote(*first)) {
        let inner = &text[1..];
        let end = closing(inner, quote)?;
        return Some((&inner[..end], &inner[end + 1..]));
    }
    let mut position = 0;
    while let Some(character) = text[position..].chars().next() {
        if BLANKS.contains(&character) {
            break;
        }
        position += character.len_utf8();
        if is_quote(character) {
            position += closing(&text[position..], character)? + 1;
        } else if character == '\\' {
            position += text[position..].chars().next().map_or(0, char::len_utf8);
        }
    }
    Some((&text[..position], &text[position..]))
}

fn is_quote(character: char) -> bool {
    character == '"' || character == '\''
}

/// Where `quote` stands in `text` without a backslash before it.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (position, character) in text.char_indices() {
        if character == quote && !escaped {
            return Some(position);
        }
        escaped = character == '\\' && !escaped;
    }
    None
}

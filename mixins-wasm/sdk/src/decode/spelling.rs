//! Recognising misspelt field names.

/// The name among `known` that `written` was probably meant to be.
pub(super) fn closest(written: &str, known: &'static [&'static str]) -> Option<&'static str> {
    let allowed = match written.len() {
        0..=2 => return None,
        3..=5 => 1,
        6..=64 => 2,
        _ => return None,
    };
    let written = plain(written);
    known.iter().copied().find(|name| {
        let name = plain(name);
        distance(&written, &name) <= allowed || has_same_letters(&written, &name)
    })
}

/// Case and the choice of hyphen or underscore are the usual mistakes.
fn plain(name: &str) -> Vec<u8> {
    let letters = name.bytes().filter(|byte| !b"-_".contains(byte));
    letters.map(|byte| byte.to_ascii_lowercase()).collect()
}

/// Swapped letters leave the same letters. Sorting them would bring a sort into the component.
fn has_same_letters(left: &[u8], right: &[u8]) -> bool {
    let count = |name: &[u8], letter: u8| name.iter().filter(|byte| **byte == letter).count();
    left.len() == right.len()
        && left
            .iter()
            .all(|letter| count(left, *letter) == count(right, *letter))
}

/// Levenshtein distance.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, byte) in left.iter().enumerate() {
        let mut diagonal = index;
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(byte != other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

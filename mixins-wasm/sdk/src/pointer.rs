//! JSON pointers (RFC 6901): a place below a step or a configuration.

use std::fmt;

/// A JSON pointer. The host turns it into line and column of the manifest.
///
/// ```
/// use porter_mixin_sdk::Pointer;
///
/// let pointer = Pointer::root().key("flags").key("a/b").index(2);
/// assert_eq!(pointer.as_str(), "/flags/a~1b/2");
/// assert_eq!(pointer.spoken(), "flags.a/b[2]");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The whole value.
    pub fn root() -> Self {
        Self::default()
    }

    /// The member `name` below this place.
    pub fn key(&self, name: &str) -> Self {
        let mut pointer = self.0.clone();
        pointer.push('/');
        for character in name.chars() {
            match character {
                '~' => pointer.push_str("~0"),
                '/' => pointer.push_str("~1"),
                _ => pointer.push(character),
            }
        }
        Self(pointer)
    }

    /// The item `index` below this place, from 0.
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }

    /// The pointer as RFC 6901 writes it; `""` is the whole.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The place as people write it, such as `outputs[0].name`; empty for the whole.
    pub fn spoken(&self) -> String {
        let mut spoken = String::new();
        for segment in self.0.split('/').skip(1) {
            if !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit()) {
                spoken.push('[');
                spoken.push_str(segment);
                spoken.push(']');
                continue;
            }
            if !spoken.is_empty() {
                spoken.push('.');
            }
            unescape(&mut spoken, segment);
        }
        spoken
    }
}

fn unescape(text: &mut String, segment: &str) {
    let mut characters = segment.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '~' if characters.next() == Some('1') => '/',
            _ => character,
        });
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

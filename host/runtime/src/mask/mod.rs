//! Masking: secrets never reach the streams of the runtime.
//!
//! What is masked of one secret:
//!
//! * its text without the blanks around it, wherever it occurs, and the same text as it is spelled
//!   inside a JSON string;
//! * each line of at least six characters of a text of several lines, because tools indent;
//! * a secret of one or two characters only where it stands alone, that is between characters
//!   that are neither letters nor digits. Masking every `1` would make all output useless and
//!   tell what the secret is;
//! * nothing of a blank one.
//!
//! Occurrences that overlap become one mask, so that nothing is left of the longer one.

mod patterns;
mod stream;

pub use patterns::Patterns;
pub use stream::Stream;

/// What is shown in the place of a secret.
pub const MASK: &str = "*******";

/// Masks a whole text.
pub fn mask(patterns: &std::sync::Arc<Patterns>, text: &[u8]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(text.len());
    let mut stream = Stream::new(patterns.clone());
    stream.feed(text, &mut masked);
    stream.finish(&mut masked);
    masked
}

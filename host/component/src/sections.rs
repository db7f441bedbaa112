//! Sections of a component, of which some are left out.

/// Bytes before the first section.
const HEADER: usize = 8;
/// Kind of the sections that only say something.
const CUSTOM: u8 = 0;

/// The component without the custom sections of its outermost level that `drop` names. `None` where
/// it ends in the middle of one.
pub(crate) fn without(component: &[u8], drop: impl Fn(&str) -> bool) -> Option<Vec<u8>> {
    let (header, mut rest) = component.split_at_checked(HEADER)?;
    let mut kept = header.to_vec();
    while !rest.is_empty() {
        let (kind, after) = rest.split_first()?;
        let (size, content) = number(after)?;
        let (content, next) = content.split_at_checked(size)?;
        let dropped = *kind == CUSTOM && name(content).is_some_and(&drop);
        if !dropped {
            kept.extend_from_slice(&rest[..rest.len() - next.len()]);
        }
        rest = next;
    }
    Some(kept)
}

fn name(content: &[u8]) -> Option<&str> {
    let (size, rest) = number(content)?;
    std::str::from_utf8(rest.get(..size)?).ok()
}

/// A number in the encoding of WebAssembly, and what follows it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, &bytes[index + 1..]));
        }
    }
    None
}

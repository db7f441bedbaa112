//! The form of an entry: magic, HMAC-SHA256 over magic, name and code, then the code.

use super::key::Key;

const MAGIC: &[u8; 8] = b"porterC1";
const TAG: usize = 32;
/// Bytes before the code.
pub(super) const HEADER: usize = MAGIC.len() + TAG;

/// The bytes that go before `code`.
pub(super) fn seal(key: &Key, name: &str, code: &[u8]) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.extend_from_slice(&key.tag(&parts(name, code)));
    header
}

/// The code of an entry that is what was stored under `name`.
pub(super) fn unseal(key: &Key, name: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
    let (header, code) = sealed.split_at_checked(HEADER)?;
    let (magic, tag) = header.split_at_checked(MAGIC.len())?;
    if magic != MAGIC || !key.verifies(&parts(name, code), tag) {
        return None;
    }
    sealed.drain(..HEADER);
    Some(sealed)
}

// The name has no zero byte: where it ends is unmistakable.
fn parts<'a>(name: &'a str, code: &'a [u8]) -> [&'a [u8]; 4] {
    [MAGIC, name.as_bytes(), &[0], code]
}

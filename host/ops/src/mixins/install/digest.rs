//! Digests that somebody says a download has.

use super::InstallError;

/// A digest that something must have, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) digest: String,
    pub(super) by: &'static str,
}

/// Reads `sha256:HEX`, or only the digits.
pub(super) fn read(text: &str, from: &str) -> Result<String, InstallError> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    match is_digits(digits) {
        true => Ok(format!("sha256:{}", digits.to_ascii_lowercase())),
        false => Err(InstallError::NoDigest {
            text: porter_mixin::escape::escape(&text.chars().take(100).collect::<String>()),
            from: from.to_owned(),
        }),
    }
}

/// Takes the digest of `file` from what `sha256sum` writes: the only line, or the one with its
/// name.
pub(super) fn read_sums(text: &str, file: &str, from: &str) -> Result<String, InstallError> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let mut first = None;
    for (number, line) in lines.enumerate() {
        let (digits, name) = line
            .trim()
            .split_once([' ', '\t'])
            .unwrap_or((line.trim(), ""));
        let name = name.trim().trim_start_matches('*');
        let name = name.rsplit('/').next().unwrap_or_default();
        if name == file && is_digits(digits) {
            return read(digits, from);
        }
        first = (number == 0).then(|| digits.to_owned());
    }
    // Of one line the name does not matter: files are renamed when they are published.
    read(first.as_deref().unwrap_or(text), from)
}

fn is_digits(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_in_all_their_forms() {
        let (a, b) = ("A".repeat(64), "b".repeat(64));
        let expected = format!("sha256:{}", "a".repeat(64));
        assert_eq!(read(&a, "x").unwrap(), expected);
        assert_eq!(read(&format!("sha256:{a}"), "x").unwrap(), expected);
        for text in ["", "sha256:", "sha512:aa", "aa", &"g".repeat(64), &a[1..]] {
            assert!(
                matches!(read(text, "x"), Err(InstallError::NoDigest { .. })),
                "{text}"
            );
        }
        let sums = [
            a.clone(),
            format!("{a}\n"),
            format!("{a}  x.wasm\n"),
            format!("{a} *./x.wasm\n"),
            format!("{a}  renamed.wasm\n"),
            format!("{b}  y.wasm\n{a}  out/x.wasm\n"),
        ];
        for text in sums {
            assert_eq!(read_sums(&text, "x.wasm", "x").unwrap(), expected, "{text}");
        }
        for text in ["", "<html>", &format!("{b}  y.wasm\n{a}  z.wasm\n")] {
            assert!(read_sums(text, "x.wasm", "x").is_err(), "{text}");
        }
    }
}

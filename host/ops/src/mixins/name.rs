//! Names of mixins.

/// A name is a single, plain part of a path.
pub(super) fn is_name(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && name.bytes().all(plain)
}

/// Whether two names differ by a slip of the fingers.
pub(super) fn is_near(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let rest_a = &a.as_bytes()[common..];
    let rest_b = &b.as_bytes()[common..];
    a == b
        || rest_a.len().abs_diff(rest_b.len()) <= 1
            && (rest_a.get(1..) == rest_b.get(1..)
                || rest_a.get(1..) == Some(rest_b)
                || Some(rest_a) == rest_b.get(1..)
                || (rest_a.len() == rest_b.len()
                    && rest_a.len() >= 2
                    && rest_a[0] == rest_b[1]
                    && rest_a[1] == rest_b[0]
                    && rest_a[2..] == rest_b[2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for name in ["exec", "docker-compose", "a.b"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "..", "../x", "a/b", "Exec", ".hidden", "a b"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn slips_are_near() {
        for slip in ["exce", "exe", "exexc", "execc", "Exec", "axec"] {
            assert!(is_near(slip, "exec"), "{slip}");
        }
        assert!(!is_near("helm3", "exec"));
    }
}

//! What a registry wants to see before it does something (`WWW-Authenticate`).

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// How a registry wants to be told who is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Name and password with each request.
    Basic,
    /// A token that another service gives.
    Bearer {
        /// Address of that service.
        realm: String,
        /// What the registry is called there.
        service: String,
    },
}

/// The challenge of an answer. Bearer counts more where both are offered.
pub(super) fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let texts = headers.get_all(WWW_AUTHENTICATE).iter();
    let found: Vec<Challenge> = texts
        .filter_map(|value| parse(value.to_str().ok()?))
        .collect();
    let bearer = found.iter().find(|one| **one != Challenge::Basic);
    bearer.or(found.first()).cloned()
}

fn parse(text: &str) -> Option<Challenge> {
    let (scheme, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let (mut realm, mut service) = (None, String::new());
    for (name, value) in pairs(rest) {
        match name.to_ascii_lowercase().as_str() {
            "realm" => realm = Some(value),
            "service" => service = value,
            _ => {}
        }
    }
    Some(Challenge::Bearer {
        realm: realm?,
        service,
    })
}

/// `name="value"` pairs, separated by commas; a comma inside quotes separates nothing.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']).to_owned();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => match quoted.split_once('"') {
                Some((value, next)) => (value, next),
                None => (quoted, ""),
            },
            None => after.split_once(',').unwrap_or((after, "")),
        };
        found.push((name, value.trim().to_owned()));
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges() {
        let bearer = |realm: &str, service: &str| {
            Some(Challenge::Bearer {
                realm: realm.to_owned(),
                service: service.to_owned(),
            })
        };
        for (text, expected) in [
            ("Basic realm=\"x\"", Some(Challenge::Basic)),
            ("basic", Some(Challenge::Basic)),
            (
                "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:x:pull,push\"",
                bearer("https://a/t", "s"),
            ),
            (
                "bearer service=s, realm=https://a/t",
                bearer("https://a/t", "s"),
            ),
            ("Bearer service=\"s\"", None),
            ("Negotiate", None),
            ("", None),
            ("Bearer realm=\"unfinished", bearer("unfinished", "")),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}

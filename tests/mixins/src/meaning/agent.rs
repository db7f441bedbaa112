//! User agents: a mixin says its version there, and ours is another one.

use crate::case::{Case, Observed};

/// What stands before the version.
const STARTS: [&str; 3] = ["getporter/az/v", "getporter/aws/v", "getporter/terraform/v"];

/// `text` with every version of a mixin replaced by that in `agent`.
pub fn replaced(text: &str, agent: &str) -> String {
    let mut replaced = text.to_owned();
    for start in STARTS {
        if let Some((_, version)) = agent.split_once(start) {
            replaced = with_version(&replaced, start, version);
        }
    }
    replaced
}

/// Brings the versions in the variables of all calls to one form.
pub fn level(_: &Case, observed: &mut Observed) {
    for call in &mut observed.calls {
        for value in call.env_added.values_mut() {
            for start in STARTS {
                *value = with_version(value, start, "VERSION");
            }
        }
    }
}

fn with_version(text: &str, start: &str, version: &str) -> String {
    let mut parts = text.split(start);
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find([' ', '"']).unwrap_or(part.len());
        found.push_str(start);
        found.push_str(version);
        found.push_str(part.get(end..).unwrap_or_default());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn every_version_is_replaced() {
        let text = "ENV A=\"getporter/porter getporter/az/v1.0.8-2-g4ae026f ci/7\"\nENV B=\"getporter/az/v1\"";
        let expected =
            "ENV A=\"getporter/porter getporter/az/v2.0.0 ci/7\"\nENV B=\"getporter/az/v2.0.0\"";
        assert_eq!(
            replaced(text, "getporter/porter getporter/az/v2.0.0"),
            expected
        );
    }
}

//! How much a finding of a rule counts, and who says so.

use crate::problem::Severity;

/// A rule that Porter does not have. Its findings are [`Severity::Info`] unless somebody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its code.
    pub code: &'static str,
    /// Title of its findings.
    pub title: &'static str,
}

/// A parameter that nothing uses.
pub const UNUSED_PARAMETER: Rule = rule("porter-201", "Parameter is never used");
/// An output that nothing makes.
pub const UNWRITTEN_OUTPUT: Rule = rule("porter-202", "Output is never written");
/// A secret among the arguments of a command.
pub const SECRET_ARGUMENT: Rule = rule("porter-203", "Secret in a command line");
/// A secret in the author's Dockerfile.
pub const SECRET_IN_DOCKERFILE: Rule = rule("porter-204", "Secret in a Dockerfile");
/// An output that a later step makes.
pub const EARLY_OUTPUT: Rule = rule("porter-205", "Output is used before it exists");
/// An image that is not named by digest.
pub const IMAGE_WITHOUT_DIGEST: Rule = rule("porter-206", "Image without digest");
/// A step for which the mixin has no plan.
pub const NO_PLAN: Rule = rule("porter-207", "Step cannot be planned");

/// The rules that Porter does not have.
pub const RULES: [Rule; 7] = [
    UNUSED_PARAMETER,
    UNWRITTEN_OUTPUT,
    SECRET_ARGUMENT,
    SECRET_IN_DOCKERFILE,
    EARLY_OUTPUT,
    IMAGE_WITHOUT_DIGEST,
    NO_PLAN,
];

/// Stands for all of [`RULES`].
pub const ALL: &str = "all";

const fn rule(code: &'static str, title: &'static str) -> Rule {
    Rule { code, title }
}

/// How much findings of some rules count, where not as the rule has it: what was set last holds,
/// and a rule's own code goes before [`ALL`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels(Vec<(String, Option<Severity>)>);

impl Levels {
    /// Sets the level of one rule, or of [`ALL`].
    pub fn set(&mut self, code: &str, level: Option<Severity>) {
        self.0.push((code.to_owned(), level));
    }

    /// Adds what others say, who go before.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// What findings of a rule count that count `own` by themselves; `None` when it is off.
    #[must_use]
    pub fn of(&self, code: &str, own: Severity) -> Option<Severity> {
        let last = |wanted: &str| {
            let said = self.0.iter().rev().find(|(code, _)| code == wanted);
            said.map(|(_, level)| *level)
        };
        let is_ours = RULES.iter().any(|rule| rule.code == code);
        last(code)
            .or_else(|| is_ours.then(|| last(ALL)).flatten())
            .unwrap_or(Some(own))
    }
}

/// The level of this name, `off` being none at all; nothing when there is no such level.
#[must_use]
pub fn level(name: &str) -> Option<Option<Severity>> {
    match name {
        "off" => Some(None),
        "info" => Some(Some(Severity::Info)),
        "warning" => Some(Some(Severity::Warning)),
        "error" => Some(Some(Severity::Error)),
        _ => None,
    }
}

/// Whether a code could be one of a rule: `NAME-NNN`, or [`ALL`].
#[must_use]
pub fn is_code(code: &str) -> bool {
    if code.starts_with("porter-2") {
        return RULES.iter().any(|rule| rule.code == code);
    }
    let is_number =
        |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = code.rsplit_once('-').map(|(_, number)| number);
    code == ALL || number.is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_holds_and_a_code_goes_before_all() {
        let mut levels = Levels::default();
        let of = |levels: &Levels, code: &str| levels.of(code, Severity::Info);
        assert_eq!(of(&levels, "porter-201"), Some(Severity::Info));
        levels.set("porter-201", None);
        levels.set(ALL, Some(Severity::Warning));
        assert_eq!(of(&levels, "porter-201"), None);
        assert_eq!(of(&levels, "porter-202"), Some(Severity::Warning));
        assert_eq!(of(&levels, "exec-100"), Some(Severity::Info));
        levels.set("porter-201", Some(Severity::Error));
        assert_eq!(of(&levels, "porter-201"), Some(Severity::Error));
    }

    #[test]
    fn codes() {
        for code in ["all", "porter-100", "porter-207", "docker-compose-12"] {
            assert!(is_code(code), "{code}");
        }
        for code in ["", "porter", "porter-299", "exec-", "exec-1a"] {
            assert!(!is_code(code), "{code}");
        }
    }
}

//! Reading how much the author of the bundle lets findings of lint rules count.
//!
//! It stands below `custom`, which every version of Porter takes: a key of its own would be a
//! custom action there, and no list of steps.

use super::Report;
use crate::lint::levels::{self, Levels, RULES};
use crate::suggest::did_you_mean;
use crate::yaml::Node;

/// The key below `custom`.
const KEY: &str = "sh.porter.lint";

/// The levels in the value of `custom`.
pub(crate) fn levels(custom: &Node, report: &mut Report<'_>) -> Levels {
    let mut found = Levels::default();
    let Some(node) = custom.get(KEY) else {
        return found;
    };
    let hint = "write the code of a rule, or `all`, and `off`, `info`, `warning` or `error`";
    let Some(rules) = node.entries() else {
        report.wrong_type(node, "`sh.porter.lint`", "a mapping", hint);
        return found;
    };
    for entry in rules {
        let code = entry.name();
        if !levels::is_code(code) {
            let known = RULES.iter().map(|rule| rule.code).chain([levels::ALL]);
            let hint = did_you_mean(code, known);
            report.warning(
                entry.key.span,
                format!("there is no lint rule `{code}`"),
                &hint,
            );
        }
        match entry.value.text().and_then(levels::level) {
            Some(level) => found.set(code, level),
            None => report.wrong_type(
                &entry.value,
                &format!("the level of `{code}`"),
                "a level",
                hint,
            ),
        }
    }
    found
}

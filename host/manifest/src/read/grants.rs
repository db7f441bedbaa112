//! Reading what the author of the bundle lets mixins read.
//!
//! It stands below `custom`, which every version of Porter takes: an older one passes it on.

use super::Report;
use crate::model::{Grant, Spanned};
use crate::yaml::Node;

/// The key below `custom`.
const KEY: &str = "sh.porter.reads";

/// The grants in the value of `custom`.
pub(crate) fn grants(custom: &Node, report: &mut Report<'_>) -> Vec<Grant> {
    let mut grants = Vec::new();
    let Some(node) = custom.get(KEY) else {
        return grants;
    };
    let hint = "write the mixin's name, and below it a list of files and folders of the bundle";
    let Some(mixins) = node.entries() else {
        report.wrong_type(node, "`sh.porter.reads`", "a mapping", hint);
        return grants;
    };
    for entry in mixins {
        let what = format!("what `{}` may read", entry.name());
        let Some(items) = entry.value.items() else {
            report.wrong_type(&entry.value, &what, "a list of paths", hint);
            continue;
        };
        for item in items {
            let Some(path) = item.text() else {
                report.wrong_type(item, &what, "a path", hint);
                continue;
            };
            grants.push(Grant {
                mixin: spanned(entry.name(), &entry.key),
                path: spanned(path, item),
            });
        }
    }
    grants
}

fn spanned(text: &str, node: &Node) -> Spanned<String> {
    Spanned {
        value: text.to_owned(),
        span: node.span,
    }
}

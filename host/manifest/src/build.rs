//! What a build takes from the manifest besides documents: build arguments and version checks.

use std::collections::BTreeMap;

use crate::Json;
use crate::model::Manifest;
use crate::problem::Problem;
use crate::version::parse_version;

impl Manifest {
    /// The `custom` section as build arguments: `CUSTOM_A_B` for `a.b`. Texts as they are, null as
    /// empty text, everything else as JSON.
    #[must_use]
    pub fn custom_build_args(&self) -> BTreeMap<String, String> {
        let mut arguments = BTreeMap::new();
        for (key, value) in &self.custom {
            flatten(&format!("CUSTOM.{key}"), value, &mut arguments);
        }
        arguments
    }

    /// Whether the versions of mixins are those that the manifest wants. `version` is told for
    /// each name; a mixin that it does not know is not checked.
    #[must_use]
    pub fn check_mixin_versions(&self, version: &dyn Fn(&str) -> Option<String>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for mixin in &self.mixins {
            let (Some(range), Some(installed)) = (&mixin.constraint, version(&mixin.name)) else {
                continue;
            };
            let name = &mixin.name.value;
            let message = match parse_version(&installed) {
                Some(version) if range.matches(&version) => continue,
                Some(_) => format!(
                    "mixin {name} is installed at version {installed} but your bundle requires \
                     version {range}"
                ),
                None => format!(
                    "invalid version number from mixin {name}: {installed}. invalid semantic version"
                ),
            };
            problems.push(Problem::error(message).at(self.source.place(mixin.name.span)));
        }
        problems
    }
}

fn flatten(name: &str, value: &Json, arguments: &mut BTreeMap<String, String>) {
    let text = match value {
        Json::Object(members) => {
            for (key, member) in members {
                flatten(&format!("{name}.{key}"), member, arguments);
            }
            return;
        }
        Json::Null => String::new(),
        other => porter_cnab::parameter::to_text(other),
    };
    arguments.insert(argument_name(name), text);
}

/// Upper case, with `_` for everything but letters and digits.
fn argument_name(name: &str) -> String {
    let keep = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    name.to_uppercase()
        .chars()
        .map(|c| if keep(c) { c } else { '_' })
        .collect()
}

//! The mixins of the workspace `mixins-wasm` and what their manifests say.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::process::{Outcome, output};

/// A package that becomes a mixin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    /// Name of the cargo package, `porter-mixin-NAME`.
    pub(super) name: String,
    /// Name of the mixin.
    pub(super) mixin: String,
    pub(super) version: String,
    pub(super) description: String,
    pub(super) authors: Vec<String>,
    pub(super) license: String,
    pub(super) source: String,
    pub(super) homepage: String,
    /// The commit that last touched the mixins, if everything is committed.
    pub(super) revision: Option<String>,
}

const PREFIX: &str = "porter-mixin-";

/// Every package of `workspace` whose library is a `cdylib`.
pub(super) fn all(workspace: &Path) -> Outcome<Vec<Package>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    let text = output(command.current_dir(workspace))?;
    let document: Value = serde_json::from_str(&text)
        .map_err(|error| format!("`cargo metadata` printed no JSON: {error}"))?;
    let revision = revision(workspace);
    let packages = list(&document["packages"])
        .iter()
        .filter(|package| is_mixin(package));
    packages
        .map(|package| read(package, revision.clone()))
        .collect()
}

/// Those of `packages` that `names` name; all when it names none.
pub(super) fn choose(packages: Vec<Package>, names: &[&str]) -> Outcome<Vec<Package>> {
    if let Some(name) = names
        .iter()
        .find(|name| !packages.iter().any(|p| p.mixin == **name))
    {
        let known: Vec<&str> = packages
            .iter()
            .map(|package| package.mixin.as_str())
            .collect();
        return Err(format!(
            "there is no mixin `{name}`; there are: {}",
            known.join(", ")
        ));
    }
    let wanted = |package: &Package| names.is_empty() || names.contains(&package.mixin.as_str());
    Ok(packages.into_iter().filter(wanted).collect())
}

fn is_mixin(package: &Value) -> bool {
    let kinds = list(&package["targets"])
        .iter()
        .flat_map(|target| list(&target["kind"]));
    kinds.into_iter().any(|kind| kind == "cdylib")
}

fn read(package: &Value, revision: Option<String>) -> Outcome<Package> {
    let name = text(package, "name")?;
    let mixin = name
        .strip_prefix(PREFIX)
        .ok_or_else(|| format!("package `{name}` is a mixin, but is not called `{PREFIX}NAME`"))?;
    let authors = list(&package["authors"]).iter().filter_map(Value::as_str);
    Ok(Package {
        mixin: mixin.to_owned(),
        version: text(package, "version")?,
        description: text(package, "description")?,
        authors: authors.map(str::to_owned).collect(),
        license: text(package, "license")?,
        source: text(package, "repository")?,
        homepage: text(package, "homepage")?,
        revision,
        name,
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(package: &Value, field: &str) -> Outcome<String> {
    let value = package[field].as_str().unwrap_or_default();
    if value.is_empty() {
        return Err(format!(
            "package {} has no `{field}`; every mixin states it",
            package["name"]
        ));
    }
    Ok(value.to_owned())
}

/// The commit that last touched what mixins are made of. None outside a repository, and none
/// while something is not committed: the revision would be a lie.
fn revision(workspace: &Path) -> Option<String> {
    let parts = [".", "../wit"];
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command
            .args(arguments)
            .arg("--")
            .args(parts)
            .current_dir(workspace);
        output(&mut command).ok()
    };
    if !git(&["status", "--porcelain"])?.is_empty() {
        return None;
    }
    let commit = git(&["log", "-1", "--format=%H"])?;
    Some(commit.trim().to_owned()).filter(|commit| !commit.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(mixin: &str) -> Package {
        let document = serde_json::json!({
            "name": format!("porter-mixin-{mixin}"), "version": "1.2.3", "description": "d",
            "authors": ["A <a@example.org>"], "license": "Apache-2.0",
            "repository": "https://example.org/r", "homepage": "https://example.org",
        });
        read(&document, None).unwrap()
    }

    #[test]
    fn a_mixin_is_a_cdylib() {
        let mixin = serde_json::json!({"targets": [{"kind": ["cdylib", "rlib"]}]});
        let library = serde_json::json!({"targets": [{"kind": ["lib"]}]});
        assert!(is_mixin(&mixin));
        assert!(!is_mixin(&library));
    }

    #[test]
    fn names_choose_and_unknown_ones_are_refused() {
        let packages = vec![package("exec"), package("helm3")];
        assert_eq!(choose(packages.clone(), &[]).unwrap().len(), 2);
        assert_eq!(
            choose(packages.clone(), &["helm3"]).unwrap()[0].mixin,
            "helm3"
        );
        let error = choose(packages, &["helm"]).unwrap_err();
        assert_eq!(error, "there is no mixin `helm`; there are: exec, helm3");
    }

    #[test]
    fn a_mixin_without_a_licence_is_refused() {
        let document = serde_json::json!({"name": "porter-mixin-x", "version": "1.0.0",
            "description": "d", "license": null});
        let error = read(&document, None).unwrap_err();
        assert!(error.contains("no `license`"), "{error}");
    }
}

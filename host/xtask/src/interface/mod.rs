//! `cargo xtask interface`: what is made from `wit/`: the reference of the interface and the
//! bindings for C that `porter mixins create` writes.

mod bindings;
mod reference;

use std::fs;
use std::path::PathBuf;

use wit_bindgen_core::wit_parser::{PackageId, Resolve};

use crate::process::{Outcome, root};

/// The newest version of the interface.
const WIT: &str = "wit/v1.0.0/mixin.wit";
const REFERENCE: &str = "docs/mixins/interface.md";
const BINDINGS: &str = "templates/mixin/c/sdk";

/// Writes everything that is made from the interface.
pub(crate) fn write() -> Outcome {
    for (path, content) in files()? {
        fs::write(&path, content)
            .map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    }
    println!("interface: {REFERENCE} and {BINDINGS} are as {WIT} says");
    Ok(())
}

/// Names what is not as the interface says.
pub(crate) fn check(findings: &mut Vec<String>) -> Outcome {
    for (path, content) in files()? {
        if fs::read(&path).ok().as_deref() != Some(content.as_bytes()) {
            let shown = path.strip_prefix(root()).unwrap_or(&path).display();
            findings.push(format!(
                "{shown} is not as {WIT} says: run `cargo xtask interface`"
            ));
        }
    }
    Ok(())
}

/// All files and their content.
fn files() -> Outcome<Vec<(PathBuf, String)>> {
    let path = root().join(WIT);
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let (resolve, package) = parse(&text)?;
    let mut files = vec![(root().join(REFERENCE), reference::page(&resolve, package)?)];
    for (name, content) in bindings::c(resolve, package)? {
        files.push((root().join(BINDINGS).join(name), content));
    }
    Ok(files)
}

fn parse(text: &str) -> Outcome<(Resolve, PackageId)> {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("mixin.wit", text)
        .map_err(|error| format!("cannot read the interface: {error:#}"))?;
    Ok((resolve, package))
}

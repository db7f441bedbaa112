//! Bindings for C.

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::{PackageId, Resolve};

use crate::process::Outcome;

/// Header and source of the world `mixin`, without the object file that says of which type the
/// component is: `porter mixins pack` knows.
pub(super) fn c(mut resolve: Resolve, package: PackageId) -> Outcome<Vec<(String, String)>> {
    let failed = |error| format!("cannot make the bindings for C: {error:#}");
    let world = resolve
        .select_world(&[package], Some("mixin"))
        .map_err(failed)?;
    let version = resolve.packages[package].name.version.clone();
    let version = version.map_or_else(String::new, |version| format!("@{version}"));
    let options = wit_bindgen_c::Opts {
        no_object_file: true,
        // Without the version, so that an author's code need not change with it.
        rename: ["guest", "host"]
            .map(|name| (format!("porter:mixin/{name}{version}"), name.to_owned()))
            .into(),
        ..Default::default()
    };
    let mut files = Files::default();
    let mut generator = options.build();
    generator
        .generate(&mut resolve, world, &mut files)
        .map_err(failed)?;
    files
        .iter()
        .map(|(name, content)| {
            let text = String::from_utf8(content.to_vec());
            let text = text.map_err(|error| format!("`{name}` is no text: {error}"))?;
            Ok((name.to_owned(), text))
        })
        .collect()
}

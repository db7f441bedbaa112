//! `porter mixins create` and `porter mixins pack`.

use porter_ops::{About, CreateMixin, Language, PackMixin};

use crate::arguments::{MixinsCreateArguments, MixinsPackArguments};
use crate::commands::Session;
use crate::failure::Failure;

/// Writes a project of a mixin.
pub(crate) fn create(session: &Session, arguments: &MixinsCreateArguments) -> Result<(), Failure> {
    let Some(language) = Language::named(&arguments.language) else {
        return Err(Failure::usage(format!(
            "`{}` is no language of a new mixin, use {}",
            arguments.language,
            Language::NAMES
        )));
    };
    let request = CreateMixin {
        name: arguments.name.clone(),
        language,
        directory: arguments.dir.clone(),
        author: arguments.author.clone(),
        username: arguments.username.clone(),
    };
    let created = porter_ops::create_mixin(&request).map_err(porter_ops::MixinError::from);
    let folder = created.map_err(porter_ops::Error::from)?;
    let folder = folder.display();
    let name = &arguments.name;
    session.printer.result(&format!(
        "Created {name} mixin\n\n  cd {folder}\n  make         # writes {name}.wasm\n  make test\n"
    ));
    Ok(())
}

/// Makes the component of a mixin.
pub(crate) fn pack(session: &Session, arguments: &MixinsPackArguments) -> Result<(), Failure> {
    let stem = || {
        let stem = arguments.output.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    };
    let request = PackMixin {
        input: arguments.input.clone(),
        output: arguments.output.clone(),
        about: About {
            name: arguments.name.clone().unwrap_or_else(stem),
            version: arguments.mixin_version.clone(),
            description: arguments.description.clone(),
            authors: arguments.author.clone(),
            licenses: arguments.license.clone(),
            source: arguments.source.clone(),
            homepage: arguments.homepage.clone(),
            revision: arguments.revision.clone(),
        },
    };
    let report = session.porter.pack_mixin(&request)?;
    session.printer.result(&format!(
        "{}: {} {}, {:.1} kB, tier {}, {}\n",
        arguments.output.display(),
        report.name,
        report.version,
        report.size as f64 / 1000.0,
        report.tier,
        report.digest
    ));
    Ok(())
}

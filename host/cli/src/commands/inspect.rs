//! `porter inspect`.

use std::fmt::Write as _;

use porter_ops::{InspectOptions, Inspection};

use super::explain::{choice, heading};
use super::{Session, document, format};
use crate::arguments::{Format, InspectArguments};
use crate::failure::Failure;
use crate::table::Table;

/// Which versions of a dependency may be taken.
const STRATEGIES: [&str; 4] = ["exact", "max-patch", "max-minor", "min"];

/// Inspects a bundle.
pub(crate) async fn run(session: &Session, arguments: InspectArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.bundle.output.output)?;
    if let Some(strategy) = &arguments.dependencies_version_strategy
        && !STRATEGIES.contains(&strategy.as_str())
    {
        return Err(Failure::usage(format!(
            "invalid dependencies-version-strategy {strategy:?}: allowed values are {}",
            STRATEGIES.join(", ")
        )));
    }
    let options = InspectOptions {
        dependency_depth: arguments
            .show_dependencies
            .then_some(arguments.max_dependency_depth),
    };
    let choice = choice(session, arguments.bundle)?;
    let inspection = session.porter.inspect(&choice, options).await?;
    if format == Format::Plaintext {
        session.printer.result(&text(&inspection));
        return Ok(());
    }
    document(session, format, &inspection)
}

fn text(inspection: &Inspection) -> String {
    let mut text = heading(
        &inspection.name,
        &inspection.description,
        &inspection.version,
    );
    text.push('\n');
    let blocks = [
        ("Bundle Images", installers(inspection)),
        ("Images", images(inspection)),
        ("Dependencies", dependencies(inspection)),
    ];
    for (title, table) in blocks.iter().filter(|(_, table)| !table.is_empty()) {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{title}:\n{}", table.render());
    }
    text
}

fn installers(inspection: &Inspection) -> Table {
    let mut table = Table::new(&["Image", "Type", "Digest", "Original Image"]);
    for image in &inspection.invocation_images {
        table.row(&[
            &image.facts.image,
            &image.facts.image_type,
            &image.facts.content_digest,
            &image.original_image,
        ]);
    }
    table
}

fn images(inspection: &Inspection) -> Table {
    let mut table = Table::new(&["Name", "Type", "Image", "Digest", "Original Image"]);
    for image in &inspection.images {
        table.row(&[
            &image.name,
            &image.facts.image_type,
            &image.facts.image,
            &image.facts.content_digest,
            &image.original_image,
        ]);
    }
    table
}

fn dependencies(inspection: &Inspection) -> Table {
    let mut table = Table::new(&["Alias", "Reference", "Version", "Sharing"]);
    for dependency in &inspection.dependencies {
        table.row(&[
            &dependency.alias,
            &dependency.reference,
            &dependency.version,
            &dependency.sharing_group,
        ]);
    }
    table
}

//! `porter mixins search`.

use porter_mixin::escape::escape;
use serde::Serialize;

use crate::arguments::{Format, MixinsSearchArguments};
use crate::commands::{Session, document, format};
use crate::download::Download;
use crate::failure::Failure;
use crate::table::Table;

/// A mixin as YAML names its keys, which is not as JSON does.
#[derive(Serialize)]
struct Yaml<'a> {
    name: &'a str,
    author: &'a str,
    description: &'a str,
    url: &'a str,
}

/// Lists what others publish.
pub(crate) async fn search(
    session: &Session,
    arguments: &MixinsSearchArguments,
) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let flags = &arguments.mirror;
    let progress = Download::new(session.printer);
    let found = session
        .porter
        .search_mixins(
            &flags.mirror,
            &arguments.query,
            flags.allow_private_addresses,
            &progress,
        )
        .await;
    progress.end();
    let found = found?;
    match format {
        Format::Plaintext => {
            let mut table = Table::new(&["Name", "Description", "Author", "URL", "URL Type"]);
            for one in &found {
                table.row(&[
                    &escape(&one.name),
                    &escape(&one.description),
                    &escape(&one.author),
                    &escape(&one.url),
                    one.url_type(),
                ]);
            }
            session.printer.result(&table.render());
            Ok(())
        }
        Format::Json => document(session, format, &found),
        Format::Yaml => {
            let found: Vec<Yaml<'_>> = found
                .iter()
                .map(|one| Yaml {
                    name: &one.name,
                    author: &one.author,
                    description: &one.description,
                    url: &one.url,
                })
                .collect();
            document(session, format, &found)
        }
    }
}

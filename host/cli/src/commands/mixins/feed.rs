//! `porter mixins feed`.

use std::path::Path;

use porter_ops::FeedRequest;

use crate::arguments::{FeedCommand, FeedGenerateArguments};
use crate::commands::Session;
use crate::failure::Failure;

/// Makes feeds of mixins.
pub(crate) fn run(session: &Session, command: &FeedCommand) -> Result<(), Failure> {
    match command {
        FeedCommand::Generate(arguments) => generate(session, arguments),
        FeedCommand::Template => {
            let name = session.porter.write_feed_template(Path::new("."))?;
            let line = format!("wrote mixin feed template to {name}\n");
            session.printer.result(&line);
            Ok(())
        }
    }
}

fn generate(session: &Session, arguments: &FeedGenerateArguments) -> Result<(), Failure> {
    session.porter.generate_feed(&FeedRequest {
        directory: arguments.dir.clone(),
        file: arguments.file.clone(),
        template: arguments.template.clone(),
    })?;
    let file = porter_mixin::escape::escape(&arguments.file.to_string_lossy());
    session.printer.result(&format!("wrote feed to {file}\n"));
    Ok(())
}

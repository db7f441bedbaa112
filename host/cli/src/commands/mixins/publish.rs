//! `porter mixins publish`.

use porter_ops::PublishMixin;

use crate::arguments::{Format, MixinsPublishArguments};
use crate::commands::{Session, document, format};
use crate::failure::Failure;

/// Publishes a component to a registry.
pub(crate) async fn run(
    session: &Session,
    arguments: MixinsPublishArguments,
) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let request = PublishMixin {
        file: arguments.file,
        reference: arguments.reference,
        force: arguments.force,
        insecure_registry: arguments.insecure_registry,
    };
    let published = session.porter.publish_mixin(&request).await?;
    if format == Format::Plaintext {
        let text = format!(
            "published {}\n  digest:    {}\n  component: {}\n",
            published.reference, published.digest, published.component
        );
        session.printer.result(&text);
        return Ok(());
    }
    document(session, format, &published)
}

//! `porter mixins adapt`.

use porter_mixin::escape::escape;
use porter_ops::AdaptRequest;

use crate::arguments::MixinsAdaptArguments;
use crate::commands::Session;
use crate::failure::Failure;

/// Puts a sandboxed mixin into the home of another Porter.
pub(crate) fn run(session: &Session, arguments: &MixinsAdaptArguments) -> Result<(), Failure> {
    let adapted = session.porter.adapt_mixin(&AdaptRequest {
        mixin: arguments.mixin.clone(),
        porter_home: arguments.porter_home.clone(),
        force: arguments.force,
    })?;
    session.printer.result(&format!(
        "adapted {} mixin v{} in {} ({:.1} MB)\n",
        adapted.name,
        escape(&adapted.version),
        adapted.folder.display(),
        adapted.size as f64 / 1e6,
    ));
    Ok(())
}

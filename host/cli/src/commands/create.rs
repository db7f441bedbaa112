//! `porter create`.

use crate::arguments::CreateArguments;
use crate::failure::Failure;

/// Writes a new bundle.
pub(crate) fn run(arguments: &CreateArguments) -> Result<(), Failure> {
    porter_ops::create::create(arguments.bundle_name.as_deref())
        .map_err(|error| Failure::Operation(error.into()))
}

//! `porter credentials …` and `porter parameters …`.

mod create;
mod edit;
mod generate;
mod kind;
mod show;

use porter_cnab::records::qualified_name;
use porter_cnab::store::SetUse;

use self::kind::Kind;
use super::{Session, document, format};
use crate::arguments::{
    Format, SetApplyArguments, SetListArguments, SetNameArguments, SetsCommand,
};
use crate::failure::Failure;

/// Runs a command on sets of one kind.
pub(crate) async fn run<T: Kind>(session: &Session, command: SetsCommand) -> Result<(), Failure> {
    match command {
        SetsCommand::Apply(arguments) => apply::<T>(session, &arguments).await,
        SetsCommand::Create(arguments) => create::run::<T>(session, &arguments),
        SetsCommand::Delete(arguments) => {
            let name = name::<T>(&arguments.set)?;
            let use_is = if arguments.force {
                SetUse::Ignored
            } else {
                SetUse::Respected
            };
            let namespace = &arguments.set.namespace.namespace;
            Ok(session
                .porter
                .delete_set::<T>(namespace, name, use_is)
                .await?)
        }
        SetsCommand::Edit(arguments) => edit::run::<T>(session, &arguments).await,
        SetsCommand::Generate(arguments) => generate::run::<T>(session, arguments).await,
        SetsCommand::List(arguments) => list::<T>(session, &arguments).await,
        SetsCommand::Show(arguments) => show::run::<T>(session, &arguments).await,
    }
}

async fn apply<T: Kind>(session: &Session, arguments: &SetApplyArguments) -> Result<(), Failure> {
    let file = match arguments.file.as_slice() {
        [file] => file,
        [] => return Err(Failure::usage("a file argument is required")),
        _ => return Err(Failure::usage("only one file argument may be specified")),
    };
    let namespace = &arguments.namespace.namespace;
    let set: T = session
        .porter
        .apply_set(file, namespace, session.schema_check)
        .await?;
    let name = qualified_name(set.namespace(), set.name());
    session
        .printer
        .message(&format!("Applied {name} {} set", T::WORD));
    Ok(())
}

async fn list<T: Kind>(session: &Session, arguments: &SetListArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let sets: Vec<T> = session.porter.list_sets(&arguments.filter.filter()).await?;
    if format == Format::Plaintext {
        session.printer.result(&T::table(&sets));
        return Ok(());
    }
    document(session, format, &sets)
}

/// The one name that must be there.
fn name<T: Kind>(arguments: &SetNameArguments) -> Result<&str, Failure> {
    optional_name::<T>(arguments)?
        .ok_or_else(|| Failure::usage(format!("no {} was specified", T::NAME)))
}

/// The name, where there is one.
fn optional_name<T: Kind>(arguments: &SetNameArguments) -> Result<Option<&str>, Failure> {
    match arguments.name.as_slice() {
        [] => Ok(None),
        [name] => Ok(Some(name)),
        several => Err(Failure::usage(format!(
            "only one positional argument may be specified, the {}, but multiple were received: \
             [{}]",
            T::NAME,
            several.join(" ")
        ))),
    }
}

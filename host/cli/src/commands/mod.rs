//! One file per command: parse, call `porter-ops`, show.

mod action;
mod archive;
mod build;
mod completion;
mod config;
mod copy;
mod create;
mod delete;
mod explain;
mod inspect;
mod lint;
mod list;
mod logs;
mod mixins;
mod outputs;
mod plan;
mod plugins;
mod publish;
mod runs;
mod schema;
mod secrets;
mod selector;
mod sets;
mod show;
mod storage;
mod version;

use porter_cnab::records::{CredentialSet, ParameterSet};
use porter_config::SchemaCheck;
use porter_ops::Porter;

use crate::arguments::{
    Arguments, BundlesCommand, Command, Format, InstallationsCommand, LogsCommand, MixinsCommand,
    OutputsCommand, RunsCommand,
};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::printer::Printer;

/// What every command gets.
pub(crate) struct Session {
    /// The mouth.
    pub(crate) printer: &'static Printer,
    /// The operations.
    pub(crate) porter: Porter,
    /// Ctrl-C.
    pub(crate) interrupt: Interrupt,
    /// Verbosity, as the container is told.
    pub(crate) verbosity: String,
    /// Features that `--experimental` names.
    pub(crate) experimental: Vec<String>,
    /// How strictly the schema version of documents is checked.
    pub(crate) schema_check: SchemaCheck,
}

/// Runs the command that the arguments name.
pub(crate) async fn run(session: &Session, arguments: Arguments) -> Result<(), Failure> {
    if arguments.version {
        return version::short(session);
    }
    match arguments.command {
        None => Ok(()),
        Some(Command::Create(arguments)) => create::run(&arguments),
        Some(Command::Build(arguments)) => build::run(session, &arguments).await,
        Some(Command::Lint(arguments)) => lint::run(session, &arguments),
        Some(Command::Explain(arguments)) => explain::run(session, arguments).await,
        Some(Command::Inspect(arguments)) => inspect::run(session, arguments).await,
        Some(Command::Publish(arguments)) => publish::run(session, arguments).await,
        Some(Command::Copy(arguments)) => copy::run(session, arguments).await,
        Some(Command::Archive(arguments)) => archive::run(session, arguments).await,
        Some(Command::Install(arguments)) => action::install(session, arguments).await,
        Some(Command::Upgrade(arguments)) => action::upgrade(session, arguments).await,
        Some(Command::Invoke(arguments)) => action::invoke(session, arguments).await,
        Some(Command::Uninstall(arguments)) => action::uninstall(session, arguments).await,
        Some(Command::List(arguments)) => list::run(session, &arguments).await,
        Some(Command::Show(arguments)) => show::run(session, &arguments).await,
        Some(Command::Logs(arguments)) => logs::run(session, &arguments).await,
        Some(Command::Bundles(command)) => bundles(session, command).await,
        Some(Command::Installations(command)) => installations(session, command).await,
        Some(Command::Credentials(command)) => sets::run::<CredentialSet>(session, command).await,
        Some(Command::Parameters(command)) => sets::run::<ParameterSet>(session, command).await,
        Some(Command::Mixins(command)) => mixins(session, command).await,
        Some(Command::Config(command)) => {
            config::run(session, command, arguments.context.as_deref())
        }
        Some(Command::Plugins(command)) => plugins::run(session, &command),
        Some(Command::Storage(command)) => storage::run(session, command).await,
        Some(Command::Secrets(command)) => secrets::run(session, command).await,
        Some(Command::Schema) => schema::run(session),
        Some(Command::Plan(command)) => plan::run(session, command).await,
        Some(Command::Version(arguments)) => version::run(session, &arguments),
        Some(Command::Completion(arguments)) => completion::run(session, &arguments),
    }
}

async fn bundles(session: &Session, command: BundlesCommand) -> Result<(), Failure> {
    match command {
        BundlesCommand::Create(arguments) => create::run(&arguments),
        BundlesCommand::Build(arguments) => build::run(session, &arguments).await,
        BundlesCommand::Lint(arguments) => lint::run(session, &arguments),
        BundlesCommand::Explain(arguments) => explain::run(session, arguments).await,
        BundlesCommand::Inspect(arguments) => inspect::run(session, arguments).await,
        BundlesCommand::Copy(arguments) => copy::run(session, arguments).await,
        BundlesCommand::Archive(arguments) => archive::run(session, arguments).await,
    }
}

async fn mixins(session: &Session, command: MixinsCommand) -> Result<(), Failure> {
    match command {
        MixinsCommand::List(arguments) => mixins::list(session, &arguments),
        MixinsCommand::Inspect(arguments) => mixins::inspect(session, &arguments),
        MixinsCommand::Adapt(arguments) => mixins::adapt::run(session, &arguments),
        MixinsCommand::Search(arguments) => mixins::search::search(session, &arguments).await,
        MixinsCommand::Install(arguments) => mixins::install::install(session, &arguments).await,
        MixinsCommand::Publish(arguments) => mixins::publish::run(session, arguments).await,
        MixinsCommand::Uninstall(arguments) => mixins::install::uninstall(session, &arguments),
        MixinsCommand::Update(arguments) => mixins::update::run(session, &arguments),
        MixinsCommand::Feed(command) => mixins::feed::run(session, &command),
        MixinsCommand::Eval(arguments) => mixins::eval::run(session, &arguments),
        MixinsCommand::Test(arguments) => mixins::test::run(session, &arguments),
        MixinsCommand::Diff(arguments) => mixins::diff::run(session, &arguments),
        MixinsCommand::Create(arguments) => mixins::create::create(session, &arguments),
        MixinsCommand::Pack(arguments) => mixins::create::pack(session, &arguments),
    }
}

async fn installations(session: &Session, command: InstallationsCommand) -> Result<(), Failure> {
    match command {
        InstallationsCommand::List(arguments) => list::run(session, &arguments).await,
        InstallationsCommand::Show(arguments) => show::run(session, &arguments).await,
        InstallationsCommand::Apply(arguments) => action::apply(session, arguments).await,
        InstallationsCommand::Delete(arguments) => delete::run(session, &arguments).await,
        InstallationsCommand::Install(arguments) => action::install(session, arguments).await,
        InstallationsCommand::Upgrade(arguments) => action::upgrade(session, arguments).await,
        InstallationsCommand::Invoke(arguments) => action::invoke(session, arguments).await,
        InstallationsCommand::Uninstall(arguments) => action::uninstall(session, arguments).await,
        InstallationsCommand::Outputs(OutputsCommand::List(arguments)) => {
            outputs::list(session, &arguments).await
        }
        InstallationsCommand::Outputs(OutputsCommand::Show(arguments)) => {
            outputs::show(session, &arguments).await
        }
        InstallationsCommand::Logs(LogsCommand::Show(arguments)) => {
            logs::run(session, &arguments).await
        }
        InstallationsCommand::Runs(RunsCommand::List(arguments)) => {
            runs::run(session, &arguments).await
        }
    }
}

/// The format that `-o` names. With a document, stdout carries nothing else.
pub(crate) fn format(session: &Session, text: &str) -> Result<Format, Failure> {
    let format = match text.to_ascii_lowercase().as_str() {
        // A variable that is set to nothing counts as set.
        "" | "plaintext" => Format::Plaintext,
        "json" => Format::Json,
        "yaml" => Format::Yaml,
        _ => return Err(Failure::usage(format!("invalid format: {text}"))),
    };
    if format != Format::Plaintext {
        session.printer.reserve_stdout();
    }
    Ok(format)
}

/// Prints a result as a document.
pub(crate) fn document<T: serde::Serialize>(
    session: &Session,
    format: Format,
    value: &T,
) -> Result<(), Failure> {
    let text = match format {
        Format::Yaml => porter_config::to_yaml(value).map_err(Failure::internal)?,
        Format::Json | Format::Plaintext => {
            let text = serde_json::to_string_pretty(value).map_err(Failure::internal)?;
            format!("{}\n", visible(&text))
        }
    };
    session.printer.result(&text);
    Ok(())
}

/// JSON in which every character that a person would not see stands as an escape. Outside of texts
/// JSON has none of them but line breaks.
fn visible(json: &str) -> String {
    let hidden = |letter: char| letter != '\n' && porter_mixin::escape::is_hidden(letter);
    if !json.chars().any(hidden) {
        return json.to_owned();
    }
    let mut text = String::with_capacity(json.len() + 16);
    for letter in json.chars() {
        if hidden(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn a_document_shows_what_it_holds_and_means_the_same() {
        let value = serde_json::json!({"a\u{202e}": "b\u{e0041}\u{9b}\n\u{1b} é"});
        let text = visible(&serde_json::to_string_pretty(&value).unwrap());
        assert!(
            text.is_ascii() || !text.contains(['\u{202e}', '\u{9b}']),
            "{text}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}

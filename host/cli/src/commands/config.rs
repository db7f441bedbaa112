//! `porter config`: the configuration file, shown and changed as text.

use porter_config::file::{self, ConfigFile, Contexts};
use porter_config::{ConfigError, home};

use super::Session;
use crate::arguments::{ConfigCommand, ContextCommand};
use crate::editor;
use crate::failure::Failure;

/// What is said where there is no file.
const NO_FILE: &str = "No configuration file found.\nUse 'porter config edit' to create one.\n";

/// Runs the command. `context` is what `--context` and PORTER_CONTEXT say.
pub(crate) fn run(
    session: &Session,
    command: ConfigCommand,
    context: Option<&str>,
) -> Result<(), Failure> {
    let file = ConfigFile::find(&home::discover().map_err(Failure::Config)?);
    let file = file.map_err(Failure::Config)?;
    let done = match command {
        ConfigCommand::Show => show(session, file.as_ref()),
        ConfigCommand::Edit => return edit(file),
        ConfigCommand::Migrate => migrate(session, file.as_ref()),
        ConfigCommand::Context(ContextCommand::List) => list(session, file.as_ref(), context),
        ConfigCommand::Context(ContextCommand::Use(arguments)) => {
            choose(session, file.as_ref(), &arguments.name)
        }
    };
    done.map_err(Failure::Config)
}

fn show(session: &Session, file: Option<&ConfigFile>) -> Result<(), ConfigError> {
    let Some(file) = file else {
        session.printer.result(NO_FILE);
        return Ok(());
    };
    file.check()?;
    session.printer.result(&file.text);
    Ok(())
}

/// A broken file is opened like any other: this is where it is mended.
fn edit(file: Option<ConfigFile>) -> Result<(), Failure> {
    let path = match file {
        Some(file) => file.path,
        None => {
            let home = home::discover().map_err(Failure::Config)?;
            ConfigFile::create(&home).map_err(Failure::Config)?.path
        }
    };
    editor::edit(&path).map_err(|error| {
        Failure::usage(format!(
            "unable to open editor to edit the config file: {error}"
        ))
    })?;
    let home = home::discover().map_err(Failure::Config)?;
    match ConfigFile::find(&home).map_err(Failure::Config)? {
        Some(file) => file.check().map_err(Failure::Config),
        None => Ok(()),
    }
}

fn migrate(session: &Session, file: Option<&ConfigFile>) -> Result<(), ConfigError> {
    let file = file.ok_or(ConfigError::NoConfigFile)?;
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let said = if file.migrate()? {
        format!("Migrated {name} to multi-context format. Use 'porter config show' to review.\n")
    } else {
        "Config file is already using the multi-context format.\n".to_owned()
    };
    session.printer.result(&said);
    Ok(())
}

fn list(
    session: &Session,
    file: Option<&ConfigFile>,
    context: Option<&str>,
) -> Result<(), ConfigError> {
    let Some(file) = file else {
        session.printer.result(NO_FILE);
        return Ok(());
    };
    let text = match file.contexts()? {
        Contexts::Flat => {
            "Config file is in legacy flat format with a single implicit context.\n".to_owned()
        }
        Contexts::Named { names, .. } if names.is_empty() => {
            "No contexts defined. Add a context to your config file.\n".to_owned()
        }
        Contexts::Named { names, active } => {
            let active = context.filter(|name| !name.is_empty()).unwrap_or(&active);
            let line = |name: &String| {
                let mark = if name == active { "*" } else { " " };
                format!("{mark} {}\n", porter_mixin::escape::escape(name))
            };
            names.iter().map(line).collect()
        }
    };
    session.printer.result(&text);
    Ok(())
}

fn choose(session: &Session, file: Option<&ConfigFile>, name: &str) -> Result<(), ConfigError> {
    file::check_context_name(name)?;
    file.ok_or(ConfigError::NoConfigFile)?.use_context(name)?;
    session
        .printer
        .result(&format!("Switched to context \"{name}\".\n"));
    Ok(())
}

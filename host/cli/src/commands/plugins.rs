//! `porter plugins`: what Porter has as plugins is built in here.

use serde::Serialize;

use super::{Session, document, format};
use crate::arguments::{Format, PluginsCommand, PluginsListArguments, PluginsShowArguments};
use crate::failure::Failure;
use crate::table::Table;

/// A plugin, as both commands print it.
#[derive(Debug, Serialize)]
struct Plugin {
    name: &'static str,
    version: String,
    commit: String,
    author: &'static str,
    implementations: Vec<Implementation>,
}

#[derive(Debug, Serialize)]
struct Implementation {
    #[serde(rename = "type")]
    kind: &'static str,
    implementation: &'static str,
}

/// Plugins with what each implements.
const PLUGINS: [(&str, &[(&str, &str)]); 2] = [
    ("hashicorp", &[("secrets", "vault")]),
    (
        "porter",
        &[
            ("secrets", "command"),
            ("secrets", "encrypted"),
            ("secrets", "filesystem"),
            ("secrets", "host"),
            ("storage", "sqlite"),
        ],
    ),
];

/// Runs the command.
pub(crate) fn run(session: &Session, command: &PluginsCommand) -> Result<(), Failure> {
    match command {
        PluginsCommand::List(arguments) => list(session, arguments),
        PluginsCommand::Show(arguments) => show(session, arguments),
    }
}

fn plugins(session: &Session) -> Vec<Plugin> {
    let plugin =
        |(name, implementations): (&'static str, &[(&'static str, &'static str)])| Plugin {
            name,
            version: format!("v{}", session.porter.version()),
            commit: session.porter.commit().to_owned(),
            author: "Porter Authors",
            implementations: implementations
                .iter()
                .map(|(kind, implementation)| Implementation {
                    kind,
                    implementation,
                })
                .collect(),
        };
    PLUGINS.into_iter().map(plugin).collect()
}

fn list(session: &Session, arguments: &PluginsListArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let plugins = plugins(session);
    if format != Format::Plaintext {
        return document(session, format, &plugins);
    }
    let mut table = Table::new(&["Name", "Version", "Author"]);
    for plugin in &plugins {
        table.row(&[plugin.name, &plugin.version, plugin.author]);
    }
    session.printer.result(&table.render());
    Ok(())
}

fn show(session: &Session, arguments: &PluginsShowArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.output.output)?;
    let name = match arguments.name.as_slice() {
        [name] => name,
        [] => return Err(Failure::usage("plugin name is required")),
        several => {
            return Err(Failure::usage(format!(
                "only one positional argument may be specified, the plugin name, but multiple were \
                 received: [{}]",
                several.join(" ")
            )));
        }
    };
    let plugins = plugins(session);
    let Some(plugin) = plugins.iter().find(|plugin| plugin.name == name) else {
        return Err(Failure::usage(format!(
            "plugin {name} is not built in; `porter plugins list` shows which are"
        )));
    };
    if format != Format::Plaintext {
        return document(session, format, plugin);
    }
    let mut table = Table::new(&["Type", "Implementation"]);
    for implementation in &plugin.implementations {
        table.row(&[implementation.kind, implementation.implementation]);
    }
    session.printer.result(&format!(
        "Name: {}\nVersion: {}\nCommit: {}\nAuthor: {}\n\n{}",
        plugin.name,
        plugin.version,
        plugin.commit,
        plugin.author,
        table.render()
    ));
    Ok(())
}

//! The porter command line.

mod arguments;
mod commands;
mod download;
mod editor;
mod embedded;
mod failure;
mod go;
mod interrupt;
mod messages;
mod printer;
mod progress;
mod table;
mod terminal;
mod time;
mod usage;

use std::process::ExitCode;

use clap::FromArgMatches;
use porter_config::SchemaCheck;
use porter_config::settings::Settings;
use porter_ops::{Parts, Porter};

use crate::arguments::Arguments;
use crate::commands::Session;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::messages::Messages;
use crate::printer::Printer;

fn main() -> ExitCode {
    // A copy of ourselves that compiles one component under limits and says nothing else.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == porter_ops::COMPILE_ARGUMENT)
    {
        return porter_ops::compile_child();
    }
    let printer: &'static Printer = Box::leak(Box::new(Printer::new()));
    let arguments = match parse(arguments::command()) {
        Ok(arguments) => arguments,
        Err(error) => return usage::tell(printer, &error, arguments::command()),
    };
    let settings = match settings(&arguments) {
        Ok(settings) => settings,
        Err(error) => {
            printer.failure(&error, None);
            return ExitCode::FAILURE;
        }
    };
    let reread = settings.as_ref();
    let arguments = match reread.map(|settings| parse(arguments::command_with(settings))) {
        None => arguments,
        Some(Ok(arguments)) => arguments,
        Some(Err(error)) => return usage::tell(printer, &error, arguments::command()),
    };
    match start(printer, arguments, settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Said(code)) => ExitCode::from(code),
        Err(failure) => {
            // Piped, every line was shown as it came; live, only the last ones were.
            if let Some(log) = failure.step_log().filter(|_| printer.is_terminal()) {
                for line in String::from_utf8_lossy(log).lines() {
                    printer.error_line(&porter_mixin::escape::escape(line));
                }
            }
            printer.failure(&failure, failure.hint().as_deref());
            ExitCode::from(failure.code())
        }
    }
}

fn parse(command: clap::Command) -> Result<Arguments, clap::Error> {
    command
        .try_get_matches()
        .and_then(|matches| Arguments::from_arg_matches(&matches))
}

/// The configuration file, where there is one and the command reads it.
fn settings(arguments: &Arguments) -> Result<Option<Settings>, porter_config::ConfigError> {
    if !arguments.wants_settings() {
        return Ok(None);
    }
    let home = porter_config::home::discover()?;
    let settings = Settings::load(&home, arguments.context.as_deref())?;
    Ok(settings.path.is_some().then_some(settings))
}

fn start(
    printer: &'static Printer,
    arguments: Arguments,
    settings: Option<Settings>,
) -> Result<(), Failure> {
    // Fails only when it was set before, and nothing sets it before.
    let _ = tracing::subscriber::set_global_default(Messages::new(printer, &arguments.verbosity));
    let mut porter = Porter::new(Parts {
        version: env!("CARGO_PKG_VERSION"),
        commit: env!("PORTER_COMMIT"),
        runtime: embedded::runtime(),
        runtime_sealed: embedded::runtime_sealed(),
        adapter: embedded::adapter(),
        adapter_sealed: embedded::adapter_sealed(),
        builtins: embedded::mixins(),
    })?;
    porter.configure(settings.unwrap_or_default());
    porter.allow_native_mixins(arguments.allow_native_mixin.iter().cloned());
    let schema_check = schema_check(&arguments.schema_check);
    porter.check_schemas(schema_check);
    let session = Session {
        printer,
        porter,
        interrupt: Interrupt::default(),
        verbosity: arguments.verbosity.clone(),
        experimental: arguments.experimental.clone(),
        schema_check,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    let result = runtime.block_on(async {
        let result = commands::run(&session, arguments).await;
        session.porter.close().await;
        result
    });
    // A thread that still waits for a terminal or a pipe must not keep us.
    runtime.shutdown_background();
    result
}

/// As in Porter an unknown strategy is the strictest.
fn schema_check(text: &str) -> SchemaCheck {
    SchemaCheck::parse(text).unwrap_or_else(|| {
        tracing::warn!("invalid schema-check {text}, exact is used instead");
        SchemaCheck::Exact
    })
}

//! `porter credentials generate` and `porter parameters generate`: asks, on a terminal only.

use std::io::{IsTerminal, stdin};

use dialoguer::{Input, Password, Select};
use porter_cnab::records::{NamedSource, Source, Strategy};
use porter_config::EnvVars;
use porter_mixin::escape::escape;
use porter_ops::Wanted;

use super::kind::Kind;
use super::{Session, optional_name};
use crate::arguments::{SetGenerateArguments, pairs};
use crate::commands::action::choice;
use crate::failure::Failure;

/// The answers, in Porter's order and words.
const ANSWERS: [(&str, Strategy); 5] = [
    ("secret", Strategy::Secret),
    ("specific value", Strategy::Value),
    ("environment variable", Strategy::Env),
    ("file path", Strategy::Path),
    ("shell command", Strategy::Command),
];
/// The answer that is offered first.
const DEFAULT: usize = 2;
/// The further answer for what is optional.
const SKIP: &str = "skip";

/// Asks for everything that the bundle wants and stores the set.
pub(super) async fn run<T: Kind>(
    session: &Session,
    arguments: SetGenerateArguments,
) -> Result<(), Failure> {
    let name = optional_name::<T>(&arguments.set)?;
    let choice = choice(session, arguments.definition);
    let draft = session.porter.draft_set::<T>(&choice, name).await?;
    if draft.wanted.is_empty() {
        return Ok(());
    }
    if !(stdin().is_terminal() && session.printer.is_terminal()) {
        return Err(Failure::usage(format!(
            "`porter {word}s generate` asks questions, and there is no terminal: write the set to \
             a file (`porter {word}s create FILE`) and store it with `porter {word}s apply FILE`",
            word = T::WORD
        )));
    }
    let mut set = T::empty(&arguments.set.namespace.namespace, &draft.name);
    set.set_labels(pairs(&arguments.label));
    let count = draft.wanted.len();
    session.printer.error_line(&format!(
        "Generating new {word} {} from bundle\n==> {count} {word}(s) declared for the bundle",
        escape(&draft.name),
        word = T::WORD,
    ));
    for wanted in &draft.wanted {
        let source = ask(T::WORD, wanted).map_err(Failure::internal)?;
        if let Some(source) = source {
            let entry = NamedSource::new(wanted.name.as_str(), source);
            set.sources_mut().push(entry);
        }
    }
    Ok(session.porter.store_set(&set).await?)
}

/// Asks where one value comes from; nothing when it is to be left out.
fn ask(word: &str, wanted: &Wanted) -> Result<Option<Source>, dialoguer::Error> {
    let name = escape(&wanted.name);
    let mut answers: Vec<&str> = ANSWERS.iter().map(|(words, _)| *words).collect();
    if !wanted.is_required {
        answers.push(SKIP);
    }
    let index = Select::new()
        .with_prompt(format!("How would you like to set {word} \"{name}\""))
        .items(&answers)
        .default(DEFAULT)
        .interact()?;
    let Some((words, strategy)) = ANSWERS.get(index) else {
        return Ok(None);
    };
    let prompt = format!("Enter the {words} that will be used to set {word} \"{name}\"");
    // What must not be seen is not echoed.
    let hint = if *strategy == Strategy::Value && wanted.is_sensitive {
        Password::new()
            .with_prompt(prompt)
            .allow_empty_password(true)
            .interact()?
    } else {
        Input::new()
            .with_prompt(prompt)
            .allow_empty(*strategy == Strategy::Value)
            .interact_text()?
    };
    let hint = match strategy {
        Strategy::Path => with_home(hint),
        _ => hint,
    };
    Ok(Some(Source::new(*strategy, hint)))
}

/// Puts the home directory in place of `~/`.
fn with_home(path: String) -> String {
    match (path.strip_prefix("~/"), std::env::var(EnvVars::HOME)) {
        (Some(rest), Ok(home)) => format!("{home}/{rest}"),
        _ => path,
    }
}

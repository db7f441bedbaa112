//! `porter mixins eval`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use porter_mixin::escape::escape;
use porter_ops::{Answer, Error, Evaluation, Function, Hint, Ordered};
use serde_json::{Value, json};

use crate::arguments::{Format, MixinsEvalArguments};
use crate::commands::{Session, document};
use crate::failure::Failure;

/// The mixin refuses its input.
const REFUSES: u8 = 3;
/// The mixin misbehaves.
const MISBEHAVES: u8 = 4;
/// The component is refused.
const REFUSED: u8 = 5;

/// Bytes of an input that are read: one more than any may have, so that a larger one is seen.
const MOST: u64 = 8 * 1024 * 1024 + 1;

/// Asks a mixin one thing. Stdout has one JSON document, whatever the mixin does.
pub(crate) fn run(session: &Session, arguments: &MixinsEvalArguments) -> Result<(), Failure> {
    session.printer.reserve_stdout();
    let Some(function) = Function::named(&arguments.function) else {
        return Err(Failure::usage(format!(
            "`{}` is no function of a mixin, use {}",
            arguments.function,
            Function::NAMES
        )));
    };
    let input = if function.has_input() {
        Some(input(arguments.file.as_deref())?)
    } else {
        None
    };
    let input = input
        .as_ref()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    match session
        .porter
        .evaluate_mixin(&arguments.mixin, function, input)
    {
        Ok(evaluation) => show(session, arguments, function, evaluation),
        Err(error) => Err(refusal(session, error)?),
    }
}

fn show(
    session: &Session,
    arguments: &MixinsEvalArguments,
    function: Function,
    evaluation: Evaluation,
) -> Result<(), Failure> {
    let load = u64::try_from(evaluation.load.as_micros()).unwrap_or(u64::MAX);
    let stats = arguments.stats.then(|| {
        json!({
            "loadMicroseconds": load,
            "microseconds": evaluation.stats.microseconds,
            "fuel": evaluation.stats.fuel,
            "memory": evaluation.stats.memory,
        })
    });
    let printed = |value: Value| {
        let value = with_stats(function, value, stats);
        document(session, Format::Json, &Ordered(&value))
    };
    match evaluation.answer {
        Answer::Result(value) => printed(value),
        Answer::Refused { document, problems } => {
            printed(document)?;
            for problem in problems {
                session.printer.error_line(&problem);
            }
            Err(Failure::Said(REFUSES))
        }
        Answer::Broken { code, message } => {
            printed(json!({ "fault": { "code": code, "message": message } }))?;
            let line = format!(
                "error: the mixin misbehaves ({code})\n  caused by: {}",
                escape(&message)
            );
            session.printer.error_line(&line);
            Err(Failure::Said(MISBEHAVES))
        }
    }
}

/// A schema has no room for more members: it becomes one.
fn with_stats(function: Function, mut value: Value, stats: Option<Value>) -> Value {
    let Some(stats) = stats else {
        return value;
    };
    if function == Function::Schema {
        value = json!({ "schema": value });
    }
    if let Some(members) = value.as_object_mut() {
        members.insert("stats".to_owned(), stats);
    }
    value
}

/// Tells a component that is refused from everything else that can go wrong before a call.
fn refusal(session: &Session, error: Error) -> Result<Failure, Failure> {
    let Error::Mixin(mixin) = &error else {
        return Ok(error.into());
    };
    let Some((code, message)) = mixin.refusal() else {
        return Ok(error.into());
    };
    let value = json!({ "refused": { "code": code, "message": message } });
    document(session, Format::Json, &Ordered(&value))?;
    session.printer.failure(&error, error.hint().as_deref());
    Ok(Failure::Said(REFUSED))
}

/// The input and how the user calls it.
fn input(file: Option<&Path>) -> Result<(String, Vec<u8>), Failure> {
    let (name, bytes) = match file {
        Some(path) if path != Path::new("-") => {
            let name = path.display().to_string();
            let bytes = File::open(path).and_then(read);
            (name, bytes)
        }
        _ => ("standard input".to_owned(), read(io::stdin().lock())),
    };
    let bytes = bytes.map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
    Ok((name, bytes))
}

fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

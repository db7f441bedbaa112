//! `porter plan`.

use std::fmt::Write as _;

use porter_cnab::Json;
use porter_mixin::escape::escape;
use porter_ops::{Delete, Kind, Plan, PlannedStep};

use super::{Session, action, document, format};
use crate::arguments::{Format, PlanArguments, PlanCommand};
use crate::failure::Failure;

/// Lines of a file or of standard input that are shown.
const LINES: usize = 20;

/// Shows what an action would run.
pub(crate) async fn run(session: &Session, command: PlanCommand) -> Result<(), Failure> {
    let (kind, arguments) = split(command);
    let PlanArguments {
        installation,
        flags,
        output,
    } = arguments;
    let format = format(session, &output.output)?;
    let request = action::request(session, kind, installation, flags);
    let plan = session.porter.plan(&request).await?;
    if format != Format::Plaintext {
        return document(session, format, &plan);
    }
    session.printer.result(&text(&plan));
    Ok(())
}

fn split(command: PlanCommand) -> (Kind, PlanArguments) {
    match command {
        PlanCommand::Install(arguments) => {
            let kind = Kind::Install {
                force: arguments.force,
                labels: std::collections::BTreeMap::new(),
            };
            (kind, arguments.plan)
        }
        PlanCommand::Upgrade(arguments) => {
            let force = arguments.force_upgrade;
            (Kind::Upgrade { force }, arguments.plan)
        }
        PlanCommand::Invoke(arguments) => {
            let action = arguments.action.unwrap_or_default();
            (Kind::Invoke { action }, arguments.plan)
        }
        PlanCommand::Uninstall(arguments) => {
            let delete = Delete::No;
            (Kind::Uninstall { delete }, arguments.plan)
        }
    }
}

fn text(plan: &Plan) -> String {
    let mut text = format!(
        "Plan: {} {} with bundle {} {}\nDigest: {}\n",
        escape(&plan.action),
        escape(&plan.installation.name),
        escape(&plan.bundle.name),
        escape(&plan.bundle.version),
        escape(&plan.digest)
    );
    for (index, step) in plan.steps.iter().enumerate() {
        text.push_str(&heading(index + 1, step));
        match (&step.tasks, &step.unplanned) {
            (Some(tasks), _) => tasks_of(tasks, &mut text),
            (None, reason) => {
                let reason = reason.as_deref().unwrap_or("it cannot be planned");
                // Writing into a String cannot fail.
                let _ = writeln!(text, "  ? not known before it runs: {}", escape(reason));
            }
        }
    }
    if plan.steps.is_empty() {
        text.push_str("\nThe bundle has no steps for this action.\n");
    }
    text
}

fn heading(number: usize, step: &PlannedStep) -> String {
    let described = match &step.description {
        Json::Null => String::new(),
        description => format!(": {}", shown(description)),
    };
    format!(
        "\nStep {number}{described} ({} {}, {}, line {})\n",
        escape(&step.mixin),
        escape(&step.version),
        escape(&step.tier),
        step.line
    )
}

fn tasks_of(tasks: &Json, text: &mut String) {
    for task in tasks.as_array().into_iter().flatten() {
        let is_shown = run_task(task, text) || write_task(task, text);
        if let (false, Some(said)) = (is_shown, task.get("say")) {
            let _ = writeln!(text, "  says {}", shown(said));
        }
    }
}

fn write_task(task: &Json, text: &mut String) -> bool {
    let Some(file) = task.get("write") else {
        return false;
    };
    let (path, mode) = (shown(&file["path"]), shown(&file["mode"]));
    let _ = writeln!(text, "  writes {path} (mode {mode})");
    content(&file["content"], text);
    true
}

fn run_task(task: &Json, text: &mut String) -> bool {
    let Some(words) = task.get("run").and_then(Json::as_array) else {
        return false;
    };
    let words: Vec<String> = words.iter().map(word).collect();
    let _ = writeln!(text, "  $ {}", words.join(" "));
    let line = |name: &str, value: &str, text: &mut String| {
        let _ = writeln!(text, "      {name} {value}");
    };
    if let Some(when) = task.get("when") {
        line("only if", &condition(when), text);
    }
    if let Some(dir) = task.get("dir") {
        line("in", &shown(dir), text);
    }
    for variable in list(task, "env") {
        line("with", &word(variable), text);
    }
    if let Some(stdin) = task.get("stdin") {
        line("reads", "from standard input:", text);
        content(stdin, text);
    }
    if task.get("quiet").is_some() {
        line("shows", "nothing of what it prints", text);
    }
    for test in list(task, "ignore") {
        line("may fail if", &condition(test), text);
    }
    for output in list(task, "outputs") {
        line("makes output", &output_of(output), text);
    }
    true
}

fn list<'j>(task: &'j Json, name: &str) -> impl Iterator<Item = &'j Json> {
    task.get(name)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
}

/// `NAME from WHERE`.
fn output_of(output: &Json) -> String {
    let from = if let Some(path) = output.get("jsonPath") {
        format!("the JSON path {} of what it prints", shown(path))
    } else if let Some(expression) = output.get("regex") {
        format!("what matches {} of what it prints", shown(expression))
    } else if let Some(file) = output.get("file") {
        format!("the file {}", shown(file))
    } else {
        "what it prints".to_owned()
    };
    let mut text = format!("{} from {from}", shown(&output["name"]));
    if let Some(to) = output.get("to") {
        let _ = write!(text, ", also into the file {}", shown(&to["path"]));
    }
    text
}

fn condition(condition: &Json) -> String {
    match condition {
        Json::String(text) => escape(text),
        other => shown(other),
    }
}

/// Some lines of a content, indented.
fn content(content: &Json, text: &mut String) {
    let whole = pieces(content, &|plain| {
        porter_mixin::escape_lines(plain).to_string()
    });
    let lines = whole.lines().count();
    for line in whole.lines().take(LINES) {
        let _ = writeln!(text, "      | {line}");
    }
    if lines > LINES {
        let _ = writeln!(text, "      … {} more lines, see -o json", lines - LINES);
    }
}

/// A text or its pieces as one line; anything else as JSON.
fn shown(value: &Json) -> String {
    pieces(value, &escape)
}

/// A word as one would write it in a shell, less the values that are not shown.
fn word(value: &Json) -> String {
    if let Json::String(text) = value {
        return quoted(text);
    }
    pieces(value, &|plain| quoted(plain))
}

fn pieces(value: &Json, plain: &dyn Fn(&str) -> String) -> String {
    match value {
        Json::String(text) => plain(text),
        Json::Array(pieces) if !pieces.is_empty() => pieces
            .iter()
            .map(|piece| match piece {
                Json::String(text) => plain(text),
                other => token(other),
            })
            .collect(),
        other => escape(&other.to_string()),
    }
}

/// `${bundle.credentials.token}`, as templates write it.
fn token(piece: &Json) -> String {
    let name = piece.get("value").or_else(|| piece.get("json"));
    let name = name.and_then(Json::as_str).unwrap_or("?");
    format!("${{{}}}", escape(name))
}

fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,@%+".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", escape(text).replace('\'', "'\\''"))
}

//! What somebody wants to ask a mixin: one document, as YAML or JSON.
//!
//! The members are those of the requests in `wit/`: `config`, `environment`, and `action` and
//! `step`, or `actions` and `platforms`. A test case is the same document with `call`,
//! `description` and `expect`.

use std::sync::Arc;

use porter_manifest::source::{Content, Source, Span};
use porter_manifest::suggest::did_you_mean;
use porter_manifest::yaml::{self, Node};
use porter_manifest::{Place, Problem, Problems};
use porter_mixin::{ActionSteps, BuildRequest, Diagnostic, Place as MixinPlace, PlanRequest};

use super::Function;
use super::secrets::Secrets;
use super::surrogates;
use crate::mixins::Json;

/// Members that a document may have.
const KNOWN: &[&str] = &[
    "description",
    "call",
    "config",
    "environment",
    "secrets",
    "action",
    "step",
    "actions",
    "platforms",
    "expect",
];

/// Name of the action in a document that names none.
const ACTION: &str = "install";

/// A document, read and known to have known members only.
#[derive(Debug)]
pub(crate) struct Input {
    source: Source,
    root: Arc<Node>,
}

type Read<T> = Result<T, Problems>;

impl Input {
    /// Reads a document. `name` is how the user calls it.
    pub(crate) fn read(name: &str, bytes: &[u8]) -> Read<Self> {
        let source = Source::of(Content::MixinInput, name, &surrogates::joined(bytes))?;
        let root = yaml::load(&source)?;
        let input = Self { source, root };
        let Some(entries) = input.root.entries() else {
            let known = format!("write a mapping with {}", list(KNOWN));
            return Err(input.wrong(&input.root, "the input", "a mapping", &known));
        };
        let unknown: Vec<Problem> = entries
            .iter()
            .filter(|entry| !KNOWN.contains(&entry.name()))
            .map(|entry| {
                let hint = did_you_mean(entry.name(), KNOWN.iter().copied());
                let hint = if hint.is_empty() {
                    format!("known are {}", list(KNOWN))
                } else {
                    hint
                };
                let message = format!("`{}` is not known here", entry.name());
                input.problem(entry.key.span, &message, &hint)
            })
            .collect();
        if unknown.is_empty() {
            Ok(input)
        } else {
            Err(Problems(unknown))
        }
    }

    /// The function that the document names.
    pub(crate) fn call(&self) -> Read<Option<Function>> {
        let Some(node) = self.get("call") else {
            return Ok(None);
        };
        match node.text().and_then(Function::named) {
            Some(function) => Ok(Some(function)),
            None => Err(self.wrong(node, "`call`", Function::NAMES, "")),
        }
    }

    /// What the author says about it.
    pub(crate) fn description(&self) -> String {
        let text = self.get("description").and_then(|node| node.text());
        text.unwrap_or_default().to_owned()
    }

    /// What the mixin is expected to return.
    pub(crate) fn expectation(&self) -> Option<Json> {
        self.get("expect").map(|node| node.to_json())
    }

    /// The text, as it was read.
    pub(crate) fn text(&self) -> &str {
        self.source.text()
    }

    /// Lines, from 1, at which members begin, in their order.
    pub(crate) fn member_lines(&self) -> Vec<(&str, u32)> {
        let entries = self.root.entries().unwrap_or_default().iter();
        let lines = entries.map(|entry| (entry.name(), entry.key.span.start.line));
        lines.collect()
    }

    /// Whether it is about one step.
    pub(crate) fn has_step(&self) -> bool {
        self.get("step").is_some()
    }

    /// Whether another document says the same but for what it expects.
    pub(crate) fn asks_as(&self, other: &Self) -> bool {
        let asked = |input: &Self| {
            let mut document = input.root.to_json();
            if let Some(members) = document.as_object_mut() {
                members.remove("expect");
            }
            document
        };
        asked(self) == asked(other)
    }

    /// Values that the mixin may place but not see.
    pub(crate) fn secrets(&self) -> Read<Secrets> {
        let Some(node) = self.get("secrets") else {
            return Ok(Secrets::default());
        };
        let what = "`secrets`";
        let items = node
            .items()
            .ok_or_else(|| self.wrong(node, what, "a list of names", ""))?;
        let mut names = Vec::new();
        for item in items {
            match item.text().filter(|name| Secrets::is_name(name)) {
                Some(name) => names.push(name.to_owned()),
                None => {
                    return Err(self.wrong(
                        item,
                        "a name in `secrets`",
                        "letters, digits, `-` and `_`",
                        "",
                    ));
                }
            }
        }
        Ok(Secrets::new(names))
    }

    /// What `lint` and `build` are asked.
    pub(crate) fn build_request(&self) -> Read<BuildRequest> {
        self.refuse(
            &["step", "action", "secrets"],
            "`lint` and `build` take `actions`",
        )?;
        let mut actions = Vec::new();
        if let Some(node) = self.get("actions") {
            let wrong = || {
                self.wrong(
                    node,
                    "`actions`",
                    "a mapping of actions to lists of steps",
                    "",
                )
            };
            for entry in node.entries().ok_or_else(wrong)? {
                actions.push(ActionSteps {
                    action: entry.name().to_owned(),
                    steps: self.steps(entry.name(), &entry.value)?,
                });
            }
        }
        Ok(BuildRequest {
            config: self.config(),
            actions,
            platforms: self.platforms()?,
            environment: self.environment()?,
        })
    }

    /// What `plan` is asked, secrets still in clear.
    pub(crate) fn plan_request(&self) -> Read<PlanRequest> {
        self.refuse(
            &["actions", "platforms"],
            "`plan` takes `action` and `step`",
        )?;
        let Some(step) = self.get("step") else {
            let hint = "write `step:` with what stands below the mixin's name in a porter.yaml";
            return Err(self
                .problem(self.root.span, "`step` is missing", hint)
                .into());
        };
        let action = match self.get("action") {
            None => ACTION.to_owned(),
            Some(node) => match node.text() {
                Some(text) if !text.is_empty() => text.to_owned(),
                _ => return Err(self.wrong(node, "`action`", "a name", "")),
            },
        };
        Ok(PlanRequest {
            config: self.config(),
            action,
            step: step.to_json(),
            environment: self.environment()?,
        })
    }

    /// A diagnostic of the mixin with its place in the document, its line and its hint.
    pub(crate) fn explain(&self, diagnostic: &Diagnostic) -> Problem {
        let texts = [diagnostic.title.as_str(), diagnostic.message.as_str()];
        let message: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        // Later lines are set off from the margin, where they could pass for lines of ours.
        let message = message.join("\n").replace('\n', "\n    ");
        let message = format!("{message} ({})", diagnostic.code);
        let problem = match diagnostic.severity {
            porter_mixin::Severity::Error => Problem::error(message),
            porter_mixin::Severity::Warning => Problem::warning(message),
        };
        problem
            .with_hint(diagnostic.hint.as_deref().unwrap_or_default())
            .at(self.locate(&diagnostic.at))
    }

    /// Where in the document a mixin's diagnostic points: as near as it can be followed.
    pub(crate) fn locate(&self, place: &MixinPlace) -> Place {
        let found = match place {
            MixinPlace::Config { pointer } => self.get("config").map(|node| node.find(pointer)),
            MixinPlace::Step {
                action,
                index,
                pointer,
            } => self.step(action, *index).map(|node| node.find(pointer)),
        };
        self.source
            .place(found.map_or(self.root.span, |node| node.span))
    }

    fn step(&self, action: &str, index: u32) -> Option<&Node> {
        if let Some(step) = self.get("step") {
            return Some(step);
        }
        let steps = self.get("actions")?.get(action)?;
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        steps.items()?.get(index).map(|step| &**step)
    }

    fn get(&self, name: &str) -> Option<&Node> {
        self.root.get(name).map(|node| &**node)
    }

    fn config(&self) -> Json {
        self.get("config").map_or(Json::Null, Node::to_json)
    }

    fn steps(&self, action: &str, node: &Node) -> Read<Vec<Json>> {
        if node.is_null() {
            return Ok(Vec::new());
        }
        let what = format!("`actions.{action}`");
        let items = node
            .items()
            .ok_or_else(|| self.wrong(node, &what, "a list of steps", ""))?;
        Ok(items.iter().map(|item| item.to_json()).collect())
    }

    fn platforms(&self) -> Read<Vec<String>> {
        let Some(node) = self.get("platforms") else {
            return Ok(vec![crate::build::PLATFORM.to_owned()]);
        };
        let wrong =
            |node: &Node| self.wrong(node, "`platforms`", "a list such as [linux/amd64]", "");
        let items = node.items().ok_or_else(|| wrong(node))?;
        let text = |item: &Arc<Node>| item.text().map(str::to_owned).ok_or_else(|| wrong(item));
        items.iter().map(text).collect()
    }

    fn environment(&self) -> Read<Vec<(String, String)>> {
        let Some(node) = self.get("environment") else {
            return Ok(Vec::new());
        };
        let wrong =
            |node: &Node| self.wrong(node, "`environment`", "a mapping of names to texts", "");
        let entries = node.entries().ok_or_else(|| wrong(node))?;
        let pair = |entry: &yaml::Entry| match entry.value.text() {
            Some(text) => Ok((entry.name().to_owned(), text.to_owned())),
            None => Err(wrong(&entry.value)),
        };
        entries.iter().map(pair).collect()
    }

    /// Members that mean something, but not in this call.
    fn refuse(&self, names: &[&str], hint: &str) -> Read<()> {
        let entries = self.root.entries().unwrap_or_default();
        match entries.iter().find(|entry| names.contains(&entry.name())) {
            None => Ok(()),
            Some(entry) => {
                let message = format!("`{}` does not belong to this call", entry.name());
                Err(self.problem(entry.key.span, &message, hint).into())
            }
        }
    }

    /// Something that is wrong with the document itself.
    pub(crate) fn fail(&self, member: &str, message: &str, hint: &str) -> Problems {
        let span = self.get(member).map_or(self.root.span, |node| node.span);
        self.problem(span, message, hint).into()
    }

    fn wrong(&self, node: &Node, what: &str, wanted: &str, hint: &str) -> Problems {
        let message = format!("{what} must be {wanted}, but is {}", node.describe());
        self.problem(node.span, &message, hint).into()
    }

    fn problem(&self, span: Span, message: &str, hint: &str) -> Problem {
        Problem::error(message)
            .with_hint(hint)
            .at(self.source.place(span))
    }
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

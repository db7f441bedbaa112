//! `porter mixins diff`: what changes from one mixin to another.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::evaluation::cases::{self, Case};
use super::evaluation::{Answer, CallStats, Measured};
use super::test::CASES;
use super::{Component, Json, MixinReport};
use crate::Porter;
use crate::error::Error;

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Which file it is and who made it.
    Identity,
    /// How porter speaks with it.
    Interface,
    /// What it may do or see.
    Capabilities,
    /// What it takes.
    Schema,
}

/// One thing that is otherwise. Texts come from the mixins: they are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about.
    pub part: Part,
    /// What is otherwise; in a schema a JSON pointer.
    pub what: String,
    /// As it was; nothing where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// As it is; nothing where it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A test case that ends otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseChange {
    /// Name of the case.
    pub name: String,
    /// The lines that are otherwise.
    pub difference: String,
    /// What the call used.
    pub before: CallStats,
    /// What it uses.
    pub after: CallStats,
}

/// What changes from one mixin to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MixinDiff {
    /// The one.
    pub before: MixinReport,
    /// The other.
    pub after: MixinReport,
    /// All but the behaviour.
    pub changes: Vec<Change>,
    /// Test cases that end otherwise.
    pub behaviour: Vec<CaseChange>,
    /// How many test cases were asked of both; nothing where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<usize>,
}

impl MixinDiff {
    /// Whether a bundle could notice: anything but which file it is.
    pub fn is_noticeable(&self) -> bool {
        let mut changes = self.changes.iter();
        changes.any(|change| change.part != Part::Identity) || !self.behaviour.is_empty()
    }
}

impl Porter {
    /// Compares two mixins, each by its name or the path of a component, and what they answer to
    /// the test cases in a folder: `cases`, or `tests` beside one of the components.
    ///
    /// # Errors
    /// When one of them cannot be used or a case cannot be read.
    pub fn compare_mixins(
        &self,
        before: &str,
        after: &str,
        cases: Option<&Path>,
    ) -> Result<MixinDiff, Error> {
        let (before, after) = (self.component(before)?, self.component(after)?);
        let folder = match cases {
            Some(folder) => Some(folder.to_path_buf()),
            None => cases_beside(&after).or_else(|| cases_beside(&before)),
        };
        let catalog = self.catalog()?;
        let reports = (catalog.report(&before)?, catalog.report(&after)?);
        let mixins = (
            Measured::load(self, &before)?,
            Measured::load(self, &after)?,
        );
        let mut changes = of_reports(&reports.0, &reports.1);
        let said = (mixins.0.describe()?, mixins.1.describe()?);
        let sees = |sees: bool| if sees { "yes" } else { "no" };
        let sees = (sees(said.0.sees_secrets), sees(said.1.sees_secrets));
        changes.extend(text(Part::Capabilities, "sees secrets", sees.0, sees.1));
        let environment = (&said.0.environment, &said.1.environment);
        changes.extend(lists("environment variable", environment.0, environment.1));
        of_schemas(&said.0.schema, &said.1.schema, String::new(), &mut changes);
        let (behaviour, cases) = match folder {
            None => (Vec::new(), None),
            Some(folder) => {
                let files = cases::files(&folder)?;
                (behaviour(&files, &mixins)?, Some(files.len()))
            }
        };
        Ok(MixinDiff {
            before: reports.0,
            after: reports.1,
            changes,
            behaviour,
            cases,
        })
    }
}

fn cases_beside(component: &Component) -> Option<PathBuf> {
    let folder = component.folder()?.join(CASES);
    folder.is_dir().then_some(folder)
}

fn of_reports(before: &MixinReport, after: &MixinReport) -> Vec<Change> {
    let mut changes = Vec::new();
    let sizes = (before.size.to_string(), after.size.to_string());
    let toolchains = (before.toolchain.join(", "), after.toolchain.join(", "));
    for (part, what, before, after) in [
        (Part::Identity, "name", &before.name, &after.name),
        (Part::Identity, "version", &before.version, &after.version),
        (Part::Identity, "authors", &before.authors, &after.authors),
        (
            Part::Identity,
            "licenses",
            &before.licenses,
            &after.licenses,
        ),
        (
            Part::Identity,
            "source",
            &before.source_url,
            &after.source_url,
        ),
        (
            Part::Identity,
            "revision",
            &before.revision,
            &after.revision,
        ),
        (Part::Identity, "digest", &before.digest, &after.digest),
        (Part::Identity, "size", &sizes.0, &sizes.1),
        (Part::Identity, "toolchain", &toolchains.0, &toolchains.1),
        (
            Part::Interface,
            "interface",
            &before.interface,
            &after.interface,
        ),
        (Part::Capabilities, "tier", &before.tier, &after.tier),
    ] {
        changes.extend(text(part, what, before, after));
    }
    changes.extend(lists("import", &before.imports, &after.imports));
    changes
}

fn text(part: Part, what: &str, before: &str, after: &str) -> Option<Change> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    (before != after).then(|| Change {
        part,
        what: what.to_owned(),
        before: some(before),
        after: some(after),
    })
}

/// Items that are gone, then those that are new.
fn lists(what: &str, before: &[String], after: &[String]) -> Vec<Change> {
    let gone = before.iter().filter(|item| !after.contains(item));
    let new = after.iter().filter(|item| !before.contains(item));
    let change = |before: Option<&String>, after: Option<&String>| Change {
        part: Part::Capabilities,
        what: what.to_owned(),
        before: before.cloned(),
        after: after.cloned(),
    };
    gone.map(|item| change(Some(item), None))
        .chain(new.map(|item| change(None, Some(item))))
        .collect()
}

/// Schemas are at most 64 deep.
fn of_schemas(before: &Json, after: &Json, pointer: String, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let change = |what: String, before: Option<&Json>, after: Option<&Json>| Change {
        part: Part::Schema,
        what,
        before: before.map(porter_runbook::json::compact),
        after: after.map(porter_runbook::json::compact),
    };
    let (Json::Object(old), Json::Object(new)) = (before, after) else {
        changes.push(change(pointer, Some(before), Some(after)));
        return;
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let token = name.replace('~', "~0").replace('/', "~1");
        let below = format!("{pointer}/{token}");
        match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) => of_schemas(old, new, below, changes),
            (old, new) => changes.push(change(below, old, new)),
        }
    }
}

fn behaviour(files: &[PathBuf], mixins: &(Measured, Measured)) -> Result<Vec<CaseChange>, Error> {
    let mut changes = Vec::new();
    for path in files {
        let case = Case::read(path)?;
        let (before, after) = (case.ask(&mixins.0)?, case.ask(&mixins.1)?);
        let documents = (document(&before.answer), document(&after.answer));
        if documents.0 != documents.1 {
            changes.push(CaseChange {
                name: case.name,
                difference: cases::text_difference(&documents.0, &documents.1),
                before: before.stats,
                after: after.stats,
            });
        }
    }
    Ok(changes)
}

fn document(answer: &Answer) -> Json {
    match answer {
        Answer::Result(document) | Answer::Refused { document, .. } => document.clone(),
        Answer::Broken { code, .. } => serde_json::json!({ "misbehaves": code }),
    }
}

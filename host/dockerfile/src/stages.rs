//! The stages of a template: what each is based on, what is declared in it, who its user is.

use super::error::{RenderError, TemplateProblem};
use super::template::{Step, Template, at, split_word};

/// Names of stages that are ours.
const RESERVED: [&str; 5] = [
    "porter-internal-",
    "porter-downloads",
    "porter-download-",
    "porter-source-",
    "porter-file-",
];

/// The stages of a template in order.
#[derive(Debug)]
pub(crate) struct Stages<'t> {
    steps: &'t [Step],
    stages: Vec<Stage>,
}

#[derive(Debug)]
struct Stage {
    /// Index of its `FROM`.
    from: usize,
    /// The arguments of `FROM` without the stage's name.
    base: String,
    /// The image, or the stage it is based on.
    image: String,
    /// Its name in lower case.
    name: Option<String>,
}

impl<'t> Stages<'t> {
    /// Finds the stages.
    pub(crate) fn of(template: &'t Template<'_>) -> Result<Self, RenderError> {
        let mut stages = Vec::new();
        for (index, step) in template.instructions.iter().enumerate() {
            if step.keyword == "from" {
                stages.push(Stage::of(index, step)?);
            }
        }
        Ok(Self {
            steps: &template.instructions,
            stages,
        })
    }

    /// Index of the last stage: the bundle image.
    pub(crate) const fn last(&self) -> usize {
        self.stages.len().saturating_sub(1)
    }

    /// Index of the stage in which `line` is.
    pub(crate) fn at_line(&self, line: usize) -> usize {
        let begun = |stage: &&Stage| self.steps[stage.from].first <= line;
        self.stages
            .iter()
            .take_while(begun)
            .count()
            .saturating_sub(1)
    }

    /// First and last line of the `FROM` of a stage.
    pub(crate) fn lines_of_from(&self, stage: usize) -> (usize, usize) {
        let step = &self.steps[self.stages[stage].from];
        (step.first, step.last)
    }

    /// What a stage beside this one has to say after `FROM` to have the same base.
    pub(crate) fn base(&self, stage: usize) -> &str {
        &self.stages[stage].base
    }

    /// Whether there is nothing at all in the image below a stage.
    pub(crate) fn is_scratch(&self, stage: usize) -> bool {
        match self.parent(stage) {
            Some(parent) => self.is_scratch(parent),
            None => self.stages[stage].image == "scratch",
        }
    }

    /// Whether `name` is declared in a stage, by `ARG` or `ENV`, above `line`.
    pub(crate) fn declares(&self, stage: usize, line: usize, name: &str) -> bool {
        let declared = |step: &Step| {
            matches!(step.keyword.as_str(), "arg" | "env")
                && step
                    .text
                    .split_whitespace()
                    .any(|word| word.split_once('=').map_or(word, |(declared, _)| declared) == name)
        };
        self.steps_of(stage, line).any(declared)
    }

    /// The user that instructions at `line` run as, where the template says it.
    pub(crate) fn user(&self, stage: usize, line: usize) -> Option<&str> {
        let user = self
            .steps_of(stage, line)
            .filter(|step| step.keyword == "user")
            .last();
        match (user, self.parent(stage)) {
            (Some(step), _) => Some(&step.text),
            (None, Some(parent)) => self.user(parent, usize::MAX),
            (None, None) => None,
        }
    }

    /// Refuses references by number to stages from `first` on.
    pub(crate) fn check_numbers(&self, first: usize) -> Result<(), RenderError> {
        for step in self.steps {
            let numbers = flags(&step.text).filter_map(stage_number);
            if let Some(number) = numbers.filter(|number| *number >= first).min() {
                return Err(at(step.first, TemplateProblem::StageNumber(number)));
            }
        }
        Ok(())
    }

    fn steps_of(&self, stage: usize, line: usize) -> impl Iterator<Item = &'t Step> + use<'t> {
        let steps: &'t [Step] = self.steps;
        let from = self.stages[stage].from;
        let end = self
            .stages
            .get(stage + 1)
            .map_or(steps.len(), |next| next.from);
        steps[from..end]
            .iter()
            .take_while(move |step| step.first < line)
    }

    fn parent(&self, stage: usize) -> Option<usize> {
        let image = self.stages[stage].image.to_ascii_lowercase();
        let is_parent = |other: &Stage| other.name.as_deref() == Some(&image);
        self.stages[..stage].iter().rposition(is_parent)
    }
}

impl Stage {
    fn of(index: usize, step: &Step) -> Result<Self, RenderError> {
        let mut words = Vec::new();
        let mut rest = step.text.as_str();
        while !rest.trim().is_empty() {
            let (word, after) = split_word(rest);
            words.push(word);
            rest = after;
        }
        let name = match words.as_slice() {
            [.., keyword, name] if words.len() > 2 && keyword.eq_ignore_ascii_case("as") => {
                Some(name.to_ascii_lowercase())
            }
            _ => None,
        };
        if name.is_some() {
            words.truncate(words.len() - 2);
        }
        let reserved = |name: &String| RESERVED.iter().any(|prefix| name.starts_with(prefix));
        if let Some(name) = name.as_ref().filter(|name| reserved(name)) {
            return Err(at(step.first, TemplateProblem::StageName(name.clone())));
        }
        Ok(Self {
            from: index,
            base: words.join(" "),
            image: words.last().copied().unwrap_or_default().to_owned(),
            name,
        })
    }
}

/// The flags at the beginning of the arguments of an instruction.
fn flags(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .take_while(|word| word.starts_with("--"))
}

/// The stage that `--from=N` or `--mount=…,from=N` refers to by its number.
fn stage_number(flag: &str) -> Option<usize> {
    let fields = flag.strip_prefix("--")?;
    let fields = fields.strip_prefix("mount=").unwrap_or(fields);
    fields
        .split(',')
        .find_map(|field| field.strip_prefix("from=")?.parse().ok())
}

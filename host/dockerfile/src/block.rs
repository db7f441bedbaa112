//! The instructions of all mixins, as lines of a Dockerfile.

use std::collections::BTreeSet;

use base64::Engine;
use porter_mixin::Instruction;
use porter_mixin::instruction::{File, Run, User};

use super::download::{self, Fetched};
use super::error::Problem;
use super::escape::{Escaper, array, check_argument, check_text, shown};
use super::fragment;
use super::packages::Packages;
use super::paths::{self, BUNDLE};
use super::{LINE_LIMIT, RenderOptions, user};

/// Who owns what lies in the bundle directory.
pub(crate) const OWNER: &str = "--chown=${BUNDLE_UID}:${BUNDLE_GID}";

/// Where things are prepared that are only then put into the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preparation {
    /// In stages beside the image.
    Stages,
    /// In the layer itself.
    Layers,
}

/// What mixins want, in the order in which it was added.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    escaper: Escaper,
    preparation: Preparation,
    /// What stages beside the image are based on.
    base: &'a str,
    options: &'a RenderOptions,
    packages: Packages,
    downloads: Vec<Fetched>,
    unpackers: BTreeSet<&'static str>,
    file_stages: Vec<String>,
    files: usize,
    lines: Vec<String>,
    user: user::Switch,
}

impl<'a> Block<'a> {
    /// An empty block for instructions that would run as `user`.
    pub(crate) const fn new(
        escaper: Escaper,
        preparation: Preparation,
        base: &'a str,
        options: &'a RenderOptions,
        user: user::Switch,
    ) -> Self {
        Self {
            escaper,
            preparation,
            base,
            options,
            packages: Packages::empty(),
            downloads: Vec::new(),
            unpackers: BTreeSet::new(),
            file_stages: Vec::new(),
            files: 0,
            lines: Vec::new(),
            user,
        }
    }

    /// Adds one instruction.
    pub(crate) fn add(&mut self, mixin: &str, instruction: &Instruction) -> Result<(), Problem> {
        match instruction {
            Instruction::Packages(packages) => self.packages.add(mixin, packages),
            Instruction::Download(download) => {
                let fetched = download::fetched(download, self.options)?;
                check_lines(&fetched.stage(self.downloads.len()))?;
                self.unpackers.extend(download::unpacker(download.archive));
                self.downloads.push(fetched);
                Ok(())
            }
            Instruction::File(file) => self.file(file),
            Instruction::Copy { source, to } => self.copy(source, to),
            Instruction::Env { name, value } => self.env(name, value),
            Instruction::Path(path) => self.path(path),
            Instruction::Run(run) => self.run(run),
        }
    }

    /// The stages that have to stand before the image's.
    pub(crate) fn stages(&self) -> Vec<String> {
        let mut stages = Vec::new();
        if !self.downloads.is_empty() || self.packages.has_sources() {
            stages.extend(download::tools(self.base, &self.unpackers));
        }
        stages.extend(self.packages.stages(&self.options.mirrors));
        stages.extend(
            self.downloads
                .iter()
                .enumerate()
                .flat_map(|(index, fetched)| fetched.stage(index)),
        );
        stages.extend(self.file_stages.clone());
        stages
    }

    /// The lines of the image itself: packages and downloads first.
    pub(crate) fn into_lines(self) -> Vec<String> {
        let mut front = self.packages.lines();
        for (index, fetched) in self.downloads.iter().enumerate() {
            let words = self.escaper.words(&["/porter/out", &fetched.to]);
            let owner = owner(&fetched.to);
            front.push(format!(
                "COPY --from=porter-download-{} {owner}{words}",
                index + 1
            ));
        }
        self.behind(front)
    }

    /// The same without stages: downloads and repositories are fetched in the image itself.
    pub(crate) fn into_fragment(self) -> Vec<String> {
        let fetches = !self.downloads.is_empty() || self.packages.has_sources();
        let mut front = Vec::new();
        if fetches {
            front.extend(fragment::tools(&self.unpackers));
        }
        let sources = self.packages.sources(&self.options.mirrors);
        front.extend(sources.map(fragment::source));
        front.extend(self.packages.install());
        front.extend(self.downloads.iter().map(fragment::download));
        if fetches {
            front.push(fragment::clean());
        }
        self.behind(front)
    }

    /// All lines of the image, `front` first, the user as it was last.
    fn behind(mut self, front: Vec<String>) -> Vec<String> {
        let mut lines = Vec::new();
        if !front.is_empty() || !self.lines.is_empty() {
            lines.extend(self.user.begin());
        }
        lines.extend(front);
        lines.append(&mut self.lines);
        lines.extend(self.user.end(!lines.is_empty()));
        lines
    }

    fn push(&mut self, line: String) -> Result<(), Problem> {
        check_lines(std::slice::from_ref(&line))?;
        self.lines.push(line);
        Ok(())
    }

    fn file(&mut self, file: &File) -> Result<(), Problem> {
        let to = paths::file("target", &file.to.path)?;
        let flags = format!("{}--chmod={} ", owner(&to), paths::mode(file.to.mode)?);
        if file.content.contains('\0') || porter_mixin::placeholder::is_present(&file.content) {
            return Err(Problem::Character {
                field: "content",
                text: shown(&file.content),
            });
        }
        if is_heredoc(&file.content) && is_word(&to) {
            let delimiter = delimiter(&file.content);
            self.push(format!("COPY {flags}<<\"{delimiter}\" {to}"))?;
            // The content may be empty, or end with its own line feed.
            self.lines.push(format!("{}{delimiter}", file.content));
            return Ok(());
        }
        if self.preparation == Preparation::Layers {
            return self.push(fragment::file(
                &to,
                &paths::mode(file.to.mode)?,
                &file.content,
            ));
        }
        self.files += 1;
        let stage = format!("porter-file-{}", self.files);
        let words = self.escaper.words(&["/porter/out", &to]);
        self.push(format!("COPY --from={stage} {flags}{words}"))?;
        self.file_stages
            .extend(encoded(self.base, &stage, &file.content));
        Ok(())
    }

    fn copy(&mut self, source: &str, to: &str) -> Result<(), Problem> {
        let is_folder = to.ends_with('/') || matches!(to, "" | ".");
        let to = if to.is_empty() {
            BUNDLE.to_owned()
        } else {
            paths::written("target", to)?
        };
        let owner = owner(&to);
        let slash = if is_folder && to != "/" { "/" } else { "" };
        let source = paths::relative("source", source)?;
        if paths::is_below(&source, ".cnab") {
            return Err(Problem::ReservedPath(shown(&source)));
        }
        // Nothing in a source is a pattern, an address or a heredoc.
        let source = source
            .replace('[', "[[]")
            .replace('*', "[*]")
            .replace('?', "[?]");
        let words = self
            .escaper
            .words(&[&format!("./{source}"), &format!("{to}{slash}")]);
        self.push(format!("COPY {owner}{words}"))
    }

    fn env(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        check_text("value", value)?;
        let first = name
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        let word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !first || !word || is_ours(name) || name.len() > 256 {
            return Err(Problem::Variable(shown(name)));
        }
        self.push(format!("ENV {name}={}", self.escaper.quoted(value)))
    }

    fn path(&mut self, path: &str) -> Result<(), Problem> {
        if path.is_empty() {
            return Err(Problem::Empty("path"));
        }
        let clean = paths::in_image("path", path)?;
        if clean.contains(':') {
            return Err(Problem::Path {
                field: "path",
                path: shown(path),
            });
        }
        let inside = self.escaper.inside_quotes(&clean);
        self.push(format!("ENV PATH=\"${{PATH}}:{inside}\""))
    }

    fn run(&mut self, run: &Run) -> Result<(), Problem> {
        let dir = paths::in_image("directory", &run.dir)?;
        if run.commands.is_empty() {
            return Ok(());
        }
        let words = words_of(run, &dir)?;
        let network = if run.network { "" } else { "--network=none " };
        let command = format!("RUN {network}{}", array(&words));
        if run.user == User::Bundle {
            let switch = self.user.become_root();
            self.lines.extend(switch);
            self.push(prepared(&dir))?;
            let switch = self.user.become_bundle();
            self.lines.extend(switch);
        } else {
            let switch = self.user.become_root();
            self.lines.extend(switch);
        }
        self.push(command)
    }
}

/// Makes the working directory of the bundle's user, owned by it; one that is there stays.
fn prepared(dir: &str) -> String {
    let script = "[ -d \"$1\" ] || { mkdir -p -- \"$1\"; \
                  chown \"$BUNDLE_UID:$BUNDLE_GID\" -- \"$1\"; }";
    format!(
        "RUN --network=none {}",
        array(&["/bin/sh", "-ec", script, "porter", dir])
    )
}

/// One shell that starts every command by its arguments. The script holds positions only, and
/// `exec` looks for programs, never for what the shell has built in.
fn words_of(run: &Run, dir: &str) -> Result<Vec<String>, Problem> {
    let mut script = "mkdir -p -- \"$1\"; cd -- \"$1\"".to_owned();
    let mut words = vec![dir.to_owned()];
    for command in &run.commands {
        let Some(program) = command.first().filter(|program| !program.is_empty()) else {
            return Err(Problem::Empty("command"));
        };
        check_text("program", program)?;
        if program.starts_with('-') {
            return Err(Problem::Program(shown(program)));
        }
        script.push_str("; (exec");
        for argument in command {
            check_argument("argument", argument)?;
            words.push(argument.clone());
            script.push_str(&format!(" \"${{{}}}\"", words.len()));
        }
        script.push(')');
    }
    let mut all = ["/bin/sh", "-ec", &script, "porter"]
        .map(String::from)
        .to_vec();
    all.append(&mut words);
    Ok(all)
}

fn owner(path: &str) -> String {
    if paths::is_below(path, BUNDLE) {
        format!("{OWNER} ")
    } else {
        String::new()
    }
}

/// Whether a variable is one that porter's runtime reads. Mixins of cloud tools have always kept
/// their wish to stay out of user agents in the image.
fn is_ours(name: &str) -> bool {
    let ours = ["BUNDLE_", "CNAB_", "PORTER_"];
    let of_mixin = name.starts_with("PORTER_") && name.ends_with("_MIXIN_USER_AGENT_OPT_OUT");
    ours.iter().any(|prefix| name.starts_with(prefix)) && !of_mixin
}

/// Whether a heredoc reproduces the content byte for byte.
fn is_heredoc(content: &str) -> bool {
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    (content.is_empty() || content.ends_with('\n'))
        && content.chars().all(plain)
        && content.lines().all(|line| line.len() <= LINE_LIMIT)
}

/// Whether a path is a word in which nothing is special.
fn is_word(path: &str) -> bool {
    path.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"/._+@%,:=~-".contains(&b))
}

/// A word that the content does not hold anywhere.
fn delimiter(content: &str) -> String {
    let mut delimiter = "PORTER".to_owned();
    let mut number = 1;
    while content.contains(&delimiter) {
        number += 1;
        delimiter = format!("PORTER_{number}_END");
    }
    delimiter
}

/// A stage that leaves the content in a file, whatever it holds.
fn encoded(base: &str, stage: &str, content: &str) -> Vec<String> {
    let text = base64::engine::general_purpose::STANDARD.encode(content);
    let mut document = String::new();
    for (index, character) in text.chars().enumerate() {
        if index > 0 && index % 76 == 0 {
            document.push('\n');
        }
        document.push(character);
    }
    if !document.is_empty() {
        document.push('\n');
    }
    let script = "base64 -d /porter/encoded >/porter/out";
    vec![
        format!("FROM {base} AS {stage}"),
        "USER root".to_owned(),
        "COPY <<\"PORTER-END\" /porter/encoded".to_owned(),
        format!("{document}PORTER-END"),
        format!("RUN --network=none {}", array(&["/bin/sh", "-ec", script])),
    ]
}

fn check_lines(lines: &[String]) -> Result<(), Problem> {
    match lines.iter().find(|line| line.len() > LINE_LIMIT) {
        Some(line) => Err(Problem::LineTooLong(line.len())),
        None => Ok(()),
    }
}

//! The recordings of Porter's authoring commands.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A bundle, the commands that were run on it, and what they did.
#[derive(Debug)]
pub struct Case {
    /// Name of its folder.
    pub name: String,
    folder: PathBuf,
    recorded: Recorded,
}

#[derive(Debug, Deserialize)]
struct Recorded {
    #[serde(default)]
    generate: Vec<Generated>,
    #[serde(default)]
    mixins: BTreeMap<String, String>,
    commands: Vec<Command>,
}

#[derive(Debug, Deserialize)]
struct Generated {
    path: String,
    parts: Vec<(String, usize)>,
}

impl Generated {
    fn text(&self) -> String {
        let parts = self.parts.iter();
        parts.map(|(text, times)| text.repeat(*times)).collect()
    }
}

/// One command.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    /// The words, `porter` first.
    pub argv: Vec<String>,
    /// The exit code.
    pub exit: i32,
    stdout: Text,
    /// What was written to standard error.
    #[serde(default)]
    pub stderr: String,
    /// Variables that were added.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Folder below the bundle's.
    #[serde(default)]
    pub cwd: String,
    /// Whether the folder was made anew before.
    #[serde(default)]
    pub fresh: bool,
    #[serde(default)]
    write_first: BTreeMap<String, Written>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Inline(String),
    File { file: String },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(String),
    WithMode { text: String, mode: String },
}

/// All cases below a folder, by name.
///
/// # Panics
/// When one cannot be read.
pub fn cases(corpus: &Path) -> Vec<Case> {
    let mut folders: Vec<PathBuf> = fs::read_dir(corpus.join("cases"))
        .expect("the corpus has cases")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    folders.sort();
    folders.into_iter().map(Case::read).collect()
}

impl Case {
    fn read(folder: PathBuf) -> Self {
        let text = fs::read(folder.join("case.json")).expect("a case has `case.json`");
        let name = folder.file_name().expect("it has a name").to_string_lossy();
        Self {
            name: name.into_owned(),
            recorded: serde_json::from_slice(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", folder.display())),
            folder,
        }
    }

    /// The commands, in order.
    pub fn commands(&self) -> &[Command] {
        &self.recorded.commands
    }

    /// The manifest of the bundle folder, as it is before the first command.
    pub fn manifest(&self) -> Option<Vec<u8>> {
        let made = |generated: &&Generated| generated.path == "porter.yaml";
        match self.recorded.generate.iter().find(made) {
            Some(generated) => Some(generated.text().into_bytes()),
            None => fs::read(self.folder.join("input/porter.yaml")).ok(),
        }
    }

    /// What the case expects below a name, where it has that.
    pub fn expected(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.folder.join("expected").join(name)).ok()
    }

    /// Puts the case's own mixins, which are shell scripts, where Porter keeps mixins.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn install_stubs(&self, home: &Path) {
        for (name, script) in &self.recorded.mixins {
            let folder = home.join("mixins").join(name);
            fs::create_dir_all(folder.join("runtimes")).expect("it can be made");
            for file in [name.clone(), format!("runtimes/{name}-runtime")] {
                let path = folder.join(file);
                fs::write(&path, script).expect("it can be written");
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                    .expect("it can be changed");
            }
        }
    }

    /// What a command wrote to standard output.
    ///
    /// # Panics
    /// When the file with it is missing.
    pub fn stdout(&self, command: &Command) -> String {
        match &command.stdout {
            Text::Inline(text) => text.clone(),
            Text::File { file } => {
                fs::read_to_string(self.folder.join(file)).expect("a recorded file is there")
            }
        }
    }

    /// Empties a folder and puts the bundle there.
    ///
    /// # Panics
    /// When that cannot be done.
    pub fn lay_out(&self, folder: &Path) {
        if folder.exists() {
            fs::remove_dir_all(folder).expect("it can be removed");
        }
        fs::create_dir_all(folder).expect("it can be made");
        let input = self.folder.join("input");
        if input.is_dir() {
            copy(&input, folder);
        }
        for generated in &self.recorded.generate {
            fs::write(folder.join(&generated.path), generated.text()).expect("it can be written");
        }
    }
}

impl Command {
    /// The words after `porter`.
    pub fn arguments(&self) -> Vec<&str> {
        self.argv.iter().skip(1).map(String::as_str).collect()
    }

    /// The command among the words: `explain` of `porter bundles explain`.
    pub fn verb(&self) -> &str {
        let mut words = self.argv.iter().skip(1).map(String::as_str);
        let first = words.next().unwrap_or_default();
        match first {
            "bundle" | "bundles" => words.next().unwrap_or_default(),
            _ => first,
        }
    }

    /// Whether it builds.
    pub fn is_build(&self) -> bool {
        self.verb() == "build"
    }

    /// Writes the files that were written before the command.
    ///
    /// # Panics
    /// When one cannot be written.
    pub fn write_first(&self, folder: &Path) {
        for (path, written) in &self.write_first {
            let path = folder.join(path);
            let text = match written {
                Written::Plain(text) | Written::WithMode { text, .. } => text,
            };
            fs::write(&path, text).expect("it can be written");
            if let Written::WithMode { mode, .. } = written {
                let mode = u32::from_str_radix(mode, 8).expect("a mode is octal");
                fs::set_permissions(&path, fs::Permissions::from_mode(mode))
                    .expect("it can be changed");
            }
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("it can be listed") {
        let entry = entry.expect("it can be listed");
        let target = to.join(entry.file_name());
        let kind = entry.file_type().expect("it has a type");
        if kind.is_dir() {
            fs::create_dir(&target).expect("it can be made");
            copy(&entry.path(), &target);
        } else if kind.is_symlink() {
            let link = fs::read_link(entry.path()).expect("a link points somewhere");
            std::os::unix::fs::symlink(link, target).expect("it can be made");
        } else {
            fs::copy(entry.path(), target).expect("it can be copied");
        }
    }
}

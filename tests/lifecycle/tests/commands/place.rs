//! Where a case runs: a home, a bundle directory, and the real binary.

use std::fs;
use std::path::{Path, PathBuf};

use porter_test_harness::{Finished, TestContext};
use serde_json::Value;

/// A fresh home and a bundle directory for one case.
pub(crate) struct Place {
    context: TestContext,
    bundle: Option<String>,
}

impl Drop for Place {
    /// Removes the image of the bundle, which has the name that was recorded.
    fn drop(&mut self) {
        if let Some(bundle) = &self.bundle {
            self.context.engine().remove_images_of(bundle);
        }
    }
}

/// How a command ended, with what differs from run to run replaced.
#[derive(Debug)]
pub(crate) struct Ran {
    #[expect(dead_code, reason = "shown with what differs")]
    pub(crate) words: String,
    pub(crate) exit: i64,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    /// Lays out the bundle of the case and builds it. A case without a bundle needs no engine.
    pub(crate) fn new(corpus: &Path, bundle: Option<&str>) -> Self {
        let Some(bundle) = bundle else {
            return Self {
                context: TestContext::without_engine(),
                bundle: None,
            };
        };
        let context = TestContext::new();
        copy(&corpus.join("bundles").join(bundle), &context.work());
        let _ = context.porter(&["build", "--no-lint"]).succeeded();
        copy(&corpus.join("drivers"), &context.path("drivers"));
        fs::create_dir_all(context.work().join(".f")).unwrap();
        Self {
            context,
            bundle: Some(bundle.to_owned()),
        }
    }

    /// Does what a step without a command does; says whether it could.
    pub(crate) fn prepare(&self, step: &Value) -> bool {
        let folders = [
            ("files", self.context.work()),
            ("homeFiles", self.context.home()),
        ];
        let mut done = false;
        for (member, folder) in folders {
            for (name, text) in step[member].as_object().into_iter().flatten() {
                let path = folder.join(name);
                fs::create_dir_all(path.parent().expect("it has a parent")).unwrap();
                let text = text.as_str().expect("it is text");
                let text = match name.as_str() {
                    "config.yaml" => configured(text),
                    _ => text.to_owned(),
                };
                fs::write(path, text).unwrap();
                done = true;
            }
        }
        done
    }

    /// Runs the command of a step.
    pub(crate) fn run(&self, step: &Value) -> Ran {
        let words: Vec<String> = step["argv"]
            .as_array()
            .expect("a command has words")
            .iter()
            .skip(1)
            .map(|word| self.filled_in(word.as_str().expect("it is text")))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut command = self.context.command(&words);
        let path = std::env::var("PATH").unwrap_or_default();
        let drivers = self.context.path("drivers");
        command
            .env("PATH", format!("{}:{path}", drivers.display()))
            .env("FOO_DIR", self.context.work().join(".f"));
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            command.env(name, self.filled_in(value.as_str().expect("it is text")));
        }
        let output = command.output().expect("porter can be started");
        let finished = Finished::new(&words, output);
        Ran {
            words: words.join(" "),
            exit: finished.code.map_or(-1, i64::from),
            stdout: self.plain(&finished.stdout),
            stderr: self.plain(&finished.stderr),
        }
    }

    fn folders(&self) -> [(&'static str, PathBuf); 2] {
        [
            ("$WORK", self.context.work()),
            ("$HOME_DIR", self.context.home()),
        ]
    }

    fn filled_in(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (word, folder) in self.folders() {
            text = text.replace(word, &folder.display().to_string());
        }
        text
    }

    fn plain(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (word, folder) in self.folders() {
            text = text.replace(&folder.display().to_string(), word);
        }
        text
    }
}

/// A recorded configuration without its store, which is never ours. Where it says nothing about
/// secrets, Porter's plugin `host` counts; ours would encrypt them.
fn configured(text: &str) -> String {
    let secrets: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("default-secrets"))
        .collect();
    if secrets.is_empty() {
        return "default-secrets-plugin: host\n".to_owned();
    }
    secrets.join("\n") + "\n"
}

/// Copies a bundle without what the original built from it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == ".cnab" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
        // A frontend that is named is asked of a registry.
        if entry.file_name().to_string_lossy().ends_with("Dockerfile") {
            let text = fs::read_to_string(&target).unwrap();
            let lines = text.lines().filter(|line| !line.starts_with("# syntax"));
            let text: String = lines.flat_map(|line| [line, "\n"]).collect();
            fs::write(&target, text).unwrap();
        }
    }
}

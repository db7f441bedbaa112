//! `docs/mixins/tutorial.md` is true: its files are written, its commands run, its answers compared.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use porter_authors_tests::shell;
use porter_test_harness::{TestContext, root};

/// What stands between two lines of three backticks.
enum Block<'t> {
    /// A file, and its content.
    File(&'t str, String),
    /// Commands, and what each answers.
    Commands(Vec<(&'t str, Vec<&'t str>)>),
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match info.split_once(' ') {
            Some((_, path)) => found.push(Block::File(path, inside.join("\n") + "\n")),
            None if info == "console" => found.push(Block::Commands(commands(&inside))),
            None => {}
        }
    }
    found
}

fn commands<'t>(lines: &[&'t str]) -> Vec<(&'t str, Vec<&'t str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push((command, Vec::new())),
            (None, Some((_, answers))) => answers.push(line),
            (None, None) => panic!("`{line}` answers no command"),
        }
    }
    found
}

/// Whether the lines of an answer are in what was said, in order; `…` stands for anything.
fn is_said(answer: &[&str], said: &str) -> bool {
    let mut rest = said;
    for part in answer.iter().flat_map(|line| line.split('…')) {
        let part = part.trim();
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// Bundles of tests that run at the same time must not have one name.
fn rename(folder: &Path, context: &TestContext) {
    let manifest = folder.join("porter.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    let renamed = text.replace(
        "name: greet-example",
        &format!("name: {}", context.bundle_name()),
    );
    assert_ne!(text, renamed);
    fs::write(manifest, renamed).unwrap();
}

#[test]
fn what_the_tutorial_says_is_so() {
    let page = fs::read_to_string(root().join("docs/mixins/tutorial.md")).unwrap();
    let context = TestContext::new();
    let mut folder: PathBuf = context.work();
    let mut commands_run = 0;
    for block in blocks(&page) {
        match block {
            Block::File(path, content) => {
                fs::write(folder.join(path), content).unwrap();
                if path == "porter.yaml" {
                    rename(&folder, &context);
                }
            }
            Block::Commands(commands) => {
                for (command, answer) in commands {
                    if let Some(inside) = command.strip_prefix("cd ") {
                        folder = folder.join(inside);
                        continue;
                    }
                    let started = Instant::now();
                    let said = shell(&folder, &context, command);
                    eprintln!("{:5.1} s  {command}", started.elapsed().as_secs_f64());
                    assert!(is_said(&answer, &said), "{command}: {answer:#?}\n{said}");
                    commands_run += 1;
                }
            }
        }
    }
    assert!(commands_run > 15, "{commands_run}");
}

#[test]
fn answers_are_compared() {
    assert!(is_said(&["a", "…", "c…d"], "a\nb\ncxxd\n"));
    assert!(!is_said(&["c", "a"], "a\nc\n"));
    assert!(!is_said(&["e"], "a\nc\n"));
}

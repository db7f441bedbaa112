//! Where the cases of a mixin are replayed.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use crate::case::{Case, Observed};

const ENTER: &str = include_str!("enter.sh");

/// A folder, and the programs that replay cases in it.
#[derive(Debug)]
pub struct Site<'s> {
    /// An empty folder.
    pub folder: &'s Path,
    /// The program `replay-cases`.
    pub replay: &'s Path,
    /// The program `recording-stub`.
    pub stub: &'s Path,
}

impl Site<'_> {
    /// Replays cases through an adapter, each in an empty bundle directory.
    ///
    /// # Errors
    /// When no private mount table can be had, or a case cannot be replayed.
    pub fn replay(&self, adapter: &Path, cases: &[Case]) -> Result<Vec<Observed>, String> {
        self.run(adapter, cases).map_err(|error| {
            format!(
                "the cases cannot be replayed: {error}\nhint: they need a private mount table: run \
                 as root, or `sysctl -w kernel.unprivileged_userns_clone=1`, with `unshare` of \
                 util-linux"
            )
        })
    }

    fn run(&self, adapter: &Path, cases: &[Case]) -> io::Result<Vec<Observed>> {
        let (root, place) = (self.folder.join("root"), self.folder.join("place"));
        for folder in [&root, &place] {
            fs::create_dir_all(folder)?;
        }
        // Hard links of the recording program need one file system.
        let stub = self.folder.join("recording-stub");
        fs::copy(self.stub, &stub)?;
        let mut child = self
            .unshare()?
            .args(["sh", "-c", ENTER, "enter"])
            .args([&root, &self.replay.to_path_buf(), &adapter.to_path_buf()])
            .args([&stub, &place])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut input = Vec::new();
        for case in cases {
            serde_json::to_writer(&mut input, case)?;
            input.push(b'\n');
        }
        let stdin = child.stdin.take();
        let feeder = thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let output = child.wait_with_output()?;
        let _ = feeder.join();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(io::Error::other(said.trim().to_owned()));
        }
        let seen = String::from_utf8_lossy(&output.stdout);
        let read = |line| serde_json::from_str(line).map_err(io::Error::other);
        seen.lines().map(read).collect()
    }

    fn unshare(&self) -> io::Result<Command> {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private"]);
        // A folder of ours is owned by whom we are.
        if fs::metadata(self.folder)?.uid() != 0 {
            command.args(["--user", "--map-root-user"]);
        }
        Ok(command)
    }
}

/// The mixins that are built for the sandbox: folders of `mixins-wasm` with a component.
///
/// # Errors
/// When the folder cannot be read.
pub fn mixins(project: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(project.join("mixins-wasm"))? {
        let manifest: PathBuf = entry?.path().join("Cargo.toml");
        let is_component =
            fs::read_to_string(&manifest).is_ok_and(|text| text.contains("\"cdylib\""));
        if let (true, Some(folder)) = (is_component, manifest.parent()) {
            let name = folder.file_name().unwrap_or_default();
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

//! One case: making its place, running the adapter in it, looking at what it did.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::scene::{BIN, CALLS, SCENE, Scene, WORK, changed, files_below, lines};
use crate::case::{Call, Case, Observed};

/// Where Porter's runtime reads the outputs of a step.
const OUTPUTS: &str = "/cnab/app/porter/outputs";
/// The mode of an output.
const OUTPUT_MODE: u32 = 0o660;
/// How long a case may take.
const LONGEST: Duration = Duration::from_secs(60);

/// What cases are replayed with.
#[derive(Debug)]
pub struct Tools {
    /// The adapter with a mixin in it.
    pub adapter: PathBuf,
    /// The recording program.
    pub stub: PathBuf,
    /// An empty folder on the file system of the recording program.
    pub folder: PathBuf,
}

/// Replays a case. `/cnab` must belong to this process alone.
///
/// # Errors
/// When its place cannot be made, or the adapter cannot be run.
pub fn replay(tools: &Tools, case: &Case) -> io::Result<Observed> {
    let place = Place::make(tools, case)?;
    let (mut seen, scene) = place.run(&tools.adapter, case)?;
    place.look(&mut seen, &scene)?;
    fs::remove_dir_all(&place.folder)?;
    Ok(seen)
}

struct Place {
    folder: PathBuf,
}

impl Place {
    fn make(tools: &Tools, case: &Case) -> io::Result<Self> {
        let place = Self {
            folder: tools.folder.join("case"),
        };
        for folder in [&place.folder, Path::new("/cnab/app")] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
        }
        for folder in [
            &place.work().join(".home"),
            &place.bin(),
            Path::new("/cnab/app"),
        ] {
            fs::create_dir_all(folder)?;
        }
        for (path, content) in &case.files {
            // An absolute path stays one.
            write(&place.work().join(path), content)?;
        }
        for stub in &case.stubs {
            let target = match stub.program.strip_prefix("./") {
                Some(script) => place.work().join(script),
                None => place.bin().join(&stub.program),
            };
            if !target.exists() {
                let folder = target.parent().unwrap_or(&place.folder);
                fs::create_dir_all(folder)?;
                fs::hard_link(&tools.stub, &target)?;
            }
        }
        Ok(place)
    }

    fn work(&self) -> PathBuf {
        self.folder.join(WORK)
    }

    fn bin(&self) -> PathBuf {
        self.folder.join(BIN)
    }

    fn run(&self, adapter: &Path, case: &Case) -> io::Result<(Observed, Scene)> {
        let home = self.work().join(".home");
        let mut environment = BTreeMap::from([
            ("PATH".to_owned(), self.bin().display().to_string()),
            ("HOME".to_owned(), home.display().to_string()),
        ]);
        let given = case.env.iter();
        environment.extend(given.map(|(name, value)| (name.clone(), self.filled(value))));
        let scene = Scene {
            stubs: case.stubs.clone(),
            environment,
            files: files_below(&self.work())?,
        };
        let text = serde_json::to_vec(&scene).map_err(io::Error::other)?;
        fs::write(self.folder.join(SCENE), text)?;
        let child = Command::new(adapter)
            .args(case.command.iter().map(|word| self.filled(word)))
            .env_clear()
            .envs(&scene.environment)
            .current_dir(self.work())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let seen = finish(child, self.filled(&case.stdin))?;
        Ok((seen, scene))
    }

    /// What is there afterwards, in the words of the recordings.
    fn look(&self, seen: &mut Observed, scene: &Scene) -> io::Result<()> {
        let call = |line: &String| serde_json::from_str::<Call>(line).map_err(io::Error::other);
        let calls = lines(&self.folder.join(CALLS))?;
        seen.calls = calls.iter().map(call).collect::<Result<_, _>>()?;
        for call in &mut seen.calls {
            self.normalise(call);
        }
        let outputs = Path::new(OUTPUTS);
        if outputs.is_dir() {
            seen.outputs = files_below(outputs)?;
        }
        for name in seen.outputs.keys() {
            let mode = fs::metadata(outputs.join(name))?.permissions().mode() & 0o777;
            if mode != OUTPUT_MODE {
                return Err(io::Error::other(format!(
                    "output `{name}` has mode {mode:o}"
                )));
            }
        }
        seen.files = changed(&self.folder, scene)?;
        for path in seen.files.keys() {
            let mode = fs::metadata(self.work().join(path))?.permissions().mode() & 0o777;
            seen.file_modes.insert(path.clone(), format!("{mode:04o}"));
        }
        seen.stdout = self.emptied(&seen.stdout);
        seen.stderr = self.emptied(&seen.stderr);
        Ok(())
    }

    fn normalise(&self, call: &mut Call) {
        for word in &mut call.argv {
            *word = self.emptied(word);
        }
        for value in call.env_added.values_mut() {
            *value = self.emptied(value);
        }
        call.stdin = self.emptied(&call.stdin);
    }

    fn filled(&self, text: &str) -> String {
        text.replace("$WORK", &self.work().display().to_string())
            .replace("$BIN", &self.bin().display().to_string())
    }

    fn emptied(&self, text: &str) -> String {
        text.replace(&self.work().display().to_string(), "$WORK")
            .replace(&self.bin().display().to_string(), "$BIN")
    }
}

fn write(path: &Path, content: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content)
}

/// Feeds the program and waits for its end.
fn finish(mut child: Child, stdin: String) -> io::Result<Observed> {
    let input = child.stdin.take();
    let feeder = thread::spawn(move || {
        // A program that does not read its input closes it.
        input.map(|mut input| input.write_all(stdin.as_bytes()))
    });
    let (out, err) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let until = Instant::now() + LONGEST;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > until {
            child.kill()?;
        }
        thread::sleep(Duration::from_millis(1));
    };
    let text = |thread: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&thread.join().unwrap_or_default()).into_owned()
    };
    let _ = feeder.join();
    Ok(Observed {
        exit: status.code().unwrap_or(-1),
        stdout: text(out),
        stderr: text(err),
        ..Observed::default()
    })
}

fn drain(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

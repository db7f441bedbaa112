//! A home, a folder and the porter binary for one test.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{Engine, porter, root};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A temporary PORTER_HOME and bundle directory. Dropped, it removes them and, where the test used
/// the engine, the images and containers that it made.
#[derive(Debug)]
pub struct TestContext {
    folder: TempDir,
    engine: Option<Engine>,
    docker_host: String,
    name: String,
}

impl TestContext {
    /// Without an engine: nothing answers at its `DOCKER_HOST`.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    pub fn without_engine() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        fs::create_dir(folder.path().join("work")).expect("it can be written");
        let docker_host = format!("unix://{}", folder.path().join("no-engine.sock").display());
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("test-{}-{number}", std::process::id());
        Self {
            folder,
            engine: None,
            docker_host,
            name,
        }
    }

    /// With the engine.
    ///
    /// # Panics
    /// When none answers.
    pub fn new() -> Self {
        let engine = Engine::find();
        let mut context = Self::without_engine();
        context.docker_host = engine.host();
        context.engine = Some(engine);
        context
    }

    /// The engine of this test.
    ///
    /// # Panics
    /// When the test asked for none.
    pub fn engine(&self) -> &Engine {
        self.engine
            .as_ref()
            .expect("the test was made with TestContext::new")
    }

    /// Where porter finds its engine.
    pub fn docker_host(&self) -> &str {
        &self.docker_host
    }

    /// Leads porter to another engine.
    pub fn set_docker_host(&mut self, host: &str) {
        host.clone_into(&mut self.docker_host);
    }

    /// A name for the bundle of this test that no other test uses.
    pub fn bundle_name(&self) -> &str {
        &self.name
    }

    /// PORTER_HOME.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The bundle directory.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// A path beside home and bundle directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the bundle. Scripts (`.sh`) are executable.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("it can be written");
        fs::write(&path, content).expect("it can be written");
        let mode = if name.ends_with(".sh") { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it can be changed");
    }

    /// Writes a manifest: the usual head under this test's bundle name, and `rest`.
    pub fn manifest(&self, rest: &str) {
        self.write(
            "porter.yaml",
            format!(
                "schemaType: Bundle\nschemaVersion: 1.0.1\nname: {}\nversion: 0.1.0\n\
                 registry: localhost:5000\nmixins:\n  - exec\n{rest}",
                self.name
            ),
        );
    }

    /// Copies an example, giving its bundle a name of this test's own.
    ///
    /// # Panics
    /// When there is no such example.
    pub fn example(&self, name: &str) {
        copy(&root().join("examples").join(name), &self.work());
        let manifest = fs::read_to_string(self.work().join("porter.yaml")).expect("it is there");
        let line = manifest
            .lines()
            .find(|line| line.starts_with("name: "))
            .expect("it has a name");
        let renamed = manifest.replacen(line, &format!("name: {}", self.name), 1);
        fs::write(self.work().join("porter.yaml"), renamed).expect("it can be written");
    }

    /// Porter with these arguments, in the bundle directory, with nothing of the environment that
    /// could steer it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(porter());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PORTER_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.work())
            .env("PORTER_HOME", self.home())
            .env("DOCKER_HOST", &self.docker_host)
            .stdin(Stdio::null());
        command
    }

    /// Runs porter to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn porter(&self, arguments: &[&str]) -> Finished {
        let output = self
            .command(arguments)
            .output()
            .expect("porter can be started");
        Finished::new(arguments, output)
    }

    /// Starts porter and leaves it running.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("porter can be started")
    }

    /// Name of the image of the bundle that was built last.
    ///
    /// # Panics
    /// When no bundle was built.
    pub fn image(&self) -> String {
        self.find_image().expect("a bundle was built")
    }

    fn find_image(&self) -> Option<String> {
        let text = fs::read(self.work().join(".cnab/bundle.json")).ok()?;
        let bundle: serde_json::Value = serde_json::from_slice(&text).ok()?;
        Some(
            bundle
                .pointer("/invocationImages/0/image")?
                .as_str()?
                .to_owned(),
        )
    }

    /// Paths below a folder whose content holds `needle`, and those that cannot be read.
    pub fn holding(folder: &Path, needle: &[u8]) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if fs::read(&path).map_or(true, |text| {
                    text.windows(needle.len()).any(|part| part == needle)
                }) {
                    found.push(path);
                }
            }
        }
        found
    }
}

/// Copies what is in a folder, but for what a build leaves there.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("it can be listed");
        let target = to.join(entry.file_name());
        if entry.file_name() == ".cnab" || entry.file_name() == "porter.lock" {
            continue;
        }
        if entry.file_type().expect("it has a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("it can be copied");
        }
    }
}

impl Default for TestContext {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestContext {
    fn drop(&mut self) {
        let Some(engine) = &self.engine else { return };
        if let Some(image) = self.find_image() {
            for container in engine.containers_of(&image) {
                engine.remove_container(&container);
            }
        }
        engine.remove_images_of(&self.name);
    }
}

/// A porter that ended.
#[derive(Debug)]
pub struct Finished {
    /// What it was called with.
    pub arguments: Vec<String>,
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Finished {
    /// Of an ended process.
    pub fn new(arguments: &[&str], output: Output) -> Self {
        Self {
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Waits for a started porter, at most this long; then it is killed.
    ///
    /// # Panics
    /// When it has not ended by then.
    pub fn wait(mut child: Child, patience: Duration) -> Self {
        let started = Instant::now();
        while child.try_wait().expect("it can be asked").is_none() {
            if started.elapsed() > patience {
                let _ = child.kill();
                let output = child.wait_with_output().expect("it was killed");
                panic!(
                    "porter did not end in {patience:?}: {:#?}",
                    Self::new(&[], output)
                );
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Self::new(&[], child.wait_with_output().expect("it ended"))
    }

    /// It must have ended well.
    ///
    /// # Panics
    /// When it has not.
    #[must_use]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// It must have ended with an error.
    ///
    /// # Panics
    /// When it has not.
    #[must_use]
    pub fn failed(self) -> Self {
        assert_eq!(self.code, Some(1), "{self:#?}");
        self
    }

    /// Stdout must hold this text.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "stdout lacks {text:?}: {self:#?}"
        );
        self
    }

    /// Stderr must hold this text.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn complains(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "stderr lacks {text:?}: {self:#?}"
        );
        self
    }
}

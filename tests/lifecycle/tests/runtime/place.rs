//! A temporary root that looks like the container of a recorded case.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use porter_manifest::{LoadOptions, Manifest};
use porter_runbook::document::MixinCode;
use porter_runtime::mixins::Precompiled;
use porter_runtime::{Console, Host, Leftovers, Root, run};
use serde_json::Value;

/// A prepared root and what the run gets.
pub(crate) struct Place {
    root: tempfile::TempDir,
    environment: BTreeMap<OsString, OsString>,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: i64,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Folders of the container that scripts name: there is only one of each on this machine.
const MOVED: &[&str] = &["/cnab/", "/tmp/", "/porter/", "/home/nonroot"];

impl Place {
    /// Lays out the image and the injected files.
    pub(crate) fn prepare(
        folder: &Path,
        recorded: &Value,
        code: &porter_sandbox::Code,
    ) -> Result<Self, String> {
        let root = tempfile::tempdir().unwrap();
        let place = Self {
            root,
            environment: environment(&recorded["env"]),
        };
        let input = folder.join(recorded["bundle"].as_str().unwrap());
        place.copy(&input, Path::new("cnab/app"), &|path| {
            !path.starts_with(".cnab")
        });
        place.copy(&input.join(".cnab"), Path::new("cnab"), &|_| true);
        for made in ["tmp", "home/nonroot"] {
            std::fs::create_dir_all(place.root.path().join(made)).unwrap();
        }
        for (path, content) in recorded["files"].as_object().into_iter().flatten() {
            let bytes = match content {
                Value::String(text) => text.clone().into_bytes(),
                Value::Object(object) => match (&object.get("sameAs"), &object.get("base64")) {
                    (Some(same), _) => std::fs::read(folder.join(same.as_str().unwrap())).unwrap(),
                    (_, Some(text)) => STANDARD.decode(text.as_str().unwrap()).unwrap(),
                    _ => return Err(format!("the content of {path} is of an unknown kind")),
                },
                _ => return Err(format!("the content of {path} is of an unknown kind")),
            };
            let path = place.path(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, bytes).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        }
        place.write_porter(code)?;
        Ok(place)
    }

    /// What `porter build` puts into the image.
    fn write_porter(&self, code: &porter_sandbox::Code) -> Result<(), String> {
        let manifest = std::fs::read(self.path("/cnab/app/porter.yaml")).unwrap();
        let loaded = Manifest::load("porter.yaml", &manifest, &LoadOptions::default())
            .map_err(|problems| format!("the manifest is refused: {problems}"))?;
        let exec = MixinCode {
            version: "v1.0.0".to_owned(),
            tier: "pure".to_owned(),
            digest: code.digest.to_string(),
            code: BTreeMap::from([("amd64".to_owned(), code.digest.to_string())]),
            config: Value::Null,
            environment: Vec::new(),
            sees_secrets: false,
            reads: Vec::new(),
        };
        let runbook = loaded
            .manifest
            .runbook(BTreeMap::from([("exec".to_owned(), exec)]));
        let mixins = self.path("/cnab/app/porter/mixins");
        std::fs::create_dir_all(&mixins).unwrap();
        std::fs::write(mixins.join("exec.amd64.cwasm"), &code.bytes).unwrap();
        let text = serde_json::to_vec(&runbook).unwrap();
        std::fs::write(self.path("/cnab/app/porter/runbook.json"), text).unwrap();
        Ok(())
    }

    fn copy(&self, from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) {
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(from.join(&folder)).into_iter().flatten() {
                let entry = entry.unwrap();
                let relative = folder.join(entry.file_name());
                if !wanted(&relative) {
                    continue;
                }
                let target = self.root.path().join(to).join(&relative);
                if entry.file_type().unwrap().is_dir() {
                    folders.push(relative);
                    continue;
                }
                std::fs::create_dir_all(target.parent().unwrap()).unwrap();
                let bytes = std::fs::read(entry.path()).unwrap();
                let is_script = target
                    .extension()
                    .is_some_and(|extension| extension == "sh");
                let bytes = if is_script { self.moved(&bytes) } else { bytes };
                std::fs::write(&target, bytes).unwrap();
                let mode = entry.metadata().unwrap().permissions();
                std::fs::set_permissions(&target, mode).unwrap();
            }
        }
    }

    /// A script that works in this root.
    fn moved(&self, script: &[u8]) -> Vec<u8> {
        let text = std::str::from_utf8(script).unwrap();
        let root = self.root.path().display().to_string();
        let mut moved = String::new();
        for (index, character) in text.char_indices() {
            let before = text[..index].chars().next_back();
            let begins = !before.is_some_and(|c| c.is_alphanumeric() || "._-/$}".contains(c));
            if begins && MOVED.iter().any(|folder| text[index..].starts_with(folder)) {
                moved.push_str(&root);
            }
            moved.push(character);
        }
        moved.into_bytes()
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        Root::at(self.root.path()).path(inside)
    }

    pub(crate) fn run(&self) -> Ran {
        let root = Root::at(self.root.path());
        let (out, err) = (Buffer::default(), Buffer::default());
        let mut console = Console::new(Box::new(out.clone()), Box::new(err.clone()));
        let host = Host {
            mixins: &Precompiled::new(root.clone()),
            root,
            environment: self.environment.clone().into(),
            leftovers: Leftovers::All,
        };
        let exit = i64::from(!run(&host, &mut console));
        Ran {
            exit,
            stdout: self.text(&out),
            stderr: self.text(&err),
        }
    }

    /// What was printed, as if the root were `/`.
    fn text(&self, buffer: &Buffer) -> String {
        let text = String::from_utf8_lossy(&buffer.0.lock().unwrap()).into_owned();
        text.replace(&self.root.path().display().to_string(), "")
    }
}

fn environment(recorded: &Value) -> BTreeMap<OsString, OsString> {
    let mut environment = BTreeMap::from([
        (
            "PATH".into(),
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into(),
        ),
        ("HOME".into(), "/home/nonroot".into()),
        ("HOSTNAME".into(), "container".into()),
        ("PORTER_HOME".into(), "/cnab/app".into()),
        ("BUNDLE_DIR".into(), "/cnab/app".into()),
    ]);
    for (name, value) in recorded.as_object().into_iter().flatten() {
        environment.insert(name.into(), value.as_str().unwrap().into());
    }
    environment
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

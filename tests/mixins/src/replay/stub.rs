//! A recording program in place of a tool.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::scene::{BIN, CALLS, SCENE, Scene, WORK, WRITTEN, changed};
use crate::case::{Call, Stub};

/// Records the call and replies as the case says. Returns the exit code.
///
/// # Errors
/// When this program does not stand in the place of a tool.
pub fn run() -> io::Result<i32> {
    let program = std::env::current_exe()?;
    let case = case_of(&program)?;
    let scene = fs::read(case.join(SCENE))?;
    let scene: Scene = serde_json::from_slice(&scene).map_err(io::Error::other)?;
    let name = name_of(&program, &case);
    let argv: Vec<String> = std::env::args_os().skip(1).map(text).collect();
    let mut stdin = Vec::new();
    io::stdin().read_to_end(&mut stdin)?;
    let work = case.join(WORK);
    let here = std::env::current_dir()?;
    let call = Call {
        program: name.clone(),
        argv: argv.clone(),
        stdin: String::from_utf8_lossy(&stdin).into_owned(),
        cwd: cwd(&here, &work),
        env_added: added(&scene.environment),
        files_seen: changed(&case, &scene)?,
    };
    append(&case.join(CALLS), &call)?;
    let answers = |stub: &&Stub| stub.program == name && argv.starts_with(&stub.leading);
    match scene.stubs.iter().find(answers) {
        Some(stub) => reply(stub, &case, &here),
        None => Ok(0),
    }
}

fn text(word: std::ffi::OsString) -> String {
    word.to_string_lossy().into_owned()
}

/// The folder of the case that a program stands in.
fn case_of(program: &Path) -> io::Result<PathBuf> {
    let mut folders = program.ancestors().skip(1);
    let found = folders.find(|folder| folder.join(SCENE).is_file());
    let found = found.map(Path::to_path_buf);
    found.ok_or_else(|| io::Error::other("this program is started by the replay of a case"))
}

/// Its name on the PATH, or `./` and its path in the bundle directory.
fn name_of(program: &Path, case: &Path) -> String {
    if let Ok(name) = program.strip_prefix(case.join(BIN)) {
        return name.display().to_string();
    }
    let script = program.strip_prefix(case.join(WORK)).unwrap_or(program);
    format!("./{}", script.display())
}

fn cwd(here: &Path, work: &Path) -> String {
    match here.strip_prefix(work) {
        Ok(relative) if relative.as_os_str().is_empty() => ".".to_owned(),
        Ok(relative) => relative.display().to_string(),
        Err(_) => here.display().to_string(),
    }
}

/// Variables that the mixin did not get with this value.
fn added(before: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let now = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
    now.filter(|(name, value)| before.get(name) != Some(value))
        .collect()
}

fn reply(stub: &Stub, case: &Path, here: &Path) -> io::Result<i32> {
    for (path, content) in &stub.writes {
        let target = here.join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&target, content)?;
        let inside = target.strip_prefix(case.join(WORK)).unwrap_or(&target);
        append(
            &case.join(WRITTEN),
            &(inside.display().to_string(), content),
        )?;
    }
    io::stdout().write_all(stub.stdout.as_bytes())?;
    io::stderr().write_all(stub.stderr.as_bytes())?;
    Ok(stub.exit)
}

fn append(path: &Path, value: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value).map_err(io::Error::other)?;
    line.push(b'\n');
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(&line)
}

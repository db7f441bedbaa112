//! The private engine: Debian 13's Docker in a folder, running in namespaces of its own.

use std::env;
use std::fs::{self, File};
use std::io::{self, IsTerminal};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::find;
use super::network::{BRIDGE, Network};
use crate::process::{self, Outcome};

/// Where the engine lives unless `PORTER_ENGINE_DIR` says otherwise: outside of the checkout, whose
/// half a gigabyte would go into every build context and vanish with every `cargo clean`.
const FOLDER: &str = "/var/tmp/porter-engine";

const PACKAGES: &str = "docker.io,ca-certificates,iptables,iproute2,nftables";
const LAUNCH: &str = include_str!("launch.sh");
const GROUP: &str = "PORTER_ENGINE_GROUP";
const READY_PATIENCE: Duration = Duration::from_secs(60);
const STOP_PATIENCE: Duration = Duration::from_secs(40);

/// Old build results go by themselves: disks of test machines are small.
const DAEMON_SETTINGS: &str =
    "{\"builder\": {\"gc\": {\"enabled\": true, \"defaultKeepStorage\": \"3GB\"}}}\n";

/// The host of the private engine, running or not.
pub(crate) fn host() -> String {
    format!(
        "unix://{}",
        folder().join("rootfs/engine/docker.sock").display()
    )
}

/// Makes sure that the private engine runs and gives its host.
pub(crate) fn up() -> Outcome<String> {
    let host = host();
    if let Ok(what) = find::check_host(&host) {
        eprintln!(
            "engine: the private one in {} runs: {what}",
            folder().display()
        );
        return Ok(host);
    }
    if !is_root() {
        again_as_root(&["engine", "up"])?;
        return find::check_host(&host).map(|_| host);
    }
    let place = folder();
    make_folder(&place)?;
    let _lock = lock(&place)?;
    // Another one may have started it while we waited for the lock.
    if find::check_host(&host).is_ok() {
        return Ok(host);
    }
    let rootfs = place.join("rootfs");
    install(&rootfs)?;
    if processes(&rootfs).is_empty() {
        start(&place, &rootfs)?;
    }
    wait_until_ready(&host, &place, &rootfs)?;
    Ok(host)
}

/// Stops the private engine and takes back all it changed; with `purge` its folder goes too.
pub(crate) fn down(purge: bool) -> Outcome {
    let place = folder();
    if !place.exists() {
        eprintln!("engine: there is no private one in {}", place.display());
        return Ok(());
    }
    if !is_root() {
        let purge = purge.then_some("--purge");
        let words: Vec<&str> = ["engine", "down"].into_iter().chain(purge).collect();
        return again_as_root(&words);
    }
    make_folder(&place)?;
    let _lock = lock(&place)?;
    let rootfs = place.join("rootfs");
    stop(&rootfs)?;
    if rootfs.exists() {
        network(&place).restore()?;
    }
    remove_control_groups()?;
    let _ = fs::remove_file(rootfs.join("engine/docker.sock"));
    if purge {
        eprintln!("engine: removing {}", place.display());
        fs::remove_dir_all(&place)
            .map_err(|error| format!("cannot remove `{}`: {error}", place.display()))?;
    } else {
        eprintln!(
            "engine: stopped; its programs and images stay in {} for the next time \
             (`cargo xtask engine down --purge` removes them)",
            place.display()
        );
    }
    Ok(())
}

/// Installs `mmdebstrap` where it is missing.
pub(crate) fn ensure_mmdebstrap() -> Outcome {
    let path = env::var_os("PATH").unwrap_or_default();
    if env::split_paths(&path).any(|folder| folder.join("mmdebstrap").is_file()) {
        return Ok(());
    }
    eprintln!("engine: installing mmdebstrap with apt-get (usually 20 seconds)");
    let script = "export DEBIAN_FRONTEND=noninteractive; apt-get -q update >&2 && \
        apt-get -q -y install --no-install-recommends mmdebstrap debian-archive-keyring >&2";
    let mut command = if is_root() {
        Command::new("sh")
    } else {
        Command::new("sudo")
    };
    if !is_root() {
        command.arg("sh");
    }
    process::run(command.args(["-c", script])).map_err(|error| {
        format!(
            "{error}; start a Docker engine 23 or newer yourself, or install `mmdebstrap` \
             (Debian, Ubuntu) so that one can be made"
        )
    })
}

/// Where the private engine is installed.
pub(crate) fn rootfs() -> PathBuf {
    folder().join("rootfs")
}

fn folder() -> PathBuf {
    env::var_os("PORTER_ENGINE_DIR").map_or_else(|| PathBuf::from(FOLDER), PathBuf::from)
}

fn network(place: &Path) -> Network {
    Network {
        rootfs: place.join("rootfs"),
        state: place.join("before"),
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// Starts this program once more with the rights that namespaces and mounts need.
fn again_as_root(words: &[&str]) -> Outcome {
    eprintln!("engine: this needs root, asking sudo");
    let program = env::current_exe().map_err(|error| format!("cannot find myself: {error}"))?;
    let group = fs::metadata("/proc/self").map_or(0, |metadata| metadata.gid());
    let mut command = Command::new("sudo");
    if !io::stdin().is_terminal() {
        command.arg("-n");
    }
    command
        .arg("env")
        .arg(format!("PORTER_ENGINE_DIR={}", folder().display()))
        .arg(format!("{GROUP}={group}"))
        .arg(format!("DOCKER_HOST={}", host()))
        .arg(program)
        .args(words)
        .stdout(Stdio::from(io::stderr()));
    process::run(&mut command).map_err(|error| {
        format!("{error}; run it as root, or start a Docker engine 23 or newer yourself")
    })
}

/// Makes the folder, or makes sure that it is root's: the default place may be written by anybody.
fn make_folder(place: &Path) -> Outcome {
    let failed = |error| format!("cannot make `{}`: {error}", place.display());
    if !place.is_absolute() {
        return Err(format!(
            "`{}` in PORTER_ENGINE_DIR must be absolute",
            place.display()
        ));
    }
    fs::create_dir_all(place).map_err(failed)?;
    let found = fs::symlink_metadata(place).map_err(failed)?;
    if !found.is_dir() || found.uid() != 0 || found.mode() & 0o022 != 0 {
        return Err(format!(
            "`{}` must be a folder that only root can write; remove it, or name another one in \
             PORTER_ENGINE_DIR",
            place.display()
        ));
    }
    fs::create_dir_all(place.join("before")).map_err(failed)
}

fn lock(place: &Path) -> Outcome<File> {
    let path = place.join("lock");
    let failed = |error| format!("cannot lock `{}`: {error}", path.display());
    let file = File::create(&path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Installs Debian with Docker into the folder, whole or not at all.
fn install(rootfs: &Path) -> Outcome {
    if rootfs.exists() {
        return Ok(());
    }
    ensure_mmdebstrap()?;
    eprintln!(
        "engine: no engine answers; installing Debian's Docker into {} (485 MB, usually 25 to 50 \
         seconds)",
        rootfs.display()
    );
    let fresh = rootfs.with_extension("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)
            .map_err(|error| format!("cannot remove `{}`: {error}", fresh.display()))?;
    }
    let mut command = Command::new("mmdebstrap");
    command
        .args([
            "--quiet",
            "--variant=apt",
            &format!("--include={PACKAGES}"),
            "trixie",
        ])
        .arg(&fresh)
        .stdout(Stdio::from(io::stderr()));
    process::run(&mut command)?;
    fs::rename(&fresh, rootfs)
        .map_err(|error| format!("cannot rename `{}`: {error}", fresh.display()))
}

fn start(place: &Path, rootfs: &Path) -> Outcome {
    eprintln!("engine: starting the private one (usually 3 seconds)");
    // What a crash left is taken back before the present state is remembered as the former one.
    network(place).restore()?;
    let prefix = network(place).prepare()?;
    prepare_rootfs(rootfs)?;
    let log = place.join("dockerd.log");
    let failed = |error: io::Error| format!("cannot write `{}`: {error}", log.display());
    let output = File::create(&log).map_err(failed)?;
    let errors = output.try_clone().map_err(failed)?;
    let [first, second] = prefix;
    let group = env::var(GROUP)
        .or_else(|_| env::var("SUDO_GID"))
        .unwrap_or_else(|_| "0".into());
    Command::new("setsid")
        .args([
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "--pid",
            "--fork",
        ])
        .args(["sh", "-c", LAUNCH, "launch"])
        .arg(rootfs)
        .args([&group, BRIDGE])
        .arg(format!("{first}.{second}.0.1/24"))
        .arg(format!("{first}.{second}.128.0/17"))
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map(|_| ())
        .map_err(|error| format!("cannot run `unshare`: {error}"))
}

/// Things that may have changed since the folder was made.
fn prepare_rootfs(rootfs: &Path) -> Outcome {
    let write = |path: PathBuf, text: &[u8]| {
        fs::write(&path, text)
            .map_err(|error| format!("cannot write `{}`: {error}", path.display()))
    };
    for folder in ["engine", "etc/docker"] {
        fs::create_dir_all(rootfs.join(folder))
            .map_err(|error| format!("cannot make `{folder}`: {error}"))?;
    }
    write(
        rootfs.join("etc/docker/daemon.json"),
        DAEMON_SETTINGS.as_bytes(),
    )?;
    // The stub of systemd's resolver listens where no container can reach it.
    let behind = Path::new("/run/systemd/resolve/resolv.conf");
    let source = if behind.exists() {
        behind
    } else {
        Path::new("/etc/resolv.conf")
    };
    if let Ok(resolver) = fs::read(source) {
        let _ = fs::remove_file(rootfs.join("etc/resolv.conf"));
        write(rootfs.join("etc/resolv.conf"), &resolver)?;
    }
    Ok(())
}

fn wait_until_ready(host: &str, place: &Path, rootfs: &Path) -> Outcome {
    let started = Instant::now();
    let mut seen = false;
    while started.elapsed() < READY_PATIENCE {
        if let Ok(what) = find::check_host(host) {
            eprintln!("engine: ready after {:.1?}: {what}", started.elapsed());
            return Ok(());
        }
        let running = !processes(rootfs).is_empty();
        let grace_is_over = started.elapsed() > Duration::from_secs(5);
        if !running && (seen || grace_is_over) {
            break;
        }
        seen |= running;
        sleep(Duration::from_millis(100));
    }
    let log = place.join("dockerd.log");
    let text = fs::read_to_string(&log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines
        .get(lines.len().saturating_sub(15)..)
        .unwrap_or_default()
        .join("\n");
    Err(format!(
        "the private engine did not start; the end of `{}`:\n{tail}",
        log.display()
    ))
}

/// Stops the engine, gently first: it then stops its containers the same way.
fn stop(rootfs: &Path) -> Outcome {
    let running = processes(rootfs);
    if running.is_empty() {
        return Ok(());
    }
    eprintln!("engine: stopping it and its containers (usually 1 second, at most 40)");
    if let Some(first) = running.into_iter().find(|pid| is_init(*pid)) {
        signal("-TERM", &[first]);
        if end(rootfs, STOP_PATIENCE) {
            return Ok(());
        }
    }
    signal("-KILL", &processes(rootfs));
    if end(rootfs, Duration::from_secs(10)) {
        Ok(())
    } else {
        Err(format!(
            "processes {:?} of the engine do not end",
            processes(rootfs)
        ))
    }
}

/// Whether the processes end within this time.
fn end(rootfs: &Path, patience: Duration) -> bool {
    let started = Instant::now();
    while started.elapsed() < patience {
        if processes(rootfs).is_empty() {
            return true;
        }
        sleep(Duration::from_millis(100));
    }
    false
}

fn signal(name: &str, processes: &[u32]) {
    for process in processes {
        // It may have ended in between.
        let _ = process::output(Command::new("kill").args([name, &process.to_string()]));
    }
}

/// Processes whose root is the engine's folder: the engine and what it started outside of
/// containers. They share a process namespace, so containers end with the first of them.
fn processes(rootfs: &Path) -> Vec<u32> {
    let Ok(rootfs) = fs::canonicalize(rootfs) else {
        return Vec::new();
    };
    let mut found: Vec<u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| fs::read_link(entry.path().join("root")).is_ok_and(|root| root == rootfs))
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    found.sort_unstable();
    found
}

fn is_init(pid: u32) -> bool {
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    command.starts_with(b"/usr/bin/docker-init")
}

/// Control groups outlive the containers that were killed in them.
fn remove_control_groups() -> Outcome {
    let mut roots = vec![PathBuf::from("/sys/fs/cgroup")];
    roots.extend(
        fs::read_dir("/sys/fs/cgroup")
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path()),
    );
    for group in roots
        .into_iter()
        .map(|root| root.join("porter-engine"))
        .filter(|g| g.is_dir())
    {
        remove_group(&group)
            .map_err(|error| format!("cannot remove `{}`: {error}", group.display()))?;
    }
    Ok(())
}

fn remove_group(group: &Path) -> io::Result<()> {
    for entry in fs::read_dir(group)?.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_group(&entry.path())?;
        }
    }
    fs::remove_dir(group)
}

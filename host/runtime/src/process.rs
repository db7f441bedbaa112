//! Running one program: streams pass through masked, signals are forwarded, nothing stays behind.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::console::{Channel, Console};
use crate::environment::CommandEnvironment;
use crate::mask::Stream;
use crate::signals::Signals;

/// How much of a stream is kept for outputs and conditions.
pub const CAPTURED: usize = 16 << 20;
/// How long a program may go on after it was asked to stop. Engines wait for 30 seconds, and
/// outputs and state have to be written after it.
const STOP_GRACE: Duration = Duration::from_secs(20);
/// How long what a program left running may still write to its streams.
const STREAM_GRACE: Duration = Duration::from_secs(5);

/// A program, ready to run.
#[derive(Debug)]
pub struct Program {
    /// The file to execute.
    pub file: PathBuf,
    /// The name it is called by.
    pub name: String,
    /// Arguments.
    pub args: Vec<String>,
    /// Its environment.
    pub environment: CommandEnvironment,
    /// Working directory.
    pub dir: PathBuf,
    /// Standard input.
    pub stdin: Option<String>,
    /// What becomes of its streams.
    pub streams: Streams,
}

/// What becomes of the streams of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// Passed on as they come.
    Pass,
    /// Kept back until [`Finished::release`], because a secret may be in them that is known only
    /// afterwards.
    Hold,
    /// Not shown.
    Drop,
}

/// How a program ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// Its process group, which may have further members.
    pub group: Pid,
    /// Whether the run was asked to stop meanwhile.
    pub stopped: bool,
    /// The first [`CAPTURED`] bytes of its standard output.
    pub stdout: Captured,
    /// The first [`CAPTURED`] bytes of its standard error.
    pub stderr: Captured,
    held: bool,
}

/// The beginning of a stream.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    /// The bytes, secrets and all.
    pub bytes: Vec<u8>,
    /// Whether there was more.
    pub truncated: bool,
}

impl Finished {
    /// Shows streams that were held.
    pub fn release(&self, console: &mut Console) {
        if !self.held {
            return;
        }
        for (channel, captured) in [(Channel::Out, &self.stdout), (Channel::Err, &self.stderr)] {
            let mut masked = Vec::new();
            let mut stream = console.begin();
            stream.feed(&captured.bytes, &mut masked);
            stream.finish(&mut masked);
            console.write(channel, &masked);
            if captured.truncated {
                console.say(Channel::Err, "(the rest of the output is longer than 16 MiB and is not shown, because the step makes a sensitive output)");
            }
        }
    }
}

/// Runs `program` to its end.
///
/// # Errors
/// When it cannot be started or watched.
pub fn run(
    program: &Program,
    signals: &mut Signals,
    console: &mut Console,
) -> io::Result<Finished> {
    signals.clear_children();
    let mut child = spawn(program)?;
    let group = Pid::from_child(&child);
    let mut watch = Watch {
        out: Pipe::new(Channel::Out, child.stdout.take(), console, program.streams),
        err: Pipe::new(Channel::Err, child.stderr.take(), console, program.streams),
        input: child
            .stdin
            .take()
            .filter(|input| rustix::io::ioctl_fionbio(input, true).is_ok()),
        rest: program.stdin.as_deref().unwrap_or_default().as_bytes(),
        group,
        stop_at: None,
        streams_until: None,
        stopped: false,
    };
    let result = watch.follow(&mut child, signals, console);
    if result.is_err() {
        let _ = kill_process_group(group, Signal::KILL);
        let _ = child.wait();
    }
    let status = result?;
    watch.out.finish(console);
    watch.err.finish(console);
    Ok(Finished {
        status,
        group,
        stopped: watch.stopped,
        stdout: watch.out.captured,
        stderr: watch.err.captured,
        held: program.streams == Streams::Hold,
    })
}

fn spawn(program: &Program) -> io::Result<Child> {
    let mut command = Command::new(&program.file);
    // Without a change of folder the child needs no copy of this process: half the cost of a step.
    let is_there = std::env::current_dir().is_ok_and(|folder| folder == program.dir);
    if !is_there {
        command.current_dir(&program.dir);
    }
    if !program.environment.inherits {
        command.env_clear();
    }
    let variables = program.environment.variables.iter();
    command
        .arg0(&program.name)
        .args(&program.args)
        .envs(variables.map(|(name, value)| (name, value)))
        .stdin(if program.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

struct Watch<'p> {
    out: Pipe<std::process::ChildStdout>,
    err: Pipe<std::process::ChildStderr>,
    input: Option<std::process::ChildStdin>,
    rest: &'p [u8],
    group: Pid,
    /// When the program is killed.
    stop_at: Option<Instant>,
    /// When streams that others keep open are given up.
    streams_until: Option<Instant>,
    stopped: bool,
}

impl Watch<'_> {
    fn follow(
        &mut self,
        child: &mut Child,
        signals: &mut Signals,
        console: &mut Console,
    ) -> io::Result<ExitStatus> {
        let mut ended = None;
        loop {
            self.wait(signals)?;
            if let Some(signal) = signals.take_request() {
                self.stop(signal, console);
            }
            self.feed();
            self.out.read(console);
            self.err.read(console);
            signals.clear_children();
            if ended.is_none() {
                ended = child.try_wait()?;
            }
            let now = Instant::now();
            if self.stop_at.is_some_and(|at| at <= now) {
                let _ = kill_process_group(self.group, Signal::KILL);
                self.stop_at = None;
            }
            if let Some(status) = ended {
                self.input = None;
                let grace = if self.stopped {
                    Duration::ZERO
                } else {
                    STREAM_GRACE
                };
                let until = *self.streams_until.get_or_insert(now + grace);
                let is_open = self.out.is_open() || self.err.is_open();
                if is_open && until <= now {
                    let _ = kill_process_group(self.group, Signal::KILL);
                    self.out.read_rest(console);
                    self.err.read_rest(console);
                }
                if !is_open || until <= now {
                    return Ok(status);
                }
            }
        }
    }

    /// Waits until something happens.
    fn wait(&self, signals: &Signals) -> io::Result<()> {
        let signal_fds = signals.descriptors();
        let mut fds: Vec<PollFd<'_>> = signal_fds
            .iter()
            .map(|fd| PollFd::new(fd, PollFlags::IN))
            .collect();
        fds.extend(
            self.out
                .source
                .as_ref()
                .map(|fd| PollFd::new(fd, PollFlags::IN)),
        );
        fds.extend(
            self.err
                .source
                .as_ref()
                .map(|fd| PollFd::new(fd, PollFlags::IN)),
        );
        fds.extend(
            self.input
                .as_ref()
                .map(|fd| PollFd::new(fd, PollFlags::OUT)),
        );
        let next = [self.stop_at, self.streams_until]
            .into_iter()
            .flatten()
            .min();
        let timeout = next.map(|at| at.saturating_duration_since(Instant::now()));
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Passes a request to stop on; a second one kills.
    fn stop(&mut self, signal: Signal, console: &mut Console) {
        if self.stopped {
            self.stop_at = Some(Instant::now());
            return;
        }
        self.stopped = true;
        console.write(Channel::Out, b"cancel requested \n");
        let _ = kill_process_group(self.group, signal);
        self.stop_at = Some(Instant::now() + STOP_GRACE);
        self.streams_until = self.streams_until.map(|_| Instant::now());
    }

    fn feed(&mut self) {
        while let Some(input) = &mut self.input {
            match input.write(self.rest) {
                Ok(count) => self.rest = &self.rest[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // A program need not read its input.
                Err(_) => self.rest = &[],
            }
            if self.rest.is_empty() {
                self.input = None;
            }
        }
    }
}

struct Pipe<S> {
    channel: Channel,
    source: Option<S>,
    mask: Stream,
    streams: Streams,
    captured: Captured,
}

impl<S: Read + AsFd> Pipe<S> {
    fn new(channel: Channel, source: Option<S>, console: &Console, streams: Streams) -> Self {
        let source = source.filter(|source| rustix::io::ioctl_fionbio(source, true).is_ok());
        Self {
            channel,
            source,
            mask: console.begin(),
            streams,
            captured: Captured::default(),
        }
    }

    fn is_open(&self) -> bool {
        self.source.is_some()
    }

    /// Reads a piece, so that no stream starves the other.
    fn read(&mut self, console: &mut Console) -> bool {
        let Some(source) = &mut self.source else {
            return false;
        };
        let mut buffer = [0; 32 << 10];
        match source.read(&mut buffer) {
            Ok(0) => self.source = None,
            Ok(count) => {
                self.take(&buffer[..count], console);
                return true;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.source = None,
        }
        false
    }

    /// Reads what is there, up to what a pipe holds, and closes.
    fn read_rest(&mut self, console: &mut Console) {
        for _ in 0..64 {
            if !self.read(console) {
                break;
            }
        }
        self.source = None;
    }

    fn take(&mut self, bytes: &[u8], console: &mut Console) {
        let room = CAPTURED - self.captured.bytes.len();
        self.captured
            .bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.captured.truncated |= bytes.len() > room;
        if self.streams == Streams::Pass {
            let mut masked = Vec::with_capacity(bytes.len());
            self.mask.feed(bytes, &mut masked);
            console.write(self.channel, &masked);
        }
    }

    fn finish(&mut self, console: &mut Console) {
        let mut masked = Vec::new();
        self.mask.finish(&mut masked);
        console.write(self.channel, &masked);
    }
}

/// Text of an exit status, as Go prints it.
pub fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => "unknown exit status".to_owned(),
    }
}

/// The file that `name` means: looked up on PATH, then below the bundle directory. A name with a
/// slash is a path, tried from the working directory first.
pub fn look_up(name: &str, dir: &Path, bundle: &Path, path: Option<&OsString>) -> Option<PathBuf> {
    if name.contains('/') {
        let places = [dir.join(name), bundle.join(name)];
        return places.into_iter().find(|file| file.is_file());
    }
    let on_path = path
        .into_iter()
        .flat_map(std::env::split_paths)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| file.is_file() && is_executable(file));
    on_path.or_else(|| Some(bundle.join(name)).filter(|file| file.is_file()))
}

fn is_executable(file: &Path) -> bool {
    rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}

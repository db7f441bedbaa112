//! The parent's side.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use porter_mixin::escape;
use rustix::process::{Pid, Signal, kill_process_group};

use super::protocol::{Answer, Request};
use super::{CompileError, CompileLimits};

/// Bytes of the child's error stream that are looked at.
const MAX_STDERR: u64 = 4096;
/// How often a child that has answered is asked whether it has ended.
const POLL: Duration = Duration::from_millis(2);

pub(super) fn run(
    program: &Path,
    arguments: &[OsString],
    limits: &CompileLimits,
    request: &Request,
    wasm: &[u8],
) -> Result<Vec<u8>, CompileError> {
    let end = Instant::now() + limits.deadline;
    let failed = |source| CompileError::Start {
        program: program.to_owned(),
        source,
    };
    let mut group = Group(spawn(program, arguments).map_err(failed)?);
    let pipes = (
        group.0.stdin.take(),
        group.0.stdout.take(),
        group.0.stderr.take(),
    );
    let (Some(stdin), Some(mut stdout), Some(stderr)) = pipes else {
        return Err(failed(io::ErrorKind::BrokenPipe.into()));
    };
    let (answers, answer) = mpsc::sync_channel(1);
    thread::scope(|scope| {
        scope.spawn(move || send(stdin, request, wasm));
        scope.spawn(move || {
            // The receiver is gone only when nobody waits any more.
            let _ = answers.send(Answer::read(&mut stdout, limits.code));
        });
        let said = scope.spawn(move || read_stderr(stderr));
        let received = answer.recv_timeout(end.saturating_duration_since(Instant::now()));
        let status = group.wait(end, received.is_ok());
        let said = said.join().unwrap_or_default();
        match (received, status) {
            (Ok(Ok(Some(answer))), Some(status)) if status.success() => taken(answer, limits),
            (Ok(Ok(None)), _) => Err(CompileError::Code { limit: limits.code }),
            (_, None) => Err(CompileError::Deadline {
                limit: limits.deadline,
            }),
            (_, Some(status)) => Err(ended(status, &said, limits)),
        }
    })
}

fn spawn(program: &Path, arguments: &[OsString]) -> io::Result<Child> {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

fn send(mut stdin: ChildStdin, request: &Request, wasm: &[u8]) {
    // A child that does not listen any more says why by its end.
    let _ = request
        .write(&mut stdin)
        .and_then(|()| stdin.write_all(wasm));
}

fn read_stderr(mut stderr: ChildStderr) -> String {
    let mut said = Vec::new();
    let _ = stderr.by_ref().take(MAX_STDERR).read_to_end(&mut said);
    // The child must not wait for room in the pipe.
    let _ = io::copy(&mut stderr, &mut io::sink());
    String::from_utf8_lossy(&said).into_owned()
}

fn taken(answer: Answer, limits: &CompileLimits) -> Result<Vec<u8>, CompileError> {
    match answer {
        Answer::Code(code) => Ok(code),
        Answer::Invalid(reason) => Err(CompileError::Invalid {
            reason: escape(&reason),
        }),
        Answer::Mistyped(reason) => Err(CompileError::Type {
            reason: escape(&reason),
        }),
        Answer::OutOfMemory => Err(CompileError::Memory {
            limit: limits.memory,
        }),
    }
}

/// What the end of a child that gave no answer means.
fn ended(status: ExitStatus, said: &str, limits: &CompileLimits) -> CompileError {
    let signal = status.signal().and_then(Signal::from_named_raw);
    if signal == Some(Signal::XCPU) || signal == Some(Signal::KILL) {
        // The kernel's answer to too much processor time; nobody else kills it.
        return CompileError::Deadline { limit: limits.cpu };
    }
    // What Rust says before it aborts.
    if said.contains("memory allocation of") {
        return CompileError::Memory {
            limit: limits.memory,
        };
    }
    CompileError::Crash {
        how: escape(&status.to_string()),
    }
}

/// The child and whatever it may have started; killed and reaped when dropped.
struct Group(Child);

impl Group {
    /// Waits for the end; kills at `end`, or at once when the child has not `answered`. `None`
    /// when it had to be killed.
    fn wait(&mut self, end: Instant, answered: bool) -> Option<ExitStatus> {
        if answered {
            while Instant::now() < end {
                match self.0.try_wait() {
                    Ok(Some(status)) => return Some(status),
                    Ok(None) => thread::sleep(POLL),
                    Err(_) => break,
                }
            }
        }
        self.kill();
        None
    }

    fn kill(&mut self) {
        if let Ok(Some(_)) = self.0.try_wait() {
            return;
        }
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            // Fails only when it is gone already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

//! The parent's side.
//!
//! Nothing here waits for a child that was killed: the kernel may take a while to free its
//! gigabyte. Threads that still hold its pipes end by themselves when it is gone.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use porter_mixin::escape;
use rustix::process::{Pid, Signal, kill_process_group};

use super::protocol::{Answer, Request};
use super::{CompileError, CompileLimits};

/// Bytes of the child's error stream that are looked at.
const MAX_STDERR: u64 = 4096;
/// How often a child that has answered is asked whether it has ended.
const POLL: Duration = Duration::from_millis(1);

pub(super) fn run(
    program: &Path,
    arguments: &[OsString],
    limits: &CompileLimits,
    request: Request,
    wasm: &[u8],
) -> Result<Vec<u8>, CompileError> {
    let end = Instant::now() + limits.deadline;
    let start = |source| CompileError::Start {
        program: program.to_owned(),
        source,
    };
    let mut group = Group::spawn(program, arguments).map_err(start)?;
    let (answer, said) = talk(&mut group, limits, request, wasm).map_err(start)?;
    let left = || end.saturating_duration_since(Instant::now());
    let Ok(answer) = answer.recv_timeout(left()) else {
        return Err(CompileError::Deadline {
            limit: limits.deadline,
        });
    };
    if let Ok(None) = answer {
        return Err(CompileError::Code { limit: limits.code });
    }
    let Some(status) = group.wait(end) else {
        return Err(CompileError::Deadline {
            limit: limits.deadline,
        });
    };
    match answer {
        Ok(Some(answer)) if status.success() => taken(answer, limits),
        _ => Err(ended(
            status,
            &said.recv_timeout(left()).unwrap_or_default(),
            limits,
        )),
    }
}

type Talk = (Receiver<io::Result<Option<Answer>>>, Receiver<String>);

/// Starts the threads that feed and hear the child.
fn talk(
    group: &mut Group,
    limits: &CompileLimits,
    request: Request,
    wasm: &[u8],
) -> io::Result<Talk> {
    let child = group.child.as_mut();
    let pipes = child.map(|child| (child.stdin.take(), child.stdout.take(), child.stderr.take()));
    let Some((Some(mut stdin), Some(mut stdout), Some(mut stderr))) = pipes else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let wasm = wasm.to_vec();
    let limit = limits.code;
    let (answers, answer) = mpsc::sync_channel(1);
    let (texts, said) = mpsc::sync_channel(1);
    let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
        thread::Builder::new()
            .name(name.to_owned())
            .stack_size(128 << 10)
            .spawn(work)
    };
    // None of these results matters: a child that does not listen any more says why by its end,
    // and a receiver that is gone has its verdict.
    spawn(
        "compiler-in",
        Box::new(move || {
            let _ = request
                .write(&mut stdin)
                .and_then(|()| stdin.write_all(&wasm));
        }),
    )?;
    spawn(
        "compiler-out",
        Box::new(move || {
            let _ = answers.send(Answer::read(&mut stdout, limit));
        }),
    )?;
    spawn(
        "compiler-err",
        Box::new(move || {
            let mut said = Vec::new();
            let _ = stderr.by_ref().take(MAX_STDERR).read_to_end(&mut said);
            // The child must not wait for room in the pipe.
            let _ = io::copy(&mut stderr, &mut io::sink());
            let _ = texts.send(String::from_utf8_lossy(&said).into_owned());
        }),
    )?;
    Ok((answer, said))
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

/// The child and whatever it may have started; killed when dropped.
struct Group {
    child: Option<Child>,
}

impl Group {
    fn spawn(program: &Path, arguments: &[OsString]) -> io::Result<Self> {
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        Ok(Self { child: Some(child) })
    }

    /// How it ended, or `None` when it has not by `end`.
    fn wait(&mut self, end: Instant) -> Option<ExitStatus> {
        let child = self.child.as_mut()?;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => {
                    self.child = None;
                    return Some(status);
                }
                Ok(None) if Instant::now() < end => thread::sleep(POLL),
                _ => return None,
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            // Fails only when it is gone already: it has not been waited for, so the id is its.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let reaper = thread::Builder::new().name("compiler-end".to_owned());
        // Without a thread it stays a zombie until this process ends.
        let _ = reaper.stack_size(64 << 10).spawn(move || child.wait());
    }
}

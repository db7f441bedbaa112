//! Running the programs of native mixins: bounded in time and output, and nothing more. They have
//! all rights of the user who allowed them.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use porter_mixin::escape_lines;

use super::NativeError;

/// How much of stderr a message shows.
const SHOWN: usize = 4_000;
/// How long streams may stay open after their program has ended.
const GRACE: Duration = Duration::from_secs(1);
/// How often it is looked whether a program has ended.
const PERIOD: Duration = Duration::from_millis(2);

/// What to run.
pub(super) struct Call<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: &'a [&'a str],
    pub(super) stdin: Option<String>,
    /// Where; here without it.
    pub(super) directory: Option<&'a Path>,
    pub(super) home: &'a Path,
    /// How much of stdout is taken.
    pub(super) limit: usize,
    pub(super) time: Duration,
}

/// What came of it.
pub(super) struct Answer {
    pub(super) stdout: Vec<u8>,
    /// Escaped.
    pub(super) stderr: String,
}

impl Call<'_> {
    /// Program and arguments, for messages.
    pub(super) fn shown(&self) -> String {
        let program = porter_mixin::escape(&self.program.to_string_lossy());
        format!("{program} {}", self.arguments.join(" "))
    }

    /// Runs the program to its end.
    pub(super) fn run(self) -> Result<Answer, NativeError> {
        let shown = self.shown();
        let mut child = self.start()?;
        if let Some(mut pipe) = child.stdin.take() {
            let text = self.stdin.unwrap_or_default();
            // A program that does not read it breaks the pipe, which is its right.
            std::thread::spawn(move || pipe.write_all(text.as_bytes()));
        }
        let stdout = collect(child.stdout.take(), self.limit);
        let stderr = collect(child.stderr.take(), SHOWN);
        let deadline = Instant::now() + self.time;
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < deadline => std::thread::sleep(PERIOD),
                Ok(None) => {
                    stop(&mut child);
                    return Err(NativeError::TooSlow {
                        command: shown,
                        seconds: self.time.as_secs(),
                    });
                }
                Err(source) => {
                    let path = self.program.to_path_buf();
                    return Err(NativeError::Start { path, source });
                }
            }
        };
        let out = stdout.recv_timeout(GRACE).unwrap_or_default();
        let err = stderr.recv_timeout(GRACE).unwrap_or_default();
        let said = escape_lines(String::from_utf8_lossy(&err.bytes).trim_end());
        if !status.success() {
            return Err(NativeError::Failed {
                command: shown,
                stderr: said,
            });
        }
        if out.is_cut {
            return Err(NativeError::TooMuch {
                command: shown,
                limit: self.limit,
            });
        }
        Ok(Answer {
            stdout: out.bytes,
            stderr: said,
        })
    }

    fn start(&self) -> Result<Child, NativeError> {
        let mut command = Command::new(self.program);
        command
            .args(self.arguments)
            .env("PORTER_HOME", self.home)
            .stdin(match &self.stdin {
                Some(_) => Stdio::piped(),
                None => Stdio::null(),
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(directory) = self.directory {
            command.current_dir(directory);
            // Programs that trust PWD must find the directory there that they are in.
            if let Ok(directory) = directory.canonicalize() {
                command.env("PWD", OsString::from(directory));
            }
        }
        command.spawn().map_err(|source| NativeError::Start {
            path: self.program.to_path_buf(),
            source,
        })
    }
}

/// Asks a program to end, then makes it.
fn stop(child: &mut Child) {
    if let Some(process) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
    let until = Instant::now() + GRACE;
    while Instant::now() < until {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(PERIOD);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The beginning of a stream.
#[derive(Default)]
struct Beginning {
    bytes: Vec<u8>,
    is_cut: bool,
}

/// Reads a stream in a thread of its own, which something that a program left behind may keep
/// waiting for ever. What is beyond the limit is read and dropped, so that the program can end.
fn collect(stream: Option<impl Read + Send + 'static>, limit: usize) -> mpsc::Receiver<Beginning> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut beginning = Beginning::default();
        if let Some(mut stream) = stream {
            let _ = stream
                .by_ref()
                .take(limit as u64)
                .read_to_end(&mut beginning.bytes);
            let dropped = std::io::copy(&mut stream, &mut std::io::sink());
            beginning.is_cut = dropped.is_ok_and(|bytes| bytes > 0);
        }
        let _ = sender.send(beginning);
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(script: &'static [&'static str; 2], limit: usize) -> Call<'static> {
        Call {
            program: Path::new("/bin/sh"),
            arguments: script,
            stdin: Some("x".repeat(1 << 20)),
            directory: None,
            home: Path::new("/nowhere"),
            limit,
            time: Duration::from_millis(300),
        }
    }

    #[test]
    fn a_program_that_does_not_end_is_stopped() {
        let scripts = [
            &["-c", "sleep 100"],
            &["-c", "trap '' TERM; while :; do sleep 0.1; done"],
            &["-c", "while :; do echo more; done"],
        ];
        for script in scripts {
            let started = Instant::now();
            let result = call(script, 1000).run();
            assert!(
                matches!(result, Err(NativeError::TooSlow { .. })),
                "{script:?}"
            );
            assert!(started.elapsed() < Duration::from_secs(10), "{script:?}");
        }
    }

    #[test]
    fn too_much_is_refused_and_input_that_nobody_reads_is_fine() {
        let result = call(&["-c", "echo 12345"], 5).run();
        assert!(matches!(result, Err(NativeError::TooMuch { limit: 5, .. })));
        let answer = call(&["-c", "echo 1234; echo \"$PORTER_HOME\" >&2"], 5)
            .run()
            .ok();
        let answer = answer.map(|answer| (answer.stdout, answer.stderr));
        assert_eq!(answer, Some((b"1234\n".to_vec(), "/nowhere".to_owned())));
    }
}

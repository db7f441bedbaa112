//! Signals as readable streams, for a loop that waits for several things at once.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use rustix::process::Signal;
use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};
use signal_hook::{SigId, low_level};

/// Wakes the loop when a child ends or somebody asks the run to stop.
#[derive(Debug)]
pub struct Signals {
    child: Caught,
    terminate: Caught,
    interrupt: Caught,
    asked: bool,
}

#[derive(Debug)]
struct Caught {
    stream: UnixStream,
    id: SigId,
}

impl Signals {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            child: Caught::new(SIGCHLD)?,
            terminate: Caught::new(SIGTERM)?,
            interrupt: Caught::new(SIGINT)?,
            asked: false,
        })
    }

    /// What to wait on, besides other things.
    pub fn descriptors(&self) -> [BorrowedFd<'_>; 3] {
        [
            self.child.stream.as_fd(),
            self.terminate.stream.as_fd(),
            self.interrupt.stream.as_fd(),
        ]
    }

    /// Forgets that children ended.
    pub fn clear_children(&self) {
        self.child.take();
    }

    /// A request to stop that came since the last call.
    pub fn take_request(&mut self) -> Option<Signal> {
        let signal = match (self.terminate.take(), self.interrupt.take()) {
            (true, _) => Signal::TERM,
            (false, true) => Signal::INT,
            (false, false) => return None,
        };
        self.asked = true;
        Some(signal)
    }

    /// Whether the run was ever asked to stop.
    pub fn is_stopped(&mut self) -> bool {
        self.asked || self.take_request().is_some()
    }
}

impl Caught {
    fn new(signal: i32) -> io::Result<Self> {
        let (stream, sender) = UnixStream::pair()?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            id: low_level::pipe::register(signal, sender)?,
        })
    }

    fn take(&self) -> bool {
        let mut buffer = [0; 64];
        let mut any = false;
        while matches!((&self.stream).read(&mut buffer), Ok(count) if count > 0) {
            any = true;
        }
        any
    }
}

impl Drop for Caught {
    fn drop(&mut self) {
        low_level::unregister(self.id);
    }
}

//! What a step leaves running.

use rustix::process::{
    Pid, Signal, WaitOptions, kill_process, kill_process_group, set_child_subreaper, waitpid,
};

/// How often the children are listed: killing a parent hands its children to us.
const ROUNDS: usize = 100;

/// Whose processes are ours to kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftovers {
    /// All descendants: the process is the program of an image, or stands for it.
    All,
    /// Process groups of commands only: the process has children of its own.
    Groups,
}

/// Makes orphans of our descendants our children, as they are when we are process 1.
pub fn adopt() {
    // Without it only process groups are killed; an old kernel is no reason to fail.
    let _ = set_child_subreaper(Pid::from_raw(1));
}

/// Kills and reaps what is left of the commands that led these process groups.
pub fn kill(groups: &[Pid], leftovers: Leftovers) {
    for group in groups {
        let _ = kill_process_group(*group, Signal::KILL);
    }
    if leftovers == Leftovers::Groups {
        return;
    }
    for _ in 0..ROUNDS {
        let children = children();
        if children.is_empty() {
            return;
        }
        for child in &children {
            let _ = kill_process(*child, Signal::KILL);
        }
        // Each of these was killed, so this does not wait long.
        for child in children {
            let _ = waitpid(Some(child), WaitOptions::empty());
        }
    }
}

fn children() -> Vec<Pid> {
    let own = std::process::id();
    let listed = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children"));
    match listed {
        Ok(list) => list.split_whitespace().filter_map(to_pid).collect(),
        Err(_) => scan(own),
    }
}

/// For kernels that do not list children.
fn scan(own: u32) -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| parent(name) == Some(own))
        .filter_map(|name| to_pid(&name))
        .collect()
}

fn parent(pid: &str) -> Option<u32> {
    to_pid(pid)?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold blanks and parentheses; after it come state and parent.
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
}

fn to_pid(text: &str) -> Option<Pid> {
    Pid::from_raw(text.parse().ok()?)
}

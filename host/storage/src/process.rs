//! Who we are, and whether another process still lives.

use std::fs;

use porter_cnab::store::Holder;

/// What can be said about the holder of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Liveness {
    /// Its process is there.
    Alive,
    /// Its process is gone.
    Dead,
    /// It cannot be seen from here: only the lease's time counts.
    Unseen,
}

/// This process.
pub(crate) fn current() -> Holder {
    let process = std::process::id();
    Holder {
        host: read("/proc/sys/kernel/hostname"),
        boot: boot(),
        process,
        process_started: process_started(process).unwrap_or_default(),
    }
}

/// Whether `holder` lives, as far as `observer` can see.
pub(crate) fn liveness(holder: &Holder, observer: &Holder) -> Liveness {
    if holder.boot == observer.boot {
        return match process_started(holder.process) {
            Some(started) if started == holder.process_started => Liveness::Alive,
            _ => Liveness::Dead,
        };
    }
    let same_boot = boot_id(&holder.boot) == boot_id(&observer.boot);
    if !same_boot && holder.host == observer.host {
        // The machine was started again since.
        return Liveness::Dead;
    }
    Liveness::Unseen
}

/// Boot and process namespace, within which a process id means something.
fn boot() -> String {
    let namespace = fs::read_link("/proc/self/ns/pid")
        .map(|link| link.to_string_lossy().into_owned())
        .unwrap_or_default();
    format!("{} {namespace}", read("/proc/sys/kernel/random/boot_id"))
}

fn boot_id(boot: &str) -> Option<&str> {
    boot.split(' ').next()
}

/// When the process started, in clock ticks since boot; none when it is gone or only waits to be
/// reaped.
fn process_started(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program is in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    // The state is field 3, the start is field 22.
    fields.nth(18)?.parse().ok()
}

fn read(path: &str) -> String {
    fs::read_to_string(path)
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

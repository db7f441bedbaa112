//! What a step leaves running is killed. One test, because it adopts all orphans of its process.

mod support;

use std::time::{Duration, Instant};

use porter_runtime::{Leftovers, leftovers};
use support::Bundle;

#[test]
fn what_a_step_leaves_running_is_killed() {
    leftovers::adopt();
    let mut bundle = Bundle::new();
    bundle.leftovers = Leftovers::All;
    // One in the process group, one in a session of its own, one that holds the streams open.
    bundle.step("sleep 600 >/dev/null 2>&1 & echo $! > pids; setsid sh -c 'echo $$ >> pids; exec sleep 600' >/dev/null 2>&1 & sleep 0.3; echo started");
    bundle.step("for pid in $(cat pids); do kill -0 $pid 2>/dev/null && echo alive $pid; done; echo checked");
    let start = Instant::now();
    let ran = bundle.run();
    assert_eq!(ran.body(), "started\nchecked\n", "{ran:?}");
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );

    // A short one that still prints is waited for, a long one is not.
    let mut bundle = Bundle::new();
    bundle.leftovers = Leftovers::All;
    bundle.step("(sleep 1; echo late) & (setsid sleep 600; echo never) & echo main done");
    bundle.step("echo next");
    let start = Instant::now();
    let ran = bundle.run();
    assert_eq!(ran.body(), "main done\nlate\nnext\n", "{ran:?}");
    assert!(
        start.elapsed() < Duration::from_secs(9),
        "{:?}",
        start.elapsed()
    );
}

//! A request to stop reaches the program that runs. One test, because signals reach the whole
//! process.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod support;

use std::time::{Duration, Instant};

use rustix::process::{Signal, getpid, kill_process};
use support::Bundle;

fn send(signals: &'static [(Signal, u64)]) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for (signal, milliseconds) in signals {
            std::thread::sleep(Duration::from_millis(*milliseconds));
            kill_process(getpid(), *signal).unwrap();
        }
    })
}

fn stop(script: &str, signals: &'static [(Signal, u64)]) -> (support::Ran, Duration, bool) {
    let mut bundle = Bundle::new();
    bundle.output("o", false).path = Some("o.txt".into());
    bundle.state("s", "s.txt").step(script).step("echo never");
    let start = Instant::now();
    let sender = send(signals);
    let ran = bundle.run();
    sender.join().unwrap();
    let kept = bundle.read("/cnab/app/outputs/o").as_deref() == Some("o\n")
        && bundle.packed_state().contains("s\n");
    (ran, start.elapsed(), kept)
}

#[test]
fn requests_to_stop_are_passed_on() {
    let graceful = "trap 'echo got term; exit 5' TERM; trap 'echo got int; exit 6' INT; echo o > o.txt; echo s > s.txt; echo started; while :; do sleep 0.05; done";
    for (signals, said) in [
        (&[(Signal::TERM, 700)], "term"),
        (&[(Signal::INT, 700)], "int"),
    ] {
        let (ran, took, kept) = stop(graceful, signals);
        assert!(!ran.succeeded && kept, "{ran:?}");
        assert_eq!(
            ran.body(),
            format!("started\ncancel requested \ngot {said}\n")
        );
        assert!(
            ran.err
                .contains("failed\n  caused by: mixin execution failed: the run was canceled\n"),
            "{}",
            ran.err
        );
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
    // A deaf one is killed by the second request.
    let deaf =
        "trap '' TERM INT; echo o > o.txt; echo s > s.txt; echo deaf; while :; do sleep 0.05; done";
    let (ran, took, kept) = stop(deaf, &[(Signal::TERM, 700), (Signal::TERM, 500)]);
    assert!(!ran.succeeded && kept, "{ran:?}");
    assert_eq!(ran.body(), "deaf\ncancel requested \n");
    assert!(took < Duration::from_secs(4), "{took:?}");
}

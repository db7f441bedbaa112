//! What happens when something dies: porter, the engine, or the user's patience.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use porter_cli_tests::{ENDLESS, PRINTING};
use porter_test_harness::{Finished, Proxy, TestContext};

/// How many moments are tried here; `make soak` sets more.
fn moments() -> u64 {
    std::env::var("PORTER_SOAK_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(8)
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "the signal can be sent"
    );
}

fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "waited in vain for {what}"
        );
        sleep(Duration::from_millis(20));
    }
}

fn wait_for_container(context: &TestContext) {
    let image = context.image();
    wait_for("the container", || {
        context.engine().containers_of(&image).iter().any(|id| {
            let (_, container) = context
                .engine()
                .ask("GET", &format!("/containers/{id}/json"));
            container["State"]["Running"] == true
        })
    });
    // The second step is the one that lasts.
    sleep(Duration::from_millis(700));
}

#[test]
fn the_first_interrupt_stops_the_container_and_records_the_run() {
    let context = TestContext::new();
    context.manifest(ENDLESS);
    let _ = context.porter(&["build"]).succeeded();
    let child = context.start(&["install", "x"]);
    wait_for_container(&context);
    signal(&child, "INT");
    let finished = Finished::wait(child, Duration::from_secs(45));
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    assert!(
        finished.stdout.contains("cancel requested "),
        "{finished:#?}"
    );
    assert_eq!(
        context.engine().containers_of(&context.image()),
        Vec::<String>::new()
    );
    let _ = context.porter(&["list"]).succeeded().says("canceled");
    let early = context
        .porter(&["installation", "outputs", "show", "early", "-i", "x"])
        .succeeded();
    assert_eq!(early.stdout, "first", "what was produced is kept");
    let _ = context
        .porter(&["logs", "-i", "x"])
        .succeeded()
        .says("first");
}

#[test]
fn the_second_interrupt_ends_at_once_with_2() {
    let context = TestContext::new();
    context.manifest(ENDLESS);
    let _ = context.porter(&["build"]).succeeded();
    let child = context.start(&["install", "x"]);
    wait_for_container(&context);
    signal(&child, "INT");
    sleep(Duration::from_millis(15));
    let started = Instant::now();
    signal(&child, "INT");
    let finished = Finished::wait(child, Duration::from_secs(10));
    // Either the second came in time, or the first had done all its work by then.
    if finished.code == Some(2) {
        assert!(started.elapsed() < Duration::from_secs(2), "{finished:#?}");
        assert!(
            finished.stderr.contains("hard interrupt received, bye!"),
            "{finished:#?}"
        );
    } else {
        assert_eq!(finished.code, Some(1), "{finished:#?}");
    }
    // The next command tells the truth and leaves nothing running.
    let _ = context.porter(&["list"]).succeeded();
    assert_eq!(
        context.engine().containers_of(&context.image()),
        Vec::<String>::new()
    );
}

#[test]
fn a_killed_run_is_found_and_told_by_the_next_command() {
    let context = TestContext::new();
    context.manifest(ENDLESS);
    let _ = context.porter(&["build"]).succeeded();
    let mut child = context.start(&["install", "x"]);
    wait_for_container(&context);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(context.engine().containers_of(&context.image()).len(), 1);
    let _ = context
        .porter(&["list"])
        .succeeded()
        .says("lost")
        .complains("was interrupted when porter was killed");
    assert_eq!(
        context.engine().containers_of(&context.image()),
        Vec::<String>::new()
    );
    let runs = context
        .porter(&["installation", "runs", "list", "x"])
        .succeeded()
        .says("lost");
    assert!(runs.stderr.is_empty(), "it is told once: {runs:#?}");
}

/// Kills porter at many moments of a command and checks after each that the next one works.
fn killed_at_any_moment(arguments: &[&str], longest: u64, context: &TestContext) {
    let count = moments();
    for moment in 0..count {
        // Spread over the whole command, not evenly spaced.
        let delay = longest * moment / count + (moment * 37) % 23;
        let mut child = context.start(arguments);
        sleep(Duration::from_millis(delay));
        let _ = child.kill();
        child.wait().unwrap();
        let _ = context.porter(&["list", "--all-namespaces"]).succeeded();
        let cnab = context.work().join(".cnab");
        if cnab.exists() {
            let whole = [
                "Dockerfile",
                "bundle.json",
                "app/run",
                "app/porter/runbook.json",
            ];
            for name in whole {
                assert!(
                    cnab.join(name).is_file(),
                    "after {delay} ms `.cnab/{name}` is missing"
                );
            }
        }
    }
}

#[test]
fn a_build_killed_at_any_moment() {
    let context = TestContext::new();
    context.manifest(PRINTING);
    killed_at_any_moment(&["build", "--force"], 900, &context);
    let _ = context.porter(&["build"]).succeeded();
    let _ = context.porter(&["install"]).succeeded().says("installed");
    let left: Vec<_> = std::fs::read_dir(context.work())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".build-") || name.starts_with(".porter.lock"))
        .collect();
    assert_eq!(
        left,
        Vec::<String>::new(),
        "leftovers of killed builds are gone"
    );
}

#[test]
fn an_install_killed_at_any_moment() {
    let context = TestContext::new();
    context.manifest(PRINTING);
    let _ = context.porter(&["build"]).succeeded();
    killed_at_any_moment(&["install", "x", "--force"], 700, &context);
    let _ = context
        .porter(&["install", "x", "--force"])
        .succeeded()
        .says("installed");
    let runs = context
        .porter(&["installation", "runs", "list", "x", "-o", "json"])
        .succeeded();
    let runs: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
    for run in runs.as_array().unwrap() {
        let status = run["status"].as_str().unwrap();
        assert!(["succeeded", "lost", "failed"].contains(&status), "{run}");
    }
    assert_eq!(
        context.engine().containers_of(&context.image()),
        Vec::<String>::new()
    );
}

#[test]
fn an_engine_that_dies_during_a_build() {
    let mut context = TestContext::new();
    context.manifest(&format!("dockerfile: slow.Dockerfile\n{PRINTING}"));
    let unique = context.bundle_name().to_owned();
    context.write(
        "slow.Dockerfile",
        format!("FROM --platform=linux/amd64 debian:stable-slim\nRUN echo {unique}; sleep 20\n"),
    );
    let proxy = Proxy::new(&context.path("engine.sock"), context.engine().socket());
    context.set_docker_host(&proxy.host());
    let child = context.start(&["build"]);
    wait_for("the build to begin", || {
        context.work().join(".cnab").exists()
    });
    sleep(Duration::from_millis(1500));
    proxy.cut();
    let finished = Finished::wait(child, Duration::from_secs(20));
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    assert!(
        finished.stderr.contains("unable to build bundle image"),
        "{finished:#?}"
    );
    assert!(!finished.stderr.contains("panicked"), "{finished:#?}");
}

#[test]
fn an_engine_that_dies_during_a_run() {
    let mut context = TestContext::new();
    context.manifest(ENDLESS);
    let _ = context.porter(&["build"]).succeeded();
    let proxy = Proxy::new(&context.path("engine.sock"), context.engine().socket());
    let real = context.engine().host();
    context.set_docker_host(&proxy.host());
    let child = context.start(&["install", "x"]);
    wait_for_container(&context);
    proxy.cut();
    let finished = Finished::wait(child, Duration::from_secs(20));
    assert_eq!(finished.code, Some(1), "{finished:#?}");
    assert!(!finished.stderr.contains("panicked"), "{finished:#?}");
    context.set_docker_host(&real);
    let _ = context.porter(&["list"]).succeeded().says("failed");
}

#[test]
fn two_builds_of_one_bundle_at_once() {
    let context = TestContext::new();
    context.manifest(PRINTING);
    let children: Vec<_> = (0..3)
        .map(|_| context.start(&["build", "--force"]))
        .collect();
    for child in children {
        let _ = Finished::wait(child, Duration::from_secs(120)).succeeded();
    }
    let _ = context
        .porter(&["build"])
        .succeeded()
        .says("Bundle is up-to-date!");
}

#[test]
fn two_runs_of_one_installation_at_once() {
    let context = TestContext::new();
    context.manifest(ENDLESS);
    let _ = context.porter(&["build"]).succeeded();
    let mut child = context.start(&["install", "x"]);
    wait_for_container(&context);
    let _ = context
        .porter(&["install", "x", "--force"])
        .failed()
        .complains("already has an incomplete run");
    signal(&child, "INT");
    let _ = child.wait();
}

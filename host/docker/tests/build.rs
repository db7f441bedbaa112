//! Builds on a real engine. Without one they fail, with the command that provides it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, Instant};

use common::{BASE, MARK, Site};
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::BuildEvent;
use porter_docker::DockerError;

const FILES: &str = "FROM scratch\n\
    COPY --link --from=porter-internal-userfiles --chown=65532:0 . /cnab/app/\n\
    COPY --link --from=porter-internal-cnab --chown=65532:0 . /cnab/\n";

#[tokio::test]
async fn users_files_and_the_cnab_folder_reach_the_image() {
    let site = Site::new().await;
    site.write("run.sh", "#!/bin/sh\n");
    site.write("charts/values.yaml", "a: 1");
    site.write("porter.yaml", "name: x");
    site.write(".cnab/old", "old");
    site.write(".hidden", "h");
    let mode = fs::Permissions::from_mode(0o741);
    fs::set_permissions(site.bundle().join("run.sh"), mode).unwrap();
    symlink("charts/values.yaml", site.bundle().join("link")).unwrap();
    symlink("/etc/passwd", site.bundle().join("outside")).unwrap();
    fs::create_dir(site.cnab().join("app")).unwrap();
    fs::write(site.cnab().join("app/run"), "runtime").unwrap();

    let image = site.build(FILES).await;
    let files = site.files(&image).await;
    let below: Vec<&str> = files
        .keys()
        .filter_map(|path| path.strip_prefix("cnab/"))
        .collect();
    assert_eq!(
        below,
        [
            "app",
            "app/.hidden",
            "app/charts",
            "app/charts/values.yaml",
            "app/link",
            "app/outside",
            "app/run",
            "app/run.sh"
        ]
    );
    let script = &files["cnab/app/run.sh"];
    assert_eq!((script.mode, script.owner), (0o771, (65532, 0)));
    assert_eq!(
        files["cnab/app/link"].link.as_deref(),
        Some("charts/values.yaml")
    );
    assert_eq!(
        files["cnab/app/outside"].link.as_deref(),
        Some("/etc/passwd")
    );
    assert_eq!(files["cnab/app/run"].content, "runtime");

    // A changed file is seen, a removed one is gone.
    site.write("charts/values.yaml", "a: 2");
    fs::remove_file(site.bundle().join(".hidden")).unwrap();
    let files = site.files(&site.build(FILES).await).await;
    assert_eq!(files["cnab/app/charts/values.yaml"].content, "a: 2");
    assert!(!files.contains_key("cnab/app/.hidden"));
}

#[tokio::test]
async fn what_is_ignored_is_not_sent() {
    let site = Site::new().await;
    site.write(".dockerignore", "# big things\nbig\n**/*.log\n!keep.log\n");
    site.write("a/x.log", "no");
    site.write("keep.log", "yes");
    site.write("plain.txt", "yes");
    let big = File::create(site.bundle().join("big")).unwrap();
    big.set_len(1 << 30).unwrap();
    let dockerfile = format!("{FILES}COPY . /context/\nCOPY link.txt /named/\n");
    site.write("data/real.txt", "real");
    symlink("data/real.txt", site.bundle().join("link.txt")).unwrap();

    let files = site.files(&site.build(&dockerfile).await).await;
    for folder in ["cnab/app", "context"] {
        assert!(
            files.contains_key(&format!("{folder}/plain.txt")),
            "{folder}"
        );
        assert!(
            files.contains_key(&format!("{folder}/keep.log")),
            "{folder}"
        );
        assert!(!files.contains_key(&format!("{folder}/big")), "{folder}");
        assert!(
            !files.contains_key(&format!("{folder}/a/x.log")),
            "{folder}"
        );
    }
    // The frontend follows a link that is copied by its name.
    assert_eq!(files["named/link.txt"].content, "real");
    let sent = site
        .events
        .take()
        .into_iter()
        .filter_map(|event| match event {
            BuildEvent::Progress { current, .. } => Some(current),
            _ => None,
        });
    assert!(sent.max().unwrap_or(0) < 1 << 20);
}

#[tokio::test]
async fn commands_heredocs_arguments_labels_and_the_cache() {
    let site = Site::new().await;
    let dockerfile = format!(
        "FROM {BASE}\nARG WORD=none\nRUN <<END\n: {MARK}\necho said $WORD\necho $WORD > /word\nEND\n"
    );
    let mut build = site.request(&dockerfile);
    build.build_args = BTreeMap::from([("WORD".to_owned(), "a b'c".to_owned())]);
    build.labels = BTreeMap::from([("org.example.label".to_owned(), "v=1".to_owned())]);
    let image = site.try_build(&build).await.unwrap();
    assert_eq!(
        site.engine.find_image(&site.name).await.unwrap(),
        Some(image.clone())
    );
    let inspected = site.engine.docker().inspect_image(&image.id).await.unwrap();
    assert_eq!(inspected.os.as_deref(), Some("linux"));
    assert_eq!(inspected.architecture.as_deref(), Some("amd64"));
    let labels = inspected.config.unwrap().labels.unwrap();
    assert_eq!(labels["org.example.label"], "v=1");
    let events = site.events.take();
    let step = command_step(&events);
    let said = events.iter().any(|event| {
        matches!(event, BuildEvent::Log { step: of, bytes }
            if *of == step && String::from_utf8_lossy(bytes).contains("said a b'c"))
    });
    assert!(said, "{events:?}");
    assert!(!was_cached(&events, &step), "{events:?}");

    site.try_build(&build).await.unwrap();
    assert!(was_cached(&site.events.take(), &step));
    build.no_cache = true;
    site.try_build(&build).await.unwrap();
    let events = site.events.take();
    assert!(!was_cached(&events, &command_step(&events)));
}

/// Identity of the step that runs a command.
fn command_step(events: &[BuildEvent]) -> String {
    let found = events.iter().find_map(|event| match event {
        BuildEvent::Started { step, name } if name.contains("] RUN ") => Some(step.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no command ran: {events:?}"))
}

fn was_cached(events: &[BuildEvent], wanted: &str) -> bool {
    let found = events.iter().find_map(|event| match event {
        BuildEvent::Finished { step, cached, .. } if step == wanted => Some(*cached),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("the step did not end: {events:?}"))
}

#[tokio::test]
async fn a_failing_step_is_told_with_its_output() {
    let site = Site::new().await;
    let build = site.request(&format!(
        "FROM {BASE}\nRUN : {MARK}; echo first; echo second >&2; exit 7\n"
    ));
    let error = site.try_build(&build).await.unwrap_err();
    let message = error.to_string();
    let DockerError::StepFailed { name, reason, log } = error else {
        panic!("{error:?}")
    };
    assert!(name.contains("exit 7"), "{name}");
    assert!(reason.contains("exit code: 7"), "{reason}");
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("first\n") && log.contains("second\n"), "{log}");
    assert!(
        message.starts_with("step `[2/2] RUN : porter-test"),
        "{message}"
    );
    assert_eq!(site.engine.find_image(&site.name).await.unwrap(), None);
}

#[tokio::test]
async fn mistakes_outside_of_steps() {
    let site = Site::new().await;
    let reason = async |dockerfile: &str| match site.try_build(&site.request(dockerfile)).await {
        Err(DockerError::BuildFailed { reason } | DockerError::StepFailed { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    let unknown = reason("FROM scratch\nNONSENSE x\n").await;
    assert!(unknown.contains("NONSENSE"), "{unknown}");
    let missing = reason("FROM scratch\nCOPY missing /\n").await;
    assert!(missing.contains("missing"), "{missing}");

    fs::write(site.bundle().join(OsStr::from_bytes(b"\xff")), "").unwrap();
    match site.try_build(&site.request(FILES)).await {
        Err(DockerError::ContextFile { reason, .. }) => {
            assert!(reason.contains("not UTF-8"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    let mut build = site.request(FILES);
    build.cnab = site.folder.path().join("gone");
    let message = site.try_build(&build).await.unwrap_err().to_string();
    assert!(message.contains("gone"), "{message}");
}

/// The context goes through in pieces: memory does not grow with it.
#[tokio::test]
async fn a_large_file_is_streamed() {
    const SIZE: u64 = 256 << 20;
    let site = Site::new().await;
    File::create(site.bundle().join("large"))
        .unwrap()
        .set_len(SIZE)
        .unwrap();
    let before = resident_peak();
    site.build("FROM scratch\nCOPY --from=porter-internal-userfiles large /\n")
        .await;
    let grown = resident_peak() - before;
    assert!(grown < 64 << 10, "the peak of memory grew by {grown} KiB");
    let sent = site
        .events
        .take()
        .into_iter()
        .filter_map(|event| match event {
            BuildEvent::Progress { current, .. } => u64::try_from(current).ok(),
            _ => None,
        });
    assert!(sent.max().unwrap_or(0) >= SIZE);
}

/// Most memory this process ever had, in KiB.
fn resident_peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_build_stops() {
    let site = Site::new().await;
    let build = site.request(&format!(
        "FROM {BASE}\nRUN : {MARK} {}; echo begun; sleep 300\n",
        site.name
    ));
    let cancel = CancellationToken::new();
    let stopper = tokio::spawn({
        let (events, cancel) = (site.events.clone(), cancel.clone());
        async move {
            // Not before the command runs: BuildKit never kills one that is just being started.
            while !events.any(|event| matches!(event, BuildEvent::Log { .. })) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            cancel.cancel();
            Instant::now()
        }
    });
    let result = site
        .engine
        .build_image(&build, &*site.events, &cancel)
        .await;
    let taken = stopper.await.unwrap().elapsed();
    assert!(matches!(result, Err(DockerError::Canceled)), "{result:?}");
    assert!(taken < Duration::from_secs(1), "{taken:?}");

    // The engine stops too: nothing of it is in use any more.
    let started = Instant::now();
    loop {
        let records = site.engine.build_cache().await.unwrap();
        let busy = records
            .iter()
            .any(|record| record.in_use && record.description.contains(&site.name));
        if !busy {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{records:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(site.engine.find_image(&site.name).await.unwrap(), None);
}

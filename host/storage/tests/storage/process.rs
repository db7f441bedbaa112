//! The store under several processes, killed ones among them, and on disks that are full or
//! cannot be written.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output as ProcessOutput, Stdio};
use std::time::Duration;

use porter_cnab::Sensitive;
use porter_cnab::records::{Installation, OutputValue, ResultStatus};
use porter_cnab::secrets::Secrets;
use porter_cnab::store::{RecordFilter, Store, StoreError};
use porter_storage::{SqliteStore, StoreOptions};

use crate::suite;

/// Says what a child of these tests has to do; its home is in [`HOME`].
const TASK: &str = "PORTER_STORAGE_TEST_TASK";
const HOME: &str = "PORTER_STORAGE_TEST_HOME";

async fn open(home: &Path) -> SqliteStore {
    SqliteStore::open(StoreOptions::new(home)).await.unwrap()
}

/// This program again, running [`does_its_task`].
fn command(task: &str, home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "process::does_its_task",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(TASK, task)
        .env(HOME, home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The part of the children. Run as an ordinary test it does three rounds of the work that the
/// killed ones do.
#[tokio::test]
async fn does_its_task() {
    let Ok(task) = std::env::var(TASK) else {
        let home = tempfile::tempdir().unwrap();
        work(home.path(), 3).await;
        assert_eq!(consistent(home.path()).await, 3);
        return;
    };
    let home = std::env::var(HOME).unwrap();
    let home = Path::new(&home);
    match task.as_str() {
        "work" => work(home, usize::MAX).await,
        "hold" => hold(home).await,
        "race" => race(home).await,
        "fill" => fill(home).await,
        "write" => write_once(home).await,
        other => panic!("unknown task {other}"),
    }
}

/// Runs actions for ever; says each finished round on standard output.
async fn work(home: &Path, rounds: usize) {
    let store = open(home).await;
    for round in 0..rounds {
        store.reconcile_lost_runs().await.unwrap();
        let name = format!("shop-{}", round % 3);
        let shop = match store.installation("dev", &name).await {
            Ok(shop) => shop,
            Err(_) => Installation::new("dev", &name),
        };
        let begin = suite::begin(&shop, "upgrade");
        let key = begin.run.secret_key("o");
        store.begin_run(&begin).await.unwrap();
        let value = Sensitive::new(begin.run.id.clone().into_bytes());
        store.put_secret(&key, &value).await.unwrap();
        let finish = suite::finish(
            &begin.run,
            ResultStatus::Succeeded,
            &[("a", &[b'x'; 3000]), ("run", begin.run.id.as_bytes())],
        );
        store.finish_run(&finish).await.unwrap();
        println!("done {}", begin.run.id);
    }
}

/// Begins a run and goes on living.
async fn hold(home: &Path) {
    let store = open(home).await;
    let begin = suite::begin(&Installation::new("dev", "held"), "install");
    store.begin_run(&begin).await.unwrap();
    println!("held {}", begin.run.id);
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Fights with others for one installation and adds one of its own.
async fn race(home: &Path) {
    let store = open(home).await;
    let own = format!("own-{}", std::process::id());
    let own = Installation::new("dev", &own);
    store.put_installation(&own).await.unwrap();
    let key = own.secret_key("p");
    store
        .put_secret(&key, &Sensitive::new(b"v".to_vec()))
        .await
        .unwrap();
    match store
        .begin_run(&suite::begin(&Installation::new("dev", "one"), "install"))
        .await
    {
        Ok(lost) => println!("won {lost:?}"),
        Err(StoreError::Busy { .. }) => println!("busy"),
        Err(error) => panic!("{error}"),
    }
    // Whoever won stays until all have tried.
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

/// Writes until the disk is full and says what it was told.
async fn fill(home: &Path) {
    let store = open(home).await;
    for number in 0..10_000 {
        let mut shop = Installation::new("dev", &format!("i{number}"));
        shop.labels.insert("filler".into(), "x".repeat(20_000));
        if let Err(error) = store.put_installation(&shop).await {
            println!("stored {number}; told {error}");
            let listed = store.installations(&RecordFilter::default()).await.unwrap();
            println!("listed {}", listed.len());
            return;
        }
    }
}

/// Opens the store and writes once; says what it was told.
async fn write_once(home: &Path) {
    let told = match SqliteStore::open(StoreOptions::new(home)).await {
        Err(error) => error.to_string(),
        Ok(store) => match store.put_installation(&Installation::new("", "a")).await {
            Err(error) => error.to_string(),
            Ok(()) => "nothing".into(),
        },
    };
    println!("told {told}");
}

/// Checks every record against every other; gives the number of runs that succeeded.
async fn consistent(home: &Path) -> usize {
    let store = open(home).await;
    store.reconcile_lost_runs().await.unwrap();
    let mut succeeded = 0;
    for shop in store.installations(&RecordFilter::default()).await.unwrap() {
        let runs = store.runs(&shop.namespace, &shop.name).await.unwrap();
        for run in &runs {
            let statuses: Vec<ResultStatus> =
                run.results.iter().map(|result| result.status).collect();
            assert_eq!(statuses.len(), 2, "{statuses:?}");
            assert_eq!(statuses[0], ResultStatus::Running);
            let outputs = store.outputs_of_run(&run.run.id).await.unwrap();
            match statuses[1] {
                ResultStatus::Succeeded => {
                    succeeded += 1;
                    assert_eq!(outputs.len(), 2);
                    let id = run.run.id.clone().into_bytes();
                    assert_eq!(outputs[1].value, OutputValue::Clear(id.clone()));
                    let secret = store.secret(&run.run.secret_key("o")).await.unwrap();
                    assert_eq!(secret.expose(), &id);
                }
                ResultStatus::Unknown => assert!(outputs.is_empty()),
                other => panic!("{other}"),
            }
        }
        let last = runs.last().unwrap();
        assert_eq!(shop.status.run_id, last.run.id);
        assert_eq!(shop.status.result_status, Some(last.results[1].status));
    }
    store.close().await.unwrap();
    succeeded
}

fn finish(child: Child) -> ProcessOutput {
    child.wait_with_output().unwrap()
}

fn lines<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let at = |line: &'a str| line.find(prefix).map(|at| &line[at + prefix.len()..]);
    text.lines().filter_map(at).collect()
}

/// Kills a writer at 20 moments that differ from each other, in one and the same home: what was
/// said to be done is there, what was not is whole or absent.
#[tokio::test]
async fn survives_kill_at_any_moment() {
    let home = tempfile::tempdir().unwrap();
    let mut done = BTreeSet::new();
    // A linear congruential generator with a fixed seed: the same delays in each run.
    let mut seed: u64 = 20_240_611;
    for _ in 0..20 {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mut child = command("work", home.path()).spawn().unwrap();
        tokio::time::sleep(Duration::from_micros(10_000 + (seed >> 33) % 120_000)).await;
        child.kill().unwrap();
        let output = finish(child);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        done.extend(lines(&text, "done ").iter().map(|id| (*id).to_owned()));
        let succeeded = consistent(home.path()).await;
        assert!(succeeded >= done.len(), "{succeeded} of {}", done.len());
    }
    let store = open(home.path()).await;
    for id in &done {
        let results = store.results(id).await.unwrap();
        assert_eq!(
            results[1].status,
            ResultStatus::Succeeded,
            "{id} was said to be done"
        );
    }
    assert!(
        done.len() > 20,
        "the killed ones did hardly anything: {}",
        done.len()
    );
}

#[tokio::test]
async fn finds_the_run_of_a_killed_process() {
    let home = tempfile::tempdir().unwrap();
    let mut child = command("hold", home.path()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let run_id = loop {
        let line = output.next().unwrap().unwrap();
        if let Some((_, id)) = line.split_once("held ") {
            break id.to_owned();
        }
    };
    let store = open(home.path()).await;
    assert!(
        store.reconcile_lost_runs().await.unwrap().is_empty(),
        "it lives"
    );
    let shop = store.installation("dev", "held").await.unwrap();
    let begin = suite::begin(&shop, "upgrade");
    match store.begin_run(&begin).await.unwrap_err() {
        StoreError::Busy {
            run_id: held,
            holder,
            ..
        } => {
            assert_eq!(held, run_id);
            assert_eq!(holder.process, child.id());
        }
        other => panic!("{other}"),
    }
    child.kill().unwrap();
    // The kernel takes a moment.
    let state = format!("/proc/{}/stat", child.id());
    for _ in 0..1000 {
        if std::fs::read_to_string(&state).unwrap().contains(") Z ") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // Killed but not yet reaped is dead too.
    let lost = store.begin_run(&begin).await.unwrap().unwrap();
    assert_eq!(lost.run_id, run_id);
    child.wait().unwrap();
    let results = store.results(&run_id).await.unwrap();
    assert_eq!(results[1].status, ResultStatus::Unknown);
    assert!(!results[1].message.is_empty());
    let done = suite::finish(&begin.run, ResultStatus::Succeeded, &[]);
    store.finish_run(&done).await.unwrap();
}

/// Eight processes make the store together; one of them gets the installation.
#[tokio::test]
async fn lets_one_of_many_win() {
    let home = tempfile::tempdir().unwrap();
    let spawn = |_| {
        command("race", home.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut children: Vec<Child> = (0..8).map(spawn).collect();
    let mut verdicts = Vec::new();
    for child in &mut children {
        let output = BufReader::new(child.stdout.take().unwrap());
        let verdict = output.lines().find_map(|line| {
            let line = line.unwrap();
            (line.contains("won ") || line.contains("busy")).then_some(line)
        });
        verdicts.push(verdict);
    }
    for child in &mut children {
        drop(child.stdin.take());
    }
    for child in children {
        let output = finish(child);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success() || told.contains("Broken pipe"),
            "{told}"
        );
    }
    let won = verdicts
        .iter()
        .flatten()
        .filter(|line| line.contains("won None"))
        .count();
    let busy = verdicts
        .iter()
        .flatten()
        .filter(|line| line.contains("busy"))
        .count();
    assert_eq!((won, busy), (1, 7), "{verdicts:?}");

    let store = open(home.path()).await;
    let filter = RecordFilter {
        name: Some("^own-".into()),
        ..RecordFilter::default()
    };
    let own = store.installations(&filter).await.unwrap();
    assert_eq!(own.len(), 8);
    for installation in own {
        let key = installation.secret_key("p");
        assert_eq!(
            store.secret(&key).await.unwrap().expose(),
            b"v",
            "one key for all"
        );
    }
}

/// Runs a script of mounts, and then this program, in a mount namespace of its own. Gives nothing
/// where the system does not allow such a namespace.
fn in_namespace(script: &str, task: &str, home: &Path) -> Option<String> {
    let unshare = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "--mount", "--"])
            .args(arguments);
        command
    };
    let probe = unshare(&["mount", "-t", "tmpfs", "none", &home.display().to_string()]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!("not tested: this system allows no user and mount namespace");
        return None;
    }
    let child = command(task, home);
    let script = format!(
        "{script} && exec '{}' --exact process::does_its_task --nocapture --test-threads=1",
        child.get_program().to_string_lossy()
    );
    let output = unshare(&["sh", "-c", &script])
        .env("DIRECTORY", home)
        .env(TASK, task)
        .env(HOME, home)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    Some(text)
}

#[test]
fn says_that_the_disk_is_full() {
    let home = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=1m none \"$DIRECTORY\"";
    let Some(text) = in_namespace(mount, "fill", home.path()) else {
        return;
    };
    let told = lines(&text, "told ");
    let sentence = format!(
        "no space left on the disk of `{}/porter.db`; free some and repeat the command, nothing \
         was changed",
        home.path().display()
    );
    assert_eq!(told, [sentence.as_str()], "{text}");
    let stored = lines(&text, "stored ")[0].split(';').next().unwrap();
    assert_eq!(
        lines(&text, "listed "),
        [stored],
        "what was stored is still there"
    );
    assert_ne!(stored, "0");
}

#[tokio::test]
async fn says_that_the_home_cannot_be_written() {
    let scripts = [
        // A home that is there, and one that has to be made.
        "mount --bind \"$DIRECTORY\" \"$DIRECTORY\" && mount -o remount,ro,bind \"$DIRECTORY\"",
        "mount -t tmpfs -o ro none \"$DIRECTORY\"",
    ];
    for script in scripts {
        let home = tempfile::tempdir().unwrap();
        open(home.path()).await.close().await.unwrap();
        let Some(text) = in_namespace(script, "write", home.path()) else {
            return;
        };
        let told = lines(&text, "told ");
        assert_eq!(told.len(), 1, "{text}");
        assert!(
            told[0].contains("porter.db` cannot be written; make it and"),
            "{text}"
        );
    }
}

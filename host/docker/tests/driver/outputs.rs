//! Outputs, honest and hostile.

use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{Driver, Outcome};
use porter_docker::driver::{DockerDriver, DriverOptions};

use crate::engine::{Image, Log, containers, docker};

async fn run(script: &str, outputs: &[&str]) -> Outcome {
    let docker = docker().await;
    let script = format!("mkdir -p /cnab/app/outputs; cd /cnab/app/outputs; {script}");
    let image = Image::new(&docker, "", &script).await;
    let mut operation = image.operation();
    operation.outputs = outputs
        .iter()
        .map(|name| format!("/cnab/app/outputs/{name}"))
        .collect();
    let driver = DockerDriver::new(docker.clone(), DriverOptions::default());
    let (log, cancel) = (Log::default(), CancellationToken::new());
    let outcome = driver.run(&operation, &log, &cancel).await.unwrap();
    assert!(containers(&docker, &operation.revision).await.is_empty());
    outcome
}

fn names(outcome: &Outcome) -> Vec<&str> {
    let name = |path: &'_ String| path.len() - path.rsplit('/').next().unwrap().len();
    outcome
        .outputs
        .keys()
        .map(|path| &path[name(path)..])
        .collect()
}

#[tokio::test]
async fn outputs_come_back_after_a_failure_too() {
    for (end, code) in [("exit 0", 0), ("exit 7", 7)] {
        let script = format!("printf 'a\\000\\n' > a; : > empty; echo no > unwanted; {end}");
        let outcome = run(&script, &["a", "empty", "missing"]).await;
        assert_eq!(outcome.exit_code, code);
        assert_eq!(names(&outcome), ["a", "empty"]);
        assert_eq!(outcome.outputs["/cnab/app/outputs/a"].expose(), b"a\0\n");
        assert_eq!(outcome.output_error, None);
    }
}

#[tokio::test]
async fn a_run_without_outputs_is_no_failure() {
    let outcome = run("rm -rf /cnab/app/outputs", &["a"]).await;
    assert!(outcome.outputs.is_empty());
    assert_eq!(outcome.output_error, None);
}

#[tokio::test]
async fn only_regular_files_of_a_bearable_size_are_taken() {
    let script = "ln -s /etc/shadow link; mkfifo pipe; mknod device c 1 5; mkdir folder; \
                  echo deep > folder/inner; truncate -s 67108865 huge; echo ok > good; \
                  echo evil > \"$(printf 'new\\nline')\"; mkdir -p ../outside; echo x > ../outside/x";
    let wanted = [
        "link",
        "pipe",
        "device",
        "folder",
        "folder/inner",
        "huge",
        "good",
        "../outside/x",
    ];
    let outcome = run(script, &wanted).await;
    assert_eq!(outcome.exit_code, 0);
    assert_eq!(names(&outcome), ["good"]);
    let error = outcome.output_error.unwrap();
    for problem in [
        "output \"link\" is not a regular file",
        "output \"pipe\" is not a regular file",
        "output \"device\" is not a regular file",
        "output \"folder\" is not a regular file",
        "output \"huge\" is larger than 64 MiB",
    ] {
        assert!(error.contains(problem), "{problem}: {error}");
    }
}

#[tokio::test]
async fn a_flood_of_outputs_is_cut_off() {
    let outcome = run("echo ok > a; truncate -s 3G flood", &["a", "z"]).await;
    let error = outcome.output_error.unwrap();
    assert!(error.contains("holds more than 1024 MiB"), "{error}");
}

#[tokio::test]
async fn a_folder_of_outputs_that_is_a_link_is_not_followed() {
    let outcome = run(
        "cd /; rm -rf /cnab/app/outputs; ln -s /etc /cnab/app/outputs",
        &["passwd"],
    )
    .await;
    assert!(outcome.outputs.is_empty());
}

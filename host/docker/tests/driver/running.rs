//! What a container gets, and what is left of it.

use bollard::query_parameters::InspectContainerOptions;
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{Driver, Stream};
use porter_docker::driver::{DockerDriver, DriverOptions, HostMount};

use crate::engine::{Image, Log, containers, docker};

const LOOK: &str = r#"
echo "secret=$SECRET empty=[$EMPTY] action=$CNAB_ACTION"
for file in /cnab/claim.json /porter/state.tgz /etc/tool/deep/conf /cnab/app/dependencies/db/bundle.json; do
  echo "$file $(stat -c '%a %u' $file) $(cat $file)"
done
for folder in / /cnab /cnab/app /etc /porter /etc/tool /etc/tool/deep /cnab/app/dependencies/db; do
  echo "$folder $(stat -c '%a %u' $folder)"
done
"#;

#[tokio::test]
async fn environment_and_files_reach_the_container_and_nothing_stays() {
    let docker = docker().await;
    let image = Image::new(&docker, "65532", LOOK).await;
    let before = docker.inspect_image(&image.id).await.unwrap();
    let mut operation = image.operation();
    for (name, value) in [
        ("SECRET", "s3cr€t\nline"),
        ("EMPTY", ""),
        ("CNAB_ACTION", "install"),
    ] {
        operation
            .environment
            .insert(name.to_owned(), value.to_owned().into());
    }
    for path in [
        "/cnab/claim.json",
        "/porter/state.tgz",
        "/etc/tool/deep/conf",
        "/cnab/app/dependencies/db/bundle.json",
    ] {
        operation
            .files
            .insert(path.to_owned(), b"content".to_vec().into());
    }
    let log = Log::default();
    let driver = DockerDriver::new(docker.clone(), DriverOptions::default());
    let outcome = driver
        .run(&operation, &log, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!((outcome.exit_code, outcome.canceled), (0, false));
    assert_eq!(
        log.text(Stream::Stdout),
        "secret=s3cr€t\nline empty=[] action=install\n\
         /cnab/claim.json 600 65532 content\n\
         /porter/state.tgz 600 65532 content\n\
         /etc/tool/deep/conf 600 65532 content\n\
         /cnab/app/dependencies/db/bundle.json 600 65532 content\n\
         / 755 0\n/cnab 755 0\n/cnab/app 755 65532\n/etc 755 0\n\
         /porter 700 65532\n/etc/tool 700 65532\n/etc/tool/deep 700 65532\n\
         /cnab/app/dependencies/db 700 65532\n"
    );
    assert_eq!(log.text(Stream::Stderr), "");
    assert!(containers(&docker, &operation.revision).await.is_empty());
    let after = docker.inspect_image(&image.id).await.unwrap();
    assert_eq!(before.root_fs, after.root_fs);
}

#[tokio::test]
async fn a_container_that_is_kept_can_be_looked_at() {
    let docker = docker().await;
    let image = Image::new(&docker, "", "echo kept").await;
    let operation = image.operation();
    let options = DriverOptions {
        cleanup_containers: false,
        ..Default::default()
    };
    let driver = DockerDriver::new(docker.clone(), options);
    driver
        .run(&operation, &Log::default(), &CancellationToken::new())
        .await
        .unwrap();
    let kept = containers(&docker, &operation.revision).await;
    assert_eq!(kept.len(), 1);
    let found = docker
        .inspect_container(&kept[0], None::<InspectContainerOptions>)
        .await
        .unwrap();
    assert_eq!(
        found.image.as_deref(),
        Some(image.id.as_str()),
        "run by its id"
    );
    driver.clean_up(&operation.revision).await.unwrap();
    assert!(containers(&docker, &operation.revision).await.is_empty());
}

#[tokio::test]
async fn ten_megabytes_of_output_come_whole_and_as_they_are_written() {
    let docker = docker().await;
    let script = "echo first; echo problem >&2; sleep 1; head -c 10485760 /dev/zero | tr '\\0' x";
    let image = Image::new(&docker, "", script).await;
    let log = Log::default();
    let driver = DockerDriver::new(docker, DriverOptions::default());
    driver
        .run(&image.operation(), &log, &CancellationToken::new())
        .await
        .unwrap();
    let ended = std::time::Instant::now();
    let text = log.text(Stream::Stdout);
    assert_eq!(text.len(), "first\n".len() + 10_485_760);
    assert!(text["first\n".len()..].bytes().all(|byte| byte == b'x'));
    assert_eq!(log.text(Stream::Stderr), "problem\n");
    let early = ended - log.first().unwrap();
    assert!(
        early.as_millis() >= 900,
        "the first line came {early:?} before the end"
    );
}

#[tokio::test]
async fn folders_of_the_host_are_mounted_read_only() {
    let docker = docker().await;
    let script = "test -e /seen/passwd && ! touch /seen/porter-test 2>/dev/null";
    let image = Image::new(&docker, "", script).await;
    let mount = HostMount {
        source: "/etc".to_owned(),
        target: "/seen".to_owned(),
        writable: false,
    };
    let options = DriverOptions {
        mounts: vec![mount],
        ..Default::default()
    };
    let driver = DockerDriver::new(docker, options);
    let (log, cancel) = (Log::default(), CancellationToken::new());
    let outcome = driver.run(&image.operation(), &log, &cancel).await.unwrap();
    assert_eq!(outcome.exit_code, 0);
}

#[tokio::test]
async fn what_cannot_be_run() {
    let docker = docker().await;
    let image = Image::new(&docker, "", "").await;
    let driver = DockerDriver::new(docker.clone(), DriverOptions::default());
    let failure = async |operation: &porter_cnab::ports::Operation| {
        let run = driver
            .run(operation, &Log::default(), &CancellationToken::new())
            .await;
        assert!(containers(&docker, &operation.revision).await.is_empty());
        run.unwrap_err().to_string()
    };
    let operation = image.operation();
    let error = failure(&operation).await;
    assert!(error.starts_with("cannot start `/cnab/app/run`"), "{error}");

    let mut operation = image.operation();
    operation.image_digest = Some("sha256:00".to_owned());
    let expected = format!(
        "image digest validation failed: image {} has no repo digests",
        operation.image
    );
    assert_eq!(failure(&operation).await, expected);

    operation.image_digest = None;
    operation.image = "localhost:1/absent:1".to_owned();
    let error = failure(&operation).await;
    assert!(
        error.starts_with("cannot pull image `localhost:1/absent:1`"),
        "{error}"
    );

    operation.image = "../containers".to_owned();
    assert_eq!(
        failure(&operation).await,
        "\"../containers\" is not the reference of an image"
    );

    let mut operation = image.operation();
    operation
        .environment
        .insert("A=B".to_owned(), String::new().into());
    assert!(
        failure(&operation)
            .await
            .contains("cannot be an environment variable")
    );

    let mut operation = image.operation();
    operation
        .files
        .insert("/a/../etc/passwd".to_owned(), Vec::new().into());
    assert!(
        failure(&operation)
            .await
            .contains("is not a clean absolute path")
    );
}

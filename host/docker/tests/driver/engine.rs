//! The engine of the tests, bundle images made for one test, and what is left of a run.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::thread;

use bollard::Docker;
use bollard::models::{ContainerConfig, ContainerCreateBody};
use bollard::query_parameters::{
    CommitContainerOptions, CreateContainerOptions, ListContainersOptions, RemoveContainerOptions,
    RemoveImageOptions, UploadToContainerOptions,
};
use porter_cnab::ports::{LogSink, Operation, Stream};
use porter_docker::DockerEngine;

const BASE: &str = "debian:stable-slim";

/// The engine. A machine without one fails the test.
pub(crate) async fn docker() -> Docker {
    match DockerEngine::connect().await {
        Ok(engine) => engine.docker().clone(),
        Err(error) => panic!("no Docker engine ({error}): run `cargo xtask engine up`"),
    }
}

/// A bundle image whose run tool is a shell script; removed at the end of the test.
pub(crate) struct Image {
    pub(crate) id: String,
}

impl Image {
    /// An image with `script` as `/cnab/app/run`, run by `user`.
    pub(crate) async fn new(docker: &Docker, user: &str, script: &str) -> Self {
        let body = ContainerCreateBody {
            image: Some(BASE.to_owned()),
            cmd: Some(vec!["true".to_owned()]),
            ..Default::default()
        };
        let made = docker
            .create_container(None::<CreateContainerOptions>, body)
            .await;
        let container = made
            .unwrap_or_else(|error| {
                panic!("no image `{BASE}` ({error}): run `cargo xtask engine up`")
            })
            .id;
        if !script.is_empty() {
            upload(docker, &container, script).await;
        }
        let options = CommitContainerOptions {
            container: Some(container.clone()),
            pause: false,
            ..Default::default()
        };
        let config = ContainerConfig {
            user: Some(user.to_owned()),
            ..Default::default()
        };
        let id = docker.commit_container(options, config).await.unwrap().id;
        docker
            .remove_container(&container, None::<RemoveContainerOptions>)
            .await
            .unwrap();
        Self { id }
    }

    /// A run of this image under a revision of its own.
    pub(crate) fn operation(&self) -> Operation {
        Operation {
            installation: "/test".to_owned(),
            action: "install".to_owned(),
            revision: ulid::Ulid::new().to_string(),
            image: self.id.clone(),
            image_digest: None,
            environment: BTreeMap::new(),
            files: BTreeMap::new(),
            outputs: Vec::new(),
            trusted: None,
        }
    }
}

async fn upload(docker: &Docker, container: &str, script: &str) {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, owner) in [("cnab/", 0), ("cnab/app/", 65532)] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_mode(0o755);
        header.set_uid(owner);
        header.set_size(0);
        archive
            .append_data(&mut header, name, std::io::empty())
            .unwrap();
    }
    let text = format!("#!/bin/sh\n{script}\n");
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o755);
    header.set_size(text.len() as u64);
    archive
        .append_data(&mut header, "cnab/app/run", text.as_bytes())
        .unwrap();
    let body = bollard::body_full(archive.into_inner().unwrap().into());
    let options = UploadToContainerOptions {
        path: "/".to_owned(),
        ..Default::default()
    };
    docker
        .upload_to_container(container, Some(options), body)
        .await
        .unwrap();
}

impl Drop for Image {
    fn drop(&mut self) {
        let id = std::mem::take(&mut self.id);
        // A runtime of its own: the test's may be unwinding.
        let removal = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let options = RemoveImageOptions {
                    force: true,
                    ..Default::default()
                };
                docker()
                    .await
                    .remove_image(&id, Some(options), None)
                    .await
                    .map(drop)
            })
        });
        if !matches!(removal.join(), Ok(Ok(()))) && !thread::panicking() {
            panic!("the image of the test cannot be removed");
        }
    }
}

/// Containers of the run with this revision.
pub(crate) async fn containers(docker: &Docker, revision: &str) -> Vec<String> {
    let label = format!("sh.porter.revision={revision}");
    let options = ListContainersOptions {
        all: true,
        filters: Some(HashMap::from([("label".to_owned(), vec![label])])),
        ..Default::default()
    };
    let found = docker.list_containers(Some(options)).await.unwrap();
    found
        .into_iter()
        .filter_map(|container| container.id)
        .collect()
}

/// Keeps what a container says.
#[derive(Default)]
pub(crate) struct Log {
    pieces: Mutex<Vec<(Stream, Vec<u8>, std::time::Instant)>>,
}

impl Log {
    /// Everything said on `stream`.
    pub(crate) fn text(&self, stream: Stream) -> String {
        let pieces = self.pieces.lock().unwrap();
        let bytes: Vec<u8> = pieces
            .iter()
            .filter(|(from, ..)| *from == stream)
            .flat_map(|(_, bytes, _)| bytes.iter().copied())
            .collect();
        String::from_utf8(bytes).unwrap()
    }

    /// When the first piece came.
    pub(crate) fn first(&self) -> Option<std::time::Instant> {
        self.pieces.lock().unwrap().first().map(|(.., at)| *at)
    }
}

impl LogSink for Log {
    fn write(&self, stream: Stream, bytes: &[u8]) {
        let piece = (stream, bytes.to_vec(), std::time::Instant::now());
        self.pieces.lock().unwrap().push(piece);
    }
}

//! What the engine tests share: an engine, a bundle directory, and that nothing stays behind.
#![allow(dead_code, reason = "not every test needs everything")]
#![allow(unreachable_pub, reason = "a module of tests")]

mod leftovers;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use futures_util::TryStreamExt;
use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{BuildEvent, BuildOptions, BuildProgress, BuiltImage, ImageBuild};
use porter_docker::{DockerEngine, DockerError};

use leftovers::Leftovers;

/// The image that commands run in.
pub const BASE: &str = "debian:stable-slim";

/// Stands in every command of a test's Dockerfile, so that its results are known as ours.
pub const MARK: &str = "porter-test";

/// Finds the engine. Without one the test fails and says which command provides it.
pub async fn engine() -> DockerEngine {
    DockerEngine::connect().await.unwrap_or_else(|error| {
        panic!("{error}\nhint: `export $(cargo xtask engine up)` provides an engine")
    })
}

/// A bundle directory and an engine to build it with. Its images and their cache go away with it.
pub struct Site {
    pub engine: DockerEngine,
    pub name: String,
    pub folder: tempfile::TempDir,
    pub events: Arc<Events>,
    leftovers: Leftovers,
}

/// Takes what a build says.
#[derive(Default)]
pub struct Events(Mutex<Vec<BuildEvent>>);

impl BuildProgress for Events {
    fn event(&self, event: BuildEvent) {
        self.0.lock().unwrap().push(event);
    }
}

impl Events {
    pub fn take(&self) -> Vec<BuildEvent> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    pub fn any(&self, wanted: impl Fn(&BuildEvent) -> bool) -> bool {
        self.0.lock().unwrap().iter().any(wanted)
    }
}

/// A file of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    pub mode: u32,
    pub owner: (u64, u64),
    pub link: Option<String>,
    pub content: String,
}

impl Site {
    pub async fn new() -> Self {
        let engine = engine().await;
        let leftovers = Leftovers::expect(&engine).await;
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bundle")).unwrap();
        fs::create_dir(folder.path().join("cnab")).unwrap();
        let name = format!("{MARK}-{}:v1", ulid::Ulid::new().to_string().to_lowercase());
        leftovers.image(&name);
        Self {
            engine,
            name,
            folder,
            events: Arc::default(),
            leftovers,
        }
    }

    pub fn bundle(&self) -> PathBuf {
        self.folder.path().join("bundle")
    }

    pub fn cnab(&self) -> PathBuf {
        self.folder.path().join("cnab")
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.bundle().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn request(&self, dockerfile: &str) -> ImageBuild {
        ImageBuild {
            image: self.name.clone(),
            dockerfile: dockerfile.to_owned(),
            context: self.bundle(),
            excluded: vec!["porter.yaml".to_owned()],
            cnab: self.cnab(),
            build_args: BTreeMap::new(),
            labels: BTreeMap::new(),
            options: BuildOptions::default(),
            no_cache: false,
        }
    }

    pub async fn try_build(&self, build: &ImageBuild) -> Result<BuiltImage, DockerError> {
        let built = self
            .engine
            .build_image(build, &*self.events, &CancellationToken::new())
            .await;
        if let Ok(image) = &built {
            self.leftovers.image(&image.id);
        }
        built
    }

    pub async fn build(&self, dockerfile: &str) -> BuiltImage {
        self.try_build(&self.request(dockerfile)).await.unwrap()
    }

    /// All files of an image, by path.
    pub async fn files(&self, image: &BuiltImage) -> BTreeMap<String, ImageFile> {
        let docker = self.engine.docker();
        let body = bollard::models::ContainerCreateBody {
            image: Some(image.id.clone()),
            cmd: Some(vec!["none".to_owned()]),
            ..Default::default()
        };
        let container = docker.create_container(None, body).await.unwrap().id;
        let archive: Vec<bytes::Bytes> = docker
            .export_container(&container)
            .try_collect()
            .await
            .unwrap();
        docker.remove_container(&container, None).await.unwrap();
        let archive = archive.concat();
        let mut found = BTreeMap::new();
        for entry in tar::Archive::new(archive.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry
                .path()
                .unwrap()
                .to_string_lossy()
                .trim_end_matches('/')
                .to_owned();
            let header = entry.header().clone();
            let link = entry
                .link_name()
                .unwrap()
                .map(|link| link.to_string_lossy().into_owned());
            let mut content = String::new();
            if header.size().unwrap() < 1 << 16 {
                // Not every file is text.
                let _ = entry.read_to_string(&mut content);
            }
            let file = ImageFile {
                mode: header.mode().unwrap() & 0o7777,
                owner: (header.uid().unwrap(), header.gid().unwrap()),
                link,
                content,
            };
            found.insert(path, file);
        }
        found
    }
}

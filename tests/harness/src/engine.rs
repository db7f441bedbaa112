//! A little HTTP to the Docker engine: what tests look at and clean up.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use serde_json::Value;

/// The engine that `DOCKER_HOST` names, or the default socket.
#[derive(Debug, Clone)]
pub struct Engine {
    socket: PathBuf,
}

impl Engine {
    /// Finds the engine.
    ///
    /// # Panics
    /// When none answers: the message names the command that provides one.
    pub fn find() -> Self {
        let host = std::env::var("DOCKER_HOST").unwrap_or_default();
        let socket = match host.strip_prefix("unix://") {
            Some(path) => PathBuf::from(path),
            None => PathBuf::from("/var/run/docker.sock"),
        };
        let engine = Self { socket };
        let answer = engine.try_ask("GET", "/_ping");
        assert!(
            answer.is_ok_and(|(status, _)| status == 200),
            "no Docker engine answers at `{}`: run `eval \"$(cargo xtask engine up)\"; export DOCKER_HOST` \
             and `cargo xtask engine image`, or `make test`, which does",
            engine.socket.display()
        );
        engine
    }

    /// `DOCKER_HOST` of this engine.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Path of its socket.
    pub fn socket(&self) -> &std::path::Path {
        &self.socket
    }

    /// Asks, and takes the answer as JSON (`null` when it is none).
    ///
    /// # Panics
    /// When the engine does not answer.
    pub fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        let (status, body) = self.try_ask(method, path).expect("the engine answers");
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    fn try_ask(&self, method: &str, path: &str) -> std::io::Result<(u16, Vec<u8>)> {
        self.try_send(method, path, "")
    }

    fn try_send(&self, method: &str, path: &str, body: &str) -> std::io::Result<(u16, Vec<u8>)> {
        let mut stream = UnixStream::connect(&self.socket)?;
        write!(
            stream,
            "{method} /v1.42{path} HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or(0);
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .unwrap_or(0);
        Ok((status, answer.split_off((end + 4).min(answer.len()))))
    }

    /// Whether the engine has an image of this name.
    pub fn has_image(&self, name: &str) -> bool {
        self.ask("GET", &format!("/images/{name}/json")).0 == 200
    }

    /// Layers of an image, newest first: size in bytes and what made it.
    pub fn history(&self, name: &str) -> Vec<(u64, String)> {
        let (_, layers) = self.ask("GET", &format!("/images/{name}/history"));
        let layers = layers.as_array().cloned().unwrap_or_default();
        let layer = |layer: &Value| {
            let by = layer["CreatedBy"].as_str().unwrap_or_default().to_owned();
            (layer["Size"].as_u64().unwrap_or(0), by)
        };
        layers.iter().map(layer).collect()
    }

    /// Removes every image of the bundle of this name, also those that lost their tag to a newer one.
    pub fn remove_images_of(&self, bundle: &str) {
        let label = format!("org.opencontainers.image.title%3D{bundle}");
        let filters = format!("%7B%22label%22%3A%5B%22{label}%22%5D%7D");
        let (_, found) = self.ask("GET", &format!("/images/json?all=1&filters={filters}"));
        for image in found.as_array().map(Vec::as_slice).unwrap_or_default() {
            if let Some(id) = image["Id"].as_str() {
                self.remove_image(id);
            }
        }
    }

    /// Removes an image and its tags.
    pub fn remove_image(&self, name: &str) {
        self.ask("DELETE", &format!("/images/{name}?force=1"));
    }

    /// Removes the build cache of every step whose description holds `text`.
    pub fn forget_build_steps(&self, text: &str) {
        let (_, usage) = self.ask("GET", "/system/df");
        let records = usage["BuildCache"].as_array().cloned().unwrap_or_default();
        let of_text = |record: &&Value| {
            let description = record["Description"].as_str();
            description.is_some_and(|description| description.contains(text))
        };
        for record in records.iter().filter(of_text) {
            let id = record["ID"].as_str().unwrap_or_default();
            let filters = format!("%7B%22id%22%3A%5B%22{id}%22%5D%7D");
            self.ask("POST", &format!("/build/prune?all=1&filters={filters}"));
        }
    }

    /// Identities of the containers, also ended ones, made from images of this repository.
    pub fn containers_of(&self, image: &str) -> Vec<String> {
        let filters = format!("%7B%22ancestor%22%3A%5B%22{image}%22%5D%7D");
        let (_, found) = self.ask("GET", &format!("/containers/json?all=1&filters={filters}"));
        let found = found.as_array().cloned().unwrap_or_default();
        found
            .iter()
            .filter_map(|entry| entry["Id"].as_str().map(str::to_owned))
            .collect()
    }

    /// Removes a container.
    pub fn remove_container(&self, id: &str) {
        self.ask("DELETE", &format!("/containers/{id}?force=1&v=1"));
    }

    /// A file of an image.
    ///
    /// # Panics
    /// When the image has no such file.
    pub fn file_of(&self, image: &str, path: &str) -> Vec<u8> {
        let body = format!("{{\"Image\":\"{image}\",\"Cmd\":[\"/bin/true\"]}}");
        let (_, created) = self
            .try_send("POST", "/containers/create", &body)
            .expect("the engine answers");
        let created: Value = serde_json::from_slice(&created).unwrap_or(Value::Null);
        let id = created["Id"].as_str().expect("a container can be made");
        let (status, archive) = self
            .try_ask("GET", &format!("/containers/{id}/archive?path={path}"))
            .expect("the engine answers");
        self.remove_container(id);
        assert_eq!(status, 200, "{image} has no {path}");
        // A tar archive of one file: a block about it, then its content.
        let size = archive
            .get(124..135)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let size = size.and_then(|digits| usize::from_str_radix(digits.trim(), 8).ok());
        let content = size.and_then(|size| archive.get(512..512 + size));
        content.expect("it is a file").to_vec()
    }
}

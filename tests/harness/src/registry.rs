//! A real registry on loopback: `docker-registry` of Debian, with or without TLS and passwords.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::tools;

/// `porter`, with the password `secret`: the registry takes bcrypt only.
const PASSWORDS: &str = "porter:$2b$04$3EXXejNusLCeoX9USmZojerqW5ViCZ2xjHyC/.dWyB8kLW1cZVnPa\n";

/// How a registry is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryKind {
    /// Without TLS, for anybody.
    Plain,
    /// With TLS and a certificate of its own.
    Tls,
    /// Without TLS, for the user `porter` with the password `secret`.
    Password,
}

/// A registry, for as long as this lives. What is in it goes with it.
#[derive(Debug)]
pub struct Registry {
    folder: TempDir,
    address: String,
    child: Option<Child>,
}

impl Registry {
    /// Starts a registry that anybody may use without TLS.
    ///
    /// # Panics
    /// When there is none to start; the message says what is missing.
    pub fn start() -> Self {
        Self::start_as(RegistryKind::Plain)
    }

    /// Starts a registry of this kind.
    ///
    /// # Panics
    /// When there is none to start; the message says what is missing.
    pub fn start_as(kind: RegistryKind) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let free = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let address = free.local_addr().expect("it has an address").to_string();
        drop(free);
        let text = configuration(folder.path(), &address, kind);
        fs::write(folder.path().join("config.yml"), text).expect("it can be written");
        let mut registry = Self {
            folder,
            address,
            child: None,
        };
        registry.restart();
        registry
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The certificate (PEM) that a client must trust.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// A folder with a docker configuration that knows the password of this registry.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn docker_config(&self) -> PathBuf {
        let folder = self.folder.path().join("docker");
        fs::create_dir_all(&folder).expect("it can be made");
        // `porter:secret` in base64.
        let text = format!(
            "{{\"auths\":{{\"{}\":{{\"auth\":\"cG9ydGVyOnNlY3JldA==\"}}}}}}",
            self.address
        );
        fs::write(folder.join("config.json"), text).expect("it can be written");
        folder
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it, again when it was killed.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn restart(&mut self) {
        self.kill();
        let log = fs::File::create(self.folder.path().join("log")).expect("it can be written");
        let child = Command::new(tools::docker_registry())
            .arg("serve")
            .arg(self.folder.path().join("config.yml"))
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the registry can be started");
        self.child = Some(child);
        let begin = Instant::now();
        while TcpStream::connect(&self.address).is_err() {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "the registry does not answer: {}",
                fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The file of a blob in the registry.
    pub fn blob(&self, digest: &str) -> PathBuf {
        let hex = digest.trim_start_matches("sha256:");
        let blobs = "data/docker/registry/v2/blobs/sha256";
        let folder = self.folder.path().join(blobs).join(&hex[..2]).join(hex);
        folder.join("data")
    }

    /// What was written to its log, a line per request.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.kill();
    }
}

fn configuration(folder: &Path, address: &str, kind: RegistryKind) -> String {
    let data = folder.join("data");
    let mut text = format!(
        "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    \
         enabled: true\nhttp:\n  addr: {address}\n",
        data.display()
    );
    match kind {
        RegistryKind::Plain => {}
        RegistryKind::Tls => {
            let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
            let made = rcgen::generate_simple_self_signed(names).expect("a certificate is made");
            let certificate = folder.join("certificate.pem");
            let key = folder.join("key.pem");
            fs::write(&certificate, made.cert.pem()).expect("it can be written");
            fs::write(&key, made.signing_key.serialize_pem()).expect("it can be written");
            text.push_str(&format!(
                "  tls:\n    certificate: {}\n    key: {}\n",
                certificate.display(),
                key.display()
            ));
        }
        RegistryKind::Password => {
            let passwords = folder.join("passwords");
            fs::write(&passwords, PASSWORDS).expect("it can be written");
            text.push_str(&format!(
                "auth:\n  htpasswd:\n    realm: test\n    path: {}\n",
                passwords.display()
            ));
        }
    }
    text
}

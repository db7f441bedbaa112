//! A Vault for one test: a real server (OpenBao) in memory on loopback.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The token of the server.
pub const TOKEN: &str = "porter-test-root-token";

/// A server, for as long as this lives. Its KV store, version 2, is mounted at `secret`.
#[derive(Debug)]
pub struct Vault {
    address: String,
    program: PathBuf,
    child: Child,
    home: TempDir,
}

impl Vault {
    /// Starts a server.
    ///
    /// # Panics
    /// When it cannot be had or does not start.
    pub fn start() -> Self {
        let program = crate::tools::openbao();
        let home = TempDir::new().expect("a temporary folder can be made");
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("there is a port")
            .port();
        let child = Command::new(&program)
            .args(["server", "-dev", "-dev-no-store-token"])
            .arg(format!("-dev-root-token-id={TOKEN}"))
            .arg(format!("-dev-listen-address=127.0.0.1:{port}"))
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server can be started");
        let server = Self {
            address: format!("http://127.0.0.1:{port}"),
            program,
            child,
            home,
        };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() || server.run(&["status"]).is_none()
        {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "the Vault server does not answer"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        server
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Runs the server's own client; what it prints, or none when it fails.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .env("BAO_ADDR", &self.address)
            .env("BAO_TOKEN", TOKEN)
            .env("HOME", self.home.path())
            .stdin(Stdio::null())
            .output()
            .expect("the client can be started");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some(text)
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

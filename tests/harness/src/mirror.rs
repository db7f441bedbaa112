//! A mirror of vendors' hosts that containers of a build can reach.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::Engine;

/// An HTTP server for some files. Dropped, it removes what the engine keeps of downloads from it:
/// nobody asks this address a second time.
#[derive(Debug)]
pub struct Mirror {
    engine: Engine,
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What stands at a path.
#[derive(Debug, Clone)]
pub enum Content {
    /// A file, sent as it is.
    File(PathBuf),
    /// A text.
    Text(String),
}

impl Mirror {
    /// Serves these files by path at the gateway of the engine's bridge network. It ends with the
    /// process.
    ///
    /// # Panics
    /// When the engine runs on another machine: its containers do not reach this one.
    pub fn start(engine: &Engine, files: BTreeMap<String, Content>) -> Self {
        let (_, bridge) = engine.ask("GET", "/networks/bridge");
        let gateway = bridge["IPAM"]["Config"][0]["Gateway"]
            .as_str()
            .unwrap_or("172.17.0.1");
        let listener = TcpListener::bind((gateway, 0)).unwrap_or_else(|error| {
            panic!("cannot listen at {gateway}, the gateway of the engine's bridge: {error}")
        });
        let address = listener.local_addr().expect("a listener has an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let own = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (files, asked) = (files.clone(), Arc::clone(&own));
                // A client that goes away is the build's business.
                thread::spawn(move || answer(client, &files, &asked));
            }
        });
        Self {
            engine: engine.clone(),
            address: format!("http://{address}"),
            asked,
        }
    }

    /// `--download-mirror` for `address`, such as `https://get.helm.sh/`.
    pub fn of(&self, address: &str) -> String {
        format!("{address}={}/", self.address)
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.engine
            .forget_build_steps(&format!("{}/", self.address));
    }
}

fn answer(
    mut client: TcpStream,
    files: &BTreeMap<String, Content>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = first.split_whitespace().nth(1).unwrap_or_default();
    asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(path.to_owned());
    let body = match files.get(path) {
        Some(Content::Text(text)) => text.clone().into_bytes(),
        Some(Content::File(file)) => std::fs::read(file)?,
        None => {
            return client.write_all(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
    };
    write!(
        client,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    client.write_all(&body)
}

//! What the tests of several crates share.
//!
//! A test that needs something and does not find it fails and names the command that provides it.
#![expect(
    clippy::panic,
    reason = "a test helper ends the test that uses it wrongly"
)]
#![expect(clippy::print_stderr, reason = "a test says what it leaves out")]
#![expect(
    clippy::expect_used,
    reason = "a test helper ends the test that uses it wrongly"
)]

mod context;
mod engine;
mod mirror;
mod proxy;
mod registry;
mod server;
pub mod tools;
pub mod vault;

use std::path::{Path, PathBuf};

pub use context::{Finished, TestContext};
pub use engine::Engine;
pub use mirror::{Content, Mirror};
pub use proxy::Proxy;
pub use registry::{Registry, RegistryKind};
pub use server::{Reply, Server};
pub use vault::Vault;

/// A bundle whose one step prints, for each action.
pub const PRINTING: &str = "
install:
  - exec:
      description: Say it
      command: echo
      arguments: [installed]
upgrade:
  - exec:
      command: echo
      arguments: [upgraded]
uninstall:
  - exec:
      command: echo
      arguments: [uninstalled]
";

/// Root of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the harness lies two folders below the root")
        .to_path_buf()
}

/// The porter binary under test.
pub fn porter() -> PathBuf {
    let path = std::env::var_os("PORTER_BIN")
        .map_or_else(|| root().join("target/release/porter"), PathBuf::from);
    assert!(
        path.is_file(),
        "`{}` is missing: run `make build`",
        path.display()
    );
    path
}

/// Recorded behaviour of the real Porter, where it is to be had. Says so when it is not.
pub fn corpus(part: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PORTER_CORPUS")
        .map_or_else(|| root().join("../shared/corpus"), PathBuf::from)
        .join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "no recordings at `{}`: set PORTER_CORPUS to compare with them",
        folder.display()
    );
    None
}

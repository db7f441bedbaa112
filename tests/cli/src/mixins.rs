//! What tests of installing mixins share.

use std::fs;

use porter_test_harness::{Reply, TestContext, root};

/// The component of exec: a mixin like any other, under any name.
///
/// # Panics
/// When it was not built.
pub fn component() -> Vec<u8> {
    let path = root().join("target/embed/mixins/exec.wasm");
    fs::read(&path).unwrap_or_else(|_| panic!("`{}` is missing: run `make mixins`", path.display()))
}

/// The same with a note in it: another digest, the same behaviour.
pub fn component_with(note: &str) -> Vec<u8> {
    let mut wasm = component();
    let name = b"test-note";
    let size = 1 + name.len() + note.len();
    assert!(size < 128, "its length is one byte");
    wasm.extend([0, size as u8, name.len() as u8]);
    wasm.extend(name);
    wasm.extend(note.as_bytes());
    wasm
}

/// `sha256:…` of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    format!("sha256:{:x}", Sha256::digest(bytes))
}

/// An Atom feed of one mixin: versions, each with its links.
pub fn feed(mixin: &str, versions: &[(&str, &str)]) -> Reply {
    let entries: String = versions
        .iter()
        .map(|(version, links)| {
            format!(
                "<entry><category term=\"{mixin}\"/><content>{version}</content>\
                 <updated>2024-01-02T03:04:05Z</updated>{links}</entry>"
            )
        })
        .collect();
    Reply::text(format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">{entries}</feed>"
    ))
}

/// A link of such an entry.
pub fn link(url: &str) -> String {
    format!("<link rel=\"download\" href=\"{url}\"/>")
}

/// The component that is installed under a name.
pub fn installed(context: &TestContext, name: &str) -> Option<Vec<u8>> {
    let path = context.home().join(format!("mixins/{name}/{name}.wasm"));
    fs::read(path).ok()
}

/// Names in the folder of mixins, hidden ones too.
pub fn folder(context: &TestContext) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(context.home().join("mixins"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "cache.json")
        .collect();
    names.sort();
    names
}

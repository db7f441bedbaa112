//! Embeds what `porter mixins create` writes: the templates, and the SDK as it is.
#![expect(
    clippy::expect_used,
    reason = "a build script that cannot go on stops the build"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Folders, below the root of the repository, and the names under which they are embedded.
const FOLDERS: &[(&str, &str)] = &[
    ("templates/mixin", "templates"),
    ("mixins-wasm/sdk/src", "rust-sdk/src"),
    ("mixins-wasm/sdk/wit", "rust-sdk/wit"),
    ("wit/v1.0.0", "wit"),
];
/// Files, likewise.
const FILES: &[(&str, &str)] = &[
    ("mixins-wasm/sdk/Cargo.toml", "rust-sdk/Cargo.toml"),
    ("mixins-wasm/sdk/README.md", "rust-sdk/README.md"),
    ("LICENSE", "rust-sdk/LICENSE"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets this variable");
    let root = PathBuf::from(folder).join("../..");
    let mut found = Vec::new();
    for (from, to) in FOLDERS {
        println!("cargo::rerun-if-changed=../../{from}");
        walk(&root.join(from), to, &mut found);
    }
    for (from, to) in FILES {
        println!("cargo::rerun-if-changed=../../{from}");
        found.push(((*to).to_owned(), root.join(from)));
    }
    found.sort();
    let mut code = String::from("static FILES: &[(&str, &str)] = &[\n");
    for (name, path) in found {
        let path = path.canonicalize().expect("it exists");
        writeln!(code, "    ({name:?}, include_str!({path:?})),").expect("a String takes it");
    }
    code.push_str("];\n");
    let target = env::var("OUT_DIR").expect("cargo sets this variable");
    let target = Path::new(&target).join("mixin_files.rs");
    fs::write(target, code).expect("the build directory can be written");
}

fn walk(folder: &Path, name: &str, found: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        let file = path.file_name().expect("it has a name").to_string_lossy();
        let name = format!("{name}/{file}");
        if path.is_dir() {
            walk(&path, &name, found);
        } else {
            found.push((name, path));
        }
    }
}

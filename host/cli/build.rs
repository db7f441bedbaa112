//! Embeds the mixins, the runtime and the adapter from `target/embed`.
#![expect(
    clippy::expect_used,
    reason = "a build script that cannot go on stops the build"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PORTER_COMMIT");
    let workspace = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../..");
    let embed = workspace.join("target/embed");
    let mixins = embed.join("mixins");
    for folder in ["runtime", "adapter", "mixins"] {
        println!("cargo::rerun-if-changed={}", embed.join(folder).display());
    }
    let mut code = String::new();
    for (name, chore, file) in [
        ("RUNTIME", "runtime", "runtime/porter-runtime"),
        ("RUNTIME_SEALED", "runtime", "runtime/porter-runtime-sealed"),
        ("ADAPTER", "adapter", "adapter/porter-mixin-adapter"),
        (
            "ADAPTER_SEALED",
            "adapter",
            "adapter/porter-mixin-adapter-sealed",
        ),
    ] {
        let path = embed.join(format!("{file}-linux-amd64"));
        embed_program(name, chore, &path, &mut code);
    }
    embed_mixins(&mixins, &mut code);
    let target = Path::new(&variable("OUT_DIR")).join("embedded.rs");
    fs::write(&target, code).expect("the build directory can be written");
    println!("cargo::rustc-env=PORTER_COMMIT={}", commit(&workspace));
}

fn variable(name: &str) -> String {
    env::var(name).expect("cargo sets this variable")
}

fn embed_program(name: &str, chore: &str, path: &Path, code: &mut String) {
    // Without the files `cargo check` and the tests of other crates still work; the program then
    // says at run time which command makes them.
    // Three megabytes are not hashed at every start.
    let digest: String = fs::read(path)
        .map(|bytes| {
            Sha256::digest(&bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        })
        .unwrap_or_default();
    writeln!(
        code,
        "pub(super) static {name}_DIGEST: &str = \"sha256:{digest}\";"
    )
    .expect("a String takes it");
    let bytes = if path.is_file() {
        format!(
            "include_bytes!({:?})",
            path.canonicalize().expect("it exists")
        )
    } else {
        println!("cargo::warning=no {chore} to embed: run `cargo xtask {chore}` (or `make build`)");
        "&[]".to_owned()
    };
    writeln!(code, "pub(super) static {name}: &[u8] = {bytes};").expect("a String takes it");
}

fn embed_mixins(folder: &Path, code: &mut String) {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "wasm")
    });
    files.sort();
    if files.is_empty() {
        println!("cargo::warning=no mixins to embed: run `cargo xtask mixins` (or `make build`)");
    }
    code.push_str("pub(super) static MIXINS: &[(&str, &[u8])] = &[\n");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file
            .file_stem()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        let path = file.canonicalize().expect("it exists");
        writeln!(code, "    ({name:?}, include_bytes!({path:?})),").expect("a String takes it");
    }
    code.push_str("];\n");
}

/// The commit that the binary says it is made of; empty when there is no repository.
fn commit(workspace: &Path) -> String {
    if let Ok(commit) = env::var("PORTER_COMMIT") {
        return commit;
    }
    println!(
        "cargo::rerun-if-changed={}",
        workspace.join(".git/HEAD").display()
    );
    std::process::Command::new("git")
        .args(["rev-parse", "--short=9", "HEAD"])
        .current_dir(workspace)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

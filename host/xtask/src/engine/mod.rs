//! `cargo xtask engine`: a Docker engine for builds and tests, the one that is there or, where
//! none answers, a private one that is installed into a folder and leaves nothing behind.

mod find;
mod http;
mod image;
mod leftovers;
mod network;
mod private;

use crate::process::Outcome;

pub(crate) use leftovers::Holdings;

pub(crate) fn run(arguments: &[&str]) -> Outcome {
    match arguments {
        ["up"] => up(),
        ["down"] => private::down(false),
        ["down", "--purge"] => private::down(true),
        ["image"] => image::provide(&existing()?),
        _ => Err("usage: cargo xtask engine up | down [--purge] | image".to_owned()),
    }
}

/// Removes an image, as far as it is there.
pub(crate) fn remove_image(host: &str, name: &str) {
    let path = format!("/images/{name}?force=1");
    let _ = http::ask(host, "DELETE", &path, std::time::Duration::from_secs(30));
}

/// The docker client of the private engine, where there is one.
pub(crate) fn private_client() -> Option<std::path::PathBuf> {
    let path = private::rootfs().join("usr/bin/docker");
    path.is_file().then_some(path)
}

/// Makes sure that an engine answers and has the base image. Returns its host, or `None` when it is
/// behind TLS and the environment already leads to it.
pub(crate) fn ready() -> Outcome<Option<String>> {
    let host = match answering() {
        Ok(line) => match line.strip_prefix("DOCKER_HOST=") {
            Some(host) => host.to_owned(),
            None => return Ok(None),
        },
        Err(tried) => {
            for sentence in tried {
                eprintln!("engine: {sentence}");
            }
            private::up()?
        }
    };
    image::provide(&host)?;
    Ok(Some(host))
}

/// Makes sure that an engine answers and prints the line that leads other programs to it.
fn up() -> Outcome {
    let line = match answering() {
        Ok(line) => line,
        Err(tried) => {
            for sentence in tried {
                eprintln!("engine: {sentence}");
            }
            format!("DOCKER_HOST={}", private::up()?)
        }
    };
    println!("{line}");
    Ok(())
}

/// The host of the engine that answers, the private one included.
fn existing() -> Outcome<String> {
    let mut tried = match answering() {
        Ok(line) => match line.strip_prefix("DOCKER_HOST=") {
            Some(host) => return Ok(host.to_owned()),
            None => vec![format!(
                "{line} is behind TLS: pull `{}` with docker",
                image::NAME
            )],
        },
        Err(tried) => tried,
    };
    let host = private::host();
    match find::check_host(&host) {
        Ok(_) => Ok(host),
        Err(error) => {
            tried.push(format!("the private engine ({host}): {error}"));
            Err(format!("{}; run `cargo xtask engine up`", tried.join("; ")))
        }
    }
}

/// The line of the first engine that answers and is new enough, or what was tried.
fn answering() -> Result<String, Vec<String>> {
    let mut tried = Vec::new();
    for candidate in find::candidates() {
        match find::check(&candidate) {
            Ok(what) => {
                eprintln!(
                    "engine: using {} ({}): {what}",
                    candidate.said_by, candidate.host
                );
                return Ok(candidate.line);
            }
            Err(why) => tried.push(format!("{} ({}): {why}", candidate.said_by, candidate.host)),
        }
    }
    Err(tried)
}

//! `cargo xtask engine image`: the base image of bundles, pulled or made.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{http, private};
use crate::process::Outcome;

/// The base image that Porter's template names.
pub(crate) const NAME: &str = "debian:stable-slim";

/// How long a pull may stay silent: where no registry can be reached, nobody wants to wait.
const PULL_PATIENCE: Duration = Duration::from_secs(20);

/// What the real image has beside its files.
const CHANGES: &str = "changes=CMD%20%5B%22bash%22%5D&changes=ENV%20PATH%3D/usr/local/sbin:\
    /usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Makes sure that the engine has the base image.
pub(crate) fn provide(host: &str) -> Outcome {
    if is_there(host)? {
        eprintln!("engine: image `{NAME}` is there");
        return Ok(());
    }
    eprintln!("engine: pulling `{NAME}` (usually 10 seconds)");
    match pull(host) {
        Ok(()) if is_there(host)? => return Ok(()),
        Ok(()) => eprintln!("engine: the pull ended without an image"),
        Err(why) => eprintln!("engine: it cannot be pulled: {why}"),
    }
    make(host)?;
    if is_there(host)? {
        Ok(())
    } else {
        Err(format!("the engine did not keep `{NAME}`"))
    }
}

fn is_there(host: &str) -> Outcome<bool> {
    let path = format!("/images/{NAME}/json");
    let answer = http::ask(host, "GET", &path, Duration::from_secs(30))
        .map_err(|error| format!("the engine at {host} does not answer: {error}"))?;
    Ok(answer.status == 200)
}

fn pull(host: &str) -> Outcome {
    let (image, tag) = NAME.split_once(':').unwrap_or((NAME, "latest"));
    let path = format!("/images/create?fromImage={image}&tag={tag}&platform=linux/amd64");
    let answer =
        http::ask(host, "POST", &path, PULL_PATIENCE).map_err(|error| error.to_string())?;
    let failed = answer.status != 200 || answer.body.contains("\"errorDetail\"");
    let last = answer
        .body
        .trim()
        .lines()
        .last()
        .unwrap_or("it said nothing")
        .to_owned();
    if failed { Err(last) } else { Ok(()) }
}

/// Makes a Debian of the same set of packages and gives it to the engine as it is written.
fn make(host: &str) -> Outcome {
    private::ensure_mmdebstrap()?;
    eprintln!("engine: making `{NAME}` from Debian's packages (usually 15 to 30 seconds)");
    let started = Instant::now();
    let mut child = Command::new("mmdebstrap")
        .args(["--quiet", "--variant=apt", "bookworm", "-"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run `mmdebstrap`: {error}"))?;
    let mut tar = child.stdout.take().ok_or("mmdebstrap has no output")?;
    let (repository, tag) = NAME.split_once(':').unwrap_or((NAME, "latest"));
    let path = format!("/images/create?fromSrc=-&repo={repository}&tag={tag}&{CHANGES}");
    let sent = http::send(host, &path, &mut tar, Duration::from_secs(300));
    drop(tar);
    let status = child
        .wait()
        .map_err(|error| format!("mmdebstrap: {error}"))?;
    if !status.success() {
        // A cut archive may have been taken as a whole one.
        let _ = http::ask(
            host,
            "DELETE",
            &format!("/images/{NAME}"),
            Duration::from_secs(30),
        );
        return Err(format!(
            "`mmdebstrap --variant=apt bookworm -` failed ({status})"
        ));
    }
    let answer = sent.map_err(|error| format!("cannot send `{NAME}` to the engine: {error}"))?;
    if answer.status != 200 {
        return Err(format!(
            "the engine refused `{NAME}`: {}",
            answer.body.trim()
        ));
    }
    eprintln!(
        "engine: `{NAME}` made in {} seconds",
        started.elapsed().as_secs()
    );
    Ok(())
}

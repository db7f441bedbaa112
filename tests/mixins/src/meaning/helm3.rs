//! The lines of Porter's helm3 mixin, its API of secrets, and its command lines.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use porter_mixin_sdk::Command;
use serde_json::Value;

use super::kubernetes::from_vendor;
use super::{Fact, Meaning, reader};
use crate::api::{Api, Response};
use crate::case::{Case, Observed, Request};
use crate::glue::{Glue, Reply};

/// How the helm3 mixin is compared.
pub fn glue() -> Glue {
    Glue {
        dockerfile: of_dockerfile,
        spared,
        answer,
        level,
    }
}

/// Their meaning.
///
/// # Errors
/// What is not understood.
pub fn of_dockerfile(text: &str) -> Result<Meaning, String> {
    reader::read(text, own).map(from_vendor)
}

/// Porter moves `linux-amd64/helm` whatever the architecture, so that the build of any other fails:
/// what is meant is the helm of the archive that was fetched.
fn own(reader: &mut reader::Reader, command: &[String]) -> Result<bool, String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let ["mv", "linux-amd64/helm", to] = words.as_slice() else {
        return Ok(false);
    };
    let url = reader.unpacked.get("").cloned().unwrap_or_default();
    let name = url.strip_suffix(".tar.gz").ok_or("no archive")?;
    let mut parts = name.rsplit('-');
    let folder = parts.next().zip(parts.next());
    let (architecture, platform) = folder.ok_or("no platform in the address")?;
    reader.download(&url, &format!("{platform}-{architecture}/helm"), to);
    Ok(true)
}

/// Porter installs kubectl always, ours where an output needs it.
fn spared(case: &Case, meaning: &mut Meaning) {
    let takes = ["secret:", "resourceType:"];
    if !takes.iter().any(|field| case.stdin.contains(field)) {
        let is_kubectl = |fact: &Fact| matches!(fact, Fact::Download { to, .. } if to == "/usr/local/bin/kubectl");
        meaning.facts.retain(|fact| !is_kubectl(fact));
    }
}

/// Porter's mixin asks the API for a secret, ours runs kubectl, which asks the same.
fn answer(api: &mut Api, command: &Command) -> Option<Reply> {
    let words: Vec<&str> = command.args.iter().map(String::as_str).collect();
    let ["get", "secret", name, "-n", namespace, "-o", template] = words.as_slice() else {
        return None;
    };
    let key = template
        .strip_prefix("go-template={{index .data \"")
        .and_then(|rest| rest.strip_suffix("\" | base64decode}}"))?;
    let answer = api.ask(Request {
        method: "GET".to_owned(),
        path: format!("/api/v1/namespaces/{namespace}/secrets/{name}"),
        ..Request::default()
    });
    let value = answer.and_then(|response| value(&response, key));
    Some(match value {
        Some(stdout) => Reply {
            stdout,
            ..Reply::default()
        },
        None => Reply {
            exit: 1,
            ..Reply::default()
        },
    })
}

/// What the template prints; the template fails where there is no such key.
fn value(response: &Response, key: &str) -> Option<String> {
    let secret: Value = serde_json::from_str(&response.body).ok()?;
    let encoded = secret["data"][key]
        .as_str()
        .filter(|_| response.status == 200)?;
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}

/// Porter prints the command line with the path of helm twice, and its errors on standard output.
fn level(_: &Case, observed: &mut Observed) {
    let text = observed
        .stdout
        .replace("$BIN/helm3 $BIN/helm3 ", "helm3 ")
        .replace("helm3 helm3 ", "helm3 ");
    let errors = match text.find("err: ") {
        Some(start) if observed.exit != 0 => start,
        _ => text.len(),
    };
    observed.stdout = text.get(..errors).unwrap_or_default().to_owned();
}

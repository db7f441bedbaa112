//! The drivers, and the settings of the docker driver: from the command line, and as in Porter from
//! the environment.
//!
//! Source: `cnab-runtime.md` §6.1 and §7 of the compatibility reference.

mod command;
mod debug;
mod document;

use porter_cnab::bundle::Bundle;
use porter_cnab::ports::Driver;
use porter_docker::driver::{DriverOptions, HostAccess, HostMount};

use crate::action::ActionRequest;
use crate::error::{Error, Usage};

/// Extension that needs the Docker socket of the host.
pub(crate) const DOCKER: &str = "io.cnab.docker";
/// The driver that runs nothing.
const DEBUG: &str = "debug";
/// What else a bundle may require.
const SUPPORTED: &[&str] = &[
    "io.cnab.parameter-sources",
    "sh.porter.file-parameters",
    DOCKER,
];

/// Who runs a bundle.
pub(crate) enum Choice {
    /// The Docker engine.
    Docker,
    /// Somebody who needs no engine of ours.
    Other(Box<dyn Driver>),
}

/// The driver that a request names.
///
/// # Errors
/// When there is none of that name, or it cannot do what the request asks for.
pub(crate) fn choose(request: &ActionRequest) -> Result<Choice, Error> {
    let name = request.driver.as_str();
    let other: Box<dyn Driver> = match name {
        "docker" => return Ok(Choice::Docker),
        "kubernetes" | "k8s" => {
            return Err(Error::NotSupportedYet(format!("the driver `{name}`")));
        }
        DEBUG => Box::new(debug::DebugDriver),
        other => match command::CommandDriver::find(other) {
            Some(driver) => Box::new(driver),
            None => return Err(Usage::UnknownDriver(other.to_owned()).into()),
        },
    };
    if request.docker_host_access {
        return Err(Usage::HostAccessDriver(name.to_owned()).into());
    }
    if !request.host_volumes.is_empty() {
        return Err(Usage::HostVolumeDriver(name.to_owned()).into());
    }
    // It cannot be known what such a driver starts.
    if request.plan.is_some() {
        return Err(Usage::PlanDriver(name.to_owned()).into());
    }
    Ok(Choice::Other(other))
}

/// Whether what a driver prints are the logs of a run.
pub(crate) fn has_logs(name: &str) -> bool {
    name != DEBUG
}

/// The settings for a request.
pub(crate) fn options(request: &ActionRequest) -> Result<DriverOptions, Error> {
    let host_access = HostAccess {
        group: docker_group(),
        ..HostAccess::default()
    };
    Ok(DriverOptions {
        pull_always: variable("PULL_ALWAYS").is_some_and(|value| value == "1"),
        quiet: variable("DOCKER_DRIVER_QUIET").is_some_and(|value| value == "1"),
        cleanup_containers: clean_up()?,
        network: variable("DOCKER_NETWORK").filter(|name| !name.is_empty()),
        host_access: request.docker_host_access.then_some(host_access),
        mounts: request
            .host_volumes
            .iter()
            .filter_map(|text| mount(text))
            .collect(),
        ..DriverOptions::default()
    })
}

/// Whether this porter can give a bundle what it requires.
pub(crate) fn check_extensions(bundle: &Bundle, request: &ActionRequest) -> Result<(), Usage> {
    for extension in &bundle.required_extensions {
        if !SUPPORTED.contains(&extension.as_str()) {
            return Err(Usage::Extension(extension.clone()));
        }
        if extension == DOCKER && !request.docker_host_access {
            return Err(Usage::HostAccess);
        }
    }
    Ok(())
}

fn clean_up() -> Result<bool, Usage> {
    const NAME: &str = "CLEANUP_CONTAINERS";
    match variable(NAME).as_deref() {
        None | Some("" | "true") => Ok(true),
        Some("false") => Ok(false),
        Some(value) => Err(Usage::DriverVariable {
            name: NAME,
            value: value.to_owned(),
        }),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// `HOST:TARGET[:ro|rw]`; as in Porter anything that is neither two nor three parts is left out,
/// and only `rw` is writable.
fn mount(text: &str) -> Option<HostMount> {
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, option) = match parts.as_slice() {
        [source, target] => (source, target, "ro"),
        [source, target, option] => (source, target, *option),
        _ => {
            tracing::warn!(
                "`--mount-host-volume {text}` is ignored: write HOST:TARGET or HOST:TARGET:rw"
            );
            return None;
        }
    };
    Some(HostMount {
        source: (*source).to_owned(),
        target: (*target).to_owned(),
        writable: option == "rw",
    })
}

/// Numeric id of the group `docker`, where there is one.
fn docker_group() -> Option<String> {
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    let line = groups.lines().find(|line| line.starts_with("docker:"))?;
    line.split(':').nth(2).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read_only_unless_asked() {
        assert!(!mount("/a:/b").unwrap().writable);
        assert!(!mount("/a:/b:nonsense").unwrap().writable);
        assert!(mount("/a:/b:rw").unwrap().writable);
        assert_eq!(mount("/a"), None);
        assert_eq!(mount("/a:/b:rw:z"), None);
    }
}

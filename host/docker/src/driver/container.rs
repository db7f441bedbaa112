//! The container of a run, as it is asked for.

use std::collections::HashMap;

use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountType};
use porter_cnab::ports::Operation;

use super::error::DriverError;
use super::options::DriverOptions;

/// Where the run tool of a bundle image is.
pub(super) const ENTRYPOINT: &str = "/cnab/app/run";

/// Label that holds the revision of the run.
pub(super) const REVISION: &str = "sh.porter.revision";
const INSTALLATION: &str = "sh.porter.installation";
const ACTION: &str = "sh.porter.action";

/// Describes the container of `operation` from the image with this identity.
pub(super) fn describe(
    operation: &Operation,
    image: &str,
    options: &DriverOptions,
) -> Result<ContainerCreateBody, DriverError> {
    let grace = options.stop_grace.as_secs().try_into().ok();
    Ok(ContainerCreateBody {
        image: Some(image.to_owned()),
        entrypoint: Some(vec![ENTRYPOINT.to_owned()]),
        env: Some(environment(operation)?),
        labels: Some(labels(operation)),
        attach_stdin: Some(false),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(false),
        stop_timeout: grace,
        host_config: Some(host(options)),
        ..Default::default()
    })
}

fn environment(operation: &Operation) -> Result<Vec<String>, DriverError> {
    let assign = |(name, value): (&String, &porter_cnab::Sensitive<String>)| {
        let value = value.expose();
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(DriverError::Variable { name: name.clone() });
        }
        Ok(format!("{name}={value}"))
    };
    operation.environment.iter().map(assign).collect()
}

fn labels(operation: &Operation) -> HashMap<String, String> {
    [
        (REVISION, &operation.revision),
        (INSTALLATION, &operation.installation),
        (ACTION, &operation.action),
    ]
    .map(|(name, value)| (name.to_owned(), value.clone()))
    .into()
}

fn host(options: &DriverOptions) -> HostConfig {
    let mut mounts: Vec<Mount> = options
        .mounts
        .iter()
        .map(|mount| bind(&mount.source, &mount.target, !mount.writable))
        .collect();
    if let Some(access) = &options.host_access {
        mounts.push(bind(&access.socket, "/var/run/docker.sock", false));
    }
    let group = options.host_access.as_ref().and_then(|a| a.group.clone());
    HostConfig {
        network_mode: options.network.clone(),
        mounts: Some(mounts),
        group_add: group.map(|group| vec![group]),
        privileged: Some(options.host_access.as_ref().is_some_and(|a| a.privileged)),
        // The output is streamed to us; the engine would keep a copy, secrets included, on the
        // host's disk. Who keeps the container wants its log as well.
        log_config: options.cleanup_containers.then(|| HostConfigLogConfig {
            typ: Some("none".to_owned()),
            config: None,
        }),
        ..Default::default()
    }
}

fn bind(source: &str, target: &str, read_only: bool) -> Mount {
    Mount {
        source: Some(source.to_owned()),
        target: Some(target.to_owned()),
        typ: Some(MountType::BIND),
        read_only: Some(read_only),
        ..Default::default()
    }
}

//! The image of a run: found or pulled, and checked against the bundle.

use bollard::Docker;
use bollard::auth::DockerCredentials;
use bollard::models::ImageInspect;
use bollard::query_parameters::CreateImageOptions;
use futures_util::StreamExt;
use porter_cnab::Sensitive;
use porter_cnab::ports::Operation;

use super::error::DriverError;
use super::options::{DriverOptions, RegistryCredentials};
use crate::error::is_absent;

/// What a run needs to know about its image.
#[derive(Debug)]
pub(super) struct RunImage {
    /// Identity in the engine: what is run, whatever the name comes to mean meanwhile.
    pub(super) id: String,
    /// Numeric user and group that own injected files.
    pub(super) owner: (u64, u64),
}

/// Finds the image of `operation`, pulling it where it is absent.
pub(super) async fn find(
    docker: &Docker,
    operation: &Operation,
    options: &DriverOptions,
) -> Result<RunImage, DriverError> {
    let image = operation.image.as_str();
    check_reference(image)?;
    if options.pull_always {
        pull(docker, image, options).await?;
    }
    let found = match docker.inspect_image(image).await {
        Err(error) if is_absent(&error) && !options.pull_always => {
            pull(docker, image, options).await?;
            docker.inspect_image(image).await
        }
        other => other,
    };
    let found = found.map_err(|source| DriverError::Inspect {
        image: image.to_owned(),
        source,
    })?;
    if let Some(digest) = &operation.image_digest {
        check_digest(image, digest, &found)?;
    }
    let user = found.config.and_then(|config| config.user);
    Ok(RunImage {
        id: found.id.unwrap_or_else(|| image.to_owned()),
        owner: owner(user.as_deref().unwrap_or_default()),
    })
}

/// The name becomes part of an address of the engine's API: nothing in it may change that.
pub(super) fn check_reference(image: &str) -> Result<(), DriverError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:/@-".contains(&b);
    let clean = !image.is_empty()
        && image.len() <= 512
        && image.bytes().all(allowed)
        && !image.starts_with(['/', '.', '-'])
        && image
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..");
    if clean {
        Ok(())
    } else {
        Err(DriverError::Reference(image.to_owned()))
    }
}

async fn pull(docker: &Docker, image: &str, options: &DriverOptions) -> Result<(), DriverError> {
    if !options.quiet {
        tracing::info!("pulling image `{image}`");
    }
    let request = CreateImageOptions {
        from_image: Some(image.to_owned()),
        // Without a tag the engine would pull every one.
        tag: (!is_tagged(image)).then(|| "latest".to_owned()),
        ..Default::default()
    };
    let credentials = options.credentials.as_ref().map(credentials);
    let mut progress = docker.create_image(Some(request), None, credentials);
    while let Some(event) = progress.next().await {
        event.map_err(|source| DriverError::Pull {
            image: image.to_owned(),
            source,
        })?;
    }
    Ok(())
}

fn is_tagged(image: &str) -> bool {
    let last = image.rsplit('/').next().unwrap_or(image);
    last.contains([':', '@'])
}

fn credentials(given: &RegistryCredentials) -> DockerCredentials {
    let exposed = |secret: &Option<Sensitive<String>>| secret.as_ref().map(|s| s.expose().clone());
    DockerCredentials {
        username: given.username.clone(),
        password: exposed(&given.password),
        serveraddress: Some(given.server.clone()),
        identitytoken: exposed(&given.identity_token),
        ..Default::default()
    }
}

/// The digest in the bundle must be one under which the image was pulled or pushed. Only digests
/// are compared, so that a relocated image passes.
fn check_digest(image: &str, digest: &str, found: &ImageInspect) -> Result<(), DriverError> {
    let known = found.repo_digests.as_deref().unwrap_or_default();
    if known.is_empty() {
        return Err(DriverError::NoDigest {
            image: image.to_owned(),
        });
    }
    let matches = known
        .iter()
        .filter_map(|name| name.rsplit_once('@'))
        .any(|(_, has)| has == digest);
    if matches {
        Ok(())
    } else {
        Err(DriverError::DigestMismatch {
            image: image.to_owned(),
            digest: digest.to_owned(),
        })
    }
}

/// `65532`, `65532:0`; a user by name owns nothing, because its number is known in the image only.
fn owner(user: &str) -> (u64, u64) {
    let (user, group) = user.split_once(':').unwrap_or((user, ""));
    match user.parse::<u32>() {
        Ok(user) => (user.into(), group.parse::<u32>().unwrap_or_default().into()),
        Err(_) => (0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_reference, is_tagged, owner};

    #[test]
    fn references() {
        for good in [
            "debian",
            "localhost:5000/acme/shop:porter-0123",
            "acme/shop@sha256:0123",
            "sha256:0123",
        ] {
            assert!(check_reference(good).is_ok(), "{good}");
        }
        for bad in [
            "", "/x", "a//b", "a/../b", "../x", "a?b", "a b", "a#b", "a%2fb", "-x", "ä",
        ] {
            assert!(check_reference(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tags() {
        for (image, tagged) in [
            ("debian", false),
            ("localhost:5000/shop", false),
            ("localhost:5000/shop:1", true),
            ("shop@sha256:1", true),
        ] {
            assert_eq!(is_tagged(image), tagged, "{image}");
        }
    }

    #[test]
    fn owners() {
        for (user, expected) in [
            ("", (0, 0)),
            ("65532", (65532, 0)),
            ("1000:7", (1000, 7)),
            ("nonroot", (0, 0)),
            ("nonroot:7", (0, 0)),
            ("-1", (0, 0)),
            ("99999999999", (0, 0)),
        ] {
            assert_eq!(owner(user), expected, "{user}");
        }
    }
}

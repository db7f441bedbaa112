//! The service through which BuildKit asks for the secrets of `RUN --mount=type=secret`.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use bollard_buildkit_proto::moby::buildkit::secrets::v1::secrets_server::Secrets;
use bollard_buildkit_proto::moby::buildkit::secrets::v1::{GetSecretRequest, GetSecretResponse};
use porter_cnab::ports::BuildSecret;
use tonic::{Request, Response, Status};

/// Largest secret: what BuildKit takes.
const MAX_BYTES: u64 = 500 * 1024;

/// The secrets that a build may ask for, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct BuildSecrets(Arc<BTreeMap<String, BuildSecret>>);

impl BuildSecrets {
    pub(crate) fn new(secrets: BTreeMap<String, BuildSecret>) -> Self {
        Self(Arc::new(secrets))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[tonic::async_trait]
impl Secrets for BuildSecrets {
    async fn get_secret(
        &self,
        request: Request<GetSecretRequest>,
    ) -> Result<Response<GetSecretResponse>, Status> {
        let name = &request.get_ref().id;
        let secret = self.0.get(name);
        // BuildKit says itself which one is missing, and whether the step needs it.
        let data = match secret.ok_or_else(|| Status::not_found("there is no such secret"))? {
            BuildSecret::Value(value) => value.expose().clone().into_bytes(),
            BuildSecret::File(path) => read(name, path)?,
        };
        Ok(Response::new(GetSecretResponse { data }))
    }
}

fn read(name: &str, path: &Path) -> Result<Vec<u8>, Status> {
    let failed = |error: std::io::Error| {
        Status::internal(format!("cannot read the secret {name:?}: {error}"))
    };
    let mut content = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    let length = file.take(MAX_BYTES + 1).read_to_end(&mut content);
    if length.map_err(failed)? as u64 > MAX_BYTES {
        return Err(Status::invalid_argument(format!(
            "the secret {name:?} is larger than 500 KiB"
        )));
    }
    Ok(content)
}

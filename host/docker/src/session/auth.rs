//! The service through which BuildKit asks for credentials of registries.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bollard_buildkit_proto::moby::filesync::v1::auth_server::Auth;
use bollard_buildkit_proto::moby::filesync::v1::{
    CredentialsRequest, CredentialsResponse, FetchTokenRequest, FetchTokenResponse,
    GetTokenAuthorityRequest, GetTokenAuthorityResponse, VerifyTokenAuthorityRequest,
    VerifyTokenAuthorityResponse,
};
use porter_cnab::Sensitive;
use serde_json::Value;
use tonic::{Request, Response, Status};

/// How BuildKit calls Docker's own registry, and how the configuration does.
const HUB: &str = "registry-1.docker.io";
const HUB_IN_CONFIGURATION: &str = "index.docker.io";

/// Credentials by the host of the registry. A registry without any is used anonymously.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credentials {
    by_host: HashMap<String, (String, Sensitive<String>)>,
}

impl Credentials {
    /// Reads the credentials that are written in docker's configuration. What cannot be read
    /// there counts as absent: most builds need none.
    pub(crate) fn from_configuration(folder: Option<&Path>) -> Self {
        let read = || -> Option<Value> {
            let text = std::fs::read_to_string(folder?.join("config.json")).ok()?;
            serde_json::from_str(&text).ok()
        };
        let document = read().unwrap_or_default();
        let entries = document
            .get("auths")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let by_host = entries
            .filter_map(|(key, entry)| Some((host(key).to_owned(), credentials(entry)?)))
            .collect();
        Self { by_host }
    }

    fn of(&self, name: &str) -> CredentialsResponse {
        let name = if name == HUB {
            HUB_IN_CONFIGURATION
        } else {
            host(name)
        };
        match self.by_host.get(name) {
            Some((username, secret)) => CredentialsResponse {
                username: username.clone(),
                secret: secret.expose().clone(),
            },
            None => CredentialsResponse::default(),
        }
    }
}

/// The host of `https://host/v1/`.
fn host(key: &str) -> &str {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// An identity token counts as a secret without a user.
fn credentials(entry: &Value) -> Option<(String, Sensitive<String>)> {
    let text = |key: &str| {
        entry
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    if let Some(token) = text("identitytoken") {
        return Some((String::new(), Sensitive::new(token)));
    }
    if let Some(encoded) = text("auth") {
        let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (username, password) = decoded.split_once(':')?;
        let password = password.trim_end_matches('\0').to_owned();
        return Some((username.to_owned(), Sensitive::new(password)));
    }
    Some((text("username")?, Sensitive::new(text("password")?)))
}

#[tonic::async_trait]
impl Auth for Credentials {
    async fn credentials(
        &self,
        request: Request<CredentialsRequest>,
    ) -> Result<Response<CredentialsResponse>, Status> {
        Ok(Response::new(self.of(&request.get_ref().host)))
    }

    async fn fetch_token(
        &self,
        _: Request<FetchTokenRequest>,
    ) -> Result<Response<FetchTokenResponse>, Status> {
        Err(Status::unimplemented(
            "the engine fetches its tokens itself",
        ))
    }

    async fn get_token_authority(
        &self,
        _: Request<GetTokenAuthorityRequest>,
    ) -> Result<Response<GetTokenAuthorityResponse>, Status> {
        Err(Status::unavailable("the engine fetches its tokens itself"))
    }

    async fn verify_token_authority(
        &self,
        _: Request<VerifyTokenAuthorityRequest>,
    ) -> Result<Response<VerifyTokenAuthorityResponse>, Status> {
        Err(Status::unavailable("the engine fetches its tokens itself"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let auth = STANDARD.encode("me:se:cret");
        let text = format!(
            r#"{{"auths":{{"https://index.docker.io/v1/":{{"auth":"{auth}"}},
                "ghcr.io":{{"identitytoken":"tok"}},"empty.io":{{}}}},"credsStore":"x"}}"#
        );
        std::fs::write(folder.path().join("config.json"), text).unwrap();
        let found = Credentials::from_configuration(Some(folder.path()));
        let hub = found.of("registry-1.docker.io");
        assert_eq!(
            (hub.username.as_str(), hub.secret.as_str()),
            ("me", "se:cret")
        );
        assert_eq!(found.of("ghcr.io").secret, "tok");
        assert_eq!(found.of("empty.io"), CredentialsResponse::default());
        assert!(!format!("{found:?}").contains("cret"));
    }
}

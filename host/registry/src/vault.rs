//! Secrets in a HashiCorp Vault or an OpenBao: its KV store, version 2, over HTTP.
//!
//! Here because this crate owns HTTP. The address is one that the user configured, so it may be any;
//! redirects are not followed, for the token would go with them.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use porter_cnab::Sensitive;
use porter_cnab::secrets::{Secrets, SecretsError};
use porter_mixin::escape::escape;
use reqwest::{Client, Method, RequestBuilder, Response, Url, redirect};
use serde_json::{Value, json};

/// No answer is larger.
const MAX_BYTES: usize = 96 << 20;
/// How much of a complaint of the server is shown.
const MAX_COMPLAINT: usize = 500;
/// How often a request is made that a busy server does not answer.
const ATTEMPTS: u32 = 3;
/// Before the second attempt; twice that before the third.
const PAUSE: Duration = Duration::from_millis(300);
/// Beside a value that is no text: it is base64 then.
const ENCODING: &str = "encoding";

/// Which Vault, and where in it.
#[derive(Debug, Clone)]
pub struct VaultOptions {
    /// `https://HOST:PORT`.
    pub address: String,
    /// The token.
    pub token: Sensitive<String>,
    /// Where the KV store is mounted.
    pub mount: String,
    /// Stands before each key.
    pub prefix: String,
    /// Namespace of the Vault.
    pub namespace: Option<String>,
    /// The field of a secret that holds the value.
    pub field: String,
    /// For one request.
    pub patience: Duration,
}

/// Why the Vault did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The address is none.
    #[error("`{address}` is no address of a Vault: {reason}")]
    Address {
        /// The address.
        address: String,
        /// What is wrong.
        reason: String,
    },
    /// A key that would lead elsewhere.
    #[error("`{key}` cannot be the key of a secret in a Vault")]
    Key {
        /// The key.
        key: String,
    },
    /// No connection, or not a whole answer.
    #[error("the Vault at `{address}` does not answer")]
    Transport {
        /// The address.
        address: String,
        /// Why.
        source: reqwest::Error,
    },
    /// It answers with an error.
    #[error("the Vault refused `{path}` with status {status}{}", complaint(.errors))]
    Status {
        /// Path of the secret.
        path: String,
        /// Such as 403.
        status: u16,
        /// What it says.
        errors: String,
    },
    /// It leads elsewhere.
    #[error(
        "the Vault at `{address}` leads to another address, where the token is not sent; configure \
         that address"
    )]
    Redirect {
        /// The address.
        address: String,
    },
    /// It answers with something else than a secret.
    #[error("the Vault's answer for `{path}` is no secret with a field `{field}`")]
    Answer {
        /// Path of the secret.
        path: String,
        /// The field.
        field: String,
    },
    /// It answers with too much.
    #[error("the Vault's answer for `{path}` is larger than {MAX_BYTES} bytes")]
    TooLarge {
        /// Path of the secret.
        path: String,
    },
    /// There can be no client.
    #[error("cannot make an HTTP client")]
    Client(#[source] reqwest::Error),
    /// There can be no TLS.
    #[error(transparent)]
    Tls(crate::download::DownloadError),
}

fn complaint(errors: &str) -> String {
    if errors.is_empty() {
        return String::new();
    }
    format!(": {errors}")
}

/// Secrets in a Vault.
#[derive(Debug)]
pub struct Vault {
    client: Client,
    address: Url,
    options: VaultOptions,
}

impl Vault {
    /// Makes a client; opens no connection.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(options: VaultOptions) -> Result<Self, VaultError> {
        let wrong = |reason: String| VaultError::Address {
            address: escape(&options.address),
            reason,
        };
        let address = Url::parse(&options.address).map_err(|error| wrong(error.to_string()))?;
        if !matches!(address.scheme(), "http" | "https") || !address.has_host() {
            return Err(wrong("it is neither http nor https".to_owned()));
        }
        if !address.username().is_empty() || address.password().is_some() {
            return Err(wrong(
                "it holds a password; the token is what counts".to_owned(),
            ));
        }
        let client = Client::builder()
            .user_agent(concat!("porter/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .timeout(options.patience)
            .tls_backend_preconfigured(crate::download::tls().map_err(VaultError::Tls)?)
            .build()
            .map_err(VaultError::Client)?;
        Ok(Self {
            client,
            address,
            options,
        })
    }

    /// The address of a secret. No part of a key leads out of the mount.
    fn address_of(&self, key: &str) -> Result<(Url, String), VaultError> {
        let prefix = self.options.prefix.trim_matches('/');
        let path = match prefix.is_empty() {
            true => key.to_owned(),
            false => format!("{prefix}/{key}"),
        };
        let mount = self.options.mount.trim_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        let is_wrong = |part: &&str| part.is_empty() || matches!(*part, "." | "..");
        if parts.iter().any(is_wrong) || key.chars().any(char::is_control) {
            return Err(VaultError::Key { key: escape(key) });
        }
        let mut url = self.address.clone();
        {
            let mut segments = url.path_segments_mut().map_err(|()| VaultError::Address {
                address: escape(&self.options.address),
                reason: "it can have no path".to_owned(),
            })?;
            segments.pop_if_empty().push("v1");
            segments.extend(mount.split('/')).push("data").extend(parts);
        }
        Ok((url, format!("{mount}/{path}")))
    }

    async fn send(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&Value>,
    ) -> Result<Response, VaultError> {
        let mut attempt = 1;
        loop {
            let result = self.request(method, url, body).send().await;
            let is_passing = match &result {
                Ok(response) => matches!(response.status().as_u16(), 412 | 429 | 500 | 502..=504),
                Err(error) => !error.is_connect() && !error.is_timeout(),
            };
            if !is_passing || attempt == ATTEMPTS {
                return result.map_err(|error| self.transport(error));
            }
            tokio::time::sleep(PAUSE * attempt).await;
            attempt += 1;
        }
    }

    fn request(&self, method: &Method, url: &Url, body: Option<&Value>) -> RequestBuilder {
        let mut request = self
            .client
            .request(method.clone(), url.clone())
            .header("X-Vault-Request", "true");
        if let Ok(mut token) =
            reqwest::header::HeaderValue::from_str(self.options.token.expose().trim())
        {
            token.set_sensitive(true);
            request = request.header("X-Vault-Token", token);
        }
        if let Some(namespace) = &self.options.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        match body {
            Some(body) => request
                .header("Content-Type", "application/json")
                .body(body.to_string()),
            None => request,
        }
    }

    fn transport(&self, error: reqwest::Error) -> VaultError {
        VaultError::Transport {
            address: crate::download::shown(&self.address),
            source: error.without_url(),
        }
    }

    /// The bytes of an answer that is a success; none when there is no such secret.
    async fn answer(
        &self,
        mut response: Response,
        path: &str,
    ) -> Result<Option<Sensitive<Vec<u8>>>, VaultError> {
        let status = response.status();
        if status.is_redirection() {
            return Err(VaultError::Redirect {
                address: crate::download::shown(&self.address),
            });
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|e| self.transport(e))? {
            body.extend_from_slice(&piece);
            if body.len() > MAX_BYTES {
                return Err(VaultError::TooLarge { path: escape(path) });
            }
        }
        let body = Sensitive::new(body);
        match status.as_u16() {
            200..=299 => Ok(Some(body)),
            404 => Ok(None),
            status => Err(VaultError::Status {
                path: escape(path),
                status,
                errors: errors(body.expose()),
            }),
        }
    }

    async fn read(&self, key: &str) -> Result<Option<Sensitive<Vec<u8>>>, VaultError> {
        let (url, path) = self.address_of(key)?;
        let response = self.send(&Method::GET, &url, None).await?;
        let Some(body) = self.answer(response, &path).await? else {
            return Ok(None);
        };
        let wrong = || VaultError::Answer {
            path: escape(&path),
            field: escape(&self.options.field),
        };
        let body: Value = serde_json::from_slice(body.expose()).map_err(|_| wrong())?;
        let data = body.pointer("/data/data").ok_or_else(wrong)?;
        let value = match data.get(&self.options.field).ok_or_else(wrong)? {
            Value::String(text) => text.clone(),
            Value::Null => return Err(wrong()),
            other => other.to_string(),
        };
        if data.get(ENCODING).and_then(Value::as_str) == Some("base64") {
            let bytes = STANDARD.decode(value).map_err(|_| wrong())?;
            return Ok(Some(Sensitive::new(bytes)));
        }
        Ok(Some(Sensitive::new(value.into_bytes())))
    }

    async fn write(&self, key: &str, value: &Sensitive<Vec<u8>>) -> Result<(), VaultError> {
        let (url, path) = self.address_of(key)?;
        let field = self.options.field.as_str();
        let data = match std::str::from_utf8(value.expose()) {
            Ok(text) => json!({ field: text }),
            Err(_) => json!({ field: STANDARD.encode(value.expose()), ENCODING: "base64" }),
        };
        let body = json!({ "data": data });
        let response = self.send(&Method::POST, &url, Some(&body)).await?;
        match self.answer(response, &path).await? {
            Some(_) => Ok(()),
            // The mount is not there.
            None => Err(VaultError::Status {
                path: escape(&path),
                status: 404,
                errors: "no KV store, version 2, is mounted there".to_owned(),
            }),
        }
    }
}

/// What the server complains about, shortened and escaped.
fn errors(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let texts = body.get("errors").and_then(Value::as_array);
    let texts: Vec<&str> = texts
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let text: String = texts.join("; ").chars().take(MAX_COMPLAINT).collect();
    escape(text.trim())
}

#[async_trait]
impl Secrets for Vault {
    async fn secret(&self, key: &str) -> Result<Sensitive<Vec<u8>>, SecretsError> {
        match self.read(key).await {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(SecretsError::NotFound { key: key.into() }),
            Err(error) => Err(SecretsError::Backend(Box::new(error))),
        }
    }

    async fn put_secret(&self, key: &str, value: &Sensitive<Vec<u8>>) -> Result<(), SecretsError> {
        let written = self.write(key, value).await;
        written.map_err(|error| SecretsError::Backend(Box::new(error)))
    }
}

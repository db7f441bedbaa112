//! Tokens: what a registry wants to see instead of name and password.

use std::net::IpAddr;

use porter_cnab::Sensitive;
use porter_mixin::escape::escape;
use reqwest::{RequestBuilder, Url};
use serde_json::Value;

use super::challenge::Challenge;
use super::host::{Base, Host};
use super::{Login, Registry, RegistryError, send};
use crate::download::{self, is_private};

/// Largest answer of a service that gives tokens.
const LIMIT: u64 = 1024 * 1024;

impl Registry {
    /// The value of the `Authorization` header of a request with these scopes.
    pub(super) async fn authorization(
        &self,
        host: &Host,
        base: &Base,
        scopes: &[String],
    ) -> Result<Option<Sensitive<String>>, RegistryError> {
        let (realm, service) = match host.challenge() {
            None => return Ok(None),
            Some(Challenge::Basic) => {
                let login = self.login_at(host).await?;
                return Ok(login
                    .filter(|login| !login.is_identity_token())
                    .map(Login::basic));
            }
            Some(Challenge::Bearer { realm, service }) => (realm, service),
        };
        let key = scopes.join(" ");
        let bearer =
            |token: &Sensitive<String>| Sensitive::new(format!("Bearer {}", token.expose()));
        if let Some(token) = host.token(&key) {
            return Ok(Some(bearer(&token)));
        }
        let realm = check_realm(&realm, host, base)?;
        let login = self.login_at(host).await?;
        let login = login.filter(|_| is_related(base.url.host_str(), realm.host_str()));
        let token = self.fetch_token(host, base, &realm, &service, scopes, login);
        let token = token.await?;
        let value = bearer(&token);
        host.set_token(&key, Some(token));
        Ok(Some(value))
    }

    async fn fetch_token(
        &self,
        host: &Host,
        base: &Base,
        realm: &Url,
        service: &str,
        scopes: &[String],
        login: Option<&Login>,
    ) -> Result<Sensitive<String>, RegistryError> {
        let failed = |reason: String| RegistryError::Token {
            registry: escape(&host.name),
            reason,
        };
        let client = self.client_for(base, realm);
        let request = match login {
            Some(login) if login.is_identity_token() => {
                exchange(client.post(realm.clone()), service, scopes, login)
            }
            _ => {
                let mut url = realm.clone();
                {
                    let mut query = url.query_pairs_mut();
                    query.append_pair("service", service);
                    for scope in scopes {
                        query.append_pair("scope", scope);
                    }
                }
                let request = client.get(url);
                match login {
                    Some(login) => request.header("Authorization", login.basic().expose()),
                    None => request,
                }
            }
        };
        let answer = request
            .send()
            .await
            .map_err(|error| failed(send::causes(&error.without_url())))?;
        let status = answer.status();
        if matches!(status.as_u16(), 401 | 403) {
            return Err(RegistryError::Denied {
                registry: escape(&host.name),
                repository: scopes.join(" "),
                detail: send::detail(answer).await,
            });
        }
        if !status.is_success() {
            return Err(failed(format!(
                "{} answers {status}",
                download::shown(realm)
            )));
        }
        let bytes = send::bounded(answer, LIMIT).await;
        let bytes = bytes.map_err(|error| failed(error.to_string()))?;
        let document: Value = serde_json::from_slice(&bytes)
            .map_err(|_| failed("the answer is no JSON".to_owned()))?;
        let named = |name: &str| document.get(name).and_then(Value::as_str);
        let token = named("token").or_else(|| named("access_token"));
        let token = token.filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
        let token = token.ok_or_else(|| failed("the answer has no token".to_owned()))?;
        Ok(Sensitive::new(token.to_owned()))
    }
}

/// Changes an identity token for a token.
fn exchange(
    request: RequestBuilder,
    service: &str,
    scopes: &[String],
    login: &Login,
) -> RequestBuilder {
    // The encoding of forms is that of queries.
    let mut form = Url::parse("http://form").ok();
    let body = form.as_mut().map(|form| {
        form.query_pairs_mut()
            .append_pair("grant_type", "refresh_token")
            .append_pair("client_id", "porter")
            .append_pair("service", service)
            .append_pair("scope", &scopes.join(" "))
            .append_pair("refresh_token", login.secret.expose());
        form.query().unwrap_or_default().to_owned()
    });
    request
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(body.unwrap_or_default())
}

/// A realm is asked over TLS, unless the registry itself is not, and is no address of this machine
/// or its surroundings, unless the registry is.
fn check_realm(realm: &str, host: &Host, base: &Base) -> Result<Url, RegistryError> {
    let failed = |reason: String| RegistryError::Token {
        registry: escape(&host.name),
        reason,
    };
    let url = download::parse(realm)?;
    let shown = download::shown(&url);
    if url.scheme() != "https" && base.url.scheme() != "http" {
        return Err(failed(format!("it sends us to `{shown}`, without TLS")));
    }
    let number = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let number: Option<IpAddr> = number.parse().ok();
    if !base.is_private && number.is_some_and(is_private) {
        return Err(failed(format!(
            "it sends us to `{shown}`, which is not an address of the public internet"
        )));
    }
    Ok(url)
}

/// Whether a realm may see the credentials of a registry: the same host, or one of the same domain,
/// as `auth.docker.io` is for `registry-1.docker.io`.
fn is_related(registry: Option<&str>, realm: Option<&str>) -> bool {
    let (Some(registry), Some(realm)) = (registry, realm) else {
        return false;
    };
    if registry == realm {
        return true;
    }
    let is_number = |host: &str| host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if is_number(registry) || is_number(realm) {
        return false;
    }
    let below = |host: &str, domain: &str| {
        host == domain
            || host
                .strip_suffix(domain)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    let parent = registry.split_once('.').map_or("", |(_, parent)| parent);
    below(realm, registry) || (parent.contains('.') && below(realm, parent))
}

#[cfg(test)]
mod tests {
    use super::is_related;

    #[test]
    fn credentials_stay_in_their_domain() {
        for (registry, realm) in [
            ("ghcr.io", "ghcr.io"),
            ("registry-1.docker.io", "auth.docker.io"),
            ("registry.gitlab.com", "gitlab.com"),
            ("r.example.com", "auth.r.example.com"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            assert!(
                is_related(Some(registry), Some(realm)),
                "{registry} {realm}"
            );
        }
        for (registry, realm) in [
            ("ghcr.io", "evil.io"),
            ("ghcr.io", "evilghcr.io"),
            ("registry-1.docker.io", "docker.io.evil.com"),
            ("127.0.0.1", "127.0.0.2"),
            ("r.example.com", "evil.com"),
        ] {
            assert!(
                !is_related(Some(registry), Some(realm)),
                "{registry} {realm}"
            );
        }
    }
}

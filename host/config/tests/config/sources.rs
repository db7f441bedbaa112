//! Sources: each strategy, and what it says when there is nothing.

use async_trait::async_trait;
use porter_cnab::Sensitive;
use porter_cnab::records::{Source, Strategy};
use porter_cnab::secrets::{Secrets, SecretsError};
use porter_config::sources::{expand, resolve};

/// Knows one secret.
struct OneSecret;

#[async_trait]
impl Secrets for OneSecret {
    async fn secret(&self, key: &str) -> Result<Sensitive<Vec<u8>>, SecretsError> {
        match key {
            "known" => Ok(Sensitive::new(b"from store".to_vec())),
            _ => Err(SecretsError::NotFound { key: key.into() }),
        }
    }

    async fn put_secret(&self, key: &str, _: &Sensitive<Vec<u8>>) -> Result<(), SecretsError> {
        Err(SecretsError::NotFound { key: key.into() })
    }
}

async fn text(strategy: Strategy, hint: &str) -> Result<String, String> {
    match resolve(&Source::new(strategy, hint), &OneSecret).await {
        Ok(value) => Ok(String::from_utf8_lossy(value.expose()).into_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn resolve_as_in_porter() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.txt");
    std::fs::write(&file, "key from file\n").unwrap();
    let file = file.to_string_lossy();
    let manifest = "$CARGO_MANIFEST_DIR/tests/documents/name.txt";
    let package = env!("CARGO_PKG_NAME");
    let folder_text = folder.path().to_string_lossy().into_owned();
    let is_a_directory = format!("open {folder_text}: is a directory");
    let table: Vec<(Strategy, &str, Result<&str, &str>)> = vec![
        (Strategy::Value, "$HOME as it is", Ok("$HOME as it is")),
        (Strategy::Value, "", Ok("")),
        (Strategy::Env, "CARGO_PKG_NAME", Ok(package)),
        (
            Strategy::Env,
            "NOT_SET_ANYWHERE",
            Err("environment variable env is not defined"),
        ),
        (
            Strategy::Env,
            "",
            Err("environment variable env is not defined"),
        ),
        (
            Strategy::Env,
            "A=B",
            Err("environment variable env is not defined"),
        ),
        (Strategy::Path, &file, Ok("key from file\n")),
        (Strategy::Path, manifest, Ok("x\n")),
        (
            Strategy::Path,
            "missing.txt",
            Err("open missing.txt: no such file or directory"),
        ),
        (Strategy::Path, &folder_text, Err(&is_a_directory)),
        (
            Strategy::Command,
            "echo  from command",
            Ok(" from command\n"),
        ),
        (Strategy::Command, "echo $HOME;id", Ok("$HOME;id\n")),
        (
            Strategy::Command,
            "cat /nowhere/at/all",
            Err("exit status 1"),
        ),
        (Strategy::Command, "cat", Ok("")),
        (
            Strategy::Command,
            "no-such-program-here x",
            Err("cannot run `no-such-program-here`: no such file or directory"),
        ),
        (Strategy::Secret, "known", Ok("from store")),
        (
            Strategy::Secret,
            "unknown",
            Err("secret `unknown` does not exist in the secret store"),
        ),
    ];
    for (strategy, hint, expected) in table {
        let found = text(strategy, hint).await;
        let found = found.as_ref().map(String::as_str).map_err(String::as_str);
        assert_eq!(found, expected, "{strategy} {hint}");
    }
}

#[tokio::test]
async fn commands_give_both_streams_and_not_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("both.sh");
    std::fs::write(&script, "echo out; echo err >&2; echo out again\n").unwrap();
    let line = format!("sh {}", script.display());
    assert_eq!(
        text(Strategy::Command, &line).await.unwrap(),
        "out\nerr\nout again\n"
    );
    let endless = text(Strategy::Command, "cat /dev/zero").await.unwrap_err();
    assert_eq!(endless, "the value is larger than 67108864 bytes");
}

#[test]
fn paths_take_variables() {
    let package = env!("CARGO_PKG_NAME");
    let table = [
        ("plain", "plain".to_owned()),
        ("$CARGO_PKG_NAME/x", format!("{package}/x")),
        ("a${CARGO_PKG_NAME}b", format!("a{package}b")),
        (
            "${CARGO_PKG_NAME}$CARGO_PKG_NAME",
            format!("{package}{package}"),
        ),
        ("$NOT_SET_ANYWHERE/x", "/x".to_owned()),
        ("5$", "5$".to_owned()),
        ("ü$ö", "ü$ö".to_owned()),
    ];
    for (path, expected) in table {
        assert_eq!(expand(path).to_string_lossy(), expected);
    }
}

#[test]
fn literal_values_do_not_show_in_debug() {
    let source = Source::value("planted");
    assert!(!format!("{source:?}").contains("planted"));
}

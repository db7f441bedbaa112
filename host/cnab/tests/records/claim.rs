//! The claim and its result, held against the schemas of the CNAB specification.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use jsonschema::{Retrieve, Uri, Validator};
use porter_cnab::claim::{CLAIM_SCHEMA_VERSION, Claim, ClaimResult};
use porter_cnab::records::{Installation, OutputMetadata, ResultStatus, Run, RunResult};
use serde_json::{Value, json};

use crate::documents::corpus;

/// Takes schemas from the folder instead of the network.
struct Folder(PathBuf);

impl Retrieve for Folder {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let name = uri.as_str().rsplit('/').next().unwrap_or_default();
        read(&self.0.join(name))
    }
}

fn read(path: &Path) -> Result<Value, Box<dyn Error + Send + Sync>> {
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

/// The validator of a schema, where the folder of schemas is there.
fn validator(name: &str) -> Option<Validator> {
    let folder = corpus()?.join("../cnab-schema");
    let schema = read(&folder.join(name)).unwrap();
    Some(
        jsonschema::options()
            .with_retriever(Folder(folder))
            .build(&schema)
            .unwrap(),
    )
}

fn run() -> Run {
    let bundle = json!({
        "schemaVersion": "1.2.0", "name": "shop", "version": "0.1.0",
        "invocationImages": [{"image": "r.io/shop:v1", "imageType": "docker"}],
    });
    Run::new(
        &Installation::new("dev", "shop"),
        "install",
        bundle.to_string(),
    )
}

#[test]
fn the_claim_follows_the_specification() {
    let run = run();
    let value: Value = serde_json::from_str("1.10").unwrap();
    let parameters = BTreeMap::from([("n".to_owned(), value), ("s".to_owned(), json!("planted"))]);
    let claim = Claim::new(&run, parameters).unwrap();
    assert!(!format!("{claim:?}").contains("planted"));
    let text = serde_json::to_string(&claim).unwrap();
    assert!(
        text.contains(r#""n":1.10"#),
        "numbers keep their digits: {text}"
    );
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["installation"], "dev/shop");
    assert_eq!(document["schemaVersion"], CLAIM_SCHEMA_VERSION);
    assert_eq!(document["bundle"]["name"], "shop");
    let Some(validator) = validator("claim.schema.json") else {
        return;
    };
    let problems: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    assert!(problems.is_empty(), "{problems:?}");
    let mut broken = document;
    broken["bundle"]["name"] = json!(5);
    assert!(
        !validator.is_valid(&broken),
        "the schema of the bundle is looked at too"
    );
}

#[test]
fn a_bundle_that_is_no_json_makes_no_claim() {
    let broken = Run {
        bundle: "{".into(),
        ..run()
    };
    assert!(Claim::new(&broken, BTreeMap::new()).is_err());
}

#[test]
fn results_follow_the_specification() {
    let run = run();
    for status in [
        ResultStatus::Running,
        ResultStatus::Succeeded,
        ResultStatus::Unknown,
    ] {
        let mut result = RunResult::new(&run, status);
        let metadata = OutputMetadata {
            content_digest: "sha256:00".into(),
            generated_by_bundle: "true".into(),
        };
        result.outputs.insert("o".into(), metadata);
        let document = serde_json::to_value(ClaimResult::from(&result)).unwrap();
        assert_eq!(document["claimId"], run.id);
        let Some(validator) = validator("claim-result.schema.json") else {
            return;
        };
        assert!(validator.is_valid(&document), "{document}");
    }
}

//! The JSON of the records: documents of Porter are read and written again without a difference.

use std::fs;
use std::path::PathBuf;

use porter_cnab::records::{
    CredentialSet, Installation, InstallationView, NamedSource, Output, OutputValue, ParameterSet,
    ResultStatus, Run, RunResult, Source,
};
use serde_json::{Value, json};

/// The folder of the recordings, where there is one.
pub(crate) fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("PORTER_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("no recordings on this machine: set PORTER_CORPUS to their folder");
    None
}

fn case(name: &str) -> Option<Value> {
    let text = fs::read_to_string(corpus()?.join("lifecycle").join(name).join("case.json"));
    let text = text
        .unwrap()
        .replace("<time>", "2024-05-01T10:00:00.123456789Z");
    Some(serde_json::from_str(&text).unwrap())
}

/// Reads and writes a document; gives both without what only a database adds.
fn again<T>(document: &Value) -> (Value, Value)
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let record: T = serde_json::from_value(document.clone())
        .unwrap_or_else(|error| panic!("{error} in {document}"));
    (document.clone(), serde_json::to_value(record).unwrap())
}

#[test]
fn documents_of_porter_stay_as_they_are() {
    let mut seen = [0; 3];
    for name in [
        "storage-1-simple",
        "storage-3-failed-and-invoked",
        "storage-4-dependencies",
    ] {
        let Some(case) = case(name) else { return };
        let steps = case["steps"].as_array().unwrap();
        for documents in steps.iter().filter_map(|step| step.get("documents")) {
            for document in documents["installations"].as_array().unwrap() {
                let (mut theirs, ours) = again::<Installation>(document);
                theirs.as_object_mut().unwrap().remove("_id");
                assert_eq!(ours, theirs);
                seen[0] += 1;
            }
            for document in documents["runs"].as_array().unwrap() {
                let (theirs, ours) = again::<Run>(document);
                assert_eq!(ours, theirs);
                seen[1] += 1;
            }
            for document in documents["results"].as_array().unwrap() {
                let (theirs, ours) = again::<RunResult>(document);
                assert_eq!(ours, theirs);
                seen[2] += 1;
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 3), "{seen:?}");
}

#[test]
fn sets_of_porter_are_listed_as_porter_lists_them() {
    let check = |name: &str, again: fn(&Value) -> (Value, Value)| {
        let Some(case) = case(name) else { return };
        let mut seen = 0;
        for step in case["steps"].as_array().unwrap() {
            let argv = step["argv"].as_array().cloned().unwrap_or_default();
            if !argv.contains(&json!("list")) || !argv.contains(&json!("json")) {
                continue;
            }
            let listed: Value = serde_json::from_str(step["stdout"].as_str().unwrap()).unwrap();
            for set in listed.as_array().unwrap() {
                let (theirs, ours) = again(set);
                assert_eq!(ours, theirs);
                seen += 1;
            }
        }
        assert!(seen > 3, "{name}: {seen}");
    };
    check("112-credential-sets", again::<CredentialSet>);
    check("115-parameter-sets", again::<ParameterSet>);
}

/// Order matters here: people read it.
#[test]
fn an_installation_is_listed_in_porters_order() {
    let mut shop = Installation::new("dev", "shop");
    shop.id = "ID".into();
    shop.bundle.repository = "r.io/a".into();
    shop.bundle.version = "1.0.0".into();
    shop.labels.insert("a".into(), "1".into());
    shop.credential_sets.push("c".into());
    shop.parameter_sets.push("p".into());
    let mut text = serde_json::to_string(&InstallationView::new(shop.clone())).unwrap();
    let created = shop.status.created.to_string();
    text = text.replace(&created, "T");
    assert_eq!(
        text,
        concat!(
            r#"{"schemaType":"Installation","schemaVersion":"1.0.2","id":"ID","name":"shop","#,
            r#""namespace":"dev","bundle":{"repository":"r.io/a","version":"1.0.0"},"#,
            r#""labels":{"a":"1"},"credentialSets":["c"],"parameterSets":["p"],"#,
            r#""status":{"runId":"","action":"","resultId":"","resultStatus":"","#,
            r#""created":"T","modified":"T","installed":null,"uninstalled":null,"#,
            r#""bundleReference":"","bundleVersion":"","bundleDigest":""},"#,
            r#""_calculated":{"resolvedParameters":null,"displayInstallationState":"defined"}}"#,
        )
    );
}

#[test]
fn the_list_of_porter_has_the_same_members() {
    let Some(case) = case("129-kill9-during-run") else {
        return;
    };
    let steps = case["steps"].as_array().unwrap();
    let listed = steps.iter().find_map(|step| {
        let argv = step["argv"].as_array()?;
        let is_list = argv.contains(&json!("list")) && argv.contains(&json!("json"));
        is_list.then(|| step["stdout"].as_str())?
    });
    let listed: Value = serde_json::from_str(listed.unwrap()).unwrap();
    let mut theirs = listed[0].clone();
    theirs["id"] = json!("ID");
    let mut shop = Installation::new("", "k1");
    shop.id = "ID".into();
    let time: porter_cnab::records::Timestamp =
        serde_json::from_value(theirs["status"]["created"].clone()).unwrap();
    shop.status.created = time;
    shop.status.modified = time;
    assert_eq!(
        serde_json::to_value(InstallationView::new(shop)).unwrap(),
        theirs
    );
}

#[test]
fn sources_have_exactly_one_strategy() {
    let read = |text: &str| serde_json::from_str::<Source>(text).map_err(|error| error.to_string());
    assert_eq!(read(r#"{"env":"A"}"#).unwrap().hint, "A");
    for (text, part) in [
        (
            "{}",
            " is not a valid source. Valid sources are: secret, value, env, path, command",
        ),
        (r#"{"vault":"x"}"#, "vault is not a valid source."),
        (
            r#"{"env":"A","value":"b"}"#,
            "multiple key/value pairs specified for source but only one",
        ),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.starts_with(part), "{error}");
    }
}

#[test]
fn overrides_are_kept_by_name() {
    let mut set = ParameterSet::internal("dev", "ID");
    assert_eq!(set.name, "internal-parameter-set-ID");
    for (name, value) in [("b", "1"), ("a", "2"), ("c", "3"), ("b", "4")] {
        set.set(NamedSource::new(name, Source::value(value)));
    }
    let entries: Vec<(&str, &str)> = set
        .parameters
        .iter()
        .map(|entry| (entry.name.as_str(), entry.source.hint.as_str()))
        .collect();
    assert_eq!(entries, [("a", "2"), ("b", "4"), ("c", "3")]);
    assert_eq!(set.source("c").unwrap().source.hint, "3");
}

#[test]
fn values_do_not_show_in_debug() {
    let mut shop = Installation::new("dev", "shop");
    shop.parameters
        .set(NamedSource::new("p", Source::value("planted")));
    let run = Run::new(&shop, "install", "{}".into());
    let result = RunResult::new(&run, ResultStatus::Succeeded);
    let output = Output::new(&result, "o", OutputValue::Clear(b"planted".to_vec()));
    for text in [format!("{shop:?}"), format!("{output:?}")] {
        assert!(
            !text.contains("planted") && !text.contains("112, 108"),
            "{text}"
        );
    }
}

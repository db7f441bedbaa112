//! What every store has to do, whatever database it is on.

use std::collections::BTreeMap;

use porter_cnab::Sensitive;
use porter_cnab::records::{
    CredentialSet, Installation, LOGS_OUTPUT, NamedSource, Output, OutputValue, ParameterSet,
    ResultStatus, Run, RunResult, Source, Strategy,
};
use porter_cnab::secrets::{Secrets, SecretsError};
use porter_cnab::store::{BeginRun, FinishRun, RecordFilter, SetUse, Store, StoreError};

pub(crate) const BUNDLE: &str = r#"{"name":"shop","version":"0.1.0","actions":{
    "status":{"modifies":false,"stateless":true},"rotate":{"modifies":true}}}"#;

/// Runs everything against an empty store.
pub(crate) async fn check(store: &dyn Store, secrets: &dyn Secrets) {
    installations(store).await;
    filters(store).await;
    life(store, secrets).await;
    failures(store).await;
    last_by_order(store).await;
    one_at_a_time(store).await;
    deletion(store, secrets).await;
    sets(store).await;
    values(secrets).await;
}

/// Begins a run and finishes it with these outputs.
pub(crate) async fn act(
    store: &dyn Store,
    installation: &Installation,
    action: &str,
    status: ResultStatus,
    outputs: &[(&str, &[u8])],
) -> Installation {
    let begin = begin(installation, action);
    assert_eq!(store.begin_run(&begin).await.unwrap(), None);
    store
        .finish_run(&finish(&begin.run, status, outputs))
        .await
        .unwrap()
}

pub(crate) fn begin(installation: &Installation, action: &str) -> BeginRun {
    BeginRun {
        installation: installation.clone(),
        run: Run::new(installation, action, BUNDLE.into()),
        force: false,
    }
}

pub(crate) fn finish(run: &Run, status: ResultStatus, outputs: &[(&str, &[u8])]) -> FinishRun {
    let result = RunResult::new(run, status);
    let outputs = outputs
        .iter()
        .map(|(name, value)| Output::new(&result, *name, OutputValue::Clear(value.to_vec())))
        .collect();
    FinishRun { result, outputs }
}

async fn installations(store: &dyn Store) {
    let missing = store.installation("", "none").await.unwrap_err();
    assert_eq!(missing.to_string(), "Installation not found");

    let mut shop = Installation::new("dev", "shop");
    shop.labels.insert("team".into(), "a".into());
    shop.credential_sets = vec!["c1".into(), "c2".into()];
    shop.bundle.repository = "ghcr.io/acme/shop".into();
    shop.custom = serde_json::from_str(r#"{"n":1.10,"big":12345678901234567890123}"#).unwrap();
    shop.parameters
        .set(NamedSource::new("who", Source::value("x")));
    store.put_installation(&shop).await.unwrap();
    assert_eq!(store.installation("dev", "shop").await.unwrap(), shop);

    // The same name elsewhere is another installation.
    let other = Installation::new("", "shop");
    store.put_installation(&other).await.unwrap();
    assert_eq!(store.installation("dev", "shop").await.unwrap().id, shop.id);

    // A stale copy changes what the user says, not what runs did.
    let stale = shop.clone();
    let done = act(store, &shop, "install", ResultStatus::Succeeded, &[]).await;
    assert!(done.status.is_installed());
    let mut again = stale.clone();
    again.labels.insert("team".into(), "b".into());
    store.put_installation(&again).await.unwrap();
    let stored = store.installation("dev", "shop").await.unwrap();
    assert_eq!(stored.labels["team"], "b");
    assert_eq!(stored.status, done.status);

    for (namespace, name) in [("dev", "shop"), ("", "shop")] {
        store.delete_installation(namespace, name).await.unwrap();
    }
    let gone = store.delete_installation("dev", "shop").await.unwrap_err();
    assert!(matches!(gone, StoreError::InstallationNotFound));
}

async fn filters(store: &dyn Store) {
    let entries = [
        ("", "api", "blue"),
        ("", "web-1", "red"),
        ("dev", "web-2", "red"),
        ("dev", "db", ""),
        ("prod", "web-3", "blue"),
    ];
    for (namespace, name, colour) in entries {
        let mut installation = Installation::new(namespace, name);
        if !colour.is_empty() {
            installation.labels.insert("colour".into(), colour.into());
        }
        store.put_installation(&installation).await.unwrap();
    }
    let all = RecordFilter::default();
    let table: Vec<(RecordFilter, &[&str])> = vec![
        (
            all.clone(),
            &["/api", "/web-1", "dev/db", "dev/web-2", "prod/web-3"],
        ),
        (namespace("dev"), &["dev/db", "dev/web-2"]),
        (namespace(""), &["/api", "/web-1"]),
        (namespace("none"), &[]),
        (name("eb-[12]$"), &["/web-1", "dev/web-2"]),
        (label("colour", "red"), &["/web-1", "dev/web-2"]),
        (label("colour", ""), &[]),
        (window(1, Some(2)), &["/web-1", "dev/db"]),
        (window(4, None), &["prod/web-3"]),
        (window(0, Some(0)), &[]),
        (window(9, Some(9)), &[]),
        (
            RecordFilter {
                skip: 1,
                limit: Some(1),
                ..label("colour", "blue")
            },
            &["prod/web-3"],
        ),
        (
            RecordFilter {
                skip: 1,
                ..name("web")
            },
            &["dev/web-2", "prod/web-3"],
        ),
    ];
    for (filter, expected) in table {
        let found = store.installations(&filter).await.unwrap();
        let found: Vec<String> = found.iter().map(Installation::qualified_name).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let invalid = store.installations(&name("(")).await.unwrap_err();
    assert!(matches!(invalid, StoreError::InvalidFilter { .. }));
    for (namespace, name, _) in entries {
        store.delete_installation(namespace, name).await.unwrap();
    }
}

fn namespace(namespace: &str) -> RecordFilter {
    RecordFilter {
        namespace: Some(namespace.into()),
        ..RecordFilter::default()
    }
}

fn name(pattern: &str) -> RecordFilter {
    RecordFilter {
        name: Some(pattern.into()),
        ..RecordFilter::default()
    }
}

fn label(key: &str, value: &str) -> RecordFilter {
    RecordFilter {
        labels: BTreeMap::from([(key.into(), value.into())]),
        ..RecordFilter::default()
    }
}

fn window(skip: u64, limit: Option<u64>) -> RecordFilter {
    RecordFilter {
        skip,
        limit,
        ..RecordFilter::default()
    }
}

async fn life(store: &dyn Store, secrets: &dyn Secrets) {
    let shop = Installation::new("dev", "life");
    let begin = begin(&shop, "install");
    assert_eq!(store.begin_run(&begin).await.unwrap(), None);
    let running = store.results(&begin.run.id).await.unwrap();
    assert_eq!(running.len(), 1);
    assert_eq!(running[0].status, ResultStatus::Running);
    assert!(
        store
            .installation("dev", "life")
            .await
            .unwrap()
            .status
            .is_defined()
    );
    store.heartbeat(&begin.run.id).await.unwrap();

    let key = begin.run.secret_key("password");
    let password = Sensitive::new(b"s3cret".to_vec());
    secrets.put_secret(&key, &password).await.unwrap();
    let mut finish = finish(
        &begin.run,
        ResultStatus::Succeeded,
        &[
            ("greeting", b"hello"),
            ("binary", &[0, 255, 10]),
            ("empty", b""),
            (LOGS_OUTPUT, b"log\n"),
        ],
    );
    let value = OutputValue::Secret { key: key.clone() };
    finish
        .outputs
        .push(Output::new(&finish.result, "password", value.clone()));
    finish.result.message = "all well".into();
    let done = store.finish_run(&finish).await.unwrap();
    assert!(done.status.is_installed() && done.status.can_upgrade());
    assert_eq!(done.status.run_id, begin.run.id);
    assert_eq!(done.status.bundle_version, "0.1.0");
    assert_eq!(done, store.installation("dev", "life").await.unwrap());

    assert_eq!(store.run(&begin.run.id).await.unwrap(), begin.run);
    assert_eq!(store.last_run("dev", "life").await.unwrap(), begin.run);
    let runs = store.runs("dev", "life").await.unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].run, begin.run);
    assert_eq!(runs[0].results, store.results(&begin.run.id).await.unwrap());
    assert_eq!(runs[0].results[1], finish.result);

    let outputs = store.outputs_of_run(&begin.run.id).await.unwrap();
    let names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
    assert_eq!(names, ["binary", "empty", "greeting", "password"]);
    assert_eq!(outputs[0].value, OutputValue::Clear(vec![0, 255, 10]));
    assert_eq!(outputs[1].value, OutputValue::Clear(Vec::new()));
    assert_eq!(outputs[3].value, value);
    assert_eq!(secrets.secret(&key).await.unwrap(), password);
    let log = store
        .output_of_run(&begin.run.id, LOGS_OUTPUT)
        .await
        .unwrap();
    assert_eq!(log.value, OutputValue::Clear(b"log\n".to_vec()));
    let log = store.last_output("dev", "life", LOGS_OUTPUT).await.unwrap();
    assert_eq!(log.run_id, begin.run.id);

    // An action that writes one output leaves the others as they were.
    let done = act(
        store,
        &done,
        "status",
        ResultStatus::Succeeded,
        &[("greeting", b"hi")],
    )
    .await;
    assert_eq!(done.status.action, "install", "status modifies nothing");
    let last = store.last_outputs("dev", "life").await.unwrap();
    let names: Vec<&str> = last.iter().map(|output| output.name.as_str()).collect();
    assert_eq!(names, ["binary", "empty", "greeting", "password"]);
    assert_eq!(last[2].value, OutputValue::Clear(b"hi".to_vec()));
    assert_eq!(store.runs("dev", "life").await.unwrap().len(), 2);

    let done = act(store, &done, "uninstall", ResultStatus::Succeeded, &[]).await;
    assert!(done.status.is_uninstalled() && done.status.can_delete());
    store.delete_installation("dev", "life").await.unwrap();
}

async fn failures(store: &dyn Store) {
    let shop = Installation::new("", "bad");
    let done = act(
        store,
        &shop,
        "install",
        ResultStatus::Failed,
        &[("a", b"kept")],
    )
    .await;
    assert!(done.status.is_defined() && done.status.can_install() && !done.status.can_upgrade());
    assert_eq!(done.status.display_status(), "failed");
    assert_eq!(store.last_outputs("", "bad").await.unwrap().len(), 1);
    let never_begun = Run::new(&shop, "install", BUNDLE.into());
    let finish_it = finish(&never_begun, ResultStatus::Failed, &[]);
    let unknown = store.finish_run(&finish_it).await.unwrap_err();
    assert!(matches!(unknown, StoreError::RunNotFound));
    for (error, text) in [
        (store.run("none").await.unwrap_err(), "Run not found"),
        (
            store.last_run("", "none").await.unwrap_err(),
            "Run not found",
        ),
        (
            store.last_output("", "bad", "x").await.unwrap_err(),
            " not found",
        ),
        (
            store.output_of_run("x", "y").await.unwrap_err(),
            " not found",
        ),
        (store.heartbeat("none").await.unwrap_err(), "Run not found"),
    ] {
        assert_eq!(error.to_string(), text);
    }
    assert!(store.results("none").await.unwrap().is_empty());

    // Half a finish is no finish: two outputs of one name are refused, and nothing is stored.
    let begin = begin(&done, "upgrade");
    store.begin_run(&begin).await.unwrap();
    let twice = finish(
        &begin.run,
        ResultStatus::Succeeded,
        &[("o", b"1"), ("o", b"2")],
    );
    store.finish_run(&twice).await.unwrap_err();
    assert_eq!(store.results(&begin.run.id).await.unwrap().len(), 1);
    assert!(
        store
            .outputs_of_run(&begin.run.id)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store.installation("", "bad").await.unwrap().status,
        done.status
    );
    let once = finish(&begin.run, ResultStatus::Succeeded, &[("o", b"1")]);
    store.finish_run(&once).await.unwrap();
    store.delete_installation("", "bad").await.unwrap();
}

async fn last_by_order(store: &dyn Store) {
    let shop = Installation::new("", "quick");
    let mut last = String::new();
    for number in 0..20 {
        let mut begin = begin(&shop, "upgrade");
        // A clock that runs backwards and an id that sorts before all others change nothing.
        begin.run.created = begin.run.created.plus_seconds(-number);
        begin.run.id = format!("{:026}", 100 - number);
        store.begin_run(&begin).await.unwrap();
        let text = number.to_string();
        let mut finish = finish(
            &begin.run,
            ResultStatus::Succeeded,
            &[("n", text.as_bytes())],
        );
        finish.result.created = begin.run.created;
        store.finish_run(&finish).await.unwrap();
        last = begin.run.id;
    }
    assert_eq!(store.last_run("", "quick").await.unwrap().id, last);
    let output = store.last_output("", "quick", "n").await.unwrap();
    assert_eq!(output.value, OutputValue::Clear(b"19".to_vec()));
    let outputs = store.last_outputs("", "quick").await.unwrap();
    assert_eq!(outputs, [output]);
    store.delete_installation("", "quick").await.unwrap();
}

async fn one_at_a_time(store: &dyn Store) {
    let shop = Installation::new("dev", "busy");
    let first = begin(&shop, "install");
    store.begin_run(&first).await.unwrap();
    for force in [false, true] {
        let mut second = begin(&shop, "upgrade");
        second.force = force;
        let refused = store.begin_run(&second).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "installation dev/busy already has an incomplete run ({}); wait for it to finish \
                 before starting another, or use --force-run to skip this check",
                first.run.id
            )
        );
        assert!(matches!(
            store.run(&second.run.id).await,
            Err(StoreError::RunNotFound)
        ));
    }
    assert!(
        store.reconcile_lost_runs().await.unwrap().is_empty(),
        "we live"
    );
    let done = finish(&first.run, ResultStatus::Succeeded, &[]);
    store.finish_run(&done).await.unwrap();
    store.begin_run(&begin(&shop, "upgrade")).await.unwrap();
    store.delete_installation("dev", "busy").await.unwrap();
}

async fn deletion(store: &dyn Store, secrets: &dyn Secrets) {
    let shop = Installation::new("dev", "gone");
    let keep = Installation::new("dev", "kept");
    let value = Sensitive::new(b"v".to_vec());
    let begin = begin(&shop, "install");
    store.put_installation(&keep).await.unwrap();
    store.begin_run(&begin).await.unwrap();
    let keys = [shop.secret_key("p"), begin.run.secret_key("o")];
    for key in keys.iter().chain([&keep.secret_key("p")]) {
        secrets.put_secret(key, &value).await.unwrap();
    }
    let finish = finish(&begin.run, ResultStatus::Succeeded, &[("a", b"1")]);
    store.finish_run(&finish).await.unwrap();
    store.delete_installation("dev", "gone").await.unwrap();

    assert!(matches!(
        store.run(&begin.run.id).await,
        Err(StoreError::RunNotFound)
    ));
    assert!(store.runs("dev", "gone").await.unwrap().is_empty());
    assert!(store.results(&begin.run.id).await.unwrap().is_empty());
    assert!(store.last_outputs("dev", "gone").await.unwrap().is_empty());
    for key in keys {
        let missing = secrets.secret(&key).await.unwrap_err();
        assert!(matches!(missing, SecretsError::NotFound { .. }));
    }
    assert_eq!(secrets.secret(&keep.secret_key("p")).await.unwrap(), value);
    store.delete_installation("dev", "kept").await.unwrap();
}

async fn sets(store: &dyn Store) {
    let mut credentials = CredentialSet::new("dev", "both");
    let source = Source::new(Strategy::Env, "TOKEN");
    credentials
        .credentials
        .push(NamedSource::new("token", source));
    store.put_credential_set(&credentials).await.unwrap();
    let mut parameters = ParameterSet::new("dev", "both");
    store.put_parameter_set(&parameters).await.unwrap();
    parameters.set(NamedSource::new("who", Source::value("1.10")));
    store.put_parameter_set(&parameters).await.unwrap();
    assert_eq!(
        store.credential_set("dev", "both").await.unwrap(),
        credentials
    );
    assert_eq!(
        store.parameter_set("dev", "both").await.unwrap(),
        parameters
    );
    let missing = store.parameter_set("", "both").await.unwrap_err();
    assert_eq!(missing.to_string(), "both not found");
    listed_sets(store).await;
    used_sets(store).await;
}

async fn listed_sets(store: &dyn Store) {
    for (namespace, name, label) in [("", "a1", "x"), ("", "a2", "y"), ("zone", "a3", "x")] {
        let mut set = CredentialSet::new(namespace, name);
        set.labels.insert("l".into(), label.into());
        for (name, source) in [("v", Source::value("literal")), ("w", Source::value(""))] {
            set.credentials.push(NamedSource::new(name, source));
        }
        store.put_credential_set(&set).await.unwrap();
    }
    let table: Vec<(RecordFilter, &[&str])> = vec![
        (name("^a"), &["a1", "a2", "a3"]),
        (namespace("zone"), &["a3"]),
        (label("l", "x"), &["a1", "a3"]),
        (window(1, Some(1)), &["a2"]),
    ];
    for (filter, expected) in table {
        let sets = store.credential_sets(&filter).await.unwrap();
        let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
        assert_eq!(names, expected, "{filter:?}");
        for set in sets {
            assert_eq!(set.credentials[0].source.hint, "literal");
        }
    }
    let invalid = store.parameter_sets(&name("[")).await.unwrap_err();
    assert!(matches!(invalid, StoreError::InvalidFilter { .. }));
}

async fn used_sets(store: &dyn Store) {
    for namespace in ["", "own"] {
        let set = CredentialSet::new(namespace, "used");
        store.put_credential_set(&set).await.unwrap();
    }
    let mut users = Vec::new();
    for namespace in ["", "own", "other"] {
        let mut user = Installation::new(namespace, "user");
        user.credential_sets = vec!["used".into()];
        store.put_installation(&user).await.unwrap();
        users.push(user);
    }
    let refused = store
        .delete_credential_set("", "used", SetUse::Respected)
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "credential set used is in use by the following installation(s): /user, other/user; if \
         you are sure it should be deleted, retry the last command with the --force flag"
    );
    assert!(store.credential_set("", "used").await.is_ok());
    for (namespace, use_is) in [("", SetUse::Ignored), ("nowhere", SetUse::Respected)] {
        store
            .delete_credential_set(namespace, "used", use_is)
            .await
            .unwrap();
    }
    assert!(store.credential_set("", "used").await.is_err());
    store
        .delete_parameter_set("own", "used", SetUse::Respected)
        .await
        .unwrap();
    assert!(store.credential_set("own", "used").await.is_ok());
    for user in users {
        store
            .delete_installation(&user.namespace, "user")
            .await
            .unwrap();
    }
}

async fn values(secrets: &dyn Secrets) {
    let missing = secrets.secret("nothing").await.unwrap_err();
    assert_eq!(
        missing.to_string(),
        "secret `nothing` does not exist in the secret store"
    );
    for value in [&b""[..], b"first", &[0, 159, 146, 150], &[7; 100_000]] {
        let value = Sensitive::new(value.to_vec());
        secrets.put_secret("changing", &value).await.unwrap();
        assert_eq!(secrets.secret("changing").await.unwrap(), value);
    }
}

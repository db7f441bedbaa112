//! The store on SQLite: the common suite, the file, its schema and its errors.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use porter_cnab::Sensitive;
use porter_cnab::records::{
    CredentialSet, Installation, NamedSource, OutputValue, ParameterSet, ResultStatus, Source,
};
use porter_cnab::secrets::{Secrets, SecretsError};
use porter_cnab::store::{Holder, Store, StoreError};
use porter_storage::{DATABASE_FILE, KEY_FILE, SqliteStore, StorageError, StoreOptions};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use crate::suite;

async fn open(home: &Path) -> SqliteStore {
    SqliteStore::open(StoreOptions::new(home)).await.unwrap()
}

async fn open_as(home: &Path, holder: Holder) -> SqliteStore {
    let holder = Some(holder);
    let home = home.to_path_buf();
    SqliteStore::open(StoreOptions { home, holder })
        .await
        .unwrap()
}

async fn refused(home: &Path) -> StorageError {
    SqliteStore::open(StoreOptions::new(home))
        .await
        .unwrap_err()
}

async fn raw(home: &Path) -> SqliteConnection {
    sqlx::sqlite::SqliteConnectOptions::new()
        .filename(home.join(DATABASE_FILE))
        .create_if_missing(true)
        .connect()
        .await
        .unwrap()
}

async fn execute(home: &Path, sql: &'static str) {
    let mut connection = raw(home).await;
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

#[tokio::test]
async fn does_what_every_store_does() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    suite::check(&store, &store).await;
}

#[tokio::test]
async fn is_for_the_user_alone() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("deep").join("home");
    let store = open(&home).await;
    store
        .put_installation(&Installation::new("", "a"))
        .await
        .unwrap();
    store
        .put_secret("k", &Sensitive::new(b"v".to_vec()))
        .await
        .unwrap();
    assert_eq!(mode(&home), 0o700);
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(&home).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    names.sort();
    assert_eq!(
        names,
        ["porter.db", "porter.db-shm", "porter.db-wal", "secret.key"]
    );
    store.close().await.unwrap();
    assert!(
        !home.join("porter.db-wal").exists(),
        "closing puts the log away"
    );
}

#[tokio::test]
async fn keeps_everything_over_a_reopening() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let shop = Installation::new("dev", "shop");
    let done = suite::act(
        &store,
        &shop,
        "install",
        ResultStatus::Succeeded,
        &[("a", b"1")],
    )
    .await;
    store
        .put_secret("k", &Sensitive::new(b"v".to_vec()))
        .await
        .unwrap();
    store.close().await.unwrap();

    let store = open(home.path()).await;
    assert_eq!(store.installation("dev", "shop").await.unwrap(), done);
    let output = store.last_output("dev", "shop", "a").await.unwrap();
    assert_eq!(output.value, OutputValue::Clear(b"1".to_vec()));
    assert_eq!(store.secret("k").await.unwrap().expose(), b"v");
}

/// A released migration never changes. Whoever adds one writes the new schema here.
#[tokio::test]
async fn has_the_schema_that_was_agreed() {
    let home = tempfile::tempdir().unwrap();
    open(home.path()).await.close().await.unwrap();
    let mut connection = raw(home.path()).await;
    let rows = sqlx::query("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let schema: Vec<String> = rows.iter().map(|row| row.get::<String, _>(0)).collect();
    let schema = schema.join(";\n") + ";\n";
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/storage/schema.sql");
    assert_eq!(schema, fs::read_to_string(golden).unwrap());
    for (pragma, expected) in [("PRAGMA user_version", "2"), ("PRAGMA journal_mode", "wal")] {
        let row = sqlx::query(pragma)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let value: String = row
            .try_get::<String, _>(0)
            .unwrap_or_else(|_| row.get::<i64, _>(0).to_string());
        assert_eq!(value, expected, "{pragma}");
    }
}

#[tokio::test]
async fn brings_an_older_schema_to_the_newest() {
    let home = tempfile::tempdir().unwrap();
    let first = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite/0001_records.sql");
    let path = home.path().join(DATABASE_FILE);
    fs::write(&path, "").unwrap();
    let first: &'static str = fs::read_to_string(first).unwrap().leak();
    for sql in [
        first,
        "PRAGMA application_id = 1347375700; PRAGMA user_version = 1",
        "INSERT INTO sets (kind, namespace, name, document) VALUES ('credentials', '', 'old',
             '{\"name\":\"old\",\"credentials\":[{\"name\":\"a\",\"source\":{\"value\":\"b\"}}]}')",
    ] {
        execute(home.path(), sql).await;
    }
    let store = open(home.path()).await;
    // As it was before, for whoever goes back.
    let backup = home.path().join("porter.db.schema-1.backup");
    assert_eq!(mode(&backup), 0o600);
    let earlier = tempfile::tempdir().unwrap();
    fs::copy(&backup, earlier.path().join(DATABASE_FILE)).unwrap();
    let mut connection = raw(earlier.path()).await;
    for (sql, expected) in [("PRAGMA user_version", 1), ("SELECT count(*) FROM sets", 1)] {
        let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), expected, "{sql}");
    }
    let old = store.credential_set("", "old").await.unwrap();
    assert_eq!(old.credentials[0].source, Source::value("b"));
    store.put_credential_set(&old).await.unwrap();
    assert_eq!(store.credential_set("", "old").await.unwrap(), old);
}

#[tokio::test]
async fn refuses_what_is_not_ours_to_open() {
    let home = tempfile::tempdir().unwrap();
    open(home.path()).await.close().await.unwrap();
    execute(home.path(), "PRAGMA user_version = 99").await;
    let error = refused(home.path()).await;
    assert!(matches!(
        error,
        StorageError::TooNew {
            found: 99,
            known: 2,
            ..
        }
    ));
    assert!(error.to_string().ends_with(
        "porter.db` has schema 99, this porter knows 2; use the newer porter that wrote it"
    ));

    let foreign = tempfile::tempdir().unwrap();
    execute(foreign.path(), "CREATE TABLE photographs (name TEXT)").await;
    let error = refused(foreign.path()).await;
    assert!(matches!(error, StorageError::Foreign { .. }), "{error}");

    let file = tempfile::NamedTempFile::new().unwrap();
    let error = refused(file.path()).await;
    assert!(
        error
            .to_string()
            .contains(&file.path().display().to_string()),
        "{error}"
    );
}

#[tokio::test]
async fn says_that_the_file_is_damaged() {
    let home = tempfile::tempdir().unwrap();
    fs::write(
        home.path().join(DATABASE_FILE),
        "no database at all".repeat(500),
    )
    .unwrap();
    let error = refused(home.path()).await;
    assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("restore it from a backup"));

    // Pages torn out of the middle.
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    for number in 0..200 {
        let name = format!("i{number}");
        store
            .put_installation(&Installation::new("", &name))
            .await
            .unwrap();
    }
    store.close().await.unwrap();
    let path = home.path().join(DATABASE_FILE);
    let mut bytes = fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[4096..length].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let broken = match SqliteStore::open(StoreOptions::new(home.path())).await {
        Err(error) => error.to_string(),
        Ok(store) => {
            let filter = porter_cnab::store::RecordFilter::default();
            store.installations(&filter).await.unwrap_err().to_string()
        }
    };
    assert!(broken.contains("is damaged"), "{broken}");
}

#[tokio::test]
async fn never_stores_a_secret_in_clear() {
    const PLANTED: &str = "planted-5f2d0c-value";
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let secret = Sensitive::new(PLANTED.as_bytes().to_vec());
    for number in 0..50 {
        store
            .put_secret(&format!("key-{number}"), &secret)
            .await
            .unwrap();
    }
    let mut credentials = CredentialSet::new("", "literal");
    let literal = NamedSource::new("a", Source::value(PLANTED));
    credentials.credentials.push(literal.clone());
    store.put_credential_set(&credentials).await.unwrap();
    let mut parameters = ParameterSet::new("", "literal");
    parameters.set(literal);
    store.put_parameter_set(&parameters).await.unwrap();
    let scan = || {
        for entry in fs::read_dir(home.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            for needle in [PLANTED, "cGxhbnRlZC01ZjJkMGM"] {
                let found = bytes
                    .windows(needle.len())
                    .any(|part| part == needle.as_bytes());
                assert!(!found, "{needle} in {}", path.display());
            }
        }
    };
    scan();
    assert!(!format!("{store:?}").contains(PLANTED));
    store.close().await.unwrap();
    scan();
    assert_eq!(
        open(home.path()).await.secret("key-7").await.unwrap(),
        secret
    );
}

#[tokio::test]
async fn guards_the_key_of_the_secrets() {
    let home = tempfile::tempdir().unwrap();
    let key = home.path().join(KEY_FILE);
    let value = Sensitive::new(b"v".to_vec());
    let store = open(home.path()).await;
    store.put_secret("a", &value).await.unwrap();
    store.put_secret("b", &value).await.unwrap();
    store.close().await.unwrap();
    let original = fs::read(&key).unwrap();

    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert_backend(home.path(), "can be read by others; run `chmod 600").await;
    fs::remove_file(&key).unwrap();
    assert_backend(home.path(), "is missing, the stored secrets cannot be read").await;
    let error = open(home.path())
        .await
        .put_secret("c", &value)
        .await
        .unwrap_err();
    assert!(
        cause(error).contains("is missing"),
        "a new key would hide that the old one is gone"
    );
    write_private(&key, b"rubbish\n");
    assert_backend(home.path(), "is no key of porter").await;
    let other = format!("porter-secret-key 1\n{}\n", "ab".repeat(32));
    write_private(&key, other.as_bytes());
    assert_backend(home.path(), "the secret `a` cannot be decrypted").await;

    write_private(&key, &original);
    assert_eq!(open(home.path()).await.secret("a").await.unwrap(), value);
    // A secret is bound to its name: one cannot be put in place of another.
    execute(
        home.path(),
        "UPDATE secrets SET (nonce, ciphertext) =
             (SELECT nonce, ciphertext FROM secrets WHERE key = 'b') WHERE key = 'a'",
    )
    .await;
    assert_backend(home.path(), "the secret `a` cannot be decrypted").await;
    execute(home.path(), "UPDATE secrets SET nonce = x'00'").await;
    assert_backend(home.path(), "the secret `a` cannot be decrypted").await;
}

#[tokio::test]
async fn the_key_is_exchanged_and_nothing_is_lost() {
    let home = tempfile::tempdir().unwrap();
    let key = home.path().join(KEY_FILE);
    let kept = home.path().join("kept.key");
    let value = Sensitive::new(b"v".to_vec());
    let mut store = open(home.path()).await;
    let error = store.rotate_key().await.unwrap_err().to_string();
    assert!(error.contains("there is no key yet"), "{error}");
    store.put_secret("a", &value).await.unwrap();
    let mut set = CredentialSet::new("dev", "literal");
    set.credentials
        .push(NamedSource::new("a", Source::value("w")));
    store.put_credential_set(&set).await.unwrap();
    store.export_key(&kept).await.unwrap();
    assert_eq!(mode(&kept), 0o600);
    assert_eq!(fs::read(&kept).unwrap(), fs::read(&key).unwrap());
    assert!(
        store.export_key(&kept).await.is_err(),
        "never over another file"
    );

    assert_eq!(store.rotate_key().await.unwrap(), 2);
    assert_eq!(store.secret("a").await.unwrap(), value);
    store.close().await.unwrap();
    // Killed between the file and the database: the file opens both.
    let store = open(home.path()).await;
    assert_eq!(store.secret("a").await.unwrap(), value);
    assert_eq!(store.credential_set("dev", "literal").await.unwrap(), set);
    let error = store.import_key(&kept).await.unwrap_err().to_string();
    assert!(
        error.contains("`a` cannot be decrypted with it; nothing was changed"),
        "{error}"
    );
    assert_eq!(store.secret("a").await.unwrap(), value);

    // A second rotation forgets the first key.
    let mut store = open(home.path()).await;
    store.rotate_key().await.unwrap();
    let text = fs::read_to_string(&key).unwrap();
    assert_eq!(text.lines().count(), 3);
    assert!(!text.contains(fs::read_to_string(&kept).unwrap().lines().nth(1).unwrap()));
    drop(store);

    // Lost, and brought back.
    let newest = home.path().join("newest.key");
    open(home.path()).await.export_key(&newest).await.unwrap();
    fs::remove_file(&key).unwrap();
    let store = open(home.path()).await;
    store.import_key(&newest).await.unwrap();
    assert_eq!(store.secret("a").await.unwrap(), value);
}

async fn assert_backend(home: &Path, part: &str) {
    let text = cause(open(home).await.secret("a").await.unwrap_err());
    assert!(text.contains(part), "{text}");
}

fn cause(error: SecretsError) -> String {
    match error {
        SecretsError::Backend(source) => source.to_string(),
        other => panic!("unexpected {other}"),
    }
}

fn write_private(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn elsewhere() -> Holder {
    Holder {
        host: "elsewhere".into(),
        boot: "other-boot pid:[1]".into(),
        process: 1,
        process_started: 1,
    }
}

#[tokio::test]
async fn a_holder_elsewhere_keeps_its_lease_until_it_expires() {
    let home = tempfile::tempdir().unwrap();
    let far = open_as(home.path(), elsewhere()).await;
    let near = open(home.path()).await;
    let shop = Installation::new("dev", "shop");
    let begin = suite::begin(&shop, "install");
    far.begin_run(&begin).await.unwrap();

    let busy = near
        .begin_run(&suite::begin(&shop, "upgrade"))
        .await
        .unwrap_err();
    assert!(matches!(busy, StoreError::Busy { holder, .. } if holder.host == "elsewhere"));
    assert!(matches!(
        near.put_installation(&shop).await,
        Err(StoreError::Busy { .. })
    ));
    let delete = near.delete_installation("dev", "shop").await;
    assert!(matches!(delete, Err(StoreError::Busy { .. })));
    assert!(near.reconcile_lost_runs().await.unwrap().is_empty());

    execute(home.path(), "UPDATE leases SET expires = 1").await;
    far.heartbeat(&begin.run.id).await.unwrap();
    assert!(
        near.reconcile_lost_runs().await.unwrap().is_empty(),
        "it showed that it lives"
    );
    execute(home.path(), "UPDATE leases SET expires = 1").await;
    let lost = near.reconcile_lost_runs().await.unwrap();
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].run_id, begin.run.id);
    assert_eq!(lost[0].revision, begin.run.revision);
    assert_eq!(lost[0].holder, elsewhere());
    assert!(
        near.reconcile_lost_runs().await.unwrap().is_empty(),
        "once is enough"
    );
    let results = near.results(&begin.run.id).await.unwrap();
    assert_eq!(results[1].status, ResultStatus::Unknown);
    let stored = near.installation("dev", "shop").await.unwrap();
    assert_eq!(stored.status.display_status(), "lost");
    assert!(stored.status.is_defined());

    // It was only asleep, and nobody came after: what it did is the better truth.
    assert!(matches!(
        far.heartbeat(&begin.run.id).await,
        Err(StoreError::LeaseLost { .. })
    ));
    let finish = suite::finish(&begin.run, ResultStatus::Succeeded, &[]);
    assert!(far.finish_run(&finish).await.unwrap().status.is_installed());
}

#[tokio::test]
async fn a_run_that_was_replaced_cannot_finish() {
    let home = tempfile::tempdir().unwrap();
    let far = open_as(home.path(), elsewhere()).await;
    let near = open(home.path()).await;
    let shop = Installation::new("dev", "shop");
    let first = suite::begin(&shop, "install");
    far.begin_run(&first).await.unwrap();
    execute(home.path(), "UPDATE leases SET expires = 1").await;
    let second = suite::begin(&shop, "install");
    let lost = near.begin_run(&second).await.unwrap().unwrap();
    assert_eq!(lost.run_id, first.run.id);
    let late = suite::finish(&first.run, ResultStatus::Failed, &[("a", b"late")]);
    let error = far.finish_run(&late).await.unwrap_err();
    assert!(matches!(error, StoreError::LeaseLost { .. }), "{error}");
    assert!(near.last_outputs("dev", "shop").await.unwrap().is_empty());
    let finish = suite::finish(&second.run, ResultStatus::Succeeded, &[]);
    assert!(
        near.finish_run(&finish)
            .await
            .unwrap()
            .status
            .is_installed()
    );
}

#[tokio::test]
async fn force_takes_over_what_has_expired_only() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let shop = Installation::new("", "hung");
    let first = suite::begin(&shop, "install");
    store.begin_run(&first).await.unwrap();
    let mut second = suite::begin(&shop, "install");
    second.force = true;
    assert!(matches!(
        store.begin_run(&second).await,
        Err(StoreError::Busy { .. })
    ));
    execute(home.path(), "UPDATE leases SET expires = 1").await;
    let unforced = store.begin_run(&suite::begin(&shop, "install")).await;
    assert!(
        matches!(unforced, Err(StoreError::Busy { .. })),
        "its process is there"
    );
    let lost = store.begin_run(&second).await.unwrap().unwrap();
    assert_eq!(lost.run_id, first.run.id);
}

#[tokio::test]
async fn a_machine_that_was_started_again_holds_nothing() {
    let home = tempfile::tempdir().unwrap();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let before = Holder {
        host: host.trim().into(),
        ..elsewhere()
    };
    let dead = open_as(home.path(), before.clone()).await;
    let begin = suite::begin(&Installation::new("", "a"), "rotate");
    dead.begin_run(&begin).await.unwrap();
    let lost = open(home.path()).await.reconcile_lost_runs().await.unwrap();
    assert_eq!(lost.len(), 1);
    assert_eq!(
        (lost[0].action.as_str(), &lost[0].holder),
        ("rotate", &before)
    );
}

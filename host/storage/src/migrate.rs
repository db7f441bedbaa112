//! The schema and its versions.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::{Connection, Row, SqliteConnection};

use crate::error::StorageError;

/// "PORT", the mark of our databases in the header of the file.
const APPLICATION_ID: i64 = 0x504f_5254;

/// One step of the schema. Released ones never change.
struct Migration {
    sql: &'static str,
    /// Stamps the version; a pragma takes no parameters.
    stamp: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        sql: include_str!("../migrations/sqlite/0001_records.sql"),
        stamp: "PRAGMA application_id = 1347375700; PRAGMA user_version = 1",
    },
    Migration {
        sql: include_str!("../migrations/sqlite/0002_sealed_sets.sql"),
        stamp: "PRAGMA user_version = 2",
    },
];

/// How long to wait for others that make the same new database.
const PATIENCE: Duration = Duration::from_secs(10);

/// Brings the database to the newest schema. One query when there is nothing to do.
pub(crate) async fn migrate(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<(), StorageError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let (version, application) = header(connection, path).await?;
    match version {
        found if found > known && application == APPLICATION_ID => Err(StorageError::TooNew {
            path: path.to_path_buf(),
            found,
            known,
        }),
        found if found == known && application == APPLICATION_ID => Ok(()),
        _ => {
            if version == 0 && application == 0 {
                write_ahead(connection, path).await?;
            }
            if version > 0 && application == APPLICATION_ID {
                back_up(connection, path, version).await?;
            }
            apply(connection, path).await
        }
    }
}

/// Version and application id in the header of the file.
async fn header(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<(i64, i64), StorageError> {
    let row = sqlx::query(
        "SELECT user_version, application_id FROM pragma_user_version, pragma_application_id",
    )
    .fetch_one(connection)
    .await
    .map_err(|error| StorageError::database(path, error))?;
    let read = |index: usize| {
        row.try_get::<i64, _>(index)
            .map_err(|error| StorageError::database(path, error))
    };
    Ok((read(0)?, read(1)?))
}

/// Switches a new database to the write-ahead log. SQLite does not wait for others here by itself.
async fn write_ahead(connection: &mut SqliteConnection, path: &Path) -> Result<(), StorageError> {
    let begin = Instant::now();
    loop {
        let switched = sqlx::raw_sql("PRAGMA journal_mode = WAL")
            .execute(&mut *connection)
            .await;
        let error = match switched {
            Ok(_) => return Ok(()),
            Err(error) => StorageError::database(path, error),
        };
        if !matches!(error, StorageError::Locked { .. }) || begin.elapsed() > PATIENCE {
            return Err(error);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Copies the database as it is to a file beside it, before its schema changes: whoever goes back to
/// an older porter finds it there.
async fn back_up(
    connection: &mut SqliteConnection,
    path: &Path,
    version: i64,
) -> Result<(), StorageError> {
    let backup = path.with_extension(format!("db.schema-{version}.backup"));
    if backup.exists() {
        return Ok(());
    }
    let draft = path.with_extension(format!("db.new.{}", porter_cnab::records::new_ulid()));
    let access = |source| StorageError::access(&draft, source);
    // SQLite fills an empty file and leaves its mode alone.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .map_err(access)?;
    let written = sqlx::query("VACUUM INTO $1")
        .bind(draft.to_string_lossy().into_owned())
        .execute(connection)
        .await
        .map_err(|error| StorageError::database(path, error))
        .and_then(|_| fs::rename(&draft, &backup).map_err(access));
    if written.is_err() {
        // Ours alone; the error that matters is the first.
        let _ = fs::remove_file(&draft);
    }
    written
}

async fn apply(connection: &mut SqliteConnection, path: &Path) -> Result<(), StorageError> {
    let failed = |error| StorageError::database(path, error);
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(failed)?;
    // Another process may have done it while we waited.
    let (version, application) = header(&mut transaction, path).await?;
    if application != APPLICATION_ID && !is_empty(&mut transaction, path).await? {
        return Err(StorageError::Foreign {
            path: path.to_path_buf(),
        });
    }
    let done = usize::try_from(version).unwrap_or_default();
    for migration in MIGRATIONS.iter().skip(done) {
        for sql in [migration.sql, migration.stamp] {
            sqlx::raw_sql(sql)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
    }
    transaction.commit().await.map_err(failed)
}

async fn is_empty(connection: &mut SqliteConnection, path: &Path) -> Result<bool, StorageError> {
    let row = sqlx::query("SELECT 1 FROM sqlite_master LIMIT 1")
        .fetch_optional(connection)
        .await
        .map_err(|error| StorageError::database(path, error))?;
    Ok(row.is_none())
}

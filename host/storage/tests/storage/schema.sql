CREATE TABLE installations (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL,
    PRIMARY KEY (namespace, name)
);
CREATE TABLE leases (
    namespace TEXT NOT NULL,
    installation TEXT NOT NULL,
    run_id TEXT NOT NULL UNIQUE REFERENCES runs (id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    boot TEXT NOT NULL,
    process BIGINT NOT NULL,
    process_started BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (namespace, installation),
    FOREIGN KEY (namespace, installation) REFERENCES installations (namespace, name)
        ON DELETE CASCADE
);
CREATE TABLE outputs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    result_id TEXT NOT NULL REFERENCES results (id) ON DELETE CASCADE,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    namespace TEXT NOT NULL,
    installation TEXT NOT NULL,
    name TEXT NOT NULL,
    schema_version TEXT NOT NULL,
    secret_key TEXT,
    value BLOB,
    UNIQUE (result_id, name),
    CHECK ((secret_key IS NULL) <> (value IS NULL))
);
CREATE INDEX outputs_of_installation ON outputs (namespace, installation, name, sequence);
CREATE INDEX outputs_of_run ON outputs (run_id, name, sequence);
CREATE TABLE results (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX results_of_run ON results (run_id, sequence);
CREATE TABLE runs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    namespace TEXT NOT NULL,
    installation TEXT NOT NULL,
    bundle TEXT NOT NULL,
    document TEXT NOT NULL,
    FOREIGN KEY (namespace, installation) REFERENCES installations (namespace, name)
        ON DELETE CASCADE
);
CREATE INDEX runs_of_installation ON runs (namespace, installation, sequence);
CREATE TABLE secrets (
    key TEXT PRIMARY KEY NOT NULL,
    owner TEXT NOT NULL,
    nonce BLOB NOT NULL,
    ciphertext BLOB NOT NULL
);
CREATE INDEX secrets_of_owner ON secrets (owner);
CREATE TABLE sets (
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL, nonce BLOB, ciphertext BLOB,
    PRIMARY KEY (kind, namespace, name)
);
CREATE TABLE sqlite_sequence(name,seq);

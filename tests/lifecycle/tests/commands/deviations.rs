//! Where we differ from what was recorded, and why; and what waits for something.

/// A step that is not compared as it was recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deviation {
    /// We do something else on purpose.
    Differs {
        /// Our exit code.
        exit: i64,
        /// A part of our standard output.
        stdout: &'static str,
        /// A part of our standard error.
        stderr: &'static str,
        /// Why.
        #[expect(dead_code, reason = "written for the reader of the table")]
        reason: &'static str,
    },
    /// It cannot be run yet.
    Waits(&'static str),
}

/// The deviation of a step, counted from 0.
pub(crate) fn of(case: &str, step: usize) -> Option<Deviation> {
    TABLE
        .iter()
        .find(|row| case == row.0 && row.1.contains(&step))
        .map(|row| row.2)
}

/// What a whole case waits for.
pub(crate) fn waits(case: &str) -> Option<&'static str> {
    let row = WAITING.iter().find(|row| row.1.contains(&case));
    row.map(|row| row.0)
}

const fn complains(stderr: &'static str, reason: &'static str) -> Deviation {
    Deviation::Differs {
        exit: 1,
        stdout: "",
        stderr,
        reason,
    }
}

const fn shows(stdout: &'static str, reason: &'static str) -> Deviation {
    Deviation::Differs {
        exit: 0,
        stdout,
        stderr: "",
        reason,
    }
}

const WAITING: &[(&str, &[&str])] = &[
    (
        "bundles of a registry",
        &[
            "117-apply",
            "131-registry-down",
            "141-archive",
            "143-pull-cache",
        ],
    ),
    (
        "dependencies",
        &[
            "133-force-run-flag",
            "137-dependency-missing-in-registry",
            "139-explain-dependencies",
            "162-depends-shared-name-collision",
            "storage-4-dependencies",
        ],
    ),
    ("other drivers", &["123-driver-debug", "124-driver-command"]),
    (
        "`storage migrate` and `fix-permissions`",
        &["147-storage-commands", "148-fix-permissions-modes"],
    ),
    (
        "a porter that is killed: see `tests/cli/tests/interrupted.rs`",
        &["129-kill9-during-run", "164-sigint-to-process-group"],
    ),
    (
        "other secret stores",
        &["110-sensitive-params-outputs", "111-host-secrets-plugin"],
    ),
    (
        "what other cases check is done first",
        &[
            "102-install-twice",
            "105-uninstall-delete-variants",
            "106-list-filters",
            "108-labels",
            "120-output-file-binary",
            "125-driver-docker-env",
            "150-wrong-usage-empty-dir",
            "153-autobuild",
            "155-env-as-flags",
            "157-invoke-fresh",
            "storage-1-simple",
            "storage-3-failed-and-invoked",
        ],
    ),
];

const UNNAMED: &str = "a set without a name cannot be used";
const PARSERS: &str = "the words of the parsers";
const FLAGS: &str = "the command line's own errors";
const FORCE: &str = "later versions of Porter have the flag";

const TABLE: &[(&str, &[usize], Deviation)] = &[
    (
        "112-credential-sets",
        &[25],
        complains("the schema version is 9.9.9 but the supported", PARSERS),
    ),
    (
        "112-credential-sets",
        &[26],
        complains(
            "invalid schemaType ParameterSet, expected CredentialSet",
            PARSERS,
        ),
    ),
    (
        "112-credential-sets",
        &[27],
        complains("the credential set has no name", UNNAMED),
    ),
    (
        "112-credential-sets",
        &[28],
        complains("invalid file 'bad6.yaml:1:1'", PARSERS),
    ),
    ("112-credential-sets", &[38], shows("b9", UNNAMED)),
];

//! Where we differ from what was recorded, and why; and what waits for something.

/// What we do instead of what was recorded, on purpose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deviation {
    /// Our exit code.
    pub(crate) exit: i64,
    /// A part of our standard output.
    pub(crate) stdout: &'static str,
    /// A part of our standard error.
    pub(crate) stderr: &'static str,
    /// Why.
    #[expect(dead_code, reason = "written for the reader of the table")]
    reason: &'static str,
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
    Deviation {
        exit: 1,
        stdout: "",
        stderr,
        reason,
    }
}

const fn masks(stdout: &'static str, stderr: &'static str) -> Deviation {
    Deviation {
        exit: 1,
        stdout,
        stderr,
        reason: "sensitive values are masked, the image is the local one, all missing outputs are named",
    }
}

const fn shows(stdout: &'static str, reason: &'static str) -> Deviation {
    Deviation {
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
    (
        "Porter's own store: see `tests/cli/tests/storage.rs`",
        &["147-storage-commands", "148-fix-permissions-modes"],
    ),
    (
        "a porter that is killed: see `tests/cli/tests/interrupted.rs`",
        &["129-kill9-during-run", "164-sigint-to-process-group"],
    ),
    (
        "a network and a registry that are not there",
        &["125-driver-docker-env"],
    ),
    ("a path that the recording leaves out", &["153-autobuild"]),
    (
        "what is not compared yet",
        &["120-output-file-binary", "150-wrong-usage-empty-dir"],
    ),
];

const UNNAMED: &str = "a set without a name cannot be used";
const PARSERS: &str = "the words of the parsers";
const CHAIN: &str = "Porter says more of where it was";
const STORE: &str = "the secret store is another one";
const UNCHANGED: &str = "a command that fails before it runs anything changes nothing";
const FORCE: &str = "later versions of Porter have the flag";

const TABLE: &[(&str, &[usize], Deviation)] = &[
    (
        "105-uninstall-delete-variants",
        &[6],
        shows("3 errors occurred:", "all missing outputs are named"),
    ),
    (
        "106-list-filters",
        &[13],
        shows("b2", "a label whose key has dots can be found"),
    ),
    (
        "106-list-filters",
        &[18],
        complains("invalid name filter `[`", PARSERS),
    ),
    (
        "106-list-filters",
        &[24],
        complains("invalid argument \"x\" for \"--limit\" flag", PARSERS),
    ),
    (
        "111-host-secrets-plugin",
        &[1, 5],
        complains(
            "secrets.porter.host, does not support persisting secrets: not implemented",
            STORE,
        ),
    ),
    ("111-host-secrets-plugin", &[2, 6], shows("", UNCHANGED)),
    (
        "111-host-secrets-plugin",
        &[3],
        complains("could not find installation /h1", UNCHANGED),
    ),
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
    (
        "113-credentials-in-runs",
        &[22],
        complains(
            "secret `missing-secret` does not exist in the secret store",
            STORE,
        ),
    ),
    (
        "113-credentials-in-runs",
        &[31],
        complains(
            "credential set v is in use by the following installation(s): /a, /i;",
            FORCE,
        ),
    ),
    ("113-credentials-in-runs", &[32], shows("", FORCE)),
    ("113-credentials-in-runs", &[34], shows("j", UNCHANGED)),
    (
        "115-parameter-sets",
        &[27],
        shows(
            "Install the shop for file text\n\n",
            "a value arrives unchanged",
        ),
    ),
    (
        "115-parameter-sets",
        &[31],
        complains(
            "to the destination parameter type integer: not a whole",
            PARSERS,
        ),
    ),
    (
        "115-parameter-sets",
        &[41],
        complains(
            "parameter set p1 is in use by the following installation(s): /b, /i;",
            FORCE,
        ),
    ),
    ("115-parameter-sets", &[42], shows("", FORCE)),
    (
        "115-parameter-sets",
        &[44],
        complains("unable to process provided parameter sets", CHAIN),
    ),
    (
        "123-driver-debug",
        &[0, 5],
        masks(
            "\"token\": \"*******\"",
            "required output greeting is missing and has no default",
        ),
    ),
    (
        "124-driver-command",
        &[6],
        complains(
            "Command driver (foo) failed executing bundle: exit status 9",
            "what a driver that fails has left is taken",
        ),
    ),
    (
        "124-driver-command",
        &[8],
        complains(
            "driver is not compatible with any of the invocation images in the bundle",
            CHAIN,
        ),
    ),
    (
        "155-env-as-flags",
        &[7],
        complains(
            "invalid value 'maybe' for '--force'",
            "a typing mistake is said",
        ),
    ),
    (
        "155-env-as-flags",
        &[8],
        complains("unable to access --file nope.yaml", PARSERS),
    ),
];

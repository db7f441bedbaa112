//! Where we differ from what was recorded, and why that is better.

/// A step that is not compared as it was recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deviation {
    /// We give something else on purpose.
    Differs {
        /// Our exit code.
        exit: i64,
        /// Our standard output without first and last line, where the row checks it.
        stdout: Option<&'static str>,
        /// Why.
        #[expect(dead_code, reason = "written for the reader of the table")]
        reason: &'static str,
    },
    /// It cannot be run in a temporary root.
    NotHere(&'static str),
}

/// The deviation of a step, counted from 0.
pub(crate) fn of(case: &str, step: usize) -> Option<Deviation> {
    TABLE
        .iter()
        .find(|row| case == row.0 && row.1.contains(&step))
        .map(|row| row.2)
}

/// Our standard output between the banner and the line that tells the success.
const fn shows(stdout: &'static str, reason: &'static str) -> Deviation {
    Deviation::Differs {
        exit: 0,
        stdout: Some(stdout),
        reason,
    }
}

const fn ends(exit: i64, reason: &'static str) -> Deviation {
    Deviation::Differs {
        exit,
        stdout: None,
        reason,
    }
}

const TYPES: &str = "values keep their text and cannot change the structure around them";
const MASKS: &str = "what Porter leaves unmasked is masked";
const PATHS: Deviation =
    Deviation::NotHere("a template gives the script a path that exists in a container only");
const BUILD: Deviation = Deviation::NotHere("refused when the bundle is built");
const CONTAINER: Deviation = Deviation::NotHere("looks at a whole container");

const TABLE: &[(&str, &[usize], Deviation)] = &[
    (
        "002-param-unquoted-args",
        &[0],
        shows("<42>\n<true>\n<xnull>\n<null>\n", TYPES),
    ),
    (
        "006-string-hash",
        &[0],
        shows(
            "quoted\n<a #b>\n<x a #b y>\nfrom the environment\n[a #b]\nunquoted\n<a a #b>\n",
            TYPES,
        ),
    ),
    ("013-string-lookalikes", &[0], ends(0, TYPES)),
    ("019-param-file", &[0, 2, 3], PATHS),
    ("020-param-path-string", &[0], PATHS),
    ("022-param-env-names", &[0], BUILD),
    ("028-tpl-unknown", &[0], BUILD),
    (
        "033-tpl-multiline-in-block",
        &[0],
        shows("<start\none\ntwo\nend\n>\n", TYPES),
    ),
    (
        "033-tpl-multiline-in-block",
        &[1],
        shows("<start\none\n      two\nend\n>\n", TYPES),
    ),
    (
        "037-mask-credentials",
        &[0],
        shows(
            "desc *******\narg ******* env *******\npath *******\ncontent *******\n",
            MASKS,
        ),
    ),
    (
        "038-mask-multiline",
        &[0],
        shows(
            "*******\n---\nline: BEGIN\nline: *******\nline: *******\nline: END\n---\n*******\n",
            MASKS,
        ),
    ),
    (
        "039-mask-split-writes",
        &[0],
        shows("*******\nxxxxxxxxxx*******\n", MASKS),
    ),
    (
        "040-mask-short-and-overlap",
        &[0],
        shows(
            "<xx ******* yy>\n<*******>\n<v1.21>\n<a  b>\n<cdef>\n",
            "one character is masked only where it stands alone",
        ),
    ),
    (
        "041-mask-step-outputs",
        &[0],
        shows(
            "pub=public-value\nsec=*******\nso=step-only-value\nsee ******* ******* public-value\n<public-value>\n<*******>\n<*******>\n",
            MASKS,
        ),
    ),
    ("046-out-regex-and-path", &[0], ends(0, TYPES)),
    (
        "070-debug",
        &[0, 1, 4, 5],
        ends(0, "there is no YAML to show, and debug texts are ours"),
    ),
    (
        "079-run-terminated",
        &[1, 2, 3, 4],
        Deviation::NotHere("signals: see `host/runtime/tests/stop.rs`"),
    ),
    ("082-image-damaged", &[4, 5, 6], BUILD),
    (
        "082-image-damaged",
        &[7],
        ends(1, "mixins are loaded before anything else is done"),
    ),
    (
        "083-mixin-missing",
        &[1, 2],
        Deviation::NotHere("replaces programs that our images do not have"),
    ),
    (
        "084-deps-outputs",
        &[0, 1, 2, 3],
        Deviation::NotHere("dependencies are not supported yet"),
    ),
    ("086-output-from-earlier-run", &[0, 1, 2, 3], BUILD),
    ("088-container-view", &[0], CONTAINER),
    (
        "093-sensitive-output-first-step",
        &[0],
        shows("<sec=*******>\nagain *******\nfile-secret\n", MASKS),
    ),
    ("098-injected-parents", &[0], CONTAINER),
];

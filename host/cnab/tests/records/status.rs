//! What the results of runs make of an installation, and what may be done with it then.

use porter_cnab::records::{
    Installation, ResultStatus, Run, RunResult, RunView, Timestamp, new_ulid,
};

const BUNDLE: &str = r#"{"version":"0.1.0","actions":{
    "status":{"modifies":false},"plain":{},"rotate":{"modifies":true}}}"#;

fn result(run: &Run, status: ResultStatus, second: i64) -> RunResult {
    RunResult {
        created: Timestamp::from_unix_nanoseconds(0).plus_seconds(second),
        ..RunResult::new(run, status)
    }
}

/// A history of `ACTION STATUS` at successive seconds, and what it leads to: state, status,
/// whether upgrade and delete are allowed.
#[test]
fn follows_the_history() {
    let table: [(&[&str], &str, &str, bool, bool); 14] = [
        (&[], "defined", "", false, false),
        (
            &["install succeeded"],
            "installed",
            "succeeded",
            true,
            false,
        ),
        (&["install failed"], "defined", "failed", false, false),
        (&["install unknown"], "defined", "lost", false, false),
        (&["install canceled"], "defined", "canceled", false, false),
        (
            &["install failed", "install succeeded"],
            "installed",
            "succeeded",
            true,
            false,
        ),
        (
            &["install succeeded", "upgrade failed"],
            "installed",
            "failed",
            true,
            false,
        ),
        (
            &["install succeeded", "upgrade unknown"],
            "installed",
            "lost",
            true,
            false,
        ),
        (
            &["install succeeded", "uninstall succeeded"],
            "uninstalled",
            "succeeded",
            false,
            true,
        ),
        (
            &["install succeeded", "uninstall failed"],
            "installed",
            "failed",
            true,
            false,
        ),
        (
            &[
                "install succeeded",
                "uninstall succeeded",
                "install succeeded",
            ],
            "installed",
            "succeeded",
            true,
            false,
        ),
        (
            &["uninstall succeeded"],
            "uninstalled",
            "succeeded",
            false,
            true,
        ),
        // Actions that do not modify change nothing, the last one that does counts.
        (
            &["install succeeded", "status failed", "plain failed"],
            "installed",
            "succeeded",
            true,
            false,
        ),
        (
            &["install succeeded", "rotate failed"],
            "installed",
            "failed",
            true,
            false,
        ),
    ];
    // With a clock that runs, one that stands still, and one that is set back.
    for step in [1, 0, -1] {
        for (history, state, display, can_upgrade, can_delete) in table {
            let mut shop = Installation::new("dev", "shop");
            for (second, event) in (0..).zip(history) {
                let (action, status) = event.split_once(' ').unwrap();
                let run = Run::new(&shop, action, BUNDLE.into());
                let result = result(&run, status.parse().unwrap(), second * step);
                shop.status.apply(&run, &result);
            }
            let status = &shop.status;
            assert_eq!(status.display_state().name(), state, "{history:?} {step}");
            assert_eq!(status.display_status(), display, "{history:?}");
            assert_eq!(status.can_upgrade(), can_upgrade, "{history:?}");
            assert_eq!(status.can_install(), !can_upgrade, "{history:?}");
            assert_eq!(status.can_delete(), can_delete, "{history:?}");
            let states = [
                status.is_installed(),
                status.is_uninstalled(),
                status.is_defined(),
            ];
            assert_eq!(states.iter().filter(|is| **is).count(), 1);
        }
    }
}

#[test]
fn a_second_install_keeps_the_first_time() {
    let mut shop = Installation::new("", "a");
    let run = Run::new(&shop, "install", BUNDLE.into());
    shop.status
        .apply(&run, &result(&run, ResultStatus::Succeeded, 1));
    let first = shop.status.installed;
    shop.status
        .apply(&run, &result(&run, ResultStatus::Succeeded, 9));
    assert_eq!(shop.status.installed, first);
}

#[test]
fn what_runs_at_present_has_a_word() {
    let mut shop = Installation::new("", "a");
    for (action, word) in [
        ("install", "installing"),
        ("upgrade", "upgrading"),
        ("uninstall", "uninstalling"),
        ("rotate", "running rotate"),
    ] {
        shop.status.action = action.into();
        shop.status.result_status = Some(ResultStatus::Running);
        assert_eq!(shop.status.display_status(), word);
    }
}

#[test]
fn a_bundle_that_cannot_be_read_modifies_nothing_of_its_own() {
    let shop = Installation::new("", "a");
    let run = Run::new(&shop, "rotate", "no json".into());
    assert!(!run.modifies());
    assert_eq!(run.bundle_version(), "");
    assert!(Run::new(&shop, "install", "no json".into()).modifies());
}

#[test]
fn a_run_is_shown_by_its_results() {
    let shop = Installation::new("", "a");
    let run = Run::new(&shop, "install", BUNDLE.into());
    let running = result(&run, ResultStatus::Running, 1);
    let lost = result(&run, ResultStatus::Unknown, 5);
    let view = RunView::new(&run, &[]);
    assert_eq!(
        (view.status.as_str(), view.started, view.stopped),
        ("", run.created, None)
    );
    let view = RunView::new(&run, std::slice::from_ref(&running));
    assert_eq!((view.status.as_str(), view.stopped), ("running", None));
    let view = RunView::new(&run, &[running.clone(), lost.clone()]);
    assert_eq!(
        (view.status.as_str(), view.started),
        ("lost", running.created)
    );
    assert_eq!(view.stopped, Some(lost.created));
}

#[test]
fn times_are_text_of_rfc_3339() {
    for (text, shown) in [
        ("2024-05-01T10:00:00Z", Some("2024-05-01T10:00:00Z")),
        (
            "2024-05-01T12:00:00.120000001+02:00",
            Some("2024-05-01T10:00:00.120000001Z"),
        ),
        ("0000-01-01T00:00:00+23:59", None),
        ("2024-05-01", None),
        ("yesterday", None),
    ] {
        let parsed = Timestamp::parse(text);
        assert_eq!(
            parsed.map(|time| time.to_string()).as_deref(),
            shown,
            "{text}"
        );
        if let Some(time) = parsed {
            assert_eq!(
                Timestamp::from_unix_nanoseconds(time.unix_nanoseconds()),
                time
            );
        }
    }
}

#[test]
fn identities_are_in_order() {
    let ids: Vec<String> = (0..5000).map(|_| new_ulid()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(ids.iter().all(|id| id.len() == 26));
}

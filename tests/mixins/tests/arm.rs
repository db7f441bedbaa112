//! Our arm mixin against the recordings of Porter's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stderr,
    reason = "says that there is nothing to compare with"
)]

mod check;

use porter_test_mixins::case::{Answer, Case};
use porter_test_mixins::compare::difference;
use porter_test_mixins::{Native, meaning, recordings};

fn arm_mixin() -> Native {
    Native::of::<porter_mixin_arm::Arm>().with(meaning::arm::glue())
}

/// The recording of a new deployment, changed.
fn changed(change: impl FnOnce(&mut Case)) -> Option<Option<String>> {
    let Some(cases) = recordings("arm").unwrap() else {
        eprintln!("no recordings on this machine: set PORTER_CORPUS to their folder");
        return None;
    };
    let mut case = cases
        .into_iter()
        .find(|case| case.id == "arm-install-013")
        .unwrap();
    change(&mut case);
    Some(difference(arm_mixin(), &case))
}

#[test]
fn what_is_deployed_as_whom_and_where_is_compared() {
    let Some(unchanged) = changed(|_| {}) else {
        return;
    };
    assert_eq!(unchanged, None);
    let differs = |change: fn(&mut Case)| changed(change).flatten().is_some();
    assert!(differs(|case| {
        let body = &mut case.observed.http[3].body;
        *body = body.replace("westeurope", "eastus");
    }));
    assert!(differs(|case| {
        let body = &mut case.observed.http[3].body;
        *body = body.replace("1.0.0.0", "1.0.0.1");
    }));
    assert!(differs(|case| {
        let path = &mut case.observed.http[3].path;
        *path = path.replace("rg1", "rg2");
    }));
    assert!(differs(|case| {
        let body = &mut case.observed.http[0].body;
        *body = body.replace("s3cret", "other");
    }));
    assert!(differs(|case| {
        case.observed.http.remove(3);
    }));
    assert!(differs(|case| {
        case.observed
            .outputs
            .insert("url".to_owned(), String::new());
    }));
}

#[test]
fn a_missing_group_is_made_first() {
    let make = |case: &mut Case| {
        let group = "/subscriptions/sub-1/resourcegroups/rg1";
        let answers = case.http.as_mut().unwrap();
        answers.retain(|answer| answer.path != group);
        answers.push(Answer {
            method: "PUT".to_owned(),
            path: group.to_owned(),
            times: None,
            status: 201,
            body: String::new(),
        });
        let mut request = case.observed.http[3].clone();
        request.path = group.to_owned();
        request.body = r#"{"name":"rg1","location":"westeurope"}"#.to_owned();
        case.observed.http.insert(3, request);
    };
    if let Some(difference) = changed(make) {
        assert_eq!(difference, None);
    }
}

#[test]
fn arm() {
    let deviations = include_str!("../data/arm.deviations");
    check::check(arm_mixin(), deviations, 36);
}

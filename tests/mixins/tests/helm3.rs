//! Our helm3 mixin against the recordings of Porter's.

mod check;

use porter_test_mixins::{Native, meaning};

#[test]
fn helm3() {
    let mixin = Native::of::<porter_mixin_helm3::Helm3>().with(meaning::helm3::glue());
    check::check(mixin, include_str!("../data/helm3.deviations"), 131);
}

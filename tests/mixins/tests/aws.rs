//! Our aws mixin against the recordings of Porter's.

mod check;

use porter_test_mixins::{Native, meaning};

#[test]
fn aws() {
    let deviations = include_str!("../data/aws.deviations");
    let mixin = Native::of::<porter_mixin_aws::Aws>().with(meaning::aws::glue());
    check::check(mixin, deviations, 50);
}

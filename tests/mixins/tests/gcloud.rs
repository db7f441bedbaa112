//! Our gcloud mixin against the recordings of Porter's.

mod check;

use porter_test_mixins::{Native, meaning};

#[test]
fn gcloud() {
    let deviations = include_str!("../data/gcloud.deviations");
    let mixin = Native::of::<porter_mixin_gcloud::Gcloud>().with(meaning::gcloud::glue());
    check::check(mixin, deviations, 46);
}

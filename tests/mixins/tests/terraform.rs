//! Our terraform mixin against the recordings of Porter's.

mod check;

use porter_test_mixins::{Native, meaning};

#[test]
fn terraform() {
    let deviations = include_str!("../data/terraform.deviations");
    let mixin = Native::of::<porter_mixin_terraform::Terraform>().with(meaning::terraform::glue());
    check::check(mixin, deviations, 93);
}

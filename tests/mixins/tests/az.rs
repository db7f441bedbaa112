//! Our az mixin against the recordings of Porter's.

mod check;

use porter_test_mixins::{Native, meaning};

#[test]
fn az() {
    let deviations = include_str!("../data/az.deviations");
    let mixin = Native::of::<porter_mixin_az::Az>().with(meaning::az::glue());
    check::check(mixin, deviations, 93);
}

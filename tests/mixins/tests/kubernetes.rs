//! Our kubernetes mixin against the recordings of Porter's.

mod check;

use porter_test_mixins::{Native, meaning};

#[test]
fn kubernetes() {
    let mixin =
        Native::of::<porter_mixin_kubernetes::Kubernetes>().with(meaning::kubernetes::glue());
    check::check(mixin, include_str!("../data/kubernetes.deviations"), 109);
}

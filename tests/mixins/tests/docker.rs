//! Our docker mixin against the recordings of Porter's.

mod check;

use porter_test_mixins::Native;

#[test]
fn docker() {
    let deviations = include_str!("../data/docker.deviations");
    check::check(Native::of::<porter_mixin_docker::Docker>(), deviations, 56);
}

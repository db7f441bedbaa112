//! Our exec mixin against the recordings of Porter's.

mod check;

use porter_test_mixins::Native;

#[test]
fn exec() {
    let deviations = include_str!("../data/exec.deviations");
    check::check(Native::of::<porter_mixin_exec::Exec>(), deviations, 142);
}

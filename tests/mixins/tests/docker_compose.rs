//! Our docker-compose mixin against the recordings of Porter's.

mod check;

use porter_test_mixins::Native;

#[test]
fn docker_compose() {
    let deviations = include_str!("../data/docker-compose.deviations");
    check::check(
        Native::of::<porter_mixin_docker_compose::DockerCompose>(),
        deviations,
        44,
    );
}

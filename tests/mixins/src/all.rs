//! Every mixin, with what the runner has to know about it.

use crate::meaning;
use crate::native::Native;

/// Every mixin.
pub fn all() -> Vec<Native> {
    vec![
        Native::of::<porter_mixin_arm::Arm>().with(meaning::arm::glue()),
        Native::of::<porter_mixin_aws::Aws>().with(meaning::aws::glue()),
        Native::of::<porter_mixin_az::Az>().with(meaning::az::glue()),
        Native::of::<porter_mixin_docker::Docker>(),
        Native::of::<porter_mixin_docker_compose::DockerCompose>(),
        Native::of::<porter_mixin_exec::Exec>(),
        Native::of::<porter_mixin_gcloud::Gcloud>().with(meaning::gcloud::glue()),
        Native::of::<porter_mixin_helm3::Helm3>().with(meaning::helm3::glue()),
        Native::of::<porter_mixin_kubernetes::Kubernetes>().with(meaning::kubernetes::glue()),
        Native::of::<porter_mixin_terraform::Terraform>().with(meaning::terraform::glue()),
    ]
}

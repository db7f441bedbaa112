//! The kubernetes mixin: applies and deletes manifests with kubectl.

mod build;
mod lint;
mod plan;
mod step;

use porter_mixin_sdk::{
    AnyCase, Build, Description, Diagnostic, Failure, Instruction, Mixin, Plan, Task,
};

pub use build::KubernetesConfig;
pub use step::KubernetesStep;

/// The kubernetes mixin.
#[derive(Debug, Clone, Copy)]
pub struct Kubernetes;

impl Mixin for Kubernetes {
    const NAME: &'static str = "kubernetes";
    type Config = AnyCase<KubernetesConfig>;
    type Step = KubernetesStep;

    fn describe() -> Description {
        Description::new(porter_mixin_sdk::schema!("schema.json"))
    }

    fn lint(request: &Build<Self>) -> Vec<Diagnostic> {
        request.steps().flat_map(lint::step).collect()
    }

    fn build(request: &Build<Self>) -> Result<Vec<Instruction>, Failure> {
        build::instructions(&request.config.0)
    }

    fn plan(request: &Plan<Self>) -> Result<Vec<Task>, Failure> {
        plan::step(&request.step)
    }
}

porter_mixin_sdk::export!(Kubernetes);

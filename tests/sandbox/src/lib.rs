//! Builds components for the tests of the sandbox, from source, and runs them in a process of
//! their own.
//!
//! A [`Guest`] is a core module in WAT whose exports follow the canonical ABI by hand, so that it
//! can break it; [`abi`] lays out results.

pub mod abi;
mod beside;
mod guest;
mod probe_client;

pub use beside::Beside;
pub use guest::{Guest, WIT, component_of, wit_component_of};
pub use probe_client::{Outcome, Probe};

use porter_mixin::{ActionSteps, BuildRequest, Json, PlanRequest};

/// A plan request with one string in its step.
pub fn plan_request() -> PlanRequest {
    PlanRequest {
        config: Json::Null,
        action: "install".to_owned(),
        step: Json::String("a step".to_owned()),
        environment: Vec::new(),
    }
}

/// A build request with one step.
pub fn build_request() -> BuildRequest {
    BuildRequest {
        config: Json::Null,
        actions: vec![ActionSteps {
            action: "install".to_owned(),
            steps: vec![Json::String("a step".to_owned())],
        }],
        platforms: vec!["linux/amd64".to_owned()],
        environment: Vec::new(),
    }
}

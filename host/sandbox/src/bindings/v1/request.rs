//! Requests into the interface's types, the description out of them.

use porter_mixin::check::{CheckError, json};
use porter_mixin::{BuildRequest, Description, Json, PlanRequest};

use super::wit;
use crate::call::Fault;

pub(super) fn build(request: &BuildRequest) -> wasmtime::Result<wit::BuildRequest> {
    let actions = request.actions.iter().map(|action| {
        let steps = action
            .steps
            .iter()
            .map(text)
            .collect::<wasmtime::Result<_>>()?;
        Ok(wit::ActionSteps {
            action: action.action.clone(),
            steps,
        })
    });
    Ok(wit::BuildRequest {
        config: text(&request.config)?,
        actions: actions.collect::<wasmtime::Result<_>>()?,
        platforms: request.platforms.clone(),
        environment: request.environment.clone(),
    })
}

pub(super) fn plan(request: &PlanRequest) -> wasmtime::Result<wit::PlanRequest> {
    Ok(wit::PlanRequest {
        config: text(&request.config)?,
        action: request.action.clone(),
        step: text(&request.step)?,
        environment: request.environment.clone(),
    })
}

pub(super) fn description(found: wit::Description) -> wasmtime::Result<Description> {
    let schema = json::parse(&found.schema).map_err(|problem| {
        Fault::Check(CheckError {
            field: "schema".to_owned(),
            problem,
        })
    })?;
    Ok(Description {
        schema,
        environment: found.environment,
        sees_secrets: found.sees_secrets,
    })
}

fn text(value: &Json) -> wasmtime::Result<String> {
    // Checked before the call: fails only where that was forgotten.
    Ok(json::write(value).map_err(|problem| Fault::Host {
        reason: problem.to_string(),
    })?)
}

//! From the documents of Porter's protocol to the requests of our interface.

use porter_mixin::packaged::Header;
use porter_mixin::{ActionSteps, BuildRequest, Json, PlanRequest};

use crate::input::InputError;

/// The platform of Porter's bundles.
pub(crate) const PLATFORM: &str = "linux/amd64";

/// From the input of `build` and `lint`.
pub(crate) fn build(header: &Header, document: &Json) -> Result<BuildRequest, InputError> {
    let form = |text: &str| Err(InputError::Form(text.to_owned()));
    if !document.is_null() && !document.is_object() {
        return form("the input is no mapping with `config` and `actions`");
    }
    let actions = match &document["actions"] {
        Json::Null => Vec::new(),
        Json::Object(actions) => {
            let steps = actions
                .iter()
                .map(|(action, steps)| steps_of(header, action, steps));
            steps.collect::<Result<_, _>>()?
        }
        _ => return form("`actions` is no mapping of actions to their steps"),
    };
    Ok(BuildRequest {
        config: document["config"].clone(),
        actions,
        platforms: vec![PLATFORM.to_owned()],
        environment: environment(header),
    })
}

fn steps_of(header: &Header, action: &str, steps: &Json) -> Result<ActionSteps, InputError> {
    let steps = match steps {
        Json::Null => &[],
        Json::Array(steps) => steps.as_slice(),
        _ => {
            let text = format!("the steps of action `{action}` are no list");
            return Err(InputError::Form(text));
        }
    };
    // Porter gives a mixin its own steps only.
    let own = steps.iter().filter_map(|step| step.get(&header.name));
    Ok(ActionSteps {
        action: action.to_owned(),
        steps: own.cloned().collect(),
    })
}

/// From the input of an action: one action with one step. Where the document has several actions,
/// `action` is the one that counts.
pub(crate) fn plan(
    header: &Header,
    action: &str,
    document: &Json,
) -> Result<PlanRequest, InputError> {
    let form = |text: String| Err(InputError::Form(text));
    let actions = document.as_object().filter(|actions| !actions.is_empty());
    let Some(actions) = actions else {
        return form("the input is no mapping of an action to its step".to_owned());
    };
    let mut all = actions.iter();
    let only = all.next().filter(|_| all.next().is_none());
    let Some((action, steps)) = actions.get_key_value(action).or(only) else {
        return form(format!(
            "the input has several actions, but none is `{action}`"
        ));
    };
    let steps = steps.as_array().map(Vec::as_slice).unwrap_or_default();
    let [step] = steps else {
        return form(format!("expected a single step, but got {}", steps.len()));
    };
    let Some(step) = step.get(&header.name) else {
        return form(format!("the step is none of mixin `{}`", header.name));
    };
    Ok(PlanRequest {
        // Porter gives the configuration at build time only.
        config: Json::Null,
        action: action.clone(),
        step: step.clone(),
        environment: environment(header),
    })
}

/// The variables that the mixin must know, as far as they are set and text.
fn environment(header: &Header) -> Vec<(String, String)> {
    let names = header.environment.iter();
    let set = names.filter_map(|name| Some((name.clone(), std::env::var(name).ok()?)));
    set.collect()
}

//! What each mixin is asked, and where in the manifest its answers point.

use std::collections::BTreeSet;

use porter_mixin::{ActionSteps, BuildRequest, Place as MixinPlace};

use crate::Json;
use crate::model::Manifest;
use crate::problem::Place;

impl Manifest {
    /// Names of the mixins, each once, in order of declaration.
    #[must_use]
    pub fn mixin_names(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        self.mixins
            .iter()
            .map(|mixin| mixin.name.as_str())
            .filter(|name| seen.insert(*name))
            .collect()
    }

    /// The configuration of a mixin, or `null`. Of several declarations the last counts.
    #[must_use]
    pub fn mixin_config(&self, mixin: &str) -> Json {
        let declaration = self.mixins.iter().rev().find(|one| one.name.value == mixin);
        declaration
            .and_then(|one| one.config.as_ref())
            .map_or(Json::Null, |config| config.to_json())
    }

    /// Everything that the manifest says to a mixin. Platforms and environment are the caller's.
    #[must_use]
    pub fn build_request(
        &self,
        mixin: &str,
        platforms: Vec<String>,
        environment: Vec<(String, String)>,
    ) -> BuildRequest {
        let actions = self.actions.iter().map(|action| ActionSteps {
            action: action.name.value.clone(),
            steps: action
                .steps
                .iter()
                .filter(|step| step.mixin.value == mixin)
                .map(|step| step.value.to_json())
                .collect(),
        });
        BuildRequest {
            config: self.mixin_config(mixin),
            actions: actions.collect(),
            platforms,
            environment,
        }
    }

    /// Where in the manifest a mixin's diagnostic points: as near as it can be followed.
    #[must_use]
    pub fn locate(&self, mixin: &str, place: &MixinPlace) -> Place {
        let span = match place {
            MixinPlace::Config { pointer } => {
                let declaration = self.mixins.iter().rev().find(|one| one.name.value == mixin);
                declaration.map(|one| match &one.config {
                    Some(config) if !pointer.is_empty() => config.find(pointer).span,
                    _ => one.name.span,
                })
            }
            MixinPlace::Step {
                action,
                index,
                pointer,
            } => {
                let index = usize::try_from(*index).unwrap_or(usize::MAX);
                let action = self.actions.iter().find(|one| one.name.value == *action);
                action.map(|action| {
                    let step = action
                        .steps
                        .iter()
                        .filter(|step| step.mixin.value == mixin)
                        .nth(index);
                    step.map_or(action.name.span, |step| {
                        if pointer.is_empty() {
                            step.mixin.span
                        } else {
                            step.value.find(pointer).span
                        }
                    })
                })
            }
        };
        span.map_or_else(
            || Place::file(self.source.name()),
            |span| self.source.place(span),
        )
    }
}

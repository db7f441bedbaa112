//! Where random numbers come from.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use porter_mixin::{ActionSteps, BuildRequest, Json, PlanRequest};
use sha2::{Digest as _, Sha256};

use crate::{Digest, Files};

/// Digest of a component, of the function that is called and of its input: what all random numbers
/// of a call follow from.
pub(crate) struct Seed(Sha256);

impl Seed {
    /// For a function without input.
    pub(crate) fn new(component: Digest, function: &str) -> Self {
        let mut seed = Self(Sha256::new());
        seed.text("porter:mixin sealed 1");
        seed.text(&component.hex());
        seed.text(function);
        seed
    }

    /// For a function that takes a request to build.
    pub(crate) fn build(component: Digest, function: &str, request: &BuildRequest) -> Self {
        let mut seed = Self::new(component, function);
        seed.json(&request.config);
        seed.count(request.actions.len());
        for ActionSteps { action, steps } in &request.actions {
            seed.text(action);
            seed.count(steps.len());
            steps.iter().for_each(|step| seed.json(step));
        }
        seed.count(request.platforms.len());
        request.platforms.iter().for_each(|text| seed.text(text));
        seed.pairs(&request.environment);
        seed
    }

    /// For a function that takes a request to plan.
    pub(crate) fn plan(component: Digest, request: &PlanRequest) -> Self {
        let mut seed = Self::new(component, "plan");
        seed.json(&request.config);
        seed.text(&request.action);
        seed.json(&request.step);
        seed.pairs(&request.environment);
        seed
    }

    /// With the files that the mixin may read, which are input as well.
    pub(crate) fn files(mut self, files: &Files) -> Self {
        self.text(&files.digest().hex());
        self
    }

    fn count(&mut self, number: usize) {
        self.0.update((number as u64).to_le_bytes());
    }

    /// Its length goes first: no two inputs have the same bytes.
    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.update(text.as_bytes());
    }

    fn json(&mut self, value: &Json) {
        self.text(&value.to_string());
    }

    fn pairs(&mut self, pairs: &[(String, String)]) {
        self.count(pairs.len());
        for (name, value) in pairs {
            self.text(name);
            self.text(value);
        }
    }

    /// A generator; each `purpose` has one of its own.
    pub(super) fn generator(&self, purpose: &str) -> ChaCha20Rng {
        let mut hash = self.0.clone();
        hash.update(purpose.as_bytes());
        ChaCha20Rng::from_seed(hash.finalize().into())
    }
}

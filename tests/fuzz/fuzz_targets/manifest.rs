//! Any bytes as a manifest: an answer with places inside the text, and what is accepted lints,
//! becomes a Runbook and passes its own rules.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use porter_manifest::{LoadOptions, Manifest};

fuzz_target!(|bytes: &[u8]| {
    match Manifest::load("porter.yaml", bytes, &LoadOptions::default()) {
        Ok(loaded) => {
            let manifest = loaded.manifest;
            let findings = manifest.lint().into_iter().chain(manifest.lint_further());
            for finding in findings {
                let _ = finding.to_problem().to_string();
            }
            let _ = manifest.runbook(BTreeMap::new());
            for mixin in manifest.mixin_names() {
                let _ = manifest.build_request(mixin, Vec::new(), Vec::new());
            }
        }
        Err(problems) => {
            assert!(problems.errors().next().is_some());
            let text = problems.to_string();
            assert!(!text.contains('\u{1b}'));
        }
    }
});

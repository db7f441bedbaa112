//! A template and what a mixin wants: no text of the mixin begins a line, and the first line is the
//! template's.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porter_dockerfile::{MixinInstructions, RenderOptions, TemplateSource, render};
use porter_mixin::Instruction;
use porter_mixin::instruction::{File, Target};

fuzz_target!(|input: (&[u8], &str, &str, bool)| {
    let (template, path, content, is_own) = input;
    let instructions = [Instruction::File(File {
        to: Target {
            path: format!("/{path}"),
            mode: 0o644,
        },
        content: content.to_owned(),
    })];
    let mixin = MixinInstructions {
        mixin: "m",
        instructions: &instructions,
    };
    let source = if is_own {
        TemplateSource::Custom(template)
    } else {
        TemplateSource::BuiltIn
    };
    let Ok(text) = render(source, &[mixin], &RenderOptions::default()) else {
        return;
    };
    assert!(text.lines().all(|line| line.len() < 65_536));
    if !is_own {
        let froms = text.lines().filter(|line| line.starts_with("FROM "));
        let evil = text.lines().filter(|line| line.starts_with("# syntax="));
        assert_eq!(evil.count(), 0);
        // The bundle's own stage, and those that porter makes for what it fetches.
        assert!(froms.count() >= 1);
    }
});

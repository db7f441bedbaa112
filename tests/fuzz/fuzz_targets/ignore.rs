//! A `.dockerignore` and a path: an answer, and the same on the way down as at once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use porter_docker::ignore::{Matches, PatternSet, read_ignore_file};

fuzz_target!(|input: (&str, &str)| {
    let (text, path) = input;
    let lines = read_ignore_file(text);
    let Ok(patterns) = PatternSet::new(&lines) else {
        return;
    };
    let _ = patterns.matches(path);
    let mut above = Matches::default();
    for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
        let (_, matches) = patterns.matches_below(&path[..end], &above);
        above = matches;
    }
});

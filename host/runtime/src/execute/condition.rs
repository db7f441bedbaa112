//! When a command runs, and when a failure is none.

use std::process::ExitStatus;

use porter_mixin::task::{Channel, Pattern as Wanted, Test};

use super::Scene;
use crate::process::Captured;
use crate::take::{Pattern, PatternError};

/// Whether something is at `path`. `~/` begins a path below the home directory.
pub(super) fn exists(path: &str, scene: &Scene<'_, '_>) -> bool {
    let path = match path.strip_prefix("~/") {
        Some(below) => match scene.environment.get(std::ffi::OsStr::new("HOME")) {
            Some(home) => std::path::Path::new(home).join(below),
            None => return false,
        },
        None => path.into(),
    };
    scene.root.path(path).exists()
}

/// Whether a command ended like this. One that never started has failed.
pub(super) fn passes(
    test: &Test,
    status: Option<ExitStatus>,
    stdout: &Captured,
    stderr: &Captured,
) -> Result<bool, PatternError> {
    let any = |wanted: &Wanted, matches: &dyn Fn(&[u8]) -> bool| {
        let streams = match wanted.channel {
            Channel::Stdout => [Some(stdout), None],
            Channel::Stderr => [Some(stderr), None],
            Channel::Either => [Some(stdout), Some(stderr)],
        };
        streams
            .into_iter()
            .flatten()
            .any(|stream| matches(&stream.bytes))
    };
    Ok(match test {
        Test::Failed => !status.is_some_and(|status| status.success()),
        Test::ExitCode(code) => status.and_then(|status| status.code()) == Some(*code),
        Test::Contains(wanted) => {
            let needle = wanted.value.as_bytes();
            any(wanted, &|text| contains(text, needle))
        }
        Test::Matches(wanted) => {
            let pattern = Pattern::new(&wanted.value)?;
            any(wanted, &|text| pattern.is_match(text))
        }
    })
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    needle.is_empty() || text.windows(needle.len()).any(|window| window == needle)
}

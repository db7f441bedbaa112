//! What a sealed component may import of WASI, by its exact names.

/// All of WASI 0.2 that command-line programs are linked against, which is what toolchains import
/// whether the program needs it or not.
const INTERFACES: &[&str] = &[
    "cli/environment",
    "cli/exit",
    "cli/stderr",
    "cli/stdin",
    "cli/stdout",
    "cli/terminal-input",
    "cli/terminal-output",
    "cli/terminal-stderr",
    "cli/terminal-stdin",
    "cli/terminal-stdout",
    "clocks/monotonic-clock",
    "clocks/wall-clock",
    "filesystem/preopens",
    "filesystem/types",
    "io/error",
    "io/poll",
    "io/streams",
    "random/insecure",
    "random/insecure-seed",
    "random/random",
    "sockets/instance-network",
    "sockets/ip-name-lookup",
    "sockets/network",
    "sockets/tcp",
    "sockets/tcp-create-socket",
    "sockets/udp",
    "sockets/udp-create-socket",
];

/// The patch versions of WASI 0.2 that exist, each compatible with those before it. Later ones may
/// have functions that are not known here.
const PATCHES: std::ops::RangeInclusive<u32> = 0..=12;

/// Whether `name` is an interface of WASI that a sealed component may import.
pub(super) fn knows(name: &str) -> bool {
    let Some((interface, version)) = name
        .strip_prefix("wasi:")
        .and_then(|rest| rest.split_once('@'))
    else {
        return false;
    };
    INTERFACES.contains(&interface)
        && PATCHES
            .into_iter()
            .any(|patch| version == format!("0.2.{patch}"))
}

/// Why an import from WASI is refused, where it is one.
pub(super) fn refusal(name: &str) -> Option<String> {
    let rest = name.strip_prefix("wasi:")?;
    let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
    if INTERFACES.contains(&interface) {
        return Some(format!(
            "this porter knows WASI 0.2.0 to 0.2.{}, not `{}`",
            PATCHES.end(),
            porter_mixin::escape(version)
        ));
    }
    let what = match interface.split('/').next().unwrap_or_default() {
        "http" => "HTTP",
        "filesystem" => "files",
        "sockets" => "the network",
        "clocks" => "time zones",
        "config" => "configuration",
        "keyvalue" | "blobstore" => "a store",
        "nn" => "a neural network",
        _ => "something",
    };
    Some(format!(
        "it wants {what}, which no mixin gets; build it without what needs this"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_exactly() {
        for name in [
            "wasi:cli/environment@0.2.0",
            "wasi:cli/environment@0.2.12",
            "wasi:sockets/tcp@0.2.3",
        ] {
            assert!(knows(name), "{name}");
        }
        for name in [
            "wasi:cli/environment",
            "wasi:cli/environment@0.2",
            "wasi:cli/environment@0.2.13",
            "wasi:cli/environment@0.2.00",
            "wasi:cli/environment@0.2.01",
            "wasi:cli/environment@0.2.0-rc",
            "wasi:cli/environment@0.3.0",
            "wasi:cli/environment@1.0.0",
            "wasi:cli/run@0.2.0",
            "wasi:http/types@0.2.0",
            "wasi:clocks/timezone@0.2.0",
            "wasi:/@0.2.0",
            "Wasi:cli/environment@0.2.0",
            " wasi:cli/environment@0.2.0",
        ] {
            assert!(!knows(name), "{name}");
        }
    }
}

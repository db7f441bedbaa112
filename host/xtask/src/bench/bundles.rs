//! The bundles that are measured.

use std::fmt::Write as _;

/// Steps and parameters of the large bundle.
pub(super) const STEPS: u32 = 200;

pub(super) const PARAMETERS: u32 = 500;

/// Parameters of a bundle as they usually are.
pub(super) const FEW: u32 = 5;

pub(super) fn image_name(bundle: &str) -> Option<String> {
    let (_, rest) = bundle.split_once("\"invocationImages\":")?;
    let (_, rest) = rest.split_once("\"image\":\"")?;
    rest.split('"').next().map(str::to_owned)
}

pub(super) fn hello() -> String {
    let mut text = head("bench-hello");
    for action in ["install", "upgrade", "uninstall"] {
        let _ = write!(
            text,
            "{action}:\n  - exec:\n      description: x\n      command: /bin/true\n"
        );
    }
    text
}

pub(super) fn large(parameters: u32, steps: u32) -> String {
    let mut text = head("bench-large");
    text.push_str("parameters:\n");
    for number in 0..parameters {
        let _ = write!(
            text,
            "  - name: p{number}\n    type: string\n    default: value {number}\n"
        );
    }
    text.push_str("install:\n");
    for number in 0..steps {
        let parameter = number % parameters;
        let _ = write!(
            text,
            "  - exec:\n      description: step {number}\n      command: /bin/true\n      arguments:\n        - ${{ bundle.parameters.p{parameter} }}\n      flags:\n        number: {number}\n"
        );
    }
    for action in ["upgrade", "uninstall"] {
        let _ = write!(
            text,
            "{action}:\n  - exec:\n      description: x\n      command: /bin/true\n"
        );
    }
    text
}

pub(super) fn head(name: &str) -> String {
    format!(
        "schemaType: Bundle\nschemaVersion: 1.0.1\nname: {name}\nversion: 0.1.0\nregistry: localhost:5000\nmixins:\n  - exec\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_is_found() {
        let text = r#"{"invocationImages":[{"image":"a:b","imageType":"docker"}]}"#;
        assert_eq!(image_name(text).as_deref(), Some("a:b"));
    }
}

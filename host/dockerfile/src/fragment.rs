//! What one mixin wants as lines of a stage that somebody else writes: Porter puts the lines of a
//! mixin into its own template, where they cannot begin stages of their own.

use std::collections::BTreeSet;

use base64::Engine as _;

use super::block::{Block, Preparation};
use super::download::Fetched;
use super::error::RenderError;
use super::escape::{Escaper, array};
use super::packages::CACHES;
use super::paths::{self, BUNDLE};
use super::{MixinInstructions, RenderOptions, add_all, check_size, user};

const SCRIPT: &str = concat!(include_str!("fetch.sh"), include_str!("layers.sh"));

/// Where the script lies while it is needed.
const PLACE: &str = "/tmp/porter-fetch";

/// What is prepared in there never becomes part of a layer.
const SCRATCH: &str = "--mount=type=tmpfs,target=/porter";

/// Writes a file whatever it holds.
const WRITE: &str = "umask 022; mkdir -p -- \"$(dirname -- \"$2\")\"; rm -f -- \"$2\"; \
     printf %s \"$1\" | base64 -d >\"$2\"; chmod \"$3\" -- \"$2\"; \
     [ \"$4\" = root ] || chown \"$BUNDLE_UID:$BUNDLE_GID\" -- \"$2\"";

/// Renders what one mixin wants as lines for `# PORTER_MIXINS` in a template of Porter's.
///
/// They need the arguments that Porter declares (`BUNDLE_DIR`, `BUNDLE_UID`, `BUNDLE_GID`), root
/// as the user, the backslash as the escape character, and a frontend that knows heredocs.
///
/// # Errors
/// When an instruction cannot be written.
pub fn render_lines(
    mixin: &MixinInstructions<'_>,
    options: &RenderOptions,
) -> Result<String, RenderError> {
    let user = user::Switch::new(None);
    let escaper = Escaper::new('\\');
    let mut block = Block::new(escaper, Preparation::Layers, "", options, user);
    add_all(&mut block, mixin)?;
    let mut text = block.into_fragment().join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    check_size(text)
}

/// The script, and what it needs.
pub(crate) fn tools(unpackers: &BTreeSet<&str>) -> Vec<String> {
    let mut words = vec!["/bin/sh", PLACE, "tools"];
    words.extend(unpackers);
    vec![
        format!("COPY <<\"PORTER\" {PLACE}"),
        format!("{SCRIPT}PORTER"),
        format!("RUN {CACHES} {}", array(&words)),
    ]
}

/// Adds a repository of packages.
pub(crate) fn source(words: Vec<String>) -> String {
    run("source", words)
}

/// Fetches a file and puts it into the image.
pub(crate) fn download(fetched: &Fetched) -> String {
    let mut words = vec![fetched.to.clone(), owner(&fetched.to).to_owned()];
    words.extend(fetched.words.iter().cloned());
    run("download", words)
}

/// Removes the script.
pub(crate) fn clean() -> String {
    format!("RUN --network=none {}", array(&["rm", "-f", PLACE]))
}

/// Writes a file that no heredoc can hold.
pub(crate) fn file(to: &str, mode: &str, content: &str) -> String {
    let content = base64::engine::general_purpose::STANDARD.encode(content);
    let words = [
        "/bin/sh",
        "-ec",
        WRITE,
        "porter",
        &content,
        to,
        mode,
        owner(to),
    ];
    format!("RUN --network=none {}", array(&words))
}

fn run(action: &str, words: Vec<String>) -> String {
    let mut all = ["/bin/sh", PLACE, action].map(String::from).to_vec();
    all.extend(words);
    format!("RUN {SCRATCH} {}", array(&all))
}

/// Who owns what lies at `path`, as the script calls it.
fn owner(path: &str) -> &'static str {
    if paths::is_below(path, BUNDLE) {
        "bundle"
    } else {
        "root"
    }
}

//! Dockerfile rendering: a pure function from the author's template and the mixins' typed
//! instructions to the text of a Dockerfile.
//!
//! The template is the author's and is kept as it is. What mixins say is hostile: every text of
//! theirs is checked, then escaped or passed as an argument in a JSON array; none is ever a line,
//! a comment or shell text, and none stands before the first `FROM`. Only what the Dockerfile
//! frontend built into Docker 23 knows is used.

mod block;
mod download;
mod error;
mod escape;
mod fragment;
mod heredoc;
mod mirror;
mod packages;
mod paths;
mod stages;
mod template;
mod user;

use porter_mixin::Instruction;

pub use error::{Problem, RenderError, TemplateProblem};
pub use fragment::render_lines;
pub use mirror::{MirrorError, Mirrors};

use block::{Block, OWNER, Preparation};
use escape::Escaper;
use stages::Stages;
use template::Template;

/// Name, in a Dockerfile's `--from`, of the author's files that belong into the bundle.
pub const USERFILES_CONTEXT: &str = "porter-internal-userfiles";

/// Name, in a Dockerfile's `--from`, of what becomes `/cnab`.
pub const CNAB_CONTEXT: &str = "porter-internal-cnab";

/// No line is longer: the frontend reads 64 KiB and drops the rest of the file.
pub const LINE_LIMIT: usize = 60_000;

/// No Dockerfile is larger.
pub const SIZE_LIMIT: usize = 4 << 20;

/// Where the Dockerfile begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateSource<'a> {
    /// Debian stable with CA certificates.
    BuiltIn,
    /// The author's file.
    Custom(&'a [u8]),
}

/// What one mixin returned from `build`.
#[derive(Debug, Clone, Copy)]
pub struct MixinInstructions<'a> {
    /// Name of the mixin.
    pub mixin: &'a str,
    /// Its instructions in order.
    pub instructions: &'a [Instruction],
}

/// Lines that a native mixin wrote, for mixins that are an exception to everything above: they are
/// taken as they are, after what the others want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeLines {
    /// Name of the mixin.
    pub mixin: String,
    /// Its lines in order, without line feeds.
    pub lines: Vec<String>,
}

/// What the Dockerfile is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderOptions {
    /// `OS/ARCH[/VARIANT]` of the image.
    pub platform: String,
    /// Where to download from instead.
    pub mirrors: Mirrors,
    /// What native mixins want, in the order of the manifest.
    pub native: Vec<NativeLines>,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            platform: "linux/amd64".to_owned(),
            mirrors: Mirrors::default(),
            native: Vec::new(),
        }
    }
}

/// Renders the Dockerfile of a bundle. `mixins` are in the order of the manifest.
///
/// The text needs the build argument `BUNDLE_DIR=/cnab/app` and the contexts
/// [`USERFILES_CONTEXT`] and [`CNAB_CONTEXT`], beside the main context of the author's sources.
///
/// # Errors
/// When the template cannot be extended, or an instruction cannot be written.
pub fn render(
    template: TemplateSource<'_>,
    mixins: &[MixinInstructions<'_>],
    options: &RenderOptions,
) -> Result<String, RenderError> {
    let built_in = built_in(&options.platform);
    let template = Template::read(match template {
        TemplateSource::BuiltIn => built_in.as_bytes(),
        TemplateSource::Custom(bytes) => bytes,
    })?;
    let stages = Stages::of(&template)?;
    let layout = Layout::of(&template, &stages);
    let block = fill(&template, &stages, &layout, mixins, options)?;
    check_size(layout.write(&template, &stages, block, native(&options.native)?)?)
}

fn check_size(text: String) -> Result<String, RenderError> {
    if text.len() > SIZE_LIMIT {
        return Err(RenderError::TooLarge {
            size: text.len(),
            limit: SIZE_LIMIT,
        });
    }
    Ok(text)
}

/// Lines of native mixins, which must at least be lines that a builder reads as such.
fn native(mixins: &[NativeLines]) -> Result<Vec<String>, RenderError> {
    let mut lines = Vec::new();
    for NativeLines { mixin, lines: own } in mixins {
        for (index, line) in own.iter().enumerate() {
            let is_text = !line.chars().any(|c| c.is_control() && c != '\t');
            if !is_text || line.len() > LINE_LIMIT {
                return Err(RenderError::NativeLine {
                    mixin: mixin.clone(),
                    number: index + 1,
                });
            }
            lines.push(line.clone());
        }
    }
    Ok(lines)
}

/// Puts the mixins' instructions into a block.
fn fill<'a>(
    template: &Template<'_>,
    stages: &'a Stages<'_>,
    layout: &Layout,
    mixins: &[MixinInstructions<'_>],
    options: &'a RenderOptions,
) -> Result<Block<'a>, RenderError> {
    // Nothing can run in a stage without anything, so the stages beside it get a base that works.
    let base = if stages.is_scratch(layout.mixins_stage) {
        BASE
    } else {
        stages.base(layout.mixins_stage)
    };
    let user = user::Switch::new(stages.user(layout.mixins_stage, layout.mixins_line));
    let escaper = Escaper::new(template.escape);
    let mut block = Block::new(escaper, Preparation::Stages, base, options, user);
    for given in mixins {
        add_all(&mut block, given)?;
    }
    Ok(block)
}

/// Adds everything that one mixin wants.
fn add_all(block: &mut Block<'_>, given: &MixinInstructions<'_>) -> Result<(), RenderError> {
    for (index, instruction) in given.instructions.iter().enumerate() {
        let place = |problem: Problem| RenderError::Instruction {
            mixin: given.mixin.to_owned(),
            number: index + 1,
            kind: kind(instruction),
            problem: Box::new(problem),
        };
        block.add(given.mixin, instruction).map_err(place)?;
    }
    Ok(())
}

const fn kind(instruction: &Instruction) -> &'static str {
    match instruction {
        Instruction::Packages(_) => "packages",
        Instruction::Download(_) => "download",
        Instruction::File(_) => "file",
        Instruction::Copy { .. } => "copy",
        Instruction::Env { .. } => "env",
        Instruction::Path(_) => "path",
        Instruction::Run(_) => "run",
    }
}

/// The image everything is based on where the author says nothing else.
const BASE: &str = "debian:stable-slim";

fn built_in(platform: &str) -> String {
    format!(
        r#"FROM --platform={platform} {BASE}

# PORTER_INIT

RUN rm -f /etc/apt/apt.conf.d/docker-clean; echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";' > /etc/apt/apt.conf.d/keep-cache
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y ca-certificates

# PORTER_MIXINS
"#
    )
}

/// Arguments that every bundle image declares, with their defaults.
const ARGUMENTS: [(&str, &str); 4] = [
    ("BUNDLE_DIR", ""),
    ("BUNDLE_UID", "=65532"),
    ("BUNDLE_USER", "=nonroot"),
    ("BUNDLE_GID", "=0"),
];

/// What goes where.
#[derive(Debug)]
struct Layout {
    /// The init block replaces this line, or else follows it.
    init: Place,
    init_stage: usize,
    /// The mixins' block replaces this line, or else follows everything.
    mixins_line: usize,
    mixins_stage: usize,
    last_stage: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Instead(usize),
    After(usize),
}

impl Layout {
    fn of(template: &Template<'_>, stages: &Stages<'_>) -> Self {
        let last_stage = stages.last();
        let (init, init_stage) = match template.init {
            Some(line) => (Place::Instead(line), stages.at_line(line)),
            None => (Place::After(stages.lines_of_from(last_stage).1), last_stage),
        };
        Self {
            init,
            init_stage,
            mixins_line: template.mixins.unwrap_or(template.lines.len()),
            mixins_stage: template
                .mixins
                .map_or(last_stage, |line| stages.at_line(line)),
            last_stage,
        }
    }

    fn write(
        &self,
        template: &Template<'_>,
        stages: &Stages<'_>,
        block: Block<'_>,
        native: Vec<String>,
    ) -> Result<String, RenderError> {
        let added = block.stages();
        if !added.is_empty() {
            stages.check_numbers(self.mixins_stage)?;
        }
        let mut mixins = block.into_lines();
        mixins.extend(native);
        if !mixins.is_empty() {
            let declared = self.arguments(stages, self.mixins_stage, self.mixins_line);
            mixins.splice(0..0, declared);
        }
        let init = init_block(stages.is_scratch(self.init_stage));
        let mut lines: Vec<&str> = Vec::new();
        let stages_before = stages.lines_of_from(self.mixins_stage).0;
        for (index, line) in template.lines.iter().enumerate() {
            if index == stages_before {
                lines.extend(added.iter().map(String::as_str));
            }
            if self.init == Place::Instead(index) {
                lines.extend(init.iter().map(String::as_str));
            } else if template.mixins == Some(index) {
                lines.extend(mixins.iter().map(String::as_str));
            } else {
                lines.push(line);
            }
            if self.init == Place::After(index) {
                lines.extend(init.iter().map(String::as_str));
            }
        }
        if template.mixins.is_none() {
            lines.extend(mixins.iter().map(String::as_str));
        }
        let tail = self.tail(template, stages);
        lines.extend(tail.iter().map(String::as_str));
        Ok(lines.join("\n"))
    }

    /// Declarations that a stage lacks above `line`: those of one stage do not hold in another.
    fn arguments(&self, stages: &Stages<'_>, stage: usize, line: usize) -> Vec<String> {
        let init_line = match self.init {
            Place::Instead(line) | Place::After(line) => line,
        };
        if self.init_stage == stage && init_line < line {
            return Vec::new();
        }
        ARGUMENTS
            .iter()
            .filter(|(name, _)| *name != "BUNDLE_USER" && !stages.declares(stage, line, name))
            .map(|(name, value)| format!("ARG {name}{value}"))
            .collect()
    }

    /// The author's files and porter's, each in one layer that is owned right from the start.
    fn tail(&self, template: &Template<'_>, stages: &Stages<'_>) -> Vec<String> {
        let mut tail = self.arguments(stages, self.last_stage, template.lines.len());
        tail.extend([
            format!("COPY --link --from={USERFILES_CONTEXT} {OWNER} . ${{BUNDLE_DIR}}/"),
            format!("COPY --link --from={CNAB_CONTEXT} {OWNER} . /cnab"),
            "USER ${BUNDLE_UID}".to_owned(),
            "WORKDIR ${BUNDLE_DIR}".to_owned(),
            "CMD [\"/cnab/app/run\"]".to_owned(),
        ]);
        tail
    }
}

/// Declares the bundle's user and makes it. Where there is no shell that could, the number does.
fn init_block(scratch: bool) -> Vec<String> {
    let mut lines: Vec<String> = ARGUMENTS
        .iter()
        .map(|(name, value)| format!("ARG {name}{value}"))
        .collect();
    if !scratch {
        lines.push("RUN useradd ${BUNDLE_USER} -m -u ${BUNDLE_UID} -g ${BUNDLE_GID} -o".to_owned());
    }
    lines
}

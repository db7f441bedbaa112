//! The az CLI in the image.

use porter_mixin_sdk::check::{self, Refusal};
use porter_mixin_sdk::command_line::words;
use porter_mixin_sdk::{AptPackage, Diagnostic, Environment, Failure, Instruction, Place};
use porter_mixin_sdk::{Pointer, Run};

use crate::config::AzConfig;
use crate::{AGENT, OPT_OUT, USER_AGENT, is_opted_out};

/// Where Bicep is installed: not in root's home, which nobody else can read.
const BICEP: &str = "/opt/azure-bicep";

/// Draws in the ICU library of the image's own release, which Bicep needs. The library itself has
/// another name in every release: `libicu72`, `libicu76`, …
const ICU: &str = "icu-devtools";

/// The instructions for a configuration.
pub(crate) fn instructions(
    config: &AzConfig,
    environment: &Environment,
) -> Result<Vec<Instruction>, Failure> {
    let mut found = Vec::new();
    let mut instructions = user_agent(config, environment);
    let version = Some(config.client_version.as_str()).filter(|version| !version.is_empty());
    let place = Pointer::root().key("clientVersion");
    found.extend(refused(
        place,
        porter_azure_cli::check_version(&config.client_version),
    ));
    let mut packages = porter_azure_cli::packages(version);
    if config.install_bicep {
        packages.names.push(AptPackage::newest(ICU));
    }
    instructions.push(Instruction::Packages(packages));
    for (index, extension) in config.extensions.iter().enumerate() {
        let place = Pointer::root().key("extensions").index(index);
        found.extend(refused(place, check_extension(extension)));
        instructions.push(Instruction::Run(add(extension)));
    }
    if config.install_bicep {
        instructions.extend(bicep());
    }
    Failure::unless(found, instructions)
}

/// The wish to stay out of the user agent is kept in the image, for whoever else looks for it.
fn user_agent(config: &AzConfig, environment: &Environment) -> Vec<Instruction> {
    let agent = if is_opted_out(config, environment) {
        String::new()
    } else {
        environment.prepended(USER_AGENT, AGENT)
    };
    let variable = |name: &str, value: String| Instruction::Env {
        name: name.to_owned(),
        value,
    };
    vec![
        variable(OPT_OUT, config.user_agent_opt_out.to_string()),
        variable(USER_AGENT, agent),
    ]
}

/// `--system`: in the home of root, who runs this, the bundle's user would not find it.
fn add(extension: &str) -> Run {
    let mut run = Run::command(&["az", "extension", "add", "-y", "--system", "--name"]);
    run.network = true;
    run.commands
        .iter_mut()
        .for_each(|command| command.extend(words::split(extension)));
    run
}

/// Porter puts the name into shell text, so authors may have put further arguments behind it
/// (`ssh --version 1.0.0`). These are kept; what only a shell would understand is not.
fn check_extension(extension: &str) -> Result<(), Refusal> {
    check::path(extension)?;
    if extension.bytes().all(|byte| byte == b' ') {
        return Err(Refusal::Unfit("must not be empty"));
    }
    if extension.contains([';', '&', '|', '<', '>', '$', '`', '(', ')']) {
        return Err(Refusal::Unfit(
            "goes to `az extension add --name` as it is: no shell, and no template, is there to \
             understand `;`, `&`, `|`, `<`, `>`, `$`, backticks or parentheses",
        ));
    }
    Ok(())
}

fn bicep() -> [Instruction; 3] {
    let directory = format!("AZURE_CONFIG_DIR={BICEP}");
    let mut install = Run::command(&["env", &directory, "az", "bicep", "install"]);
    install.network = true;
    [
        Instruction::Run(install),
        Instruction::Path(format!("{BICEP}/bin")),
        Instruction::Env {
            name: "AZURE_BICEP_USE_BINARY_FROM_PATH".to_owned(),
            value: "true".to_owned(),
        },
    ]
}

fn refused(place: Pointer, result: Result<(), Refusal>) -> Option<Diagnostic> {
    let refusal = result.err()?;
    Some(refusal.diagnostic("az-001", &place, Place::Config(place.clone())))
}

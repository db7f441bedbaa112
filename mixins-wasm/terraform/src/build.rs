//! What the image needs: Terraform, and the providers of the bundle.

use porter_mixin_sdk::{
    Archive, Checksum, Download, DownloadEntry, Environment, Failure, File, Instruction, Json,
    Remote, Run, Target, User,
};

use crate::{TerraformConfig, agent};

/// Where Terraform looks for providers by itself.
const PLUGINS: &str = "/usr/local/share/terraform/plugins";
const BUNDLE: &str = "/cnab/app";

/// Instructions for the image.
pub(crate) fn instructions(
    config: &TerraformConfig,
    environment: &Environment,
) -> Result<Vec<Instruction>, Failure> {
    config.check()?;
    let dir = config.dir();
    let mut instructions = vec![
        variable(agent::OPT_OUT, &config.user_agent_opt_out.to_string()),
        variable(
            agent::VARIABLE,
            &agent::value(config, environment).unwrap_or_default(),
        ),
        Instruction::Download(terraform(config)),
        sources(&dir, &config.init_file),
    ];
    if !config.provider_host.is_empty() {
        instructions.extend(mirror(&dir, &config.provider_host));
    }
    instructions.extend(providers(&dir));
    Ok(instructions)
}

fn variable(name: &str, value: &str) -> Instruction {
    Instruction::Env {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

/// The program, checked against the vendor's list of checksums on the same host.
fn terraform(config: &TerraformConfig) -> Download {
    let version = config.version();
    let folder = format!("{}/terraform/{version}", config.host());
    let entry = |architecture: &str| DownloadEntry {
        platform: format!("linux/{architecture}"),
        source: Remote {
            url: format!("{folder}/terraform_{version}_linux_{architecture}.zip"),
            checksum: Checksum::Sums(format!("{folder}/terraform_{version}_SHA256SUMS")),
        },
        member: "terraform".to_owned(),
    };
    Download {
        entries: vec![entry("amd64"), entry("arm64")],
        archive: Archive::Zip,
        to: Target {
            path: "/usr/bin/terraform".to_owned(),
            mode: 0o755,
        },
    }
}

/// The author's files, or the one that names the providers, before the rest of the bundle is
/// there: the providers are fetched again only when these change.
fn sources(dir: &str, init_file: &str) -> Instruction {
    let source = match init_file {
        "" => dir.to_owned(),
        file if dir == "." => file.to_owned(),
        file => format!("{dir}/{file}"),
    };
    Instruction::Copy {
        source,
        to: format!("{dir}/"),
    }
}

/// Providers come from a mirror, when the bundle is built and when it runs.
fn mirror(dir: &str, host: &str) -> [Instruction; 2] {
    let path = if dir == "." {
        format!("{BUNDLE}/provider_mirror.tfrc")
    } else {
        format!("{BUNDLE}/{dir}/provider_mirror.tfrc")
    };
    let url = quoted(host);
    let content = format!(
        r#"  provider_installation {{
      direct {{
          exclude = ["registry.terraform.io/*/*"]
      }}
      network_mirror {{
          url = {url}
      }}
  }}
"#
    );
    [
        variable("TF_CLI_CONFIG_FILE", &path),
        Instruction::File(File {
            to: Target { path, mode: 0o644 },
            content,
        }),
    ]
}

/// A string of the configuration language: one of JSON, but for `${` and `%{`, which open
/// templates.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    let mut last = ' ';
    for character in Json::Text(text.to_owned()).to_text().chars() {
        if character == '{' && (last == '$' || last == '%') {
            quoted.push(last);
        }
        quoted.push(character);
        last = character;
    }
    quoted
}

/// Fetches the providers, and keeps them where a later `terraform init` finds them. The user of the
/// bundle fetches, so that what `init` leaves behind belongs to who runs `init` again; a
/// configuration without providers has none to move.
fn providers(dir: &str) -> [Instruction; 2] {
    let run = |commands: &[&[&str]], user: User| {
        let words = |argv: &&[&str]| argv.iter().map(|word| (*word).to_owned()).collect();
        Instruction::Run(Run {
            commands: commands.iter().map(words).collect(),
            dir: dir.to_owned(),
            user,
            network: user == User::Bundle,
        })
    };
    [
        run(&[&["terraform", "init", "-backend=false"]], User::Bundle),
        run(
            &[
                &["mkdir", "-p", ".terraform/providers", PLUGINS],
                &["cp", "-r", ".terraform/providers/.", PLUGINS],
                &["rm", "-fr", ".terraform/providers"],
            ],
            User::Root,
        ),
    ]
}

//! `porter explain`.

use std::fmt::Write as _;

use porter_mixin::escape::escape;
use porter_ops::{BundleChoice, Explanation, PullOptions, Usage};

use super::{Session, action, document, format};
use crate::arguments::{ExplainArguments, Format, ShownBundle};
use crate::failure::Failure;
use crate::go;
use crate::table::Table;

/// What is shown in the place of a secret.
const HIDDEN: &str = "******";
/// Set before the later lines of a description, so that none can pass for a line of ours.
const INDENT: &str = "  ";

/// Explains a bundle.
pub(crate) async fn run(session: &Session, arguments: ExplainArguments) -> Result<(), Failure> {
    let format = format(session, &arguments.bundle.output.output)?;
    let choice = choice(session, arguments.bundle)?;
    let explanation = session
        .porter
        .explain(&choice, arguments.action.as_deref())
        .await?;
    if format == Format::Plaintext {
        let text = text(&explanation, choice.reference.as_deref());
        session.printer.result(&text);
        return Ok(());
    }
    document(session, format, &explanation)
}

/// The bundle that the arguments name.
pub(super) fn choice(session: &Session, bundle: ShownBundle) -> Result<BundleChoice, Failure> {
    let ShownBundle {
        references,
        definition,
        insecure_registry,
        force,
        ..
    } = bundle;
    if references.len() > 1 {
        return Err(porter_ops::Error::from(Usage::SeveralReferences(references)).into());
    }
    let choice = action::choice(session, definition);
    Ok(BundleChoice {
        reference: references.into_iter().next().or(choice.reference),
        pull: PullOptions {
            force,
            insecure_registry,
        },
        ..choice
    })
}

/// The first lines of explain and inspect.
pub(super) fn heading(name: &str, description: &str, version: &str) -> String {
    let mut lines = description.trim_end().lines();
    let mut text = format!("Name: {}\nDescription: ", escape(name));
    text.push_str(&escape(lines.next().unwrap_or_default()));
    for line in lines {
        text.push('\n');
        if !line.is_empty() {
            let _ = write!(text, "{INDENT}{}", escape(line));
        }
    }
    let _ = writeln!(text, "\nVersion: {}", escape(version));
    text
}

fn text(explanation: &Explanation, reference: Option<&str>) -> String {
    let mut text = heading(
        &explanation.name,
        &explanation.description,
        &explanation.version,
    );
    if !explanation.porter_version.is_empty() {
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "Porter Version: {}",
            escape(&explanation.porter_version)
        );
    }
    text.push('\n');
    let blocks = [
        ("Credentials", credentials(explanation)),
        ("Parameters", parameters(explanation)),
        ("Outputs", outputs(explanation)),
        ("Actions", actions(explanation)),
        ("Dependencies", dependencies(explanation)),
    ];
    for (title, table) in blocks.iter().filter(|(_, table)| !table.is_empty()) {
        let _ = writeln!(text, "{title}:\n{}", table.render());
    }
    if !explanation.mixins.is_empty() {
        let mixins: Vec<String> = explanation.mixins.iter().map(|name| escape(name)).collect();
        let _ = writeln!(
            text,
            "This bundle uses the following tools: {}.",
            mixins.join(", ")
        );
    }
    if explanation.installing.docker_host_access {
        text.push_str(
            "\n🚨 This bundle will grant docker access to the host, make sure the publisher of this \
             bundle is trusted.\n",
        );
    }
    text.push_str(&installing(explanation, reference));
    text
}

fn credentials(explanation: &Explanation) -> Table {
    let mut table = Table::new(&["Name", "Description", "Required", "Applies To"]);
    for credential in &explanation.credentials {
        table.row(&[
            &credential.name,
            &credential.description,
            &credential.required.to_string(),
            &credential.apply_to,
        ]);
    }
    table
}

fn parameters(explanation: &Explanation) -> Table {
    let mut table = Table::new(&[
        "Name",
        "Description",
        "Type",
        "Default",
        "Required",
        "Applies To",
    ]);
    for parameter in &explanation.parameters {
        let default = if parameter.hidden {
            HIDDEN.to_owned()
        } else if parameter.injected && parameter.default.is_null() {
            "(injected)".to_owned()
        } else {
            go::show(&parameter.default)
        };
        table.row(&[
            &parameter.name,
            &parameter.description,
            &parameter.kind,
            &default,
            &parameter.required.to_string(),
            &parameter.apply_to,
        ]);
    }
    table
}

fn outputs(explanation: &Explanation) -> Table {
    let mut table = Table::new(&["Name", "Description", "Type", "Applies To"]);
    for output in &explanation.outputs {
        table.row(&[
            &output.name,
            &output.description,
            &output.kind,
            &output.apply_to,
        ]);
    }
    table
}

fn actions(explanation: &Explanation) -> Table {
    let mut table = Table::new(&["Name", "Description", "Modifies Installation", "Stateless"]);
    for action in &explanation.custom_actions {
        table.row(&[
            &action.name,
            &action.description,
            &action.modifies.to_string(),
            &action.stateless.to_string(),
        ]);
    }
    table
}

fn dependencies(explanation: &Explanation) -> Table {
    let mut table = Table::new(&["Alias", "Reference"]);
    for dependency in &explanation.dependencies {
        table.row(&[&dependency.alias, &dependency.reference]);
    }
    table
}

/// The command that installs the bundle; the blanks are Porter's.
fn installing(explanation: &Explanation, reference: Option<&str>) -> String {
    let reference = reference.map_or_else(String::new, |reference| {
        format!(" --reference {}", escape(reference))
    });
    let mut text = "\nTo install this bundle run the following command, passing --param KEY=VALUE \
                    for any parameters you want to customize:\n"
        .to_owned();
    let has_credentials = !explanation.credentials.is_empty();
    if has_credentials {
        let _ = writeln!(text, "porter credentials generate mycreds{reference}");
    }
    let _ = write!(text, "porter install{reference}");
    let must = &explanation.installing.parameters;
    if !must.is_empty() {
        text.push_str(" --param ");
        for name in must {
            let _ = write!(text, "{}=TODO ", escape(name));
        }
    }
    if has_credentials {
        text.push_str(" --credential-set mycreds");
    }
    if explanation.installing.docker_host_access {
        text.push_str(" --allow-docker-host-access");
    }
    text.push('\n');
    text
}

//! `porter mixins install` and `uninstall`.

use porter_mixin::escape::escape;
use porter_ops::{InstallMixin, MixinInstalled, MixinReport};

use crate::arguments::{MixinsInstallArguments, MixinsUninstallArguments};
use crate::commands::Session;
use crate::download::Download;
use crate::failure::Failure;

/// Installs a mixin.
pub(crate) async fn install(
    session: &Session,
    arguments: &MixinsInstallArguments,
) -> Result<(), Failure> {
    let request = InstallMixin {
        mixin: arguments.mixin.clone(),
        name: arguments.name.clone(),
        version: arguments.version.clone(),
        url: arguments.url.clone(),
        feed_url: arguments.feed_url.clone(),
        mirror: arguments.mirror.mirror.clone(),
        digest: arguments.digest.clone(),
        replace_builtin: arguments.replace_builtin,
        allow_private_addresses: arguments.mirror.allow_private_addresses,
        insecure_registry: arguments.insecure_registry,
    };
    let progress = Download::new(session.printer);
    let installed = session.porter.install_mixin(&request, &progress).await;
    progress.end();
    match installed? {
        MixinInstalled::Builtin { report } => session.printer.error_line(&format!(
            "mixin {} is built into porter ({}): nothing was installed; --replace-builtin installs another one over it",
            report.name,
            version(&report),
        )),
        MixinInstalled::New {
            report,
            source,
            verified,
            replaced,
        } => {
            let mut lines = vec![format!("installed {} mixin {}", report.name, version(&report))];
            let by = match verified {
                Some(by) => format!("as {by} says"),
                None => "nobody says what it should be: trusted on first use".to_owned(),
            };
            lines.push(format!("  source: {}", escape(&source)));
            lines.push(format!("  digest: {} ({by})", report.digest));
            lines.push(format!("  tier:   {}", report.tier));
            if let Some(digest) = replaced {
                lines.push(format!("  instead of {digest}"));
            }
            session.printer.result(&(lines.join("\n") + "\n"));
        }
    }
    Ok(())
}

/// Takes a mixin away.
pub(crate) fn uninstall(
    session: &Session,
    arguments: &MixinsUninstallArguments,
) -> Result<(), Failure> {
    let builtin = session.porter.uninstall_mixin(&arguments.name)?;
    // Porter ends this line nowhere, and scripts compare it.
    let end = if session.printer.is_terminal() {
        "\n"
    } else {
        ""
    };
    let name = escape(&arguments.name.to_lowercase());
    session
        .printer
        .result(&format!("Uninstalled {name} mixin{end}"));
    if let Some(report) = builtin {
        session.printer.error_line(&format!(
            "the {} mixin that is built into porter ({}) stays",
            report.name,
            version(&report)
        ));
    }
    Ok(())
}

/// `VERSION (COMMIT)`, as far as the component says them.
fn version(report: &MixinReport) -> String {
    let version = match report.version.is_empty() {
        true => "of unknown version".to_owned(),
        false => format!("v{}", escape(&report.version)),
    };
    match report.revision.is_empty() {
        true => version,
        false => format!("{version} ({})", escape(&report.revision)),
    }
}

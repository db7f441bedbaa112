//! `porter install`, `upgrade`, `invoke` and `uninstall`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use porter_cnab::cancel::CancellationToken;
use porter_cnab::ports::{LogSink, Stream};
use porter_ops::{
    ActionPorts, ActionRequest, ApplyRequest, BundleChoice, Delete, Kind, PullOptions,
};

use super::Session;
use crate::arguments::{
    ActionFlags, ApplyArguments, DefinitionFlags, InstallArguments, InvokeArguments,
    UninstallArguments, UpgradeArguments, pairs,
};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::progress::Progress;
use crate::terminal::Filter;

/// How an action is run, whatever it is.
struct How {
    /// The bundle is pulled even when it is in the cache.
    force: bool,
    /// The plan that was reviewed.
    plan: Option<PathBuf>,
}

/// `porter install`.
pub(crate) async fn install(session: &Session, arguments: InstallArguments) -> Result<(), Failure> {
    let kind = Kind::Install {
        force: arguments.force,
        labels: pairs(&arguments.label),
    };
    let how = How {
        force: arguments.force,
        plan: arguments.review.plan,
    };
    run(session, kind, arguments.installation, arguments.action, how).await
}

/// `porter upgrade`.
pub(crate) async fn upgrade(session: &Session, arguments: UpgradeArguments) -> Result<(), Failure> {
    let kind = Kind::Upgrade {
        force: arguments.force_upgrade,
    };
    let how = How {
        force: arguments.force,
        plan: arguments.review.plan,
    };
    run(session, kind, arguments.installation, arguments.action, how).await
}

/// `porter invoke`.
pub(crate) async fn invoke(session: &Session, arguments: InvokeArguments) -> Result<(), Failure> {
    let kind = Kind::Invoke {
        action: arguments.action.unwrap_or_default(),
    };
    let how = How {
        force: arguments.force,
        plan: arguments.review.plan,
    };
    run(session, kind, arguments.installation, arguments.flags, how).await
}

/// `porter uninstall`.
pub(crate) async fn uninstall(
    session: &Session,
    arguments: UninstallArguments,
) -> Result<(), Failure> {
    let delete = match (arguments.force_delete, arguments.delete) {
        (true, _) => Delete::Always,
        (false, true) => Delete::OnSuccess,
        (false, false) => Delete::No,
    };
    let how = How {
        force: arguments.force,
        plan: arguments.review.plan,
    };
    run(
        session,
        Kind::Uninstall { delete },
        arguments.installation,
        arguments.action,
        how,
    )
    .await
}

async fn run(
    session: &Session,
    kind: Kind,
    names: Vec<String>,
    flags: ActionFlags,
    how: How,
) -> Result<(), Failure> {
    session.interrupt.listen(session.printer);
    let mut request = request(session, kind, names, flags);
    request.bundle.pull.force = how.force;
    request.plan = how.plan;
    let feedback = Feedback::new(session);
    session.porter.act(request, &feedback.ports()).await?;
    Ok(())
}

/// What the flags ask for.
pub(super) fn request(
    session: &Session,
    kind: Kind,
    names: Vec<String>,
    flags: ActionFlags,
) -> ActionRequest {
    if !flags.cred.is_empty() {
        let text = "Flag --cred has been deprecated, please use credential-set instead.";
        session.printer.error_line(text);
    }
    let credential_sets = [flags.credential_set, flags.cred].concat();
    ActionRequest {
        kind,
        names,
        namespace: flags.namespace.namespace,
        bundle: BundleChoice {
            pull: PullOptions {
                insecure_registry: flags.insecure_registry,
                ..PullOptions::default()
            },
            ..choice(session, flags.definition)
        },
        parameters: flags.param,
        parameter_sets: flags.parameter_set,
        credential_sets,
        driver: flags.running.driver,
        docker_host_access: flags.running.allow_docker_host_access,
        host_volumes: flags.running.mount_host_volume,
        keep_logs: !flags.running.no_logs,
        debug: flags.debug,
        verbosity: session.verbosity.clone(),
        plan: None,
    }
}

/// `porter installations apply`.
pub(crate) async fn apply(session: &Session, arguments: ApplyArguments) -> Result<(), Failure> {
    let file = match <[PathBuf; 1]>::try_from(arguments.document) {
        Ok([file]) => file,
        Err(files) if files.is_empty() => {
            return Err(Failure::usage("a file argument is required"));
        }
        Err(_) => return Err(Failure::usage("only one file argument may be specified")),
    };
    session.interrupt.listen(session.printer);
    let running = arguments.running;
    let request = ApplyRequest {
        file,
        force: arguments.force,
        dry_run: arguments.dry_run,
        schema_check: session.schema_check,
        action: ActionRequest {
            kind: Kind::Upgrade { force: false },
            names: Vec::new(),
            namespace: arguments.namespace.namespace,
            bundle: choice(session, arguments.definition),
            parameters: Vec::new(),
            parameter_sets: Vec::new(),
            credential_sets: Vec::new(),
            driver: running.driver,
            docker_host_access: running.allow_docker_host_access,
            host_volumes: running.mount_host_volume,
            keep_logs: !running.no_logs,
            debug: false,
            verbosity: session.verbosity.clone(),
            plan: None,
        },
    };
    let feedback = Feedback::new(session);
    let ports = feedback.ports();
    session.porter.apply_installation(request, &ports).await?;
    Ok(())
}

/// What a run tells, and what stops it.
struct Feedback<'s> {
    log: Passthrough,
    progress: Progress,
    cancel: &'s CancellationToken,
}

impl<'s> Feedback<'s> {
    fn new(session: &'s Session) -> Self {
        Self {
            log: Passthrough::new(session.printer),
            progress: Progress::new(session.printer),
            cancel: session.interrupt.token(),
        }
    }

    fn ports(&self) -> ActionPorts<'_> {
        ActionPorts {
            log: &self.log,
            progress: &self.progress,
            cancel: self.cancel,
        }
    }
}

/// Which bundle the flags mean.
pub(crate) fn choice(session: &Session, flags: DefinitionFlags) -> BundleChoice {
    BundleChoice {
        file: flags.file,
        cnab_file: flags.cnab_file,
        reference: flags.reference,
        download_mirrors: flags.building.download_mirror,
        autobuild: !flags.autobuild_disabled,
        pull: PullOptions::default(),
        experimental: session.experimental.clone(),
    }
}

/// The output of the container, where the container sent it; made safe where it meets a terminal.
struct Passthrough {
    printer: &'static Printer,
    stdout: Option<Mutex<Filter>>,
    stderr: Option<Mutex<Filter>>,
}

impl Passthrough {
    fn new(printer: &'static Printer) -> Self {
        let filter = |is_terminal: bool| is_terminal.then(|| Mutex::new(Filter::default()));
        Self {
            printer,
            stdout: filter(std::io::stdout().is_terminal()),
            stderr: filter(printer.is_terminal()),
        }
    }
}

impl LogSink for Passthrough {
    fn write(&self, stream: Stream, bytes: &[u8]) {
        let filter = match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        };
        let safe = filter.as_ref().map(|filter| {
            filter
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pass(bytes)
        });
        let bytes = safe.as_deref().unwrap_or(bytes);
        match stream {
            Stream::Stdout => self.printer.bytes(bytes),
            Stream::Stderr => self.printer.error_bytes(bytes),
        }
    }
}

impl Drop for Passthrough {
    fn drop(&mut self) {
        let rest = |filter: &Option<Mutex<Filter>>| {
            filter
                .as_ref()
                .map(|filter| {
                    filter
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .finish()
                })
                .unwrap_or_default()
        };
        self.printer.bytes(&rest(&self.stdout));
        self.printer.error_bytes(&rest(&self.stderr));
    }
}

//! Which cloud, and as whom.

use porter_mixin_sdk::{Command, Diagnostic, Environment, Pointer, Step, placeholder};

/// The variables that say it.
pub(crate) const VARIABLES: [&str; 5] = [
    "AZURE_SUBSCRIPTION_ID",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    CLOUD,
];

const CLOUD: &str = "AZURE_ENVIRONMENT";

/// Porter's names of the clouds, in capitals, and those of the az CLI.
const CLOUDS: [(&str, &str); 6] = [
    ("AZURECLOUD", "AzureCloud"),
    ("AZUREPUBLICCLOUD", "AzureCloud"),
    ("AZURECHINACLOUD", "AzureChinaCloud"),
    ("AZUREUSGOVERNMENT", "AzureUSGovernment"),
    ("AZUREUSGOVERNMENTCLOUD", "AzureUSGovernment"),
    ("AZUREGERMANCLOUD", "AzureGermanCloud"),
];

/// A cloud of one's own. Its addresses are those of the cloud that is active in the image.
const OWN_CLOUD: &str = "AZURESTACKCLOUD";

/// The login of this mixin is kept apart from that of the user: what the az mixin does in the same
/// bundle is not changed by it.
const CONFIGURATION: &str = "/tmp/porter-arm";

/// A service principal and its subscription.
#[derive(Debug)]
pub(crate) struct Account<'a> {
    subscription: &'a str,
    tenant: &'a str,
    client: &'a str,
    secret: &'a str,
    /// As the az CLI calls it; `None` for one's own.
    cloud: Option<&'static str>,
}

impl<'a> Account<'a> {
    /// Reads the variables.
    pub(crate) fn read<S>(
        step: &Step<S>,
        environment: &'a Environment,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let mut needed = |name: &str| {
            let value = environment.get(name).unwrap_or_default();
            if value.is_empty() {
                let title = format!("the environment variable `{name}` is not set");
                let hint = format!("declare a credential with `env: {name}` in `porter.yaml`");
                found.push(step.error("arm-004", title, Pointer::root()).hint(hint));
            }
            value
        };
        let [subscription, tenant, client, secret, _] = VARIABLES;
        let account = Self {
            subscription: needed(subscription),
            tenant: needed(tenant),
            client: needed(client),
            secret: needed(secret),
            cloud: None,
        };
        let cloud = cloud(environment.get(CLOUD).unwrap_or_default());
        match cloud {
            Ok(cloud) if found.is_empty() => Ok(Self { cloud, ..account }),
            Ok(_) => Err(found),
            Err(unknown) => {
                found.push(unknown.diagnostic(step));
                Err(found)
            }
        }
    }

    /// `az ARGUMENTS… --subscription S` in the account's cloud.
    pub(crate) fn az(&self, arguments: &[&str]) -> Command {
        self.bare(arguments)
            .args(["--subscription", self.subscription])
    }

    /// Logs in. The secret goes to standard input: arguments can be read in the list of processes.
    pub(crate) fn login(&self) -> Command {
        self.bare(&["login", "--service-principal"])
            .args(["--username", self.client])
            .args(["--password", "@-"])
            .args(["--tenant", self.tenant])
            .args(["--output", "none"])
            .stdin(self.secret)
    }

    fn bare(&self, arguments: &[&str]) -> Command {
        let command = Command::new("az").args(arguments.iter().copied());
        match self.cloud {
            Some(cloud) => command
                .env("AZURE_CLOUD_NAME", cloud)
                .env("AZURE_CONFIG_DIR", CONFIGURATION),
            None => command,
        }
    }
}

/// A cloud that is not known.
enum Unknown<'a> {
    Name(&'a str),
    Placeholder,
}

fn cloud(name: &str) -> Result<Option<&'static str>, Unknown<'_>> {
    if name.is_empty() {
        return Ok(Some("AzureCloud"));
    }
    if placeholder::is_in(name) {
        return Err(Unknown::Placeholder);
    }
    if name.eq_ignore_ascii_case(OWN_CLOUD) {
        return Ok(None);
    }
    let known = CLOUDS
        .iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known));
    known
        .map(|(_, cloud)| Some(*cloud))
        .ok_or(Unknown::Name(name))
}

impl Unknown<'_> {
    fn diagnostic<S>(&self, step: &Step<S>) -> Diagnostic {
        match self {
            Self::Name(name) => {
                let title = format!("no Azure cloud is called `{name}`");
                let known: Vec<&str> = CLOUDS.iter().map(|(_, cloud)| *cloud).collect();
                let error = step.error("arm-004", title, Pointer::root());
                error.hint(format!("set `{CLOUD}` to one of: {}", known.join(", ")))
            }
            Self::Placeholder => Diagnostic::needs_value(
                format!("`{CLOUD}` must be known before the step runs"),
                step.place(Pointer::root()),
            )
            .hint("make it a parameter that is not sensitive"),
        }
    }
}

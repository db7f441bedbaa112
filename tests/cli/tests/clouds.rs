//! The examples for the clouds, with the real tools as far as they go without an account.
//!
//! az and aws are Debian's own packages. The vendors' places cannot be reached from everywhere, so
//! the mixins' instructions are carried out against a mirror: Debian's repository stands in for
//! Microsoft's, and an archive with a link into Debian's awscli for that of AWS. No package
//! registry has gcloud; a script that says what it was called with stands in for it, and for az
//! where a deployment would need an account.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use porter_test_harness::{Content, Finished, Mirror, TestContext, tools};

const BASE: &str = "debian:stable-slim";
const SECRET: &str = "planted-client-secret";

/// Where Debian's packages are instead of Microsoft's, as arguments of `porter build`. The port
/// makes it another repository than the one that the base image knows already, for which apt would
/// not take another key.
fn debian_for_microsoft(context: &TestContext) -> (Mirror, Vec<String>) {
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    context.write("../keyring", context.engine().file_of(BASE, keyring));
    let key = Content::File(context.path("keyring"));
    let files = BTreeMap::from([("/microsoft.asc".to_owned(), key)]);
    let mirror = Mirror::start(context.engine(), files);
    let repository =
        "https://packages.microsoft.com/repos/azure-cli/=http://deb.debian.org:80/debian/";
    let arguments = [
        "build",
        "--download-mirror",
        &mirror.of("https://packages.microsoft.com/keys/"),
        "--download-mirror",
        repository,
    ];
    let arguments = arguments.map(str::to_owned).to_vec();
    (mirror, arguments)
}

fn porter(context: &TestContext, arguments: &[String]) -> Finished {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    context.porter(&arguments)
}

/// A credential set with these values; its path.
fn credentials(context: &TestContext, values: &[(&str, &str)]) -> String {
    let entry = |(name, value): &(&str, &str)| {
        format!("  - name: {name}\n    source: {{value: {value}}}\n")
    };
    let entries: String = values.iter().map(entry).collect();
    let head = "schemaType: CredentialSet\nschemaVersion: 1.0.1\nname: c\ncredentials:\n";
    context.write("../credentials.yaml", format!("{head}{entries}"));
    context.path("credentials.yaml").display().to_string()
}

const AZURE: [(&str, &str); 5] = [
    ("subscription", "77777777-2222-3333-4444-555555555555"),
    ("tenant", "99999999-2222-3333-4444-555555555555"),
    ("tenant-id", "99999999-2222-3333-4444-555555555555"),
    ("client-id", "11111111-2222-3333-4444-555555555555"),
    ("client-secret", SECRET),
];

/// A template whose mixin instructions go into a stage that nobody needs, with a program instead of
/// what they would install.
fn with_stand_in(context: &TestContext, program: &str, script: &str) {
    context.write(
        "stand-in.Dockerfile",
        format!(
            "FROM {BASE} AS unused\n# PORTER_MIXINS\nFROM {BASE}\n# PORTER_INIT\n\
             COPY --chmod=755 <<\"SCRIPT\" /usr/local/bin/{program}\n{script}SCRIPT\n"
        ),
    );
    let manifest = std::fs::read_to_string(context.work().join("porter.yaml")).unwrap();
    context.write(
        "porter.yaml",
        format!("{manifest}\ndockerfile: stand-in.Dockerfile\n"),
    );
}

#[test]
fn az_is_installed_and_says_all_when_it_cannot_log_in() {
    let context = TestContext::new();
    context.example("az");
    let (mirror, build) = debian_for_microsoft(&context);
    let _ = porter(&context, &build).succeeded();
    let asked = mirror.asked();
    assert!(asked.contains(&"/microsoft.asc".to_owned()), "{asked:?}");

    let client = context
        .porter(&["invoke", "--action", "client"])
        .succeeded();
    let _ = client
        .says("Ask the Azure CLI for its version")
        .says("\"azure-cli\": \"2.");

    let set = credentials(&context, &AZURE);
    let install = context.porter(&["install", "-c", &set]).failed();
    refused_by_azure(
        &install,
        "az login --password *** --service-principal --tenant ***",
    );
}

/// The error of az has arrived, whoever refused: Azure itself, or the way there.
fn refused_by_azure(install: &Finished, command: &str) {
    let everything = format!("{}{}", install.stdout, install.stderr);
    assert!(
        everything.contains("login.microsoftonline.com") || everything.contains("AADSTS"),
        "{install:#?}"
    );
    assert!(install.stderr.contains(command), "{install:#?}");
    assert!(!everything.contains(SECRET), "{install:#?}");
}

#[test]
fn arm_logs_in_with_a_secret_that_no_argument_holds() {
    let context = TestContext::new();
    context.example("arm");
    let (_mirror, build) = debian_for_microsoft(&context);
    let _ = porter(&context, &build).succeeded();
    let set = credentials(&context, &AZURE);
    let install = context.porter(&["install", "-c", &set]).failed();
    refused_by_azure(
        &install,
        "az login --service-principal --username *** --password @-",
    );
}

/// A small Azure: one deployment, which is not there at first.
const RECORDING_AZ: &str = r#"#!/bin/sh
# Says what it was called with.
{ printf 'az'; printf ' <%s>' "$@"; echo; } >&2
case "$*" in
  login*)
    secret=$(cat)
    [ "$secret" = planted-client-secret ] || { echo "a wrong secret" >&2; exit 1; } ;;
  "group exists"*) echo false ;;
  "deployment group create"*) tee /tmp/deployed >&2 ;;
  "deployment group show"*)
    if [ ! -e /tmp/deployed ]; then
      echo "ERROR: (DeploymentNotFound) Deployment 'porter-storage' could not be found." >&2
      exit 3
    fi
    echo '{"BLOBENDPOINT": {"type": "String", "value": "https://shop.example/"}}' ;;
esac
"#;

#[test]
fn arm_deploys_its_template_with_a_recording_stand_in_for_az() {
    let context = TestContext::new();
    context.example("arm");
    with_stand_in(&context, "az", RECORDING_AZ);
    let _ = context.porter(&["build"]).succeeded();
    let set = credentials(&context, &AZURE);
    let install = context
        .porter(&["install", "-c", &set, "--param", r#"tags={"a": ["b", 2]}"#])
        .succeeded()
        .says("Starting deployment operations...")
        .says("Finished deployment operations...");
    let everything = format!("{}{}", install.stdout, install.stderr);
    for expected in [
        "<group> <create> <--subscription> <*******> <--name> <porter-example> <--location> <westeurope>",
        "<--resource-group> <porter-example> <--name> <porter-storage> <--template-file> </cnab/app/storage.json> <--parameters> <@-> <--mode> <Incremental>",
        r#""tags":{"value":{"a":["b",2]}}"#,
        r#""location":{"value":"westeurope"}"#,
    ] {
        assert!(everything.contains(expected), "no {expected}: {install:#?}");
    }
    assert!(!everything.contains(SECRET), "{install:#?}");
    let endpoint = context
        .porter(&[
            "installation",
            "outputs",
            "show",
            "endpoint",
            "-i",
            context.bundle_name(),
        ])
        .succeeded();
    assert_eq!(endpoint.stdout.trim(), "https://shop.example/");
    let uninstall = context.porter(&["uninstall", "-c", &set]).succeeded();
    assert!(!uninstall.stderr.contains("az <"), "{uninstall:#?}");
}

#[test]
fn aws_is_downloaded_and_says_all_when_it_is_refused() {
    let context = TestContext::new();
    context.example("aws");
    context.write("../aws.sh", "#!/bin/sh\nexec /usr/bin/aws \"$@\"\n");
    let link = context.path("aws.sh");
    let archive = tools::archive(&context.path("."), "awscli.zip", &link, "aws/dist/aws");
    let archive = Content::File(archive);
    let files = BTreeMap::from([("/awscli-exe-linux-x86_64.zip".to_owned(), archive)]);
    let mirror = Mirror::start(context.engine(), files);
    let manifest = std::fs::read_to_string(context.work().join("porter.yaml")).unwrap();
    context.write(
        "porter.yaml",
        format!("{manifest}\ndockerfile: awscli.Dockerfile\n"),
    );
    context.write(
        "awscli.Dockerfile",
        format!(
            "FROM {BASE}\n# PORTER_INIT\nRUN apt-get update && apt-get install -y \
             --no-install-recommends awscli\n# PORTER_MIXINS\n"
        ),
    );
    let _ = context
        .porter(&[
            "build",
            "--download-mirror",
            &mirror.of("https://awscli.amazonaws.com/"),
        ])
        .succeeded();
    let _ = context
        .porter(&["invoke", "--action", "client"])
        .succeeded()
        .says("secret_key                <not set>")
        .says("eu-west-1");

    let keys = [
        ("access-key", "AKIAPLANTEDKEYEXAMPL"),
        ("secret-key", SECRET),
    ];
    let set = credentials(&context, &keys);
    let install = context.porter(&["install", "-c", &set]).failed();
    let everything = format!("{}{}", install.stdout, install.stderr);
    // Without a network the CLI cannot ask, with one it is refused.
    assert!(
        everything.contains("https://sts.eu-west-1.amazonaws.com/")
            || everything.contains("InvalidClientTokenId"),
        "{install:#?}"
    );
    let _ = install.complains("aws sts get-caller-identity --output json --region eu-west-1");
    assert!(
        !everything.contains(SECRET) && !everything.contains(keys[0].1),
        "{everything}"
    );
}

/// gcloud as far as the example goes.
const RECORDING_GCLOUD: &str = r#"#!/bin/sh
# Says what it was called with.
{ printf 'gcloud'; printf ' <%s>' "$@"; echo; } >&2
case "$*" in
  *"activate-service-account"*) cat service-account.json >&2; echo '[]' ;;
  *"instances create"*) echo '[{"networkInterfaces": [{"networkIP": "10.0.0.5"}]}]' ;;
  *) echo '[]' ;;
esac
"#;

#[test]
fn gcloud_is_called_as_written_with_a_recording_stand_in() {
    let context = TestContext::new();
    context.example("gcloud");
    with_stand_in(&context, "gcloud", RECORDING_GCLOUD);
    let _ = context.porter(&["build"]).succeeded();
    let set = credentials(&context, &[("service-account", SECRET)]);
    let install = context
        .porter(&["install", "-c", &set, "--param", "labels=a=b c"])
        .succeeded();
    let everything = format!("{}{}", install.stdout, install.stderr);
    for expected in [
        "gcloud <--quiet> <auth> <activate-service-account> <--format> <json> <--key-file> <service-account.json>",
        "gcloud <--quiet> <compute> <instances> <create> <porter-example> <--format> <json> <--labels> <a=b> <c> <--no-address> <--project> <porter-example> <--zone> <europe-west3-a>",
    ] {
        assert!(everything.contains(expected), "no {expected}: {install:#?}");
    }
    assert!(!everything.contains(SECRET), "{install:#?}");
    let address = context
        .porter(&[
            "installation",
            "outputs",
            "show",
            "address",
            "-i",
            context.bundle_name(),
        ])
        .succeeded();
    assert_eq!(address.stdout.trim(), "10.0.0.5");
    let _ = context.porter(&["uninstall", "-c", &set]).succeeded();
}

//! The docker and docker-compose examples: real clients of the engine inside a bundle.

use std::collections::BTreeMap;

use porter_test_harness::{Content, Engine, Mirror, TestContext, tools};
use serde_json::Value;

/// What a bundle makes on the engine is of its name, and goes with the test.
struct Leftovers {
    engine: Engine,
    name: String,
}

impl Leftovers {
    fn of(context: &TestContext) -> Self {
        Self {
            engine: Engine::find(),
            name: context.bundle_name().to_owned(),
        }
    }

    /// Names of containers of the bundle.
    fn containers(&self) -> Vec<String> {
        self.named("/containers/json?all=1", "/Names/0")
    }

    fn networks(&self) -> Vec<String> {
        self.named("/networks", "/Name")
    }

    fn volumes(&self) -> Vec<String> {
        let (_, found) = self.engine.ask("GET", "/volumes");
        self.names(&found["Volumes"], "/Name")
    }

    fn images(&self) -> Vec<String> {
        self.named("/images/json", "/RepoTags/0")
    }

    fn named(&self, path: &str, pointer: &str) -> Vec<String> {
        let (_, found) = self.engine.ask("GET", path);
        self.names(&found, pointer)
    }

    fn names(&self, found: &Value, pointer: &str) -> Vec<String> {
        let all = found.as_array().map(Vec::as_slice).unwrap_or_default();
        let names = all.iter().filter_map(|one| one.pointer(pointer)?.as_str());
        let own = names.map(|name| name.trim_start_matches('/'));
        let rest = |name: &str| {
            name.strip_prefix(&self.name)
                .map(|rest| rest.chars().next())
        };
        own.filter(|name| matches!(rest(name), Some(None | Some('-' | '_' | ':'))))
            .map(str::to_owned)
            .collect()
    }
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        for name in self.containers() {
            self.engine.remove_container(&name);
        }
        for name in self.networks() {
            self.engine.ask("DELETE", &format!("/networks/{name}"));
        }
        for name in self.volumes() {
            self.engine.ask("DELETE", &format!("/volumes/{name}"));
        }
        for name in self.images() {
            self.engine.remove_image(&name);
        }
    }
}

const ACCESS: &str = "--allow-docker-host-access";

#[test]
fn docker_builds_runs_and_removes() {
    let context = TestContext::new();
    context.example("docker");
    let name = context.bundle_name();
    let leftovers = Leftovers::of(&context);
    let folder = context.path("mirror");
    std::fs::create_dir(&folder).unwrap();
    let archive = tools::archive(&folder, "docker.tgz", &tools::docker(), "docker/docker");
    let path = "/linux/static/stable/x86_64/docker-27.3.1.tgz".to_owned();
    let files = BTreeMap::from([(path, Content::File(archive))]);
    let mirror = Mirror::start(context.engine(), files);
    let vendor = mirror.of("https://download.docker.com/");
    let _ = context
        .porter(&["build", "--download-mirror", &vendor])
        .succeeded();

    let refused = context.porter(&["install"]).failed();
    let _ = refused.complains("allow-docker-host-access was not enabled");
    let _ = context
        .porter(&["install", ACCESS, "--param", "greeting=good  'morning'"])
        .succeeded()
        .says("Start the greeter");
    let container = |path: &str| {
        let (_, found) = context
            .engine()
            .ask("GET", &format!("/containers/{name}/json"));
        found.pointer(path).cloned().unwrap_or_default()
    };
    assert_eq!(container("/State/Running"), true);
    assert_eq!(container("/HostConfig/Memory"), 64 * 1024 * 1024);
    assert_eq!(container("/Config/Labels/bundle"), name);
    let environment = container("/Config/Env").to_string();
    assert!(
        environment.contains("GREETING=good  'morning'"),
        "{environment}"
    );
    let first = container("/Id");

    let greet = [
        "invoke",
        "--action",
        "greet",
        ACCESS,
        "--param",
        "greeting=hi",
    ];
    let _ = context.porter(&greet).succeeded().says("Greet once\nhi\n");
    let _ = context
        .porter(&["upgrade", ACCESS, "--param", "greeting=good evening"])
        .succeeded();
    assert_ne!(container("/Id"), first);
    assert_eq!(container("/State/Running"), true);

    let _ = context
        .porter(&["uninstall", "--delete", ACCESS])
        .succeeded();
    assert_eq!(leftovers.containers(), Vec::<String>::new());
    assert!(!context.engine().has_image(&format!("{name}:1.0.0")));
}

#[test]
fn docker_compose_keeps_a_project_up() {
    let context = TestContext::new();
    context.example("docker-compose");
    let name = context.bundle_name();
    let leftovers = Leftovers::of(&context);
    let compose = tools::docker_compose();
    let path = "/docker/compose/releases/download/v2.29.7/docker-compose-linux-x86_64";
    let sum = format!("{} *docker-compose-linux-x86_64\n", tools::sha256(&compose));
    let files = BTreeMap::from([
        (path.to_owned(), Content::File(compose)),
        (format!("{path}.sha256"), Content::Text(sum)),
    ]);
    let mirror = Mirror::start(context.engine(), files);
    let vendor = mirror.of("https://github.com/");
    let _ = context
        .porter(&["build", "--download-mirror", &vendor])
        .succeeded();

    let _ = context
        .porter(&["install", ACCESS, "--param", "greeting=good morning"])
        .succeeded()
        .says("Start the project");
    assert_eq!(leftovers.containers(), [format!("{name}-shop-1")]);
    assert_eq!(leftovers.volumes(), [format!("{name}_data")]);
    let output = |output: &str| {
        let finished = context.porter(&["installation", "output", "show", output, "-i", name]);
        finished.succeeded().stdout.trim().to_owned()
    };
    assert_eq!(
        (output("state"), output("image")),
        ("running".to_owned(), "debian:stable-slim".to_owned())
    );
    let logs = ["invoke", "--action", "logs", ACCESS];
    let _ = context.porter(&logs).succeeded().says("good morning\n");

    let _ = context
        .porter(&["upgrade", ACCESS, "--param", "greeting=good evening"])
        .succeeded();
    let _ = context.porter(&logs).succeeded().says("good evening\n");
    let _ = context
        .porter(&["uninstall", "--delete", ACCESS])
        .succeeded();
    let left = [
        leftovers.containers(),
        leftovers.networks(),
        leftovers.volumes(),
    ];
    assert_eq!(left, [const { Vec::<String>::new() }; 3]);
}

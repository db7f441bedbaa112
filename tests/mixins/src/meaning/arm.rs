//! What Porter's arm mixin asks of Azure, and the az CLI that ours runs instead.
//!
//! Compared is what counts in Azure: who asks, what is made (resource groups and deployments with
//! their template and parameters) and what the step gives as outputs. How often somebody looks on
//! the way does not count.

use porter_mixin_sdk::Command;
use serde_json::{Value, json};

use super::{Fact, Meaning, go};
use crate::api::{Api, Response};
use crate::case::{Case, Observed, Request};
use crate::glue::{Glue, Reply};

/// How the arm mixin is compared.
pub fn glue() -> Glue {
    Glue {
        dockerfile: of_dockerfile,
        answer,
        level,
        ..Glue::default()
    }
}

/// Porter's lines are empty, its mixin needs nothing in the image. Ours needs the az CLI.
///
/// # Errors
/// When there are lines after all.
pub fn of_dockerfile(text: &str) -> Result<Meaning, String> {
    if !text.trim().is_empty() {
        return Err("the lines of the arm mixin are empty".to_owned());
    }
    let mut meaning = Meaning::default();
    meaning.package("azure-cli", None);
    meaning.facts.insert(Fact::Source {
        uri: "https://packages.microsoft.com/repos/azure-cli".to_owned(),
        suite: "{codename}".to_owned(),
        components: "main".to_owned(),
        key: "https://packages.microsoft.com/keys/microsoft.asc".to_owned(),
    });
    Ok(meaning)
}

/// Drops what only looks, and what is said before a failure; outputs as Go would print them. Porter's
/// mixin sends nothing at all where a parameter is nested; what ours sends then is not compared.
fn level(case: &Case, observed: &mut Observed) {
    let is_empty = |request: &Request| request.method == "PUT" && request.body.is_empty();
    let sends_nothing = case.observed.http.iter().any(is_empty);
    observed
        .http
        .retain(|request| ["POST", "PUT"].contains(&request.method.as_str()));
    for request in &mut observed.http {
        request.query.clear();
        request.body = match request.method.as_str() {
            "POST" => credentials(&request.body),
            _ if sends_nothing => String::new(),
            _ => made(&request.body),
        };
    }
    if observed.exit != 0 {
        observed.stdout.clear();
    }
    for value in observed.outputs.values_mut() {
        *value = go::printed(value);
    }
}

/// The form of a request for a token: which resource it is for depends on the program.
fn credentials(body: &str) -> String {
    let pairs = body
        .split('&')
        .filter(|pair| !pair.starts_with("resource="));
    pairs.collect::<Vec<_>>().join("&")
}

/// What is made, in one spelling of JSON. The name of a group is in the path anyway.
fn made(body: &str) -> String {
    let mut made: Value = serde_json::from_str(body).unwrap_or_default();
    if let Some(members) = made.as_object_mut() {
        members.remove("name");
    }
    made.to_string()
}

/// What the az CLI does for a command of ours.
fn answer(api: &mut Api, command: &Command) -> Option<Reply> {
    if command.program != "az" {
        return None;
    }
    let words: Vec<&str> = command.args.iter().map(String::as_str).collect();
    let az = Az {
        api,
        words: &words,
        stdin: command.stdin.as_deref().unwrap_or_default(),
    };
    Some(az.run())
}

struct Az<'a> {
    api: &'a mut Api,
    words: &'a [&'a str],
    stdin: &'a str,
}

impl Az<'_> {
    fn run(mut self) -> Reply {
        match self.words {
            ["login", ..] => self.login(),
            ["group", "exists", ..] => self.group_exists(),
            ["group", "create", ..] => self.group_create(),
            ["deployment", "group", "show", ..] => self.show(),
            ["deployment", "group", "create", ..] => self.create(),
            ["deployment", "group", "wait", ..] => self.wait(),
            _ => failed(2, "the command is not known here"),
        }
    }

    fn option(&self, name: &str) -> &str {
        let place = self.words.iter().position(|word| *word == name);
        let value = place.and_then(|place| self.words.get(place + 1));
        value.copied().unwrap_or_default()
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Response {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            body: body.to_owned(),
            ..Request::default()
        };
        let refused = Response {
            status: 0,
            body: "connection refused".to_owned(),
        };
        self.api.ask(request).unwrap_or(refused)
    }

    fn login(&mut self) -> Reply {
        if self.option("--password") != "@-" {
            return failed(2, "the password is on the command line");
        }
        let path = format!("/ad/{}/oauth2/token", self.option("--tenant"));
        let body = format!(
            "client_id={}&client_secret={}&grant_type=client_credentials",
            self.option("--username"),
            self.stdin
        );
        let response = self.ask("POST", &path, &body);
        ended(&response, "")
    }

    fn group(&self) -> String {
        let group = match self.option("--resource-group") {
            "" => self.option("--name"),
            group => group,
        };
        format!(
            "/subscriptions/{}/resourcegroups/{group}",
            self.option("--subscription")
        )
    }

    fn deployment(&self) -> String {
        let kind = "providers/Microsoft.Resources/deployments";
        format!("{}/{kind}/{}", self.group(), self.option("--name"))
    }

    fn group_exists(&mut self) -> Reply {
        let path = self.group();
        let response = self.ask("HEAD", &path, "");
        match response.status {
            404 => printed("false\n"),
            _ => ended(&response, "true\n"),
        }
    }

    fn group_create(&mut self) -> Reply {
        let body = json!({"location": self.option("--location")}).to_string();
        let path = self.group();
        let response = self.ask("PUT", &path, &body);
        ended(&response, "")
    }

    fn show(&mut self) -> Reply {
        let path = self.deployment();
        let response = self.ask("GET", &path, "");
        let shown: Value = serde_json::from_str(&response.body).unwrap_or_default();
        if response.status == 404 {
            let code = shown["error"]["code"]
                .as_str()
                .unwrap_or("DeploymentNotFound");
            return failed(3, &format!("({code}) it could not be found"));
        }
        let properties = &shown["properties"];
        let text = match self.option("--query") {
            "properties.provisioningState" => state(&shown) + "\n",
            // A result of nothing prints nothing.
            "properties.outputs" if properties["outputs"].is_null() => String::new(),
            "properties.outputs" => properties["outputs"].to_string(),
            _ => String::new(),
        };
        ended(&response, &text)
    }

    fn create(&mut self) -> Reply {
        let Some(template) = self.api.file(self.option("--template-file")) else {
            return failed(1, "there is no such template");
        };
        let Ok(template) = serde_json::from_str::<Value>(template) else {
            return failed(1, "the template is no JSON");
        };
        let parameters: Value = serde_json::from_str(self.stdin).unwrap_or_default();
        let body = json!({"properties": {
            "template": template,
            "parameters": parameters["parameters"],
            "mode": self.option("--mode"),
        }});
        let path = self.deployment();
        let response = self.ask("PUT", &path, &body.to_string());
        let reply = ended(&response, "");
        if reply.exit != 0 {
            return reply;
        }
        self.wait()
    }

    /// Asks until the deployment has come to an end.
    fn wait(&mut self) -> Reply {
        let path = self.deployment();
        for _ in 0..100 {
            let response = self.ask("GET", &path, "");
            let shown: Value = serde_json::from_str(&response.body).unwrap_or_default();
            match (response.status, state(&shown).as_str()) {
                (200, "Succeeded") => return Reply::default(),
                (200, "Running" | "Accepted") if self.option("--timeout") != "1" => {}
                _ => return failed(1, "the operation failed"),
            }
        }
        failed(1, "the wait timed out")
    }
}

fn state(shown: &Value) -> String {
    let state = shown["properties"]["provisioningState"].as_str();
    state.unwrap_or_default().to_owned()
}

fn printed(text: &str) -> Reply {
    Reply {
        stdout: text.to_owned(),
        ..Reply::default()
    }
}

fn failed(exit: i32, why: &str) -> Reply {
    Reply {
        exit,
        stderr: format!("ERROR: {why}\n"),
        ..Reply::default()
    }
}

fn ended(response: &Response, text: &str) -> Reply {
    if (200..300).contains(&response.status) {
        printed(text)
    } else {
        failed(1, &response.body)
    }
}

//! Unresolved steps as text, for `--debug`.

use porter_runbook::{Json, Node, Segment};

/// A step as indented JSON, its templates spelled `${…}`.
pub fn show(node: &Node) -> String {
    format!("{:#}", json(node))
}

fn json(node: &Node) -> Json {
    match node {
        Node::Value(json) => json.clone(),
        Node::Expression(expression) => Json::from(spell("", &expression.path)),
        Node::Text(segments) => Json::from(text(segments)),
        Node::List(items) => Json::Array(items.iter().map(json).collect()),
        Node::Map(members) => Json::Object(
            members
                .iter()
                .map(|(key, value)| (text(key), json(value)))
                .collect(),
        ),
    }
}

fn text(segments: &[Segment]) -> String {
    let part = |segment: &Segment| match segment {
        Segment::Literal(text) => text.clone(),
        Segment::Variable(expression) => spell("", &expression.path),
        Segment::Section {
            of,
            inverted,
            content,
        } => {
            let open = spell(if *inverted { "^" } else { "#" }, &of.path);
            format!("{open}{}{}", text(content), spell("/", &of.path))
        }
    };
    segments.iter().map(part).collect()
}

fn spell(before: &str, path: &[String]) -> String {
    let name = if path == ["."] {
        ".".to_owned()
    } else {
        path.join(".")
    };
    format!("${{{before}{name}}}")
}

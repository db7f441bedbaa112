//! Findings as SARIF 2.1.0, which code scanning services and editors read.

use std::collections::BTreeMap;

use porter_mixin::escape::escape;
use serde_json::{Value, json};

use super::{Finding, Level};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The findings of one run of `version` of porter.
pub fn sarif(findings: &[Finding], version: &str) -> Value {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for finding in findings {
        rules.entry(&finding.code).or_insert_with(|| rule(finding));
    }
    let index: BTreeMap<&str, usize> = rules.keys().copied().zip(0..).collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| result(finding, index.get(finding.code.as_str())))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "porter",
                "semanticVersion": version,
                "rules": rules.into_values().collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(finding: &Finding) -> Value {
    let mut rule = json!({
        "id": escape(&finding.code),
        "shortDescription": { "text": escape(&finding.title) },
    });
    if finding.url.starts_with("https://") {
        rule["helpUri"] = escape(&finding.url).into();
    }
    rule
}

fn result(finding: &Finding, rule: Option<&usize>) -> Value {
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    };
    let mut result = json!({
        "ruleId": escape(&finding.code),
        "level": level,
        "message": { "text": finding.sentence() },
    });
    if let Some(rule) = rule {
        result["ruleIndex"] = (*rule).into();
    }
    if let Some(range) = &finding.range {
        let mut place = json!({ "artifactLocation": { "uri": uri(&range.file) } });
        if range.start.line > 0 {
            place["region"] = json!({
                "startLine": range.start.line,
                "startColumn": range.start.column,
                "endLine": range.end.line,
                "endColumn": range.end.column,
            });
        }
        result["locations"] = json!([{ "physicalLocation": place }]);
    }
    result
}

/// A path as a relative reference: what could be read as something else is encoded.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_stay_relative_references() {
        assert_eq!(super::uri("./a b/ü:1.yaml"), "a%20b/%C3%BC%3A1.yaml");
    }
}

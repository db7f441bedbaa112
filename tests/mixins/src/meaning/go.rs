//! How Go prints values of JSON.

use std::fmt::Write as _;

use serde_json::Value;

/// `text` as Go prints it when it is a JSON document that is not just text.
pub fn printed(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::String(_)) | Err(_) => text.to_owned(),
        Ok(value) => value_of(&value),
    }
}

fn value_of(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => float(&number.to_string()),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(value_of).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(members) => {
            let members = members.iter();
            let members: Vec<String> = members
                .map(|(name, value)| format!("{name}:{}", value_of(value)))
                .collect();
            format!("map[{}]", members.join(" "))
        }
    }
}

/// A 64-bit float with as few digits as possible; beyond six digits before the point with an
/// exponent.
fn float(spelled: &str) -> String {
    let Ok(number) = spelled.parse::<f64>() else {
        return spelled.to_owned();
    };
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let mut text = digits.to_owned();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "e{}{:02}",
        if exponent < 0 { '-' } else { '+' },
        exponent.abs()
    );
    text
}

#[cfg(test)]
mod tests {
    use super::printed;

    #[test]
    fn as_seen() {
        for (json, go) in [
            ("null", "<nil>"),
            ("true", "true"),
            ("3", "3"),
            ("0", "0"),
            ("1.50", "1.5"),
            ("123456", "123456"),
            ("12345678", "1.2345678e+07"),
            ("0.00001", "1e-05"),
            (r#"{"b":1,"a":"x"}"#, "map[a:x b:1]"),
            (r#"[1,"two"]"#, "[1 two]"),
            ("map[a:x b:1]", "map[a:x b:1]"),
            ("https://shop.example.org", "https://shop.example.org"),
            (r#""quoted""#, r#""quoted""#),
        ] {
            assert_eq!(printed(json), go, "{json}");
        }
    }
}

//! Values as Go prints them, which is how Porter's tables show defaults.

use serde_json::{Number, Value};

/// Digits before the decimal point from which Go writes an exponent, with a shortest form.
const LARGE: i32 = 6;

/// A value as `%v` prints it: `1e+06`, `map[a:1 b:[x <nil>]]`. A number that does not fit into 64
/// bits of floating point, which Go would change, keeps its spelling.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => self::number(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(show).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            let pairs: Vec<String> = members
                .into_iter()
                .map(|(key, member)| format!("{key}:{}", show(member)))
                .collect();
            format!("map[{}]", pairs.join(" "))
        }
    }
}

fn number(number: &Number) -> String {
    let spelled = number.to_string();
    let float = number.as_f64().filter(|float| float.is_finite());
    let shortest = float.map(|float| format!("{float:e}"));
    let Some(shortest) = shortest.as_deref().and_then(Decimal::read) else {
        return spelled;
    };
    if Decimal::read(&spelled).as_ref() == Some(&shortest) {
        shortest.show()
    } else {
        spelled
    }
}

/// `0.DIGITS × 10^point`, without zeros at either end of the digits.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    point: i32,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let leading = i32::try_from(all.len() - digits.len()).ok()?;
        let whole = i32::try_from(whole.len()).ok()?;
        let digits = digits.trim_end_matches('0');
        let point = match digits {
            "" => 0,
            _ => whole.checked_add(exponent)?.checked_sub(leading)?,
        };
        Some(Self {
            negative,
            digits: digits.to_owned(),
            point,
        })
    }

    fn show(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        let digits = &self.digits;
        let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
        if digits.is_empty() {
            return format!("{sign}0");
        }
        let exponent = self.point - 1;
        if !(-4..LARGE).contains(&exponent) {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let direction = if exponent < 0 { '-' } else { '+' };
            return format!("{sign}{first}{dot}{rest}e{direction}{:02}", exponent.abs());
        }
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
        if self.point <= 0 {
            format!("{sign}0.{}{digits}", zeros(-self.point))
        } else if self.point >= count {
            format!("{sign}{digits}{}", zeros(self.point - count))
        } else {
            let (whole, fraction) = digits.split_at(usize::try_from(self.point).unwrap_or(0));
            format!("{sign}{whole}.{fraction}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> String {
        show(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn as_go_does() {
        for (json, expected) in [
            ("null", "<nil>"),
            ("true", "true"),
            ("7", "7"),
            ("-7", "-7"),
            ("0", "0"),
            ("0.0", "0"),
            ("-0", "-0"),
            ("0.5", "0.5"),
            ("2.50", "2.5"),
            ("123456", "123456"),
            ("100000", "100000"),
            ("1000000", "1e+06"),
            ("1234567", "1.234567e+06"),
            ("12345678.9", "1.23456789e+07"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1e300", "1e+300"),
            (
                r#"{"b": {"c": "d"}, "a": [1, 2.5, "x", true, null]}"#,
                "map[a:[1 2.5 x true <nil>] b:map[c:d]]",
            ),
        ] {
            assert_eq!(of(json), expected, "{json}");
        }
    }

    #[test]
    fn digits_are_never_lost() {
        for number in ["9007199254740993", "0.1000000000000000000001", "1e400"] {
            assert_eq!(of(number).replace("e+", "e"), number);
        }
    }
}

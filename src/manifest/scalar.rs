//! Text of a scalar → value, by the rules of the reader that Argo CD runs.
//!
//! That reader is go-yaml v2 behind sigs.k8s.io/yaml: `yes` and `on` are booleans, `0755` is
//! octal, `1_000` is a thousand, a date stays text. No crate follows these rules.

use crate::object::Value;
use base64::Engine as _;
use granit_parser::{ScalarStyle, Tag};
use serde_json::Number;

/// Resolves a scalar.
///
/// # Errors
/// Says why the value does not fit its tag, or JSON.
pub(super) fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let plain = style == ScalarStyle::Plain;
    let Some(tag) = tag.map(ToString::to_string) else {
        return if plain { untagged(text) } else { Ok(Value::String(text.into())) };
    };
    let Some(kind) = tag.strip_prefix("tag:yaml.org,2002:").or_else(|| tag.strip_prefix("!!"))
    else {
        // A local tag: the reader keeps the text.
        return Ok(Value::String(text.into()));
    };
    let wrong = || format!("`{text}` is not a value of the tag !!{kind}");
    match (kind, untagged(text)?) {
        ("binary", _) => binary(text).map(|text| Value::String(text.into())).ok_or_else(wrong),
        ("int" | "float", value @ Value::Number(_))
        | ("bool", value @ Value::Bool(_))
        | ("null", value @ Value::Null) => Ok(value),
        ("int" | "float" | "bool" | "null", _) => Err(wrong()),
        _ => Ok(Value::String(text.into())),
    }
}

fn binary(text: &str) -> Option<String> {
    let compact: String = text.split_ascii_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(compact).ok()?;
    String::from_utf8(bytes).ok()
}

/// Resolves a plain scalar without a tag.
fn untagged(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Value::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => {
            return Err(format!("`{text}` has no form in JSON, which Kubernetes reads"));
        }
        _ => match number(text) {
            Some(number) => Value::Number(number),
            None => Value::String(text.into()),
        },
    })
}

fn number(text: &str) -> Option<Number> {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    // What starts with a point may hold no underscore.
    let plain = if first == b'.' { text.to_owned() } else { text.replace('_', "") };
    if let Some(number) = integer(&plain) {
        return Some(number);
    }
    if !looks_like_float(&plain) {
        return None;
    }
    // A number that no float can hold is text: a commit's short hash such as `7e12345`.
    let value = plain.parse::<f64>().ok().filter(|value| value.is_finite())?;
    // Go writes a float without a fraction as an integer, and reads it back as one.
    #[expect(clippy::cast_possible_truncation, reason = "bounded to what a float holds exactly")]
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

/// Reads an integer as Go's `ParseInt` with base 0 does: 0x, 0o, 0b, or octal after a zero.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(hex) = lower.strip_prefix("0x") {
        (16, hex)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        (8, octal)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        (2, binary)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        let value = 0i64.checked_sub_unsigned(magnitude)?;
        return Some(Number::from(value));
    }
    Some(Number::from(magnitude))
}

/// Returns whether a text has go-yaml's form of a float: sign, digits with at most one point, and
/// an exponent.
fn looks_like_float(text: &str) -> bool {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = digits(rest);
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if whole + count == 0 {
            return false;
        }
        rest = &fraction[count..];
    } else if whole == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
        None => rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::untagged;
    use crate::object::Value;
    use serde_json::json;

    #[test]
    fn plain_scalars_resolve_as_argo_cd_reads_them() {
        let cases = [
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!(true)),
            ("", json!(null)),
            ("~", json!(null)),
            ("0755", json!(493)),
            ("08", json!(8)),
            ("1_000", json!(1000)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("0b11", json!(3)),
            ("-5", json!(-5)),
            ("+1", json!(1)),
            ("1e3", json!(1000)),
            ("1.10", json!(1.1)),
            (".5", json!(0.5)),
            ("12e4", json!(120_000)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("2026-01-01", json!("2026-01-01")),
            ("1:30", json!("1:30")),
            ("2Gi", json!("2Gi")),
            ("-", json!("-")),
            (".", json!(".")),
            ("1.2.3", json!("1.2.3")),
            ("0x", json!("0x")),
            ("yEs", json!("yEs")),
            ("1e999", json!("1e999")),
            ("._5", json!("._5")),
            ("1_0.5_0", json!(10.5)),
            ("10.0.0.0/8", json!("10.0.0.0/8")),
            ("0", json!(0)),
        ];
        for (text, value) in cases {
            let node = crate::object::Node { value: untagged(text).unwrap(), mark: <_>::default() };
            assert_eq!(node.to_json(), value, "{text}");
        }
    }

    #[test]
    fn what_json_cannot_hold_is_refused() {
        assert!(untagged(".nan").is_err());
        assert_eq!(untagged("nan"), Ok(Value::String("nan".into())));
    }
}

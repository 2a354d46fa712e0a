//! A value → YAML text in the style of kustomize: block style, two blanks, lists at their key's
//! indentation.
//!
//! A text stands without quotes only if no YAML reader takes it for anything else, which is why
//! this is not left to a general emitter: those follow one reader's rules.

use crate::api::compact::Compact;
use serde_json::Value;
use std::borrow::Cow;

/// Writes a value as block YAML, each line indented by `indent` blanks and ended by `eol`.
pub fn emit(value: &Value, indent: usize, eol: &str) -> String {
    emit_compact(&value.into(), indent, eol)
}

/// Writes as [`emit`] does.
pub(super) fn emit_compact(value: &Compact, indent: usize, eol: &str) -> String {
    let mut out = String::new();
    block(&mut out, value, indent, eol);
    out
}

/// Writes a value on one line, as people write small mappings and lists.
pub fn flow(value: &Value) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entry =
                |(key, value): (&String, &Value)| format!("{}: {}", scalar(key), flow(value));
            format!("{{ {} }}", join(map.iter().map(entry).collect()))
        }
        Value::Array(items) => format!("[{}]", join(items.iter().map(flow).collect())),
        Value::String(text) => scalar(text).into_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Writes a text as a scalar for block style: plain where that is safe, else in double quotes.
pub(super) fn scalar(text: &str) -> Cow<'_, str> {
    if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(quoted(text)) }
}

fn block(out: &mut String, value: &Compact, indent: usize, eol: &str) {
    match value {
        Compact::Object(map) if !map.is_empty() => {
            for (key, value) in map.iter() {
                pad(out, indent);
                entry(out, key, value, indent, eol);
            }
        }
        Compact::List(items) if !items.is_empty() => {
            for item in items {
                pad(out, indent);
                out.push_str("- ");
                match item {
                    Compact::Object(map) if !map.is_empty() => {
                        for (n, (key, value)) in map.iter().enumerate() {
                            if n > 0 {
                                pad(out, indent + 2);
                            }
                            entry(out, key, value, indent + 2, eol);
                        }
                    }
                    Compact::List(inner) if !inner.is_empty() => {
                        out.push_str(&item.to_json().to_string());
                        out.push_str(eol);
                    }
                    Compact::Null
                    | Compact::Bool(_)
                    | Compact::Number(_)
                    | Compact::Text(_)
                    | Compact::List(_)
                    | Compact::Object(_) => inline(out, item, eol),
                }
            }
        }
        Compact::Null
        | Compact::Bool(_)
        | Compact::Number(_)
        | Compact::Text(_)
        | Compact::List(_)
        | Compact::Object(_) => {
            pad(out, indent);
            inline(out, value, eol);
        }
    }
}

fn entry(out: &mut String, key: &str, value: &Compact, indent: usize, eol: &str) {
    out.push_str(&scalar(key));
    out.push(':');
    match value {
        Compact::Object(map) if !map.is_empty() => {
            out.push_str(eol);
            block(out, value, indent + 2, eol);
        }
        Compact::List(items) if !items.is_empty() => {
            out.push_str(eol);
            block(out, value, indent, eol);
        }
        Compact::Null
        | Compact::Bool(_)
        | Compact::Number(_)
        | Compact::Text(_)
        | Compact::List(_)
        | Compact::Object(_) => {
            out.push(' ');
            inline(out, value, eol);
        }
    }
}

fn inline(out: &mut String, value: &Compact, eol: &str) {
    match value {
        Compact::Text(text) => out.push_str(&scalar(text)),
        Compact::Null
        | Compact::Bool(_)
        | Compact::Number(_)
        | Compact::List(_)
        | Compact::Object(_) => {
            out.push_str(&value.to_json().to_string());
        }
    }
    out.push_str(eol);
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Words that some reader takes for a boolean, nothing, or a number.
const RESERVED: &[&str] =
    &["y", "n", "yes", "no", "true", "false", "on", "off", "null", "nan", "inf"];

fn is_plain(text: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'-');
    let word = text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && text.bytes().all(safe)
        && !RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(text));
    word || is_binary_size(text)
}

/// A size such as `10Gi`, which no reader takes for a number.
fn is_binary_size(text: &str) -> bool {
    ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().any(|unit| {
        text.strip_suffix(unit)
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    })
}

fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                // Writing to a String does not fail.
                write!(out, "\\u{:04X}", u32::from(c)).unwrap_or_default();
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::emit;
    use serde_json::json;

    #[test]
    fn writes_kustomize_style() {
        let value = json!({
            "kind": "X", "a": {"b": ["x", {"c": 1, "d": [true]}], "e": {}, "f": []},
            "cron": "0 2 * * *", "size": "10Gi", "yes": "no", "n": null, "t": "a\nb\u{85}",
        });
        insta::assert_snapshot!(emit(&value, 0, "\n"), @r#"
        kind: X
        a:
          b:
          - x
          - c: 1
            d:
            - true
          e: {}
          f: []
        cron: "0 2 * * *"
        size: 10Gi
        "yes": "no"
        "n": null
        t: "a\nb\u0085"
        "#);
    }

    #[test]
    fn every_text_is_read_back_by_both_readers() {
        for text in [
            "",
            "y",
            "1e3",
            "0755",
            "1_000",
            "-",
            "a: b",
            "#x",
            "*a",
            "12e4",
            "~",
            "2026-01-01",
            "<<",
            "=",
            ".inf",
            "@a",
            "a ",
            " a",
            "é",
            "\u{feff}",
            "0x1F",
            "1:30",
            "10Gi",
            "a#b",
            "{a}",
            "\u{7f}",
        ] {
            let text = serde_json::Value::String(text.into());
            let yaml = emit(&json!({"k": text}), 0, "\n");
            let ours = super::super::decode(&"in".into(), 1, &yaml).unwrap().node.unwrap();
            assert_eq!(ours.to_json()["k"], text, "{yaml}");
            let theirs: serde_json::Value = serde_yaml::from_str(&yaml).unwrap();
            assert_eq!(theirs["k"], text, "{yaml}");
        }
    }
}

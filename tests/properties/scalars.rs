//! Texts as scalars: plain, quoted, escaped, folded, in blocks, tagged; and values as JSON.

use super::model::RAW;
use super::style::Writer;
use super::tape::Tape;
use base64::Engine as _;
use serde_json::Value;

/// Texts that may be written as `!!binary`, which the oracle has to know since it decodes none.
pub(super) const BINARIES: &[&str] =
    &["PersistentVolumeClaim", "PersistentVolumeClaimList", "StatefulSet", "v1", "data", "apps"];

pub(super) fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Whether every reader takes a plain scalar for this text.
fn is_plain(text: &str) -> bool {
    const RESERVED: &[&str] = &["yes", "no", "on", "off", "y", "n", "true", "false", "null"];
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-');
    let size = text.strip_suffix("Gi").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    !RESERVED.contains(&text.to_ascii_lowercase().as_str())
        && (starts && text.chars().all(safe) || size && text.len() > 2)
}

/// Writes a text where a block scalar may stand. Returns whether it ended its line.
pub(super) fn scalar_in_block(writer: &mut Writer<'_, '_>, text: &str, indent: usize) -> bool {
    let multiline = text.contains('\n');
    let block = !text.is_empty() && !text.contains(['\r', '\t']) && !text.starts_with(RAW);
    if block && (multiline && writer.tape.pick(3) > 0 || writer.odd(5)) {
        block_scalar(writer, text, indent);
        return true;
    }
    if BINARIES.contains(&text) && writer.odd(6) {
        let base64 = base64(text);
        let tag = *writer.tape.choose(&["!!binary", "!<tag:yaml.org,2002:binary>", "!!%62inary"]);
        writer.out.push_str(&format!("{tag} {base64}"));
        return false;
    }
    scalar_in_flow(writer, text, false);
    false
}

fn block_scalar(writer: &mut Writer<'_, '_>, text: &str, indent: usize) {
    let body = text.trim_end_matches('\n');
    let chomping = match text.len() - body.len() {
        0 => "-",
        1 if !body.is_empty() => "",
        _ => "+",
    };
    let style = if body.contains('\n') { "|" } else { *writer.tape.choose(&["|", ">"]) };
    let indicated = body.starts_with([' ', '\n']) || body.is_empty() || writer.odd(10);
    let indicator = if indicated { "2" } else { "" };
    let comment = if writer.odd(10) { " # c" } else { "" };
    writer.out.push_str(&format!("{style}{indicator}{chomping}{comment}\n"));
    let pad = " ".repeat(indent);
    // An empty text with kept line ends has no line that shows it.
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            writer.out.push_str(&pad);
            writer.out.push_str(line);
        }
        writer.out.push('\n');
    }
}

/// Writes a text as a plain or quoted scalar, perhaps with a tag.
pub(super) fn scalar_in_flow(writer: &mut Writer<'_, '_>, text: &str, key: bool) {
    if let Some(raw) = text.strip_prefix(RAW) {
        writer.out.push_str(raw);
        return;
    }
    if !key && writer.odd(4) {
        let tag = *writer.tape.choose(&["!!str ", "!<tag:yaml.org,2002:str> ", "!!str\t"]);
        writer.out.push_str(tag);
    }
    let single = !text.contains(['\n', '\r', '\t']);
    if is_plain(text) && !writer.odd(20) {
        writer.out.push_str(text);
    } else if single && writer.tape.chance(40) {
        writer.out.push_str(&format!("'{}'", text.replace('\'', "''")));
    } else {
        double_quoted(writer, text, !key);
    }
}

fn double_quoted(writer: &mut Writer<'_, '_>, text: &str, may_fold: bool) {
    writer.out.push('"');
    for (n, c) in text.chars().enumerate() {
        if may_fold && n > 0 && !matches!(c, ' ' | '\t') && writer.odd(3) {
            let pad = " ".repeat(24);
            writer.out.push_str(&format!("\\\n{pad}"));
        }
        match c {
            '"' | '\\' => writer.out.extend(['\\', c]),
            '\n' => writer.out.push_str("\\n"),
            '\t' => writer.out.push_str("\\t"),
            c if c.is_ascii() && writer.odd(4) => {
                let code = u32::from(c);
                writer.out.push_str(&match writer.tape.pick(3) {
                    0 => format!("\\x{code:02x}"),
                    1 => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08x}"),
                });
            }
            c => writer.out.push(c),
        }
    }
    writer.out.push('"');
}

/// Writes a value as JSON, on one line or indented, with escapes that JSON allows.
pub(super) fn json_text(
    tape: &mut Tape<'_>,
    value: &Value,
    indent: Option<&str>,
    depth: usize,
) -> String {
    let line = |depth: usize| indent.map(|i| format!("\n{}", i.repeat(depth))).unwrap_or_default();
    match value {
        Value::Object(map) if !map.is_empty() => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    let key = json_string(tape, key);
                    let gap = if indent.is_some() { " " } else { "" };
                    let value = json_text(tape, value, indent, depth + 1);
                    format!("{}{key}:{gap}{value}", line(depth + 1))
                })
                .collect();
            format!("{{{}{}}}", entries.join(","), line(depth))
        }
        Value::Array(items) if !items.is_empty() => {
            let items: Vec<String> = items
                .iter()
                .map(|item| {
                    format!("{}{}", line(depth + 1), json_text(tape, item, indent, depth + 1))
                })
                .collect();
            format!("[{}{}]", items.join(","), line(depth))
        }
        Value::String(text) => json_string(tape, text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

fn json_string(tape: &mut Tape<'_>, text: &str) -> String {
    let text = text.strip_prefix(RAW).unwrap_or(text);
    let quoted = Value::from(text).to_string();
    let Some(first) = text.chars().next().filter(char::is_ascii_alphanumeric) else {
        return quoted;
    };
    if tape.chance(5) {
        return format!("\"\\u{:04x}{}", u32::from(first), &quoted[2..]);
    }
    quoted
}

//! One value → the text of one document, in one of the many styles in which people and tools
//! write it. Each choice comes from the tape, so the same value is written in thousands of ways.

use super::scalars::{json_text, scalar_in_block, scalar_in_flow};
use super::tape::Tape;
use serde_json::{Value, json};

const COMMENTS: &[&str] =
    &["# c", "#", "# kind: PersistentVolumeClaim", "# --- #", "# ключ ☃ 😀", "# a: [\"", "#\tx"];

/// Writes a value as a document without its `---` line; ends with a line end.
pub(crate) fn document(tape: &mut Tape<'_>, value: &Value) -> String {
    let form = tape.pick(12);
    let wild = tape.chance(60);
    let mut writer = Writer { tape, out: String::new(), anchors: Vec::new(), wild };
    match (form, value) {
        (9, _) => writer.out = json_text(writer.tape, value, None, 0),
        (10, _) => {
            let indent = *writer.tape.choose(&["  ", "\t", "    "]);
            writer.out = json_text(writer.tape, value, Some(indent), 0);
        }
        (11, _) => writer.flow(value, 0),
        (_, Value::Object(map)) if !map.is_empty() => writer.root(value),
        (_, Value::Array(items)) if !items.is_empty() => writer.block_sequence(value, 0),
        _ => writer.flow(value, 0),
    }
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    writer.out
}

pub(super) struct Writer<'t, 'b> {
    pub(super) tape: &'t mut Tape<'b>,
    pub(super) out: String,
    /// What can be named by an alias.
    anchors: Vec<(String, Value)>,
    wild: bool,
}

impl Writer<'_, '_> {
    pub(super) fn odd(&mut self, percent: usize) -> bool {
        self.wild && self.tape.chance(percent)
    }

    fn pad(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// The root mapping, with a mapping of anchors before it, or a copy of a part after it.
    fn root(&mut self, value: &Value) {
        let mut value = value.clone();
        let indent = if self.odd(4) { 2 } else { 0 };
        if self.odd(35) {
            let key = *self.tape.choose(&["kind", "metadata", "spec", "items", "apiVersion"]);
            if let Some(part) = value.get(key).filter(|part| !part.is_null()) {
                let name = format!("p{}", self.anchors.len());
                let part = self.part(&part.clone());
                self.pad(indent);
                self.out.push_str(&format!("x-defs: &{name} "));
                self.flow(&part, indent);
                self.out.push('\n');
                self.anchors.push((name, part));
            }
        }
        if self.odd(15) {
            let key = *self.tape.choose(&["spec", "metadata", "kind"]);
            value["x-copy"] = value[key].clone();
        }
        self.block_mapping(&value, indent, false);
    }

    /// A value, or a mapping with some of its entries, for a merge key.
    fn part(&mut self, value: &Value) -> Value {
        if let Some(map) = value.as_object()
            && map.len() > 1
            && self.tape.chance(40)
        {
            let keep = 1 + self.tape.pick(map.len() - 1);
            return map.iter().take(keep).map(|(k, v)| (k.clone(), v.clone())).collect();
        }
        value.clone()
    }

    fn noise(&mut self, indent: usize) {
        if self.odd(8) {
            let pad = *self.tape.choose(&[indent, 0, indent + 3]);
            self.pad(pad);
            let comment = *self.tape.choose(COMMENTS);
            self.out.push_str(comment);
            self.out.push('\n');
        }
        if self.odd(5) {
            let pad = *self.tape.choose(&[0, indent]);
            self.pad(pad);
            self.out.push('\n');
        }
    }

    fn block_mapping(&mut self, value: &Value, indent: usize, inline: bool) {
        let map = value.as_object().cloned().unwrap_or_default();
        let mut first = inline;
        let merged = self.merge(value);
        if let Some((name, _)) = &merged {
            if !std::mem::take(&mut first) {
                self.pad(indent);
            }
            let form = self.tape.pick(3);
            self.out.push_str(&match form {
                0 => format!("<<: *{name}\n"),
                1 => format!("<<: [*{name}]\n"),
                _ => format!("<<: [*{name}, {{}}]\n"),
            });
        }
        let skip = merged.map(|(_, part)| part).unwrap_or_default();
        for (key, value) in &map {
            if skip.get(key).is_some() {
                continue;
            }
            let twice = self.odd(2);
            for value in twice.then_some(&json!("earlier")).into_iter().chain([value]) {
                if !std::mem::take(&mut first) {
                    self.noise(indent);
                    self.pad(indent);
                }
                self.key(key, indent);
                self.value(value, indent, true);
            }
        }
    }

    /// An anchored mapping whose entries this one has too, and not itself.
    fn merge(&mut self, value: &Value) -> Option<(String, Value)> {
        let subset = |part: &Value| {
            part.as_object().is_some_and(|part| {
                !part.is_empty() && part.iter().all(|(key, v)| value.get(key) == Some(v))
            })
        };
        let found = self.anchors.iter().find(|(_, part)| subset(part)).cloned()?;
        self.odd(70).then_some(found)
    }

    fn key(&mut self, key: &str, indent: usize) {
        if self.odd(3) {
            self.out.push_str("? ");
            scalar_in_flow(self, key, false);
            self.out.push('\n');
            self.pad(indent);
            self.out.push(':');
            return;
        }
        if self.odd(2) {
            let name = self.anchors.len();
            self.out.push_str(&format!("&k{name} "));
        } else if self.odd(2) {
            self.out.push_str("!!str ");
        }
        scalar_in_flow(self, key, true);
        let colon = if self.odd(4) { " :" } else { ":" };
        self.out.push_str(colon);
    }

    fn gap(&mut self) {
        let gap = if self.odd(6) { *self.tape.choose(&["\t", "  ", " \t "]) } else { " " };
        self.out.push_str(gap);
    }

    fn line_end(&mut self) {
        if self.odd(6) {
            let comment = *self.tape.choose(COMMENTS);
            self.out.push(' ');
            self.out.push_str(comment);
        }
        self.out.push('\n');
    }

    /// What stands after `key:` or `-`, up to the line end.
    fn value(&mut self, value: &Value, indent: usize, in_mapping: bool) {
        let known = self.anchors.iter().find(|(_, part)| part == value).cloned();
        if let Some((name, _)) = known
            && self.odd(60)
        {
            self.gap();
            self.out.push_str(&format!("*{name}"));
            self.line_end();
            return;
        }
        let anchor = self.odd(5).then(|| format!("a{}_{}", self.out.len(), self.anchors.len()));
        if let Some(name) = &anchor {
            self.gap();
            self.out.push_str(&format!("&{name}"));
        }
        let flow = self.odd(12);
        match value {
            Value::Object(map) if !map.is_empty() && !flow => {
                if self.odd(3) {
                    self.out.push_str(" !!map");
                }
                let step = if self.odd(10) { 4 } else { 2 };
                if !in_mapping && anchor.is_none() && !self.out.ends_with("map") {
                    self.out.push(' ');
                    self.block_mapping(value, indent + 2, true);
                } else {
                    self.line_end();
                    self.noise(indent + step);
                    self.block_mapping(value, indent + step, false);
                }
            }
            Value::Array(items) if !items.is_empty() && !flow => {
                self.line_end();
                let deeper = if in_mapping && self.tape.pick(2) == 0 { 0 } else { 2 };
                self.block_sequence(value, indent + deeper);
            }
            Value::String(text) => {
                self.gap();
                if !scalar_in_block(self, text, indent + 2) {
                    self.line_end();
                }
            }
            Value::Null if anchor.is_none() && self.odd(50) => self.line_end(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                self.gap();
                self.flow(value, indent + 2);
                self.line_end();
            }
        }
        if let Some(name) = anchor {
            self.anchors.push((name, value.clone()));
        }
    }

    fn block_sequence(&mut self, value: &Value, indent: usize) {
        for item in value.as_array().into_iter().flatten() {
            self.noise(indent);
            self.pad(indent);
            self.out.push('-');
            self.value(item, indent, false);
        }
    }

    /// Flow style; `indent` is where a new line may start.
    fn flow(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(map) => {
                self.out.push('{');
                for (n, (key, value)) in map.iter().enumerate() {
                    if n > 0 {
                        self.out.push(',');
                    }
                    self.flow_gap(indent, n == 0);
                    scalar_in_flow(self, key, true);
                    let colon = if self.odd(4) { " : " } else { ": " };
                    self.out.push_str(colon);
                    self.flow(value, indent);
                }
                self.flow_gap(indent, true);
                self.out.push('}');
            }
            Value::Array(items) => {
                self.out.push('[');
                for (n, value) in items.iter().enumerate() {
                    if n > 0 {
                        self.out.push(',');
                    }
                    self.flow_gap(indent, n == 0);
                    self.flow(value, indent);
                }
                self.flow_gap(indent, true);
                self.out.push(']');
            }
            Value::String(text) => scalar_in_flow(self, text, false),
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                self.out.push_str(&value.to_string());
            }
        }
    }

    fn flow_gap(&mut self, indent: usize, edge: bool) {
        if self.odd(4) {
            let comment = *self.tape.choose(COMMENTS);
            self.out.push_str(&format!(" {comment}\n"));
            self.pad(indent + 1);
        } else if self.odd(4) {
            self.out.push('\n');
            self.pad(indent + 1);
        } else if !edge || self.odd(20) {
            self.out.push(' ');
        }
    }
}

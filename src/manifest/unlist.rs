//! Items that leave a list of a document, changing no other line.

use super::Document;
use super::splice::{eol_of, proves, start_of, syntax, value_of};
use super::syntax::Form;
use crate::diagnostic::{Code, Diagnostic};
use serde_json::Value;

/// Removes items from the list under a key of the document's root.
///
/// # Errors
/// The edit cannot be had in place, or cannot be proved.
pub fn unlist(
    document: Document<'_>,
    key: &str,
    leaves: &dyn Fn(&Value) -> bool,
) -> Result<String, Box<Diagnostic>> {
    let refusal = || {
        let message = format!("entries of `{key}` cannot be removed from it in place");
        Box::new(
            Diagnostic::new(Code::EditNotProven, message)
                .at(start_of(document))
                .help("write one entry a line, without anchors"),
        )
    };
    let mut wanted = value_of(document.text, &document.source.name, document.line())?;
    let items = wanted.get_mut(key).and_then(Value::as_array_mut).ok_or_else(refusal)?;
    let leaving: Vec<bool> = items.iter().map(leaves).collect();
    let mut kept = leaving.iter().map(|leaves| !leaves);
    items.retain(|_| kept.next().unwrap_or(true));
    let text = in_place(document.text, key, &leaving).ok_or_else(refusal)?;
    if proves(&text, &wanted) { Ok(text) } else { Err(refusal()) }
}

fn in_place(text: &str, key: &str, leaving: &[bool]) -> Option<String> {
    let root = syntax(text)?;
    let (name, list) = root.entry(key)?;
    let Form::Sequence(items) = &list.form else { return None };
    if list.shared || items.len() != leaving.len() || items.iter().any(|item| item.shared) {
        return None;
    }
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for (item, _) in items.iter().zip(leaving).filter(|(_, leaves)| **leaves) {
        let Form::Scalar { inline: true, .. } = item.form else { return None };
        let line = text[..item.start].rfind('\n').map_or(0, |n| n + 1);
        let before = text[line..item.start].trim_ascii();
        if before != "-" {
            return None;
        }
        let end = text[item.end..].find('\n').map_or(text.len(), |n| item.end + n + 1);
        cuts.push((line, end));
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    if leaving.iter().all(|leaves| *leaves) {
        // An empty list is written as one, where its key stands.
        let end = text[name.end..].find('\n').map_or(text.len(), |n| name.end + n);
        out.push_str(&text[..name.end]);
        out.push_str(": []");
        let rest = text[name.end..end].trim_start_matches(':').trim_end_matches('\r');
        out.push_str(rest.trim_end());
        out.push_str(eol_of(text));
        at = (end + 1).min(text.len());
    }
    for (start, end) in cuts {
        out.push_str(text.get(at..start)?);
        at = end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::unlist;
    use crate::manifest::{Framing, Source, split};

    fn without(text: &str, names: &[&str]) -> Option<String> {
        let (stream, _) =
            split(Source { name: "in".into(), text: text.into(), framing: Framing::File });
        let leaves =
            |item: &serde_json::Value| item.as_str().is_some_and(|item| names.contains(&item));
        unlist(stream.document(0), "resources", &leaves).ok()
    }

    #[test]
    fn lines_of_the_items_leave_and_no_other() {
        let text =
            "# top\nresources:\n  - a.yaml\n  # about b\n  - ./b.yaml # why\n  - c.yaml\nx: 1\n";
        insta::assert_snapshot!(without(text, &["./b.yaml"]).unwrap(), @r"
        # top
        resources:
          - a.yaml
          # about b
          - c.yaml
        x: 1
        ");
        insta::assert_snapshot!(without("a: 1\nresources: # all\n- b\n- c\nd: 2\n", &["b", "c"]).unwrap(), @r"
        a: 1
        resources: [] # all
        d: 2
        ");
        assert_eq!(without("resources: [a, b]\n", &["a"]), None);
    }
}

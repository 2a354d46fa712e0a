//! Repairs of what a person wrote: a value put in quotes, a key spelled right. Each is made in place
//! and proved: the document is read again and must be what it was with that one change.

use super::decode::decode_seen;
use super::emit::scalar;
use super::syntax::{Form, Piece, Places};
use super::{Framing, Limits, Source, decode, read};
use crate::diagnostic::Repair;
use crate::object::{Mark, Node, Value};
use std::ops::Range;
use std::sync::Arc;

/// The text after repairs, and how many were made.
#[derive(Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The new text.
    pub text: String,
    /// How many repairs were made; the others could not be proved.
    pub made: usize,
}

/// Makes repairs in a text, each at its mark. What cannot be proved is left as it is.
pub fn repair(text: &str, repairs: &[(Mark, Repair)]) -> Repaired {
    let mut repaired = Repaired { text: text.to_owned(), made: 0 };
    let mut repairs: Vec<&(Mark, Repair)> = repairs.iter().collect();
    // From the end, so that a repair moves none that is still to come.
    repairs.sort_by_key(|(mark, _)| std::cmp::Reverse(*mark));
    repairs.dedup();
    for (mark, repair) in repairs {
        if let Some(text) = one(&repaired.text, *mark, repair) {
            repaired.text = text;
            repaired.made += 1;
        }
    }
    repaired
}

fn one(text: &str, mark: Mark, repair: &Repair) -> Option<String> {
    let name: Arc<str> = "".into();
    let source = Source { name: Arc::clone(&name), text: text.to_owned(), framing: Framing::File };
    let (stream, wrong) = read::split_sources(vec![source], Limits::default());
    if !wrong.is_empty() {
        return None;
    }
    let document =
        stream.documents().take_while(|document| document.line() <= mark.line()).last()?;
    let line = document.line();
    let mut places = Places::new(document.text);
    let see = |event: &_, span: &_| places.see(event, span);
    let mut wanted = decode_seen(&name, line, document.text, see).ok()?.node?;
    let offset = offset(document.text, mark.line().checked_sub(line)?, mark.column())?;
    let root = places.root()?;
    let range = place(&root, offset, repair)?;
    let new = match repair {
        Repair::Quote(value) => {
            let seen = document.text.get(range.clone())?;
            // Another spelling, such as `yes`, may have been meant as it stands.
            if !seen.eq_ignore_ascii_case(value) {
                return None;
            }
            format!("\"{value}\"")
        }
        Repair::Rename(key) => scalar(key).into_owned(),
    };
    if change(&mut wanted, mark, repair) != 1 {
        return None;
    }
    let before = document.text.get(..range.start)?;
    let after = document.text.get(range.end..)?;
    let edited = format!("{before}{new}{after}");
    let found = decode(&name, line, &edited).ok()?.node?;
    let start = document.offset;
    let end = start + document.text.len();
    (found.to_json() == wanted.to_json())
        .then(|| format!("{}{edited}{}", &text[..start], &text[end..]))
}

/// The byte at which a column of a line starts.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let here = text.get(start..)?;
    let (at, _) = here.char_indices().nth(column.checked_sub(1)?)?;
    Some(start + at)
}

/// The scalar at an offset: a value to quote, or a key to rename.
fn place(piece: &Piece<'_>, offset: usize, repair: &Repair) -> Option<Range<usize>> {
    let is_here = |piece: &Piece<'_>| {
        piece.start == offset && matches!(piece.form, Form::Scalar { inline: true, .. })
    };
    match &piece.form {
        Form::Sequence(items) => items.iter().find_map(|item| place(item, offset, repair)),
        Form::Mapping { entries, .. } => entries.iter().find_map(|(key, value)| {
            let wanted = match repair {
                Repair::Quote(_) => value,
                Repair::Rename(_) => key,
            };
            if is_here(wanted) && !wanted.shared {
                Some(wanted.start..wanted.end)
            } else {
                place(value, offset, repair)
            }
        }),
        Form::Scalar { .. } | Form::Alias => None,
    }
}

/// Makes the change in a document's value; returns at how many places.
fn change(node: &mut Node, mark: Mark, repair: &Repair) -> usize {
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().map(|item| change(item, mark, repair)).sum(),
        Value::Mapping(entries) => {
            let mut made = 0;
            if let Repair::Rename(key) = repair
                && entries.iter().any(|entry| entry.key == *key)
            {
                return entries.iter_mut().map(|e| change(&mut e.value, mark, repair)).sum();
            }
            for entry in entries {
                match repair {
                    Repair::Quote(text) if entry.value.mark == mark => {
                        entry.value.value = Value::String(text.as_str().into());
                        made += 1;
                    }
                    Repair::Rename(key) if entry.mark == mark => {
                        entry.key = key.as_str().into();
                        made += 1;
                    }
                    Repair::Quote(_) | Repair::Rename(_) => {
                        made += change(&mut entry.value, mark, repair);
                    }
                }
            }
            made
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Repair, repair};
    use crate::object::Mark;

    fn quoted(text: &str, line: usize, column: usize, value: &str) -> (String, usize) {
        let repaired = repair(text, &[(Mark::new(line, column), Repair::Quote(value.to_owned()))]);
        (repaired.text, repaired.made)
    }

    #[test]
    fn a_value_is_quoted_and_nothing_else_changes() {
        let text = "# first\r\na: 1\r\n---\r\nlabels: # é\r\n  é: x\r\n  on: TRUE # why\r\n";
        assert_eq!(quoted(text, 6, 7, "true"), (text.replace("TRUE", "\"true\""), 1));
        assert_eq!(quoted("{a: 1, b: true}", 1, 11, "true").0, "{a: 1, b: \"true\"}");
    }

    #[test]
    fn what_may_mean_something_else_is_left() {
        for (text, line, column) in [
            ("a: yes\n", 1, 4),
            ("a: 0755\n", 1, 4),
            ("a: &x true\nb: *x\n", 1, 4),
            ("a: true\n", 1, 1),
            ("a: true\n", 7, 4),
        ] {
            assert_eq!(quoted(text, line, column, "true"), (text.to_owned(), 0), "{text}");
        }
    }

    #[test]
    fn keys_are_renamed_unless_the_right_one_is_there() {
        let rename = |text: &str| {
            repair(text, &[(Mark::new(2, 3), Repair::Rename("enabled".to_owned()))]).text
        };
        assert_eq!(rename("a:\n  enabld: \"true\"\n"), "a:\n  enabled: \"true\"\n");
        let both = "a:\n  enabld: \"true\"\n  enabled: \"false\"\n";
        assert_eq!(rename(both), both);
    }

    #[test]
    fn several_repairs_of_one_line() {
        let text = "{a: true, b: 7}\n";
        let repairs = [
            (Mark::new(1, 5), Repair::Quote("true".to_owned())),
            (Mark::new(1, 14), Repair::Quote("7".to_owned())),
        ];
        assert_eq!(repair(text, &repairs).text, "{a: \"true\", b: \"7\"}\n");
    }
}

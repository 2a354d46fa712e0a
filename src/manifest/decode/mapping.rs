//! The keys of one mapping → its entries: duplicates, merge keys.

use super::Builder;
use crate::diagnostic::{Code, Diagnostic};
use crate::object::{Entry, Node, Value};

impl Builder<'_> {
    /// Applies merge keys, and keeps the last of duplicate keys at the place of the last.
    pub(super) fn mapping(
        &mut self,
        entries: Vec<Entry>,
        merges: Vec<(usize, Node)>,
    ) -> Result<Value, Box<Diagnostic>> {
        let mut unique: Vec<(usize, Entry)> = Vec::with_capacity(entries.len());
        let mut seen = std::collections::HashMap::with_capacity(entries.len());
        for (position, entry) in entries.into_iter().enumerate() {
            if let Some(earlier) = seen.insert(entry.key.clone(), unique.len()) {
                let first: &Entry = &unique[earlier].1;
                self.diagnostics.push(
                    Diagnostic::new(
                        Code::DuplicateKey,
                        format!(
                            "the key `{}` stands twice in one mapping, first on line {}; \
                             Argo CD keeps this one",
                            entry.key,
                            first.mark.line()
                        ),
                    )
                    .at(self.location(entry.mark))
                    .help("remove one of them"),
                );
            }
            unique.push((position, entry));
        }
        unique.retain({
            let mut index = 0;
            move |(_, entry)| {
                index += 1;
                seen.get(&entry.key) == Some(&(index - 1))
            }
        });
        let mut inherited: Vec<Entry> = Vec::new();
        for (position, node) in merges {
            self.merge(&unique, &mut inherited, position, node)?;
        }
        let mut entries: Vec<Entry> = unique.into_iter().map(|(_, entry)| entry).collect();
        entries.extend(inherited);
        Ok(Value::Mapping(entries))
    }

    /// Takes over the keys of one `<<`. A key of the mapping itself wins in YAML 1.1 and for
    /// kustomize; for Argo CD's reader the later one wins, so a difference before `<<` is refused.
    fn merge(
        &self,
        own: &[(usize, Entry)],
        merged: &mut Vec<Entry>,
        position: usize,
        node: Node,
    ) -> Result<(), Box<Diagnostic>> {
        let mark = node.mark;
        let sources = match node.value {
            Value::Sequence(items) => items,
            Value::Mapping(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_) => vec![node],
        };
        let already = merged.len();
        for source in sources {
            let Value::Mapping(entries) = source.value else {
                return Err(self.refuse(
                    Code::InvalidDocument,
                    mark,
                    "the merge key `<<` needs a mapping, or a list of mappings",
                    "name an anchor of a mapping",
                ));
            };
            for entry in entries {
                let ours = own.iter().find(|(_, own)| own.key == entry.key);
                let earlier = merged.iter().position(|m| m.key == entry.key);
                let conflict = match (ours, earlier) {
                    (Some((at, own)), _) => *at < position && own.value != entry.value,
                    (None, Some(at)) => at < already && merged[at].value != entry.value,
                    (None, None) => false,
                };
                if conflict {
                    return Err(self.refuse(
                        Code::AmbiguousMerge,
                        mark,
                        format!(
                            "`{}` stands before the merge key `<<` with another value than in \
                             it; Argo CD and kustomize keep different ones",
                            entry.key
                        ),
                        "move `<<` to the top of the mapping",
                    ));
                }
                if ours.is_none() && earlier.is_none() {
                    merged.push(entry);
                }
            }
        }
        Ok(())
    }
}

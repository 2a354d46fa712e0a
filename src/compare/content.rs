//! What a repository's Secret holds: its address and password, or where an operator reads them.
//!
//! Takes what makes a Secret, gives digests, and of two of them what changes. No value is kept, so
//! that none can be shown.

use super::{Change, Consequence, Sentence};
use crate::api::name::sha256;
use crate::api::volsync::{PASSWORD_KEYS, is_address_key};
use crate::api::{kinds, volume};
use crate::inventory::is_template;
use crate::object::{Node, Object};
use base64::Engine as _;
use std::collections::BTreeMap;

type Digest = [u8; 32];

/// What is known of what a Secret holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// What stands there in clear, of the keys that say where a repository is and open it.
    clear: BTreeMap<String, Digest>,
    /// Whether the Secret holds no other keys than those that stand there.
    is_whole: bool,
    /// What stands for everything else: where an operator reads it, or what is sealed.
    hidden: Option<Digest>,
}

impl Content {
    /// Reads what makes a Secret.
    pub(super) fn of(object: &Object) -> Self {
        let spec = object.node.get("spec");
        match object.id.kind.as_str() {
            volume::SECRET => Self::of_secret(&object.node),
            kinds::SEALED_SECRET => Self::sealed(spec.and_then(|spec| spec.get("encryptedData"))),
            volume::EXTERNAL_SECRET => Self::external(spec),
            kinds::CLUSTER_EXTERNAL_SECRET => {
                Self::external(spec.and_then(|spec| spec.get("externalSecretSpec")))
            }
            _ => Self::default(),
        }
    }

    fn of_secret(secret: &Node) -> Self {
        let mut content = Self { is_whole: true, ..Self::default() };
        let mut hidden = Vec::new();
        // What stands in `stringData` wins.
        for (map, is_encoded) in [("data", true), ("stringData", false)] {
            for entry in secret.get(map).map(Node::entries).unwrap_or_default() {
                let Some(text) = entry.value.as_str().filter(|_| is_looked_at(&entry.key)) else {
                    continue;
                };
                if text.starts_with("ENC[") {
                    hidden.push(format!("{}: {text}", entry.key));
                    continue;
                }
                let decoded = base64::engine::general_purpose::STANDARD.decode(text.trim());
                let clear = decoded.ok().filter(|_| is_encoded);
                let clear = clear.and_then(|bytes| String::from_utf8(bytes).ok());
                let digest = sha256(clear.as_deref().unwrap_or(text));
                content.clear.insert(entry.key.to_string(), digest);
            }
        }
        content.is_whole = hidden.is_empty();
        content.hidden = (!hidden.is_empty()).then(|| sha256(&hidden.join("\n")));
        content
    }

    fn sealed(data: Option<&Node>) -> Self {
        let entries = data.map(Node::entries).unwrap_or_default().iter();
        let looked_at: Vec<String> = entries
            .filter(|entry| is_looked_at(&entry.key))
            .map(|entry| format!("{}: {}", entry.key, entry.value.to_json()))
            .collect();
        let hidden = (!looked_at.is_empty()).then(|| sha256(&looked_at.join("\n")));
        Self { hidden, ..Self::default() }
    }

    /// An `ExternalSecret`'s spec: what its template states in clear, and where it reads the rest.
    fn external(spec: Option<&Node>) -> Self {
        let Some(spec) = spec else { return Self::default() };
        let template = spec.at(&["target", "template", "data"]);
        let mut content = Self::default();
        let keys = ["secretStoreRef", "data", "dataFrom"];
        let mut read: Vec<String> = keys
            .iter()
            .filter_map(|key| Some(format!("{key}: {}", spec.get(key)?.to_json())))
            .collect();
        for entry in template.map(Node::entries).unwrap_or_default() {
            match entry.value.as_str() {
                Some(text) if is_template(text) => read.push(format!("{}: {text}", entry.key)),
                Some(text) if is_looked_at(&entry.key) => {
                    content.clear.insert(entry.key.to_string(), sha256(text));
                }
                Some(_) | None => {}
            }
        }
        content.hidden = Some(sha256(&read.join("\n")));
        content
    }

    /// Returns what changes, of the Secret that something makes from now on.
    pub(super) fn changes(
        &self,
        new: &Self,
        (kind, made_by): (&str, &str),
        secret: &str,
    ) -> Vec<Change> {
        let of = |which: &dyn Fn(&str) -> bool| -> Vec<&str> {
            let all = self.clear.keys().chain(new.clear.keys()).map(String::as_str);
            let mut keys: Vec<&str> = all.filter(|key| which(key)).collect();
            keys.sort_unstable();
            keys.dedup();
            keys.retain(|key| self.changes_key(new, key));
            keys
        };
        let mut place = Sentence::plain(&format!("the {kind} ")).and("{}", &[made_by]);
        if kind != volume::SECRET {
            place = place.and(", which makes the Secret {},", &[secret]);
        }
        let mut changes = Vec::new();
        let addresses = of(&is_address_key);
        if !addresses.is_empty() {
            let message = place.clone().and(" changes ", &[]).then(listed(&addresses)).and(
                ": the next backup goes to another repository, and the backups made so far are \
                 not found from there",
                &[],
            );
            changes.push(Change::new(Consequence::HistoryLost, message));
        }
        let passwords = of(&|key| PASSWORD_KEYS.contains(&key));
        if !passwords.is_empty() {
            let message = place.clone().and(" changes ", &[]).then(listed(&passwords)).and(
                ": a repository that was made with the old one does not open with it, for backups \
                 and for restores",
                &[],
            );
            changes.push(Change::new(Consequence::RepositoryUnreadable, message));
        }
        if self.hidden.is_some() && new.hidden.is_some() && self.hidden != new.hidden {
            let how = match kind {
                volume::SECRET | kinds::SEALED_SECRET => {
                    " holds other encrypted values for the repository: whether address and \
                     password stay the same cannot be seen here"
                }
                _ => {
                    " reads from elsewhere, or makes something else of it: whether address and \
                     password stay the same cannot be seen here"
                }
            };
            changes.push(Change::new(Consequence::RepositorySourceChanged, place.and(how, &[])));
        }
        changes
    }

    /// Whether a key holds something else. Where one side does not show all its keys, what it lacks
    /// may be there.
    fn changes_key(&self, new: &Self, key: &str) -> bool {
        match (self.clear.get(key), new.clear.get(key)) {
            (Some(old), Some(new)) => old != new,
            (Some(_), None) => new.is_whole,
            (None, Some(_)) => self.is_whole,
            (None, None) => false,
        }
    }
}

fn is_looked_at(key: &str) -> bool {
    is_address_key(key) || PASSWORD_KEYS.contains(&key)
}

fn listed(keys: &[&str]) -> Sentence {
    keys.iter().enumerate().fold(Sentence::default(), |sentence, (n, key)| {
        sentence.and(if n == 0 { "{}" } else { " and {}" }, &[key])
    })
}

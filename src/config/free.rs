//! The parts of a settings block whose keys are anybody's: metadata, a Secret's manifest, fields
//! that VolSync's API does not have.

use super::apply::Keys;
use crate::api::fields::FIELDS;
use crate::api::mover::Side;
use crate::api::{labels, volume};
use crate::object::{Node, Value};
use crate::settings::{self, MAPPING, Manifest, Wrong, expected};
use serde_json::{Map, Value as Json};

/// Keys of ours that no configuration may set on the rendered objects.
const OWNED: &[&str] = &[labels::MANAGED_BY, labels::ARGOCD_INSTANCE, labels::VOLSYNC_PVC];

impl Keys<'_> {
    /// Reads fields that VolSync's API does not have. Those that it has are checked elsewhere.
    pub(super) fn unchecked(&mut self, at: &[&str], side: Side, node: &Node) -> Map<String, Json> {
        if !matches!(node.value, Value::Mapping(_)) {
            self.wrong(at, node.mark, expected(MAPPING, node));
        }
        let mut map = Map::new();
        for entry in node.entries().iter().filter(|entry| !entry.value.is_null()) {
            let path = [at, &[&entry.key]].concat();
            let known = FIELDS.iter().find(|field| field.name == entry.key);
            if known.is_some_and(|field| field.is_of_side(side)) {
                let message = format!("VolSync's API has this field for a {}", side.id());
                let help = format!("write it under `{}`", side.id());
                self.wrong(&path, entry.mark, Wrong::new(message, help));
                continue;
            }
            let owned: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
            let mut problems = Vec::new();
            let value = settings::value(&entry.value, &owned, &mut problems);
            let value = value.filter(|_| problems.is_empty());
            self.problems(problems);
            self.origin(&path);
            map.extend(value.map(|value| (entry.key.to_string(), value)));
        }
        map
    }

    /// Reads labels or annotations.
    pub(super) fn metadata(&mut self, at: &[&str], node: &Node) -> Map<String, Json> {
        let mut map = Map::new();
        if !matches!(node.value, Value::Mapping(_)) {
            self.wrong(at, node.mark, expected(MAPPING, node));
        }
        for entry in node.entries().iter().filter(|entry| !entry.value.is_null()) {
            let path = [at, &[&entry.key]].concat();
            if OWNED.contains(&entry.key.as_str()) || entry.key.starts_with(labels::PREFIX) {
                let message = "it says whose the object is, and is set here alone";
                self.wrong(&path, entry.mark, Wrong::new(message, "remove it"));
            } else if let Some(template) = self.template(&path, &entry.value) {
                map.insert(entry.key.to_string(), Json::String(template.text));
            }
        }
        map
    }

    /// Reads the manifest of a repository's Secret.
    pub(super) fn secret(&mut self, at: &[&str], node: &Node) -> Option<Manifest> {
        let text = |path: &[&str]| node.text_at(path).unwrap_or_default();
        let version = text(&["apiVersion"]);
        let fits = match text(&["kind"]) {
            volume::SECRET => version == volume::CORE_V1,
            volume::EXTERNAL_SECRET => {
                version.split_once('/').is_some_and(|(group, _)| group == volume::EXTERNAL_SECRETS)
            }
            _ => false,
        };
        let wrong = if !matches!(node.value, Value::Mapping(_)) {
            Some(expected(MAPPING, node))
        } else if !fits {
            Some(Wrong::new(
                "it is neither a Secret nor an ExternalSecret",
                "write `apiVersion: v1` and `kind: Secret`, or `apiVersion: \
                 external-secrets.io/v1` and `kind: ExternalSecret`",
            ))
        } else if text(&["metadata", "name"]).is_empty() {
            let help = "write `metadata: {name: \"{app}-volsync-secret\"}`";
            Some(Wrong::new("it has no metadata.name", help))
        } else if node.at(&["metadata", "namespace"]).is_some() {
            let help = "remove it: the object is rendered into the volume's namespace";
            Some(Wrong::new("it has a metadata.namespace", help))
        } else {
            None
        };
        if let Some(wrong) = wrong {
            self.wrong(at, node.mark, wrong);
            return None;
        }
        let owned: Vec<String> = at.iter().map(|key| (*key).to_owned()).collect();
        let mut problems = Vec::new();
        let value = settings::value(node, &owned, &mut problems);
        let is_right = problems.is_empty();
        self.problems(problems);
        let place = self.place(at);
        self.origin(at);
        value.filter(|_| is_right).map(|value| Manifest { value, place })
    }
}

//! What documents mean: Kubernetes objects as values, among them all states of a labelled volume.

use super::tape::Tape;
use serde_json::{Map, Value, json};

/// Marks a text that is written as a plain scalar whatever a reader takes it for.
pub(crate) const RAW: &str = "RAW!";

/// Few names, so that objects collide; some are no text unless quoted.
const NAMES: &[&str] = &[
    "data", "media", "db-web-0", "1e3", "yes", "0x1f", "a.b", "123", "Data", "config", "cache",
    "db", "files", "e", "logs",
];
const NAMESPACES: &[Option<&str>] =
    &[Some("apps"), Some("apps"), Some("web"), None, Some("gated"), Some("kube-system")];
const TEXTS: &[&str] = &[
    "plain",
    "two words",
    "yes",
    "0755",
    "1e400",
    "",
    "~",
    " lead",
    "trail ",
    "a: b",
    "a #b",
    "- x",
    "é ☃ 😀",
    "it's \"so\"",
    "back\\slash",
    "tab\there",
    "---\nkind: PersistentVolumeClaim\nmetadata:\n  name: no\n",
    "kind: PersistentVolumeClaim",
    "one\ntwo",
    "one\n\ntwo\n",
    "keep\n\n\n",
    "  deep\nless\n",
    "...\n---\n",
    "PersistentVolumeClaim",
    "{{ .Values }}",
    "*not-an-alias",
    "&x !!str",
    "2026-01-01",
    "%TAG",
    "#",
];
const RAWS: &[&str] = &[
    "yes",
    "Off",
    "y",
    "~",
    "0755",
    "1_000",
    "0x1F",
    "1e3",
    ".5",
    "-0",
    "2026-01-01",
    "1:30",
    "18446744073709551615",
    "18446744073709551616",
    "1e20",
    "012",
    "0o17",
    "+1",
    "1e400",
    "7e12345",
    "._5",
    "1_0.5",
    "10.0.0.0/8",
];
const KEYS: &[&str] = &["x", "on", "1", "a b", "true", "0755", "", "- k", "x:y", "ключ", "\"q\""];

/// Generates objects.
pub(crate) struct Model<'t, 'b> {
    pub(crate) tape: &'t mut Tape<'b>,
    /// Whether plain scalars occur that readers take for different things.
    pub(crate) raw: bool,
}

impl Model<'_, '_> {
    /// Any document's object, a labelled PVC most often.
    pub(crate) fn object(&mut self) -> Value {
        match self.tape.pick(20) {
            0..9 => self.pvc(),
            9 | 10 => self.stateful_set(),
            11 => self.namespace(),
            12 | 13 => self.replication(),
            14 | 15 => self.list(),
            16 | 17 => self.other(),
            18 => self.junk(2),
            _ => self.odd_pvc(),
        }
    }

    fn name(&mut self) -> &'static str {
        let name: &&str = self.tape.choose(NAMES);
        name
    }

    fn text(&mut self) -> String {
        if self.raw && self.tape.chance(30) {
            return format!("{RAW}{}", self.tape.choose(RAWS));
        }
        (*self.tape.choose(TEXTS)).to_owned()
    }

    fn metadata(&mut self, name: &str) -> Map<String, Value> {
        let mut metadata = Map::new();
        metadata.insert("name".into(), json!(name));
        if let Some(namespace) = self.tape.choose(NAMESPACES) {
            metadata.insert("namespace".into(), json!(namespace));
        }
        metadata
    }

    fn labels(&mut self) -> Value {
        let both = json!({
            "pvc-plumber.io/enabled": "true", "pvc-plumber.io/manage-volsync": "true",
        });
        let mut labels = match self.tape.pick(14) {
            0..8 => both,
            8 => json!({"pvc-plumber.io/enabled": "true"}),
            9 => json!({"pvc-plumber.io/manage-volsync": "true"}),
            10 => json!({"app": "x"}),
            11 => json!({"backup-exempt": "true"}),
            12 => json!({"backup": "daily"}),
            _ => json!({"pvc-plumber.io/enabled": true, "pvc-plumber.io/manage-volsync": "true"}),
        };
        match self.tape.pick(10) {
            0..5 => {}
            5 => labels["pvc-plumber.io/tier"] = json!("hourly"),
            6 => labels["pvc-plumber.io/tier"] = json!("disabled"),
            7 => labels["pvc-plumber.io/tier"] = json!("daily"),
            8 => labels["pvc-plumber.io/tier"] = json!("bogus"),
            _ => labels["app.kubernetes.io/name"] = json!(self.text().replace(RAW, "")),
        }
        labels
    }

    fn annotations(&mut self) -> Option<Value> {
        let key = |key: &str, value: &str| Some(json!({ format!("pvc-plumber.io/{key}"): value }));
        match self.tape.pick(20) {
            0..6 => None,
            6 => Some(json!(null)),
            7 => Some(json!({})),
            8 => Some(json!({"a": "b"})),
            9 => Some(json!({ "text": self.text() })),
            10 => key("restore-source", "old"),
            11 => key("uid", "1000"),
            12 => key("restore-mode", "never"),
            13 => key("restore-token", "now"),
            14 => Some(json!({"argocd.argoproj.io/sync-wave": "3"})),
            15 => key("backup-identity", "h/u"),
            16 => key("backup-exempt-reason", "a cache"),
            17 => Some(json!({
                "pvc-plumber.io/skip-restore": "true",
                "pvc-plumber.io/skip-restore-reason": "new",
            })),
            18 => key("precreate", "true"),
            _ => Some(self.tape.choose(&[json!("text"), json!([]), json!(5)]).clone()),
        }
    }

    fn pvc_spec(&mut self) -> Value {
        let mut spec = json!({
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}},
        });
        match self.tape.pick(24) {
            0..10 => {}
            10 => spec["storageClassName"] = json!("fast"),
            11 => spec["storageClassName"] = json!(""),
            12 => spec["volumeName"] = json!("pv-1"),
            13 => spec["volumeName"] = json!(""),
            14 => spec["dataSourceRef"] = json!(null),
            15..18 => spec["dataSourceRef"] = reference(&format!("{}-dst", self.name())),
            18 => spec["dataSource"] = json!({"kind": "PersistentVolumeClaim", "name": "other"}),
            19 => spec["resources"]["requests"]["storage"] = json!(10_737_418_240_u64),
            20 => spec["x"] = json!([[1, [2, {}]], {}, [], {"a": [{"b": null}]}]),
            21 => spec["x"] = json!({ "n": 1.5e300, "m": -7, "t": self.text() }),
            22 => spec = json!(["no", "mapping"]),
            _ => spec = json!({}),
        }
        spec
    }

    fn pvc(&mut self) -> Value {
        let name = self.name();
        let mut metadata = self.metadata(name);
        metadata.insert("labels".into(), self.labels());
        if let Some(annotations) = self.annotations() {
            metadata.insert("annotations".into(), annotations);
        }
        let spec = self.pvc_spec();
        let mut pvc = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec,
        });
        if self.tape.chance(12) {
            pvc["extra"] = self.junk(2);
        }
        pvc
    }

    /// A PVC that lacks what a PVC has, or has what a PVC lacks.
    fn odd_pvc(&mut self) -> Value {
        let mut pvc = self.pvc();
        match self.tape.pick(8) {
            0 => pvc["extra"] = self.junk(1),
            1 => pvc["metadata"]["name"] = json!(5),
            2 => pvc["metadata"]["name"] = json!(null),
            3 => pvc["metadata"] = json!(null),
            4 => pvc["apiVersion"] = json!(null),
            5 => pvc["apiVersion"] = json!("v1beta1"),
            6 => pvc["items"] = json!([]),
            _ => pvc["metadata"]["labels"] = json!("text"),
        }
        pvc
    }

    fn stateful_set(&mut self) -> Value {
        // A template `data` of the set `a-b` and a template `data-a` of the set `b` make one name.
        let (set, template) = *self.tape.choose(&[
            ("web", "db"),
            ("web", "data"),
            ("a-b", "data"),
            ("b", "data-a"),
            ("1", "0x"),
        ]);
        let mut metadata = self.metadata(set);
        metadata.insert("labels".into(), self.labels());
        if let Some(annotations) = self.annotations() {
            metadata.insert("annotations".into(), annotations);
        }
        let mut template = json!({"metadata": {"name": template}, "spec": self.pvc_spec()});
        if self.tape.chance(30) {
            template["metadata"]["labels"] = self.labels();
        }
        let count = self.tape.pick(4);
        let templates = vec![template; [1, 1, 2, 0][count]];
        let replicas = self.tape.choose(&[json!(1), json!(2), json!(0), json!(null)]).clone();
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata,
            "spec": {"replicas": replicas, "volumeClaimTemplates": templates},
        })
    }

    fn namespace(&mut self) -> Value {
        let name = *self.tape.choose(&["gated", "apps", "web"]);
        let value = self.tape.choose(&[json!("true"), json!(true), json!("no")]).clone();
        let labels = json!({"pvc-plumber.io/managed-namespace": value});
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    }

    /// A replication object: ours, somebody's, or nobody's.
    fn replication(&mut self) -> Value {
        let pvc = self.name();
        let source = self.tape.chance(50);
        let name = if source { pvc.to_owned() } else { format!("{pvc}-dst") };
        let mut metadata = self.metadata(&name);
        let labels = [
            json!({"app.kubernetes.io/managed-by": "pvc-plumber", "pvc-plumber.io/source-pvc": pvc}),
            json!({"app.kubernetes.io/managed-by": "argocd"}),
            json!({"app.kubernetes.io/managed-by": "helm"}),
            json!(null),
        ];
        metadata.insert("labels".into(), self.tape.choose(&labels).clone());
        let kind = if source { "ReplicationSource" } else { "ReplicationDestination" };
        let spec = match (source, self.tape.pick(3)) {
            (true, 0) => {
                json!({"sourcePVC": pvc, "kopia": {"repository": "r", "note": self.text()}})
            }
            (true, _) => json!({"sourcePVC": self.name()}),
            (false, _) => json!({"trigger": {"manual": "once"}, "kopia": {"repository": "r"}}),
        };
        json!({"apiVersion": "volsync.backube/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec})
    }

    fn list(&mut self) -> Value {
        let kind = *self.tape.choose(&["List", "PersistentVolumeClaimList", "NotAList", "Listing"]);
        let count = self.tape.pick(4);
        let items: Vec<Value> = (0..count)
            .map(|_| {
                let mut item = if self.tape.chance(20) { self.other() } else { self.pvc() };
                if kind == "PersistentVolumeClaimList"
                    && self.tape.chance(50)
                    && let Some(item) = item.as_object_mut()
                {
                    item.remove("kind");
                    item.remove("apiVersion");
                }
                item
            })
            .collect();
        let mut list = json!({"apiVersion": "v1", "kind": kind, "items": items});
        match self.tape.pick(8) {
            0..5 => {}
            5 => list["metadata"] = json!({}),
            6 => list["apiVersion"] = json!(null),
            _ => list["items"] = json!([list.clone(), null, "text"]),
        }
        list
    }

    fn other(&mut self) -> Value {
        let name = self.name();
        let metadata = self.metadata(name);
        let mut data = Map::new();
        for _ in 0..self.tape.pick(4) {
            let key = *self.tape.choose(KEYS);
            let value = self.text();
            data.insert(key.into(), json!(value));
        }
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    }

    fn junk(&mut self, depth: usize) -> Value {
        match self.tape.pick(if depth == 0 { 4 } else { 7 }) {
            0 => json!(null),
            1 => json!(self.text()),
            2 => json!(-12),
            3 => json!(false),
            4 => Value::Array((0..self.tape.pick(4)).map(|_| self.junk(depth - 1)).collect()),
            _ => {
                let count = self.tape.pick(5);
                let entries = (0..count).map(|_| {
                    let key = *self.tape.choose(KEYS);
                    (key.to_owned(), self.junk(depth - 1))
                });
                Value::Object(entries.collect())
            }
        }
    }
}

fn reference(name: &str) -> Value {
    json!({"apiGroup": "volsync.backube", "kind": "ReplicationDestination", "name": name})
}

//! The kinds that the API server serves.

use serde_json::{Value, json};

/// A kind as it stands in addresses and in discovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    /// The API group; empty for the core one.
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
    pub(crate) namespaced: bool,
}

/// What every cluster has of what the tests ask for.
const BUILT_IN: &[(&str, &str, &str, &str, bool)] = &[
    ("", "v1", "Namespace", "namespaces", false),
    ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true),
    ("", "v1", "Pod", "pods", true),
    ("", "v1", "Event", "events", true),
    ("storage.k8s.io", "v1", "StorageClass", "storageclasses", false),
    ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false),
];

/// What operators install.
const INSTALLED: &[(&str, &str, &str, &str, bool)] = &[
    ("volsync.backube", "v1alpha1", "ReplicationSource", "replicationsources", true),
    ("volsync.backube", "v1alpha1", "ReplicationDestination", "replicationdestinations", true),
    ("snapshot.storage.k8s.io", "v1", "VolumeSnapshot", "volumesnapshots", true),
    ("snapshot.storage.k8s.io", "v1", "VolumeSnapshotClass", "volumesnapshotclasses", false),
    ("populator.storage.k8s.io", "v1beta1", "VolumePopulator", "volumepopulators", false),
    ("argoproj.io", "v1alpha1", "Application", "applications", true),
    ("external-secrets.io", "v1", "ExternalSecret", "externalsecrets", true),
];

impl Resource {
    fn of(row: &(&str, &str, &str, &str, bool)) -> Self {
        let (group, version, kind, plural, namespaced) = *row;
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            namespaced,
        }
    }

    /// Returns the kinds of every cluster.
    pub(crate) fn built_in() -> Vec<Self> {
        BUILT_IN.iter().map(Self::of).collect()
    }

    /// Returns the definitions of the custom kinds that the audit looks at.
    pub(crate) fn definitions() -> Vec<Value> {
        INSTALLED.iter().map(|row| Self::of(row).definition()).collect()
    }

    /// Returns the definition of one of those, by the kind's name in addresses.
    pub(crate) fn definition_of(plural: &str) -> Value {
        let row = INSTALLED.iter().find(|row| row.3 == plural);
        Self::of(row.unwrap_or_else(|| panic!("no custom kind {plural}"))).definition()
    }

    /// Reads a `CustomResourceDefinition`; of its versions the one that is stored.
    pub(crate) fn defined_by(definition: &Value) -> Option<Self> {
        let spec = &definition["spec"];
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let versions = spec["versions"].as_array()?;
        let stored = versions.iter().find(|version| version["storage"] == true)?;
        Some(Self {
            group: text(&spec["group"])?,
            version: text(&stored["name"])?,
            kind: text(&spec["names"]["kind"])?,
            plural: text(&spec["names"]["plural"])?,
            namespaced: spec["scope"] == "Namespaced",
        })
    }

    fn definition(&self) -> Value {
        let Self { group, version, kind, plural, namespaced } = self;
        let scope = if *namespaced { "Namespaced" } else { "Cluster" };
        let singular = kind.to_lowercase();
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.{group}")},
            "spec": {
                "group": group,
                "scope": scope,
                "names": {"kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": singular},
                "versions": [{
                    "name": version, "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
                }],
            },
            "status": {
                "conditions": [
                    {"type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found"},
                    {"type": "Established", "status": "True", "reason": "InitialNamesAccepted", "message": "the initial names have been accepted"},
                ],
                "acceptedNames": {"kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": singular},
                "storedVersions": [version],
            },
        })
    }

    /// Returns `apiVersion` as objects have it.
    pub(crate) fn api_version(&self) -> String {
        let Self { group, version, .. } = self;
        if group.is_empty() { version.clone() } else { format!("{group}/{version}") }
    }

    /// Returns the name that permissions and messages use.
    pub(crate) fn qualified(&self) -> String {
        let Self { group, plural, .. } = self;
        if group.is_empty() { plural.clone() } else { format!("{plural}.{group}") }
    }

    /// Returns its entry in a list of the kinds of a version.
    pub(crate) fn discovery(&self) -> Value {
        json!({
            "name": self.plural,
            "singularName": self.kind.to_lowercase(),
            "namespaced": self.namespaced,
            "kind": self.kind,
            "verbs": ["get", "list", "watch"],
            "shortNames": self.short_names(),
        })
    }

    /// Returns its entry where discovery is asked for as a whole.
    pub(crate) fn aggregated(&self) -> Value {
        json!({
            "resource": self.plural,
            "responseKind": {"group": self.group, "version": self.version, "kind": self.kind},
            "scope": if self.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": self.kind.to_lowercase(),
            "verbs": ["get", "list", "watch"],
            "shortNames": self.short_names(),
        })
    }

    fn short_names(&self) -> &'static [&'static str] {
        match self.plural.as_str() {
            "persistentvolumeclaims" => &["pvc"],
            "namespaces" => &["ns"],
            "storageclasses" => &["sc"],
            "customresourcedefinitions" => &["crd", "crds"],
            _ => &[],
        }
    }
}

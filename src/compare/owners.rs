//! Which volumes a destination belongs to.

use super::identity::{self, Store};
use super::side::{Key, Volume};
use crate::api::labels;
use crate::api::name::label_value;
use crate::desired::destination_name;
use crate::inventory::{Owner, owner};
use crate::object::Object;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A namespace with what is looked for in it.
type In<T> = (Option<String>, T);

/// Volumes by what a destination can say of them.
pub(super) struct Owners {
    /// By the destination that they refer to.
    referring: HashMap<In<String>, Vec<Key>>,
    /// By the label value of their name.
    labelled: HashMap<In<String>, Key>,
    /// By where they are backed up.
    written: HashMap<In<Store>, Key>,
    /// By the name that their destination has here.
    named: HashMap<In<String>, Key>,
}

impl Owners {
    /// Indexes volumes whose sources are known.
    pub(super) fn of(volumes: &BTreeMap<Key, Volume>) -> Self {
        let mut owners = Self {
            referring: HashMap::new(),
            labelled: HashMap::new(),
            written: HashMap::new(),
            named: HashMap::new(),
        };
        for (key, volume) in volumes {
            let namespace = &key.namespace;
            if let Some(name) = volume.claim.as_ref().and_then(|claim| claim.destination.clone()) {
                owners.referring.entry((namespace.clone(), name)).or_default().push(key.clone());
            }
            let label = (namespace.clone(), label_value(&key.name));
            owners.labelled.entry(label).or_insert_with(|| key.clone());
            let name = (namespace.clone(), destination_name(&key.name));
            owners.named.entry(name).or_insert_with(|| key.clone());
            for source in &volume.sources {
                if let Some(store) = identity::written(source, namespace.as_deref()) {
                    let store = (namespace.clone(), store.without_path());
                    owners.written.entry(store).or_insert_with(|| key.clone());
                }
            }
        }
        owners
    }

    /// Returns the volumes that a destination restores: those that refer to it, and the one that
    /// it writes into; else the one that its labels, its identity or its name mean.
    pub(super) fn restored(
        &self,
        rd: &Object,
        value: &Value,
        namespace: Option<&str>,
    ) -> BTreeSet<Key> {
        let namespace = namespace.map(str::to_owned);
        let key = |name: &str| Key { namespace: namespace.clone(), name: name.to_owned() };
        let own_name = (namespace.clone(), rd.id.name.clone());
        let mut keys: BTreeSet<Key> =
            self.referring.get(&own_name).into_iter().flatten().cloned().collect();
        let settings = identity::mover(value).map(|(_, settings)| settings);
        let text = |key: &str| settings.and_then(|s| s.pointer(key)).and_then(Value::as_str);
        keys.extend(text("/destinationPVC").map(key));
        if !keys.is_empty() {
            return keys;
        }
        let labelled = rd
            .node
            .text_at(&["metadata", "labels", labels::SOURCE_PVC])
            .filter(|_| owner(rd) == Owner::Ours)
            .map(|label| {
                let known = self.labelled.get(&(namespace.clone(), label.to_owned()));
                known.cloned().unwrap_or_else(|| key(label))
            });
        let written = || {
            let store = identity::read(value, namespace.as_deref())?;
            self.written.get(&(namespace.clone(), store.without_path())).cloned()
        };
        let found = labelled
            .or_else(written)
            .or_else(|| text("/sourceIdentity/sourcePVCName").map(key))
            .or_else(|| self.named.get(&own_name).cloned())
            .unwrap_or_else(|| key(&rd.id.name));
        BTreeSet::from([found])
    }
}

//! Objects, and how they came to be: every write has a revision of its own, and old ones can be
//! read until they are compacted away, as etcd keeps them.

use super::resource::Resource;
use axum::body::Bytes;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

/// Namespace, empty for what is in none, and name.
pub(crate) type Key = (String, String);

/// An object as it was at one revision.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) key: Key,
    pub(crate) labels: BTreeMap<String, String>,
    /// The whole object as JSON, its revision in it.
    pub(crate) json: Bytes,
}

/// What an object is from a revision on; none for gone.
#[derive(Debug)]
struct Version {
    from: u64,
    object: Option<Arc<Stored>>,
}

/// What happened to an object.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) at: u64,
    pub(crate) before: Option<Arc<Stored>>,
    pub(crate) after: Option<Arc<Stored>>,
    /// The last state of what is gone, with the revision at which it went.
    pub(crate) last: Arc<Stored>,
}

/// The objects of a kind.
#[derive(Debug)]
pub(crate) struct Storage {
    pub(crate) resource: Resource,
    objects: BTreeMap<Key, Vec<Version>>,
    log: VecDeque<Event>,
    /// What happened up to here is forgotten.
    pub(crate) compacted: u64,
    /// The last event that is forgotten.
    pub(crate) forgotten: u64,
}

/// The objects of a cluster.
#[derive(Debug)]
pub(crate) struct Store {
    /// The last revision.
    pub(crate) revision: u64,
    /// How many events a kind remembers.
    pub(crate) history: usize,
    storages: BTreeMap<(String, String), Storage>,
    /// Kinds that were removed: who watched them is still to be told how their objects went.
    removed: BTreeMap<(String, String), Storage>,
}

impl Store {
    pub(crate) fn new() -> Self {
        // A cluster has had a life before a test begins.
        let (storages, removed) = (BTreeMap::new(), BTreeMap::new());
        let mut store = Self { revision: 1000, history: 1000, storages, removed };
        for resource in Resource::built_in() {
            store.install(resource);
        }
        store
    }

    fn install(&mut self, resource: Resource) {
        let id = (resource.group.clone(), resource.plural.clone());
        let compacted = self.revision;
        self.removed.remove(&id);
        self.storages.entry(id).or_insert_with(|| Storage {
            resource,
            objects: BTreeMap::new(),
            log: VecDeque::new(),
            compacted,
            forgotten: 0,
        });
    }

    pub(crate) fn storages(&self) -> impl Iterator<Item = &Storage> {
        self.storages.values()
    }

    /// Returns the objects of a kind, where it is installed.
    pub(crate) fn storage(&self, group: &str, plural: &str) -> Option<&Storage> {
        self.storages.get(&(group.to_owned(), plural.to_owned()))
    }

    /// Returns the objects of a kind that was removed.
    pub(crate) fn removed(&self, group: &str, plural: &str) -> Option<&Storage> {
        self.removed.get(&(group.to_owned(), plural.to_owned()))
    }

    fn storage_of(&mut self, api_version: &str, kind: &str) -> &mut Storage {
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let found = self.storages.values_mut().find(|storage| {
            let resource = &storage.resource;
            resource.group == group && resource.kind == kind
        });
        found.unwrap_or_else(|| panic!("{api_version} {kind} is not installed"))
    }

    /// Writes an object; a `CustomResourceDefinition` installs its kind.
    pub(crate) fn apply(&mut self, mut object: Value, created: &str) -> u64 {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let api_version = text(&object["apiVersion"]);
        let kind = text(&object["kind"]);
        self.revision += 1;
        let (at, history) = (self.revision, self.history);
        let definition = (kind == "CustomResourceDefinition").then(|| object.clone());
        let storage = self.storage_of(&api_version, &kind);
        let metadata = &mut object["metadata"];
        let namespace = match text(&metadata["namespace"]) {
            given if !given.is_empty() || !storage.resource.namespaced => given,
            _ => "default".to_owned(),
        };
        if !namespace.is_empty() {
            metadata["namespace"] = namespace.as_str().into();
        }
        let key = (namespace, text(&metadata["name"]));
        let before = storage.latest(&key);
        metadata["resourceVersion"] = at.to_string().into();
        if metadata["uid"].is_null() {
            let uid = format!("00000000-0000-4000-8000-{:012}", before.as_ref().map_or(at, |_| 0));
            metadata["uid"] = match &before {
                Some(before) => before.value()["metadata"]["uid"].clone(),
                None => uid.into(),
            };
        }
        if metadata["creationTimestamp"].is_null() {
            metadata["creationTimestamp"] = match &before {
                Some(before) => before.value()["metadata"]["creationTimestamp"].clone(),
                None => created.into(),
            };
        }
        let stored = Arc::new(Stored::of(key, &object));
        storage.record(at, history, before, Some(stored));
        if let Some(resource) = definition.as_ref().and_then(Resource::defined_by) {
            self.install(resource);
        }
        at
    }

    /// Deletes an object, where it is; a `CustomResourceDefinition` takes its objects with it.
    pub(crate) fn delete(&mut self, group: &str, plural: &str, namespace: &str, name: &str) {
        let key = (namespace.to_owned(), name.to_owned());
        let id = (group.to_owned(), plural.to_owned());
        let Some(before) = self.storages.get(&id).and_then(|storage| storage.latest(&key)) else {
            return;
        };
        if plural == "customresourcedefinitions"
            && let Some(resource) = Resource::defined_by(&before.value())
        {
            let custom = (resource.group, resource.plural);
            let keys: Vec<Key> = self.storages.get(&custom).map_or_else(Vec::new, Storage::keys);
            for (namespace, name) in keys {
                self.delete(&custom.0, &custom.1, &namespace, &name);
            }
            if let Some(storage) = self.storages.remove(&custom) {
                self.removed.insert(custom, storage);
            }
        }
        self.revision += 1;
        let (at, history) = (self.revision, self.history);
        if let Some(storage) = self.storages.get_mut(&id) {
            storage.record(at, history, Some(before), None);
        }
    }

    /// Forgets all that happened up to a revision.
    pub(crate) fn compact(&mut self, revision: u64) {
        for storage in self.storages.values_mut() {
            while storage.log.front().is_some_and(|event| event.at <= revision) {
                storage.forget();
            }
            storage.compacted = storage.compacted.max(revision);
        }
    }
}

impl Storage {
    fn latest(&self, key: &Key) -> Option<Arc<Stored>> {
        self.objects.get(key)?.last()?.object.clone()
    }

    /// Returns the identities of what is there.
    fn keys(&self) -> Vec<Key> {
        let there = self.objects.iter().filter(|(_, versions)| is_there(versions));
        there.map(|(key, _)| key.clone()).collect()
    }

    fn record(
        &mut self,
        at: u64,
        history: usize,
        before: Option<Arc<Stored>>,
        after: Option<Arc<Stored>>,
    ) {
        let last = match (&before, &after) {
            (_, Some(after)) => Arc::clone(after),
            (Some(before), None) => Arc::new(before.at(at)),
            (None, None) => return,
        };
        self.objects
            .entry(last.key.clone())
            .or_default()
            .push(Version { from: at, object: after.clone() });
        self.log.push_back(Event { at, before, after, last });
        while self.log.len() > history {
            self.forget();
        }
    }

    /// Forgets the oldest event, and what only it could ask for.
    fn forget(&mut self) {
        let Some(event) = self.log.pop_front() else { return };
        (self.compacted, self.forgotten) = (event.at, event.at);
        let Some(versions) = self.objects.get_mut(&event.last.key) else { return };
        let kept = versions.iter().rposition(|version| version.from <= event.at).unwrap_or(0);
        versions.drain(..kept);
        if !is_there(versions) && versions.len() == 1 && versions[0].from <= event.at {
            self.objects.remove(&event.last.key);
        }
    }

    /// Returns what happened after a revision.
    pub(crate) fn since(&self, revision: u64) -> impl Iterator<Item = &Event> {
        let from = self.log.partition_point(|event| event.at <= revision);
        self.log.range(from..)
    }

    /// Returns the objects as they were at a revision, from a key on.
    pub(crate) fn at<'a>(
        &'a self,
        revision: u64,
        from: Bound<&'a Key>,
    ) -> impl Iterator<Item = &'a Arc<Stored>> {
        self.objects.range((from.cloned(), Bound::Unbounded)).filter_map(move |(_, versions)| {
            versions.iter().rev().find(|version| version.from <= revision)?.object.as_ref()
        })
    }

    /// Returns an object as it is.
    pub(crate) fn get(&self, namespace: &str, name: &str) -> Option<Arc<Stored>> {
        self.latest(&(namespace.to_owned(), name.to_owned()))
    }
}

fn is_there(versions: &[Version]) -> bool {
    versions.last().is_some_and(|version| version.object.is_some())
}

impl Stored {
    fn of(key: Key, object: &Value) -> Self {
        let labels = object["metadata"]["labels"].as_object().into_iter().flatten();
        let labels = labels
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect();
        Self { key, labels, json: object.to_string().into() }
    }

    /// Returns the object, decoded.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.json).unwrap()
    }

    fn at(&self, revision: u64) -> Self {
        let mut object = self.value();
        object["metadata"]["resourceVersion"] = revision.to_string().into();
        Self::of(self.key.clone(), &object)
    }
}

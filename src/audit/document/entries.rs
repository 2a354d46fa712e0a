//! The volumes, as they are kept up to date.

use super::Rated;
use crate::audit::key::Key;
use std::ops::Deref;
use std::sync::Arc;

/// The volumes in the order of their names: pointers alone, which a document copies.
#[derive(Debug, Default)]
pub(in crate::audit) struct Entries(Vec<Arc<Rated>>);

/// What has become of volumes, until it is put in their place.
#[derive(Debug, Default)]
pub(in crate::audit) struct Changes {
    new: Vec<Arc<Rated>>,
    gone: Vec<usize>,
}

impl Deref for Entries {
    type Target = [Arc<Rated>];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Entries {
    /// Finds a volume.
    pub(in crate::audit) fn get(&self, key: &Key) -> Option<&Rated> {
        find(self, (key.namespace(), key.name())).ok().map(|at| &*self[at])
    }

    /// Returns those after a volume; all where none is named.
    pub(in crate::audit) fn after(&self, key: Option<&Key>) -> &[Arc<Rated>] {
        let is_before = |rated: &Arc<Rated>| {
            key.is_some_and(|key| rated.name() <= (key.namespace(), key.name()))
        };
        &self[self.partition_point(is_before)..]
    }

    /// Returns those of a namespace.
    pub(in crate::audit) fn of(&self, namespace: &str) -> &[Arc<Rated>] {
        let start = self.partition_point(|rated| rated.namespace() < namespace);
        let end = self.partition_point(|rated| rated.namespace() <= namespace);
        &self[start..end]
    }

    /// Puts a volume in the place of what it was before, or notes that it is new or gone. Volumes
    /// come in the order of their names.
    pub(in crate::audit) fn put(&mut self, key: &Key, rated: Option<Rated>, changes: &mut Changes) {
        match (find(self, (key.namespace(), key.name())), rated) {
            (Ok(at), Some(rated)) => self.0[at] = Arc::new(rated),
            (Ok(at), None) => changes.gone.push(at),
            (Err(_), Some(rated)) => changes.new.push(Arc::new(rated)),
            (Err(_), None) => {}
        }
    }

    /// Takes out what is gone and puts in what is new.
    pub(in crate::audit) fn settle(&mut self, changes: Changes) {
        let Changes { new, gone } = changes;
        if !gone.is_empty() {
            let (mut gone, mut at) = (gone.into_iter().peekable(), 0..);
            self.0.retain(|_| at.next().is_none_or(|at| gone.next_if_eq(&at).is_none()));
        }
        if !new.is_empty() {
            self.0.extend(new);
            self.0.sort_by(|a, b| a.name().cmp(&b.name()));
        }
    }
}

/// Returns where a volume stands among others in the order of their names, or would.
pub(super) fn find(among: &[Arc<Rated>], name: (&str, &str)) -> Result<usize, usize> {
    among.binary_search_by(|rated| rated.name().cmp(&name))
}

//! Who an object of a kind is, and which objects belong to which.

use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, LazyLock};

/// An identity: namespace, empty for what is in none, and name. Clones share it: there are many of
/// each.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Arc<(SmolStr, SmolStr)>);

/// The identity before all others.
static LEAST: LazyLock<Key> = LazyLock::new(|| Key::new("", ""));

impl Key {
    /// Makes one of its parts.
    pub fn new(namespace: impl Into<SmolStr>, name: impl Into<SmolStr>) -> Self {
        Self(Arc::new((namespace.into(), name.into())))
    }

    /// Makes the one of what is in no namespace.
    pub fn of_cluster(name: impl Into<SmolStr>) -> Self {
        Self::new("", name)
    }

    /// Returns the namespace; empty for what is in none.
    pub fn namespace(&self) -> &str {
        &self.0.0
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.0.1
    }

    /// Returns the identity of another object in its namespace.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        if name == self.name() { self.clone() } else { Self::new(self.0.0.clone(), name) }
    }
}

impl fmt::Display for Key {
    /// Writes it as people do: `namespace/name`, or the name alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.namespace().is_empty() {
            write!(f, "{}/", self.namespace())?;
        }
        f.write_str(self.name())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Objects by the one that they belong to, in the order of their names.
#[derive(Debug, Default)]
pub(super) struct Index(BTreeSet<(Key, Key)>);

impl Index {
    /// Adds an object.
    pub(super) fn add(&mut self, of: Key, key: &Key) {
        self.0.insert((of, key.clone()));
    }

    /// Takes an object away.
    pub(super) fn remove(&mut self, of: Key, key: &Key) {
        self.0.remove(&(of, key.clone()));
    }

    /// Returns the objects that belong to one.
    pub(super) fn of(&self, key: &Key) -> impl Iterator<Item = &Key> {
        let from = self.0.range((key.clone(), LEAST.clone())..);
        from.take_while(move |(of, _)| of == key).map(|(_, key)| key)
    }

    /// Returns whether something belongs to one.
    pub(super) fn has(&self, key: &Key) -> bool {
        self.of(key).next().is_some()
    }

    /// Names those to which something belongs; once for each object.
    pub(super) fn owners(&self) -> impl Iterator<Item = &Key> {
        self.0.iter().map(|(of, _)| of)
    }
}

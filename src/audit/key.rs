//! Who an object of a kind is, and which objects belong to which.

use crate::desired::DESTINATION_SUFFIX;
use smol_str::SmolStr;
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// An identity: namespace, empty for what is in none, and name. All that are equal share one
/// text: objects of several kinds and of Git have the same names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Arc<(SmolStr, SmolStr)>);

/// The identity before all others.
static LEAST: LazyLock<Key> = LazyLock::new(|| Key::new("", ""));

/// Every identity that something holds.
static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// Identities, to be found by their parts.
#[derive(Default)]
struct Known {
    keys: HashSet<Key>,
    /// At how many they are gone through for those that nothing else holds.
    full: usize,
}

/// The least number of identities that are gone through.
const SWEPT: usize = 1024;

/// What an identity is found by.
trait Parts {
    /// Returns namespace and name.
    fn parts(&self) -> (&str, &str);
}

impl Parts for Key {
    fn parts(&self) -> (&str, &str) {
        (self.namespace(), self.name())
    }
}

impl Parts for (&str, &str) {
    fn parts(&self) -> (&str, &str) {
        *self
    }
}

impl PartialEq for dyn Parts + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Parts + '_ {}

impl Hash for dyn Parts + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl<'p> Borrow<dyn Parts + 'p> for Key {
    fn borrow(&self) -> &(dyn Parts + 'p) {
        self
    }
}

impl Known {
    fn get(&mut self, parts: (&str, &str)) -> Key {
        if let Some(known) = self.keys.get(&parts as &dyn Parts) {
            return known.clone();
        }
        if self.keys.len() >= self.full {
            self.keys.retain(|key| Arc::strong_count(&key.0) > 1);
            self.keys.shrink_to_fit();
            self.full = SWEPT.max(self.keys.len() * 2);
        }
        let key = Key(Arc::new((SmolStr::new(parts.0), SmolStr::new(parts.1))));
        self.keys.insert(key.clone());
        key
    }
}

impl Key {
    /// Makes one of its parts.
    pub fn new(namespace: &str, name: &str) -> Self {
        KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get((namespace, name))
    }

    /// Makes the one of what is in no namespace.
    pub fn of_cluster(name: &str) -> Self {
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
        if name == self.name() { self.clone() } else { Self::new(self.namespace(), name) }
    }

    /// Returns the identity of the volume whose destination this is by its name; else itself.
    #[must_use]
    pub fn of_volume(&self) -> Self {
        self.name()
            .strip_suffix(DESTINATION_SUFFIX)
            .map_or_else(|| self.clone(), |pvc| self.beside(pvc))
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

/// Leaves no room in a map, which has about as much as entries where they came in their order.
pub(super) fn settle<V>(map: &mut BTreeMap<Key, V>) {
    *map = std::mem::take(map).into_iter().collect();
}

/// Objects by the one that they belong to, in the order of their names.
#[derive(Debug, Default)]
pub(super) struct Index(BTreeSet<(Key, Key)>);

impl Index {
    /// Adds an object.
    pub(super) fn add(&mut self, of: Key, key: &Key) {
        self.0.insert((of, key.clone()));
    }

    /// Leaves no room in it.
    pub(super) fn settle(&mut self) {
        self.0 = std::mem::take(&mut self.0).into_iter().collect();
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

#[cfg(test)]
mod tests {
    use super::{Key, Known, SWEPT};
    use std::sync::Arc;

    #[test]
    fn equal_keys_are_one() {
        let key = Key::new("media", "films");
        assert!(Arc::ptr_eq(&key.0, &Key::new("media", "music").beside("films").0));
        assert!(Key::new("a", "bc") != Key::new("ab", "c"));
    }

    #[test]
    fn keys_that_nothing_holds_are_let_go() {
        let mut known = Known::default();
        let held = known.get(("media", "held"));
        for n in 0..10 * SWEPT {
            drop(known.get(("media", &n.to_string())));
        }
        assert!(known.keys.len() <= SWEPT);
        assert!(Arc::ptr_eq(&held.0, &known.get(("media", "held")).0));
    }
}

//! The answer kept up to date: what changes is evaluated anew, and nothing else.
//!
//! Takes changes of Git, of the cluster and of the time, gives the same document as if all of it
//! had been looked at from the start. What a change can touch is decided in one place,
//! [`Engine::touch`]: a volume too many costs time, one too few a wrong answer.

use super::case::{self, Case, Question};
use super::document::{Changes, Document, Entries, Rated, assemble, rate};
use super::finding::Finding;
use super::intended::Intent;
use super::key::Key;
use super::observed::{Desk, Kept, Kind, Observed, Reduced};
use super::packed::Packer;
use super::shared::{RELATED, Shared, Step, destination_of, tracked_as};
use super::spec::Role;
use super::{is_volume, verdict, volumes};
use crate::config::Config;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{ScopedJoinHandle, available_parallelism, scope};

/// How many volumes are evaluated before they are put in their place.
const TOGETHER: usize = 1024;
/// How many volumes are worth a thread.
const FEW: usize = 64;

/// What Git intends, what was seen, and the entries that follow.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    intent: Intent,
    observed: Observed,
    shared: Shared,
    entries: Entries,
    packer: Packer,
    touched: Touched,
}

/// What has to be evaluated anew.
#[derive(Debug, Default)]
struct Touched {
    /// Everything, those that are new or gone among them.
    everything: bool,
    /// Volumes.
    volumes: BTreeSet<Key>,
    /// Namespaces with all their volumes.
    namespaces: BTreeSet<String>,
    /// Applications with all their volumes, by the names under which they track.
    applications: BTreeSet<String>,
}

impl Engine {
    /// Makes an engine that has seen nothing.
    pub fn new(config: Config, now: Timestamp) -> Self {
        let (intent, observed) = (Intent::default(), Observed::new(now));
        let shared = Shared::new(&intent, &observed);
        let touched = Touched { everything: true, ..Touched::default() };
        let (entries, packer) = (Entries::default(), Packer::default());
        Self { config, intent, observed, shared, entries, packer, touched }
    }

    /// Returns what was seen.
    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Returns the entries, in the order of their names.
    pub fn entries(&self) -> &[Arc<Rated>] {
        &self.entries
    }

    /// Returns whether something is to be evaluated.
    pub fn is_touched(&self) -> bool {
        let Touched { everything, volumes, namespaces, applications } = &self.touched;
        *everything || !volumes.is_empty() || !namespaces.is_empty() || !applications.is_empty()
    }

    /// Says what Git intends now, and by which configuration what is in no part of it is judged.
    pub fn intend(&mut self, intent: Intent, config: Config) {
        self.shared.intend(&self.intent, &intent);
        self.shared.settle();
        self.intent = intent;
        self.config = config;
        self.touched.everything = true;
    }

    /// Puts an object in, or in the place of an older state of it.
    pub fn apply(&mut self, kind: Kind, key: Key, object: Kept) {
        self.change(kind, &key.clone(), |observed| observed.insert(kind, key, object));
    }

    /// Takes an object away.
    pub fn remove(&mut self, kind: Kind, key: &Key) {
        self.change(kind, key, |observed| observed.remove(kind, key));
    }

    /// Says what all objects of a kind are: those that are not among them are gone.
    pub fn reset(&mut self, kind: Kind, objects: Vec<(Key, Kept)>) {
        self.touched.everything = true;
        self.observed.list(kind);
        let kept: BTreeSet<&Key> = objects.iter().map(|(key, _)| key).collect();
        let gone = self.observed.keys(kind).filter(|key| !kept.contains(key));
        for key in gone.cloned().collect::<Vec<_>>() {
            self.remove(kind, &key);
        }
        for (key, object) in objects {
            // A cluster that was put back to an older state counts its versions from there.
            self.change(kind, &key.clone(), |observed| observed.put(kind, key, object));
        }
        self.observed.settle(kind);
        self.shared.settle();
    }

    /// Says that a kind can no longer be seen.
    pub fn unlist(&mut self, kind: Kind) {
        if self.observed.coverage(kind) == super::Coverage::Unseen {
            return;
        }
        self.touched.everything = true;
        for key in self.observed.keys(kind).cloned().collect::<Vec<_>>() {
            self.remove(kind, &key);
        }
        self.observed.unlist(kind);
    }

    /// Says that the volumes after another one have to be evaluated anew because they have grown
    /// older, so many of them. Returns the last of them; nothing where there are no further ones.
    pub fn age(&mut self, after: Option<&Key>, count: usize) -> Option<Key> {
        let further = self.entries.after(after).iter().take(count);
        let keys: Vec<Key> = further.map(|rated| rated.key().clone()).collect();
        let last = keys.last().cloned();
        self.touched.volumes.extend(keys);
        last
    }

    /// Says that everything has to be evaluated anew.
    pub fn age_all(&mut self) {
        self.touched.everything = true;
    }

    fn change(&mut self, kind: Kind, key: &Key, change: impl FnOnce(&mut Observed)) {
        let left = self.count(kind, key, Step::Remove);
        change(&mut self.observed);
        let joined = self.count(kind, key, Step::Add);
        let joined = joined.filter(|(name, _)| left.as_ref().is_none_or(|(left, _)| left != name));
        // That all sources of a repository fail is told of each of them. While they go on failing
        // nothing changes for the others: a repository that is down sends many such changes.
        for (repository, failing) in left.into_iter().chain(joined) {
            self.touched.everything |= self.shared.all_fail(&repository) != failing;
        }
    }

    /// Counts an object, as it is now, in or out, and says what it touches. Returns the repository
    /// that a source keeps its backups in, with the number of its sources if all of them failed
    /// before.
    fn count(&mut self, kind: Kind, key: &Key, step: Step) -> Option<(String, Option<usize>)> {
        let is_related = RELATED.contains(&kind);
        let object = if is_related { self.observed.read(kind, key) } else { None };
        let Some(object) = object else {
            self.touch(kind, key, None);
            return None;
        };
        let repository = if let Reduced::Source(rs) = &object {
            case::spec(Role::Source, &rs.live).repository()
        } else {
            None
        };
        let failing = repository.map(|name| (name.to_owned(), self.shared.all_fail(name)));
        // What an object touches is found by what is counted, and it is counted then.
        if step == Step::Add {
            self.shared.step(key, &object, step);
        }
        self.touch(kind, key, Some(&object));
        if step == Step::Remove {
            self.shared.step(key, &object, step);
        }
        failing
    }

    /// Says that an object, as it is now, comes, goes or changes.
    fn touch(&mut self, kind: Kind, key: &Key, object: Option<&Reduced>) {
        let Self { intent, shared, touched, .. } = self;
        if touched.everything {
            return;
        }
        let at = |name: &str| key.beside(name);
        match kind {
            Kind::PersistentVolumeClaim => {
                // What VolSync makes for its own work is no volume of its own.
                touched.volume(key.clone(), intent);
                if let Some(Reduced::Volume(pvc)) = object
                    && let Some(rd) = destination_of(&pvc.live.node, key.namespace())
                {
                    touched.populated(&at(rd), intent, shared);
                }
            }
            Kind::ReplicationSource => {
                touched.volume(key.clone(), intent);
                if let Some(rs) = intent.source(key)
                    && let Some(pvc) = rs.spec(Role::Source).source_pvc()
                {
                    touched.volume(at(pvc), intent);
                }
                touched.volumes.extend(shared.backed_up_by(key).cloned());
                let Some(Reduced::Source(rs)) = object else { return };
                let spec = case::spec(Role::Source, &rs.live);
                if let Some(pvc) = spec.source_pvc() {
                    touched.volume(at(pvc), intent);
                }
                touched.volumes.extend(shared.holders(spec).cloned());
            }
            Kind::ReplicationDestination => touched.populated(key, intent, shared),
            Kind::VolumeSnapshot => {
                for rd in shared.holding(key) {
                    touched.populated(rd, intent, shared);
                }
            }
            Kind::Namespace => drop(touched.namespaces.insert(key.name().to_owned())),
            Kind::ExternalSecret => drop(touched.namespaces.insert(key.namespace().to_owned())),
            Kind::Application => touched.applications.extend(tracked_as(key)),
            Kind::StorageClass | Kind::VolumeSnapshotClass | Kind::CustomResourceDefinition => {
                touched.everything = true;
            }
        }
    }

    /// Evaluates what has changed, at a time, of a cluster that was seen at another; tells of each
    /// volume what it was and what it is.
    pub fn evaluate(
        &mut self,
        now: Timestamp,
        observed_at: Timestamp,
        mut tell: impl FnMut(&Key, Option<&Rated>, Option<&Rated>),
    ) {
        self.observed.observed_at = observed_at;
        let touched = std::mem::take(&mut self.touched);
        let keys = if touched.everything {
            // What all is evaluated anew for may have made another sample the better one.
            self.packer = Packer::default();
            let mut keys = volumes(&self.intent, &self.observed, &self.shared);
            keys.extend(self.entries.iter().map(|rated| rated.key().clone()));
            keys
        } else {
            self.named(touched)
        };
        let keys: Vec<Key> = keys.into_iter().collect();
        let mut changes = Changes::default();
        for some in keys.chunks(TOGETHER) {
            for (key, rated) in some.iter().zip(self.rate_all(some, now)) {
                tell(key, self.entries.get(key), rated.as_ref());
                self.entries.put(key, rated, &mut changes);
            }
        }
        self.entries.settle(changes);
    }

    /// Evaluates volumes side by side, where they are many; nothing for what is no volume.
    fn rate_all(&self, keys: &[Key], now: Timestamp) -> Vec<Option<Rated>> {
        let threads = available_parallelism().map_or(1, usize::from).min(keys.len() / FEW);
        if threads < 2 {
            return keys.iter().map(|key| self.rate(key, now)).collect();
        }
        let rate = |keys: &[Key]| keys.iter().map(|key| self.rate(key, now)).collect::<Vec<_>>();
        scope(|scope| {
            let shares = keys.chunks(keys.len().div_ceil(threads));
            let shares: Vec<_> = shares.map(|keys| scope.spawn(move || rate(keys))).collect();
            let rated = shares.into_iter().map(ScopedJoinHandle::join);
            rated.flat_map(|rated| rated.unwrap_or_else(|panic| resume_unwind(panic))).collect()
        })
    }

    fn rate(&self, key: &Key, now: Timestamp) -> Option<Rated> {
        if !self.is_volume(key) {
            return None;
        }
        let Self { intent, observed, shared, config, packer, .. } = self;
        // What is read of one volume is not needed for the next.
        let desk = Desk::default();
        let question = Question { intent, observed, shared, desk: &desk, now };
        let assessed = verdict::assess(Case::new(key, question));
        Some(rate(&assessed, config, packer).after(self.entries.get(key), now))
    }

    /// Names the volumes that are touched.
    fn named(&self, touched: Touched) -> BTreeSet<Key> {
        let Touched { everything: _, mut volumes, namespaces, applications } = touched;
        for namespace in namespaces {
            volumes.extend(self.entries.of(&namespace).iter().map(|rated| rated.key().clone()));
        }
        if !applications.is_empty() {
            let kept = self.entries.iter().filter(|rated| {
                rated.app.as_ref().is_some_and(|app| applications.contains(app.as_str()))
            });
            volumes.extend(kept.map(|rated| rated.key().clone()));
        }
        volumes
    }

    fn is_volume(&self, key: &Key) -> bool {
        if is_volume(key, &self.intent, &self.observed, &self.shared) {
            return true;
        }
        // Of a manifest that states no namespace nothing more is known where a volume has its name.
        let Some(manifests) =
            self.intent.unrendered.get(key.name()).filter(|_| key.namespace() == "?")
        else {
            return false;
        };
        let is_other = |other: &Key| {
            other.name() == key.name()
                && is_volume(other, &self.intent, &self.observed, &self.shared)
        };
        let stated = manifests.iter().filter_map(|manifest| manifest.namespace.as_deref());
        let stated: Vec<Key> = stated.map(|namespace| Key::new(namespace, key.name())).collect();
        let known = self.intent.volumes.keys().chain(self.shared.backed_up());
        let live = self.observed.keys(Kind::PersistentVolumeClaim);
        manifests.iter().any(|manifest| manifest.namespace.is_none())
            && !known.chain(live).chain(&stated).any(is_other)
    }

    /// Puts the document together, with what is to say of no volume in particular.
    pub fn document(&self, now: Timestamp, findings: &[Finding]) -> Document {
        assemble(now, &self.config, &self.intent, findings, &self.entries)
    }
}

impl Touched {
    fn volume(&mut self, key: Key, intent: &Intent) {
        if intent.unrendered.contains_key(key.name()) {
            self.volumes.insert(Key::new("?", key.name()));
        }
        self.volumes.insert(key);
    }

    /// Adds everything that a destination brings back.
    fn populated(&mut self, rd: &Key, intent: &Intent, shared: &Shared) {
        self.volume(rd.clone(), intent);
        self.volume(rd.of_volume(), intent);
        self.volumes.extend(shared.populated_from(rd).cloned());
        self.volumes.extend(shared.restored_from(rd).cloned());
    }
}

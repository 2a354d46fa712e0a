//! What happens to the volume itself: its manifest on both sides.

use super::backup::{fuse, shown, when};
use super::fields::{classes, larger, listing, plain, sync_annotations, text};
use super::side::{Claim, Volume};
use super::{Change, Consequence, Key, Pair, Sentence, identity};
use crate::api::{labels, volume};
use crate::drift::differences;
use serde_json::Value;
use std::cmp::Ordering;

/// Helm's annotation that keeps an object.
const HELM_POLICY: &str = "helm.sh/resource-policy";
/// Compares the manifests.
pub(super) fn changes(pair: &Pair<'_>) -> Vec<Change> {
    let claim = |volume: Option<&'_ Volume>| volume.is_some_and(|volume| volume.claim.is_some());
    let mut found = Vec::new();
    match (pair.old, pair.new) {
        (Some(old), new) if claim(pair.old) && !claim(new) => {
            if let Some(claim) = &old.claim {
                found.push(gone(claim, old, pair));
            }
        }
        (old, Some(new)) if !claim(old) && claim(pair.new) => found.push(added(new, pair)),
        (Some(Volume { claim: Some(old), .. }), Some(Volume { claim: Some(new), .. })) => {
            if let Some(from) = pair.moved_from {
                found.push(moved(old, &from.to_string(), pair));
            } else if let (Some(set), Some(_)) = (&old.set, &new.set) {
                found.extend(template(set, old, new));
            } else {
                both(old, new, pair, &mut found);
                size(old, new, &mut found);
            }
        }
        _ => {}
    }
    found
}

fn annotation<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    object.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

/// Whether an object stays where its manifest leaves.
pub(super) fn stays(claim: &Value) -> bool {
    let options = annotation(claim, labels::ARGOCD_SYNC_OPTIONS).unwrap_or_default();
    options.split(',').any(|option| option.trim() == "Prune=false")
        || annotation(claim, HELM_POLICY) == Some("keep")
}

/// Whether the volume leaves the output and stays in the cluster.
pub(super) fn is_left_behind(pair: &Pair<'_>) -> bool {
    let claim = |volume: Option<&'_ Volume>| volume.is_some_and(|volume| volume.claim.is_some());
    let old = pair.old.and_then(|volume| volume.claim.as_ref());
    !claim(pair.new) && old.is_some_and(|claim| claim.set.is_some() || stays(&claim.value))
}

/// Words where the backups of a volume are, if it has any.
fn backups(volume: &Volume, namespace: Option<&str>) -> Option<String> {
    let store = |source| identity::written(source, namespace);
    volume.sources.first().map(|source| shown(store(source).as_ref()))
}

fn gone(claim: &Claim, old: &Volume, pair: &Pair<'_>) -> Change {
    let namespace = pair.key.namespace.as_deref();
    let (consequence, message) = match &claim.set {
        Some(set) => (
            Consequence::VolumeLeftBehind,
            Sentence::new(
                "the StatefulSet {} does not make it any more; its PVC stays in the cluster unless \
                 the set's retention policy deletes it",
                &[set],
            ),
        ),
        None if stays(&claim.value) => (
            Consequence::VolumeLeftBehind,
            Sentence::new(
                "the PVC leaves the output, and an annotation keeps it from being pruned: it stays \
                 with its data, out of Git",
                &[],
            ),
        ),
        None => (
            Consequence::VolumeGone,
            Sentence::new(
                "the PVC leaves the output: where Argo CD prunes, it is deleted, and its data with \
                 it unless its class retains volumes",
                &[],
            ),
        ),
    };
    let still = pair.new.is_some_and(|volume| !volume.sources.is_empty());
    let taken = |key: &Key, source: &Value| {
        let there = identity::written(source, key.namespace.as_deref());
        let written = |source| identity::written(source, namespace);
        there.is_some() && old.sources.iter().any(|source| written(source) == there)
    };
    let heir = pair.elsewhere(taken).map(ToString::to_string);
    let message = match backups(old, namespace) {
        Some(store) if heir.is_some() => message.and(
            "; its backups in {} are gone on with by {}",
            &[&store, heir.as_deref().unwrap_or_default()],
        ),
        Some(_) if is_left_behind(pair) && !still => message,
        Some(store) if still => message.and("; it is still backed up to {}", &[&store]),
        Some(store) => message.and(
            "; its ReplicationSource goes too, and the backups made so far stay with {}",
            &[&store],
        ),
        None => message.and("; it has no backup", &[]),
    };
    let change = Change::new(consequence, message);
    let identity = old.sources.iter().find_map(|source| {
        let username = text(source, "/spec/kopia/username")?;
        let hostname = text(source, "/spec/kopia/hostname")?;
        Some(format!("{}: \"{hostname}/{username}\"", labels::BACKUP_IDENTITY))
    });
    match identity.filter(|_| consequence == Consequence::VolumeGone && heir.is_none()) {
        Some(identity) => change.fix(Sentence::new(
            "put it back, or keep it with the annotation {} in a commit that is applied first; if \
             it gets another name, annotate the new PVC with {} and it is restored from the old \
             backups",
            &[&format!("{}: Prune=false", labels::ARGOCD_SYNC_OPTIONS), &identity],
        )),
        None => change,
    }
}

fn added(new: &Volume, pair: &Pair<'_>) -> Change {
    let namespace = pair.key.namespace.as_deref();
    let message = match (backups(new, namespace), new.sources.first()) {
        (Some(store), Some(source)) => {
            Sentence::new("backed up to {} ", &[&store]).then(when(source))
        }
        _ => Sentence::new("without a backup", &[]),
    };
    let destination = new.claim.as_ref().and_then(|claim| claim.destination.as_deref());
    let message = match destination {
        Some(name) => message.and(", restored by the ReplicationDestination {}", &[name]),
        None => message.and(", without a way back", &[]),
    };
    let change = Change::new(Consequence::VolumeNew, message);
    let advice = new.reasons.first().and_then(|reason| reason.help.as_deref());
    match advice.filter(|_| new.sources.is_empty()) {
        Some(help) => change.fix(Sentence::plain("to back it up: ").then(Sentence::plain(help))),
        None if new.sources.is_empty() => change.fix(Sentence::new(
            "to back it up, label it with {} and {}",
            &[&fuse(labels::ENABLED), &fuse(labels::MANAGE_VOLSYNC)],
        )),
        None => change,
    }
}

fn moved(old: &Claim, from: &str, pair: &Pair<'_>) -> Change {
    let store = |volume: Option<&Volume>, namespace: Option<&str>| {
        volume?.sources.iter().find_map(|source| identity::written(source, namespace))
    };
    let namespaces =
        [pair.moved_from, Some(pair.key)].map(|key| key.and_then(|k| k.namespace.as_deref()));
    let [before, after] = [store(pair.old, namespaces[0]), store(pair.new, namespaces[1])];
    let kept = if old.set.is_some() || stays(&old.value) {
        "the volume {} is left behind in the cluster"
    } else {
        "the volume {} is deleted with its data where Argo CD prunes"
    };
    let message = Sentence::new(kept, &[from]);
    let message = match (&before, &after) {
        (Some(before), Some(after)) if before == after && !refers(pair.new) => message.and(
            "; the new one goes on with its backups, but no reference restores it: it comes up empty",
            &[],
        ),
        (Some(before), Some(after)) if before == after => message.and(
            "; the new one is backed up under the same identity and restored from the last backup, \
             if its namespace has the same repository",
            &[],
        ),
        (Some(_), Some(_)) => message.and(
            "; the new one starts a history of its own, in which there is nothing to restore: it \
             comes up empty",
            &[],
        ),
        (_, None) => message.and("; the new one is not backed up and comes up empty", &[]),
        (None, Some(_)) => message.and("; it has no backup, so the new one comes up empty", &[]),
    };
    let words = |store: Option<&_>| store.map(ToString::to_string);
    let change = Change::new(Consequence::LineageChanged, message)
        .values(words(before.as_ref()), words(after.as_ref()));
    let identity = pair.old.into_iter().flat_map(|volume| &volume.sources).find_map(|source| {
        let username = text(source, "/spec/kopia/username")?;
        Some(format!(
            "{}: \"{}/{username}\"",
            labels::BACKUP_IDENTITY,
            text(source, "/spec/kopia/hostname")?
        ))
    });
    match identity.filter(|_| before != after) {
        Some(identity) => change.fix(Sentence::new(
            "annotate the PVC with {}, so that the new volume is restored from the old one's \
             backups, and see that the last of them is fresh before this is applied",
            &[&identity],
        )),
        None => change,
    }
}

/// Whether a volume refers to a destination.
fn refers(volume: Option<&Volume>) -> bool {
    let claim = volume.and_then(|volume| volume.claim.as_ref());
    claim.is_some_and(|claim| claim.destination.is_some())
}

fn both(old: &Claim, new: &Claim, pair: &Pair<'_>, changes: &mut Vec<Change>) {
    if let (None, Some(set), false) = (&old.set, &new.set, stays(&old.value)) {
        let message = Sentence::new(
            "the PVC leaves the output: where Argo CD prunes, it is deleted with its data, and the \
             StatefulSet {} makes a new one",
            &[set],
        );
        changes.push(Change::new(Consequence::VolumeGone, message));
    }
    let [before, after] = [old, new].map(|claim| claim.value.get("spec"));
    let mut rest = differences("", after, before);
    for difference in &mut rest {
        difference.field = difference.field.trim_start_matches('.').to_owned();
    }
    let own =
        ["resources", volume::DATA_SOURCE, volume::DATA_SOURCE_REF, "volumeAttributesClassName"];
    rest.retain(|d| !own.contains(&d.field.split('.').next().unwrap_or_default()));
    classes("the PVC", &pair.key.name, &mut rest, changes);
    if !rest.is_empty() {
        let message = Sentence::plain(
            "fields that cannot change while the volume exists: the sync fails, or the change is \
             ignored",
        );
        changes.push(listing(Consequence::ImmutableChanged, message, &rest));
    }
    sync_annotations("PVC", &old.value, &new.value, changes);
}

/// Tells what changes in a template, of which Kubernetes lets nothing change, labels included.
fn template(set: &str, old: &Claim, new: &Claim) -> Option<Change> {
    let mut found = differences("", Some(&new.value), Some(&old.value));
    for difference in &mut found {
        difference.field = difference.field.trim_start_matches('.').to_owned();
    }
    if found.is_empty() {
        return None;
    }
    let message = Sentence::new(
        "the template of a StatefulSet that exists cannot change, not even its labels: the sync of \
         {} fails, and its volumes stay as they are",
        &[set],
    );
    let fix = Sentence::new(
        "put labels and annotations on the StatefulSet itself, or delete it with {} before the \
         sync, which keeps pods and volumes; never answer the refusal with a Force or Replace sync",
        &[&format!("kubectl delete statefulset {set} --cascade=orphan")],
    );
    Some(listing(Consequence::ImmutableChanged, message, &found).fix(fix))
}

fn size(old: &Claim, new: &Claim, changes: &mut Vec<Change>) {
    let pointer = format!("/{}", volume::STORAGE_REQUEST.join("/"));
    let sizes = [old, new].map(|claim| claim.value.pointer(&pointer).map(plain));
    let [Some(before), Some(after)] = sizes else { return };
    let (consequence, words) = match larger(&before, &after) {
        Some(Ordering::Equal) => return,
        Some(Ordering::Greater) => (
            Consequence::ImmutableChanged,
            "the volume asks for less than it has, which is refused while it exists: the sync \
             fails; a recreated one may be too small for its backup",
        ),
        Some(Ordering::Less) => {
            (Consequence::SizeChanged, "the volume grows, if its class lets volumes grow")
        }
        None => (Consequence::SizeChanged, "the volume asks for another size"),
    };
    let message = Sentence::new(words, &[]);
    changes.push(Change::new(consequence, message).values(Some(before), Some(after)));
}

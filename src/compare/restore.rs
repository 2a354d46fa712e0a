//! What happens to a volume's way back: its reference and its destinations on both sides.

use super::backup::{cadence, matched, mover_differences, name, shown, when};
use super::fields::{self, larger, plain, text};
use super::identity::{self, Store};
use super::side::{Claim, Volume};
use super::{Change, Consequence, Pair, Sentence};
use crate::api::{labels, volume};
use crate::diagnostic::Code;
use serde_json::Value;

/// Where a volume's data comes from when it is recreated.
#[derive(Debug, Clone, PartialEq)]
enum Origin {
    /// Nothing: it is empty.
    Nothing,
    /// A destination of its own namespace.
    Destination(String),
    /// Something else that its manifest names.
    Other(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Destination(name) => write!(f, "ReplicationDestination {name}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// Compares reference and destinations; what is told already of size and history is not told
/// again.
pub(super) fn changes(pair: &Pair<'_>, changes: &mut Vec<Change>) {
    let claims = [pair.old, pair.new].map(|volume| volume.and_then(|v| v.claim.as_ref()));
    if let [Some(old), Some(new)] = claims {
        reference(old, new, pair, changes);
    } else if let [None, Some(new)] = claims {
        hangs(None, &origin(new), pair, changes);
    }
    destinations(pair, changes);
    mismatch(pair, changes);
}

fn origin(claim: &Claim) -> Origin {
    if let Some(name) = &claim.destination {
        return Origin::Destination(name.clone());
    }
    let spec = claim.value.get("spec");
    let field = |key: &str| spec.and_then(|spec| spec.get(key)).filter(|value| !value.is_null());
    let named = field(volume::DATA_SOURCE_REF).or_else(|| field(volume::DATA_SOURCE));
    match named {
        Some(reference) => {
            let text = |key: &str| reference.get(key).and_then(Value::as_str);
            let place = text("namespace").map_or(String::new(), |n| format!(" in namespace {n}"));
            let [kind, name] = ["kind", "name"].map(|key| text(key).unwrap_or("?"));
            Origin::Other(format!("{kind} {name}{place}"))
        }
        None => {
            match field(volume::VOLUME_NAME).and_then(Value::as_str).filter(|n| !n.is_empty()) {
                Some(name) => Origin::Other(format!("PersistentVolume {name}")),
                None => Origin::Nothing,
            }
        }
    }
}

/// Whether a destination of the output can restore a volume: VolSync's populator takes snapshots
/// alone.
fn able(volume: Option<&Volume>, name: &str) -> bool {
    let named = |rd: &&Value| self::name(rd) == name;
    let destination = volume.and_then(|volume| volume.destinations.iter().find(named));
    destination.is_some_and(|rd| {
        identity::mover(rd).is_none_or(|(_, settings)| {
            settings.get("copyMethod").and_then(Value::as_str) == Some("Snapshot")
        })
    })
}

fn reference(old: &Claim, new: &Claim, pair: &Pair<'_>, changes: &mut Vec<Change>) {
    let [before, after] = [old, new].map(origin);
    let values = |change: Change| change.values(Some(before.to_string()), Some(after.to_string()));
    match (&before, &after) {
        (Origin::Nothing, Origin::Nothing) => {}
        (Origin::Destination(_) | Origin::Other(_), Origin::Nothing) => {
            let message = Sentence::new(
                "the restore reference goes: a volume that exists keeps its data, and one that is \
                 recreated, in this cluster or in a new one, is empty",
                &[],
            );
            changes.push(values(empty(message, &before, pair)));
        }
        (Origin::Nothing, Origin::Destination(name)) if able(pair.new, name) => {
            let message = if pair.moved_from.is_some() {
                Sentence::new("it is restored by the ReplicationDestination {}", &[name])
            } else {
                Sentence::new(
                    "a recreated volume is restored by the ReplicationDestination {}; one that \
                     exists keeps its data and cannot take the reference",
                    &[name],
                )
            };
            changes.push(values(Change::new(Consequence::RestoreAdded, message)));
        }
        _ if before != after && pair.moved_from.is_none() => {
            let message = Sentence::new(
                "the restore reference names another object; the field is immutable on a volume \
                 that exists, where the sync fails or the old reference stays",
                &[],
            );
            changes.push(values(Change::new(Consequence::ReferenceChanged, message)));
        }
        _ => {}
    }
    hangs(Some((&before, pair.old)), &after, pair, changes);
}

/// Tells a reference whose destination is not in the output or cannot restore, if that is news.
fn hangs(
    before: Option<(&Origin, Option<&Volume>)>,
    after: &Origin,
    pair: &Pair<'_>,
    changes: &mut Vec<Change>,
) {
    let Origin::Destination(name) = after else { return };
    if able(pair.new, name) {
        return;
    }
    let news = match before {
        Some((Origin::Destination(other), volume)) => other != name || able(volume, other),
        Some((Origin::Nothing | Origin::Other(_), _)) | None => true,
    };
    if !news {
        return;
    }
    let there = pair.new.is_some_and(|v| v.destinations.iter().any(|rd| self::name(rd) == name));
    let message = if there {
        Sentence::new(
            "the ReplicationDestination {} does not use copyMethod Snapshot, and the volume \
             populator takes nothing else: a recreated volume stays Pending",
            &[name],
        )
    } else {
        Sentence::new(
            "the restore reference names the ReplicationDestination {}, which is not in the \
             output: it is pruned with its restore point, and a recreated volume stays Pending",
            &[name],
        )
    };
    changes.push(Change::new(Consequence::RestoreHangs, message));
}

/// Words that a volume would come back empty, and what to do, by what took the reference away.
fn empty(message: Sentence, before: &Origin, pair: &Pair<'_>) -> Change {
    let change = Change::new(Consequence::ComesBackEmpty, message);
    let annotated = |key: &str| {
        let claim = pair.new.and_then(|volume| volume.claim.as_ref());
        claim.is_some_and(|claim| {
            claim.value.pointer("/metadata/annotations").is_some_and(|a| a.get(key).is_some())
        })
    };
    if super::backup::is_exempt(pair) {
        return change.fix(Sentence::plain("nothing, if the reason of the exemption holds"));
    }
    if annotated(labels::SKIP_RESTORE) {
        return change.fix(Sentence::new(
            "remove the annotation {} as soon as the empty volume is no longer wanted",
            &[labels::SKIP_RESTORE],
        ));
    }
    if annotated(labels::RESTORE_MODE) {
        return change.fix(Sentence::new(
            "remove the annotation {} if the volume is to be restored",
            &[labels::RESTORE_MODE],
        ));
    }
    if let Some(help) = unwired(pair) {
        return change.fix(Sentence::plain(help));
    }
    let was_ours = pair.old.and_then(|volume| volume.claim.as_ref()).is_some_and(|claim| {
        let annotations = claim.value.pointer("/metadata/annotations");
        annotations.is_some_and(|annotations| annotations.get(labels::RESTORE_SOURCE).is_some())
    });
    match before {
        Origin::Destination(_) if was_ours => {
            change.fix(Sentence::plain("let plumber set it again, with the pair"))
        }
        Origin::Destination(name) => change.fix(Sentence::new(
            "put {} back on the PVC, or the labels with which plumber sets it",
            &[&format!(
                "spec.{}: {{apiGroup: volsync.backube, kind: ReplicationDestination, name: {name}}}",
                volume::DATA_SOURCE_REF
            )],
        )),
        Origin::Nothing | Origin::Other(_) => change,
    }
}

/// What the plan of HEAD says to do about a reference that it cannot set.
fn unwired<'p>(pair: &Pair<'p>) -> Option<&'p str> {
    let reasons = pair.new.map_or(&[][..], |volume| &volume.reasons);
    let unwired = reasons.iter().find(|reason| reason.code == Code::RestoreNotWired);
    unwired.and_then(|reason| reason.help.as_deref())
}

fn destinations(pair: &Pair<'_>, changes: &mut Vec<Change>) {
    let old_namespace = pair.moved_from.unwrap_or(pair.key).namespace.as_deref();
    let namespace = pair.key.namespace.as_deref();
    let old = pair.old.map_or(&[][..], |volume| &volume.destinations);
    let new = pair.new.map_or(&[][..], |volume| &volume.destinations);
    let same = |a: &Value, b: &Value| {
        identity::read(a, old_namespace).is_some_and(|s| Some(s) == identity::read(b, namespace))
    };
    let claim = |volume: Option<&Volume>| volume.is_some_and(|volume| volume.claim.is_some());
    let refers = |volume: Option<&Volume>, name: &str| {
        let claim = volume.and_then(|volume| volume.claim.as_ref());
        claim.and_then(|claim| claim.destination.as_deref()) == Some(name)
    };
    for (old, new) in matched(old, new, same) {
        match (old, new) {
            (Some(old), Some(new)) => {
                both(old, new, (old_namespace, namespace), pair, changes);
            }
            // What the reference named is told with the reference, a volume that goes as a whole.
            (Some(old), None)
                if !refers(pair.old, name(old)) && (claim(pair.new) || !claim(pair.old)) =>
            {
                let message = Sentence::new(
                    "the ReplicationDestination {} leaves the output and is pruned with the restore \
                     point that it holds; the backups stay",
                    &[name(old)],
                );
                changes.push(Change::new(Consequence::DestinationGone, message));
            }
            (None, Some(new)) => {
                if let Some(pvc) = written_into(new) {
                    changes.push(overwritten(new, pvc));
                } else if !refers(pair.new, name(new)) && (claim(pair.old) || !claim(pair.new)) {
                    let message = Sentence::new(
                        "the ReplicationDestination {} is new, and no reference in the output \
                         names it: a recreated volume is empty all the same",
                        &[name(new)],
                    );
                    let change = Change::new(Consequence::RestoreAdded, message);
                    changes.push(match unwired(pair) {
                        Some(help) => change.fix(Sentence::plain(help)),
                        None => change,
                    });
                } else if refers(pair.old, name(new)) {
                    let message = Sentence::new(
                        "the ReplicationDestination {}, which the reference names already, is new",
                        &[name(new)],
                    );
                    changes.push(Change::new(Consequence::RestoreAdded, message));
                }
            }
            _ => {}
        }
    }
}

/// The live volume that a destination restores into.
fn written_into(destination: &Value) -> Option<&str> {
    let (_, settings) = identity::mover(destination)?;
    settings.get("destinationPVC")?.as_str().filter(|name| !name.is_empty())
}

fn overwritten(destination: &Value, pvc: &str) -> Change {
    let message = Sentence::new(
        "the ReplicationDestination {} restores straight into the PVC {}, ",
        &[name(destination), pvc],
    )
    .then(when(destination))
    .and(": what is in it is overwritten", &[]);
    Change::new(Consequence::DataOverwritten, message)
}

fn both(
    old: &Value,
    new: &Value,
    namespaces: (Option<&str>, Option<&str>),
    pair: &Pair<'_>,
    changes: &mut Vec<Change>,
) {
    let kind = "ReplicationDestination";
    let stores = (identity::read(old, namespaces.0), identity::read(new, namespaces.1));
    let told = changes.iter().any(|change| change.consequence == Consequence::HistoryLost);
    if stores.0 != stores.1 && pair.moved_from.is_none() && !told {
        let message = Sentence::new(
            "the ReplicationDestination {} reads from another place: what was backed up so far is \
             not found from the new one",
            &[name(new)],
        );
        let words = |store: Option<&Store>| Some(shown(store));
        changes.push(
            Change::new(Consequence::HistoryLost, message)
                .values(words(stores.0.as_ref()), words(stores.1.as_ref())),
        );
    }
    let triggers = [old, new].map(|rd| rd.pointer("/spec/trigger"));
    let into = written_into(new);
    if let Some(pvc) = into
        && (written_into(old) != into || triggers[0] != triggers[1] || name(old) != name(new))
    {
        changes.push(overwritten(new, pvc));
    } else if triggers[0] != triggers[1] && pair.moved_from.is_none() {
        trigger(old, new, changes);
    }
    let mut rest = mover_differences(old, new);
    rest.retain(|difference| into.is_none() || difference.field != "destinationPVC");
    if let Some(at) = rest.iter().position(|difference| difference.field == "capacity") {
        let difference = rest.remove(at);
        let [before, after] = [&difference.desired, &difference.observed]
            .map(|value| value.as_ref().map_or_else(|| "none".into(), plain));
        capacity(new, &before, &after, changes);
    }
    if pair.moved_from.is_none() {
        fields::classes(kind, name(new), &mut rest, changes);
    }
    fields::settings(kind, name(new), &rest, changes);
    fields::sync_annotations(kind, old, new, changes);
}

fn trigger(old: &Value, new: &Value, changes: &mut Vec<Change>) {
    let token = |rd: &Value| text(rd, "/spec/trigger/manual").map(str::to_owned);
    let (consequence, message) = match token(new) {
        Some(_) => (
            Consequence::RestoreRunsAgain,
            "the ReplicationDestination {} restores the latest backup once more, beside the \
             volume, as what a recreated volume starts from",
        ),
        None => (
            Consequence::RestoreScheduleChanged,
            "the ReplicationDestination {} restores at other times",
        ),
    };
    let change = Change::new(consequence, Sentence::new(message, &[name(new)]));
    changes.push(change.values(Some(cadence(old)), Some(cadence(new))));
}

fn capacity(new: &Value, before: &str, after: &str, changes: &mut Vec<Change>) {
    // The volume's own size is told once; a destination that follows it is no news.
    let told = changes.iter().any(|c| {
        matches!(c.consequence, Consequence::SizeChanged | Consequence::ImmutableChanged)
            && c.new.as_deref() == Some(after)
    });
    if told || larger(before, after) == Some(std::cmp::Ordering::Equal) {
        return;
    }
    let message =
        Sentence::new("the ReplicationDestination {} restores into another size", &[name(new)]);
    let change = Change::new(Consequence::SizeChanged, message);
    changes.push(change.values(Some(before.to_owned()), Some(after.to_owned())));
}

/// Tells a destination that does not read what the sources write, if that is news.
fn mismatch(pair: &Pair<'_>, changes: &mut Vec<Change>) {
    let astray = |volume: Option<&Volume>, namespace: Option<&str>| {
        let volume = volume?;
        let written: Vec<Store> = volume
            .sources
            .iter()
            .filter_map(|source| identity::written(source, namespace))
            .collect();
        let first = written.first()?.clone();
        let lost = volume.destinations.iter().find_map(|rd| {
            let read = identity::read(rd, namespace)?;
            written.iter().all(|store| !store.finds(&read)).then(|| (name(rd).to_owned(), read))
        })?;
        Some((lost.0, lost.1, first))
    };
    let before = pair.moved_from.unwrap_or(pair.key).namespace.as_deref();
    if astray(pair.old, before).is_some() {
        return;
    }
    let Some((name, read, written)) = astray(pair.new, pair.key.namespace.as_deref()) else {
        return;
    };
    let message = Sentence::new(
        "the ReplicationDestination {} reads {}, and the backups are written to {}",
        &[&name, &read.to_string(), &written.to_string()],
    );
    changes.push(Change::new(Consequence::RestoreMismatch, message));
}

//! What happens to a volume's backups: its sources on both sides.

use super::claim::is_left_behind;
use super::fields::{self, listed, text};
use super::identity::{self, Store};
use super::{Change, Consequence, Key, Pair, Sentence};
use crate::api::labels;
use crate::drift::{Difference, differences};
use crate::plan::Verdict;
use serde_json::Value;

/// Compares the sources.
pub(super) fn changes(pair: &Pair<'_>) -> Vec<Change> {
    let namespace = |moved: bool| {
        let key = if moved { pair.moved_from.unwrap_or(pair.key) } else { pair.key };
        key.namespace.as_deref()
    };
    let old = pair.old.map_or(&[][..], |volume| &volume.sources);
    let new = pair.new.map_or(&[][..], |volume| &volume.sources);
    let store_old = |source: &Value| identity::written(source, namespace(true));
    let store_new = |source: &Value| identity::written(source, namespace(false));
    let matched = matched(old, new, |a, b| store_old(a).is_some_and(|s| Some(s) == store_new(b)));
    let mut changes = Vec::new();
    let is_new = pair.old.is_none_or(|volume| volume.claim.is_none() && volume.sources.is_empty());
    let is_gone = pair.new.is_none();
    for (old, new) in matched {
        match (old, new) {
            (Some(old), Some(new)) => {
                source(old, new, store_old(old), store_new(new), pair, &mut changes);
            }
            (Some(old), None) if !is_gone || claimless(pair) || is_left_behind(pair) => {
                changes.push(lost(old, store_old(old).as_ref(), pair));
            }
            (None, Some(new)) if !is_new || claimless(pair) => {
                changes.push(added(new, store_new(new).as_ref()));
            }
            // A volume that is gone or new is told as such, with its backup.
            _ => {}
        }
    }
    changes
}

/// Whether no manifest makes the volume on either side: an operator does, or another application.
fn claimless(pair: &Pair<'_>) -> bool {
    [pair.old, pair.new].into_iter().flatten().all(|volume| volume.claim.is_none())
}

/// Pairs objects of both sides: by name, then by what `same` says, then one that is left with one
/// that is left.
pub(super) fn matched<'v>(
    old: &'v [Value],
    new: &'v [Value],
    same: impl Fn(&Value, &Value) -> bool,
) -> Vec<(Option<&'v Value>, Option<&'v Value>)> {
    let mut rest: Vec<&Value> = new.iter().collect();
    let mut alone: Vec<&Value> = Vec::new();
    let mut pairs = Vec::new();
    for old in old {
        match rest.iter().position(|new| name(new) == name(old)) {
            Some(at) => pairs.push((Some(old), Some(rest.remove(at)))),
            None => alone.push(old),
        }
    }
    alone.retain(|old| match rest.iter().position(|new| same(old, new)) {
        Some(at) => {
            pairs.push((Some(*old), Some(rest.remove(at))));
            false
        }
        None => true,
    });
    if let ([old], [new]) = (alone.as_slice(), rest.as_slice()) {
        pairs.push((Some(*old), Some(*new)));
        return pairs;
    }
    pairs.extend(alone.into_iter().map(|old| (Some(old), None)));
    pairs.extend(rest.into_iter().map(|new| (None, Some(new))));
    pairs
}

/// The name of an object.
pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name").unwrap_or("?")
}

/// Words where something writes or reads.
pub(super) fn shown(store: Option<&Store>) -> String {
    store.map_or_else(|| "a peer".into(), ToString::to_string)
}

fn lost(source: &Value, store: Option<&Store>, pair: &Pair<'_>) -> Change {
    let namespace = pair.key.namespace.as_deref();
    let same_name = |key: &Key, other: &Value| {
        key.namespace.as_deref() == namespace && name(other) == name(source)
    };
    let message = match pair.elsewhere(same_name) {
        Some(other) => Sentence::new(
            "the ReplicationSource {} backs up {} in its place",
            &[name(source), &other.to_string()],
        ),
        None => Sentence::new(
            "the ReplicationSource {} leaves the output and is pruned",
            &[name(source)],
        ),
    };
    let message = message.and(
        ": nothing of it is backed up to {} any more; the backups made so far stay there",
        &[&shown(store)],
    );
    if pair.new.is_some_and(|volume| !volume.sources.is_empty()) {
        return Change::new(Consequence::OneBackupLost, message);
    }
    let change = Change::new(Consequence::BackupLost, message);
    let ours = text(source, "/metadata/labels/app.kubernetes.io~1managed-by")
        .is_some_and(|by| by == labels::MANAGED_BY_US);
    let reason = pair.new.and_then(|volume| volume.reasons.first());
    match reason.and_then(|reason| reason.help.as_deref()) {
        _ if pair.new.is_some_and(|volume| volume.is_audit) => change.fix(Sentence::plain(
            "take mode audit back: in it nothing is written, and what was written is pruned",
        )),
        _ if is_left_behind(pair) => change.fix(Sentence::plain(
            "keep the manifest that makes it for as long as its data is wanted",
        )),
        _ if is_exempt(pair) => {
            change.fix(Sentence::plain("nothing, if the reason of the exemption holds"))
        }
        Some(help) if ours => change.fix(Sentence::plain(help)),
        _ if ours => change
            .fix(Sentence::plain("let plumber render the application, or write the pair by hand")),
        _ if pair.new.is_none_or(|volume| volume.claim.is_none()) => {
            change.fix(Sentence::plain("put the ReplicationSource back"))
        }
        _ => change.fix(Sentence::new(
            "put the ReplicationSource back, or label the PVC with {} and {}",
            &[&fuse(labels::ENABLED), &fuse(labels::MANAGE_VOLSYNC)],
        )),
    }
}

/// Whether the volume is exempt in HEAD.
pub(super) fn is_exempt(pair: &Pair<'_>) -> bool {
    pair.new.and_then(|volume| volume.verdict) == Some(Verdict::SkippedExempt)
}

/// A label that is on.
pub(super) fn fuse(label: &str) -> String {
    format!("{label}: \"true\"")
}

fn added(source: &Value, store: Option<&Store>) -> Change {
    let message = Sentence::new(
        "the ReplicationSource {} is new: it backs up to {} ",
        &[name(source), &shown(store)],
    )
    .then(when(source))
    .and(", the first time as soon as it is applied", &[]);
    Change::new(Consequence::BackupAdded, message)
}

/// Words when a source or a destination runs.
pub(super) fn when(object: &Value) -> Sentence {
    match (text(object, "/spec/trigger/manual"), text(object, "/spec/trigger/schedule")) {
        (Some(token), _) => Sentence::new("once for the trigger {}", &[token]),
        (None, Some(cron)) => Sentence::new("at {}", &[cron]),
        (None, None) => Sentence::plain("without end, for want of a trigger"),
    }
}

/// The trigger of a source or a destination in a word.
pub(super) fn cadence(object: &Value) -> String {
    match (text(object, "/spec/trigger/manual"), text(object, "/spec/trigger/schedule")) {
        (Some(token), _) => format!("manual: {token}"),
        (None, Some(cron)) => cron.to_owned(),
        (None, None) => "no trigger".into(),
    }
}

fn source(
    old: &Value,
    new: &Value,
    old_store: Option<Store>,
    new_store: Option<Store>,
    pair: &Pair<'_>,
    changes: &mut Vec<Change>,
) {
    if name(old) != name(new) {
        let message = Sentence::new(
            "the ReplicationSource {} is pruned and {} takes its place: a backup is made at once",
            &[name(old), name(new)],
        );
        changes.push(Change::new(Consequence::SourceRenamed, message));
    }
    if old_store != new_store && pair.moved_from.is_none() {
        let message = Sentence::new(
            "the ReplicationSource {} writes to another place; the backups made so far stay where \
             they are and are not found from the new one, and until its first backup has ended a \
             restore from there finds nothing",
            &[name(new)],
        );
        let change = Change::new(Consequence::HistoryLost, message)
            .values(Some(shown(old_store.as_ref())), Some(shown(new_store.as_ref())));
        let beside = old_store.zip(new_store).is_some_and(|(old, new)| old.is_beside(&new));
        changes.push(match identity_annotation(old, pair).filter(|_| beside) {
            Some(annotation) => change.fix(Sentence::new(
                "to keep the history, annotate the PVC with {}",
                &[&annotation],
            )),
            None => change,
        });
    }
    trigger(old, new, changes);
    let mut rest = mover_differences(old, new);
    retention(new, &mut rest, changes);
    fields::classes("ReplicationSource", name(new), &mut rest, changes);
    let paused = |object: &Value| object.pointer("/spec/paused") == Some(&Value::Bool(true));
    if !paused(old) && paused(new) {
        rest.retain(|difference| difference.field != "paused");
        let mut message =
            Sentence::new("the ReplicationSource {} is paused: no backup is made", &[name(new)]);
        if identity::mover(new).is_some_and(|(mover, _)| mover == "kopia") {
            message = message.and(", and VolSync reports success all the same", &[]);
        }
        changes.push(Change::new(Consequence::BackupsStop, message));
    }
    fields::settings("ReplicationSource", name(new), &rest, changes);
    fields::sync_annotations("ReplicationSource", old, new, changes);
}

/// The annotation that keeps the identity of a source of ours that kopia keeps.
fn identity_annotation(old: &Value, pair: &Pair<'_>) -> Option<String> {
    let username = text(old, "/spec/kopia/username")?;
    let hostname = text(old, "/spec/kopia/hostname")?;
    let claim = pair.new?.claim.as_ref()?;
    let labelled = text(&claim.value, "/metadata/labels/pvc-plumber.io~1enabled").is_some();
    labelled.then(|| format!("{}: \"{hostname}/{username}\"", labels::BACKUP_IDENTITY))
}

fn trigger(old: &Value, new: &Value, changes: &mut Vec<Change>) {
    let [before, after] = [old, new].map(|object| object.pointer("/spec/trigger"));
    if before == after {
        return;
    }
    let scheduled = |object: &Value| {
        text(object, "/spec/trigger/schedule").is_some()
            && text(object, "/spec/trigger/manual").is_none()
    };
    let (consequence, message) = match (scheduled(old), scheduled(new)) {
        (true, false) if text(new, "/spec/trigger/manual").is_some() => {
            (Consequence::BackupsStop, "the ReplicationSource {} runs on demand alone")
        }
        (_, false) if text(new, "/spec/trigger/manual").is_none() => (
            Consequence::TriggerLost,
            "the ReplicationSource {} has no trigger: VolSync starts a backup as soon as one has \
             ended",
        ),
        (false, false) => (
            Consequence::ScheduleChanged,
            "the ReplicationSource {} has a new manual trigger: a backup runs once",
        ),
        _ => (Consequence::ScheduleChanged, "the ReplicationSource {} runs at other times"),
    };
    let change = Change::new(consequence, Sentence::new(message, &[name(new)]));
    changes.push(change.values(Some(cadence(old)), Some(cadence(new))));
}

/// The differences of two specs, the mover's fields by their own names, without what other
/// consequences tell: trigger, identity, the volume.
pub(super) fn mover_differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    let movers = [old, new].map(identity::mover);
    let names = movers.map(|mover| mover.map(|(name, _)| name));
    let spec = |object: &Value| {
        let mut spec = object.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
        for key in ["trigger", "sourcePVC"].into_iter().chain(names.into_iter().flatten()) {
            spec.remove(key);
        }
        Value::Object(spec)
    };
    found.extend(differences("", Some(&spec(new)), Some(&spec(old))));
    let settings = movers.map(|mover| mover.map(|(_, settings)| settings));
    if let [Some(old), Some(new)] = settings {
        found.extend(differences("", Some(new), Some(old)));
    }
    for difference in &mut found {
        difference.field = difference.field.trim_start_matches('.').to_owned();
    }
    found.retain(|difference| {
        let key = difference.field.split('.').next().unwrap_or_default();
        !identity::KEYS.contains(&key)
    });
    found
}

fn retention(new: &Value, rest: &mut Vec<Difference>, changes: &mut Vec<Change>) {
    let is_retain = |d: &Difference| d.field == "retain" || d.field.starts_with("retain.");
    let found: Vec<Difference> = rest.iter().filter(|d| is_retain(d)).cloned().collect();
    if found.is_empty() {
        return;
    }
    rest.retain(|difference| !is_retain(difference));
    let mover = identity::mover(new).map(|(name, _)| name);
    let kept = identity::mover(new).and_then(|(_, settings)| settings.get("retain"));
    let count = |value: Option<&Value>| match value {
        Some(Value::Number(number)) => number.as_i64().unwrap_or_default(),
        Some(Value::String(text)) => text.parse().unwrap_or_default(),
        _ => 0,
    };
    // `desired` is the old value, see `mover_differences`.
    let shrinks = found.iter().any(|d| count(d.observed.as_ref()) < count(d.desired.as_ref()));
    let message = match (kept, mover) {
        (None, Some("restic")) => {
            "the ReplicationSource {} states no retention: only the newest backup is kept"
        }
        (None, _) => {
            "the ReplicationSource {} states no retention: the repository's own policy decides"
        }
        (Some(_), _) if shrinks => {
            "the ReplicationSource {} keeps fewer backups: older ones are deleted after the next"
        }
        (Some(_), _) => "the ReplicationSource {} keeps other backups",
    };
    let change = Change::new(Consequence::RetentionChanged, Sentence::new(message, &[name(new)]));
    let list = |value: fn(&Difference) -> Option<&Value>| {
        let field = |d: &'_ Difference| d.field.strip_prefix("retain.").map(str::to_owned);
        let names: Vec<String> =
            found.iter().map(|d| field(d).unwrap_or_else(|| d.field.clone())).collect();
        listed(names.iter().map(String::as_str).zip(found.iter().map(value)))
    };
    let (old, new) = (list(|d| d.desired.as_ref()), list(|d| d.observed.as_ref()));
    changes.push(change.values(Some(old), Some(new)));
}

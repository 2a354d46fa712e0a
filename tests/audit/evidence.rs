//! What was not seen never makes a report greener: for every case, and for clusters with several
//! things wrong at once, each piece of evidence is taken away in turn.

use crate::support::{Case, Outcomes, Seen, cases, named};
use plumber::audit::{Kind, Outcome};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Namespace and name.
type Volume = (String, String);

/// Fails if a volume of which data would not come back, or old data, now looks better.
fn assert_no_greener(before: &Outcomes, after: &Outcomes, what: &str) {
    for (key, was) in before {
        let Some(is) = after.get(key) else { continue };
        for (was, is) in was.iter().zip(is) {
            let comes_back = |outcome: &Outcome| *outcome <= Outcome::Stale;
            let greener = comes_back(is) && (!comes_back(was) || is < was);
            assert!(!greener, "{what}: {}/{} was {was:?} and is {is:?}", key.0, key.1);
        }
    }
}

/// Names every field below a value, as JSON pointers.
fn fields(value: &Value, path: &str, found: &mut Vec<String>) {
    let mut push = |key: &str, value: &Value| {
        let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(path.clone());
        fields(value, &path, found);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| push(key, value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| push(&at.to_string(), value));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn remove(object: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match object.pointer_mut(parent).unwrap() {
        Value::Object(map) => drop(map.shift_remove(key)),
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Takes away each piece of evidence in turn: each object, each field of its status, each kind.
fn each_removed(seen: &Seen, with: &mut dyn FnMut(&str, Option<Volume>, &Seen)) {
    for (at, object) in seen.objects.iter().enumerate() {
        let kind = object["kind"].as_str().unwrap_or_default();
        let name = format!("{kind} {}", object["metadata"]["name"]);
        // That one fails can be told only while it is there; a cluster may do without.
        if kind != Kind::ExternalSecret.id() {
            let mut less = seen.clone();
            let removed = less.objects.remove(at);
            // That two share an identity can be told only while the source of the other is there.
            let only = (kind == Kind::ReplicationSource.id()).then(|| {
                let text = |pointer| removed.pointer(pointer).and_then(Value::as_str);
                let of = |pointer| text(pointer).unwrap_or_default().to_owned();
                (of("/metadata/namespace"), of("/spec/sourcePVC"))
            });
            with(&name, only, &less);
        }
        let mut pointers = Vec::new();
        fields(&json!({"status": object["status"]}), "", &mut pointers);
        for pointer in pointers.iter().filter(|pointer| object.pointer(pointer).is_some()) {
            let mut less = seen.clone();
            remove(&mut less.objects[at], pointer);
            with(&format!("{name} {pointer}"), None, &less);
        }
    }
    for kind in seen.kinds.iter().filter(|kind| !kind.is_optional()) {
        let mut less = seen.clone();
        less.kinds.retain(|other| other != kind);
        less.objects.retain(|object| object["kind"] != kind.id());
        with(kind.id(), None, &less);
    }
}

fn assert_monotone(case: &Case, seen: &Seen) -> usize {
    let before = case.outcomes(seen);
    let mut count = 0;
    each_removed(seen, &mut |what, only, less| {
        count += 1;
        let mut after = case.outcomes(less);
        after.retain(|key, _| only.as_ref().is_none_or(|only| key == only));
        assert_no_greener(&before, &after, &format!("{} without {what}", case.name));
    });
    count
}

#[test]
fn nothing_unseen_is_green() {
    let count: usize = cases().iter().map(|case| assert_monotone(case, &case.seen)).sum();
    assert!(count > 1000, "only {count} pieces of evidence");
}

/// One thing that is wrong: the kind of the object, where in it, and what stands there.
pub(crate) type Wrong = (&'static str, &'static str, fn() -> Value);

pub(crate) const WRONG: &[Wrong] = &[
    ("ReplicationSource", "/status/lastSyncTime", || json!("2026-10-20T02:18:30Z")),
    ("ReplicationSource", "/status/lastSyncTime", || json!("2026-11-02T09:18:30Z")),
    ("ReplicationSource", "/status/lastSyncTime", || json!("2026-11-02T03:10:00Z")),
    ("ReplicationSource", "/status/lastSyncTime", || Value::Null),
    ("ReplicationSource", "/status/lastSyncStartTime", || json!("2026-10-20T02:18:30Z")),
    ("ReplicationSource", "/status/nextSyncTime", || json!("2026-10-20T02:18:30Z")),
    ("ReplicationSource", "/status/latestMoverStatus/result", || json!("Failed")),
    ("ReplicationSource", "/status/latestMoverStatus/logs", || json!("Directory is empty")),
    ("ReplicationSource", "/status/latestMoverStatus/logs", || json!("nothing to say")),
    ("ReplicationSource", "/status/latestMoverStatus/logs", || json!("connection refused")),
    ("ReplicationSource", "/status/latestMoverStatus/logs", || {
        json!("open x: permission denied\nOPERATION_RESULT: SUCCESS")
    }),
    ("ReplicationSource", "/status/conditions/0/reason", || json!("Error")),
    ("ReplicationSource", "/spec/paused", || json!(true)),
    ("ReplicationSource", "/spec/trigger/manual", || json!("drill")),
    ("ReplicationSource", "/spec/sourcePVC", || json!("other")),
    ("ReplicationSource", "/spec/kopia/username", || json!("other")),
    ("ReplicationDestination", "/status/lastSyncTime", || json!("2026-10-20T02:18:30Z")),
    ("ReplicationDestination", "/status/lastSyncTime", || json!("2026-11-02T09:18:30Z")),
    ("ReplicationDestination", "/status/latestImage/kind", || json!("PersistentVolumeClaim")),
    ("ReplicationDestination", "/status/latestImage", || Value::Null),
    ("ReplicationDestination", "/status/latestMoverStatus/result", || json!("Failed")),
    ("ReplicationDestination", "/status/latestMoverStatus/logs", || {
        json!("No eligible snapshots found")
    }),
    ("ReplicationDestination", "/status/latestMoverStatus/logs", || {
        json!("chown x: operation not permitted\nSnapshot restore completed")
    }),
    ("ReplicationDestination", "/status/conditions/0/reason", || json!("Error")),
    ("ReplicationDestination", "/status/kopia", || json!({"snapshotsFound": 0})),
    ("ReplicationDestination", "/spec/kopia/capacity", || json!("5Gi")),
    ("VolumeSnapshot", "/status/readyToUse", || json!(false)),
    ("VolumeSnapshot", "/metadata/name", || json!("another")),
    ("PersistentVolumeClaim", "/spec/dataSourceRef", || Value::Null),
    ("PersistentVolumeClaim", "/metadata/annotations", || Value::Null),
    ("StorageClass", "/provisioner", || json!("another.driver")),
    ("StorageClass", "/metadata/name", || json!("another")),
    ("VolumeSnapshotClass", "/metadata/name", || json!("another")),
    ("Application", "/status/operationState/phase", || json!("Failed")),
    ("Application", "/status/sync/status", || json!("Unknown")),
    ("ExternalSecret", "/status/conditions/0/status", || json!("False")),
    ("ExternalSecret", "/metadata/generation", || json!(9)),
];

pub(crate) fn spoil(seen: &mut Seen, (kind, pointer, value): Wrong) {
    for object in seen.objects.iter_mut().filter(|object| object["kind"] == kind) {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        if let Some(Value::Object(map)) = object.pointer_mut(parent) {
            map.insert(key.to_owned(), value());
        }
        // VolSync says both that it runs, and since when.
        if let ("lastSyncStartTime", Some(reason)) =
            (key, object.pointer_mut("/status/conditions/0/reason"))
        {
            *reason = "SyncInProgress".into();
        }
        // The fork counts snapshots only where the restore failed.
        if let ("kopia", Some(mover)) = (key, object.pointer_mut("/status/latestMoverStatus")) {
            *mover = json!({"result": "Failed", "logs": "no snapshots for this identity"});
        }
    }
}

static WELL: LazyLock<Vec<Case>> = LazyLock::new(|| {
    ["kept-by-argo-cd", "restored-once-after-a-backup", "refreshed-by-a-schedule", "kopia-by-hand"]
        .map(named)
        .into()
});

#[test]
fn one_thing_wrong_is_enough() {
    let case = named("kept-by-argo-cd");
    let well = case.outcomes(&case.seen);
    assert!(well.values().flatten().all(|outcome| *outcome == Outcome::Restore), "{well:?}");
    for wrong in WRONG {
        let mut seen = case.seen.clone();
        spoil(&mut seen, *wrong);
        let spoilt = case.outcomes(&seen);
        // The reference is immutable; the annotation beside it shows that Git applies it.
        if matches!(wrong.1, "/spec/dataSourceRef" | "/metadata/annotations") {
            assert_eq!(well, spoilt, "{} {}", wrong.0, wrong.1);
            continue;
        }
        let all = spoilt.values().flatten().all(|outcome| *outcome == Outcome::Restore);
        assert!(!all, "{} {} = {} is still green", wrong.0, wrong.1, wrong.2());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 50, ..ProptestConfig::default() })]

    #[test]
    fn nothing_unseen_is_green_where_several_things_are_wrong(
        case in any::<prop::sample::Index>(),
        wrong in prop::collection::vec(prop::sample::select(WRONG), 1..4),
    ) {
        let case = case.get(&WELL);
        let mut seen = case.seen.clone();
        for wrong in wrong {
            spoil(&mut seen, wrong);
        }
        assert_monotone(case, &seen);
    }
}

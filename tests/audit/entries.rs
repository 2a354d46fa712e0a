//! What is kept of each volume: nothing is lost by packing it, and what is beside it says the same.

use crate::incremental::kept;
use crate::support::{NOW, cases, named};
use jiff::{SignedDuration, Timestamp};
use plumber::audit::document::{Entry, Happened, Later, Moment, Rated};
use plumber::audit::{Engine, Packer};
use serde_json::json;
use std::collections::BTreeMap;

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn entries() -> impl Iterator<Item = Entry> {
    cases().into_iter().flat_map(|case| case.told(&case.seen).volumes().collect::<Vec<_>>())
}

fn text(entry: &Entry) -> String {
    serde_json::to_string(entry).unwrap()
}

#[test]
fn an_entry_is_read_back_as_it_was_packed() {
    let packer = Packer::default();
    for mut entry in entries() {
        for one in &mut entry.evidence {
            one.value =
                json!({"age_seconds": 1, "z": [0.1, 1e300, null, "\"age_seconds\":9"], "a": {}});
        }
        let rated = Rated::new(&entry, &packer);
        assert_eq!(rated.json().to_string(), text(&entry));
        assert_eq!(text(&rated.entry()), text(&entry));
    }
}

/// Manifests may be 200 levels deep.
#[test]
fn depth_is_read_back() {
    let mut entry = entries().find(|entry| !entry.evidence.is_empty()).unwrap();
    let deep = (0..200).fold(json!("x"), |inner, _| json!({ "a": [inner] }));
    entry.evidence[0].value = deep;
    assert_eq!(text(&Rated::new(&entry, &Packer::default()).entry()), text(&entry));
}

#[test]
fn ages_are_those_of_the_moment_of_reading() {
    let packer = Packer::default();
    let mut without_a_backup = 0;
    for mut entry in entries() {
        // Whatever others write, only ages grow.
        entry.notes.push("\"age_seconds\":1,\"stale\":false".to_owned());
        entry.intent.path = Some("\\\"age_seconds\":2".to_owned());
        let rated = Rated::new(&entry, &packer);
        without_a_backup += usize::from(entry.backup.age_seconds.is_none());
        for (seconds, is_stale) in [(0, false), (10, false), (16 * 60, true)] {
            let mut expected = entry.clone();
            expected.age_seconds += seconds;
            expected.backup.age_seconds = expected.backup.age_seconds.map(|age| age + seconds);
            expected.stale |= is_stale;
            let later = Later::new(now(), now() + SignedDuration::from_secs(seconds));
            let mut written = b"[".to_vec();
            rated.write(later, &mut written);
            assert_eq!(String::from_utf8(written).unwrap(), format!("[{}", text(&expected)));
        }
    }
    assert!(without_a_backup > 0);
}

#[test]
fn counts_are_those_of_the_entries() {
    for case in cases() {
        let document = case.told(&case.seen);
        let count = |word: &dyn Fn(&Entry) -> Option<&'static str>| {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for word in document.volumes().filter_map(|entry| word(&entry)) {
                *counts.entry(word).or_default() += 1;
            }
            counts
        };
        let some = |counts: &BTreeMap<&'static str, usize>| -> BTreeMap<&str, usize> {
            counts.iter().filter(|(_, n)| **n > 0).map(|(word, n)| (*word, *n)).collect()
        };
        let (summary, readiness) = (&document.summary, &document.readiness);
        assert_eq!(summary.total_pvcs, document.entries.len());
        assert_eq!(some(&summary.by_action), count(&|e| Some(e.action)));
        assert_eq!(some(&summary.by_label_source), count(&|e| Some(e.label_source)));
        assert_eq!(
            some(&summary.by_owner_classification),
            count(&|e| Some(e.owner_classification))
        );
        let stale = document.volumes().filter(|entry| entry.stale).count();
        assert_eq!(summary.entries_stale, stale);
        let oldest = document.volumes().map(|entry| entry.evaluated_at).min();
        assert_eq!(summary.oldest_evaluated_at, oldest);
        assert_eq!(readiness.by_verdict, count(&|e| Some(e.restore_readiness.verdict)));
        let protected = |outcome: fn(&Entry) -> &'static str| {
            count(&|entry| entry.intent.protected.then(|| outcome(entry)))
        };
        let [rebuild, recreate] = [
            protected(|entry| entry.restore_readiness.rebuild),
            protected(|entry| entry.restore_readiness.pvc_recreate),
        ];
        assert_eq!(some(&readiness.by_outcome.rebuild), rebuild);
        assert_eq!(some(&readiness.by_outcome.pvc_recreate), recreate);
        let restored = rebuild.get("restore").copied().unwrap_or_default();
        assert_eq!(readiness.would_restore.rebuild, restored);
        let not = &readiness.not_protected;
        let beside = not.exempt + not.native + not.not_wanted + not.undecided + not.not_in_git;
        assert_eq!(readiness.protected + beside, document.entries.len());
    }
}

#[test]
fn a_volume_is_found_by_its_name() {
    let case = named("several-volumes");
    let document = case.told(&case.seen);
    for rated in &document.entries {
        assert_eq!(document.find(rated.namespace(), rated.pvc()).unwrap().name(), rated.name());
    }
    assert!(document.find("media", "nobody").is_none());
    assert!(document.find("", "").is_none());
}

#[test]
fn what_happened_is_kept_with_the_volume() {
    let case = named("image-older-than-the-last-backup");
    let mut engine = Engine::new(case.config.clone(), now());
    engine.intend(case.intent.clone(), case.config.clone());
    for kind in &case.seen.kinds {
        let of = case.seen.objects.iter().filter(|object| object["kind"] == kind.id());
        engine.reset(*kind, of.map(|object| kept(object).1).collect());
    }
    let at = |minutes| now() + SignedDuration::from_mins(minutes);
    engine.evaluate(now(), now(), |_, _, _| {});
    let of = |engine: &Engine| engine.entries()[0].past.to_vec();
    let first = of(&engine);
    let verdict = engine.entries()[0].verdict;
    assert_eq!(first.last(), Some(&Moment { at: now(), what: Happened::Verdict(verdict) }));
    assert!(first.iter().any(|moment| moment.what == Happened::BackedUp));
    assert!(first.iter().any(|moment| moment.what == Happened::ImageMade));

    let source = case.seen.objects.iter().find(|object| object["kind"] == "ReplicationSource");
    let mut source = source.unwrap().clone();
    for minutes in 1..60 {
        source["metadata"]["resourceVersion"] = json!(format!("{}", 1_000_000 + minutes));
        source["status"]["lastSyncTime"] = json!(at(minutes).to_string());
        let (kind, (key, object)) = kept(&source);
        engine.apply(kind, key, object);
        engine.evaluate(at(minutes), at(minutes), |_, _, _| {});
        let moments = of(&engine);
        assert!(moments.contains(&Moment { at: at(minutes), what: Happened::BackedUp }));
        assert_eq!(moments.len(), 32.min(first.len() + usize::try_from(minutes).unwrap()));
    }
    source["metadata"]["resourceVersion"] = json!("2000000");
    source["status"]["latestMoverStatus"] = json!({"result": "Failed", "logs": "no"});
    let (kind, (key, object)) = kept(&source);
    engine.apply(kind, key, object);
    engine.evaluate(at(60), at(60), |_, _, _| {});
    assert!(of(&engine).contains(&Moment { at: at(60), what: Happened::BackupFailed }));
}

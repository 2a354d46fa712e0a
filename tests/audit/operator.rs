//! What the pvc-plumber operator says of every case, by its own rules: whether labels and pair
//! fit, which is not whether the volume would come back.

use crate::support::{Seen, cases, named};
use serde_json::Value;

#[test]
fn the_operators_words_follow_its_own_rules() {
    let mut lines = Vec::new();
    for case in cases() {
        let document: Value = serde_json::from_str(&case.document(&case.seen)).unwrap();
        let total: u64 = document["summary"]["by_action"]
            .as_object()
            .unwrap()
            .values()
            .filter_map(Value::as_u64)
            .sum();
        assert_eq!(Some(total), document["summary"]["total_pvcs"].as_u64());
        for entry in document["entries"].as_array().unwrap() {
            let text = |key: &str| entry[key].as_str().unwrap().to_owned();
            lines.push(format!(
                "{}: {} {} {} {} {}",
                case.name,
                text("pvc"),
                text("tier"),
                text("label_source"),
                text("owner_classification"),
                text("action")
            ));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// Sets a field of every object of a kind, or takes it away.
fn set(seen: &mut Seen, kind: &str, pointer: &str, value: Option<&str>) {
    for object in seen.objects.iter_mut().filter(|object| object["kind"] == kind) {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let map = object.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        let key = key.replace("~1", "/");
        match value {
            Some(value) => drop(map.insert(key, value.into())),
            None => drop(map.shift_remove(&key)),
        }
    }
}

#[test]
fn each_of_the_operators_decisions() {
    const RS: &str = "ReplicationSource";
    const RD: &str = "ReplicationDestination";
    const PVC: &str = "PersistentVolumeClaim";
    const OWNER: &str = "/metadata/labels/app.kubernetes.io~1managed-by";
    const TIER: &str = "/metadata/labels/pvc-plumber.io~1tier";
    const MANAGE: &str = "/metadata/labels/pvc-plumber.io~1manage-volsync";
    const ENABLED: &str = "/metadata/labels/pvc-plumber.io~1enabled";
    const GATE: &str = "/metadata/labels/pvc-plumber.io~1managed-namespace";
    const REPOSITORY: &str = "/spec/kopia/repository";
    let case = named("restored-by-a-token");
    let told = |change: &dyn Fn(&mut Seen)| {
        let mut seen = case.seen.clone();
        change(&mut seen);
        let document: Value = serde_json::from_str(&case.document(&seen)).unwrap();
        let entry = &document["entries"][0];
        ["label_source", "owner_classification", "action"]
            .map(|key| entry[key].as_str().unwrap())
            .join(" ")
    };
    let owned_by = |seen: &mut Seen, owner: &str| {
        set(seen, RS, OWNER, Some(owner));
        set(seen, RD, OWNER, Some(owner));
    };
    let none = |seen: &mut Seen| {
        seen.objects.retain(|object| object["kind"] != RS && object["kind"] != RD);
    };
    let lines = [
        ("ours", told(&|_| {})),
        ("ours, differs", told(&|seen| set(seen, RS, REPOSITORY, Some("other")))),
        ("ours, half", told(&|seen| seen.objects.retain(|object| object["kind"] != RD))),
        ("ours, disabled", told(&|seen| set(seen, PVC, TIER, Some("disabled")))),
        ("argocd's", told(&|seen| owned_by(seen, "argocd"))),
        (
            "argocd's, differs",
            told(&|seen| {
                owned_by(seen, "argocd");
                set(seen, RS, REPOSITORY, Some("other"));
            }),
        ),
        ("somebody's", told(&|seen| owned_by(seen, "helm"))),
        (
            "somebody's, differs",
            told(&|seen| {
                owned_by(seen, "helm");
                set(seen, RS, REPOSITORY, Some("other"));
            }),
        ),
        ("no pair", told(&none)),
        (
            "no pair, one label",
            told(&|seen| {
                none(seen);
                set(seen, PVC, MANAGE, None);
            }),
        ),
        ("first label missing", told(&|seen| set(seen, PVC, ENABLED, None))),
        ("gate closed", told(&|seen| set(seen, "Namespace", GATE, None))),
        ("tier misspelt", told(&|seen| set(seen, PVC, TIER, Some("dayly")))),
        (
            "legacy label too",
            told(&|seen| set(seen, PVC, "/metadata/labels/backup", Some("daily"))),
        ),
    ];
    let lines: Vec<String> = lines.iter().map(|(what, told)| format!("{what}: {told}")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

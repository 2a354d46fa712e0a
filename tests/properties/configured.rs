//! The promises under generated configurations: names by templates, targets, movers, Secrets.

use super::oracle;
use super::render::{DEFAULT_NAMESPACE, Rendered, cases, config_of, render_with};
use super::streams::{Inputs, raw_inputs};
use plumber::edit::Change;
use plumber::plan::Verdict;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::Value;
use std::collections::BTreeMap;

const MANAGED_BY: &str = "/metadata/labels/app.kubernetes.io~1managed-by";

const EXTERNAL_SECRET: &str = "repositorySecret: {apiVersion: external-secrets.io/v1, \
    kind: ExternalSecret, metadata: {name: '{app}-x'}, spec: {dataFrom: [{extract: {key: '{app}'}}]}}";
const SECRET: &str = "repositorySecret: {apiVersion: v1, kind: Secret, metadata: {name: '{namespace}'}, \
    stringData: {KOPIA_REPOSITORY: 's3://{{ bucket }}/{namespace}'}}";

/// Settings of which any may stand in a block.
const SETTINGS: &[&str] = &[
    "names: {source: '{app}', destination: '{app}-dst'}",
    "names: {source: '{pvc}-backup'}",
    "identity: inherit",
    "identity: {username: '{app}', hostname: '{cluster}'}",
    "backupOnly: true",
    "restoreTrigger: 'restore-{cluster}'",
    "tier: weekly",
    "retain: {daily: 3}",
    "source: {accessModes: '{accessModes}', cacheCapacity: 1Gi}",
    "destination: {cleanupCachePVC: true, sourceIdentity: {sourceName: '{pvc}'}}",
    "omit: [storageClassName, destination.capacity, retain]",
    "labels: {'example.com/app': '{app}'}",
    "unchecked: {destination: {sourcePathOverride: /data}}",
    EXTERNAL_SECRET,
    SECRET,
];

/// One line for each key, so that none stands twice.
fn block() -> impl Strategy<Value = String> {
    let mover = select(&["", "mover: restic", "mover: kopia"][..]);
    let repository = select(&["", "repository: '{pvc}-r'", "repository: '{app}-r'"][..]);
    (mover, repository, subsequence(SETTINGS, 0..5)).prop_map(|(mover, repository, settings)| {
        let mut keys: Vec<&str> = Vec::new();
        let mut lines = Vec::new();
        for line in [mover, repository].into_iter().chain(settings).filter(|l| !l.is_empty()) {
            let key = line.split(':').next().unwrap();
            if !keys.contains(&key) {
                keys.push(key);
                lines.push(format!("    {line}\n"));
            }
        }
        lines.concat()
    })
}

/// A `plumber.yaml`.
fn configuration() -> impl Strategy<Value = String> {
    let app = select(&["'{pvc}'", "'{namespace}'", "web"][..]);
    let targets = select(&[0, 0, 1, 2][..]);
    (app, targets, block(), block(), block(), any::<bool>()).prop_map(
        |(app, targets, defaults, near, far, rule)| {
            let mut text =
                format!("cluster: home\napp: {app}\ndefaults:\n    parallelism: 3\n{defaults}");
            for (name, block) in ["near", "far"].iter().zip([near, far]).take(targets) {
                if !text.contains("targets:\n") {
                    text.push_str("targets:\n");
                }
                text.push_str(&format!("  {name}:\n    cacheCapacity: 1Gi\n{block}"));
            }
            if rule {
                text.push_str("volumes: [{names: ['*'], enabled: true}]\n");
            }
            text
        },
    )
}

/// An object's kind, namespace and name.
type Id = (String, String, String);

fn counted(text: &str) -> BTreeMap<Id, usize> {
    let mut count = BTreeMap::new();
    for found in oracle::documents(text).into_iter().flatten().flat_map(|v| oracle::objects(&v)) {
        if found.kind.ends_with("Secret") || found.group == "volsync.backube" {
            let namespace = found.namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.into());
            *count.entry((found.kind, namespace, found.name)).or_default() += 1;
        }
    }
    count
}

/// No object stands twice that did not before, and no reference that was set dangles.
fn is_sound(rendered: &Rendered, inputs: &Inputs, output: &str) -> Result<(), TestCaseError> {
    let mut had: BTreeMap<Id, usize> = BTreeMap::new();
    for (id, count) in inputs.texts.iter().flat_map(|text| counted(text)) {
        *had.entry(id).or_default() += count;
    }
    let has = counted(output);
    for (id, count) in &has {
        prop_assert!(*count <= had.get(id).copied().unwrap_or_default().max(1), "{id:?}: {count}");
    }
    for volume in rendered.plan.volumes.iter().filter(|v| v.verdict == Verdict::Wired) {
        if let Some(name) = volume.reference.destination() {
            let namespace = volume.namespace.clone().unwrap();
            let id = ("ReplicationDestination".to_owned(), namespace, name.to_owned());
            prop_assert!(has.contains_key(&id), "{id:?} is not there");
        }
        for edit in &volume.edits {
            if let Change::Update { object, .. } = &edit.change {
                prop_assert_eq!(object.pointer(MANAGED_BY), Some(&Value::from("pvc-plumber")));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(200))]

    /// Whatever is configured: what is rendered is sound, and rendering it changes nothing.
    #[test]
    fn any_configuration_keeps_the_promises(inputs in raw_inputs(), text in configuration()) {
        let Some(config) = config_of(&text) else { return Ok(()) };
        let rendered = render_with(&inputs, &config);
        if let Some(once) = &rendered.output {
            if oracle::documents(once).iter().all(Option::is_some) {
                is_sound(&rendered, &inputs, once)?;
            }
            let again = render_with(&Inputs { texts: vec![once.clone()] }, &config);
            prop_assert!(again.output.is_some(), "{:?}\n{once}", again.said);
            prop_assert_eq!(again.output.as_ref().unwrap(), once, "{}", text);
        }
    }
}

/// The generator is about configurations that hold: most of them must.
#[test]
fn most_configurations_are_valid() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let valid = (0..200)
        .filter(|_| config_of(&configuration().new_tree(&mut runner).unwrap().current()).is_some())
        .count();
    assert!(valid > 120, "{valid} of 200");
}

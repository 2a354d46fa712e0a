//! Round trip: volumes and a configuration are drawn and rendered; what comes out is taken for
//! hand-written, adopted, and rendered again. The objects are the same.

use plumber::adopt::{Minutes, adopt, extract};
use plumber::config::{Flags, Layer, Trust, parse_file, resolve};
use plumber::edit::{Addition, Change};
use plumber::manifest::{Framing, Limits, Source, emit, read};
use plumber::plan::plan;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// One volume as it is drawn.
#[derive(Debug, Clone)]
struct Drawn {
    name: String,
    namespace: &'static str,
    class: Option<&'static str>,
    size: &'static str,
    mode: &'static str,
    tier: Option<&'static str>,
    profile: Option<&'static str>,
    annotations: Vec<(&'static str, &'static str)>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let stem = select(vec!["plex", "sonarr", "home-assistant", "db", "paperless-ngx"]);
    let tail = select(vec!["", "-data", "-config", "-data-0"]);
    let knobs: Vec<(&str, &str)> = vec![
        ("cache-capacity", "10Gi"),
        ("uid", "82"),
        ("app", "other"),
        ("snapshot-class", "special"),
        ("retain", "daily=3"),
        ("set.source.cacheAccessModes", "[ReadWriteMany]"),
        ("set.destination.enableFileDeletion", "true"),
        ("omit", "cacheStorageClassName"),
        ("destination-name", "bound-long-ago"),
        ("restore-token", "restore-2"),
    ];
    (
        (stem, tail, 0..3_u8),
        select(vec!["media", "home"]),
        select(vec![None, Some("ceph-block"), Some("nfs-csi")]),
        select(vec!["1Gi", "5Gi", "20Gi"]),
        select(vec!["ReadWriteOnce", "ReadWriteMany"]),
        select(vec![None, None, Some("often"), Some("hourly")]),
        select(vec![None, None, Some("root"), Some("big")]),
        proptest::collection::vec(select(knobs), 0..2),
    )
        .prop_map(
            |((stem, tail, n), namespace, class, size, mode, tier, profile, annotations)| {
                let name =
                    format!("{stem}{}{tail}", if n == 0 { String::new() } else { n.to_string() });
                Drawn { name, namespace, class, size, mode, tier, profile, annotations }
            },
        )
}

/// The lines of a configuration, each there or not.
fn configuration() -> impl Strategy<Value = (String, bool)> {
    let maybe = |line: &'static str| select(vec!["", line]);
    let names = select(vec![
        "",
        "  names: {source: \"{app}\", destination: \"{app}-bootstrap\"}\n",
        "  names: {source: \"{pvc}-backup\", destination: \"{pvc}\"}\n",
    ]);
    let repository = select(vec![
        "  repository: \"{pvc}-volsync-secret\"\n",
        "  repository: \"volsync-{app}\"\n",
    ]);
    let mover = select(vec![
        "  compression: zstd\n",
        "  identity: inherit\n  sourceIdentity: {sourceName: \"{pvc}\"}\n",
        "  identity: {username: \"{pvc}-u\", hostname: \"{namespace}\"}\n  omit: [retain]\n",
        "  mover: restic\n  retain: {daily: 7, within: 3d}\n  unlock: \"1\"\n  pruneIntervalDays: 14\n",
    ]);
    let fields = vec![
        maybe("  volumeSnapshotClassName: snap\n"),
        maybe("  cacheCapacity: 2Gi\n"),
        maybe("  cacheStorageClassName: local\n"),
        maybe("  moverSecurityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000}\n"),
        maybe("  destination: {cleanupCachePVC: true, cleanupTempPVC: true}\n"),
        maybe("  source: {accessModes: [ReadOnlyMany]}\n"),
        maybe("  tier: often\n"),
        maybe("  copyMethod: Clone\n"),
    ];
    let classes = select(vec![
        "",
        "classes:\n  nfs-csi: {volumeSnapshotClassName: nfs-snap, source: {accessModes: [ReadWriteMany]}}\n",
    ]);
    let targets = select(vec![
        "",
        "",
        "targets:\n  near: {restore: true, repository: \"{pvc}-near\"}\n  far: {repository: \"{pvc}-far\", tier: hourly, retain: {daily: 30}}\n",
    ]);
    (names, repository, mover, fields, classes, targets).prop_map(
        |(names, repository, mover, fields, classes, targets)| {
            let fields = fields.concat();
            let text = format!(
                "apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\napp: \"{{pvc}}\"\n\
                 defaults:\n{names}{repository}{mover}{fields}{classes}{targets}\
                 profiles:\n  root: {{moverSecurityContext: {{runAsUser: 0, fsGroup: 0}}}}\n  \
                 big: {{cacheCapacity: \"{{capacity}}\"}}\n\
                 tiers:\n  often: {{schedule: \"7 */4 * * *\"}}\n"
            );
            (text, !targets.is_empty())
        },
    )
}

/// A volume's manifest, labelled or bare.
fn manifest(volume: &Drawn, labelled: bool) -> String {
    let mut out = format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: {}\n  namespace: {}\n",
        volume.name, volume.namespace
    );
    if labelled {
        out.push_str("  labels:\n    pvc-plumber.io/enabled: \"true\"\n");
        out.push_str("    pvc-plumber.io/manage-volsync: \"true\"\n");
        let words = [("tier", volume.tier), ("profile", volume.profile)];
        for (key, word) in words.into_iter().filter_map(|(key, word)| Some((key, word?))) {
            writeln!(out, "    pvc-plumber.io/{key}: {word}").unwrap();
        }
        if !volume.annotations.is_empty() {
            out.push_str("  annotations:\n");
        }
        for (key, value) in &volume.annotations {
            writeln!(out, "    pvc-plumber.io/{key}: {value:?}").unwrap();
        }
    }
    writeln!(out, "spec:\n  accessModes: [{}]", volume.mode).unwrap();
    writeln!(out, "  resources: {{requests: {{storage: {}}}}}", volume.size).unwrap();
    if let Some(class) = volume.class {
        writeln!(out, "  storageClassName: {class}").unwrap();
    }
    out
}

type Objects = BTreeMap<(String, String, String), Value>;

/// Renders documents; nothing where the configuration or a volume is refused.
fn render(text: &str, configuration: &str) -> Option<Objects> {
    let name: Arc<str> = "plumber.yaml".into();
    let tree = parse_file(&name, configuration).ok()?;
    let flags = Flags { managed_namespaces: vec!["*".into()], ..Flags::default() };
    let layer = Layer::file(&name, Trust::Trusted, tree);
    let config = resolve(&[layer], &flags).ok()?.config;
    let source = Source { name: "in".into(), text: text.to_owned(), framing: Framing::Stream };
    let mut reading = read(vec![source], Limits::default());
    let plan = plan(&mut reading, &config);
    if plan.fails() {
        return None;
    }
    let mut objects = Objects::new();
    for edit in plan.edits() {
        let Change::Add(additions) = &edit.change else { continue };
        for object in additions.iter().map(Addition::to_json) {
            let text =
                |pointer: &str| object.pointer(pointer).unwrap().as_str().unwrap().to_owned();
            let key = (text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
            objects.insert(key, object["spec"].clone());
        }
    }
    Some(objects)
}

/// As many as `PROPTEST_CASES` says; each is two renders and an inference.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(96)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]
    #[test]
    fn what_was_rendered_and_adopted_renders_the_same(
        volumes in proptest::collection::vec(drawn(), 1..9),
        (configuration, several) in configuration(),
        keep in any::<bool>(),
    ) {
        let mut volumes = volumes;
        let mut seen = std::collections::BTreeSet::new();
        volumes.retain(|volume| seen.insert((volume.name.clone(), volume.namespace)));
        for volume in &mut volumes {
            // A label would give every target one tier.
            if several {
                volume.tier = None;
            }
        }
        let labelled: Vec<String> = volumes.iter().map(|v| manifest(v, true)).collect();
        let Some(first) = render(&labelled.join("---\n"), &configuration) else {
            return Ok(());
        };
        // As somebody would have written it: the volumes bare, the objects without our labels.
        let mut text: Vec<String> = volumes.iter().map(|v| manifest(v, false)).collect();
        for ((kind, namespace, name), spec) in &first {
            let object = json!({
                "apiVersion": "volsync.backube/v1alpha1", "kind": kind,
                "metadata": {"name": name, "namespace": namespace}, "spec": spec,
            });
            text.push(emit(&object, 0, "\n"));
        }
        let source =
            Source { name: "in".into(), text: text.join("---\n"), framing: Framing::Stream };
        let reading = read(vec![source], Limits::default());
        let extract = extract(&reading.objects, &[], None);
        let minutes = if keep { Minutes::Kept } else { Minutes::Spread };
        let adoption = adopt(&reading.stream, extract, minutes).unwrap();
        prop_assert!(adoption.missed.is_empty(), "{configuration}\n{}\n{:#?}\n{}",
            labelled.join("---\n"), adoption.missed, adoption.configuration);
        let mut again = Vec::new();
        for one in &adoption.adopted {
            let mark = plumber::manifest::Mark {
                route: &one.volume.place.route,
                labels: &one.knobs.labels,
                annotations: &one.knobs.annotations,
            };
            let document = reading.stream.document(one.volume.place.document);
            again.push(plumber::manifest::mark(document, &[mark]).unwrap());
        }
        let again: Vec<&str> = again.iter().map(|text| text.trim_start_matches("---\n")).collect();
        let second = render(&again.join("---\n"), &adoption.configuration).unwrap();
        prop_assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
        for (key, spec) in &first {
            let mut now = second[key].clone();
            if !keep && let Some(trigger) = now.get_mut("trigger") {
                let minute = |trigger: &Value| {
                    trigger["schedule"].as_str().map(|cron| cron.split_once(' ').unwrap().1.to_owned())
                };
                prop_assert_eq!(minute(trigger), minute(&spec["trigger"]));
                *trigger = spec["trigger"].clone();
            }
            prop_assert_eq!(&now, spec, "{:?}", key);
        }
    }
}

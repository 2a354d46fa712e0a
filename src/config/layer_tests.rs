//! How layers come together, and how the result is shown.

use super::tests::{file, render, resolved};
use super::{Config, Flags, Layer, Tier, Trust, environment, parse_file, resolve, show};
use crate::api::mode::Mode;
use serde_json::json;

fn variables(given: &[(&str, &str)]) -> Layer {
    let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    environment(given).unwrap().unwrap()
}

#[test]
fn nothing_configured_is_the_built_in_default() {
    let nothing = resolved(&[]);
    assert_eq!(nothing.config, Config::default());
    assert_eq!(
        resolved(&[file("a", Trust::Untrusted, "tiers:\nmode: ~\n")]).config,
        nothing.config
    );
    assert_eq!(nothing.origin("mode"), "built-in default");
}

#[test]
fn the_first_layer_that_has_a_key_wins() {
    let layers = [
        Layer::flags([("mode", "audit", "--mode")]).unwrap().unwrap(),
        variables(&[("PLUMBER_MODE", "strict"), ("PLUMBER_DEFAULTS_PARALLELISM", "4")]),
        file("app.yaml", Trust::Untrusted, "mode: strict\ndefaults:\n  cacheCapacity: 2Gi\n"),
        file(
            "/etc/plumber.yaml",
            Trust::Trusted,
            "repository: r\ndefaults:\n  parallelism: 8\n  cacheCapacity: 8Gi\n  \
             moverSecurityContext:\n    runAsUser: 568\n",
        ),
    ];
    let resolved = resolved(&layers);
    let config = &resolved.config;
    assert_eq!(config.mode, Mode::Audit);
    assert_eq!(config.defaults.field("parallelism"), Some(&json!(4)));
    assert_eq!(config.defaults.field("cacheCapacity"), Some(&json!("2Gi")));
    assert_eq!(config.defaults.field("repository"), Some(&json!("r")));
    let user = config.defaults.entries.iter().find(|entry| entry.path.part.is_some()).unwrap();
    assert_eq!(
        (user.path.to_string(), &user.value),
        ("moverSecurityContext.runAsUser".into(), &json!(568))
    );
    assert_eq!(resolved.origin("mode"), "flag --mode");
    assert_eq!(resolved.origin("defaults.parallelism"), "environment PLUMBER_DEFAULTS_PARALLELISM");
    assert_eq!(resolved.origin("defaults.cacheCapacity"), "app.yaml:5");
    assert_eq!(resolved.origin("repository"), "/etc/plumber.yaml:3");
}

#[test]
fn a_file_may_come_from_an_editor_of_windows() {
    let text = "\u{feff}---\r\napiVersion: pvc-plumber.io/v1alpha1\r\nkind: PlumberConfig\r\n\
                mode: audit # while we try\r\n";
    let name = "plumber.yaml".into();
    let layer = Layer::file(&name, Trust::Untrusted, parse_file(&name, text).unwrap());
    assert_eq!(resolved(&[layer]).config.mode, Mode::Audit);
}

#[test]
fn retain_and_tiers_are_one_value_each() {
    let resolved = resolved(&[
        file(
            "high",
            Trust::Untrusted,
            "defaults: {retain: {daily: 3}}\ntiers: {daily: {schedule: 0 4 * * *}}\n",
        ),
        file(
            "low",
            Trust::Trusted,
            "defaults: {retain: {hourly: 5}}\ntiers:\n  daily:\n    schedule: 0 5 * * *\n    \
             retain: {daily: 9}\n  nightly: {schedule: 0 3 * * *}\n",
        ),
    ]);
    let config = &resolved.config;
    assert_eq!(config.defaults.field("retain"), Some(&json!({"daily": 3})));
    let Some(Tier::Scheduled { cron, retain }) = config.tiers.get("daily") else { panic!() };
    assert_eq!((cron.template(), retain), ("0 4 * * *", &None));
    assert_eq!(resolved.origin("tiers.nightly.schedule"), "low:8");
    let empty = file("a", Trust::Untrusted, "defaults: {retain: {}}\n");
    let empty = super::tests::resolved(&[empty]);
    assert_eq!(empty.config.defaults.field("retain"), Some(&json!({})));
    assert!(show(&empty).contains("  retain: {}  # a:3\n"), "{}", show(&empty));
}

#[test]
fn the_gate_opens_only_from_trusted_places() {
    let body = "namespaces:\n  managed: [media, apps-*]\n  excluded: [apps-test]\n";
    let trusted = file("/etc/plumber.yaml", Trust::Trusted, body);
    let flags = Flags {
        managed_namespaces: vec!["games".to_owned(), "argocd".to_owned()],
        ..Flags::default()
    };
    let own = file("app.yaml", Trust::Untrusted, "namespaces: {managed: [\"*\"], excluded: [x]}\n");
    let found = resolve(&[own, trusted], &flags).unwrap();
    let namespaces = &found.config.namespaces;
    let by = |ns: &str| namespaces.managed_by(ns);
    assert_eq!(by("apps-1").as_deref(), Some("namespaces.managed in /etc/plumber.yaml:4:20"));
    assert_eq!(by("games").as_deref(), Some("--managed-namespace"));
    assert_eq!(by("other"), None);
    let excluded = |namespace| namespaces.excluded_by(namespace).is_some();
    assert!(excluded("apps-test") && excluded("x"));
    assert!(excluded("argocd") && !excluded("media"));
    insta::assert_snapshot!(render(&found.diagnostics), @r#"
app.yaml:3:23: warning[untrusted-gate]: `namespaces.managed` is ignored here: an application's own file opens no namespace
  help: label the Namespace `pvc-plumber.io/managed-namespace: "true"`, or move the key to the file that `--config` or PLUMBER_CONFIG names, or to /etc/plumber/plumber.yaml
"#);
}

#[test]
fn variables_of_others_are_passed_over() {
    let others =
        ["HOME", "PLUMBER_CONFIG", "PLUMBER_NAMESPACE", "PLUMBER_PORT_80_TCP", "plumber_x"];
    let others = others.map(|name| (name.to_owned(), String::new()));
    assert!(environment(others.into_iter()).unwrap().is_none());
    assert!(Layer::flags([]).unwrap().is_none());
}

fn example() -> super::Resolved {
    let layers = [
        Layer::flags([("mode", "audit", "--mode")]).unwrap().unwrap(),
        variables(&[("PLUMBER_REPOSITORY", "true"), ("PLUMBER_RESTORE_INJECT", "false")]),
        file(
            "../plumber.yaml",
            Trust::Untrusted,
            "defaults:\n  copyMethod: Clone\n  retain:\n    daily: 3\ntiers:\n  \"0123\":\n    \
             schedule: \"{minute} {hour} * * 0\"\n    retain: {yearly: 1}\nrestore:\n  \
             refresh: \"@daily\"\nlimits: {streamSize: 1000}\n",
        ),
        file(
            "/etc/plumber/plumber.yaml",
            Trust::Trusted,
            "namespaces:\n  managed: [\"*\"]\n  excluded:\n  - \"off\"\n  - apps-{a,b}\n",
        ),
    ];
    let flags = Flags { managed_namespaces: vec!["media".to_owned()], ..Flags::default() };
    resolve(&layers, &flags).unwrap()
}

#[test]
fn each_value_is_shown_with_its_origin() {
    insta::assert_snapshot!(show(&example()), @r#"
# The effective configuration. Never written to, whatever is configured:
# argocd, cert-manager, external-secrets, flux-system, kube-node-lease, kube-public, kube-system, local-path-storage, longhorn-system, pvc-plumber-system, volsync-system
apiVersion: pvc-plumber.io/v1alpha1
kind: PlumberConfig
mode: audit  # flag --mode
repository: "true"  # environment PLUMBER_REPOSITORY
defaults:
  # storageClassName: (not set)
  # volumeSnapshotClassName: (not set)
  # cacheCapacity: (not set)
  copyMethod: Clone  # ../plumber.yaml:4
  compression: zstd-fastest  # built-in default
  parallelism: 2  # built-in default
  retain:
    daily: 3  # ../plumber.yaml:6
  # moverSecurityContext: (not set)
tiers:
  "0123":
    schedule: "{minute} {hour} * * 0"  # ../plumber.yaml:9
    retain:
      yearly: 1  # ../plumber.yaml:10
  daily:
    schedule: "{minute} 2 * * *"  # built-in default
  hourly:
    schedule: "{minute} * * * *"  # built-in default
  weekly:
    schedule: "{minute} 2 * * 0"  # built-in default
namespaces:
  managed:
  - "*"  # /etc/plumber/plumber.yaml:4
  - media  # flag --managed-namespace
  excluded:
  - "off"  # /etc/plumber/plumber.yaml:6
  - "apps-{a,b}"  # /etc/plumber/plumber.yaml:7
restore:
  inject: false  # environment PLUMBER_RESTORE_INJECT
  annotate: true  # built-in default
  refresh: "@daily"  # ../plumber.yaml:12
limits:
  streamSize: 1000  # ../plumber.yaml:13
  documentSize: 64Mi  # built-in default
check:
  allow: []  # built-in default
apps: []  # built-in default
"#);
    insta::assert_snapshot!(show(&resolved(&[])), @r#"
# The effective configuration. Never written to, whatever is configured:
# argocd, cert-manager, external-secrets, flux-system, kube-node-lease, kube-public, kube-system, local-path-storage, longhorn-system, pvc-plumber-system, volsync-system
apiVersion: pvc-plumber.io/v1alpha1
kind: PlumberConfig
mode: strict  # built-in default
repository: volsync-kopia-repository  # built-in default
defaults:
  # storageClassName: (not set)
  # volumeSnapshotClassName: (not set)
  # cacheCapacity: (not set)
  copyMethod: Snapshot  # built-in default
  compression: zstd-fastest  # built-in default
  parallelism: 2  # built-in default
  retain:
    hourly: 24  # built-in default
    daily: 7  # built-in default
    weekly: 4  # built-in default
    monthly: 2  # built-in default
  # moverSecurityContext: (not set)
tiers:
  daily:
    schedule: "{minute} 2 * * *"  # built-in default
  hourly:
    schedule: "{minute} * * * *"  # built-in default
  weekly:
    schedule: "{minute} 2 * * 0"  # built-in default
namespaces:
  managed: []  # built-in default
  excluded: []  # built-in default
restore:
  inject: true  # built-in default
  annotate: true  # built-in default
  # refresh: (not set)
limits:
  streamSize: 1Gi  # built-in default
  documentSize: 64Mi  # built-in default
check:
  allow: []  # built-in default
apps: []  # built-in default
"#);
}

#[test]
fn what_is_shown_resolves_to_the_same() {
    let full = "\
cluster: home
app: \"{namespace}\"
defaults:
  mover: restic
  retain: {daily: 7, last: \"3\"}
  names: {source: \"{app}\", destination: \"{app}-dst\"}
  identity: {username: \"{app}\", hostname: \"{cluster}\"}
  source: {accessModes: [ReadOnlyMany]}
  omit: [destination.capacity]
profiles:
  small: {cacheCapacity: 1Gi}
  big: {base: small, backupOnly: true}
classes: {ceph: {moverSecurityContext: {runAsUser: 1}}}
targets: {z: {repository: \"{app}-z\"}, a: {restore: true, mover: kopia, identity: inherit}}
volumes: [{namespaces: [media], names: [\"a-*\"], enabled: true, profile: big, tier: hourly}]
";
    let full = resolved(&[file("full", Trust::Trusted, full)]);
    for shown in [example(), resolved(&[]), full] {
        let name = "shown".into();
        let tree = parse_file(&name, &show(&shown)).unwrap();
        let again = resolved(&[Layer::file(&name, Trust::Trusted, tree)]);
        let bare = |resolved: &super::Resolved| -> Vec<String> {
            let text = show(resolved);
            text.lines().map(|line| line.split("  # ").next().unwrap().to_owned()).collect()
        };
        assert_eq!(bare(&again), bare(&shown));
    }
}

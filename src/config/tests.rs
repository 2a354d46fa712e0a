//! Wrong inputs, as their author sees them.

use super::{Flags, Layer, Resolved, Trust, parse_file, resolve};
use crate::diagnostic::Diagnostic;

/// The lines that every file starts with; what follows starts on line 3.
pub(super) const HEADER: &str = "apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\n";

pub(super) fn file(name: &str, trust: Trust, body: &str) -> Layer {
    let name = name.into();
    Layer::file(&name, trust, parse_file(&name, &format!("{HEADER}{body}")).unwrap())
}

pub(super) fn resolved(layers: &[Layer]) -> Resolved {
    resolve(layers, &Flags::default()).unwrap_or_else(|found| panic!("{}", render(&found)))
}

pub(super) fn render(diagnostics: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let place = d.location.as_ref().map(|l| format!("{l}: ")).unwrap_or_default();
        let (severity, id) = (d.severity().id(), d.code.id());
        let help = d.help.as_deref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
        format!("{place}{severity}[{id}]: {}{help}", d.message)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn wrong(body: &str) -> String {
    render(&resolve(&[file("plumber.yaml", Trust::Trusted, body)], &Flags::default()).unwrap_err())
}

fn unreadable(text: &str) -> String {
    render(&[parse_file(&"plumber.yaml".into(), text).unwrap_err()])
}

#[test]
fn unknown_keys_are_errors_at_every_level() {
    insta::assert_snapshot!(wrong("\
tierz: {}
mover: kopia
cacheCapacity: 2Gi
defaults:
  storageclass: longhorn
  retain: {dayly: 7}
  moverSecurityContext: {uid: 568}
tiers:
  nightly: {schedule: 0 3 * * *, keep: 3}
namespaces: {manage: []}
restore: {enabled: true}
limits: {stream: 1Gi}
"), @r#"
plumber.yaml:3:1: error[invalid-config]: unknown key `tierz`
  help: did you mean `tiers`?
plumber.yaml:4:1: error[invalid-config]: unknown key `mover`
  help: did you mean `defaults.mover`?
plumber.yaml:5:1: error[invalid-config]: unknown key `cacheCapacity`
  help: did you mean `defaults.cacheCapacity`?
plumber.yaml:7:3: error[invalid-config]: unknown key `storageclass` in `defaults`
  help: did you mean `storageClassName`?
plumber.yaml:8:12: error[invalid-config]: unknown key `dayly` in `defaults.retain`
  help: did you mean `daily`?
plumber.yaml:9:26: error[invalid-config]: unknown key `uid` in `defaults.moverSecurityContext`
  help: docs/configuration.md lists the keys
plumber.yaml:11:34: error[invalid-config]: unknown key `keep` in `tiers.nightly`
  help: the keys here are schedule, retain
plumber.yaml:12:14: error[invalid-config]: unknown key `manage` in `namespaces`
  help: did you mean `managed`?
plumber.yaml:13:11: error[invalid-config]: unknown key `enabled` in `restore`
  help: the keys here are inject, annotate, refresh
plumber.yaml:14:10: error[invalid-config]: unknown key `stream` in `limits`
  help: did you mean `streamSize`?
"#);
}

#[test]
fn wrong_types_say_what_was_seen_and_what_to_type() {
    insta::assert_snapshot!(wrong("\
mode: [strict]
repository: 5
defaults:
  storageClassName: on
  compression: {minute}
  parallelism: \"2\"
  retain: 7
  moverSecurityContext:
    runAsUser: me
    fsGroup: 2.5
tiers:
  nightly: 0 3 * * *
  weekly:
  fast: {schedule: 5}
namespaces:
  managed: apps-*
  excluded: [1, a]
restore:
  inject: yes please
limits:
  streamSize: true
"), @r#"
plumber.yaml:3:7: error[invalid-config]: `mode`: expected text, found a list
  help: write one value
plumber.yaml:4:13: error[invalid-config]: `repository`: expected text, found the number `5`
  help: put the value in quotes
plumber.yaml:6:21: error[invalid-config]: `defaults.storageClassName`: expected text, found the boolean `true`
  help: put the value in quotes
plumber.yaml:7:16: error[invalid-config]: `defaults.compression`: expected text, found a mapping
  help: write one value; a text that starts with `{` needs quotes
plumber.yaml:8:16: error[invalid-config]: `defaults.parallelism`: expected a whole number, found text `2`
  help: remove the quotes: `2`
plumber.yaml:9:11: error[invalid-config]: `defaults.retain`: expected a mapping, found the number `7`
  help: write its keys on the lines below, indented by two blanks
plumber.yaml:11:16: error[invalid-config]: `defaults.moverSecurityContext.runAsUser`: expected a whole number, found text `me`
  help: write digits alone, such as `2`
plumber.yaml:12:14: error[invalid-config]: `defaults.moverSecurityContext.fsGroup`: expected a whole number, found the number `2.5`
  help: write digits alone, such as `2`
plumber.yaml:14:12: error[invalid-config]: `tiers.nightly`: expected a mapping, found text `0 3 * * *`
  help: write `{schedule: "0 3 * * *"}`
plumber.yaml:15:9: error[invalid-config]: `tiers.weekly`: expected a mapping, found nothing
  help: write `{schedule: "{minute} 2 * * *"}`, or remove the tier
plumber.yaml:16:20: error[invalid-config]: `tiers.fast.schedule`: expected text, found the number `5`
  help: put the value in quotes
plumber.yaml:18:12: error[invalid-config]: `namespaces.managed`: expected a list, found text `apps-*`
  help: write it as a list: `["apps-*"]`
plumber.yaml:19:14: error[invalid-config]: `namespaces.excluded`: expected text, found the number `1`
  help: put the value in quotes
plumber.yaml:21:11: error[invalid-config]: `restore.inject`: expected true or false, found text `yes please`
  help: write `true` or `false`, without quotes
plumber.yaml:23:15: error[invalid-config]: `limits.streamSize`: expected a size, found the boolean `true`
  help: write a whole number of bytes, or a size such as `512Mi`
"#);
}

#[test]
fn wrong_values_say_what_was_seen_and_what_to_type() {
    insta::assert_snapshot!(wrong("\
mode: strct
repository: My_Repo
defaults:
  storageClassName: \"\"
  cacheCapacity: 2GB
  copyMethod: snapshot
  compression: zstd fastest
  parallelism: 0
  retain: {daily: -1}
  moverSecurityContext: {runAsUser: 2147483648, runAsGroup: -1}
restore:
  refresh: 99 2 * * *
limits:
  streamSize: 10Gi
  documentSize: \"1000\"
"), @r#"
plumber.yaml:3:7: error[invalid-config]: `mode`: unknown mode `strct`
  help: did you mean `strict`? there are `strict`, `permissive`, `audit`
plumber.yaml:4:13: error[invalid-config]: `repository`: `My_Repo` is no name that Kubernetes takes
  help: use lower-case letters, digits, `-` and `.`, with a letter or digit at both ends
plumber.yaml:6:21: error[invalid-config]: `defaults.storageClassName`: the name is empty
  help: write a name, or leave the key out
plumber.yaml:7:18: error[invalid-config]: `defaults.cacheCapacity`: `2GB` is no size
  help: write a quantity such as `2Gi`
plumber.yaml:8:15: error[invalid-config]: `defaults.copyMethod`: unknown copy method `snapshot`
  help: did you mean `Snapshot`? there are `Snapshot`, `Clone`, `Direct`
plumber.yaml:9:16: error[invalid-config]: `defaults.compression`: `zstd fastest` is no compression algorithm of kopia
  help: write a name such as `zstd-fastest`, or `none`
plumber.yaml:10:16: error[invalid-config]: `defaults.parallelism`: 0 uploads cannot run at once
  help: write a number from 1, such as `2`
plumber.yaml:11:19: error[invalid-config]: `defaults.retain.daily`: -1 is out of bounds
  help: write a number from 0 to 2147483647
plumber.yaml:12:37: error[invalid-config]: `defaults.moverSecurityContext.runAsUser`: 2147483648 is no user or group id
  help: write a number from 0 to 2147483647
plumber.yaml:12:61: error[invalid-config]: `defaults.moverSecurityContext.runAsGroup`: -1 is no user or group id
  help: write a number from 0 to 2147483647
plumber.yaml:14:12: error[invalid-config]: `restore.refresh`: the schedule `99 2 * * *` has minute `99`, outside 0 to 59
  help: write five fields such as `"{minute} 2 * * *"`, or `"@daily"`
plumber.yaml:16:15: error[invalid-config]: `limits.streamSize`: `10Gi` is outside 1 to 4294967295 bytes
  help: write a size such as `512Mi`
plumber.yaml:17:17: error[invalid-config]: `limits.documentSize`: `1000` is no size
  help: write a whole number of bytes without quotes, or a size such as `512Mi`
"#);
    insta::assert_snapshot!(wrong("\
mode: off
defaults:
  cacheCapacity: 0Gi
  copyMethod: None
  retain: {latest: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0}
limits: {streamSize: 0, documentSize: -5}
"), @r#"
plumber.yaml:3:7: error[invalid-config]: `mode`: expected text, found the boolean `false`
  help: put the value in quotes
plumber.yaml:5:18: error[invalid-config]: `defaults.cacheCapacity`: `0Gi` is no size
  help: write a quantity such as `2Gi`
plumber.yaml:6:15: error[invalid-config]: `defaults.copyMethod`: the copy method `None` is VolSync's older name for `Direct`
  help: write `Direct`; better `Snapshot`, which does not read a volume while it changes
plumber.yaml:7:11: error[invalid-config]: `defaults.retain`: it keeps no backup at all
  help: set at least one count above 0
plumber.yaml:8:22: error[invalid-config]: `limits.streamSize`: `0` is outside 1 to 4294967295 bytes
  help: write a size such as `512Mi`
plumber.yaml:8:39: error[invalid-config]: `limits.documentSize`: `-5` is no size
  help: write a whole number of bytes without quotes, or a size such as `512Mi`
"#);
}

#[test]
fn wrong_tiers_are_errors() {
    insta::assert_snapshot!(wrong("\
tiers:
  manual: {schedule: 0 3 * * *}
  unspecified: {schedule: 0 3 * * *}
  Nightly: {schedule: 0 3 * * *}
  every 3 hours: {schedule: 0 */3 * * *}
  bad-cron: {schedule: 0 3 * *}
  bad-hour: {schedule: \"0 {minute} * * *\"}
  none: {}
  kept: {schedule: 0 3 * * *, retain: {}}
"), @r#"
plumber.yaml:4:3: error[invalid-config]: `tiers.manual`: this word has a meaning of its own, which cannot be changed
  help: choose another word
plumber.yaml:5:3: error[invalid-config]: `tiers.unspecified`: this word has a meaning of its own, which cannot be changed
  help: choose another word
plumber.yaml:6:3: error[invalid-config]: `tiers.Nightly`: `Nightly` is no word for a tier
  help: write `nightly`; labels are read without regard to case
plumber.yaml:7:3: error[invalid-config]: `tiers.every 3 hours`: `every 3 hours` is no word for a tier
  help: use lower-case letters, digits and `-`, at most 63, as in a label
plumber.yaml:8:24: error[invalid-config]: `tiers.bad-cron.schedule`: the schedule `0 3 * *` has 4 fields; VolSync takes five: minute hour day month weekday
  help: write five fields such as `"{minute} 2 * * *"`, or `"@daily"`
plumber.yaml:9:24: error[invalid-config]: `tiers.bad-hour.schedule`: the schedule `0 {minute} * * *` becomes `0 59 * * *` for some volume, which has hour `59`, outside 0 to 23
  help: write five fields such as `"{minute} 2 * * *"`, or `"@daily"`
plumber.yaml:10:9: error[invalid-config]: `tiers.none`: it has no schedule
  help: write `schedule: "{minute} 2 * * *"`
plumber.yaml:11:39: error[invalid-config]: `tiers.kept.retain`: it names no count
  help: write a count such as `daily: 7`, or leave `retain` out for `defaults.retain`
"#);
}

#[test]
fn wrong_globs_are_errors() {
    insta::assert_snapshot!(wrong("\
namespaces:
  managed: [Media, \"!prod-*\", \"apps-[\", \"\", a/b]
  excluded:
  - \"{a,b\"
"), @r#"
plumber.yaml:4:13: error[invalid-config]: `namespaces.managed`: `Media` matches no namespace, because of `M`
  help: namespaces have lower-case letters, digits and `-`; write one, or a glob such as `apps-*`
plumber.yaml:4:20: error[invalid-config]: `namespaces.managed`: `!prod-*` matches no namespace, because of `!`
  help: list what is left out under `namespaces.excluded`
plumber.yaml:4:31: error[invalid-config]: `namespaces.managed`: `apps-[` is no glob: unclosed character class; missing ']'
  help: write a namespace, or a glob such as `apps-*`
plumber.yaml:4:41: error[invalid-config]: `namespaces.managed`: an empty text matches no namespace
  help: write `*` for all of them
plumber.yaml:4:45: error[invalid-config]: `namespaces.managed`: `a/b` matches no namespace, because of `/`
  help: namespaces have lower-case letters, digits and `-`; write one, or a glob such as `apps-*`
plumber.yaml:6:5: error[invalid-config]: `namespaces.excluded`: `{a,b` is no glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
  help: write a namespace, or a glob such as `apps-*`
"#);
}

#[test]
fn every_error_of_every_layer_is_reported() {
    let set = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let variables = [("PLUMBER_MODE", "fast"), ("PLUMBER_RESTORE_INJECT", "maybe")].map(set);
    let layers = [
        Layer::flags([("limits.streamSize", "x", "--stream-size")]).unwrap().unwrap(),
        super::environment(variables.into_iter()).unwrap().unwrap(),
        file("plumber.yaml", Trust::Untrusted, "namespaces: {managed: [\"*\"]}\nmodes: a\n"),
        file("/etc/plumber/plumber.yaml", Trust::Trusted, "mode: audits\n"),
    ];
    let flags = Flags {
        app: None,
        namespace: Some("My Apps".to_owned()),
        managed_namespaces: vec!["apps-*".to_owned(), "Apps".to_owned()],
    };
    insta::assert_snapshot!(render(&resolve(&layers, &flags).unwrap_err()), @r#"
error[invalid-config]: --namespace or PLUMBER_NAMESPACE: `My Apps` is no namespace
  help: use lower-case letters, digits and `-`, with a letter or digit at both ends
error[invalid-config]: --managed-namespace: `Apps` matches no namespace, because of `A`
  help: namespaces have lower-case letters, digits and `-`; write one, or a glob such as `apps-*`
error[invalid-config]: --stream-size: `x` is no size
  help: write a whole number of bytes without quotes, or a size such as `512Mi`
error[invalid-config]: PLUMBER_RESTORE_INJECT: expected true or false, found text `maybe`
  help: write `true` or `false`, without quotes
error[invalid-config]: PLUMBER_MODE: unknown mode `fast`
  help: write one of `strict`, `permissive`, `audit`
plumber.yaml:3:23: warning[untrusted-gate]: `namespaces.managed` is ignored here: an application's own file opens no namespace
  help: label the Namespace `pvc-plumber.io/managed-namespace: "true"`, or move the key to the file that `--config` or PLUMBER_CONFIG names, or to /etc/plumber/plumber.yaml
plumber.yaml:4:1: error[invalid-config]: unknown key `modes`
  help: did you mean `mode`?
/etc/plumber/plumber.yaml:3:7: error[invalid-config]: `mode`: unknown mode `audits`
  help: did you mean `audit`? there are `strict`, `permissive`, `audit`
"#);
}

#[test]
fn what_is_no_configuration_is_refused() {
    let rest = |body: &str| format!("{HEADER}{body}");
    let refusals = [
        String::new(),
        "# nothing\n---\n".to_owned(),
        "mode: strict\n".to_owned(),
        "- mode\n".to_owned(),
        "apiVersion: v1\nkind: ConfigMap\n".to_owned(),
        "apiVersion: pvc-plumber.io/v1alpha1\nkind: Plumber\n".to_owned(),
        rest("defaults:\n\tparallelism: 2\n"),
        rest("restore:\n  refresh: {minute} 2 * * *\n"),
        rest("restore:\n  refresh: * 2 * * *\n"),
        rest("restore:\n  refresh: @daily\n"),
        rest("mode: strict\nmode: audit\n"),
        rest("---\nmode: strict\n"),
        rest("  mode: strict\n"),
        format!("%YAML 1.2\n---\n{HEADER}"),
    ]
    .map(|text| unreadable(&text));
    insta::assert_snapshot!(refusals.join("\n"), @r#"
plumber.yaml:1:1: error[invalid-config]: the configuration is empty
  help: start it with `apiVersion: pvc-plumber.io/v1alpha1` and `kind: PlumberConfig`
plumber.yaml:1:1: error[invalid-config]: the configuration is empty
  help: start it with `apiVersion: pvc-plumber.io/v1alpha1` and `kind: PlumberConfig`
plumber.yaml:1:1: error[invalid-config]: `apiVersion` is missing, so this may be something else
  help: write `apiVersion: pvc-plumber.io/v1alpha1`
plumber.yaml:1:1: error[invalid-config]: the configuration is a list, not a mapping of keys
  help: start it with `apiVersion: pvc-plumber.io/v1alpha1` and `kind: PlumberConfig`
plumber.yaml:1:13: error[invalid-config]: `apiVersion` is text `v1`, which is not read here
  help: write `apiVersion: pvc-plumber.io/v1alpha1`
plumber.yaml:2:7: error[invalid-config]: `kind` is text `Plumber`, which is not read here
  help: write `kind: PlumberConfig`
plumber.yaml:4:2: error[invalid-config]: not valid YAML: tabs disallowed within this context (block indentation)
  help: indent with blanks instead of tabs
plumber.yaml:4:21: error[invalid-config]: not valid YAML: while parsing a block mapping, did not find expected key
  help: put the value in quotes, such as `"{minute} 2 * * *"`
plumber.yaml:4:12: error[invalid-config]: not valid YAML: while scanning an anchor or alias, did not find expected alphabetic or numeric character
  help: put the value in quotes, such as `"{minute} 2 * * *"`
plumber.yaml:4:12: error[invalid-config]: not valid YAML: unexpected character: `@'
  help: put the value in quotes, such as `"{minute} 2 * * *"`
plumber.yaml:4:1: error[invalid-config]: the key `mode` stands twice in one mapping, first on line 3
  help: remove one of them
plumber.yaml:3:1: error[invalid-config]: a second document starts here
  help: keep one document: a configuration is not a stream
plumber.yaml:3:7: error[invalid-config]: not valid YAML: mapping values are not allowed in this context
  help: check the indentation and the quotes on this line and the one before
plumber.yaml:1:1: error[invalid-config]: not valid YAML: YAML directives are disallowed
  help: remove this line
"#);
}

#[test]
fn variables_without_a_meaning_are_errors() {
    let set = |name: &str| (name.to_owned(), "x".to_owned());
    let names = [
        "PLUMBER_MODES",
        "PLUMBER_COPY_METHOD",
        "PLUMBER_DEFAULTS_RETAIN_DAILY",
        "PLUMBER_TIERS",
        "PLUMBER_VERBOSE",
    ];
    let empty = ("PLUMBER_REPOSITORY".to_owned(), String::new());
    let variables = names.map(set).into_iter().chain([empty]);
    insta::assert_snapshot!(render(&super::environment(variables).unwrap_err()), @r#"
error[invalid-config]: PLUMBER_COPY_METHOD: no key has this variable
  help: did you mean `PLUMBER_DEFAULTS_COPY_METHOD`?
error[invalid-config]: PLUMBER_DEFAULTS_RETAIN_DAILY: `defaults.retain` cannot be set by a variable
  help: unset it, and write `defaults.retain` in a plumber.yaml
error[invalid-config]: PLUMBER_MODES: no key has this variable
  help: did you mean `PLUMBER_MODE`?
error[invalid-config]: PLUMBER_TIERS: `tiers` cannot be set by a variable
  help: unset it, and write `tiers` in a plumber.yaml
error[invalid-config]: PLUMBER_VERBOSE: no key has this variable
  help: unset it; docs/configuration.md lists the variables
error[invalid-config]: PLUMBER_REPOSITORY: it is empty
  help: give it a value, or leave it out
"#);
}

//! What Argo CD's variables and an application's parameters can do, and what they cannot.

use crate::repository::{APPLICATION, Repository};
use crate::tools::{Tool, present};
use insta::assert_snapshot;

/// Runs a situation with parameters, and returns the error.
#[track_caller]
fn refused(situation: &str, parameters: &str) -> String {
    Repository::of(situation).parameters(parameters).generate().error()
}

/// A map of one setting.
fn setting(key: &str, value: &str) -> String {
    format!(r#"[{{"name": "settings", "map": {{"{key}": "{value}"}}}}]"#)
}

#[test]
fn foreign_working_directory_fails() {
    let repository = Repository::of("root-configuration");
    let error = repository.generate_in(&repository.path("apps")).error();
    let error = error.replace(repository.path("").to_str().unwrap(), "/tmp/REPOSITORY/");
    assert_snapshot!(error, @"media: the working directory /tmp/REPOSITORY/apps does not end with ARGOCD_APP_SOURCE_PATH apps/media, so plumber.yaml of the repository cannot be found; start the command as Argo CD does");
}

#[test]
fn the_path_of_the_application_may_be_written_otherwise() {
    let expected = Repository::of("plain-folder").generate().manifests();
    for path in ["apps/media/", "./apps/media", "apps/./media"] {
        let repository = Repository::of("plain-folder").variable("ARGOCD_APP_SOURCE_PATH", path);
        assert_eq!(repository.generate().manifests(), expected, "{path}");
    }
    // Its folder is the whole repository.
    for path in [".", "", "./"] {
        let repository = Repository::of("plain-folder").variable("ARGOCD_APP_SOURCE_PATH", path);
        assert_eq!(repository.generate().manifests(), expected, "{path}");
    }
    for path in ["..", "../media", "/apps/media", "media/..", "apps/../apps/media"] {
        let repository = Repository::of("plain-folder").variable("ARGOCD_APP_SOURCE_PATH", path);
        repository.generate().error();
    }
}

#[test]
fn variables_without_a_meaning_fail() {
    let elsewhere = Repository::of("plain-folder").variable("ARGOCD_APP_NAMESPACE", "My Apps");
    assert_snapshot!(elsewhere.generate().error(), @"media: ARGOCD_APP_NAMESPACE is `My Apps`, which is no namespace: correct spec.destination.namespace of the application");
    let untrusted = Repository::of("plain-folder").variable("PLUMBER_CONFIG", "/nowhere.yaml");
    assert_snapshot!(untrusted.generate().error(), @"media: cannot read /nowhere.yaml: No such file or directory (os error 2) (correct PLUMBER_CONFIG, which names it, or unset it)");
    let unnamed = Repository::of("plain-folder").variable("ARGOCD_APP_NAME", "").generate().error();
    assert_snapshot!(unnamed, @"plumber: ARGOCD_APP_NAME is not set: Argo CD runs this command; elsewhere use plumber render");
}

#[test]
fn absent_parameters_are_alike() {
    let plain = || Repository::of("plain-folder");
    let expected = plain().without_parameters().generate().manifests();
    for json in ["", "null", "[]", r#"[{"name": "include", "string": ""}]"#] {
        assert_eq!(plain().parameters(json).generate().manifests(), expected, "{json}");
    }
}

#[test]
fn misspelt_parameter_fails() {
    let moed = r#"[{"name": "moed", "string": "audit"}]"#;
    assert_snapshot!(refused("plain-folder", moed), @"media: the plugin's parameters name `moed`, which there is not; did you mean `mode`?");
    let shape = r#"[{"name": "helm-values-files", "string": "values.yaml"}]"#;
    assert_snapshot!(refused("plain-folder", shape), @"media: the plugin's parameters give `helm-values-files` another shape: write it as `array`");
    assert_snapshot!(refused("plain-folder", &setting("defaults.cacheSize", "4Gi")), @"media: invalid-config: parameter settings.defaults.cacheSize: unknown key `cacheSize` in `defaults` (docs/configuration.md lists the keys)");
    let variable = Repository::of("plain-folder").variable("ARGOCD_ENV_PLUMBER_MOED", "audit");
    assert_snapshot!(variable.generate().error(), @"media: invalid-config: ARGOCD_ENV_PLUMBER_MOED: no key has this variable (did you mean `ARGOCD_ENV_PLUMBER_MODE`?)");
}

#[test]
fn parameters_come_before_variables_before_the_repository() {
    let capacity = |repository: Repository| {
        let manifests = repository.generate().manifests();
        let line = manifests.lines().find(|line| line.contains("cacheCapacity")).unwrap();
        line.trim().to_owned()
    };
    let root = || Repository::of("root-configuration");
    let variable = || {
        root()
            .variable("PLUMBER_DEFAULTS_CACHE_CAPACITY", "4Gi")
            .variable("ARGOCD_ENV_PLUMBER_DEFAULTS_CACHE_CAPACITY", "5Gi")
    };
    assert_eq!(capacity(root()), "cacheCapacity: 3Gi");
    assert_eq!(capacity(variable()), "cacheCapacity: 5Gi");
    let parameter = variable().parameters(&setting("defaults.cacheCapacity", "6Gi"));
    assert_eq!(capacity(parameter), "cacheCapacity: 6Gi");
}

#[test]
fn application_opens_no_gate() {
    let closed = || Repository::of("closed-namespace");
    let gate = setting("namespaces.managed", "media");
    assert_snapshot!(closed().parameters(&gate).generate().error(), @r#"media: invalid-config: parameter settings.namespaces.managed: no parameter opens a namespace for writing (leave it out, and label the Namespace `pvc-plumber.io/managed-namespace: "true"`, or move the key to the file that `--config` or PLUMBER_CONFIG names, or to /etc/plumber/plumber.yaml)"#);
    let variable = closed().variable("ARGOCD_ENV_PLUMBER_NAMESPACES_MANAGED", "media");
    assert_snapshot!(variable.generate().error(), @r#"media: invalid-config: ARGOCD_ENV_PLUMBER_NAMESPACES_MANAGED: no variable opens a namespace for writing (unset it, and label the Namespace `pvc-plumber.io/managed-namespace: "true"`, or move the key to the file that `--config` or PLUMBER_CONFIG names, or to /etc/plumber/plumber.yaml)"#);
    // Argo CD gives every parameter as a variable, too.
    let own = closed().variable("PARAM_SETTINGS_NAMESPACES_MANAGED", "media");
    assert!(own.generate().error().contains("namespace-not-managed"));
    for key in ["namespaces", "namespaces.managed.0", "managed-namespace", "config"] {
        let error = closed().parameters(&setting(key, "media")).generate().error();
        assert!(error.contains(&format!("parameter settings.{key}: ")), "{error}");
    }
    let found = "apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\n\
                 namespaces: {managed: [media]}\n";
    for place in ["plumber.yaml", "apps/plumber.yaml", "apps/media/plumber.yaml"] {
        let error = closed().file(place, found).generate().error();
        assert!(error.contains("namespace-not-managed"), "{error}");
    }
}

#[test]
fn settings_that_no_parameter_holds_are_refused() {
    let refused = |key: &str| refused("plain-folder", &setting(key, "7"));
    assert_snapshot!(refused("defaults.retain.daily"), @"media: invalid-config: parameter settings.defaults.retain.daily: `defaults.retain` cannot be set by a parameter (leave it out, and write `defaults.retain` in a plumber.yaml)");
    assert_snapshot!(refused("namespaces.excluded"), @"media: invalid-config: parameter settings.namespaces.excluded: `namespaces.excluded` cannot be set by a parameter (leave it out, and write `namespaces.excluded` in a plumber.yaml)");
    assert_snapshot!(refused("tiers.nightly"), @"media: invalid-config: parameter settings.tiers.nightly: `tiers` cannot be set by a parameter (leave it out, and write `tiers` in a plumber.yaml)");
    let tier = Repository::of("plain-folder");
    tier.parameters(&setting("tiers.nightly.schedule", "7 3 * * *")).generate().manifests();
}

#[test]
fn administrator_opens_the_gate() {
    let closed = Repository::of("closed-namespace").file(
        "trusted.yaml",
        "apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\n\
         namespaces: {managed: [media]}\n",
    );
    let trusted = closed.path("trusted.yaml");
    let manifests = closed.variable("PLUMBER_CONFIG", trusted).generate().manifests();
    assert!(manifests.contains("kind: ReplicationSource"), "{manifests}");
}

#[test]
fn application_names_no_file_or_program() {
    let values = |file: &str| format!(r#"[{{"name": "helm-values-files", "array": ["{file}"]}}]"#);
    let outside = tempfile::NamedTempFile::new().unwrap();
    let absolute = outside.path().to_str().unwrap();
    let error = refused("chart", &values(absolute)).replace(absolute, "/tmp/OUTSIDE");
    assert_snapshot!(error, @"media: the values file /tmp/OUTSIDE is outside the repository (name a file of the repository, relative to the chart)");
    assert_snapshot!(refused("chart", &values("../../../../../../etc/hostname")), @"media: the values file ../../../../../../etc/hostname is outside the repository (name a file of the repository, relative to the chart)");
    assert_snapshot!(refused("chart", &values("https://example.com/values.yaml")), @"media: `https://example.com/values.yaml` is no values file (name a file of the repository, relative to the chart)");
    assert_snapshot!(refused("chart", &values("--post-renderer=sh")), @"media: `--post-renderer=sh` is no values file (name a file of the repository, relative to the chart)");
    assert_snapshot!(refused("chart", &values("gone.yaml")), @"media: cannot read the values file gone.yaml: No such file or directory (os error 2) (name a file of the repository, relative to the chart)");
    let link = Repository::of("chart").link("linked.yaml", outside.path());
    let error = link.parameters(&values("linked.yaml")).generate().error();
    assert_snapshot!(error, @"media: the values file linked.yaml is outside the repository (name a file of the repository, relative to the chart)");
    let release = r#"[{"name": "helm-release-name", "string": "{{ env \"PATH\" }}"}]"#;
    assert_snapshot!(refused("chart", release), @r#"media: `{{ env "PATH" }}` is no Helm release name: use lower-case letters, digits, `-` and `.`, by the parameter helm-release-name"#);
    for option in ["--enable-exec", "--helm-command=sh", "--network", "-o=/tmp/x", "../base"] {
        let option = format!(r#"[{{"name": "kustomize-build-options", "array": ["{option}"]}}]"#);
        let error = refused("kustomization", &option);
        assert!(error.contains("is not allowed (use --enable-helm"), "{error}");
    }
    for (name, value) in [("CONFIG", "plumber.yaml"), ("NAMESPACE", "x"), ("BUILD_TIMEOUT", "1")] {
        let name = format!("ARGOCD_ENV_PLUMBER_{name}");
        let error = Repository::of("plain-folder").variable(&name, value).generate().error();
        assert!(error.contains(&format!("{name} is set by plugin.env")), "{error}");
    }
}

#[test]
fn links_stay_in_the_repository() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    let out = Repository::of("plain-folder").link("linked.yaml", outside.path());
    assert_snapshot!(out.generate().error(), @"media: apps/media/linked.yaml is a link out of the repository (copy the file into the repository)");
    let inside = Repository::of("plain-folder")
        .file("shared/settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\n")
        .link("linked.yaml", "../../shared/settings.yaml");
    assert!(inside.generate().manifests().contains("name: shared"));
    let circle = Repository::of("plain-folder").link("a.yaml", "b.yaml").link("b.yaml", "a.yaml");
    assert!(circle.generate().error().contains("cannot read the folder"));
}

#[test]
fn cluster_without_volsync_fails() {
    let without = |situation: &str| {
        Repository::of(situation).variable("KUBE_API_VERSIONS", "v1,apps/v1,apps/v1/Deployment")
    };
    assert_snapshot!(without("plain-folder").generate().error(), @"media: media/data: apps/media/volume.yml:1:1: the target cluster has no VolSync (KUBE_API_VERSIONS names nothing of volsync.backube); install it, or set the parameter mode to audit");
    let unknown = Repository::of("plain-folder").variable("KUBE_API_VERSIONS", "");
    unknown.generate().manifests();
    let audit = without("plain-folder").parameters(r#"[{"name": "mode", "string": "audit"}]"#);
    audit.generate().manifests();
    let unlabelled = without("no-manifests").file(
        &format!("{APPLICATION}/settings.yaml"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n",
    );
    unlabelled.generate().manifests();
}

#[test]
fn charts_are_told_of_cluster_and_application() {
    if !present("charts_are_told_of_cluster_and_application", &[Tool::Helm]) {
        return;
    }
    let parameters = r#"[
        {"name": "helm-release-name", "string": "films"},
        {"name": "helm-values-files", "array": ["values-large.yaml"]},
        {"name": "helm-values", "string": "tier: hourly\ncluster: false\n"},
        {"name": "helm-parameters", "map": {"cluster": "true", "hosts": "a,b=c"}},
        {"name": "helm-skip-crds", "string": "true"}
    ]"#;
    let chart = Repository::of("chart")
        .parameters(parameters)
        .variable(
            "KUBE_API_VERSIONS",
            "v1,monitoring.coreos.com/v1/ServiceMonitor,volsync.backube/v1alpha1",
        )
        .variable("KUBE_VERSION", "1.29.7")
        .variable("ARGOCD_APP_NAME", "argocd-apps_media")
        .generate()
        .manifests();
    for text in [
        "hosts: \"a,b=c\"",
        "version: \"v1.29.7\"",
        "monitoring: \"true\"",
        "storage: 100Gi",
        "tier: hourly",
    ] {
        assert!(chart.contains(text), "{text}: {chart}");
    }
    assert!(chart.contains("  name: films-cluster"), "{chart}");
    assert!(!chart.contains("CustomResourceDefinition"), "{chart}");
    let release = Repository::of("chart").variable("ARGOCD_APP_NAME", "argocd-apps_films");
    assert!(release.generate().manifests().contains("  name: films\n"));
}

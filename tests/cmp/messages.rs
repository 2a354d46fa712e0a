//! Errors are read in a box of Argo CD's page, by people who may see no Secret.

use crate::repository::{Repository, fixtures, needs};
use crate::tools::present;
use insta::assert_snapshot;

/// What every value in the fixtures that nobody may see starts with.
const SECRET: &str = "hunter2";

/// What fits the box without scrolling for ever.
const LONGEST: usize = 4000;

#[test]
fn errors_are_short_and_hold_no_secret() {
    for situation in ["secret-in-a-chart", "secret-in-a-kustomization", "secret-that-is-broken"] {
        let test = format!("errors_are_short_and_hold_no_secret, of {situation}");
        if present(&test, &needs(&fixtures().join(situation))) {
            let error = Repository::of(situation).generate().error();
            assert!(!error.contains(SECRET), "{error}");
            assert!(error.len() < LONGEST, "{error}");
        }
    }
    let volume = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data-NUMBER\n  \
                  labels:\n    pvc-plumber.io/enabled: \"true\"\n    \
                  pvc-plumber.io/manage-volsync: \"true\"\n    pvc-plumber.io/tier: dayly\n";
    let volumes: Vec<String> =
        (0..200).map(|number| volume.replace("NUMBER", &number.to_string())).collect();
    let volumes = volumes.join("---\n");
    let error = Repository::with("volumes.yaml", &volumes).generate().error();
    assert!(error.len() < LONGEST, "{error}");
    assert_snapshot!(error, @r#"
    media: media/data-0: apps/media/volumes.yaml:8:26: invalid-tier: there is no tier `dayly` (did you mean pvc-plumber.io/tier: daily?)
    media/data-0: apps/media/volumes.yaml:1:1: namespace-not-managed: the namespace media is not managed (label it among the manifests (pvc-plumber.io/managed-namespace: "true"), name it in namespaces.managed of the trusted plumber.yaml, or give --managed-namespace media)
    media/data-0: apps/media/volumes.yaml:1:1: capacity-missing: the volume requests no size, and its restore needs one (set spec.resources.requests.storage)
    media/data-1: apps/media/volumes.yaml:17:26: invalid-tier: there is no tier `dayly` (did you mean pvc-plumber.io/tier: daily?)
    media/data-1: apps/media/volumes.yaml:10:1: namespace-not-managed: the namespace media is not managed (label it among the manifests (pvc-plumber.io/managed-namespace: "true"), name it in namespaces.managed of the trusted plumber.yaml, or give --managed-namespace media)
    media/data-1: apps/media/volumes.yaml:10:1: capacity-missing: the volume requests no size, and its restore needs one (set spec.resources.requests.storage)
    media/data-2: apps/media/volumes.yaml:26:26: invalid-tier: there is no tier `dayly` (did you mean pvc-plumber.io/tier: daily?)
    media/data-2: apps/media/volumes.yaml:19:1: namespace-not-managed: the namespace media is not managed (label it among the manifests (pvc-plumber.io/managed-namespace: "true"), name it in namespaces.managed of the trusted plumber.yaml, or give --managed-namespace media)
    and 592 more errors
    "#);
}

#[test]
fn parameters_that_cannot_be_read_are_not_shown() {
    for json in [
        r#"[{"name": "helm-values", "array": "hunter2"}]"#,
        r#"[{"name": "helm-values", "map": ["hunter2"]}]"#,
        r#"{"hunter2": 1}"#,
        "hunter2",
    ] {
        let error = Repository::of("plain-folder").parameters(json).generate().error();
        assert!(!error.contains(SECRET), "{error}");
        assert!(error.contains("ARGOCD_APP_PARAMETERS"), "{error}");
    }
}

#[test]
fn values_that_helm_cannot_read_are_not_shown() {
    let chart = || Repository::of("chart");
    if !present("values_that_helm_cannot_read_are_not_shown", &needs(&fixtures().join("chart"))) {
        return;
    }
    for json in [
        r#"[{"name": "helm-parameters", "map": {"password[": "hunter2"}}]"#,
        r#"[{"name": "helm-values", "string": "hunter2"}]"#,
        r#"[{"name": "helm-values", "string": "password: [hunter2"}]"#,
        r#"[{"name": "helm-values", "string": "size: [\"hunter2\"]\ntier: *hunter2"}]"#,
    ] {
        let error = chart().parameters(json).generate().error();
        assert!(!error.contains(SECRET), "{json}: {error}");
    }
}

//! A plain folder is read by the rules of Argo CD's directory source.

use crate::repository::Repository;

/// What Argo CD does with a file.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Its manifests are taken.
    Taken,
    /// It is passed over, and the others are taken.
    PassedOver,
    /// The whole folder is refused.
    Refused,
}

use Verdict::{PassedOver, Refused, Taken};

/// A file's name, its content, and what becomes of it.
const FILES: &[(&str, &str, Verdict)] = &[
    ("good.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\n", Taken),
    ("good.yml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\n", Taken),
    (
        "good.json",
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd"}}"#,
        Taken,
    ),
    ("windows.yaml", "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata:\r\n  name: odd\r\n", Taken),
    ("empty-documents.yaml", "---\n# odd\n---\napiVersion: v1\nkind: ConfigMap\n---\n", Taken),
    ("null-list.yaml", "apiVersion: v1\nkind: ConfigMapList\nitems: # odd\n", Taken),
    ("empty-list.yaml", "apiVersion: v1\nkind: RoleList # odd\nitems: []\n", Taken),
    (
        "not-a-list.yaml",
        "apiVersion: v1\nkind: NotAList\nmetadata: {name: odd}\nitems: [{}]\n",
        Taken,
    ),
    ("values.yaml", "image: odd\n", PassedOver),
    ("list.yaml", "- odd\n", PassedOver),
    ("empty.yaml", "", PassedOver),
    ("comment.yaml", "# odd\n", PassedOver),
    ("template.yaml", "{{ if .Values.odd }}\nimage: x\n{{ end }}\n", PassedOver),
    ("marked.yaml", "# +argocd:skip-file-rendering\nkind: [odd\n", PassedOver),
    (
        "marked-manifest.yaml",
        "# +argocd:skip-file-rendering\napiVersion: v1\nkind: Odd\n",
        PassedOver,
    ),
    ("notes.txt", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\n", PassedOver),
    ("upper.YAML", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\n", PassedOver),
    (
        "plumber.yaml",
        "apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig # odd\n",
        PassedOver,
    ),
    ("broken-manifest.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [odd}\n", Refused),
    ("half.yaml", "apiVersion: v1\nkind: ConfigMap\n---\nkind: [odd\n", Refused),
    ("half-a-manifest.yaml", "apiVersion: v1\nkind: ConfigMap\n---\nimage: odd\n", Refused),
    ("broken.json", r#"{"apiVersion": "v1", "kind": "odd","#, Refused),
    (
        "concatenated.json",
        "{\"apiVersion\":\"v1\",\"kind\":\"A\"}\n{\"apiVersion\":\"v1\",\"kind\":\"B\"}",
        Refused,
    ),
];

#[test]
fn odd_files_are_treated_as_argo_cd_treats_them() {
    let mut wrong = Vec::new();
    for (name, content, expected) in FILES {
        let run =
            Repository::of("plain-folder").file(&format!("apps/media/{name}"), content).generate();
        let found = match run.code {
            0 if run.stdout.contains("odd") => Taken,
            0 => PassedOver,
            _ => Refused,
        };
        if found != *expected {
            wrong.push(format!("{name}: {found:?}, not {expected:?}: {}", run.stderr));
        }
        // Whatever a file is, the volume beside it is wired or nothing is written.
        assert_eq!(run.stdout.contains("kind: ReplicationSource"), found != Refused, "{name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

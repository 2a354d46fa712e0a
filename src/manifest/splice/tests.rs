//! Edits in place over the forms in which people write a PVC.

use super::super::{Framing, Limits, Source, read};
use super::splice;
use crate::edit::Change;

fn wire(text: &str) -> String {
    let source = Source { name: "in".into(), text: text.into(), framing: Framing::Stream };
    let (stream, found) = read::split_sources(vec![source], Limits::default());
    assert!(found.is_empty(), "{found:?}");
    let change = Change::Wire {
        route: Vec::new(),
        reference: Some("data-dst".into()),
        annotation: Some("data-dst".into()),
    };
    let spliced = splice(stream.document(stream.len() - 1), &[&change]).unwrap();
    let mark = if spliced.rewritten.is_some() { "REWRITTEN\n" } else { "" };
    format!("{mark}{}", spliced.text)
}

#[test]
fn block_style_gains_lines_and_loses_none() {
    insta::assert_snapshot!(wire(
        "kind: PVC\nmetadata:\n  name: data # the name\n  annotations:\n    # why\n    a: b\nspec: # what\n  # how\n\n  size: 1\n"
    ), @"
    kind: PVC
    metadata:
      name: data # the name
      annotations:
        pvc-plumber.io/restore-source: data-dst
        # why
        a: b
    spec: # what
      dataSourceRef:
        apiGroup: volsync.backube
        kind: ReplicationDestination
        name: data-dst
      # how

      size: 1
    ");
}

#[test]
fn missing_null_and_empty_annotations_are_filled() {
    let spec = "spec: {size: 1}\n";
    let annotations = |metadata: &str| {
        let text = wire(&format!("metadata:\n{metadata}{spec}"));
        text.split("spec:").next().unwrap().to_owned()
    };
    insta::assert_snapshot!(annotations("  name: d\n"), @"
    metadata:
      annotations:
        pvc-plumber.io/restore-source: data-dst
      name: d
    ");
    insta::assert_snapshot!(annotations("  annotations: # none\n  name: d\n"), @"
    metadata:
      annotations: # none
        pvc-plumber.io/restore-source: data-dst
      name: d
    ");
    insta::assert_snapshot!(annotations("  annotations: null # none\n  name: d\n"), @r#"
    metadata:
      annotations: {"pvc-plumber.io/restore-source": "data-dst"} # none
      name: d
    "#);
    insta::assert_snapshot!(annotations("    annotations: {}\n    name: d\n"), @r#"
    metadata:
        annotations: {"pvc-plumber.io/restore-source": "data-dst"}
        name: d
    "#);
    insta::assert_snapshot!(annotations("  annotations:\n    pvc-plumber.io/restore-source: old\n"), @"
    metadata:
      annotations:
        pvc-plumber.io/restore-source: data-dst
    ");
}

#[test]
fn flow_and_json_stay_flow_and_json() {
    insta::assert_snapshot!(wire("{kind: PVC, metadata: {name: d}, spec: {size: 1}}\n"), @r#"{kind: PVC, metadata: {"annotations": {"pvc-plumber.io/restore-source": "data-dst"}, name: d}, spec: {"dataSourceRef": {"apiGroup": "volsync.backube", "kind": "ReplicationDestination", "name": "data-dst"}, size: 1}}"#);
    let json = wire(
        "{\n  \"metadata\": {\n    \"name\": \"d\"\n  },\n  \"spec\": {\n    \"size\": 1\n  }\n}\n",
    );
    insta::assert_snapshot!(json, @r#"
    {
      "metadata": {
        "annotations": {"pvc-plumber.io/restore-source": "data-dst"},
        "name": "d"
      },
      "spec": {
        "dataSourceRef": {"apiGroup": "volsync.backube", "kind": "ReplicationDestination", "name": "data-dst"},
        "size": 1
      }
    }
    "#);
    serde_json::from_str::<serde_json::Value>(&json).unwrap();
}

#[test]
fn odd_forms_are_edited_in_place() {
    for text in [
        "---\r\nmetadata:\r\n  name: d\r\nspec:\r\n  size: 1\r\n",
        "? metadata\n: name: d\n? spec\n: size: 1\n  ? mode\n  : x\n",
        "metadata:\n  name: d\nspec:\n  ? size\n  : 1",
        "\u{feff}---\nmetadata: {name: d}\nspec:\n  a: |+\n    x\n\n",
        "metadata:\n    \"name\" : d\n\"spec\" : &s !!map\n    size: 1\n...\n",
        "spec:\n  size: 1\nmetadata:\n  name: d\nspec:\n  size: 2\n",
        "x: &x {b: 2}\nmetadata:\n  name: d\nspec:\n  <<: *x\n  size: 1\n",
    ] {
        let wired = wire(text);
        assert!(!wired.starts_with("REWRITTEN"), "{wired}");
        let mut bytes = wired.bytes();
        assert!(text.bytes().all(|b| bytes.any(|w| w == b)), "bytes are only added:\n{wired}");
    }
}

#[test]
fn shared_mappings_are_written_anew() {
    insta::assert_snapshot!(
        wire("---\nmetadata: {name: d}\nspec: &s\n  size: 1 # c\nother: *s\n"), @"
    REWRITTEN
    ---
    metadata:
      name: d
      annotations:
        pvc-plumber.io/restore-source: data-dst
    spec:
      size: 1
      dataSourceRef:
        apiGroup: volsync.backube
        kind: ReplicationDestination
        name: data-dst
    other:
      size: 1
    ");
}

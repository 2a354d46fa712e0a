//! What the properties found once, each shrunk to the smallest stream that shows it.

use super::oracle;
use super::render::{Rendered, render};
use super::streams::Inputs;
use plumber::diagnostic::Code;
use plumber::plan::Verdict;
use serde_json::{Value, json};

fn rendered(texts: &[&str]) -> Rendered {
    render(&Inputs { texts: texts.iter().map(|&text| text.to_owned()).collect() })
}

fn pvc(name: &str, metadata: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: {name}\n  labels: \
         {{pvc-plumber.io/enabled: \"true\", pvc-plumber.io/manage-volsync: \"true\"}}\n{metadata}\
         spec:\n{spec}  resources: {{requests: {{storage: 1Gi}}}}\n"
    )
}

fn values(texts: &[&str]) -> Vec<Value> {
    let output = rendered(texts).output.unwrap();
    oracle::documents(&output).into_iter().map(Option::unwrap).collect()
}

#[test]
fn annotations_that_are_no_mapping_are_reported() {
    for annotations in ["text", "[]", "5"] {
        let pvc = pvc("data", &format!("  annotations: {annotations}\n"), "");
        let rendered = rendered(&[&pvc]);
        assert_eq!(rendered.plan.volumes[0].verdict, Verdict::NeedsHumanReview);
        assert!(rendered.plan.volumes[0].has(Code::InvalidValue));
    }
}

#[test]
fn lists_are_taken_apart_whatever_they_say_of_themselves() {
    let item = pvc("data", "", "").replace('\n', "\n  ");
    for head in ["", "kind: List\n", "apiVersion: v1\n", "kind: 5\napiVersion: []\n"] {
        let text = format!("{head}items:\n- {item}");
        assert_eq!(rendered(&[&text]).plan.volumes.len(), 1, "{text}");
    }
    let text = "kind: PersistentVolumeClaimList\nitems:\n- metadata: {name: a}\n";
    assert!(rendered(&[text]).says(Code::InvalidDocument));
}

#[test]
fn merge_keys_with_a_tag_are_merge_keys() {
    let text = format!(
        "x: &x\n  {}!!merge <<: *x\n",
        pvc("data", "", "").replace('\n', "\n  ").trim_end_matches(' ')
    );
    assert_eq!(rendered(&[&text]).plan.volumes.len(), 1, "{text}");
}

#[test]
fn one_name_from_two_templates_is_reported() {
    let set = |set: &str, templates: &[&str]| {
        let templates: String = templates
            .iter()
            .map(|name| {
                let pvc = pvc(name, "", "").replace('\n', "\n    ");
                format!("  - {}\n", pvc.trim_end())
            })
            .collect();
        format!(
            "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {set}}}\nspec:\n  \
             volumeClaimTemplates:\n{templates}"
        )
    };
    for text in [
        set("web", &["data", "data"]),
        format!("{}{}", set("a-b", &["data"]), set("b", &["data-a"])),
    ] {
        let rendered = rendered(&[&text]);
        assert_eq!(rendered.plan.volumes.len(), 2, "{text}");
        assert!(rendered.plan.volumes.iter().all(|v| v.has(Code::DuplicateObject)), "{text}");
    }
}

#[test]
fn the_destination_of_another_volume_stays_its_own() {
    let reference = "  dataSourceRef: {apiGroup: volsync.backube, kind: ReplicationDestination, \
                     name: data-dst}\n";
    let text = format!("{}---\n{}", pvc("data", "", ""), pvc("copy", "", reference));
    let once = rendered(&[&text]).output.unwrap();
    assert_eq!(rendered(&[&once]).output.unwrap(), once);
}

#[test]
fn what_follows_a_block_scalar_does_not_lengthen_it() {
    let kept = "a: |+\n  x\n\n";
    for next in ["", "\n\n", "  # c\n---\n", "\n# c\n", "# c"] {
        let values = values(&[kept, next, "b: 1\n"]);
        assert_eq!(values, [json!({"a": "x\n\n"}), json!({"b": 1})], "{next:?}");
    }
    assert_eq!(rendered(&["# c\n", "# d\n---\nb: 1\n"]).output.unwrap(), "# c\n# d\n---\nb: 1\n");
}

#[test]
fn a_block_scalar_at_the_end_of_an_input_keeps_its_value() {
    let rendered_both = rendered(&["a: |\n  x # c", "b: 1\n"]);
    assert!(rendered_both.says(Code::DocumentRewritten));
    assert_eq!(values(&["a: |\n  x", "b: 1\n"]), [json!({"a": "x"}), json!({"b": 1})]);
    let wired = pvc("data", "", "  x: |+\n    y").replace("  resources", "\n  resources");
    let unreadable = "a: |\n  x\u{2028}y";
    assert!(rendered(&[unreadable, &wired]).output.is_none());
    assert!(rendered(&[&wired, unreadable]).output.is_some());
    assert!(rendered(&["{{ x }}: y", &wired]).output.is_some());
}

#[test]
fn a_bare_carriage_return_ends_a_comment() {
    let text = format!("# c\r{}", pvc("data", "", "").replace('\n', "\r"));
    let values = values(&["a: 1\n", &text]);
    assert_eq!(values[0], json!({"a": 1}));
    assert_eq!(values[1]["metadata"]["name"], "data");
    let marked = format!("--- {text}");
    assert!(rendered(&[&marked]).says(Code::ContentOnMarkerLine));
}

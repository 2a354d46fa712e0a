//! The promises about what leaves.

use super::oracle::{self, Found};
use super::render::{DEFAULT_NAMESPACE, Rendered, cases, render};
use super::streams::{Inputs, inputs, raw_inputs};
use plumber::diagnostic::Code;
use plumber::edit::{Change, Edit};
use plumber::manifest::{Document, decode};
use plumber::plan::Verdict;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Checked = Result<(), TestCaseError>;

proptest! {
    #![proptest_config(cases(500))]

    /// What nobody asked to change is not touched: not a comment, not a quote, not a line end.
    #[test]
    fn documents_without_an_edit_keep_their_bytes(inputs in raw_inputs()) {
        keeps_bytes(&render(&inputs), &inputs)?;
    }

    /// Rendering what was rendered changes nothing.
    #[test]
    fn rendering_twice_is_rendering_once(inputs in raw_inputs()) {
        if let Some(once) = render(&inputs).output {
            let again = render(&Inputs { texts: vec![once.clone()] });
            prop_assert!(again.output.is_some(), "{:?}\n{once}", again.said);
            prop_assert_eq!(again.output.unwrap(), once);
        }
    }

    /// The same input gives the same bytes, and the same words.
    #[test]
    fn the_same_input_gives_the_same_bytes(inputs in raw_inputs()) {
        let (one, two) = (render(&inputs), render(&inputs));
        prop_assert_eq!(one.output, two.output);
        prop_assert_eq!(one.said, two.said);
    }

    /// No volume that another YAML reader sees is missing from the plan.
    #[test]
    fn every_volume_is_planned_or_the_run_is_refused(inputs in inputs()) {
        loses_no_volume(&render(&inputs), &inputs)?;
    }

    /// Between what comes and what leaves lie only the edits that are allowed.
    #[test]
    fn only_allowed_edits_are_made(inputs in inputs()) {
        let rendered = render(&inputs);
        if let Some(output) = &rendered.output {
            let before: Option<Vec<Value>> =
                inputs.texts.iter().flat_map(|text| oracle::documents(text)).collect();
            let after: Option<Vec<Value>> = oracle::documents(output).into_iter().collect();
            if let Some(before) = before {
                prop_assert!(after.is_some(), "the output cannot be read:\n{output}");
                only_allowed(&rendered, &before, &after.unwrap_or_default())?;
            }
        }
    }

    /// The same, read as Argo CD reads: `yes` and `0755` mean what they meant.
    #[test]
    fn only_allowed_edits_are_made_in_argo_cds_eyes(inputs in raw_inputs()) {
        let rendered = render(&inputs);
        if let Some(output) = &rendered.output {
            let before: Option<Vec<Value>> =
                inputs.texts.iter().map(|text| argo_cd(text)).collect::<Option<Vec<_>>>()
                    .map(|values| values.concat());
            if let Some(before) = before {
                let after = argo_cd(output);
                prop_assert!(after.is_some(), "the output cannot be read:\n{output}");
                only_allowed(&rendered, &before, &after.unwrap_or_default())?;
            }
        }
    }
}

fn argo_cd(text: &str) -> Option<Vec<Value>> {
    let text = text.trim_start_matches('\u{feff}');
    let pieces = oracle::pieces(text);
    let values = pieces.into_iter().map(|piece| {
        let node = decode(&"in".into(), 1, piece).ok()?.node;
        Some(node.map_or(Value::Null, |node| node.to_json()))
    });
    Some(values.collect::<Option<Vec<_>>>()?.into_iter().filter(|v| !v.is_null()).collect())
}

/// Looks for a way to lay the untouched documents over the output: in order, whole, and each right
/// after the one before where that is untouched and nothing is added to it.
fn keeps_bytes(rendered: &Rendered, inputs: &Inputs) -> Checked {
    let Some(output) = &rendered.output else { return Ok(()) };
    if rendered.edits.is_empty() && inputs.texts.len() == 1 {
        prop_assert_eq!(output, &inputs.texts[0]);
    }
    let rewritten = |document: &Document<'_>| {
        let place = (document.source.name.as_ref(), document.line());
        rendered.said.iter().any(|found| {
            found.code == Code::DocumentRewritten
                && found.location.as_ref().map(|l| (l.source.as_ref(), l.mark.line()))
                    == Some(place)
        })
    };
    let edited = |document: &Document<'_>, added: bool| {
        let here = |edit: &&Edit| edit.document == document.index;
        rendered
            .edits
            .iter()
            .filter(here)
            .any(|edit| matches!(edit.change, Change::Add(_)) == added)
    };
    let documents: Vec<Laid<'_>> = rendered
        .stream
        .documents()
        .map(|document| Laid {
            text: document.text.trim_start_matches('\u{feff}'),
            changed: edited(&document, false) || rewritten(&document),
            followed: edited(&document, true),
        })
        .collect();
    let mut starts = vec![0];
    for piece in oracle::pieces(output) {
        starts.push(starts.last().unwrap() + piece.len());
    }
    prop_assert!(lies_in(&documents, output, 0, true, &starts), "{documents:#?}\n{output}");
    Ok(())
}

/// A document as it came.
#[derive(Debug)]
struct Laid<'t> {
    text: &'t str,
    changed: bool,
    followed: bool,
}

fn lies_in(documents: &[Laid<'_>], output: &str, at: usize, exact: bool, starts: &[usize]) -> bool {
    let Some((document, rest)) = documents.split_first() else {
        return !exact || output[at..].trim_ascii().is_empty();
    };
    if document.changed {
        return lies_in(rest, output, at, false, starts);
    }
    // Comments of a later input have no marker line to be found by.
    let inside = output[at..].match_indices(document.text).map(|(n, _)| at + n);
    let later = starts.iter().copied().filter(|start| *start >= at).chain(inside.take(99));
    let here: Vec<usize> = if exact { vec![at] } else { later.collect() };
    here.into_iter().any(|at| {
        let bare = output[at..].trim_start_matches('\u{feff}');
        let ended = bare.strip_prefix("\r\n").or(bare.strip_prefix('\n'));
        [Some(bare), ended].into_iter().flatten().any(|bare| {
            let marked = bare.strip_prefix("---\r\n").or(bare.strip_prefix("---\n"));
            [Some(bare), marked].into_iter().flatten().any(|bare| {
                bare.strip_prefix(document.text).is_some_and(|left| {
                    let end = output.len() - left.len();
                    lies_in(rest, output, end, !document.followed, starts)
                })
            })
        })
    })
}

fn loses_no_volume(rendered: &Rendered, inputs: &Inputs) -> Checked {
    if rendered.output.is_none() {
        let located = rendered.said.iter().all(|found| found.location.is_some());
        prop_assert!(located && !rendered.said.is_empty(), "{:?}", rendered.said);
        return Ok(());
    }
    let mut seen: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
    for volume in rendered.plan.volumes.iter().filter(|volume| volume.template.is_none()) {
        *seen.entry((volume.namespace.clone(), volume.name.clone())).or_default() += 1;
    }
    for found in inputs
        .texts
        .iter()
        .flat_map(|text| oracle::documents(text))
        .flatten()
        .flat_map(|value| oracle::objects(&value))
    {
        let namespace = Some(found.namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.into()));
        if found.kind == "PersistentVolumeClaim" && found.group.is_empty() {
            let count = seen.get_mut(&(namespace, found.name.clone())).filter(|n| **n > 0);
            prop_assert!(count.is_some(), "{} is lost", found.name);
            *count.unwrap() -= 1;
        } else if found.kind == "StatefulSet" && found.group == "apps" {
            let templates = found.value.pointer("/spec/volumeClaimTemplates");
            for template in templates.and_then(Value::as_array).into_iter().flatten() {
                let name = template.pointer("/metadata/name").and_then(Value::as_str).unwrap();
                let prefix = format!("{name}-{}", found.name);
                let planned = rendered
                    .plan
                    .volumes
                    .iter()
                    .any(|v| v.namespace == namespace && v.name.starts_with(&prefix));
                prop_assert!(planned, "the template {prefix} is lost");
            }
        }
    }
    let unreadable =
        inputs.texts.iter().any(|text| oracle::documents(text).iter().any(Option::is_none));
    let none_left = seen.values().all(|count| *count == 0);
    prop_assert!(none_left || unreadable, "too many volumes: {seen:?}");
    Ok(())
}

const DESTINATION: &str = "ReplicationDestination";

/// Goes through both sides: a document that leaves is the next one that came, edited at most in
/// the allowed places, or an addition.
fn only_allowed(rendered: &Rendered, before: &[Value], after: &[Value]) -> Checked {
    let mut rest = before.iter().peekable();
    let mut added = Vec::new();
    for value in after {
        match rest.peek() {
            Some(old) if bare(old) == bare(value) => drop(rest.next()),
            _ => added.push(value.clone()),
        }
    }
    prop_assert!(rest.peek().is_none(), "changed: {:?}\nadded: {added:?}", rest.peek());
    for value in &added {
        let ours = value.pointer("/metadata/labels/app.kubernetes.io~1managed-by");
        let precreated = value["kind"] == "PersistentVolumeClaim";
        prop_assert!(ours == Some(&json!("pvc-plumber")) || precreated, "added: {value}");
    }
    let all = |values: &[Value]| values.iter().flat_map(oracle::objects).collect::<Vec<Found>>();
    let (before, after) = (all(before), all(after));
    let count = |objects: &[Found]| {
        let mut count: BTreeMap<_, usize> = BTreeMap::new();
        for o in objects.iter().filter(|o| o.group == "volsync.backube") {
            let namespace = o.namespace.clone().unwrap_or_else(|| DEFAULT_NAMESPACE.into());
            *count.entry((o.kind.clone(), namespace, o.name.clone())).or_default() += 1;
        }
        count
    };
    let (had, has) = (count(&before), count(&after));
    for (id, count) in &has {
        let allowed = had.get(id).copied().unwrap_or_default().max(1);
        prop_assert!(*count <= allowed, "{id:?} stands {count} times");
    }
    let pvcs = |objects: &[Found]| -> Vec<Found> {
        objects.iter().filter(|o| o.kind == "PersistentVolumeClaim").cloned().collect()
    };
    let old = pvcs(&before);
    for pvc in pvcs(&after).iter().filter(|pvc| !old.contains(pvc)) {
        let namespace = pvc.namespace.clone().unwrap_or_else(|| DEFAULT_NAMESPACE.into());
        let wired = rendered.plan.volumes.iter().any(|v| {
            v.verdict == Verdict::Wired
                && v.name == pvc.name
                && v.namespace.as_ref() == Some(&namespace)
        });
        prop_assert!(wired, "{} is changed and not wired", pvc.name);
        let reference = pvc.value.pointer("/spec/dataSourceRef/name").and_then(Value::as_str);
        let id = (DESTINATION.to_owned(), namespace, reference.unwrap_or_default().to_owned());
        prop_assert!(has.contains_key(&id), "{} refers to {id:?}, which is not there", pvc.name);
    }
    Ok(())
}

/// A value without what an edit may set: the reference and the annotation of PVCs, everything but
/// the identity of our own objects.
fn bare(value: &Value) -> Value {
    let mut value = value.clone();
    strip(&mut value, None);
    value
}

fn strip(value: &mut Value, list: Option<&str>) {
    let kind = value["kind"].as_str().or(list).unwrap_or_default().to_owned();
    if let Some(items) = value.get_mut("items").and_then(Value::as_array_mut) {
        let inner = kind.strip_suffix("List").map(str::to_owned);
        items.iter_mut().filter(|i| i.is_object()).for_each(|i| strip(i, inner.as_deref()));
        return;
    }
    let ours = value.pointer("/metadata/labels/app.kubernetes.io~1managed-by").cloned();
    if kind.starts_with("Replication") && ours == Some(json!("pvc-plumber")) {
        *value = json!({
            "kind": kind, "name": value["metadata"]["name"], "in": value["metadata"]["namespace"],
        });
    } else if kind == "PersistentVolumeClaim" {
        let own = format!("{}-dst", value["metadata"]["name"].as_str().unwrap_or_default());
        if let Some(spec) = value.get_mut("spec").and_then(Value::as_object_mut)
            && spec.get("dataSourceRef").is_none_or(|r| r.is_null() || r["name"] == *own)
        {
            spec.remove("dataSourceRef");
        }
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            if let Some(annotations) =
                metadata.get_mut("annotations").and_then(Value::as_object_mut)
            {
                annotations.remove("pvc-plumber.io/restore-source");
            }
            if metadata.get("annotations").is_none_or(|a| a.is_null() || *a == json!({})) {
                metadata.remove("annotations");
            }
        }
    }
}

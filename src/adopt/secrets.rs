//! The `ExternalSecret`s beside the volumes → the one manifest that makes all of them.
//!
//! Only manifests that hold no credentials themselves: a Secret stays where it is.

use super::subject::{Subject, Targets};
use super::values::{filled, templates};
use super::{extract::Secret, values::canonical};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many volumes are looked at for a template.
const SAMPLE: usize = 4;
/// The kind that is taken.
const KIND: &str = "ExternalSecret";

/// The manifests: one for all targets, or one for each that has one.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    pub(super) all: Option<Value>,
    pub(super) by_target: BTreeMap<String, Value>,
}

/// A volume's manifest for one target.
type Case<'s, 'v> = (&'s Subject<'v>, Option<&'s str>, Value);

/// Finds the manifests. Where one volume has none, or one that says something else, all stay.
pub(super) fn manifests(subjects: &[Subject<'_>], targets: &Targets) -> Manifests {
    let cases: Vec<Option<Vec<Case<'_, '_>>>> = (0..targets.count())
        .map(|target| {
            let having =
                subjects.iter().filter_map(|subject| Some((subject, subject.sources[target]?)));
            having
                .map(|(subject, rs)| {
                    let secret = subject.volume.secrets.get(rs.text("repository")?)?;
                    Some((subject, targets.name(target), bare(secret)?))
                })
                .collect()
        })
        .collect();
    let whole: Option<Vec<Case<'_, '_>>> =
        cases.iter().cloned().collect::<Option<Vec<_>>>().map(|cases| cases.concat());
    if let Some(template) = whole.as_deref().and_then(common) {
        return Manifests { all: Some(template), by_target: BTreeMap::new() };
    }
    let mut by_target = BTreeMap::new();
    for (target, cases) in cases.iter().enumerate() {
        if let (Some(name), Some(cases)) = (targets.name(target), cases)
            && let Some(template) = common(cases)
        {
            by_target.insert(name.to_owned(), template);
        }
    }
    Manifests { all: None, by_target }
}

/// A manifest as it would be configured: without its namespace, which the volume gives.
fn bare(secret: &Secret) -> Option<Value> {
    let mut object = secret.object.clone();
    if object["kind"] != KIND || !secret.place.route.is_empty() {
        return None;
    }
    object.get_mut("metadata")?.as_object_mut()?.shift_remove("namespace");
    Some(object)
}

/// The template that stands for the manifests of all volumes, which are at least two.
fn common(cases: &[Case<'_, '_>]) -> Option<Value> {
    if cases.len() < 2 {
        return None;
    }
    let step = cases.len().div_ceil(SAMPLE).max(1);
    let fits = |template: &Value| {
        cases.iter().all(|(subject, target, object)| {
            filled(template, &subject.values(*target)).is_some_and(|f| f == canonical(object))
        })
    };
    cases
        .iter()
        .step_by(step)
        .flat_map(|(subject, target, object)| templates(object, &subject.values(*target)))
        .find(fits)
}

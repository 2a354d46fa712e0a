//! Renders volumes with an inferred configuration and compares what comes out with what is there.
//!
//! The rendering is the plan's own. Volumes are rendered in the text in which they are written,
//! with their labels, together with the others of their namespace.

use super::extract::{Secret, Volume};
use super::knobs::Knobs;
use super::original::Original;
use super::values::same;
use crate::api::mover::Side;
use crate::api::volsync;
use crate::config::{Flags, Layer, Trust, parse_file, resolve};
use crate::diagnostic::{Diagnostic, Severity};
use crate::drift::Difference;
use crate::edit::{Addition, Change};
use crate::manifest::{Framing, Mark, Source, Stream, mark, read};
use crate::plan::{Plan, plan};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The name under which the inferred configuration is known in messages.
const CONFIGURATION: &str = "plumber.yaml";
/// The namespace in which volumes are rendered whose own is unknown. Nothing that is compared
/// hangs on it.
pub(super) const STAND_IN: &str = "unknown";

/// What was rendered for one volume.
#[derive(Debug, Clone, Default)]
pub(super) struct Rendered {
    /// The objects that were added.
    pub(super) objects: Vec<Value>,
    /// Why nothing was.
    pub(super) refusal: Option<Diagnostic>,
}

impl Rendered {
    /// Returns the Secrets and `ExternalSecret`s.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Value> {
        self.objects
            .iter()
            .filter(|object| object["kind"].as_str().is_some_and(|kind| kind.ends_with("Secret")))
    }

    /// Returns whether a Secret comes out as it is, but for labels, annotations and a namespace
    /// that its manifest may leave out.
    pub(super) fn has_secret(&self, secret: &Secret) -> bool {
        let content = |object: &Value| {
            let mut object = object.clone();
            let name = object["metadata"]["name"].clone();
            object["metadata"] = name;
            object
        };
        let wanted = content(&secret.object);
        self.secrets().any(|object| same(Some(&content(object)), Some(&wanted)))
    }
}

/// How an object that would be rendered compares with the one that is there.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// What is not the same.
    pub differences: Vec<Difference>,
    /// The minute, where it differs by choice: what it was, and what it would be.
    pub minutes: Vec<(String, String)>,
    /// Labels and annotations that are not written any more: the kind of object, and the entry.
    pub metadata: Vec<(String, String)>,
}

/// Renders volumes.
///
/// # Errors
/// The configuration is refused.
pub(super) fn render(
    stream: &Stream,
    volumes: &[Volume],
    knobs: &[Knobs],
    configuration: &str,
) -> Result<Vec<Rendered>, Vec<Diagnostic>> {
    let name: Arc<str> = CONFIGURATION.into();
    let tree = parse_file(&name, configuration).map_err(|found| vec![found])?;
    let layer = Layer::file(&name, Trust::Trusted, tree);
    let mut rendered = vec![Rendered::default(); volumes.len()];
    for (namespace, members) in groups(volumes) {
        let flags = Flags {
            namespace: Some(namespace),
            managed_namespaces: vec!["*".to_owned()],
            ..Flags::default()
        };
        let config = resolve(std::slice::from_ref(&layer), &flags)?.config;
        let mut documents: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in &members {
            documents.entry(volumes[*at].place.document).or_default().push(*at);
        }
        let mut sources = Vec::new();
        let mut refused = BTreeMap::new();
        for (document, inside) in &documents {
            let marks: Vec<Mark<'_>> = inside
                .iter()
                .map(|at| Mark {
                    route: &volumes[*at].place.route,
                    labels: &knobs[*at].labels,
                    annotations: &knobs[*at].annotations,
                })
                .collect();
            match mark(stream.document(*document), &marks) {
                Ok(text) => sources.push(Source {
                    name: document.to_string().into(),
                    text,
                    framing: Framing::Stream,
                }),
                Err(found) => {
                    refused.insert(*document, *found);
                }
            }
        }
        let mut reading = read(sources, config.limits);
        let plan = plan(&mut reading, &config);
        for at in members {
            let document = volumes[at].place.document;
            rendered[at] = match refused.get(&document) {
                Some(found) => Rendered { objects: Vec::new(), refusal: Some(found.clone()) },
                None => of_plan(&plan, &volumes[at]),
            };
        }
    }
    Ok(rendered)
}

/// Takes what a plan adds for a volume.
fn of_plan(plan: &Plan, volume: &Volume) -> Rendered {
    let source = volume.place.document.to_string();
    let mine = plan
        .volumes
        .iter()
        .find(|planned| *planned.location.source == *source && planned.name == volume.name);
    let Some(mine) = mine else {
        let refusal = plan.diagnostics.iter().find(|d| d.severity() == Severity::Error);
        return Rendered { objects: Vec::new(), refusal: refusal.cloned() };
    };
    let objects: Vec<Value> = mine
        .edits
        .iter()
        .filter_map(|edit| match &edit.change {
            Change::Add(additions) => Some(additions),
            Change::Wire { .. } | Change::Update { .. } => None,
        })
        .flatten()
        .map(Addition::to_json)
        .collect();
    let refusal = objects.is_empty().then(|| mine.reasons.first().cloned()).flatten();
    Rendered { objects, refusal }
}

/// Puts volumes together that are rendered together: those of a namespace; those whose namespace
/// nothing says, by folder. Two of one name are rendered apart.
fn groups(volumes: &[Volume]) -> Vec<(String, Vec<usize>)> {
    let mut groups: BTreeMap<(String, String, usize), Vec<usize>> = BTreeMap::new();
    let mut names: BTreeMap<(String, String, &str), usize> = BTreeMap::new();
    for (at, volume) in volumes.iter().enumerate() {
        let folder = || {
            let folder = Path::new(&*volume.place.location.source).parent();
            folder.map(|folder| folder.display().to_string()).unwrap_or_default()
        };
        let (namespace, folder) = match &volume.namespace {
            Some(namespace) => (namespace.clone(), String::new()),
            None => (STAND_IN.to_owned(), folder()),
        };
        let again = names.entry((namespace.clone(), folder.clone(), &volume.name)).or_default();
        groups.entry((namespace, folder, *again)).or_default().push(at);
        *again += 1;
    }
    groups.into_iter().map(|((namespace, ..), members)| (namespace, members)).collect()
}

/// Compares what was rendered for a volume with what is there, field by field.
pub(super) fn compare(volume: &Volume, rendered: &Rendered) -> Comparison {
    let mut comparison = Comparison::default();
    let mut expected: Vec<&Original> = volume.originals().collect();
    for object in &rendered.objects {
        let kind = object["kind"].as_str().unwrap_or_default();
        let side = match kind {
            volsync::REPLICATION_SOURCE => Side::Source,
            volsync::REPLICATION_DESTINATION => Side::Destination,
            _ => continue,
        };
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let known = expected.iter().position(|o| o.side == side && o.name == name);
        let Some(known) = known else {
            comparison.differences.push(Difference {
                field: kind.to_owned(),
                observed: None,
                desired: Some(Value::from(name)),
            });
            continue;
        };
        let original = expected.remove(known);
        let namespace = object["metadata"]["namespace"].as_str();
        let would_be = namespace.or(volume.namespace.as_deref());
        let was = original.namespace.as_deref().or(volume.namespace.as_deref());
        if was != would_be {
            comparison.differences.push(Difference {
                field: format!("{kind} {name}: metadata.namespace"),
                observed: was.map(Value::from),
                desired: would_be.map(Value::from),
            });
        }
        for map in ["labels", "annotations"] {
            for (key, value) in original.metadata[map].as_object().into_iter().flatten() {
                if object["metadata"][map].get(key) != Some(value) {
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    comparison.metadata.push((kind.to_owned(), format!("{key}: {value}")));
                }
            }
        }
        let mut found = Vec::new();
        differences("spec", Some(&original.spec), object.get("spec"), &mut found);
        for mut difference in found {
            difference.field = format!("{kind} {name}: {}", difference.field);
            comparison.differences.push(difference);
        }
    }
    for missing in expected {
        comparison.differences.push(Difference {
            field: missing.kind().to_owned(),
            observed: Some(Value::from(&*missing.name)),
            desired: None,
        });
    }
    comparison
}

/// Moves differences in the minute alone out of the way: they are by choice.
pub(super) fn spread_minutes(comparison: &mut Comparison) {
    let cron = |value: &Option<Value>| -> Option<(String, String)> {
        let (minute, rest) = value.as_ref()?.as_str()?.split_once(' ')?;
        minute.parse::<u32>().is_ok().then(|| (minute.to_owned(), rest.to_owned()))
    };
    let all = std::mem::take(&mut comparison.differences);
    for difference in all {
        let pair = (cron(&difference.observed), cron(&difference.desired));
        match pair {
            (Some((was, rest)), Some((minute, other)))
                if difference.field.ends_with(": spec.trigger.schedule") && rest == other =>
            {
                comparison.minutes.push((was, minute));
            }
            _ => comparison.differences.push(difference),
        }
    }
}

fn differences(
    path: &str,
    was: Option<&Value>,
    would_be: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    if let (Some(Value::Object(was)), Some(Value::Object(would_be))) = (was, would_be) {
        let added = would_be.keys().filter(|key| !was.contains_key(*key));
        for key in was.keys().chain(added) {
            differences(&format!("{path}.{key}"), was.get(key), would_be.get(key), found);
        }
    } else if !same(was.filter(|was| !was.is_null()), would_be) {
        found.push(Difference {
            field: path.to_owned(),
            observed: was.cloned(),
            desired: would_be.cloned(),
        });
    }
}

//! Volumes that have their labels already: what the new configuration would change for them.

use super::cadence::Minutes;
use super::extract::Volume;
use super::knobs::Knobs;
use super::missed::{Missed, Why};
use super::proof::{STAND_IN, compare, render, spread_minutes};
use super::{Adoption, added};
use crate::api::{labels, volume};
use crate::config::{Flags, Layer, Trust, parse_file, resolve};
use crate::edit::Change;
use crate::manifest::{Framing, Source, Stream, read};
use crate::object::{Location, Mark, Object};
use crate::plan::{VolumePlan, plan};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The profile for what adopted volumes have in common, where others have their labels already.
const PROFILE: &str = "adopted";
/// A configuration that says nothing.
const NOTHING: &str = "apiVersion: pvc-plumber.io/v1alpha1\nkind: PlumberConfig\n";

/// What is changed for a volume, and where it stands.
type Found = BTreeMap<(String, String), (Location, Vec<Change>)>;

/// Returns the volumes that are no part of an adoption and that its configuration renders otherwise
/// than none does. `holds` says for which files the configuration is the one that holds.
pub fn changed_beside(
    stream: &Stream,
    objects: &[Object],
    adoption: &Adoption,
    holds: &dyn Fn(&str) -> bool,
) -> Vec<Missed> {
    let adopted: BTreeSet<usize> =
        adoption.adopted.iter().map(|one| one.volume.place.document).collect();
    let mut documents: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for object in objects {
        let is_volume = matches!(&*object.id.kind, volume::PVC | volume::STATEFUL_SET);
        let file = &stream.document(object.document).source.name;
        if is_volume && !adopted.contains(&object.document) && holds(file) {
            let namespace = object.id.namespace.as_deref().unwrap_or(STAND_IN);
            documents.entry(namespace).or_default().insert(object.document);
        }
    }
    let mut changed = Vec::new();
    for (namespace, documents) in documents {
        let found = |text: &str| rendered(stream, &documents, namespace, text);
        let (Some(today), Some(then)) = (found(NOTHING), found(&adoption.configuration)) else {
            continue;
        };
        for ((namespace, name), (location, changes)) in today {
            if then.get(&(namespace.clone(), name.clone())).map(|(_, then)| then) == Some(&changes)
            {
                continue;
            }
            let message = "it has its labels already, and the new plumber.yaml would render it \
                           otherwise than today"
                .to_owned();
            let help = "take its labels off, write what they stand for beside it, and adopt it \
                        with the others; or adopt the others in a folder without it";
            let what = format!("{namespace}/{name}");
            changed.push(Missed::new(what, location, Why::Different, message).help(help));
        }
    }
    changed
}

impl Adoption {
    /// Puts what every adopted volume has in common into a profile that each of them picks by a
    /// label, so that nothing changes for other volumes. Returns whether that can be proved.
    pub fn set_aside(&mut self, stream: &Stream, minutes: Minutes) -> bool {
        let mut configuration = self.inferred.clone();
        if !configuration.set_aside(PROFILE) {
            return false;
        }
        let text = configuration.to_text();
        let volumes: Vec<Volume> = self.adopted.iter().map(|one| one.volume.clone()).collect();
        let knobs: Vec<Knobs> = self.adopted.iter().map(|one| with_profile(&one.knobs)).collect();
        let Ok(rendered) = render(stream, &volumes, &knobs, &text) else { return false };
        let equal = volumes.iter().zip(&rendered).zip(&self.adopted).all(|((volume, now), one)| {
            let mut comparison = compare(volume, now);
            if minutes == Minutes::Spread {
                spread_minutes(&mut comparison);
            }
            let secrets = now.secrets().count() == one.secrets.len();
            comparison.differences.is_empty() && now.refusal.is_none() && secrets
        });
        if equal {
            for (one, knobs) in self.adopted.iter_mut().zip(knobs) {
                one.lines_after = added(stream, &one.volume, &knobs);
                one.knobs = knobs;
            }
            self.inferred = configuration;
            self.configuration = text;
        }
        equal
    }
}

/// Returns knobs that pick the profile of what is adopted, where they pick none.
fn with_profile(knobs: &Knobs) -> Knobs {
    let mut knobs = knobs.clone();
    if knobs.labels.iter().all(|(key, _)| key != labels::PROFILE) {
        knobs.labels.push((labels::PROFILE.to_owned(), PROFILE.to_owned()));
    }
    knobs
}

/// Renders documents with a configuration.
fn rendered(
    stream: &Stream,
    documents: &BTreeSet<usize>,
    namespace: &str,
    configuration: &str,
) -> Option<Found> {
    let name: Arc<str> = "plumber.yaml".into();
    let layer = Layer::file(&name, Trust::Trusted, parse_file(&name, configuration).ok()?);
    let flags = Flags {
        namespace: Some(namespace.to_owned()),
        managed_namespaces: vec!["*".to_owned()],
        ..Flags::default()
    };
    let config = resolve(std::slice::from_ref(&layer), &flags).ok()?.config;
    // The number of each document is its name, so that its own place is found again.
    let sources = documents.iter().map(|document| Source {
        name: document.to_string().into(),
        text: stream.document(*document).text.to_owned(),
        framing: Framing::Stream,
    });
    let mut reading = read(sources.collect(), config.limits);
    let plan = plan(&mut reading, &config);
    let volumes = plan.volumes.iter().filter(|volume| !volume.edits.is_empty());
    let of = |volume: &VolumePlan| {
        let changes = volume.edits.iter().map(|edit| edit.change.clone()).collect();
        let document = volume.location.source.parse::<usize>().ok()?;
        let known = stream.document(document);
        let mut location = volume.location.clone();
        location.source = Arc::clone(&known.source.name);
        let mark = location.mark;
        location.mark = Mark::new(mark.line() + known.line() - 1, mark.column());
        let namespace = volume.namespace.clone().unwrap_or_default();
        Some(((namespace, volume.name.clone()), (location, changes)))
    };
    Some(volumes.filter_map(of).collect())
}

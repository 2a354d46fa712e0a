//! Volumes → the configuration and the labels from which their objects are rendered, with the
//! fewest lines.
//!
//! Each field is chosen over all volumes: left to the built-in shape, set for all, or set by
//! storage class. What a volume still needs becomes a tier, a profile that several share, and only
//! then a knob of its own.

mod by_target;
mod fields;
mod settle;
mod shape;
mod tiers;

use super::block::Item;
use super::cadence::Minutes;

use super::configuration::Configuration;
use super::extract::Volume;
use super::names::{apps, fill_base};
use super::profiles::profiles;
use super::subject::{Subject, Targets, field, targets};
use crate::api::mover::Mover;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What a volume needs beside it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Marks {
    /// The tier, where it is not the default.
    pub(super) tier: Option<String>,
    /// The profile.
    pub(super) profile: Option<String>,
    /// The application, where it does not follow from the volume.
    pub(super) app: Option<String>,
    /// The minutes, where they are kept, each with its target's name where there are several.
    pub(super) minutes: Vec<(Option<String>, u32)>,
    /// Fields with a value of their own.
    pub(super) items: Vec<Item>,
}

/// The configuration, and what each volume needs beside it.
#[derive(Debug, Clone, Default)]
pub(super) struct Inferred {
    pub(super) configuration: Configuration,
    pub(super) marks: Vec<Marks>,
}

/// The fields that a volume's objects have where nothing is configured.
#[derive(Debug, Clone, Default)]
pub(super) struct BuiltIn {
    pub(super) source: Map<String, Value>,
    pub(super) destination: Map<String, Value>,
}

/// Renders volumes with a configuration that holds nothing but names, to learn the built-in shape.
pub(super) type Probe<'p> = dyn Fn(&Inferred) -> Vec<BuiltIn> + 'p;

/// What a volume has, for a target, where nothing is configured.
type Fixed<'f> = dyn Fn(&Subject<'_>, Option<&str>) -> Option<Value> + 'f;

/// Infers.
pub(super) fn infer(volumes: &[Volume], minutes: Minutes, probe: &Probe<'_>) -> Inferred {
    let (targets, sources) = targets(volumes);
    let apps = apps(volumes, &targets, &sources);
    let subjects: Vec<Subject<'_>> = volumes
        .iter()
        .zip(sources)
        .zip(&apps.names)
        .map(|((volume, sources), app)| Subject { volume, app: app.clone(), sources })
        .collect();
    let mut inference = Inference {
        subjects: &subjects,
        targets: &targets,
        mover: common_mover(&subjects),
        built_in: vec![BuiltIn::default(); subjects.len()],
        inferred: Inferred::default(),
        residuals: vec![Vec::new(); subjects.len()],
        fixed: vec![Vec::new(); subjects.len()],
        tiers: Vec::new(),
        unsayable: [field::MOVER, field::TARGETS, field::TIER].map(str::to_owned).into(),
    };
    inference.inferred.marks = vec![Marks::default(); subjects.len()];
    inference.inferred.configuration.targets =
        targets.names.iter().map(|name| (name.clone(), super::block::Block::default())).collect();
    if let Some(template) = apps.template {
        inference.inferred.configuration.app = Some(template.to_owned());
        for (at, subject) in subjects.iter().enumerate() {
            if fill_base(template, subject.volume) != Some(&*subject.app) {
                inference.inferred.marks[at].app = Some(subject.app.clone());
            }
        }
    }
    inference.shape();
    inference.built_in = probe(&inference.inferred);
    inference.cadence(minutes);
    inference.metadata();
    inference.fields();
    inference.finish()
}

fn common_mover(subjects: &[Subject<'_>]) -> Mover {
    let kopia = subjects
        .iter()
        .flat_map(|subject| subject.volume.originals())
        .filter(|original| original.mover == Mover::Kopia)
        .count();
    let all: usize = subjects.iter().map(|subject| subject.volume.originals().count()).sum();
    if kopia * 2 >= all { Mover::Kopia } else { Mover::Restic }
}

struct Inference<'i, 'v> {
    subjects: &'i [Subject<'v>],
    targets: &'i Targets,
    mover: Mover,
    built_in: Vec<BuiltIn>,
    inferred: Inferred,
    residuals: Vec<Vec<Item>>,
    /// What no profile can say: it has to win over the targets.
    fixed: Vec<Vec<Item>>,
    /// The tier of each volume, where it has one source.
    tiers: Vec<Option<String>>,
    /// The fields that no annotation can set: some target sets them itself, and an annotation
    /// would win over all targets.
    unsayable: BTreeSet<String>,
}

impl Inference<'_, '_> {
    fn finish(mut self) -> Inferred {
        let annotated: Vec<bool> = self
            .inferred
            .marks
            .iter()
            .zip(&self.fixed)
            .map(|(marks, fixed)| {
                marks.app.is_some() || !marks.minutes.is_empty() || !fixed.is_empty()
            })
            .collect();
        let found = profiles(&self.residuals, &annotated, &self.unsayable);
        for (at, marks) in self.inferred.marks.iter_mut().enumerate() {
            marks.profile.clone_from(&found.of[at]);
            marks.items.clone_from(&found.rest[at]);
            marks.items.extend(self.fixed[at].iter().cloned());
        }
        self.inferred.configuration.profiles = found.all;
        let manifests = super::secrets::manifests(self.subjects, self.targets);
        self.inferred.configuration.secret = manifests.all;
        self.inferred.configuration.secrets = manifests.by_target;
        self.inferred.configuration.inject = self
            .subjects
            .iter()
            .all(|subject| subject.volume.is_filled || subject.volume.destination.is_none());
        self.inferred
    }
}

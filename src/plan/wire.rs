//! The pair rendered and the reference set: what a wired volume gets.

use super::reference::{self, Reference};
use super::volume::Case;
use super::{pair, precreate};
use crate::api::labels;
use crate::api::mover::Mover;
use crate::desired::{DEFAULT_TIER, Desired, DesiredSource};
use crate::diagnostic::{Code, Diagnostic};
use crate::drift;
use crate::edit::{Addition, Change, Edit};
use crate::intent::RestoreMode;
use crate::inventory::{Owner, owner};
use crate::object::Object;
use std::sync::Arc;

impl Case<'_, '_> {
    /// 7, nobody's or ours: the pair is rendered, the reference is set.
    pub(super) fn wire(&mut self, namespace: &str, present: &pair::Present<'_>) {
        let Some(desired) = self.plan.desired.take() else { return };
        if self.settlement.primary().is_some_and(|settled| !settled.tier_is_named) {
            let message = format!("no tier is named; {DEFAULT_TIER} is meant");
            let help = format!("add the label {}: daily", labels::TIER);
            self.note(Diagnostic::new(Code::TierUnspecified, message).help(help));
        }
        if let Some(destination) = &desired.destination {
            let (reference, found) = reference::reference(
                self.subject,
                namespace,
                destination,
                &self.plan.intent,
                self.config,
            );
            let forced = self.plan.intent.restore == RestoreMode::Force;
            if forced && reference.destination().is_none() {
                let message = format!(
                    "{}: force asks for the reference, and it cannot be set",
                    labels::RESTORE_MODE
                );
                self.review(
                    Diagnostic::new(Code::RestoreConflict, message)
                        .help("see the other reason of this volume, or remove the annotation"),
                );
            }
            match found {
                Some(found) if found.code == Code::RestoreConflict => self.review(found),
                Some(found) => self.note(found),
                None => {}
            }
            self.plan.reference = reference;
        } else {
            self.plan.reference = Reference::NotWanted;
            self.dangling(namespace, present);
            let message = if self.plan.intent.restore == RestoreMode::Never {
                format!("{}: never asks for a backup only", labels::RESTORE_MODE)
            } else {
                "the configuration or an annotation asks for a backup only".to_owned()
            };
            self.note(Diagnostic::new(Code::RestoreNotWanted, message));
            let ours = self.plan.pair.destination.iter().find(|half| half.owner == Owner::Ours);
            if let Some(name) = ours.map(|half| half.name.clone()) {
                self.left_over(&name);
            }
        }
        let left_over = self.unwanted(&desired, present);
        if !left_over.is_empty() {
            self.left_over(&left_over.join(", "));
        }
        for found in self.renamed(present) {
            self.review(found);
        }
        self.plan.edits = self.edits(&desired, present);
        self.plan.desired = Some(desired);
    }

    /// Names the sources of ours whose target is gone or disabled.
    fn unwanted(&self, desired: &Desired, present: &pair::Present<'_>) -> Vec<String> {
        let is_wanted = |target: Option<&str>| {
            desired.sources.iter().any(|source| source.target.as_deref() == target)
        };
        let disabled = present.sources.iter().zip(&self.settlement.targets);
        let disabled = disabled
            .filter(|(_, settled)| !is_wanted(settled.target))
            .filter_map(|(rs, _)| rs.filter(|rs| owner(rs) == Owner::Ours));
        let names = present.left_over.iter().copied().chain(disabled);
        names.map(|rs| rs.id.name.clone()).collect()
    }

    /// Sources whose history would be left behind: an object keeps its name, and VolSync's own
    /// rule makes the identity of it.
    fn renamed(&self, present: &pair::Present<'_>) -> Vec<Diagnostic> {
        let mut renamed = Vec::new();
        for (present, settled) in present.sources.iter().zip(&self.settlement.targets) {
            let states = settled.source.contains_key("username");
            if let Some(rs) = present.filter(|rs| rs.id.name != settled.source_name)
                && settled.mover == Mover::Kopia
                && !states
            {
                let found = Diagnostic::new(
                    Code::IdentityMismatch,
                    format!(
                        "the ReplicationSource {} is to be called {}, and its history hangs on its \
                         name",
                        rs.id.name, settled.source_name
                    ),
                )
                .at(rs.location.clone())
                .help(format!(
                    "keep the name: {}: \"{}\"",
                    labels::SOURCE_NAME,
                    rs.id.name
                ));
                renamed.push(found);
            }
        }
        renamed
    }

    fn edits(&self, desired: &Desired, present: &pair::Present<'_>) -> Vec<Edit> {
        let here = self.subject.object.document;
        let mut edits = Vec::new();
        let mut additions = Vec::new();
        let reference = match &self.plan.reference {
            Reference::Injected(name) => Some(name.clone()),
            Reference::Precreated(name) => {
                let pvc = precreate::pvc(self.subject, &self.plan.intent, name, self.config);
                additions.push(Addition::Volume(Box::new(pvc)));
                None
            }
            Reference::AlreadySet(_)
            | Reference::LeftAlone
            | Reference::NotWanted
            | Reference::Elsewhere
            | Reference::InTemplate => None,
        };
        let annotation = self.annotation();
        if reference.is_some() || annotation.is_some() {
            let route = self.subject.object.route.clone();
            edits.push(Edit {
                document: here,
                change: Change::Wire { route, reference, annotation },
            });
        }
        for (present, settled) in present.sources.iter().zip(&self.settlement.targets) {
            let of = |source: &&DesiredSource| source.target.as_deref() == settled.target;
            let Some(wanted) = desired.sources.iter().find(of) else { continue };
            match present {
                None => additions.push(Addition::Source(Arc::clone(&wanted.object))),
                Some(rs) => edits.extend(update(rs, &wanted.object.to_json())),
            }
        }
        if let Some(destination) = &desired.destination {
            match present.destination {
                None => additions.push(Addition::Destination(Arc::clone(destination))),
                Some(rd) => {
                    edits.extend(update(rd, &destination.to_json()));
                }
            }
        }
        if !additions.is_empty() {
            additions.shrink_to_fit();
            edits.push(Edit { document: here, change: Change::Add(additions) });
        }
        edits
    }

    /// The annotation shows the reference on the live object even where Argo CD strips the
    /// immutable field.
    fn annotation(&self) -> Option<String> {
        if self.plan.template.is_some() || !self.config.restore.annotate {
            return None;
        }
        let name = self.plan.reference.destination()?;
        let current =
            self.subject.node.text_at(&["metadata", "annotations", labels::RESTORE_SOURCE]);
        (current != Some(name)).then(|| name.to_owned())
    }
}

/// Brings an object of ours up to date, if it is not.
fn update(object: &Object, desired: &serde_json::Value) -> Option<Edit> {
    if drift::compare(&object.node, desired).is_empty() {
        return None;
    }
    Some(Edit {
        document: object.document,
        change: Change::Update {
            route: object.route.clone(),
            object: drift::updated(&object.node, desired),
        },
    })
}

//! One side of a comparison: what leaves its applications, by volume.
//!
//! Looked at are the objects of the output, whoever wrote them, not the plan's wishes: an output
//! from which the pair is gone is one from which it is pruned.

use super::backup::name;
use super::owners::Owners;
use super::repository::Needs;
use crate::api::{kinds, volsync, volume};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::edit::Edit;
use crate::inventory::{Inventory, referred_destination};
use crate::manifest::{Framing, Limits, Reading, Source, apply, read_whole, stray};
use crate::object::{Location, Node, Object};
use crate::plan::{Plan, TemplateOrigin, Verdict, VolumePlan};
use serde_json::Value;
use std::collections::BTreeMap;

/// A volume's name on both sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Its namespace, if anything says so.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace.as_deref().unwrap_or("?"), self.name)
    }
}

/// An application that could not be read or rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its name as the user knows it.
    pub application: String,
    /// Why.
    pub diagnostics: Vec<Diagnostic>,
    /// Why, where it is not about the content of a file: what was seen and what to type.
    pub problem: Option<(String, String)>,
}

/// An application of one side.
#[derive(Debug, Clone, Copy)]
pub struct Application<'a> {
    /// What it has in common with itself on the other side.
    pub id: &'a str,
    /// Its name as the user knows it.
    pub name: &'a str,
    /// The namespace of manifests that state none.
    pub namespace: Option<&'a str>,
    /// Whether its plan is carried out; if not, its manifests leave as they are.
    pub is_rendered: bool,
}

/// What leaves the applications of one side.
#[derive(Debug, Default)]
pub struct Side {
    pub(super) volumes: BTreeMap<Key, Volume>,
    pub(super) unread: Vec<Unread>,
    /// What the volumes' repositories hang on.
    pub(super) needs: Needs,
}

/// A volume and what belongs to it in the output.
#[derive(Debug, Default)]
pub(super) struct Volume {
    /// The application that it is in.
    pub(super) application: String,
    /// Its manifest, if it is in the output.
    pub(super) claim: Option<Claim>,
    /// What backs it up.
    pub(super) sources: Vec<Value>,
    /// What restores it.
    pub(super) destinations: Vec<Value>,
    /// The plan's conclusion, if it is planned.
    pub(super) verdict: Option<Verdict>,
    /// Whether mode audit keeps the plan from being carried out.
    pub(super) is_audit: bool,
    /// The plan's reasons, the deciding one first.
    pub(super) reasons: Vec<Diagnostic>,
    /// Where it stands in the input.
    pub(super) location: Option<Location>,
    /// Why it fails the run; empty if it does not.
    pub(super) failing: Vec<Diagnostic>,
}

/// The manifest that makes a volume.
#[derive(Debug)]
pub(super) struct Claim {
    /// The PVC, or the template of a `StatefulSet`.
    pub(super) value: Value,
    /// The `StatefulSet`, if it is one's template.
    pub(super) set: Option<String>,
    /// The destination that its reference names, if it names one in its own namespace.
    pub(super) destination: Option<String>,
}

impl Side {
    /// Notes an application that could not be read, so that what is absent is unknown.
    pub fn fail(&mut self, unread: Unread) {
        self.unread.push(unread);
    }

    /// Adds an application by what was read of it and its plan. One whose text cannot be read
    /// for certain counts as unread.
    pub fn add(&mut self, application: &Application<'_>, reading: &Reading, plan: &Plan) {
        let edits = if application.is_rendered { plan.edits() } else { Vec::new() };
        let leaving = match leaving(reading, plan, &edits) {
            Ok(objects) => Inventory::new(objects, application.namespace.map(str::to_owned)),
            Err(diagnostics) => {
                let application = application.name.to_owned();
                return self.fail(Unread { application, diagnostics, problem: None });
            }
        };
        self.needs.add(&leaving);
        let mut found = Applied { side: self, application: application.id, leaving: &leaving };
        found.claims();
        found.planned(&plan.volumes, application.is_rendered);
        found.sources();
        found.destinations();
    }
}

impl Side {
    /// Gives destinations that belong to no volume on this side to the volume that they belong to
    /// on the other.
    pub(super) fn settle(&mut self, other: &Self) {
        let alone = |volume: &Volume| volume.claim.is_none() && volume.sources.is_empty();
        let stray: Vec<Key> = self
            .volumes
            .iter()
            .filter(|(key, volume)| alone(volume) && !other.volumes.contains_key(key))
            .map(|(key, _)| key.clone())
            .collect();
        for key in stray {
            let Some(mut volume) = self.volumes.remove(&key) else { continue };
            for rd in std::mem::take(&mut volume.destinations) {
                let its = |(there, owner): &(&Key, &Volume)| {
                    there.namespace == key.namespace
                        && owner.destinations.iter().any(|one| name(one) == name(&rd))
                };
                let owner = other.volumes.iter().find(its).map_or(&key, |(owner, _)| owner);
                let application = volume.application.clone();
                let home = self
                    .volumes
                    .entry(owner.clone())
                    .or_insert_with(|| Volume { application, ..Volume::default() });
                put(&mut home.destinations, rd);
            }
        }
    }
}

/// Returns the objects that leave: the output is read again.
fn leaving(
    reading: &Reading,
    plan: &Plan,
    edits: &[&Edit],
) -> Result<Vec<Object>, Vec<Diagnostic>> {
    // A shared identity fails the run for the volumes concerned; the rest of the stream is known.
    let unreadable =
        |d: &&Diagnostic| d.severity() == Severity::Error && d.code != Code::IdentityDuplicate;
    let errors: Vec<Diagnostic> = plan.diagnostics.iter().filter(unreadable).cloned().collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let broken: Vec<Diagnostic> = reading.stream.documents().filter_map(stray).collect();
    if !broken.is_empty() {
        return Err(broken);
    }
    let text = apply(&reading.stream, edits)?.pieces.concat();
    let source = Source { name: "<output>".into(), text, framing: Framing::Stream };
    let size = Limits::STREAM_MAX;
    let limits = Limits { stream_size: size, document_size: size };
    let further = [kinds::FURTHER, kinds::SECRET_OPERATORS].concat();
    let output = read_whole(vec![source], limits, &further);
    let errors: Vec<Diagnostic> = output.diagnostics.iter().filter(unreadable).cloned().collect();
    if errors.is_empty() { Ok(output.objects) } else { Err(errors) }
}

/// An application whose output is being added.
struct Applied<'a> {
    side: &'a mut Side,
    application: &'a str,
    leaving: &'a Inventory,
}

impl Applied<'_> {
    fn key(&self, object: &Object, name: &str) -> Key {
        Key { namespace: self.leaving.namespace_of(object), name: name.to_owned() }
    }

    fn volume(&mut self, key: Key) -> &mut Volume {
        let application = self.application;
        self.side
            .volumes
            .entry(key)
            .or_insert_with(|| Volume { application: application.to_owned(), ..Volume::default() })
    }

    fn claims(&mut self) {
        for pvc in self.leaving.of_kind(volume::PVC) {
            let generated = pvc.node.text_at(&["metadata", "generateName"]);
            let name = match generated.filter(|_| pvc.id.name.is_empty()) {
                Some(prefix) => format!("{prefix}*"),
                None => pvc.id.name.clone(),
            };
            let key = self.key(pvc, &name);
            let claim = claim(&pvc.node, key.namespace.as_deref(), None);
            let location = pvc.location.clone();
            let volume = self.volume(key);
            // Of objects that stand twice Argo CD applies the last.
            volume.claim = Some(claim);
            volume.location = Some(location);
        }
    }

    fn planned(&mut self, plans: &[VolumePlan], is_rendered: bool) {
        for plan in plans.iter().filter(|plan| !plan.name.is_empty()) {
            let key = Key { namespace: plan.namespace.clone(), name: plan.name.clone() };
            let template = plan.template.as_ref().and_then(|origin| self.template(origin, &key));
            let volume = self.volume(key);
            if volume.claim.is_none() {
                volume.claim = template;
            }
            volume.location = Some(plan.location.clone());
            if !is_rendered {
                continue;
            }
            volume.verdict = Some(plan.verdict);
            volume.is_audit = !plan.is_applied();
            volume.reasons.clone_from(&plan.reasons);
            if plan.fails() || plan.has(Code::IdentityDuplicate) {
                let errors = |d: &&Diagnostic| d.severity() == Severity::Error;
                volume.failing = plan.reasons.iter().filter(errors).cloned().collect();
                if volume.failing.is_empty() {
                    volume.failing = plan.reasons.iter().take(1).cloned().collect();
                }
            }
        }
    }

    fn template(&self, origin: &TemplateOrigin, key: &Key) -> Option<Claim> {
        let namespace = key.namespace.as_deref();
        let sets = self.leaving.named(volume::STATEFUL_SET, namespace, &origin.set);
        let templates =
            sets.first()?.node.at(&["spec", volume::VOLUME_CLAIM_TEMPLATES])?.items()?;
        let named = |node: &&Node| {
            node.text_at(&["metadata", "name"]).unwrap_or_default() == origin.template
        };
        let node = templates.iter().find(named)?;
        Some(claim(node, namespace, Some(origin.set.clone())))
    }

    fn sources(&mut self) {
        for rs in self.leaving.of_kind(volsync::REPLICATION_SOURCE) {
            let pvc = rs.node.text_at(&["spec", "sourcePVC"]).unwrap_or(&rs.id.name);
            let key = self.key(rs, pvc);
            put(&mut self.volume(key).sources, rs.node.to_json());
        }
    }

    fn destinations(&mut self) {
        let owners = Owners::of(&self.side.volumes);
        for rd in self.leaving.of_kind(volsync::REPLICATION_DESTINATION) {
            let value = rd.node.to_json();
            let namespace = self.leaving.namespace_of(rd);
            for key in owners.restored(rd, &value, namespace.as_deref()) {
                put(&mut self.volume(key).destinations, value.clone());
            }
        }
    }
}

/// Adds an object in place of one of its name.
fn put(objects: &mut Vec<Value>, object: Value) {
    objects.retain(|other| name(other) != name(&object));
    objects.push(object);
}

fn claim(node: &Node, namespace: Option<&str>, set: Option<String>) -> Claim {
    let destination = node.get("spec").and_then(|spec| referred_destination(spec, namespace));
    Claim { value: node.to_json(), set, destination: destination.map(str::to_owned) }
}

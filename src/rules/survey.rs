//! One application → what the rules look at: its volumes with the plan's conclusions, VolSync's
//! objects as they will be applied, and the further kinds, reduced to what rules read.
//!
//! A survey holds nothing of the text it was made from, and its objects flat, so that a repository
//! of many applications needs some hundred bytes for each. It holds no content of Secrets but
//! repositories' addresses.

use super::finding::{About, Finding};
use super::member::{Homes, Member, Origin};
use super::workload::{self, Workload};
use crate::api::{kinds, labels, volsync, volume};
use crate::config::{Allow, Config};
use crate::diagnostic::{Code, Diagnostic};
use crate::intent::Exempt;
use crate::inventory::{Inventory, referred_destination};
use crate::manifest::Reading;
use crate::object::{Entry, Location, Node, Object, ObjectRef, Value};
use crate::plan::{Plan, Reference, Verdict, VolumePlan, plan_inventory};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A volume as the rules see it.
#[derive(Debug, Clone)]
pub struct Volume {
    /// Its PVC; of a volume that a template makes, the template.
    pub member: Member,
    /// The plan's conclusion.
    pub verdict: Verdict,
    /// Whether it is exempt, with or without a reason.
    pub is_exempt: bool,
    /// The destination that its reference in the output names, in its own namespace.
    pub target: Option<Box<str>>,
    /// Whether the plan sets that reference, or proved it right.
    pub is_wired: bool,
    /// Whether a template makes it.
    pub is_made: bool,
    /// What the plan says of it.
    pub told: Box<[Code]>,
}

/// What the rules look at of one application.
#[derive(Debug)]
pub struct Survey {
    /// Which application it is.
    pub origin: Origin,
    /// What the plan says.
    pub findings: Vec<Finding>,
    /// Its volumes.
    pub volumes: Vec<Volume>,
    /// Its other objects, as they will be applied.
    pub members: Vec<Member>,
    /// What runs pods.
    pub workloads: Vec<Workload>,
    /// Volumes and VolSync objects that stand in the application's folder and are not part of what
    /// is rendered from it.
    pub unrendered: Vec<Member>,
    /// What the configuration lets pass.
    pub allow: Arc<[Allow]>,
}

/// Surveys what was read of an application.
pub fn survey(origin: &Origin, reading: &mut Reading, config: &Config) -> Survey {
    let diagnostics = std::mem::take(&mut reading.diagnostics);
    let objects = std::mem::take(&mut reading.objects);
    let inventory = Inventory::new(objects, config.namespace.clone());
    let plan = plan_inventory(&inventory, diagnostics, config);
    let mut survey = Survey::unread(origin, Vec::new());
    let mut homes = Homes::new(origin);
    survey.allow = config.allow.as_slice().into();
    for planned in &plan.volumes {
        survey.add_volume(&mut homes, planned, &inventory);
    }
    survey.tell(&plan);
    survey.add_objects(&mut homes, &inventory);
    survey.volumes.shrink_to_fit();
    survey.members.shrink_to_fit();
    survey.workloads.shrink_to_fit();
    survey.findings.shrink_to_fit();
    survey
}

impl Survey {
    /// A survey of an application that could not be read, with what is to say about it.
    pub fn unread(origin: &Origin, findings: Vec<Finding>) -> Self {
        Self {
            origin: origin.clone(),
            findings,
            volumes: Vec::new(),
            members: Vec::new(),
            workloads: Vec::new(),
            unrendered: Vec::new(),
            allow: Arc::default(),
        }
    }

    /// Holds what the configuration lets pass once, where another application has the same.
    pub fn share_with(&mut self, other: &Self) {
        if self.allow == other.allow {
            self.allow = Arc::clone(&other.allow);
        }
    }

    /// Returns where findings can be: at its objects, and where there is something to say already.
    pub fn places(&self) -> impl Iterator<Item = Location> {
        let volumes = self.volumes.iter().map(|volume| &volume.member);
        let workloads = self.workloads.iter().map(|workload| &workload.member);
        let members = volumes.chain(&self.members).chain(workloads);
        let told = self.findings.iter().filter_map(|found| found.diagnostic.location.clone());
        members.map(Member::location).chain(told)
    }

    /// Takes over the objects that stand in files of the application's folder: those of which
    /// nothing is in what was rendered. A build may add to names.
    pub fn add_files(&mut self, objects: &[Object]) {
        let mut homes = Homes::new(&self.origin);
        for object in objects {
            let id = &object.id;
            let is_ours = matches!(
                id.kind.as_str(),
                volume::PVC | volsync::REPLICATION_SOURCE | volsync::REPLICATION_DESTINATION
            );
            let mut all = self.members.iter().chain(self.volumes.iter().map(|v| &v.member));
            let is_rendered =
                all.any(|member| member.kind() == id.kind && member.name().contains(&*id.name));
            if is_ours && !id.name.is_empty() && !is_rendered {
                let namespace = id.namespace.as_deref();
                self.unrendered.push(Member::written(&mut homes, namespace, object));
            }
        }
    }

    /// Takes over the plan's diagnostics and reasons, each once.
    fn tell(&mut self, plan: &Plan) {
        let mut seen: BTreeSet<(Code, Option<Location>, String)> = BTreeSet::new();
        for found in &plan.diagnostics {
            seen.insert((found.code, found.location.clone(), found.message.clone()));
            self.findings.push(Finding::of(found.clone(), None, &self.origin.application));
        }
        for (planned, volume) in plan.volumes.iter().zip(&self.volumes) {
            for found in planned.reasons.iter().filter(|found| concerns(planned, found)) {
                if seen.insert((found.code, found.location.clone(), found.message.clone())) {
                    let about = Some(about(planned));
                    self.findings.push(
                        Finding::of(found.clone(), about, &self.origin.application)
                            .also(&volume.member),
                    );
                }
            }
        }
    }

    fn add_volume(&mut self, homes: &mut Homes, planned: &VolumePlan, inventory: &Inventory) {
        let object = volume_object(planned, inventory);
        let namespace = planned.namespace.as_deref();
        let member = Member::written(homes, namespace, &object);
        if planned.verdict == Verdict::Wired
            && let Some(desired) = &planned.desired
        {
            let sources = desired.sources.iter().map(|source| source.object.to_json());
            let destination = desired.destination.iter().map(|rd| rd.to_json());
            let secrets = desired.secrets.iter().cloned();
            for value in sources.chain(destination).chain(secrets) {
                let Some(object) = reduced(&planned_object(value, planned)) else { continue };
                self.members.push(Member::planned(homes, &member, &object));
            }
        }
        let set = match &planned.reference {
            Reference::Injected(name)
            | Reference::AlreadySet(name)
            | Reference::Precreated(name)
                if planned.verdict == Verdict::Wired =>
            {
                Some(name.as_str())
            }
            Reference::Injected(_)
            | Reference::AlreadySet(_)
            | Reference::Precreated(_)
            | Reference::LeftAlone
            | Reference::NotWanted
            | Reference::Elsewhere
            | Reference::InTemplate => None,
        };
        let stated = || referred_destination(object.node.get("spec")?, namespace);
        self.volumes.push(Volume {
            member,
            verdict: planned.verdict,
            is_exempt: planned.intent.exempt != Exempt::No,
            target: set.or_else(stated).map(Into::into),
            is_wired: set.is_some(),
            is_made: planned.template.is_some(),
            told: planned
                .reasons
                .iter()
                .filter(|found| concerns(planned, found))
                .map(|found| found.code)
                .collect(),
        });
    }

    fn add_objects(&mut self, homes: &mut Homes, inventory: &Inventory) {
        let planned: BTreeSet<(String, String, String)> = self.members.iter().map(key).collect();
        for object in inventory.objects() {
            let namespace = inventory.namespace_of(object);
            let namespace = namespace.as_deref();
            if workload::is_one(object) {
                let beside = self.volumes.iter().map(|volume| &volume.member);
                let beside = beside.filter(|member| member.namespace() == namespace);
                let beside: Vec<&str> = beside.map(Member::name).collect();
                self.workloads.extend(workload::workload(homes, namespace, object, &beside));
            }
            let Some(object) = reduced(object) else { continue };
            let member = Member::written(homes, namespace, &object);
            // What a render brings up to date is judged as what it will be.
            if !planned.contains(&key(&member)) {
                self.members.push(member);
            }
        }
    }
}

/// Returns whether a reason of the plan concerns the owner of a volume. Where the labels ask for no
/// pair, what the plan says of the pair that somebody else wrote compares it with one that nobody
/// wants; the rules look at such pairs for what they are. That no label asks for a backup is said by
/// the rule that knows whether anything else does.
fn concerns(planned: &VolumePlan, found: &Diagnostic) -> bool {
    let intent = &planned.intent;
    intent.wants_backup()
        || intent.exempt != Exempt::No
        || intent.problems.contains(found)
        || intent.notes.contains(found)
        || matches!(
            found.code,
            Code::InvalidTier | Code::EnabledMissing | Code::ManageMissing | Code::LegacyLabelOnly
        )
}

fn key(member: &Member) -> (String, String, String) {
    (member.kind().to_owned(), member.space().to_owned(), member.name().to_owned())
}

fn about(planned: &VolumePlan) -> About {
    About {
        kind: volume::PVC.to_owned(),
        namespace: planned.namespace.clone(),
        name: planned.name.clone(),
    }
}

/// The volume's own manifest: its PVC, or the template under the name of the volume.
fn volume_object(planned: &VolumePlan, inventory: &Inventory) -> Object {
    let set = planned.template.as_ref();
    let kind = if set.is_some() { volume::STATEFUL_SET } else { volume::PVC };
    let name = set.map_or(&planned.name, |origin| &origin.set);
    let holders = inventory.named(kind, planned.namespace.as_deref(), name);
    let holder = holders.iter().find(|holder| holder.document == planned.document);
    let template = |holder: &&&Object| {
        let templates = holder.node.at(&["spec", volume::VOLUME_CLAIM_TEMPLATES])?.items()?;
        let found = templates.iter().find(|t| t.mark == planned.location.mark)?.clone();
        Some(with_annotations_of(found, &holder.node))
    };
    let own = |holder: &&&Object| Some(holder.node.clone());
    let node = if set.is_some() {
        holder.as_ref().and_then(template)
    } else {
        holder.as_ref().and_then(own)
    };
    Object {
        id: ObjectRef {
            api_version: volume::CORE_V1.to_owned(),
            kind: volume::PVC.to_owned(),
            namespace: planned.namespace.clone(),
            name: planned.name.clone(),
        },
        document: planned.document,
        route: Vec::new(),
        location: planned.location.clone(),
        node: node.unwrap_or(Node { value: Value::Null, mark: planned.location.mark }),
    }
}

/// A template with the allowances of its `StatefulSet`, whose templates cannot be changed.
fn with_annotations_of(mut template: Node, set: &Node) -> Node {
    let allowed = set.at(&["metadata", "annotations"]).and_then(|node| node.entry(labels::ALLOW));
    if let (Some(allowed), Value::Mapping(entries)) = (allowed, &mut template.value)
        && let Some(metadata) = entries.iter_mut().find(|entry| entry.key == "metadata")
        && metadata.value.get("annotations").is_none()
        && let Value::Mapping(inner) = &mut metadata.value.value
    {
        let mark = allowed.mark;
        let annotations = Node { value: Value::Mapping(vec![allowed.clone()]), mark };
        inner.push(Entry { key: "annotations".into(), mark, value: annotations });
    }
    template
}

/// What no rule asks of an object that is rendered: what comes from the settings as it is.
const OF_THE_SETTINGS: &[&str] = &[
    "compression",
    "parallelism",
    "retain",
    "pruneIntervalDays",
    "cacheCapacity",
    "cacheAccessModes",
    "moverResources",
    "cleanupCachePVC",
    "cleanupTempPVC",
];

/// An object as it will be rendered, with what rules ask of it. Its labels say what is known of it
/// already.
fn planned_object(mut value: serde_json::Value, planned: &VolumePlan) -> Object {
    let text = |pointer: &str| {
        value.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let id = ObjectRef {
        api_version: text("/apiVersion"),
        kind: text("/kind"),
        namespace: planned.namespace.clone(),
        name: text("/metadata/name"),
    };
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, _| !matches!(key.as_str(), "apiVersion" | "kind"));
    }
    if let Some(metadata) = value.get_mut("metadata").and_then(serde_json::Value::as_object_mut) {
        metadata.retain(|key, _| key == "annotations" && id.group() != volsync::GROUP);
    }
    for section in
        value.get_mut("spec").and_then(serde_json::Value::as_object_mut).into_iter().flatten()
    {
        if let Some(fields) = section.1.as_object_mut() {
            fields.retain(|key, _| !OF_THE_SETTINGS.contains(&key.as_str()));
        }
    }
    Object {
        id,
        document: planned.document,
        route: Vec::new(),
        location: planned.location.clone(),
        node: Node::from_json(&value, planned.location.mark),
    }
}

/// Returns an object with what rules read of it; nothing where that is nothing.
fn reduced(object: &Object) -> Option<Object> {
    let keep = |node: Node| Some(object.with_node(node));
    match object.id.kind.as_str() {
        volume::PVC | volume::STATEFUL_SET => None,
        volume::SECRET => keep(only(&object.node, &["metadata"], &["data", "stringData"])),
        volume::EXTERNAL_SECRET => keep(only(&object.node, &["metadata", "spec"], &[])),
        kinds::DEPLOYMENT | kinds::DAEMON_SET | kinds::CRON_JOB => {
            workload::is_repo_server(object).then(|| object.clone())
        }
        kinds::CONFIG_MAP => {
            let name = object.id.name.as_str();
            (name.starts_with("argocd-") || mentions_plugin(&object.node)).then(|| object.clone())
        }
        _ => Some(object.clone()),
    }
}

fn mentions_plugin(node: &Node) -> bool {
    let values = node.get("data").map(Node::entries).unwrap_or_default();
    values.iter().any(|entry| {
        entry.value.as_str().is_some_and(|text| text.contains(kinds::CONFIG_MANAGEMENT_PLUGIN))
    })
}

/// Keeps some keys of a mapping, and of others only the addresses of repositories.
fn only(node: &Node, whole: &[&str], addresses: &[&str]) -> Node {
    let keep = |entry: &Entry| {
        if whole.contains(&entry.key.as_str()) {
            return Some(entry.clone());
        }
        if !addresses.contains(&entry.key.as_str()) {
            return None;
        }
        let kept = entry
            .value
            .entries()
            .iter()
            .filter(|e| volsync::REPOSITORY_KEYS.contains(&e.key.as_str()));
        let value = Value::Mapping(kept.cloned().collect());
        Some(Entry { value: Node { value, mark: entry.value.mark }, ..entry.clone() })
    };
    let entries = node.entries().iter().filter_map(keep).collect();
    Node { value: Value::Mapping(entries), mark: node.mark }
}

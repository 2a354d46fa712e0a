//! The decisions on one volume, in their order. The first that fits is the verdict; the others
//! are still looked at and reported.

use super::reference::{self, Reference, at, names_own};
use super::subject::Subject;
use super::verdict::Verdict;
use super::{NamespaceFrom, VolumePlan, gate, pair, precreate};
use crate::api::volsync::{REPLICATION_DESTINATION, REPLICATION_SOURCE};
use crate::api::{labels, name, volume};
use crate::config::{Config, Tier};
use crate::desired::{Desired, Facts, desired, destination_name, tier_word};
use crate::diagnostic::{Code, Diagnostic};
use crate::drift;
use crate::edit::{Addition, Change, Edit};
use crate::intent::{self, Exempt, Fuse, RestoreMode, TierAsked};
use crate::inventory::{Inventory, Owner};
use crate::object::Node;

/// Decides on one volume.
pub(super) fn decide(subject: &Subject<'_>, inventory: &Inventory, config: &Config) -> VolumePlan {
    let intent = intent::parse(&subject.layers);
    let stated = subject.object.id.namespace.clone();
    let (namespace, namespace_from) = match (stated, &config.namespace) {
        (Some(namespace), _) => (Some(namespace), NamespaceFrom::Manifest),
        (None, Some(namespace)) => (Some(namespace.clone()), NamespaceFrom::Default),
        (None, None) => (None, NamespaceFrom::Unknown),
    };
    let mut case = Case {
        subject,
        inventory,
        config,
        verdict: None,
        plan: VolumePlan {
            namespace,
            namespace_from,
            name: subject.name.clone(),
            location: subject.object.locate(subject.node.mark),
            document: subject.object.document,
            template: subject.template.clone(),
            mode: intent.mode.unwrap_or(config.mode),
            intent,
            gate: None,
            tier: None,
            pair: pair::Pair::default(),
            verdict: Verdict::NeedsHumanReview,
            reasons: Vec::new(),
            desired: None,
            reference: Reference::LeftAlone,
            edits: Vec::new(),
        },
    };
    case.decide();
    case.finish()
}

struct Case<'c, 'i> {
    subject: &'c Subject<'i>,
    inventory: &'i Inventory,
    config: &'c Config,
    verdict: Option<Verdict>,
    plan: VolumePlan,
}

impl<'c> Case<'c, '_> {
    /// Gives a reason for a verdict; the first verdict stands.
    fn conclude(&mut self, verdict: Verdict, reason: Diagnostic) {
        self.verdict.get_or_insert(verdict);
        self.note(reason);
    }

    fn review(&mut self, reason: Diagnostic) {
        self.conclude(Verdict::NeedsHumanReview, reason);
    }

    fn note(&mut self, reason: Diagnostic) {
        let reason = if reason.location.is_some() { reason } else { at(self.subject, reason) };
        self.plan.reasons.push(reason);
    }

    fn finish(mut self) -> VolumePlan {
        self.plan.reasons.append(&mut self.plan.intent.notes.clone());
        self.plan.verdict = self.verdict.unwrap_or(Verdict::Wired);
        if self.plan.verdict != Verdict::Wired {
            self.plan.edits.clear();
        }
        self.plan
    }

    /// The order of decisions.
    fn decide(&mut self) {
        if self.exempt() {
            return;
        }
        for problem in self.plan.intent.problems.clone() {
            self.review(problem);
        }
        let tier = self.tier();
        if self.not_opted_in() {
            return;
        }
        let Some(namespace) = self.place() else { return };
        if self.plan.intent.wants_backup() {
            let (gate, closed) = gate::gate(&namespace, self.inventory, self.config);
            self.plan.gate = Some(gate);
            if let Some(reason) = closed {
                self.conclude(Verdict::SkippedNamespaceNotManaged, reason);
            }
        }
        if let Some(Tier::Disabled) = tier
            && self.plan.intent.is_write_eligible()
        {
            self.disabled(&namespace);
            return;
        }
        self.shape();
        let present = pair::present(self.subject, &namespace, self.inventory);
        for trouble in present.trouble.clone() {
            self.review(trouble);
        }
        self.plan.desired = match (tier, self.facts(&namespace)) {
            (Some(tier), Some(facts)) => desired(&facts, &self.plan.intent, tier, self.config),
            (None, _) | (_, None) => None,
        };
        self.plan.pair = pair::compare(&present, self.plan.desired.as_ref());
        if !self.owned(&present) {
            return;
        }
        if !self.plan.intent.is_write_eligible() {
            self.gated();
            return;
        }
        self.wire(&namespace, &present);
    }

    /// 1 and 2: an exempt volume is never backed up, and has to say why.
    fn exempt(&mut self) -> bool {
        match self.plan.intent.exempt.clone() {
            Exempt::No => return false,
            Exempt::Because(reason) => {
                let message = format!("exempt: {reason}");
                self.conclude(Verdict::SkippedExempt, Diagnostic::new(Code::Exempt, message));
            }
            Exempt::WithoutReason { location, bare_key } => {
                let message = if bare_key {
                    format!(
                        "exempt, and its reason stands under `{}`, which does not count",
                        labels::EXEMPT_REASON_BARE
                    )
                } else {
                    "exempt, and no annotation says why".to_owned()
                };
                let found = Diagnostic::new(Code::ExemptReasonMissing, message)
                    .at(location)
                    .help(format!("annotate it: {}: \"why\"", labels::EXEMPT_REASON));
                self.review(found);
            }
        }
        true
    }

    /// 3, for the one value whose meaning is configured.
    fn tier(&mut self) -> Option<&'c Tier> {
        let asked = self.plan.intent.tier.clone();
        let word = tier_word(&asked);
        let tier = self.config.tiers.get(word);
        if let (None, TierAsked::Label(word, location)) = (tier, &asked) {
            let words = self.config.tiers.words();
            let nearest = words
                .iter()
                .min_by_key(|known| strsim::damerau_levenshtein(known, word))
                .filter(|known| strsim::damerau_levenshtein(known, word) <= 3);
            let help = nearest.map_or_else(
                || format!("use one of {}, or add it to tiers in plumber.yaml", words.join(", ")),
                |known| format!("did you mean {}: {known}?", labels::TIER),
            );
            let message = format!("there is no tier `{word}`");
            let found = Diagnostic::new(Code::InvalidTier, message).at(location.clone()).help(help);
            self.review(found);
        }
        if tier.is_some() {
            self.plan.tier = Some(word.to_owned());
        }
        tier
    }

    /// 4 and 5: without `enabled` nothing is asked for, but the legacy label is reported on.
    fn not_opted_in(&mut self) -> bool {
        let intent = &self.plan.intent;
        if intent.enabled != Fuse::Off {
            return false;
        }
        let (code, message, help) = match (intent.manage, &intent.legacy) {
            (Fuse::On | Fuse::Malformed, _) => (
                Code::EnabledMissing,
                format!("{} is set without {}", labels::MANAGE_VOLSYNC, labels::ENABLED),
                format!("add the label {}: \"true\"", labels::ENABLED),
            ),
            (Fuse::Off, Some(_)) => return false,
            (Fuse::Off, None) => (
                Code::NotOptedIn,
                "no label asks for a backup".to_owned(),
                format!(
                    "label it {}: \"true\" and {}: \"true\", or {}: \"true\" with a reason",
                    labels::ENABLED,
                    labels::MANAGE_VOLSYNC,
                    labels::EXEMPT
                ),
            ),
        };
        self.conclude(Verdict::SkippedNotOptedIn, Diagnostic::new(code, message).help(help));
        true
    }

    /// Everything hangs on the namespace and the name.
    fn place(&mut self) -> Option<String> {
        if self.subject.name.is_empty()
            || self.plan.template.as_ref().is_some_and(|t| t.template.is_empty())
        {
            let found = Diagnostic::new(Code::NameMissing, "the volume has no metadata.name")
                .help("give it one; generateName makes a volume that no backup can follow");
            self.review(found);
        }
        if self.plan.namespace.is_none() {
            let found = Diagnostic::new(
                Code::NamespaceUnknown,
                "nothing says which namespace the volume is in",
            )
            .help("set metadata.namespace, or give --namespace NAMESPACE");
            self.review(found);
        }
        if self.plan.template.as_ref().is_some_and(|template| template.ordinal.is_none()) {
            let found = Diagnostic::new(
                Code::OrdinalsMissing,
                "spec.replicas does not say how many volumes the StatefulSet has",
            )
            .help(format!("annotate it: {}: \"3\"", labels::ORDINALS));
            self.review(found);
            return None;
        }
        self.plan.namespace.clone().filter(|_| !self.subject.name.is_empty())
    }

    /// 7, tier `disabled`: no pair, and no reference to one.
    fn disabled(&mut self, namespace: &str) {
        let present = pair::present(self.subject, namespace, self.inventory);
        self.plan.pair = pair::compare(&present, None);
        self.dangling(namespace, &present);
        self.conclude(
            Verdict::Disabled,
            Diagnostic::new(Code::TierDisabled, "the tier is disabled: no backup, no restore"),
        );
        if self.plan.pair.owner() == Some(Owner::Ours) {
            self.left_over();
        }
    }

    /// A rendered object that is no longer wanted is named, not removed: no render deletes.
    fn left_over(&mut self) {
        let names: Vec<&str> = self.plan.pair.halves().map(|half| half.name.as_str()).collect();
        let message =
            format!("what was rendered for it earlier is still here: {}", names.join(", "));
        let found = Diagnostic::new(Code::DisabledPairPresent, message)
            .help("remove it from Git; Argo CD prunes it");
        self.note(found);
    }

    /// A reference to the volume's own destination, which is neither rendered nor there.
    fn dangling(&mut self, namespace: &str, present: &pair::Present<'_>) {
        if names_own(self.subject, namespace) && present.destination.is_none() {
            let found = Diagnostic::new(
                Code::DanglingReference,
                format!(
                    "spec.{} names {}, which is not rendered: a new volume would wait for ever",
                    volume::DATA_SOURCE_REF,
                    destination_name(&self.subject.name)
                ),
            )
            .help(format!("remove spec.{}", volume::DATA_SOURCE_REF));
            self.review(found);
        }
    }

    /// What makes a pair impossible, whoever writes it.
    fn shape(&mut self) {
        if !self.plan.intent.wants_backup() {
            return;
        }
        let name = self.subject.name.clone();
        if self.subject.is_duplicate {
            let found = Diagnostic::new(
                Code::DuplicateObject,
                format!("the volume {name} stands twice in the stream; Argo CD applies the last"),
            )
            .help("remove one of them");
            self.review(found);
        }
        for rendered in [name.as_str(), &destination_name(&name)] {
            if !name::is_dns_subdomain(rendered) {
                let found = Diagnostic::new(
                    Code::InvalidName,
                    format!("`{rendered}` is no name that Kubernetes takes"),
                )
                .help("name the volume in lower case letters, digits and `-`, 249 at most");
                self.review(found);
                break;
            }
        }
        if let Some((key, location)) = self.plan.intent.hook.clone() {
            let found = Diagnostic::new(
                Code::HookVolume,
                format!(
                    "{key} makes the volume a hook, which waits for a destination that comes later"
                ),
            )
            .at(location)
            .help("make it an ordinary manifest of the application");
            self.review(found);
        }
        if let Some(key) = self.plan.intent.native_backup.clone() {
            let found = Diagnostic::new(
                Code::NativeBackup,
                format!("the label {key} says that CloudNativePG owns the volume and backs it up"),
            )
            .help("remove the pvc-plumber.io labels");
            self.review(found);
        }
        if self.capacity().is_none() {
            let found = Diagnostic::new(
                Code::CapacityMissing,
                "the volume requests no size, and its restore needs one",
            )
            .help("set spec.resources.requests.storage");
            self.review(found);
        }
        for conflict in reference::conflicts(self.subject, &self.plan.intent) {
            self.review(conflict);
        }
    }

    fn capacity(&self) -> Option<serde_json::Value> {
        let capacity = self.subject.node.at(volume::STORAGE_REQUEST)?.to_json();
        let fits = match &capacity {
            serde_json::Value::Number(_) => true,
            serde_json::Value::String(text) => name::is_quantity(text),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => false,
        };
        fits.then_some(capacity)
    }

    fn facts(&self, namespace: &str) -> Option<Facts> {
        let spec = |key: &str| self.subject.node.at(&["spec", key]);
        let modes: Vec<String> = spec("accessModes")
            .and_then(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|mode| mode.as_str().map(str::to_owned))
            .collect();
        Some(Facts {
            namespace: namespace.to_owned(),
            states_namespace: self.plan.namespace_from == NamespaceFrom::Manifest,
            name: self.subject.name.clone(),
            capacity: self.capacity()?,
            access_modes: if modes.is_empty() { vec!["ReadWriteOnce".into()] } else { modes },
            storage_class: spec("storageClassName").and_then(Node::as_str).map(str::to_owned),
        })
    }

    /// 7, by who owns what is there. Returns whether writing is open as far as that goes.
    fn owned(&mut self, present: &pair::Present<'_>) -> bool {
        let pair = &self.plan.pair;
        let names: Vec<&str> = pair.halves().map(|half| half.name.as_str()).collect();
        let names = names.join(" and ");
        let location = pair.halves().next().map(|half| half.location.clone());
        let wants_destination = self.plan.intent.restore != RestoreMode::Never;
        let complete =
            present.source.is_some() && (present.destination.is_some() || !wants_destination);
        let fields = |pair: &pair::Pair| -> String {
            let all: Vec<&str> = pair
                .halves()
                .flat_map(|half| &half.differences)
                .map(|d| d.field.as_str())
                .collect();
            match all.as_slice() {
                [] => String::new(),
                [few @ ..] if few.len() <= 3 => format!(" in {}", few.join(", ")),
                [first, second, rest @ ..] => {
                    format!(" in {first}, {second} and {} more", rest.len())
                }
                [one] => format!(" in {one}"),
            }
        };
        let known = self.plan.desired.is_some();
        let (verdict, found) = match pair.owner() {
            None | Some(Owner::Ours) => return true,
            Some(Owner::SomebodyElse) if !complete => (
                Verdict::NeedsHumanReview,
                Diagnostic::new(
                    Code::ForeignPairIncomplete,
                    format!("somebody else's {names} is here without its other half"),
                )
                .help("complete the pair in Git, or remove it to have both rendered"),
            ),
            Some(Owner::SomebodyElse | Owner::Unknown) if known && complete && !pair.differs() => (
                Verdict::AlreadyMatches,
                Diagnostic::new(
                    Code::ForeignPairEqual,
                    format!("somebody else's {names} equals what would be rendered; left alone"),
                )
                .help("remove it from Git to have it rendered"),
            ),
            Some(Owner::SomebodyElse) => (
                Verdict::InlineArgoObserved,
                Diagnostic::new(
                    Code::ForeignPairDiffers,
                    format!(
                        "somebody else's {names} differs from what would be rendered{}; left alone",
                        fields(pair)
                    ),
                )
                .help("remove it from Git to have it rendered"),
            ),
            Some(Owner::Unknown) => (
                Verdict::NeedsHumanReview,
                Diagnostic::new(
                    Code::OwnerUnknown,
                    format!(
                        "whose {names} is, its labels do not say, and it differs from what would \
                         be rendered{}",
                        fields(pair)
                    ),
                )
                .help(format!(
                    "remove it, or label it {}: {}",
                    labels::MANAGED_BY,
                    labels::MANAGED_BY_ARGOCD
                )),
            ),
        };
        self.conclude(verdict, Diagnostic { location, ..found });
        self.unwired_beside_others();
        false
    }

    /// Beside somebody else's pair nothing is injected, so a missing reference stays missing.
    fn unwired_beside_others(&mut self) {
        let spec = self.subject.node.get("spec");
        let has_reference = spec
            .and_then(|spec| spec.get(volume::DATA_SOURCE_REF))
            .is_some_and(|reference| !reference.is_null());
        if self.plan.intent.restore != RestoreMode::Never && !has_reference {
            let found = Diagnostic::new(
                Code::RestoreNotWired,
                "the volume names no destination; recreated, it would come up empty",
            )
            .help(format!("set spec.{} to the destination", volume::DATA_SOURCE_REF));
            self.note(found);
        }
    }

    /// 8: reported, not written.
    fn gated(&mut self) {
        let intent = &self.plan.intent;
        let (code, message) = match intent.enabled {
            Fuse::On | Fuse::Malformed => (
                Code::ManageMissing,
                format!("{} is set without {}", labels::ENABLED, labels::MANAGE_VOLSYNC),
            ),
            Fuse::Off => (
                Code::LegacyLabelOnly,
                format!(
                    "only the label `{}` asks for a backup, which writes nothing",
                    labels::LEGACY_BACKUP
                ),
            ),
        };
        let verdict = match self.plan.pair.owner() {
            Some(_) if !self.plan.pair.differs() => Verdict::AlreadyMatches,
            Some(_) | None => Verdict::WriteGateMissing,
        };
        let help = match intent.enabled {
            Fuse::On | Fuse::Malformed => {
                format!("add the label {}: \"true\"", labels::MANAGE_VOLSYNC)
            }
            Fuse::Off => format!(
                "add the labels {}: \"true\" and {}: \"true\"",
                labels::ENABLED,
                labels::MANAGE_VOLSYNC
            ),
        };
        self.conclude(verdict, Diagnostic::new(code, message).help(help));
    }

    /// 7, nobody's or ours: the pair is rendered, the reference is set.
    fn wire(&mut self, namespace: &str, present: &pair::Present<'_>) {
        let Some(desired) = self.plan.desired.clone() else { return };
        if matches!(self.plan.intent.tier, TierAsked::Unspecified) {
            let message =
                format!("no tier is named; {} is meant", tier_word(&TierAsked::Unspecified));
            let help = format!("add the label {}: daily", labels::TIER);
            self.note(Diagnostic::new(Code::TierUnspecified, message).help(help));
        }
        if desired.destination.is_some() {
            let (reference, found) =
                reference::reference(self.subject, namespace, &self.plan.intent, self.config);
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
            let message = format!("{}: never asks for a backup only", labels::RESTORE_MODE);
            self.note(Diagnostic::new(Code::RestoreNotWanted, message));
            if self.plan.pair.destination.is_some() {
                self.left_over();
            }
        }
        self.plan.edits = self.edits(&desired, present);
    }

    fn edits(&self, desired: &Desired, present: &pair::Present<'_>) -> Vec<Edit> {
        let here = self.subject.object.document;
        let mut edits = Vec::new();
        let mut additions = Vec::new();
        let reference = match &self.plan.reference {
            Reference::Injected(name) => Some(name.clone()),
            Reference::Precreated(name) => {
                let pvc = precreate::pvc(self.subject, name, self.config);
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
        match present.source {
            None => additions.push(Addition::Source(Box::new(desired.source.clone()))),
            Some(rs) => {
                edits.extend(self.update(rs, &desired.source.to_json(), REPLICATION_SOURCE))
            }
        }
        if let Some(destination) = &desired.destination {
            match present.destination {
                None => additions.push(Addition::Destination(Box::new(destination.clone()))),
                Some(rd) => {
                    edits.extend(self.update(rd, &destination.to_json(), REPLICATION_DESTINATION));
                }
            }
        }
        if !additions.is_empty() {
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

    fn update(
        &self,
        object: &crate::object::Object,
        desired: &serde_json::Value,
        kind: &str,
    ) -> Option<Edit> {
        debug_assert_eq!(object.id.kind, kind);
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
}

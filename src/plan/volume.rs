//! The decisions on one volume, in their order. The first that fits is the verdict; the others
//! are still looked at and reported.

use super::reference::{Reference, at};
use super::subject::Subject;
use super::verdict::Verdict;
use super::{NamespaceFrom, VolumePlan, gate, pair};
use crate::api::labels;
use crate::api::suggest::nearest;
use crate::config::{Config, Ruled, Tier};
use crate::desired::{Settled, Settlement, desired, settle, tier_word};
use crate::diagnostic::{Code, Diagnostic};
use crate::intent::{self, Exempt, Fuse, TierAsked};
use crate::inventory::Inventory;

/// Decides on one volume.
pub(super) fn decide(subject: &Subject<'_>, inventory: &Inventory, config: &Config) -> VolumePlan {
    let mut intent = intent::parse(&subject.layers);
    let stated = subject.object.id.namespace.clone();
    let (namespace, namespace_from) = match (stated, &config.namespace) {
        (Some(namespace), _) => (Some(namespace), NamespaceFrom::Manifest),
        (None, Some(namespace)) => (Some(namespace.clone()), NamespaceFrom::Default),
        (None, None) => (None, NamespaceFrom::Unknown),
    };
    let ruled = rules(subject, namespace.as_deref(), config);
    if let (Some((true, _)), false) = (&ruled.enabled, intent.states_fuses) {
        intent.enabled = Fuse::On;
        intent.manage = Fuse::On;
    }
    let mut case = Case {
        subject,
        inventory,
        config,
        verdict: None,
        settlement: Settlement::default(),
        is_unsettled: false,
        plan: VolumePlan {
            namespace,
            namespace_from,
            name: subject.name.clone(),
            location: subject.object.locate(subject.node.mark),
            document: subject.object.document,
            template: subject.template.clone(),
            mode: intent.mode.unwrap_or(config.mode),
            intent,
            ruled,
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

/// What the rules of the configuration say of a volume.
fn rules(subject: &Subject<'_>, namespace: Option<&str>, config: &Config) -> Ruled {
    if config.volumes.is_empty() {
        return Ruled::default();
    }
    let class = subject.node.text_at(&["spec", "storageClassName"]);
    config.ruled(namespace.unwrap_or_default(), &subject.name, class)
}

/// A volume on its way through the decisions.
pub(super) struct Case<'c, 'i> {
    pub(super) subject: &'c Subject<'i>,
    pub(super) inventory: &'i Inventory,
    pub(super) config: &'c Config,
    verdict: Option<Verdict>,
    /// What it is called, how often it runs, and by what, for each target.
    pub(super) settlement: Settlement<'c>,
    /// Whether something keeps that from being rendered.
    pub(super) is_unsettled: bool,
    pub(super) plan: VolumePlan,
}

impl Case<'_, '_> {
    /// Gives a reason for a verdict; the first verdict stands.
    pub(super) fn conclude(&mut self, verdict: Verdict, reason: Diagnostic) {
        self.verdict.get_or_insert(verdict);
        self.note(reason);
    }

    pub(super) fn review(&mut self, reason: Diagnostic) {
        self.conclude(Verdict::NeedsHumanReview, reason);
    }

    pub(super) fn note(&mut self, reason: Diagnostic) {
        let reason = if reason.location.is_some() { reason } else { at(self.subject, reason) };
        self.plan.reasons.push(reason);
    }

    fn finish(mut self) -> VolumePlan {
        self.plan.reasons.append(&mut self.plan.intent.notes.clone());
        self.plan.verdict = self.verdict.unwrap_or(Verdict::Wired);
        if self.plan.verdict != Verdict::Wired {
            self.plan.edits = Vec::new();
        }
        // All plans are kept to the end; most have one or two of each.
        self.plan.edits.shrink_to_fit();
        self.plan.reasons.shrink_to_fit();
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
        let has_tier = self.tier();
        if has_tier {
            self.plan.tier = Some(tier_word(&self.plan.intent.tier).to_owned());
        }
        if self.not_opted_in() {
            return;
        }
        let Some(namespace) = self.place() else { return };
        let facts = self.facts(&namespace);
        self.settlement = settle(&facts, &self.plan.intent, &self.plan.ruled, self.config);
        if has_tier {
            self.plan.tier = self.settlement.primary().map(|settled| settled.tier_word.clone());
        }
        if self.plan.intent.wants_backup() {
            let (gate, closed) = gate::gate(&namespace, self.inventory, self.config);
            self.plan.gate = Some(gate);
            if let Some(reason) = closed {
                self.conclude(Verdict::SkippedNamespaceNotManaged, reason);
            }
        }
        let is_disabled = |settled: &Settled<'_>| matches!(settled.tier, Some(Tier::Disabled));
        if self.settlement.targets.iter().all(is_disabled) && self.plan.intent.is_write_eligible() {
            self.disabled(&namespace);
            return;
        }
        self.shape();
        let present = pair::present(self.subject, &namespace, &self.settlement, self.inventory);
        for trouble in present.trouble.clone() {
            self.review(trouble);
        }
        let is_settled = !self.is_unsettled && self.settlement.problems.is_empty();
        if has_tier && is_settled && facts.capacity.is_some() {
            match desired(&facts, &self.plan.intent, &self.settlement, self.config) {
                Ok(desired) => self.plan.desired = desired,
                Err(problems) => {
                    for problem in problems {
                        self.review(problem);
                    }
                }
            }
        }
        self.plan.pair = pair::compare(&present, &self.settlement, self.plan.desired.as_ref());
        if !self.owned(&present) {
            return;
        }
        if !self.plan.intent.is_write_eligible() {
            // An unreadable fuse is reported as what it is, not as a missing one.
            if !self.plan.intent.wants_backup() {
                self.gated(&present);
            }
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

    /// 3, for the one value whose meaning is configured. Returns whether there is such a tier.
    fn tier(&mut self) -> bool {
        let TierAsked::Label(word, location) = self.plan.intent.tier.clone() else { return true };
        if self.config.tiers.get(&word).is_some() {
            return true;
        }
        let words = self.config.tiers.words();
        let help = nearest(&word, words.iter().copied()).map_or_else(
            || format!("use one of {}, or add it to tiers in plumber.yaml", words.join(", ")),
            |known| format!("did you mean {}: {known}?", labels::TIER),
        );
        let message = format!("there is no tier `{word}`");
        let found = Diagnostic::new(Code::InvalidTier, message).at(location).help(help);
        self.review(found);
        false
    }

    /// Returns the name of the volume's destination.
    pub(super) fn destination_name(&self) -> String {
        let settled = self.settlement.primary();
        settled.map_or_else(String::new, |settled| settled.destination_name.clone())
    }

    /// 4 and 5: without `enabled` nothing is asked for, but the legacy label is reported on.
    fn not_opted_in(&mut self) -> bool {
        let intent = &self.plan.intent;
        if intent.enabled != Fuse::Off {
            return false;
        }
        let odd = intent.notes.iter().position(|note| note.code == Code::EnabledNotTrue);
        if let Some(odd) = odd {
            let found = self.plan.intent.notes.remove(odd);
            self.conclude(Verdict::SkippedNotOptedIn, found);
            return true;
        }
        let (code, message, help) = match (intent.manage, &intent.legacy) {
            (Fuse::On | Fuse::Malformed, _) => (
                Code::EnabledMissing,
                format!("{} is set and {} is not on", labels::MANAGE_VOLSYNC, labels::ENABLED),
                format!("set the label {}: \"true\"", labels::ENABLED),
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
}

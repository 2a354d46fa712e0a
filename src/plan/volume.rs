//! The decisions on one volume, in their order. The first that fits is the verdict; the others
//! are still looked at and reported.

use super::reference::{Reference, at};
use super::subject::Subject;
use super::verdict::Verdict;
use super::{NamespaceFrom, VolumePlan, gate, pair};
use crate::api::labels;
use crate::api::suggest::nearest;
use crate::config::{Config, Tier};
use crate::desired::{desired, tier_word};
use crate::diagnostic::{Code, Diagnostic};
use crate::intent::{self, Exempt, Fuse, TierAsked};
use crate::inventory::Inventory;

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

/// A volume on its way through the decisions.
pub(super) struct Case<'c, 'i> {
    pub(super) subject: &'c Subject<'i>,
    pub(super) inventory: &'i Inventory,
    pub(super) config: &'c Config,
    verdict: Option<Verdict>,
    pub(super) plan: VolumePlan,
}

impl<'c> Case<'c, '_> {
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

    /// 3, for the one value whose meaning is configured.
    fn tier(&mut self) -> Option<&'c Tier> {
        let asked = self.plan.intent.tier.clone();
        let word = tier_word(&asked);
        let tier = self.config.tiers.get(word);
        if let (None, TierAsked::Label(word, location)) = (tier, &asked) {
            let words = self.config.tiers.words();
            let help = nearest(word, words.iter().copied()).map_or_else(
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

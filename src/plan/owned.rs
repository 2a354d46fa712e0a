//! What follows from who owns the pair that is there, and from a tier or labels that write none.

use super::pair;
use super::reference::names_own;
use super::verdict::Verdict;
use super::volume::Case;
use crate::api::{labels, volume};
use crate::diagnostic::{Code, Diagnostic};
use crate::intent::Fuse;
use crate::inventory::Owner;

impl Case<'_, '_> {
    /// 7, by who owns what is there. Returns whether writing is open as far as that goes.
    pub(super) fn owned(&mut self, present: &pair::Present<'_>) -> bool {
        let pair = &self.plan.pair;
        let location = pair.halves().next().map(|half| half.location.clone());
        let wants_destination = self.wants_destination();
        let complete = present.sources.iter().all(Option::is_some)
            && (present.destination.is_some() || !wants_destination);
        let (names, other) = pair::names(pair, present.sources.len());
        let (equal, differ) = match pair.halves().count() {
            0 | 1 => ("equals", "differs"),
            _ => ("equal", "differ"),
        };
        let fields = pair::fields(pair);
        let known = self.plan.desired.is_some();
        let (verdict, found) = match pair.owner() {
            None | Some(Owner::Ours) => return true,
            Some(Owner::SomebodyElse | Owner::Unknown) if !complete => (
                Verdict::NeedsHumanReview,
                Diagnostic::new(
                    Code::ForeignPairIncomplete,
                    format!("somebody else's {names} is here without a {other}"),
                )
                .help("complete the pair in Git, or remove it to have both rendered"),
            ),
            Some(Owner::SomebodyElse | Owner::Unknown) if known && !pair.differs() => (
                Verdict::AlreadyMatches,
                Diagnostic::new(
                    Code::ForeignPairEqual,
                    format!("somebody else's {names} {equal} what would be rendered; left alone"),
                )
                .help("remove the pair from Git to have it rendered"),
            ),
            Some(Owner::SomebodyElse) => (
                Verdict::InlineArgoObserved,
                Diagnostic::new(
                    Code::ForeignPairDiffers,
                    format!(
                        "somebody else's {names} {differ} from what would be rendered{fields}; \
                         left alone"
                    ),
                )
                .help("remove the pair from Git to have it rendered"),
            ),
            Some(Owner::Unknown) => (
                Verdict::NeedsHumanReview,
                Diagnostic::new(
                    Code::OwnerUnknown,
                    format!(
                        "the labels of {names} do not say that they are one owner's, and they \
                         differ from what would be rendered{fields}"
                    ),
                )
                .help(format!(
                    "remove them to have them rendered, or label both {}: {}",
                    labels::MANAGED_BY,
                    labels::MANAGED_BY_ARGOCD
                )),
            ),
        };
        self.conclude(verdict, Diagnostic { location, ..found });
        self.unwired_beside_others();
        false
    }

    /// Whether a way back is wanted.
    fn wants_destination(&self) -> bool {
        self.settlement.primary().is_none_or(|settled| !settled.backup_only)
    }

    /// Beside somebody else's pair nothing is injected, so a missing reference stays missing.
    fn unwired_beside_others(&mut self) {
        let spec = self.subject.node.get("spec");
        let has_reference = spec
            .and_then(|spec| spec.get(volume::DATA_SOURCE_REF))
            .is_some_and(|reference| !reference.is_null());
        if self.wants_destination() && !has_reference {
            let found = Diagnostic::new(
                Code::RestoreNotWired,
                "the volume names no destination; recreated, it would come up empty",
            )
            .help(match &self.plan.pair.destination {
                Some(rd) => format!(
                    "set spec.{} to the ReplicationDestination {}",
                    volume::DATA_SOURCE_REF,
                    rd.name
                ),
                None => format!("set spec.{} to a destination", volume::DATA_SOURCE_REF),
            });
            self.note(found);
        }
    }

    /// 8: reported, not written.
    pub(super) fn gated(&mut self, present: &pair::Present<'_>) {
        let intent = &self.plan.intent;
        let (code, message) = match intent.enabled {
            Fuse::On | Fuse::Malformed => (
                Code::ManageMissing,
                format!("{} is on and {} is not", labels::ENABLED, labels::MANAGE_VOLSYNC),
            ),
            Fuse::Off => (
                Code::LegacyLabelOnly,
                format!(
                    "only the label `{}` asks for a backup, which writes nothing",
                    labels::LEGACY_BACKUP
                ),
            ),
        };
        let whole = self.plan.desired.as_ref().is_some_and(|desired| {
            present.sources.iter().all(Option::is_some)
                && (present.destination.is_some() || desired.destination.is_none())
        });
        let verdict = if whole && !self.plan.pair.differs() {
            Verdict::AlreadyMatches
        } else {
            Verdict::WriteGateMissing
        };
        let help = match intent.enabled {
            Fuse::On | Fuse::Malformed => {
                format!("set the label {}: \"true\"", labels::MANAGE_VOLSYNC)
            }
            Fuse::Off => format!(
                "set the labels {}: \"true\" and {}: \"true\"",
                labels::ENABLED,
                labels::MANAGE_VOLSYNC
            ),
        };
        self.conclude(verdict, Diagnostic::new(code, message).help(help));
    }

    /// 7, tier `disabled`: no pair, and no reference to one.
    pub(super) fn disabled(&mut self, namespace: &str) {
        let present = pair::present(self.subject, namespace, &self.settlement, self.inventory);
        self.plan.pair = pair::compare(&present, &self.settlement, None);
        self.dangling(namespace, &present);
        self.conclude(
            Verdict::Disabled,
            Diagnostic::new(Code::TierDisabled, "the tier is disabled: no backup, no restore"),
        );
        if self.plan.pair.owner() == Some(Owner::Ours) {
            let names: Vec<&str> = self.plan.pair.halves().map(|half| half.name.as_str()).collect();
            self.left_over(&names.join(", "));
        }
    }

    /// A rendered object that is no longer wanted is named, not removed: no render deletes.
    pub(super) fn left_over(&mut self, names: &str) {
        let message = format!("what was rendered for it earlier is still here: {names}");
        let found = Diagnostic::new(Code::DisabledPairPresent, message)
            .help("remove it from Git; Argo CD prunes it");
        self.note(found);
    }

    /// A reference to the volume's own destination, which is neither rendered nor there.
    pub(super) fn dangling(&mut self, namespace: &str, present: &pair::Present<'_>) {
        let destination = self.destination_name();
        if names_own(self.subject, namespace, &destination) && present.destination.is_none() {
            let found = Diagnostic::new(
                Code::DanglingReference,
                format!(
                    "spec.{} names {destination}, which is not rendered: a new volume would wait \
                     for ever",
                    volume::DATA_SOURCE_REF
                ),
            )
            .help(format!("remove spec.{}", volume::DATA_SOURCE_REF));
            self.review(found);
        }
    }
}

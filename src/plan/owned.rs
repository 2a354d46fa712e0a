//! What follows from who owns the pair that is there, and from a tier or labels that write none.

use super::pair;
use super::reference::names_own;
use super::verdict::Verdict;
use super::volume::Case;
use crate::api::{labels, volume};
use crate::desired::destination_name;
use crate::diagnostic::{Code, Diagnostic};
use crate::intent::{Fuse, RestoreMode};
use crate::inventory::Owner;

impl Case<'_, '_> {
    /// 7, by who owns what is there. Returns whether writing is open as far as that goes.
    pub(super) fn owned(&mut self, present: &pair::Present<'_>) -> bool {
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
                few if few.len() <= 3 => format!(" in {}", few.join(", ")),
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
            present.source.is_some()
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
        let present = pair::present(self.subject, namespace, self.inventory);
        self.plan.pair = pair::compare(&present, None);
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
}

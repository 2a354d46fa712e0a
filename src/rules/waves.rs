//! The order in which Argo CD applies what a volume waits for.

use super::finding::Finding;
use super::member::{Member, Standing};
use super::mover::mover;
use super::view::View;
use super::{Family, Rule};
use crate::api::{kinds, labels};
use crate::diagnostic::Code;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::DestinationWaveAfterVolume,
            why: "Argo CD starts a wave when the one before is healthy. The new volume waits for \
                  the destination, and the destination for the volume: neither ever comes.",
            fix: "Give the destination the volume's `argocd.argoproj.io/sync-wave`, or an \
                  earlier one.",
        },
        Rule {
            code: Code::RepositorySecretWave,
            why: "The restore cannot start without the Secret, the new volume waits for the \
                  restore, and Argo CD applies the Secret when the volume is healthy.",
            fix: "Give the Secret, or what makes it, the volume's wave or an earlier one.",
        },
        Rule {
            code: Code::VolumeWaveBeforeConsumer,
            why: "The volume is bound when a pod asks for it, and Argo CD applies that pod when \
                  the volume is bound: a new cluster stops there.",
            fix: "Put volume and consumer into one wave.",
        },
    ],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for volume in view.volumes().filter(|volume| !volume.is_made) {
        let pvc = &volume.member;
        hook(pvc, volume.target.is_some(), &volume.told, found);
        let beside = |member: &Member| member.application() == pvc.application();
        if let Some(target) = &volume.target {
            for rd in view.destinations_named(pvc.space(), target) {
                if !beside(rd) {
                    continue;
                }
                if rd.standing == Standing::Written && rd.wave() > pvc.wave() {
                    found.push(
                        later(rd, Code::DestinationWaveAfterVolume, pvc, "it waits for")
                            .help(set_wave(pvc.wave())),
                    );
                }
                let repository = mover(rd).and_then(|mover| mover.text("repository"));
                let secret = repository.and_then(|name| view.secret(pvc.space(), name));
                if let Some(secret) = secret.filter(|s| beside(s) && s.wave() > pvc.wave()) {
                    found.push(
                        later(secret, Code::RepositorySecretWave, pvc, "whose restore needs it")
                            .help(set_wave(pvc.wave())),
                    );
                }
            }
        }
        let class = pvc.text(&["spec", "storageClassName"]);
        let waits =
            class.and_then(|class| view.named(kinds::STORAGE_CLASS, "", class)).is_some_and(
                |class| class.text(&["volumeBindingMode"]) == Some("WaitForFirstConsumer"),
            );
        let consumers = view.workloads_of(pvc.space(), pvc.name());
        let first = consumers.min_by_key(|workload| workload.member.wave());
        if let Some(consumer) = first.filter(|workload| beside(&workload.member))
            && waits
            && consumer.member.wave() > pvc.wave()
        {
            found.push(
                pvc.finding(
                    Code::VolumeWaveBeforeConsumer,
                    format!(
                        "in wave {}, and bound when its first consumer comes: {} in wave {}",
                        pvc.wave(),
                        consumer.member.about().id(),
                        consumer.member.wave()
                    ),
                )
                .at(pvc.at(&["metadata", "annotations", labels::ARGOCD_SYNC_WAVE]))
                .help(set_wave(consumer.member.wave())),
            );
        }
    }
}

fn later(member: &Member, code: Code, pvc: &Member, what: &str) -> Finding {
    member
        .finding(
            code,
            format!(
                "in wave {}, after the volume {} in wave {}, {what}",
                member.wave(),
                pvc.about().id(),
                pvc.wave()
            ),
        )
        .at(member.at(&["metadata", "annotations", labels::ARGOCD_SYNC_WAVE]))
        .also(pvc)
}

fn set_wave(wave: i64) -> String {
    format!("{}: \"{wave}\"", labels::ARGOCD_SYNC_WAVE)
}

/// A volume that is a hook and refers to a destination; of labelled ones the plan says so.
fn hook(pvc: &Member, refers: bool, told: &[Code], found: &mut Vec<Finding>) {
    let hooks = [labels::ARGOCD_HOOK, labels::HELM_HOOK];
    let Some(key) = hooks.into_iter().find(|key| pvc.annotation(key).is_some()) else { return };
    if refers && !told.contains(&Code::HookVolume) {
        found.push(
            pvc.finding(
                Code::HookVolume,
                format!(
                    "{key} makes the volume a hook, which waits for a destination that comes later"
                ),
            )
            .at(pvc.at(&["metadata", "annotations", key]))
            .help("make it an ordinary manifest of the application"),
        );
    }
}

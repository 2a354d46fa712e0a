//! What the kopia mover does otherwise than its fields suggest, and what its repository needs.

use super::finding::Finding;
use super::flat::Part;
use super::identity::address;
use super::member::Standing;
use super::mover::{Engine, Mover, mover};
use super::view::{Sight, View};
use super::{Family, Rule};
use crate::api::{kinds, labels, volsync};
use crate::diagnostic::Code;
use crate::inventory::is_running;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::FileDeletionInLiveVolume,
            why: "The kopia mover empties the target before it looks for a backup. With a wrong \
                  identity or an empty repository the volume's data are gone, and the restore is \
                  called successful.",
            fix: "Remove `enableFileDeletion`, or restore into a volume of its own.",
        },
        Rule {
            code: Code::RestoreAsOfNotUtc,
            why: "The kopia mover compares the time as text with times that end in `Z`. Another \
                  time zone picks another backup than the one meant.",
            fix: "Write the time in UTC, such as `2026-05-17T08:00:00Z`.",
        },
        Rule {
            code: Code::KopiaMaintenanceMissing,
            why: "The mover never maintains its repository; without maintenance it only grows, \
                  and what retention gave up is never freed.",
            fix: "Add a KopiaMaintenance that names the repository's Secret, or a CronJob that runs \
              `kopia maintenance run`.",
        },
        Rule {
            code: Code::AdditionalArgsSplit,
            why: "The mover cuts the arguments at each of the characters of its separator, \
                  `|VOLSYNC_ARG_SEP`, not at the whole of it, and kopia gets pieces.",
            fix: "Use arguments without those capital letters, `_` and `|`, or a `policyConfig`.",
        },
        Rule {
            code: Code::MoverVolumeIsRepository,
            why: "The kopia mover takes the first claim among `moverVolumes` for its repository, \
                  whatever the Secret says: backups go there, and restores look there.",
            fix: "Remove the claim, or put the repository's own first.",
        },
        Rule {
            code: Code::DebugMover,
            why: "With this annotation movers wait for somebody to attach a debugger; no backup \
                  and no restore is made.",
            fix: "Remove the annotation.",
        },
    ],
};

/// The characters at which the mover's script cuts arguments.
const SEPARATOR: &str = "|VOLSYNC_ARG_SEP";

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let kinds = [volsync::REPLICATION_SOURCE, volsync::REPLICATION_DESTINATION];
    for member in kinds.iter().flat_map(|kind| view.of_kind(kind)) {
        if member.standing == Standing::Planned {
            continue;
        }
        if let Some(value) = member.annotation(labels::DEBUG_MOVER) {
            found.push(
                member
                    .finding(Code::DebugMover, format!("movers wait for a debugger ({value})"))
                    .at(member.at(&["metadata", "annotations", labels::DEBUG_MOVER]))
                    .help(format!("remove {}", labels::DEBUG_MOVER)),
            );
        }
        if let Some(mover) = mover(member).filter(|mover| mover.engine == Engine::Kopia) {
            fields(view, mover, found);
        }
    }
    if view.sight == Sight::Repository {
        maintenance(view, found);
    }
}

fn fields(view: &View<'_>, mover: Mover<'_>, found: &mut Vec<Finding>) {
    let member = mover.member;
    if let Some(into) = mover.text("destinationPVC").filter(|_| mover.is_true("enableFileDeletion"))
        && (view.volumes_named(member.space(), into).len() > 0
            || view.sources_of(member.space(), into).len() > 0)
    {
        found.push(
            member
                .finding(
                    Code::FileDeletionInLiveVolume,
                    format!(
                        "empties the volume {into} before it knows whether there is a backup to \
                         restore into it"
                    ),
                )
                .at(mover.at("enableFileDeletion"))
                .help("remove enableFileDeletion, or name another destinationPVC"),
        );
    }
    let mut volumes = mover.get("moverVolumes").into_iter().flat_map(Part::items);
    let claim = volumes.find_map(|volume| {
        let claim = volume.at(&["volumeSource", "persistentVolumeClaim", "claimName"])?;
        Some((claim, claim.as_str()?))
    });
    let secret = mover.text("repository").and_then(|name| address(view, member.space(), name));
    // A Secret that names a file system may well mean this claim.
    if let Some((part, claim)) = claim
        && secret.is_some_and(|address| !address.starts_with("filesystem:"))
    {
        found.push(
            member
                .finding(
                    Code::MoverVolumeIsRepository,
                    format!(
                        "kopia takes the claim {claim} for its repository, and the Secret names {}",
                        secret.unwrap_or_default()
                    ),
                )
                .at(member.locate(part.mark))
                .help("remove the claim from moverVolumes"),
        );
    }
    if let Some(time) = mover.text("restoreAsOf").filter(|time| !time.ends_with('Z')) {
        found.push(
            member
                .finding(
                    Code::RestoreAsOfNotUtc,
                    format!(
                        "restoreAsOf is {time}, which kopia compares as text with times in UTC"
                    ),
                )
                .at(mover.at("restoreAsOf"))
                .help("write it in UTC, with a Z at the end"),
        );
    }
    let cut = mover
        .list("additionalArgs")
        .into_iter()
        .find(|arg| arg.contains(|c| SEPARATOR.contains(c)));
    if let Some(argument) = cut {
        let pieces: Vec<&str> =
            argument.split(|c| SEPARATOR.contains(c)).filter(|piece| !piece.is_empty()).collect();
        found.push(
            member
                .finding(
                    Code::AdditionalArgsSplit,
                    format!("kopia gets the argument {argument} as {}", pieces.join(" and ")),
                )
                .at(mover.at("additionalArgs"))
                .help("use an argument without capital letters, `_` and `|`, or policyConfig"),
        );
    }
}

fn maintenance(view: &View<'_>, found: &mut Vec<Finding>) {
    // Others run kopia's own command on a schedule.
    let mut maintenances = view.of_kind(kinds::KOPIA_MAINTENANCE).iter();
    if maintenances.any(|member| is_running(&member.content().to_node()))
        || view.workloads().any(|workload| workload.maintains_kopia)
    {
        return;
    }
    let all = view.of_kind(volsync::REPLICATION_SOURCE).iter().filter_map(|rs| mover(rs));
    let mut sources = all.filter(|mover| mover.engine == Engine::Kopia);
    let Some(first) = sources.next() else { return };
    let count = 1 + sources.count();
    found.push(
        first
            .member
            .finding(
                Code::KopiaMaintenanceMissing,
                format!(
                    "no KopiaMaintenance is among the manifests, and {count} {} up to kopia",
                    if count == 1 { "source backs" } else { "sources back" }
                ),
            )
            .at(first.at("repository"))
            .help(format!(
                "add a KopiaMaintenance with spec.repository.repository: {}",
                first.text("repository").unwrap_or("the repository's Secret")
            )),
    );
}

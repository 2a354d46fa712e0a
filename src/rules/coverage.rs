//! Which volumes nobody decided about, and which have another backup.

use super::finding::Finding;
use super::flat::Part;
use super::member::Member;
use super::survey::Volume;
use super::view::{View, is_bound_by_hand};
use super::{Family, Rule};
use crate::api::{kinds, labels, volsync};
use crate::diagnostic::Code;
use crate::plan::Verdict;
use std::collections::BTreeSet;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::VolumeUndecided,
            why: "Volumes without a backup are found on the day they are missed. A decision costs \
                  a label: back it up, or say why not.",
            fix: "Label it `pvc-plumber.io/enabled` and `pvc-plumber.io/manage-volsync`, or \
                  `backup-exempt` with the reason in an annotation.",
        },
        Rule {
            code: Code::BackedUpElsewhere,
            why: "It counts as decided. What is said here of restores does not hold for that tool.",
            fix: "Nothing, if the other tool is meant.",
        },
        Rule {
            code: Code::TwoEngines,
            why: "Two tools snapshot the same volume, often at the same time, and nobody knows \
                  which one a restore is to come from.",
            fix: "Keep one of them, or allow it with the reason.",
        },
        Rule {
            code: Code::DatabaseVolumeCopied,
            why: "A copy of the files of a running PostgreSQL is at best what a crash leaves. \
                  CloudNativePG makes backups of its own, and restores from those.",
            fix: "Remove the source, and give the Cluster a `backup` or a plugin that makes one.",
        },
    ],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let mut told = BTreeSet::new();
    for volume in view.volumes() {
        let pvc = &volume.member;
        let source = view.sources_of(pvc.space(), pvc.name()).next();
        match (other_engine(view, pvc), source) {
            (Some(by), Some(source)) => {
                let finding = pvc.finding(
                    Code::TwoEngines,
                    format!("backed up by {} and by {by}", source.about().id()),
                );
                found.push(finding.help("keep one of them").also(source));
            }
            (Some(by), None) => {
                found.push(pvc.finding(Code::BackedUpElsewhere, format!("backed up by {by}")));
            }
            // The volumes of a template are decided about in one place.
            (None, _) if is_undecided(view, volume) && told.insert(pvc.location()) => found.push(
                pvc.finding(
                    Code::VolumeUndecided,
                    "nothing backs it up, and nothing says that it needs none",
                )
                .help(format!(
                    "label {} {}: \"true\" and {}: \"true\"; or {}: \"true\", with the annotation \
                     {}",
                    if volume.is_made { "the StatefulSet" } else { "it" },
                    labels::ENABLED,
                    labels::MANAGE_VOLSYNC,
                    labels::EXEMPT,
                    labels::EXEMPT_REASON
                )),
            ),
            (None, _) => {}
        }
    }
    for rs in view.of_kind(volsync::REPLICATION_SOURCE) {
        let Some(pvc) = rs.text(&["spec", "sourcePVC"]) else { continue };
        let clusters = view.of_kind(kinds::CNPG_CLUSTER).iter();
        let owner = clusters.filter(|c| c.space() == rs.space()).find(|c| is_of_cluster(c, pvc));
        if let Some(owner) = owner {
            found.push(
                rs.finding(
                    Code::DatabaseVolumeCopied,
                    format!("{pvc} is a volume of the PostgreSQL cluster {}", owner.name()),
                )
                .at(rs.at(&["spec", "sourcePVC"]))
                .help("remove the source, and let CloudNativePG make the backups")
                .also(owner),
            );
        }
    }
}

/// Whether nothing decides about a volume whose data the cluster holds. One that is bound by hand
/// or shared read-only shows data that live elsewhere.
fn is_undecided(view: &View<'_>, volume: &Volume) -> bool {
    let pvc = &volume.member;
    // The legacy key has values of other tools, too, which somebody has decided on.
    let keys = [labels::ENABLED, labels::MANAGE_VOLSYNC, labels::EXEMPT, labels::LEGACY_BACKUP];
    let spoken = keys.iter().any(|key| pvc.get(&["metadata", "labels", key]).is_some())
        || volume.told.contains(&Code::LegacyLabelOnly)
        || volume.told.contains(&Code::EnabledMissing);
    let mut modes = pvc.items(&["spec", "accessModes"]).map(Part::as_str).peekable();
    let is_read_only = modes.peek().is_some() && modes.all(|mode| mode == Some("ReadOnlyMany"));
    let has_no_class = pvc.get(&["spec", "storageClassName"]).and_then(Part::as_str) == Some("");
    let is_native = pvc
        .entries(&["metadata", "labels"])
        .any(|label| label.key.starts_with(labels::CNPG_PREFIX));
    volume.verdict == Verdict::SkippedNotOptedIn
        && !spoken
        && !is_read_only
        && !has_no_class
        && !is_native
        && !is_bound_by_hand(volume)
        && view.sources_of(pvc.space(), pvc.name()).len() == 0
}

/// The other tool that backs a volume up, in words.
fn other_engine(view: &View<'_>, pvc: &Member) -> Option<String> {
    let policy = view.of_kind(kinds::SNAPSHOT_POLICY).iter().find(|policy| {
        let mut sources = policy.items(&["spec", "sources"]);
        policy.space() == pvc.space()
            && sources.any(|source| source.text_at(&["pvc", "name"]) == Some(pvc.name()))
    });
    if let Some(policy) = policy {
        return Some(format!("Kopiur ({})", policy.about().id()));
    }
    let mut workloads = view.workloads_of(pvc.space(), pvc.name());
    if let Some(workload) = workloads
        .find(|workload| workload.claims.iter().any(|c| c.by_velero && *c.name == *pvc.name()))
    {
        return Some(format!("Velero ({})", workload.member.about().id()));
    }
    let left_out = pvc.annotation(labels::K8UP_BACKUP) == Some("false");
    let schedule = view.of_kind(kinds::SCHEDULE).iter().find(|schedule| {
        schedule.space() == pvc.space() && schedule.get(&["spec", "backup"]).is_some()
    });
    schedule.filter(|_| !left_out).map(|schedule| format!("k8up ({})", schedule.about().id()))
}

/// CloudNativePG names volumes `<cluster>-<number>`, and `-wal` beside it.
fn is_of_cluster(cluster: &Member, pvc: &str) -> bool {
    let number = pvc.strip_prefix(cluster.name()).and_then(|rest| rest.strip_prefix('-'));
    let number = number.map(|rest| rest.strip_suffix("-wal").unwrap_or(rest));
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

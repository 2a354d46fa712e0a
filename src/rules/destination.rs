//! Whether a destination can restore: its fields, its copy method, its shape beside the volume's.

use super::finding::Finding;
use super::flat::Part;
use super::member::Member;
use super::mover::{Engine, Mover, mover};
use super::survey::Volume;
use super::view::View;
use super::{Family, Rule};
use crate::api::quantity::amount;
use crate::api::{kinds, volsync, volume};
use crate::diagnostic::Code;
use crate::inventory::is_template;

pub(super) const FAMILY: Family = Family {
    check,
    rules: &[
        Rule {
            code: Code::DestinationIncomplete,
            why: "VolSync's CRD requires nothing, so such an object is accepted, and its \
                  controller then refuses to restore. Volumes that refer to it stay pending.",
            fix: "State `repository` and `copyMethod`, and `capacity` and `accessModes` unless \
                  there is a `destinationPVC`.",
        },
        Rule {
            code: Code::RestoreMethodUnsupported,
            why: "The populator makes the volume from a snapshot and takes nothing else; the \
                  volume stays pending.",
            fix: "Set `copyMethod: Snapshot` on the destination.",
        },
        Rule {
            code: Code::RestoreShapeMismatch,
            why: "A restore into a smaller volume runs out of space when the data outgrow it; a \
                  snapshot taken with other access modes can be refused by the storage.",
            fix: "Give the destination the volume's `capacity` and `accessModes`.",
        },
        Rule {
            code: Code::RestoreLargerThanVolume,
            why: "CSI makes no volume from a snapshot that is larger than the volume's request; \
                  the recreated volume stays pending.",
            fix: "Set the destination's `capacity` to the size that the volume requests.",
        },
        Rule {
            code: Code::ClassDriverMismatch,
            why: "A snapshot can only be made, and read back, by the driver that owns the volume.",
            fix: "Name a class of the volume's own driver.",
        },
    ],
};

fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for rd in view.of_kind(volsync::REPLICATION_DESTINATION) {
        let Some(mover) = mover(rd) else {
            found.push(
                rd.finding(
                    Code::DestinationIncomplete,
                    "the spec names no mover, so nothing is restored",
                )
                .at(rd.at(&["spec"]))
                .help("add a section `kopia` or `restic`"),
            );
            continue;
        };
        if matches!(mover.engine, Engine::Kopia | Engine::Restic) {
            complete(mover, found);
        }
        for volume in view.referring_to(rd) {
            method(mover, volume, found);
            if !volume.is_wired {
                shape(mover, volume, found);
            }
        }
    }
    drivers(view, found);
}

fn complete(mover: Mover<'_>, found: &mut Vec<Finding>) {
    let mut missing: Vec<&str> = Vec::new();
    if mover.text("repository").is_none() {
        missing.push("repository");
    }
    if mover.text("copyMethod").is_none() {
        missing.push("copyMethod");
    }
    if mover.text("destinationPVC").is_none() {
        if mover.get("capacity").is_none() {
            missing.push("capacity");
        }
        if mover.list("accessModes").is_empty() {
            missing.push("accessModes");
        }
    }
    if missing.is_empty() {
        return;
    }
    let fields: Vec<String> =
        missing.iter().map(|field| format!("spec.{}.{field}", mover.section)).collect();
    found.push(
        mover
            .member
            .finding(
                Code::DestinationIncomplete,
                format!("{} missing, without which VolSync restores nothing", is_or_are(&fields)),
            )
            .at(mover.at(""))
            .help(format!("add {}", missing.join(" and "))),
    );
}

/// Words a list of fields that are missing.
pub(super) fn is_or_are(fields: &[String]) -> String {
    match fields {
        [one] => format!("{one} is"),
        [rest @ .., last] => format!("{} and {last} are", rest.join(", ")),
        [] => String::new(),
    }
}

fn method(mover: Mover<'_>, volume: &Volume, found: &mut Vec<Finding>) {
    let Some(method) = mover.text("copyMethod").filter(|method| *method != "Snapshot") else {
        return;
    };
    found.push(
        mover
            .member
            .finding(
                Code::RestoreMethodUnsupported,
                format!(
                    "copyMethod is {method}, which makes no snapshot, and {} is to be made from one",
                    volume.member.about().id()
                ),
            )
            .at(mover.at("copyMethod"))
            .help("copyMethod: Snapshot")
            .also(&volume.member),
    );
}

fn shape(mover: Mover<'_>, volume: &Volume, found: &mut Vec<Finding>) {
    let pvc = &volume.member;
    let requested = pvc.get(volume::STORAGE_REQUEST);
    let requested =
        requested.and_then(|part| part.as_str().map(str::to_owned).or_else(|| scalar(part)));
    if let (Some(size), Some(request)) = (mover.scalar("capacity"), requested)
        && let (Some(restored), Some(wanted)) = (amount(&size), amount(&request))
        && restored.total_cmp(&wanted).is_ne()
    {
        let (code, what) = if restored > wanted {
            (
                Code::RestoreLargerThanVolume,
                "no volume can be made from a snapshot that is larger than it",
            )
        } else {
            (Code::RestoreShapeMismatch, "a restore runs out of space when the data outgrow it")
        };
        found.push(
            mover
                .member
                .finding(
                    code,
                    format!(
                        "capacity is {size} and {} requests {request}: {what}",
                        pvc.about().id()
                    ),
                )
                .at(mover.at("capacity"))
                .help(format!("capacity: {request}"))
                .also(pvc),
        );
    }
    let modes = pvc.items(&["spec", "accessModes"]);
    let modes: Vec<&str> = modes.filter_map(Part::as_str).collect();
    let restored = mover.list("accessModes");
    let same = |a: &[&str], b: &[&str]| a.iter().all(|mode| b.contains(mode));
    let is_filled_in = modes.iter().chain(&restored).any(|mode| is_template(mode));
    let is_equal = is_filled_in || same(&modes, &restored) && same(&restored, &modes);
    if !(modes.is_empty() || restored.is_empty() || is_equal) {
        found.push(
            mover
                .member
                .finding(
                    Code::RestoreShapeMismatch,
                    format!(
                        "accessModes are {} and those of {} are {}",
                        restored.join(", "),
                        pvc.about().id(),
                        modes.join(", ")
                    ),
                )
                .at(mover.at("accessModes"))
                .help(format!("accessModes: [{}]", modes.join(", ")))
                .also(pvc),
        );
    }
}

fn scalar(part: Part<'_>) -> Option<String> {
    part.as_i64().map(|number| number.to_string())
}

/// Classes whose manifests are there and whose drivers differ.
fn drivers(view: &View<'_>, found: &mut Vec<Finding>) {
    let provisioner = |class: &str| {
        let class = view.named(kinds::STORAGE_CLASS, "", class)?;
        class.text(&["provisioner"])
    };
    let driver = |class: &str| {
        let class = view.named(kinds::VOLUME_SNAPSHOT_CLASS, "", class)?;
        class.text(&["driver"])
    };
    let both = [volsync::REPLICATION_SOURCE, volsync::REPLICATION_DESTINATION];
    for member in both.iter().flat_map(|kind| view.of_kind(kind)) {
        let Some(mover) = mover(member) else { continue };
        let class = |key: &str| mover.text(key);
        let copy = class("storageClassName").and_then(provisioner);
        let snapshots = class("volumeSnapshotClassName").and_then(driver);
        let own = volumes_of(view, member).into_iter().find_map(|volume| {
            let class = volume.member.text(&["spec", "storageClassName"])?;
            Some((volume, class, provisioner(class)?))
        });
        let mut tell = |key: &str, seen: &str, of: String, other: &str| {
            found.push(
                member
                    .finding(
                        Code::ClassDriverMismatch,
                        format!(
                            "{key} {} is of the driver {seen}, and {of} of {other}",
                            class(key).unwrap_or_default()
                        ),
                    )
                    .at(mover.at(key))
                    .help(format!("name a class of the driver {other}")),
            );
        };
        if let (Some(seen), Some((volume, class, other))) = (snapshots, own)
            && seen != other
        {
            let of = format!("{} is of the class {class},", volume.member.about().id());
            tell("volumeSnapshotClassName", seen, of, other);
        }
        if let (Some(seen), Some((volume, class, other))) = (copy, own)
            && seen != other
        {
            let of = format!("{} is of the class {class},", volume.member.about().id());
            tell("storageClassName", seen, of, other);
        }
    }
}

/// The volumes that a source backs up, or a destination restores.
fn volumes_of<'v>(view: &View<'v>, member: &'v Member) -> Vec<&'v Volume> {
    let names = match member.text(&["spec", "sourcePVC"]) {
        Some(name) => vec![name],
        None => view.restored_by(member),
    };
    names.into_iter().flat_map(|name| view.volumes_named(member.space(), name)).collect()
}

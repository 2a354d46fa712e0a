//! Rows 17 and 18: whether the cluster can make what the manifests ask for.

use crate::api::name::LABEL_VALUE_MAX;
use crate::api::volume::STORAGE_REQUEST;
use crate::audit::case::{Case, Standing};
use crate::audit::code::Code;
use crate::audit::finding::{Finding, Outcome};
use crate::audit::key::Key;
use crate::audit::observed::{Class, Kind};
use crate::audit::spec::{access_modes, bytes, quantity};
use crate::object::Node;
use std::collections::BTreeMap;

/// The CRD without which a volume cannot be populated from a destination.
const POPULATORS: &str = "volumepopulators.populator.storage.k8s.io";

pub(super) fn find(case: &Case<'_>, found: &mut Vec<Finding>) {
    if case.standing != Standing::Protected || case.target().is_none() {
        return;
    }
    if case.listed(Kind::CustomResourceDefinition)
        && !case.observed.contains(Kind::CustomResourceDefinition, &Key::of_cluster(POPULATORS))
    {
        let message = format!("the CRD {POPULATORS} is not installed");
        found.push(Finding::new(Code::PopulatorMissing, message).both(Outcome::Hang));
    }
    if case.name().len() > LABEL_VALUE_MAX {
        let message = format!(
            "the name has {} characters, and VolSync puts it into a label, which holds \
             {LABEL_VALUE_MAX}: the volume would not be populated",
            case.name().len()
        );
        found.push(
            Finding::new(Code::RestoreShapeMismatch, message)
                .both(Outcome::Hang)
                .fix("give the volume a shorter name"),
        );
    }
    classes(case, found);
    size(case, found);
}

/// Finds a class by its name; where none is named, the default, of a driver if there is one of it.
fn class<'c>(
    classes: &'c BTreeMap<Key, Class>,
    name: Option<&str>,
    driver: Option<&str>,
) -> Option<&'c Class> {
    if let Some(name) = name {
        return classes.get(&Key::of_cluster(name));
    }
    let defaults = || classes.values().filter(|class| class.is_default);
    let fits = |class: &&Class| driver.is_some() && class.driver.as_deref() == driver;
    defaults().find(fits).or_else(|| defaults().next())
}

fn classes(case: &Case<'_>, found: &mut Vec<Finding>) {
    let Some(rd) = case.git_destination() else { return };
    let of_volume = case.git_spec("storageClassName").and_then(Node::as_str);
    let (storage, snapshots) = (&case.observed.storage_classes, &case.observed.snapshot_classes);
    // The volume itself is made in both scenarios, a restore into a new copy in one.
    let wanted = [
        (Kind::StorageClass, storage, "spec.storageClassName", of_volume, true),
        (Kind::StorageClass, storage, "spec.*.storageClassName", rd.storage_class(), false),
        (
            Kind::VolumeSnapshotClass,
            snapshots,
            "spec.*.volumeSnapshotClassName",
            rd.snapshot_class(),
            false,
        ),
    ];
    let mut drivers = Vec::new();
    for (kind, classes, field, name, is_of_volume) in wanted {
        if !case.listed(kind) {
            continue;
        }
        let driver = drivers.last().and_then(|(_, class): &(_, &Class)| class.driver.as_deref());
        if let Some(class) = class(classes, name, driver) {
            drivers.push((kind.id(), class));
            continue;
        }
        let message = match name {
            Some(name) => format!("there is no {} {name}", kind.id()),
            None => format!("no {} is named, and none is the default", kind.id()),
        };
        let finding = Finding::new(Code::ClassMissing, message).on_rebuild(Outcome::Hang);
        // Whether the image that is there fits the volume cannot be told without its class.
        let recreate = if is_of_volume { Outcome::Hang } else { Outcome::Unknown };
        let finding = finding.on_recreate(recreate);
        found.push(finding.seen(case.git_evidence(field, name)));
    }
    // A snapshot of one driver populates no volume of another.
    if let [(kind, first), rest @ ..] = drivers.as_slice()
        && let Some((other_kind, other)) =
            rest.iter().find(|(_, other)| other.driver != first.driver)
    {
        let driver = |class: &Class| class.driver.clone().unwrap_or_else(|| "?".to_owned());
        let message = format!(
            "{kind} {} is of {} and {other_kind} {} of {}: one cannot restore for the other",
            first.live.name(),
            driver(first),
            other.live.name(),
            driver(other)
        );
        found.push(Finding::new(Code::RestoreShapeMismatch, message).both(Outcome::Hang).seen([
            first.live.evidence("provisioner", first.driver.as_deref()),
            other.live.evidence("driver", other.driver.as_deref()),
        ]));
    }
}

fn size(case: &Case<'_>, found: &mut Vec<Finding>) {
    let (Some(rd), Some(wired)) = (case.git_destination(), case.git_rd) else { return };
    if rd.destination_pvc().is_some() {
        return;
    }
    let Some(pvc) = case.git_pvc else { return };
    let wanted = pvc.at(STORAGE_REQUEST).and_then(quantity);
    let given = rd.capacity();
    let message = match (&wanted, &given) {
        (_, None) => Some(format!("{} states no capacity, and VolSync refuses it", rd.name())),
        (Some(wanted), Some(given)) => match (bytes(wanted), bytes(given)) {
            (Some(size), Some(capacity)) if capacity < size => Some(format!(
                "{} restores into {given} and the volume asks for {wanted}",
                rd.name()
            )),
            (Some(size), Some(capacity)) if capacity > size => Some(format!(
                "{} restores into {given}, and the volume asks for {wanted}, which is too small \
                 for its snapshot",
                rd.name()
            )),
            (Some(_), Some(_)) => None,
            (None, _) | (_, None) => Some(format!("{given} and {wanted} cannot be compared")),
        },
        (None, Some(_)) => None,
    };
    if let Some(message) = message {
        found.push(
            Finding::new(Code::RestoreShapeMismatch, message)
                .both(Outcome::Hang)
                .seen([wired.evidence("spec.*.capacity", given.as_deref())])
                .seen(case.git_evidence(&STORAGE_REQUEST.join("."), wanted.as_deref())),
        );
    }
    let modes = pvc.get("spec").map(access_modes).unwrap_or_default();
    let given = rd.access_modes();
    if !modes.is_empty() && modes != given {
        let message = format!(
            "{} restores as {} and the volume asks for {}",
            rd.name(),
            if given.is_empty() { "nothing".to_owned() } else { given.join(", ") },
            modes.join(", ")
        );
        found.push(
            Finding::new(Code::RestoreShapeMismatch, message)
                .both(Outcome::Hang)
                .seen([wired.evidence("spec.*.accessModes", given)])
                .seen(case.git_evidence("spec.accessModes", modes)),
        );
    }
}

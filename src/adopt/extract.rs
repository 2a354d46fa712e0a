//! Objects → volumes with the sources, destinations and Secrets that were written for them.
//!
//! A source belongs to the volume it names, a destination to the volume that refers to it, else to
//! the one whose names, identity or repository it shares. What cannot be tied is told with the
//! reason.

use super::missed::{Missed, Why};
use super::original::{Original, Place, place};
use super::values::canonical;
use crate::api::mover::Side;
use crate::api::{volsync, volume};
use crate::inventory::{Owner, made_secret, owner, referred_destination};
use crate::object::{Location, Node, Object};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A Secret or `ExternalSecret` that holds a volume's repository.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Where it stands.
    pub place: Place,
    /// The whole object.
    pub object: Value,
}

/// A volume with what backs it up.
#[derive(Debug, Clone)]
pub struct Volume {
    /// Where it stands.
    pub place: Place,
    /// The namespace it is in, if anything says so.
    pub namespace: Option<String>,
    /// Whether its own manifest says so.
    pub states_namespace: bool,
    /// Its name.
    pub name: String,
    /// The size it requests.
    pub capacity: Option<Value>,
    /// Its storage class.
    pub storage_class: Option<String>,
    /// Its access modes.
    pub access_modes: Vec<String>,
    /// Whether it names a place to restore from, of whatever kind, or is bound by hand.
    pub is_filled: bool,
    /// Its labels and annotations.
    pub metadata: Value,
    /// What backs it up, in the order of the manifests.
    pub sources: Vec<Original>,
    /// What restores it.
    pub destination: Option<Original>,
    /// The Secrets of its repositories, by the repository's name.
    pub secrets: BTreeMap<String, Secret>,
}

impl Volume {
    /// Returns the namespace and the name for people, `?` for an unknown namespace.
    pub fn id(&self) -> String {
        format!("{}/{}", self.namespace.as_deref().unwrap_or("?"), self.name)
    }

    /// Returns the source and destination objects.
    pub fn originals(&self) -> impl Iterator<Item = &Original> {
        self.sources.iter().chain(&self.destination)
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Extract {
    /// The volumes that something backs up.
    pub volumes: Vec<Volume>,
    /// What cannot be tied to a volume, or cannot be said in labels.
    pub missed: Vec<Missed>,
}

/// Ties objects to volumes. `namespace` is that of manifests that state none.
pub fn extract(objects: &[Object], secrets: &[Object], namespace: Option<&str>) -> Extract {
    let of_kind = |kind: &'static str| objects.iter().filter(move |object| object.id.kind == kind);
    let mut missed = Vec::new();
    let mut volumes: Vec<Volume> =
        of_kind(volume::PVC).map(|o| read_volume(o, namespace)).collect();
    let templates = templates(objects);
    // The volumes that are backed up by what cannot be adopted.
    let mut refused: BTreeSet<&str> = BTreeSet::new();
    for object in of_kind(volsync::REPLICATION_SOURCE) {
        if owner(object) == Owner::Ours {
            continue;
        }
        match Original::read(object, Side::Source) {
            Err(why) => {
                refused.extend(object.node.text_at(&["spec", "sourcePVC"]));
                missed.push(why);
            }
            Ok(rs) => match home_of_source(&rs, object, &volumes, &templates) {
                Ok(at) => volumes[at].sources.push(rs),
                Err(why) => missed.push(why),
            },
        }
    }
    let destinations: Vec<(&Object, Original)> = of_kind(volsync::REPLICATION_DESTINATION)
        .filter(|object| owner(object) != Owner::Ours)
        .filter_map(|object| match Original::read(object, Side::Destination) {
            Ok(rd) => Some((object, rd)),
            Err(why) => {
                missed.push(why);
                None
            }
        })
        .collect();
    tie_destinations(objects, destinations, &mut volumes, &mut missed);
    for volume in &mut volumes {
        if let Some(first) = volume.sources.first()
            && volume.namespace.is_none()
        {
            let stated = volume.destination.iter().find_map(|rd| rd.namespace.clone());
            volume.namespace = first.namespace.clone().or(stated);
        }
    }
    volumes.retain(|volume| {
        let alone = volume.destination.as_ref().filter(|_| volume.sources.is_empty());
        let alone = alone.filter(|_| !refused.contains(&*volume.name));
        if let Some(rd) = alone {
            let message = "it restores a volume that no ReplicationSource backs up".to_owned();
            missed.push(
                Missed::new(
                    format!("ReplicationDestination {}", rd.name),
                    rd.place.location.clone(),
                    Why::Untied,
                    message,
                )
                .help("leave it as it is, or give its source to adopt in the same run"),
            );
        }
        !volume.sources.is_empty()
    });
    tie_secrets(secrets, &mut volumes);
    Extract { volumes, missed }
}

fn read_volume(object: &Object, namespace: Option<&str>) -> Volume {
    let node = &object.node;
    let spec = node.get("spec");
    let text = |path: &[&str]| node.text_at(path).filter(|text| !text.is_empty());
    let modes = spec.and_then(|spec| spec.get("accessModes")).and_then(Node::items);
    let stated = object.id.namespace.clone();
    let set = |key: &str| {
        spec.and_then(|spec| spec.get(key)).is_some_and(|v| !v.is_null() && v.as_str() != Some(""))
    };
    Volume {
        place: place(object),
        states_namespace: stated.is_some(),
        namespace: stated.or_else(|| namespace.map(str::to_owned)),
        name: object.id.name.clone(),
        capacity: node.at(volume::STORAGE_REQUEST).map(Node::to_json),
        storage_class: text(&["spec", "storageClassName"]).map(str::to_owned),
        access_modes: modes
            .into_iter()
            .flatten()
            .filter_map(|mode| mode.as_str().map(str::to_owned))
            .collect(),
        is_filled: [volume::DATA_SOURCE_REF, volume::DATA_SOURCE, volume::VOLUME_NAME]
            .into_iter()
            .any(set),
        metadata: node.get("metadata").map(Node::to_json).unwrap_or_default(),
        sources: Vec::new(),
        destination: None,
        secrets: BTreeMap::new(),
    }
}

/// The prefixes of the names that templates of a `StatefulSet` give their volumes.
fn templates(objects: &[Object]) -> Vec<(String, String)> {
    let sets = objects.iter().filter(|object| object.id.kind == volume::STATEFUL_SET);
    sets.flat_map(|set| {
        let templates = set.node.at(&["spec", volume::VOLUME_CLAIM_TEMPLATES]);
        templates.and_then(Node::items).into_iter().flatten().filter_map(|template| {
            let name = template.text_at(&["metadata", "name"])?;
            Some((format!("{name}-{}-", set.id.name), set.id.name.clone()))
        })
    })
    .collect()
}

/// How near two files are: the same, the same folder, or neither.
fn nearness(a: &Location, b: &Location) -> u32 {
    if a.source == b.source {
        2
    } else {
        u32::from(Path::new(&*a.source).parent() == Path::new(&*b.source).parent())
    }
}

fn fits(a: Option<&str>, b: Option<&str>) -> bool {
    a.is_none() || b.is_none() || a == b
}

fn home_of_source(
    rs: &Original,
    object: &Object,
    volumes: &[Volume],
    templates: &[(String, String)],
) -> Result<usize, Missed> {
    let id = format!("ReplicationSource {}/{}", rs.namespace.as_deref().unwrap_or("?"), rs.name);
    let refuse = |why, message: String, help: &str| {
        Err(Missed::new(id.clone(), object.location.clone(), why, message).help(help))
    };
    let Some(pvc) = object.node.text_at(&["spec", "sourcePVC"]).filter(|pvc| !pvc.is_empty())
    else {
        return refuse(Why::Untied, "it names no spec.sourcePVC".into(), "name its volume");
    };
    let near = |at: usize| nearness(&volumes[at].place.location, &object.location);
    let mut homes: Vec<usize> = (0..volumes.len())
        .filter(|at| volumes[*at].name == pvc)
        .filter(|at| fits(volumes[*at].namespace.as_deref(), rs.namespace.as_deref()))
        .collect();
    let best = homes.iter().map(|at| near(*at)).max();
    homes.retain(|at| Some(near(*at)) == best);
    match homes.as_slice() {
        [at] => Ok(*at),
        [] => {
            if let Some((_, set)) = templates.iter().find(|(prefix, _)| pvc.starts_with(prefix)) {
                let message = format!("its volume {pvc} is made by the StatefulSet {set}");
                let help = "label the StatefulSet by hand: see docs/labels.md";
                return refuse(Why::Template, message, help);
            }
            refuse(
                Why::NoVolume,
                format!("no manifest here holds its volume {pvc}"),
                "give the folder that holds it too, or the chart or kustomization that makes it",
            )
        }
        [first, ..] => refuse(
            Why::Ambiguous,
            format!(
                "{} volumes could be its {pvc}, the first at {}",
                homes.len(),
                volumes[*first].place.location
            ),
            "write metadata.namespace, or adopt the folders one by one",
        ),
    }
}

fn tie_destinations(
    objects: &[Object],
    destinations: Vec<(&Object, Original)>,
    volumes: &mut [Volume],
    missed: &mut Vec<Missed>,
) {
    let references: BTreeMap<(usize, Vec<usize>), &str> = objects
        .iter()
        .filter(|object| object.id.kind == volume::PVC)
        .filter_map(|object| {
            let spec = object.node.get("spec")?;
            let name = referred_destination(spec, object.id.namespace.as_deref())?;
            Some(((object.document, object.route.clone()), name))
        })
        .collect();
    let mut shared: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (at, volume) in volumes.iter().enumerate() {
        for repository in volume.sources.iter().filter_map(|rs| rs.text("repository")) {
            shared.entry(repository.to_owned()).or_default().insert(at);
        }
    }
    for (object, rd) in destinations {
        let scored = |volume: &Volume| {
            let key = (volume.place.document, volume.place.route.clone());
            let referred = references.get(&key).is_some_and(|name| *name == rd.name);
            let holders = rd.text("repository").and_then(|name| shared.get(name));
            let near =
                |at: &&usize| fits(volumes[**at].namespace.as_deref(), rd.namespace.as_deref());
            let alone = holders.is_some_and(|holders| holders.iter().filter(near).count() == 1);
            let score = likeness(volume, &rd, referred, alone);
            let near = nearness(&volume.place.location, &object.location);
            (score, near)
        };
        let mut best: Vec<(u32, u32, usize)> = volumes
            .iter()
            .enumerate()
            .filter(|(_, volume)| fits(volume.namespace.as_deref(), rd.namespace.as_deref()))
            .map(|(at, volume)| (scored(volume), at))
            .filter(|((score, _), _)| *score > 0)
            .map(|((score, near), at)| (near, score, at))
            .collect();
        best.sort_by_key(|(near, score, at)| (std::cmp::Reverse((*score, *near)), *at));
        let tied = match best.as_slice() {
            [] => None,
            [(near, score, at), rest @ ..] => {
                let again = rest.first().is_some_and(|(n, s, _)| (n, s) == (near, score));
                (!again).then_some(*at)
            }
        };
        let id = format!(
            "ReplicationDestination {}/{}",
            rd.namespace.as_deref().unwrap_or("?"),
            rd.name
        );
        let refuse = |why, message: &str, help: &str| {
            Missed::new(id.clone(), object.location.clone(), why, message.to_owned()).help(help)
        };
        match tied {
            None if best.is_empty() => missed.push(refuse(
                Why::Untied,
                "no volume refers to it, and no name, identity or repository ties it to one",
                "leave it as it is, or name it in the volume's spec.dataSourceRef",
            )),
            None => missed.push(refuse(
                Why::Ambiguous,
                "it could belong to several volumes",
                "name it in its volume's spec.dataSourceRef",
            )),
            Some(at) if volumes[at].destination.is_some() => missed.push(refuse(
                Why::SecondDestination,
                "its volume has another destination already, which adopt takes",
                "leave it as it is, or remove it",
            )),
            Some(at) => volumes[at].destination = Some(rd),
        }
    }
}

/// How much ties a destination to a volume; nothing ties it at 0.
fn likeness(volume: &Volume, rd: &Original, referred: bool, repository_alone: bool) -> u32 {
    let identity = |key: &str| rd.fields.get("sourceIdentity").and_then(|i| i[key].as_str());
    let rs = |test: &dyn Fn(&Original) -> bool| volume.sources.iter().any(test);
    let mut score = 0;
    let mut add = |points: u32, holds: bool| score += if holds { points } else { 0 };
    add(200, referred);
    add(60, identity("sourcePVCName") == Some(&volume.name));
    add(50, identity("sourceName").is_some_and(|name| rs(&|rs| rs.name == name)));
    add(
        50,
        rd.text("username").is_some()
            && rs(&|rs| {
                rs.text("username") == rd.text("username")
                    && rs.text("hostname") == rd.text("hostname")
            }),
    );
    let repository = rd.text("repository");
    add(40, repository_alone && rs(&|rs| rs.text("repository") == repository));
    let starts = |name: &str| {
        rd.name == name || rd.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
    };
    add(20, rd.name == volume.name || rs(&|rs| rs.name == rd.name));
    add(10, starts(&volume.name) || rs(&|rs| starts(&rs.name)));
    if score > 0
        && volume.capacity.as_ref().map(canonical) == rd.fields.get("capacity").map(canonical)
    {
        score += 1;
    }
    score
}

/// Ties Secrets and `ExternalSecret`s to the volumes whose repositories they hold, where no other
/// volume uses them.
fn tie_secrets(secrets: &[Object], volumes: &mut [Volume]) {
    let mut users: BTreeMap<usize, Vec<(usize, String)>> = BTreeMap::new();
    for (at, volume) in volumes.iter().enumerate() {
        let names: BTreeSet<&str> =
            volume.originals().filter_map(|original| original.text("repository")).collect();
        for name in names {
            let best = secrets
                .iter()
                .enumerate()
                .filter(|(_, secret)| made_secret(secret) == Some(name))
                .filter(|(_, s)| fits(volume.namespace.as_deref(), s.id.namespace.as_deref()))
                .max_by_key(|(n, secret)| {
                    (nearness(&secret.location, &volume.place.location), std::cmp::Reverse(*n))
                });
            if let Some((n, _)) = best {
                users.entry(n).or_default().push((at, name.to_owned()));
            }
        }
    }
    for (n, users) in users {
        if let [(at, name)] = users.as_slice() {
            let object = &secrets[n];
            let secret = Secret { place: place(object), object: object.node.to_json() };
            volumes[*at].secrets.insert(name.clone(), secret);
        }
    }
}

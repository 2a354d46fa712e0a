//! A proposal → the changes of files that make it so, each application proved anew.
#![expect(clippy::disallowed_methods, reason = "folders are built here, in a copy")]

use super::input::{self, Built};
use crate::adopt::{
    Adopted, Adoption, Application, Home, Minutes, Missed, Removed, Why, Written,
    built_differently, is_written, prove, relocate, rewrite,
};
use crate::api::volsync;
use crate::manifest::{Reading, Source, Stream, objects_of};
use crate::source::copy::Copy;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The kinds that a component may make to leave as a whole.
const KINDS: &[&str] =
    &[volsync::REPLICATION_SOURCE, volsync::REPLICATION_DESTINATION, "ExternalSecret"];

/// Plans the changes. What comes out equal and cannot be changed goes to `by_hand`.
pub(super) fn plan(
    adoption: &mut Adoption,
    stream: &Stream,
    files: &Reading,
    kustomizations: &[Source],
    built: &[Built],
    minutes: Minutes,
) -> Vec<Application> {
    let secrets = objects_of(&files.stream, &["Secret", "ExternalSecret"]);
    let written = Written { objects: &files.objects, secrets: &secrets };
    let of =
        |one: &Adopted| built.iter().find(|built| built.name == one.volume.place.location.source);
    let unwritten: Vec<usize> = adoption
        .adopted
        .iter()
        .enumerate()
        .filter(|(_, one)| !is_written(one, written, home_of(of(one))))
        .map(|(at, _)| at)
        .collect();
    let ruled = adoption.opt_in(stream, &unwritten, minutes);
    let mut placed: Vec<Adopted> = Vec::new();
    let mut removed: Vec<Removed> = Vec::new();
    for (at, one) in adoption.adopted.iter().enumerate() {
        let of = of(one);
        let home = home_of(of);
        if ruled.contains(&at) {
            adoption.by_hand.push(by_rule(one, of));
            continue;
        }
        let components = of.map(|built| components(built, kustomizations)).unwrap_or_default();
        let made = |kind: &str, _: &str| !components.is_empty() && KINDS.contains(&kind);
        match relocate(one, written, home, &made) {
            Ok(found) => {
                if found.leaving.len() < one.leaving.len() {
                    removed.extend(components);
                }
                placed.push(found);
            }
            Err(found) => adoption.by_hand.push(found),
        }
    }
    let (applications, refused) = rewrite(&files.stream, &placed, kustomizations, &removed);
    adoption.by_hand.extend(refused);
    let mut kept = Vec::new();
    for application in applications {
        let proof = texts(&application, built, kustomizations, &placed).and_then(|sources| {
            prove(&application, sources, &placed, &adoption.configuration, minutes)
        });
        match proof {
            Ok(()) => kept.push(application),
            Err(found) => adoption.by_hand.push(found),
        }
    }
    kept
}

fn home_of(of: Option<&Built>) -> Home<'_> {
    of.map_or(Home::Same, |built| Home::Folder(&built.folder))
}

/// Says what is left to do for a volume that a rule of the configuration opts in.
fn by_rule(one: &Adopted, of: Option<&Built>) -> Missed {
    let folder = of.map(|built| built.folder.display().to_string()).unwrap_or_default();
    Missed {
        what: one.volume.id(),
        location: one.volume.place.location.clone(),
        why: Why::NotEditable,
        message: "no file holds the volume, so a rule of plumber.yaml opts it in; its source and \
                  destination are still made where they are today"
            .to_owned(),
        help: Some(format!(
            "switch them off in the values of the chart, or in what {folder} builds"
        )),
    }
}

/// Returns what the new files of an application come to: themselves, or what is built of them.
fn texts(
    application: &Application,
    built: &[Built],
    kustomizations: &[Source],
    placed: &[Adopted],
) -> Result<Vec<Source>, Missed> {
    let of = built.iter().find(|built| {
        application.changes.iter().any(|change| Path::new(&*change.path).starts_with(&built.folder))
    });
    let first = application.volumes.first().map(|at| &placed[*at].volume);
    let Some(of) = of else {
        return match (built_differently(application, kustomizations), first) {
            (Some(message), Some(volume)) => Err(Missed {
                what: volume.id(),
                location: volume.place.location.clone(),
                why: Why::NotEditable,
                message,
                help: Some(
                    "give the folder of the application itself: plumber adopt FOLDER".into(),
                ),
            }),
            (_, _) => Ok(application.texts()),
        };
    };
    let refuse = |message: String| Missed {
        what: first.map(crate::adopt::Volume::id).unwrap_or_default(),
        location: crate::object::Location {
            source: of.folder.display().to_string().into(),
            mark: crate::object::Mark::START,
        },
        why: Why::NotEditable,
        message,
        help: Some("change its files by hand, then render and compare".to_owned()),
    };
    let unbuilt = |error: &str| refuse(format!("its new files cannot be built: {error}"));
    let copy = Copy::of(&of.folder).map_err(|error| unbuilt(&error.to_string()))?;
    for change in &application.changes {
        copy.put(Path::new(&*change.path), change.after.as_deref())
            .map_err(|error| unbuilt(&error.to_string()))?;
    }
    let folder = copy.folder().display().to_string();
    let namespace = first.and_then(|volume| volume.namespace.as_deref());
    input::build(&folder, namespace).map_err(|error| match error {
        crate::source::files::Unreadable::Path { message, .. } => unbuilt(&message),
        crate::source::files::Unreadable::Content(found) => {
            unbuilt(found.first().map_or("its content", |found| &found.message))
        }
    })
}

/// Returns the components of a built folder that make nothing but what is rendered from now on.
fn components(built: &Built, kustomizations: &[Source]) -> Vec<Removed> {
    let own = kustomizations.iter().find(|kustomization| {
        Path::new(&*kustomization.name).parent() == Some(built.folder.as_path())
    });
    let Some(own) = own else { return Vec::new() };
    let entries = list(own, "components");
    let mut seen = BTreeSet::new();
    entries
        .into_iter()
        .filter(|entry| makes_pairs_only(&built.folder.join(entry)) && seen.insert(entry.clone()))
        .map(|component| Removed { kustomization: Arc::clone(&own.name), component })
        .collect()
}

/// Returns the texts of a list of a kustomization.
fn list(kustomization: &Source, key: &str) -> Vec<String> {
    let decoded = crate::manifest::decode(&kustomization.name, 1, &kustomization.text);
    let node = decoded.ok().and_then(|decoded| decoded.node);
    let items = node.as_ref().and_then(|node| node.get(key)?.items());
    items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn makes_pairs_only(folder: &Path) -> bool {
    let name = |file: &str| folder.join(file);
    let file: Option<PathBuf> = ["kustomization.yaml", "kustomization.yml", "Kustomization"]
        .into_iter()
        .map(name)
        .find(|file| file.is_file());
    let Some(text) = file.and_then(|file| std::fs::read_to_string(file).ok()) else { return false };
    let source = |name: &str, text: String| Source {
        name: name.into(),
        text,
        framing: crate::manifest::Framing::File,
    };
    let resources = list(&source("component", text), "resources");
    !resources.is_empty()
        && resources.iter().all(|entry| {
            let Ok(text) = std::fs::read_to_string(folder.join(entry)) else { return false };
            let (stream, _) = crate::manifest::split(source(entry, text));
            let mut documents = stream.documents().filter(|document| !document.is_blank());
            documents.all(|document| {
                let decoded = crate::manifest::decode(&document.source.name, 1, document.text);
                let node = decoded.ok().and_then(|decoded| decoded.node);
                let kind = node.as_ref().and_then(|node| node.text_at(&["kind"]));
                kind.is_some_and(|kind| KINDS.contains(&kind))
            })
        })
}

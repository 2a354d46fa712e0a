//! Adopted volumes → the files as they are to be: labels on volumes, without the objects that are
//! rendered from now on. What changes together belongs to one application.

use super::extract::Volume;
use super::original::Place;
use super::proof::{compare, render, spread_minutes};
use super::{Adopted, Minutes, Missed, Why};
use crate::diagnostic::Diagnostic;
use crate::manifest::{Framing, Limits, Mark, Source, Stream, mark, read, split, unlist};
use crate::object::Object;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A file as it was and as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path.
    pub path: Arc<str>,
    /// Its text.
    pub before: String,
    /// Its new text; nothing where the file is removed.
    pub after: Option<String>,
}

/// Files that change together, or not at all.
#[derive(Debug, Clone, Default)]
pub struct Application {
    /// The folder that its files share.
    pub name: String,
    /// Its volumes (index into those adopted).
    pub volumes: Vec<usize>,
    /// The changes, by path.
    pub changes: Vec<FileChange>,
}

/// An entry of a kustomization that leaves with the objects that it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The kustomization's file.
    pub kustomization: Arc<str>,
    /// The entry under `components`, as it is written.
    pub component: String,
}

/// The keys of a kustomization under which files are listed.
const LISTS: &[&str] = &["resources", "bases"];
/// The key under which components are listed.
const COMPONENTS: &str = "components";

/// Plans the changes. `kustomizations` are the kustomization files around the manifests; `removed`
/// are components that leave with the volumes whose files are in their folder.
pub fn rewrite(
    stream: &Stream,
    adopted: &[Adopted],
    kustomizations: &[Source],
    removed: &[Removed],
) -> (Vec<Application>, Vec<Missed>) {
    let mut applications = Vec::new();
    let mut missed = Vec::new();
    for members in together(stream, adopted, kustomizations) {
        match application(stream, adopted, &members, kustomizations, removed) {
            Ok(found) => applications.push(found),
            Err(found) => {
                for at in members {
                    let volume = &adopted[at].volume;
                    let location =
                        found.location.clone().unwrap_or_else(|| volume.place.location.clone());
                    let mut why =
                        Missed::new(volume.id(), location, Why::NotEditable, found.message.clone());
                    why.help.clone_from(&found.help);
                    missed.push(why);
                }
            }
        }
    }
    (applications, missed)
}

/// Puts volumes together whose files, or the kustomizations that list them, are the same.
fn together(stream: &Stream, adopted: &[Adopted], kustomizations: &[Source]) -> Vec<Vec<usize>> {
    let mut keys: BTreeMap<String, usize> = BTreeMap::new();
    let mut group: Vec<usize> = (0..adopted.len()).collect();
    for (at, volume) in adopted.iter().enumerate() {
        let places = volume.leaving.iter().chain([&volume.volume.place]);
        let files: BTreeSet<&str> =
            places.map(|place| &*stream.document(place.document).source.name).collect();
        let mut shared: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        for kustomization in kustomizations {
            if files.iter().any(|file| lists(kustomization, file)) {
                shared.push(kustomization.name.to_string());
            }
        }
        for key in shared {
            let other = *keys.entry(key).or_insert(at);
            let (from, to) = (group[at].max(group[other]), group[at].min(group[other]));
            for member in &mut group {
                if *member == from {
                    *member = to;
                }
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, of) in group.into_iter().enumerate() {
        groups.entry(of).or_default().push(at);
    }
    groups.into_values().collect()
}

/// Returns why the files of an application say less than what is built of them; nothing where
/// they say it all.
pub fn built_differently(application: &Application, kustomizations: &[Source]) -> Option<String> {
    const RENAMES: &[&str] = &["namePrefix", "nameSuffix", "replacements"];
    const PATCHES: &[&str] = &["patches", "patchesStrategicMerge", "patchesJson6902"];
    let touches = |text: &str| {
        ["ReplicationSource", "ReplicationDestination", "PersistentVolumeClaim"]
            .iter()
            .any(|kind| text.contains(kind))
    };
    for kustomization in kustomizations {
        let files = application.changes.iter().map(|change| &*change.path);
        if !files.into_iter().any(|file| lists(kustomization, file)) {
            continue;
        }
        let decoded = crate::manifest::decode(&kustomization.name, 1, &kustomization.text);
        let value = decoded.ok().and_then(|decoded| decoded.node).map(|node| node.to_json());
        let value = value.unwrap_or_default();
        if value["kind"] == "Component" {
            return Some(format!("it stands in the component {}", kustomization.name));
        }
        let renamed = RENAMES.iter().find(|key| value.get(**key).is_some());
        let patched = PATCHES
            .iter()
            .find(|key| value.get(**key).is_some_and(|patches| touches(&patches.to_string())));
        if let Some(key) = renamed.or(patched) {
            return Some(format!("{} changes what it lists, by `{key}`", kustomization.name));
        }
    }
    None
}

fn lists(kustomization: &Source, file: &str) -> bool {
    let (stream, _) = split(kustomization.clone());
    stream.documents().any(|document| {
        let value = crate::manifest::decode(&kustomization.name, 1, document.text);
        let value = value.ok().and_then(|decoded| decoded.node).map(|node| node.to_json());
        value.is_some_and(|value| {
            LISTS.iter().any(|key| {
                let items = value.get(*key).and_then(Value::as_array).into_iter().flatten();
                items.filter_map(Value::as_str).any(|item| names(&kustomization.name, item, file))
            })
        })
    })
}

/// Returns whether an entry of a kustomization names a file.
fn names(kustomization: &str, entry: &str, file: &str) -> bool {
    let folder = Path::new(kustomization).parent().unwrap_or_else(|| Path::new(""));
    tidy(&folder.join(entry)) == tidy(Path::new(file))
}

/// A path without `.` and, where possible, without `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(out.components().next_back(), Some(Component::Normal(_))) =>
            {
                out.pop();
            }
            Component::ParentDir
            | Component::Prefix(_)
            | Component::RootDir
            | Component::Normal(_) => out.push(component),
        }
    }
    out
}

fn application(
    stream: &Stream,
    adopted: &[Adopted],
    members: &[usize],
    kustomizations: &[Source],
    components: &[Removed],
) -> Result<Application, Diagnostic> {
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    let mut marks: BTreeMap<usize, Vec<Mark<'_>>> = BTreeMap::new();
    for at in members {
        let one = &adopted[*at];
        for place in &one.leaving {
            if !place.route.is_empty() {
                return Err(in_list(place));
            }
            gone.insert(place.document);
        }
        marks.entry(one.volume.place.document).or_default().push(Mark {
            route: &one.volume.place.route,
            labels: &one.knobs.labels,
            annotations: &one.knobs.annotations,
        });
    }
    let mut files: BTreeSet<Arc<str>> = BTreeSet::new();
    for document in gone.iter().chain(marks.keys()) {
        files.insert(Arc::clone(&stream.document(*document).source.name));
    }
    let mut changes = Vec::new();
    for file in &files {
        changes.push(file_change(stream, file, &gone, &marks)?);
    }
    let removed: Vec<Arc<str>> = changes
        .iter()
        .filter(|change| change.after.is_none())
        .map(|change| Arc::clone(&change.path))
        .collect();
    for kustomization in kustomizations {
        let folder = Path::new(&*kustomization.name).parent();
        let inside = files.iter().any(|file| {
            folder.is_some_and(|folder| tidy(Path::new(&**file)).starts_with(tidy(folder)))
        });
        let leaving: Vec<&str> = components
            .iter()
            .filter(|removed| inside && removed.kustomization == kustomization.name)
            .map(|removed| removed.component.as_str())
            .collect();
        changes.extend(unlisted(kustomization, &removed, &leaving)?);
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    let name = common_folder(changes.iter().map(|change| &*change.path));
    Ok(Application { name, volumes: members.to_vec(), changes })
}

fn in_list(place: &Place) -> Diagnostic {
    Diagnostic::new(
        crate::diagnostic::Code::EditNotProven,
        "an object to remove stands in a List, with others",
    )
    .at(place.location.clone())
    .help("write it as a document of its own, then adopt again")
}

/// A file without the documents that leave, and with labels on those that stay.
fn file_change(
    stream: &Stream,
    file: &Arc<str>,
    gone: &BTreeSet<usize>,
    marks: &BTreeMap<usize, Vec<Mark<'_>>>,
) -> Result<FileChange, Diagnostic> {
    let of_file = || stream.documents().filter(|document| document.source.name == *file);
    let before: String = of_file().map(|document| document.text).collect();
    let mut after = String::new();
    let mut stays = false;
    let bare = of_file().next().is_some_and(|first| first.body().len() == first.text.len());
    for document in of_file().filter(|document| !gone.contains(&document.index)) {
        let text = match marks.get(&document.index) {
            Some(marks) => mark(document, marks).map_err(|found| *found)?,
            None => document.text.to_owned(),
        };
        stays |= !document.is_blank();
        // A file that began without a `---` line goes on without one.
        let first = after.is_empty() && bare && document.offset > 0;
        let marker = document.text.len() - document.body().len();
        let plain = text[..marker].trim_ascii() == "---";
        after.push_str(if first && plain { &text[marker..] } else { &text });
    }
    Ok(FileChange { path: Arc::clone(file), before, after: stays.then_some(after) })
}

/// A kustomization without the files and components that are removed; nothing where it lists none
/// of them.
fn unlisted(
    kustomization: &Source,
    removed: &[Arc<str>],
    components: &[&str],
) -> Result<Option<FileChange>, Diagnostic> {
    let (mut text, before) = (kustomization.text.clone(), kustomization.text.clone());
    for key in LISTS.iter().chain([&COMPONENTS]) {
        let leaves = |item: &Value| {
            item.as_str().is_some_and(|item| {
                if *key == COMPONENTS {
                    components.contains(&item)
                } else {
                    removed.iter().any(|file| names(&kustomization.name, item, file))
                }
            })
        };
        let source = Source { text: text.clone(), ..kustomization.clone() };
        let (stream, _) = split(source);
        let mut out = String::new();
        for document in stream.documents() {
            let value = crate::manifest::decode(&kustomization.name, 1, document.text)
                .ok()
                .and_then(|decoded| decoded.node)
                .map(|node| node.to_json());
            let items = value.as_ref().and_then(|value| value.get(*key)).and_then(Value::as_array);
            let any = items.is_some_and(|items| items.iter().any(leaves));
            if any {
                out.push_str(&unlist(document, key, &leaves).map_err(|found| *found)?);
            } else {
                out.push_str(document.text);
            }
        }
        text = out;
    }
    Ok((text != before).then(|| FileChange {
        path: Arc::clone(&kustomization.name),
        before,
        after: Some(text),
    }))
}

fn common_folder<'p>(paths: impl Iterator<Item = &'p str>) -> String {
    let mut common: Option<PathBuf> = None;
    for path in paths {
        let folder = Path::new(path).parent().unwrap_or_else(|| Path::new("")).to_owned();
        common = Some(match common {
            None => folder,
            Some(known) => known
                .components()
                .zip(folder.components())
                .take_while(|(a, b)| a == b)
                .map(|(a, _)| a)
                .collect(),
        });
    }
    let name = common.map(|path| path.display().to_string()).unwrap_or_default();
    if name.is_empty() { ".".to_owned() } else { name }
}

impl Application {
    /// Returns the new texts of its files.
    pub fn texts(&self) -> Vec<Source> {
        let changes = self.changes.iter().filter_map(|change| {
            let text = change.after.clone()?;
            Some(Source { name: Arc::clone(&change.path), text, framing: Framing::File })
        });
        changes.collect()
    }
}

/// Renders the new files of an application, or what was built of them, and compares what comes
/// out with what was there.
///
/// # Errors
/// What is not the same.
pub fn prove(
    application: &Application,
    sources: Vec<Source>,
    adopted: &[Adopted],
    configuration: &str,
    minutes: Minutes,
) -> Result<(), Missed> {
    let reading = read(sources, Limits::default());
    let mut volumes: Vec<Volume> = Vec::new();
    for at in &application.volumes {
        let was = &adopted[*at].volume;
        let refuse = |message: String| {
            Missed::new(was.id(), was.place.location.clone(), Why::NotEditable, message)
        };
        let namespace = was.namespace.as_deref();
        let now: Vec<&Object> = reading
            .objects
            .iter()
            .filter(|object| {
                let stated = object.id.namespace.as_deref();
                object.id.kind == crate::api::volume::PVC
                    && object.id.name == was.name
                    && (stated.is_none() || stated == namespace)
            })
            .collect();
        // Where two could be meant, the one in the volume's own file is.
        let own = |object: &&&Object| object.location.source == was.place.location.source;
        let now = now.iter().find(own).or(now.first()).copied();
        let still = reading.objects.iter().find(|object| {
            was.originals().any(|original| {
                object.id.name == original.name
                    && object.id.kind == original.kind()
                    && object.id.namespace.as_deref().is_none_or(|of| Some(of) == namespace)
            })
        });
        if let Some(still) = still {
            let message = format!("{} {} would still be there", still.id.kind, still.id.name);
            return Err(refuse(message));
        }
        let Some(now) = now else {
            return Err(refuse("it cannot be found in the new files".into()));
        };
        let mut volume = was.clone();
        volume.place = Place {
            document: now.document,
            route: now.route.clone(),
            location: now.location.clone(),
        };
        volumes.push(volume);
    }
    let none = vec![super::Knobs::default(); volumes.len()];
    let rendered = render(&reading.stream, &volumes, &none, configuration);
    let first = &adopted[application.volumes[0]].volume;
    let rendered = rendered.map_err(|found| {
        let message = found.first().map(|found| found.message.clone()).unwrap_or_default();
        Missed::new(first.id(), first.place.location.clone(), Why::NotEditable, message)
    })?;
    for (volume, rendered) in volumes.iter().zip(&rendered) {
        let mut comparison = compare(volume, rendered);
        if minutes == Minutes::Spread {
            spread_minutes(&mut comparison);
        }
        if let Some(difference) = comparison.differences.first() {
            return Err(Missed::new(
                volume.id(),
                volume.place.location.clone(),
                Why::NotEditable,
                format!("the new files would not render {} as it is", difference.field),
            ));
        }
        if let Some(refusal) = &rendered.refusal {
            let message = format!("the new files would not be rendered: {}", refusal.message);
            let location = volume.place.location.clone();
            return Err(Missed::new(volume.id(), location, Why::NotEditable, message));
        }
    }
    Ok(())
}

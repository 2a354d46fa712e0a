//! Volumes of a built stream → the places in files from which they were built.

use super::extract::{Secret, Volume};
use super::original::Place;
use super::{Adopted, Missed, Why};
use crate::api::mover::Side;
use crate::api::volume;
use crate::object::Object;
use std::path::Path;

/// The objects of the files as they are written.
#[derive(Debug, Clone, Copy)]
pub struct Written<'w> {
    /// Volumes, sources and destinations.
    pub objects: &'w [Object],
    /// Secrets and `ExternalSecret`s.
    pub secrets: &'w [Object],
}

/// Where the objects of a volume are to be found.
#[derive(Debug, Clone, Copy)]
pub enum Home<'h> {
    /// Where they were read: the files were not built.
    Same,
    /// In the files of a folder that was built.
    Folder(&'h Path),
}

/// Finds the places of an adopted volume. Sources and destinations that a component of the folder
/// makes, and no file of it, are left out where `made` says so.
///
/// # Errors
/// What is written nowhere in the folder.
pub fn relocate(
    adopted: &Adopted,
    written: Written<'_>,
    home: Home<'_>,
    made: &dyn Fn(&str, &str) -> bool,
) -> Result<Adopted, Missed> {
    let mut placed = adopted.clone();
    let known = &adopted.volume;
    let one = find(written.objects, volume::PVC, &known.name, known, &known.place, home);
    let Some(object) = one else { return Err(elsewhere(known, "the volume", home)) };
    placed.volume.states_namespace = object.id.namespace.is_some();
    placed.volume.place = place(object);
    let mut left: Vec<(Side, String)> = Vec::new();
    for original in placed.volume.sources.iter_mut().chain(&mut placed.volume.destination) {
        let kind = original.kind();
        match find(written.objects, kind, &original.name, known, &original.place, home) {
            Some(object) => original.place = place(object),
            None if made(kind, &original.name) => left.push((original.side, original.name.clone())),
            None => {
                let what = format!("{kind} {}", original.name);
                return Err(elsewhere(known, &what, home));
            }
        }
    }
    let stays = |side, name: &str| !left.iter().any(|(of, known)| (*of, &**known) == (side, name));
    placed.leaving = placed
        .volume
        .originals()
        .filter(|original| stays(original.side, &original.name))
        .map(|original| original.place.clone())
        .collect();
    for name in &adopted.secrets {
        let Some(Secret { place: was, object }) = known.secrets.get(name) else { continue };
        let kind = object["kind"].as_str().unwrap_or_default();
        let called = object["metadata"]["name"].as_str().unwrap_or_default();
        match find(written.secrets, kind, called, known, was, home) {
            Some(object) => placed.leaving.push(place(object)),
            None if made(kind, called) => {}
            None => return Err(elsewhere(known, &format!("{kind} {called}"), home)),
        }
    }
    Ok(placed)
}

/// Returns whether some file of its home holds a volume.
pub fn is_written(adopted: &Adopted, written: Written<'_>, home: Home<'_>) -> bool {
    let known = &adopted.volume;
    find(written.objects, volume::PVC, &known.name, known, &known.place, home).is_some()
}

fn place(object: &Object) -> Place {
    Place {
        document: object.document,
        route: object.route.clone(),
        location: object.location.clone(),
    }
}

fn find<'w>(
    objects: &'w [Object],
    kind: &str,
    name: &str,
    volume: &Volume,
    was: &Place,
    home: Home<'_>,
) -> Option<&'w Object> {
    let mut found = objects.iter().filter(|object| match home {
        Home::Same => object.location == was.location && object.route == was.route,
        Home::Folder(folder) => {
            let namespace = object.id.namespace.as_deref();
            object.id.kind == kind
                && object.id.name == name
                && (namespace.is_none() || namespace == volume.namespace.as_deref())
                && Path::new(&*object.location.source).starts_with(folder)
        }
    });
    let first = found.next()?;
    // Written twice, it cannot be known which of them was built.
    found.next().is_none().then_some(first)
}

fn elsewhere(volume: &Volume, what: &str, home: Home<'_>) -> Missed {
    let folder = match home {
        Home::Same => String::new(),
        Home::Folder(folder) => format!(" of {}", folder.display()),
    };
    let message = format!(
        "it comes out equal, but no file{folder} holds {what}: a component, a base or a chart \
         makes it, under this name"
    );
    Missed::new(volume.id(), volume.place.location.clone(), Why::NotEditable, message).help(
        "label the volume where it is made, and take the source and the destination out of what \
         makes them",
    )
}

//! The manifests that stand in a folder which a tool builds: what may have been forgotten in its
//! list of resources.

use super::{build, files, folder};
use crate::manifest::{Framing, Limits, Secrets, Source, read_further};
use crate::object::Object;
use std::path::Path;
use std::sync::Arc;

/// Reads the objects of the files in a kustomization's folder; nothing of another folder. Folders
/// in it that are built by themselves, and files that are no manifests as they stand, are passed
/// over.
pub fn objects(root: &Path, limits: Limits) -> Vec<Object> {
    if build::detect(root) != build::Tool::Kustomize {
        return Vec::new();
    }
    let walk = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(|entry| {
        let is_root = entry.depth() == 0;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        let is_built =
            entry.file_type().is_dir() && build::detect(entry.path()) != build::Tool::Plain;
        is_root || !(is_hidden || is_built)
    });
    let mut objects = Vec::new();
    for entry in walk.filter_map(Result::ok) {
        if !entry.file_type().is_file() || !folder::is_manifest_name(entry.path()) {
            continue;
        }
        let name: Arc<str> = entry.path().display().to_string().into();
        let Some(text) = files::text(&name).filter(|text| !text.contains("{{")) else { continue };
        let source = Source { name, text, framing: Framing::File };
        objects.extend(read_further(vec![source], limits, Secrets::PassedOver, &[]).objects);
    }
    objects
}

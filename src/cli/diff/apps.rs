//! Whole repositories: the applications that globs match on either side, each read by its own kind.

use super::place::{Place, Shown, add_unless_empty};
use super::{Clusters, How, NOTHING};
use crate::cli::Exit;
use crate::cli::args::SideArg;
use crate::cli::run::{self, refuse, refuse_with};
use crate::compare::Unread;
use crate::config::Apps;
use crate::source::apps::{self, Found};
use crate::source::configuration::Search;
use crate::source::files::{CONFIG_FILE, Unreadable};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The folder of one side below which applications are looked for.
pub(super) struct Root {
    folder: PathBuf,
    /// The repository's folder in a temporary one, if it is in one.
    tree: Option<PathBuf>,
}

impl Root {
    /// A folder as it is named.
    pub(super) fn folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), tree: None }
    }

    /// A folder of a revision.
    pub(super) fn below(folder: &Path, tree: &Path) -> Self {
        Self { folder: folder.to_owned(), tree: Some(tree.to_owned()) }
    }

    /// Whether applications can be looked for there. A revision may lack the folder; one that is
    /// named has to be there, or a slip of the pen would delete everything.
    fn is_usable(&self) -> bool {
        let is_nothing = match &self.tree {
            Some(_) => !self.folder.exists(),
            None => self.folder == Path::new(NOTHING),
        };
        is_nothing || self.folder.is_dir()
    }

    fn shown(&self) -> Shown {
        match &self.tree {
            Some(tree) => Shown::Without(tree.display().to_string()),
            None => Shown::AsIs,
        }
    }

    /// Where the configuration of a folder below it is.
    fn search<'s>(&'s self, paths: &'s [String], folder: &'s Path) -> Search<'s> {
        match &self.tree {
            Some(root) => Search::Folder { folder, root },
            None => Search::Paths(paths),
        }
    }

    /// Returns the globs that its own plumber.yaml states. One that cannot be read states none
    /// here, and fails each application.
    fn stated(&self, how: &How) -> Vec<Apps> {
        if !self.folder.join(CONFIG_FILE).is_file() {
            return Vec::new();
        }
        let paths = [self.folder.display().to_string()];
        let inside = self.inside(&self.folder);
        let resolved = run::configuration_by(&how.plan, &self.search(&paths, &inside));
        resolved.map(|resolved| resolved.config.apps).unwrap_or_default()
    }

    /// A path as it stands in the repository.
    fn inside(&self, path: &Path) -> PathBuf {
        let tree = self.tree.as_ref().and_then(|tree| path.strip_prefix(tree).ok());
        tree.unwrap_or(path).to_owned()
    }
}

/// Adds the applications of both sides; `below` names the roots in the repository. Returns whether
/// there are any to look for: globs that are given, or `apps` of either side's plumber.yaml.
pub(super) fn add_all(
    clusters: &mut Clusters,
    below: &str,
    roots: &[Root; 2],
    how: &How,
) -> Result<bool, Exit> {
    if let Some(root) = roots.iter().find(|root| !root.is_usable()) {
        if how.apps.is_empty() {
            return Ok(false);
        }
        let folder = root.shown().text(&root.folder.display().to_string());
        let message = format!("--apps is given, and {folder} is no folder");
        return Err(refuse_with(&message, "give the folders that the globs are relative to"));
    }
    let globs = globs(roots, how)?;
    if globs.iter().all(Vec::is_empty) {
        return Ok(false);
    }
    let mut empty: Vec<((Option<String>, String), usize, Unread)> = Vec::new();
    let mut held: BTreeSet<(Option<String>, String)> = BTreeSet::new();
    for (at, found) in find(roots, &globs)?.into_iter().enumerate() {
        let (root, which) = (&roots[at], [SideArg::Base, SideArg::Head][at]);
        for application in found {
            let path = Path::new(&application.path);
            let id = path.strip_prefix(&root.folder).unwrap_or(path).display().to_string();
            let id = if below.is_empty() { id } else { format!("{below}/{id}") };
            let name = root.shown().text(&application.path);
            let (paths, inside) = ([application.path.clone()], root.inside(path));
            let folder = if path.is_dir() { &*inside } else { inside.parent().unwrap_or(&inside) };
            let place = Place {
                which,
                id: &id,
                name: &name,
                path: application.path.clone(),
                search: root.search(&paths, folder),
                release: path.file_name().map(|name| name.to_string_lossy().into_owned()),
                shown: root.shown(),
                is_of_many: true,
            };
            let args = run::plan_of(&how.plan, &application);
            let sides = clusters.entry(application.cluster.clone()).or_default();
            match add_unless_empty(&mut sides[at], &place, how, &args) {
                Some(unread) => empty.push(((application.cluster, id), at, unread)),
                None => drop(held.insert((application.cluster, id))),
            }
        }
    }
    // What holds nothing and never did is no build that failed.
    for (application, at, unread) in empty.into_iter().filter(|(one, ..)| held.contains(one)) {
        clusters.entry(application.0).or_default()[at].fail(unread);
    }
    Ok(true)
}

/// The globs of each side: those that are given; else its own, and of the other side those that it
/// does not state itself, so that what one side does not know is gone, or new.
fn globs(roots: &[Root; 2], how: &How) -> Result<[Vec<Apps>; 2], Exit> {
    if !how.apps.is_empty() {
        let (namespace, app) = (how.plan.namespace.as_deref(), how.plan.app.as_deref());
        let given = how.apps.iter().map(|glob| Apps::given(glob, namespace, app));
        let given: Vec<Apps> = given
            .collect::<Result<_, _>>()
            .map_err(|(message, help)| refuse_with(&format!("--apps: {message}"), &help))?;
        return Ok([given.clone(), given]);
    }
    let [mut base, mut head] = roots.each_ref().map(|root| root.stated(how));
    let known = |all: &[Apps], one: &Apps| all.iter().any(|other| other.path == one.path);
    let more: Vec<Apps> = head.iter().filter(|one| !known(&base, one)).cloned().collect();
    head.extend(base.iter().filter(|one| !known(&head, one)).cloned().collect::<Vec<_>>());
    base.extend(more);
    Ok([base, head])
}

/// The applications of each side, each path once. A glob has to match on one of them.
fn find(roots: &[Root; 2], globs: &[Vec<Apps>; 2]) -> Result<[Vec<Found>; 2], Exit> {
    let mut sides = [Vec::new(), Vec::new()];
    let mut missed: BTreeMap<&str, Vec<Unreadable>> = BTreeMap::new();
    for ((root, globs), found) in roots.iter().zip(globs).zip(&mut sides) {
        for glob in globs {
            match apps::find(&root.folder, std::slice::from_ref(glob)) {
                Ok(all) => {
                    for one in all {
                        if found.iter().all(|other: &Found| other.path != one.path) {
                            found.push(one);
                        }
                    }
                }
                Err(why) => missed.entry(&glob.path).or_default().push(why),
            }
        }
    }
    match missed.into_values().find(|why| why.len() == 2).and_then(|why| why.into_iter().last()) {
        Some(why) => Err(refuse(&roots[1].shown().unreadable(why))),
        None => Ok(sides),
    }
}

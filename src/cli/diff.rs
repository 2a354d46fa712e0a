//! `plumber diff`: what a change does to the data of each volume.

mod apps;
mod place;

use super::Exit;
use super::args::{DiffArgs, DiffFormat, PlanArgs, SideArg};
use super::output::{print, say};
use super::run::{refuse, refuse_with};
use crate::compare::{Comparison, Side, Unread, compare};
use crate::report::diff::{Objects, counts, json_v1, markdown, text};
use crate::report::text::diagnostic;
use crate::source::configuration::Search;
use crate::source::files::{STDIN, STDIN_PATH, Unreadable};
use crate::source::git::{Repository, Side as Revision};
use apps::Root;
use place::{Place, Shown, add};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The path that means "nothing": all volumes are new, or all are gone.
const NOTHING: &str = "/dev/null";

/// Runs the command.
pub(super) fn run(args: DiffArgs) -> Exit {
    let DiffArgs { paths, git, apps, as_is, format, objects, no_objects, plan } = args;
    let how = How { plan, as_is, apps };
    let objects = match (objects, no_objects) {
        (true, _) => Objects::All,
        (false, true) => Objects::None,
        (false, false) => Objects::Short,
    };
    let sides = match git {
        Some(range) => revisions(&range, paths, &how),
        None => two(&paths, &how),
    };
    let Sides { clusters, names } = match sides {
        Ok(sides) => sides,
        Err(exit) => return exit,
    };
    // What is in one cluster is not what is in another.
    let comparison: Comparison =
        clusters.into_values().map(|[base, head]| compare(base, head)).collect();
    for (side, unread) in [("BASE", &comparison.unread_base), ("HEAD", &comparison.unread_head)] {
        for unread in unread {
            say(&unread_words(side, unread));
        }
    }
    let [base, head] = &names;
    let written = match format {
        DiffFormat::Text => text::text(&comparison, base, head, objects),
        DiffFormat::Markdown => markdown::markdown(&comparison, base, head, objects),
        DiffFormat::Json => {
            let diff = json_v1::diff(&comparison, base, head, objects);
            // Serialising plain structs does not fail.
            serde_json::to_string_pretty(&diff).unwrap_or_default() + "\n"
        }
    };
    if let Err(error) = print(&[Cow::Owned(written)]) {
        return refuse_with(&format!("cannot write: {error}"), "check standard output");
    }
    say(&format!("plumber: {}\n", counts(&comparison)));
    exit(&comparison)
}

fn exit(comparison: &Comparison) -> Exit {
    if !comparison.is_complete() {
        Exit::CouldNotRun
    } else if comparison.is_same() {
        Exit::Done
    } else {
        Exit::Trouble
    }
}

fn unread_words(side: &str, unread: &Unread) -> String {
    let mut words = format!("plumber: {side} could not be read: {}\n", unread.application);
    for found in &unread.diagnostics {
        words.push_str(&diagnostic(found, None));
    }
    if let Some((message, help)) = &unread.problem {
        words.extend(["  ", message, "\n  help: ", help, "\n"]);
    }
    words
}

/// How both sides are read.
struct How {
    plan: PlanArgs,
    /// The side that plumber does not render.
    as_is: Option<SideArg>,
    /// The globs of the applications, where they are given.
    apps: Vec<String>,
}

/// BASE and HEAD of each cluster, where the configuration tells clusters apart.
type Clusters = BTreeMap<Option<String>, [Side; 2]>;

/// Both sides with their names.
struct Sides {
    clusters: Clusters,
    names: [String; 2],
}

/// Reads BASE and HEAD as they are named.
fn two(paths: &[String], how: &How) -> Result<Sides, Exit> {
    let [base, head] = paths else {
        let help = "plumber diff BASE HEAD, or plumber diff --git main...HEAD [PATH]";
        let message = match paths {
            [] => "neither BASE nor HEAD is given".to_owned(),
            [one] => format!("{one} is given, and nothing to compare it with"),
            _ => format!("{} paths are given, and two can be compared", paths.len()),
        };
        return Err(refuse_with(&message, help));
    };
    if base == STDIN_PATH && head == STDIN_PATH {
        return Err(refuse_with("`-` stands twice", "standard input can be read once"));
    }
    let is_there = |path: &String| path == STDIN_PATH || Path::new(path).exists();
    if !is_there(base) && !is_there(head) {
        return Err(refuse_with(
            &format!("there is no file and no folder {base}, and none {head}"),
            &format!(
                "check the spelling; revisions are compared by: plumber diff --git {base}..{head}"
            ),
        ));
    }
    let name = |path: &String| if path == STDIN_PATH { STDIN.to_owned() } else { path.clone() };
    let names = [name(base), name(head)];
    let mut clusters = Clusters::new();
    let roots = [base, head].map(|path| Root::folder(Path::new(path)));
    if apps::add_all(&mut clusters, "", &roots, how)? {
        return Ok(Sides { clusters, names });
    }
    // A chart's release is named by its folder, which differs here without meaning anything.
    let release = folder_name(Path::new(head)).or_else(|| folder_name(Path::new(base)));
    let read = |which: SideArg, path: &String| {
        let mut side = Side::default();
        if path != NOTHING {
            let name = if path == STDIN_PATH { STDIN } else { path };
            let one = [path.clone()];
            let search = Search::Paths(&one);
            let (path, release) = (path.clone(), release.clone());
            let shown = Shown::AsIs;
            add(
                &mut side,
                &Place { which, id: "", name, path, search, release, shown, is_of_many: false },
                how,
            );
        }
        side
    };
    clusters.insert(None, [read(SideArg::Base, base), read(SideArg::Head, head)]);
    Ok(Sides { clusters, names })
}

fn folder_name(path: &Path) -> Option<String> {
    let name = path.file_name().filter(|_| path.is_dir())?;
    Some(name.to_string_lossy().into_owned())
}

/// Reads two revisions.
fn revisions(range: &str, paths: Vec<String>, how: &How) -> Result<Sides, Exit> {
    let refused = |error: Unreadable| refuse(&error);
    let repository = Repository::open().map_err(refused)?;
    let (base, head) = repository.range(range).map_err(refused)?;
    let paths = if paths.is_empty() { vec![".".to_owned()] } else { paths };
    let inside: Vec<PathBuf> = paths
        .iter()
        .map(|path| repository.inside(path))
        .collect::<Result<_, _>>()
        .map_err(refused)?;
    let trees =
        [repository.tree(&base).map_err(refused)?, repository.tree(&head).map_err(refused)?];
    let mut clusters = Clusters::new();
    for (given, path) in paths.iter().zip(&inside) {
        let whole = |root: &Path| root.join(path).components().collect::<PathBuf>();
        let there = trees.each_ref().map(|tree| whole(&tree.root).exists());
        if there == [false, false] {
            return Err(refuse_with(
                &format!("{given} is neither in {} nor in {}", base.name(), head.name()),
                "check the spelling; paths are relative to this folder",
            ));
        }
        let name =
            if path.as_os_str().is_empty() { ".".to_owned() } else { path.display().to_string() };
        let below = if path.as_os_str().is_empty() { "" } else { &*name };
        let roots = trees.each_ref().map(|tree| Root::below(&whole(&tree.root), &tree.root));
        if apps::add_all(&mut clusters, below, &roots, how)? {
            continue;
        }
        let sides = clusters.entry(None).or_default();
        let revisions = [(SideArg::Base, &base, "new"), (SideArg::Head, &head, "removed")];
        for ((tree, side), (which, revision, word)) in trees.iter().zip(sides).zip(revisions) {
            let root = whole(&tree.root);
            if !root.exists() {
                say(&format!(
                    "plumber: {name} is not in {}: it counts as {word}\n",
                    revision.name()
                ));
                continue;
            }
            let folder = if root.is_dir() { path } else { path.parent().unwrap_or(path) };
            let search = Search::Folder { folder, root: &tree.root };
            let release = path
                .file_name()
                .map_or_else(|| repository.name(), |name| name.to_string_lossy().into_owned());
            let shown = Shown::Without(tree.root.display().to_string());
            let path = root.display().to_string();
            let (id, name, release) = (name.as_str(), name.as_str(), Some(release));
            add(
                side,
                &Place { which, id, name, path, search, release, shown, is_of_many: false },
                how,
            );
        }
    }
    if head != Revision::WorkingTree && repository.is_dirty(&inside).map_err(refused)? {
        say(&format!(
            "plumber: changes that are not committed are not compared; to see them: plumber diff \
             --git {}\n",
            base.revision().unwrap_or_default()
        ));
    }
    Ok(Sides { clusters, names: [base.name().into(), head.name().into()] })
}

//! `plumber diff`: what a change does to the data of each volume.

use super::Exit;
use super::args::{DiffArgs, DiffFormat, PlanArgs, SideArg};
use super::output::{print, say};
use super::run::{self, Planned, refuse, refuse_with};
use crate::compare::{Application, Comparison, Side, Unread, compare};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::object::Location;
use crate::report::diff::{Objects, counts, json_v1, markdown, text};
use crate::report::text::diagnostic;
use crate::source::build::Build;
use crate::source::configuration::Search;
use crate::source::files::{self, Recursion, STDIN, STDIN_PATH, Unreadable};
use crate::source::git::{Repository, Side as Revision};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// The path that means "nothing": all volumes are new, or all are gone.
const NOTHING: &str = "/dev/null";

/// Runs the command.
pub(super) fn run(args: DiffArgs) -> Exit {
    let DiffArgs { paths, git, as_is, format, objects, no_objects, plan } = args;
    let how = How { plan, as_is };
    let objects = match (objects, no_objects) {
        (true, _) => Objects::All,
        (false, true) => Objects::None,
        (false, false) => Objects::Short,
    };
    let sides = match git {
        Some(range) => revisions(&range, paths, &how),
        None => two(&paths, &how),
    };
    let Sides { base, head, names } = match sides {
        Ok(sides) => sides,
        Err(exit) => return exit,
    };
    let comparison = compare(base, head);
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
}

/// One application of one side, as it is found.
struct Place<'p> {
    which: SideArg,
    /// What it has in common with itself on the other side.
    id: &'p str,
    /// Its name for people.
    name: &'p str,
    /// Where it is read.
    path: String,
    /// Where its configuration is.
    search: Search<'p>,
    /// The name of its release, if it is a chart.
    release: Option<String>,
    shown: Shown,
}

/// Both sides with their names.
struct Sides {
    base: Side,
    head: Side,
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
            add(&mut side, &Place { which, id: "", name, path, search, release, shown }, how);
        }
        side
    };
    let name = |path: &String| if path == STDIN_PATH { STDIN.to_owned() } else { path.clone() };
    let names = [name(base), name(head)];
    Ok(Sides { base: read(SideArg::Base, base), head: read(SideArg::Head, head), names })
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
    let mut sides = [Side::default(), Side::default()];
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
        let revisions = [(SideArg::Base, &base, "new"), (SideArg::Head, &head, "removed")];
        for ((tree, side), (which, revision, word)) in trees.iter().zip(&mut sides).zip(revisions) {
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
            add(side, &Place { which, id, name, path, search, release, shown }, how);
        }
    }
    if head != Revision::WorkingTree && repository.is_dirty(&inside).map_err(refused)? {
        say(&format!(
            "plumber: changes that are not committed are not compared; to see them: plumber diff \
             --git {}\n",
            base.revision().unwrap_or_default()
        ));
    }
    let [base_side, head_side] = sides;
    Ok(Sides { base: base_side, head: head_side, names: [base.name().into(), head.name().into()] })
}

/// How places in a temporary folder are shown.
enum Shown {
    AsIs,
    /// Without the folder that stands for the repository.
    Without(String),
}

impl Shown {
    fn text(&self, text: &str) -> String {
        match self {
            Self::AsIs => text.to_owned(),
            Self::Without(root) => without(text, root),
        }
    }

    fn diagnostic(&self, found: Diagnostic) -> Diagnostic {
        let location = found
            .location
            .map(|place| Location { source: self.text(&place.source).into(), ..place });
        let help = found.help.map(|help| self.text(&help));
        Diagnostic { message: self.text(&found.message), location, help, ..found }
    }
}

/// Reads, plans and adds one application.
fn add(side: &mut Side, place: &Place<'_>, how: &How) {
    let unread =
        |diagnostics, problem| Unread { application: place.name.to_owned(), diagnostics, problem };
    match planned(place, &how.plan) {
        Ok((Planned { reading, plan }, namespace)) => {
            if plan.diagnostics.iter().any(|found| found.code == Code::EmptyInput) {
                let message = "it holds no manifest, as after a build that failed".to_owned();
                let help =
                    format!("check what makes it; if it is meant, give {NOTHING} in its place");
                return side.fail(unread(Vec::new(), Some((message, help))));
            }
            for found in plan.diagnostics.iter().filter(|d| d.severity() == Severity::Warning) {
                say(&diagnostic(found, None));
            }
            let application = Application {
                id: place.id,
                name: place.name,
                namespace: namespace.as_deref(),
                is_rendered: how.as_is != Some(place.which),
            };
            side.add(&application, &reading, &plan);
        }
        Err(Unreadable::Path { message, help }) => {
            let shown = &place.shown;
            side.fail(unread(Vec::new(), Some((shown.text(&message), shown.text(&help)))));
        }
        Err(Unreadable::Content(found)) => {
            let found = found.into_iter().map(|found| place.shown.diagnostic(found)).collect();
            side.fail(unread(found, None));
        }
    }
}

fn planned(place: &Place<'_>, args: &PlanArgs) -> Result<(Planned, Option<String>), Unreadable> {
    let shown = |found: Vec<Diagnostic>| -> Vec<Diagnostic> {
        found.into_iter().map(|found| place.shown.diagnostic(found)).collect()
    };
    let mut resolved = run::configuration_by(args, &place.search)?;
    resolved.diagnostics = shown(resolved.diagnostics);
    let mut build = Build::default();
    build.plain.recursion = if args.recursive { Recursion::On } else { Recursion::Off };
    build.helm.namespace.clone_from(&resolved.config.namespace);
    build.helm.release.clone_from(&place.release);
    let mut inputs = files::read(std::slice::from_ref(&place.path), &build)?;
    for source in &mut inputs.sources {
        source.name = place.shown.text(&source.name).into();
    }
    inputs.diagnostics = shown(inputs.diagnostics);
    let namespace = resolved.config.namespace.clone();
    Ok((run::plan_inputs(inputs, resolved), namespace))
}

/// Returns a text in which paths below a folder are relative to it.
fn without(text: &str, folder: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(folder) {
        let (before, after) = (&rest[..at], &rest[at + folder.len()..]);
        out.push_str(before);
        match after.strip_prefix('/') {
            Some(inside) => rest = inside,
            // The folder itself, not one whose name goes on.
            None if !after.starts_with(|c: char| c.is_alphanumeric() || "-_.".contains(c)) => {
                out.push('.');
                rest = after;
            }
            None => {
                out.push_str(folder);
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn places_are_relative_to_the_repository() {
        let shown = |text| without(text, "/r/repo");
        assert_eq!(shown("kustomize build /r/repo/apps/a"), "kustomize build apps/a");
        assert_eq!(shown("/r/repo: it, not /r/repo-other/x"), ".: it, not /r/repo-other/x");
    }
}

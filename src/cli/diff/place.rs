//! One application of one side: where it is read, and what leaves it.

use super::{How, NOTHING};
use crate::cli::args::{PlanArgs, SideArg};
use crate::cli::output::say;
use crate::cli::run::{self, Planned};
use crate::compare::{Application, Side, Unread};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::object::Location;
use crate::report::text::diagnostic;
use crate::source::build::Build;
use crate::source::configuration::Search;
use crate::source::files::{self, Recursion, Unreadable};

/// One application of one side, as it is found.
pub(super) struct Place<'p> {
    pub(super) which: SideArg,
    /// What it has in common with itself on the other side.
    pub(super) id: &'p str,
    /// Its name for people.
    pub(super) name: &'p str,
    /// Where it is read.
    pub(super) path: String,
    /// Where its configuration is.
    pub(super) search: Search<'p>,
    /// The name of its release, if it is a chart.
    pub(super) release: Option<String>,
    pub(super) shown: Shown,
    /// Whether it is one of many, of which some may hold nothing on either side.
    pub(super) is_of_many: bool,
}

/// How places in a temporary folder are shown.
#[derive(Clone)]
pub(super) enum Shown {
    AsIs,
    /// Without the folder that stands for the repository.
    Without(String),
}

impl Shown {
    /// Returns a text as it is shown.
    pub(super) fn text(&self, text: &str) -> String {
        match self {
            Self::AsIs => text.to_owned(),
            Self::Without(root) => without(text, root),
        }
    }

    /// Returns why something cannot be read, as it is shown.
    pub(super) fn unreadable(&self, why: Unreadable) -> Unreadable {
        match why {
            Unreadable::Path { message, help } => {
                Unreadable::Path { message: self.text(&message), help: self.text(&help) }
            }
            Unreadable::Content(found) => {
                Unreadable::Content(found.into_iter().map(|found| self.diagnostic(found)).collect())
            }
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

/// Reads and plans one application, and adds it; one without any manifest counts as unread.
pub(super) fn add(side: &mut Side, place: &Place<'_>, how: &How) {
    if let Some(empty) = add_unless_empty(side, place, how, &how.plan) {
        side.fail(empty);
    }
}

/// Reads and plans one application by its own arguments, and adds it. Returns what is to say of one
/// that holds no manifest, of which the side knows nothing then.
pub(super) fn add_unless_empty(
    side: &mut Side,
    place: &Place<'_>,
    how: &How,
    args: &PlanArgs,
) -> Option<Unread> {
    let unread =
        |diagnostics, problem| Unread { application: place.name.to_owned(), diagnostics, problem };
    match planned(place, args) {
        Ok((Planned { reading, plan }, namespace)) => {
            if plan.diagnostics.iter().any(|found| found.code == Code::EmptyInput) {
                let message = "it holds no manifest, as after a build that failed".to_owned();
                let help =
                    format!("check what makes it; if it is meant, give {NOTHING} in its place");
                return Some(unread(Vec::new(), Some((message, help))));
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
        Err(why) => side.fail(match place.shown.unreadable(why) {
            Unreadable::Path { message, help } => unread(Vec::new(), Some((message, help))),
            Unreadable::Content(found) => unread(found, None),
        }),
    }
    None
}

fn planned(place: &Place<'_>, args: &PlanArgs) -> Result<(Planned, Option<String>), Unreadable> {
    let shown = |found: Vec<Diagnostic>| -> Vec<Diagnostic> {
        found.into_iter().map(|found| place.shown.diagnostic(found)).collect()
    };
    let mut resolved = run::configuration_by(args, &place.search)?;
    resolved.diagnostics = shown(resolved.diagnostics);
    let mut build = Build::default();
    build.plain.recursion = if args.recursive { Recursion::On } else { Recursion::Off };
    build.plain.allow_empty = place.is_of_many;
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

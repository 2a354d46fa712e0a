//! Many applications at once: where they are, and their examination side by side.
#![expect(clippy::disallowed_methods, reason = "reading folders is this module's duty")]

use super::examine::{self, Application, Examined, One};
use super::refuse;
use crate::api::kinds;
use crate::argocd::discover::{Discovered, Listed, discover};
use crate::cli::Exit;
use crate::cli::args::PlanArgs;
use crate::cli::run::{self, refuse_with};
use crate::config::Apps;
use crate::manifest::{Framing, Limits, Secrets, Source, read_further};
use crate::object::Object;
use crate::report::check_text::Texts;
use crate::rules::Survey;
use crate::source::apps::{self, Found};
use crate::source::files::{self, Unreadable};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The applications of a repository, and what is to say about finding them.
pub(super) struct Repository {
    found: Vec<Found>,
    notes: Vec<String>,
}

/// Returns the applications that the arguments or the configuration name; nothing where the paths
/// are one application.
pub(super) fn repository(
    plan: &PlanArgs,
    globs: &[String],
    argocd: Option<&str>,
    paths: &[String],
) -> Result<Option<Repository>, Exit> {
    if let Some(folder) = argocd {
        return of_argocd(folder).map(Some).map_err(|error| refuse(&error));
    }
    if !globs.is_empty() {
        let (namespace, app) = (plan.namespace.as_deref(), plan.app.as_deref());
        let given = globs.iter().map(|glob| Apps::given(glob, namespace, app));
        let given: Vec<Apps> = given
            .collect::<Result<_, _>>()
            .map_err(|(message, help)| refuse_with(&format!("--apps: {message}"), &help))?;
        let found = apps::find(Path::new("."), &given).map_err(|error| refuse(&error))?;
        return Ok(Some(Repository { found, notes: Vec::new() }));
    }
    configured(plan, paths).map_err(|error| refuse(&error))
}

/// The applications of a `plumber.yaml` in the folder that is checked, or in this one.
fn configured(plan: &PlanArgs, paths: &[String]) -> Result<Option<Repository>, Unreadable> {
    let folder = match paths {
        [one] if Path::new(one).is_dir() => one.as_str(),
        [] if std::io::stdin().is_terminal() => ".",
        _ => return Ok(None),
    };
    let file = Path::new(folder).join(files::CONFIG_FILE);
    let (root, file) = match &plan.config {
        Some(given) => (folder_of(Path::new(given)), Path::new(given)),
        None => (Path::new(folder), file.as_path()),
    };
    if plan.config.is_some() && paths.is_empty() || !file.is_file() {
        return Ok(None);
    }
    let paths = [folder.to_owned()];
    let resolved = run::configuration(plan, &paths)?;
    if resolved.config.apps.is_empty() {
        return Ok(None);
    }
    let found = apps::find(root, &resolved.config.apps)?;
    Ok(Some(Repository { found, notes: Vec::new() }))
}

/// The folder of a file; this one, where the file is named alone.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The applications that Argo CD's objects below a folder name.
fn of_argocd(folder: &str) -> Result<Repository, Unreadable> {
    let root = Path::new(folder);
    std::fs::metadata(root).map_err(|error| files::unreadable(folder, &error))?;
    let objects = argocd_objects(root);
    let folders = |glob: &str| {
        let all = apps::expand(root, glob).unwrap_or_default().into_iter().map(|(path, _)| path);
        all.filter(|path| root.join(path).is_dir()).collect()
    };
    let Discovered { listed, mut notes } = discover(&objects, &folders);
    let mut found: Vec<Found> = Vec::new();
    for application in listed {
        let path = apps::shown(root, &application.path);
        if !Path::new(&path).is_dir() {
            notes.push(format!(
                "{}: {} is not in this repository, and was not looked at",
                application.name, application.path
            ));
            continue;
        }
        if !application.recursive && !apps::holds_manifests(Path::new(&path)) {
            notes.push(format!(
                "{}: {} holds no manifest, and was not looked at",
                application.name, application.path
            ));
            continue;
        }
        let Listed { name, namespace, cluster, recursive, .. } = application;
        let one = Found { path, namespace, app: Some(name), cluster, recursive };
        let is_known = |other: &Found| Found { app: one.app.clone(), ..other.clone() } == one;
        if !found.iter().any(is_known) {
            found.push(one);
        }
    }
    if found.is_empty() {
        return Err(Unreadable::Path {
            message: format!(
                "no Application or ApplicationSet below {folder} names a folder of it"
            ),
            help: "give the root of the repository, or name the folders: --apps 'apps/*'".into(),
        });
    }
    Ok(Repository { found, notes })
}

fn argocd_objects(root: &Path) -> Vec<Object> {
    let walk = walkdir::WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry));
    let mut objects = Vec::new();
    for entry in walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
        let extension = entry.path().extension().and_then(|extension| extension.to_str());
        if !matches!(extension, Some("yaml" | "yml" | "json")) {
            continue;
        }
        let name: std::sync::Arc<str> = entry.path().display().to_string().into();
        let Some(text) = files::text(&name).filter(|text| text.contains("argoproj.io/")) else {
            continue;
        };
        let source = Source { name, text, framing: Framing::File };
        let read =
            read_further(vec![source], Limits::default(), Secrets::PassedOver, kinds::APPLICATIONS);
        objects.extend(read.objects.into_iter().filter(|object| {
            matches!(object.id.kind.as_str(), kinds::APPLICATION | kinds::APPLICATION_SET)
        }));
    }
    objects
}

fn is_hidden(entry: &walkdir::DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

/// What came of the applications, each in its own place, whichever is done first.
struct Slots {
    surveys: Vec<Option<Survey>>,
    texts: Texts,
    refused: BTreeMap<usize, String>,
}

impl Slots {
    fn fill(&mut self, index: usize, application: &Found, result: Result<One, Unreadable>) {
        match result.map_err(|error| one_line(&error)) {
            Ok(One { mut survey, texts }) => {
                let before = index.checked_sub(1).and_then(|before| self.surveys[before].as_ref());
                if let Some(before) = before {
                    survey.share_with(before);
                }
                self.surveys[index] = Some(survey);
                self.texts.extend(texts);
            }
            Err(why) => {
                let is_told = why.contains(&application.path);
                let why = if is_told { why } else { format!("{}: {why}", application.path) };
                self.refused.insert(index, why);
            }
        }
    }
}

/// Examines applications side by side. One that cannot be examined does not hide the others.
pub(super) fn examine_all(plan: &PlanArgs, repository: Repository) -> Examined {
    let Repository { found, notes } = repository;
    let next = AtomicUsize::new(0);
    let slots = Slots {
        surveys: found.iter().map(|_| None).collect(),
        texts: Texts::new(),
        refused: BTreeMap::new(),
    };
    let slots = Mutex::new(slots);
    let bar = progress(found.len());
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers.min(found.len()) {
            scope.spawn(|| {
                while let Some((index, application)) = take(&next, &found) {
                    let result = examine(plan, application);
                    slots.lock().unwrap_or_else(PoisonError::into_inner).fill(
                        index,
                        application,
                        result,
                    );
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let Slots { surveys, texts, refused } =
        slots.into_inner().unwrap_or_else(PoisonError::into_inner);
    // In place: a second list of thousands would be held beside the first.
    let surveys = surveys.into_iter().flatten().collect();
    Examined { surveys, texts, refused: refused.into_values().collect(), notes }
}

fn take<'f>(next: &AtomicUsize, found: &'f [Found]) -> Option<(usize, &'f Found)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    found.get(index).map(|application| (index, application))
}

fn examine(plan: &PlanArgs, application: &Found) -> Result<One, Unreadable> {
    let Found { path, cluster, .. } = application;
    let paths = std::slice::from_ref(path);
    let plan = run::plan_of(plan, application);
    let resolved = run::configuration(&plan, paths)?;
    let build = run::build(&plan, &resolved)?;
    let what = Application { name: path, cluster: cluster.as_deref(), paths };
    examine::examine(&what, build, resolved)
}

fn one_line(error: &Unreadable) -> String {
    match error {
        Unreadable::Path { message, help } => format!("{message}\n  help: {help}"),
        Unreadable::Content(found) => {
            let lines = found.iter().map(|found| crate::report::text::diagnostic(found, None));
            lines.collect::<String>().trim_end().to_owned()
        }
    }
}

/// A bar on a terminal, and nothing elsewhere.
fn progress(count: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or_default());
    let style = ProgressStyle::with_template("checking {bar:30} {pos}/{len} applications");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

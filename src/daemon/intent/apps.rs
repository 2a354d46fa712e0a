//! `apps:` of the configuration → the parts of a checkout, where no Application names them.
#![expect(clippy::disallowed_methods, reason = "reading the checkout is this module's duty")]

use super::part::{How, Part};
use super::render::{self, lines, words};
use crate::config::{Apps, Config, Resolved};
use crate::daemon::options::Planning;
use crate::source::apps;
use crate::source::files::Unreadable;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the configuration names.
#[derive(Debug)]
pub(super) struct Configured {
    /// The parts; none where it names no applications.
    pub(super) parts: Vec<Part>,
    /// The configuration of the checkout's own folder.
    pub(super) config: Config,
}

/// Reads the configuration of a checkout's own folder, and follows its globs.
///
/// A glob that matches nothing is a part that does not render: what it should have matched is not
/// known.
///
/// # Errors
/// The configuration has no meaning, or a folder cannot be read; in one text.
pub(super) fn configured(root: &Path, planning: &Planning) -> Result<Configured, String> {
    let Resolved { config, .. } = {
        let own = part(".".to_owned(), (None, None), How::Configured);
        render::resolved(root, &own, planning)?
    };
    let base = base(root, planning.config.as_deref());
    let mut parts: Vec<Part> = Vec::new();
    let mut taken = BTreeSet::new();
    for glob in &config.apps {
        // What cannot be read is told apart from what is not there.
        apps::expand(&base, &glob.path).map_err(words)?;
        let found = match apps::find(&base, std::slice::from_ref(glob)) {
            Ok(found) => found,
            Err(Unreadable::Path { .. }) => {
                let why = format!("nothing in the checkout matches {} of apps", glob.path);
                parts.push(part(glob.path.clone(), (None, None), How::Not(why)));
                continue;
            }
            Err(Unreadable::Content(found)) => return Err(lines(&found)),
        };
        for one in found {
            let path = Path::new(&one.path);
            let path = path.strip_prefix(root).unwrap_or(path).display().to_string();
            let path = if path.is_empty() { ".".to_owned() } else { path };
            if !taken.insert(path.clone()) {
                continue;
            }
            let how = match (&one.cluster, &config.cluster) {
                (Some(theirs), Some(ours)) if theirs != ours => continue,
                (Some(theirs), None) => How::Not(format!(
                    "it goes to the cluster {theirs}, and which one this is is not configured: \
                     set PLUMBER_CLUSTER, or cluster in the trusted plumber.yaml"
                )),
                (Some(_) | None, _) => How::Configured,
            };
            parts.push(part(path, (one.app, one.namespace), how));
        }
    }
    Ok(Configured { parts, config })
}

/// The folder that globs are relative to: that of a file in the checkout that replaces the search,
/// else the checkout's own.
fn base(root: &Path, config: Option<&str>) -> PathBuf {
    let file = config.and_then(|file| std::fs::canonicalize(file).ok());
    let folder = file.as_deref().and_then(Path::parent).filter(|folder| folder.starts_with(root));
    folder.unwrap_or(root).to_owned()
}

fn part(path: String, (app, namespace): (Option<String>, Option<String>), how: How) -> Part {
    Part { app, repo: None, also: Vec::new(), path, namespace, how }
}

/// Leaves out of a configuration what renders nothing: with these alone changed, a part is the
/// same.
pub(super) fn rendering(config: &Config) -> Config {
    Config { apps: Vec::<Apps>::new(), allow: Vec::new(), ..config.clone() }
}

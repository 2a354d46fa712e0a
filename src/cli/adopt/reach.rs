//! Whether the configuration that is written is the one by which each volume will be rendered.
#![expect(clippy::disallowed_methods, reason = "folders are looked into here")]

use super::input::Built;
use super::write::configuration_file;
use crate::adopt::{Adoption, Missed};
use crate::source::configuration::nearest;
use crate::source::files::CONFIG_FILE;
use std::path::Path;

/// Why the configuration would not hold, and what to do.
pub(super) struct Unreached {
    pub(super) message: String,
    pub(super) help: String,
}

/// Returns whether the new configuration is the one that holds for a file, or for what was built of
/// a folder.
pub(super) fn holds(paths: &[String], built: &[Built], source: &str) -> bool {
    let of = built.iter().find(|built| *built.name == *source).map(|built| &*built.folder);
    let at = of.or_else(|| Path::new(source).parent());
    let at = at.filter(|at| !at.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Ok(real), Ok(root)) = (std::fs::canonicalize(at), std::fs::canonicalize(home(paths)))
    else {
        return false;
    };
    let mut nearer = real.ancestors().take_while(|above| **above != root);
    real.starts_with(&root) && !nearer.any(|above| above.join(CONFIG_FILE).is_file())
}

/// The folder of the configuration.
fn home(paths: &[String]) -> std::path::PathBuf {
    let file = configuration_file(paths);
    let home = file.parent().filter(|home| !home.as_os_str().is_empty());
    home.unwrap_or(Path::new(".")).to_owned()
}

/// Looks for another configuration that is in the way, and for volumes that the new one is not
/// above.
pub(super) fn unreached(
    paths: &[String],
    adoption: &Adoption,
    built: &[Built],
) -> Option<Unreached> {
    let file = configuration_file(paths);
    let home = &*home(paths);
    if !file.exists()
        && let Ok(Some(other)) = nearest(home)
    {
        return Some(Unreached {
            message: format!(
                "{} holds for {} today, and would not beside a {CONFIG_FILE} of its own",
                other.display(),
                home.display()
            ),
            help: format!(
                "adopt from the folder of {}, or move it away and add what it says by hand",
                other.display()
            ),
        });
    }
    let root = std::fs::canonicalize(home).ok()?;
    for one in &adoption.adopted {
        let source = &one.volume.place.location.source;
        let of = built.iter().find(|built| built.name == *source).map(|built| &*built.folder);
        let at =
            of.or_else(|| Path::new(&**source).parent()).filter(|at| !at.as_os_str().is_empty());
        let at = at.unwrap_or(Path::new("."));
        let Ok(real) = std::fs::canonicalize(at) else { continue };
        if !real.starts_with(&root) {
            return Some(Unreached {
                message: format!("{} does not hold for {}", file.display(), at.display()),
                help:
                    "give the folder above all first, such as: plumber adopt apps apps/one apps/two"
                        .to_owned(),
            });
        }
        // Shown as it was typed: one step up for each folder above.
        let mut shown = at.to_owned();
        for above in real.ancestors().take_while(|above| **above != root) {
            if above.join(CONFIG_FILE).is_file() {
                return Some(Unreached {
                    message: format!(
                        "{} is nearer to {} than {}",
                        shown.join(CONFIG_FILE).display(),
                        one.volume.id(),
                        file.display()
                    ),
                    help: "adopt its folder by itself, or move it away first".to_owned(),
                });
            }
            shown = shown.parent().map_or_else(|| shown.join(".."), Path::to_owned);
        }
    }
    None
}

/// Says which volumes a configuration would change that have their labels already.
pub(super) fn disturbed(changed: &[Missed]) -> Option<Unreached> {
    let (first, rest) = changed.split_first()?;
    let more = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
    Some(Unreached {
        message: format!(
            "{} at {}{more} has its labels already, and would be rendered otherwise",
            first.what, first.location
        ),
        help: "adopt the others in a folder without it, or take its labels off, write \
               what they stand for beside it, and adopt all together"
            .to_owned(),
    })
}

//! Whether the configuration that is written is the one by which each volume will be rendered.
#![expect(clippy::disallowed_methods, reason = "folders are looked into here")]

use super::input::Built;
use super::write::configuration_file;
use crate::adopt::Adoption;
use crate::source::configuration::nearest;
use crate::source::files::CONFIG_FILE;
use std::path::Path;

/// Why the configuration would not hold, and what to do.
pub(super) struct Unreached {
    pub(super) message: String,
    pub(super) help: String,
}

/// Looks for another configuration that is in the way, and for volumes that the new one is not
/// above.
pub(super) fn unreached(
    paths: &[String],
    adoption: &Adoption,
    built: &[Built],
) -> Option<Unreached> {
    let file = configuration_file(paths);
    let home = file.parent().filter(|home| !home.as_os_str().is_empty()).unwrap_or(Path::new("."));
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

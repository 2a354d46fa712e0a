//! Layers of `plumber.yaml`, variables and flags → one validated [`Config`].
//!
//! Takes texts and values that the shell has found, gives the effective configuration, where each
//! value came from, and everything that is wrong, all at once. Reads no file and no environment,
//! and knows nothing of volumes.

mod apply;
mod cron;
mod de;
mod file;
mod keys;
mod layer;
#[cfg(test)]
mod layer_tests;
mod namespaces;
#[cfg(test)]
mod published;
mod raw;
mod read;
mod rules;
mod show;
mod size;
#[cfg(test)]
mod tests;
mod tiers;

pub use cron::Cron;
pub use file::parse_file;
pub use layer::{Layer, Origin, Trust, environment, environment_under};
pub use namespaces::Namespaces;
pub use show::show;
pub use tiers::{Tier, Tiers};

use crate::api::mode::Mode;
use crate::api::volsync;
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::Limits;
use namespaces::{By, Rule};
use std::collections::BTreeMap;

/// The JSON Schema of `plumber.yaml`, for editors.
pub const SCHEMA: &str = include_str!("../docs/schema/plumber-config.schema.json");

/// The effective configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// What happens to a stream in which a volume has trouble.
    pub mode: Mode,
    /// The namespace of manifests that state none: `--namespace`, no key of a file.
    pub namespace: Option<String>,
    /// The Secret that holds the repository.
    pub repository: String,
    /// What a volume gets that says nothing itself.
    pub defaults: Defaults,
    /// How often volumes are backed up, by the word on their label.
    pub tiers: Tiers,
    /// Which namespaces are written to.
    pub namespaces: Namespaces,
    /// How volumes find their way back.
    pub restore: Restore,
    /// The bounds of what is read.
    pub limits: Limits,
}

/// What a volume gets that says nothing itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// The storage class of the mover's copy, where the volume names none.
    pub storage_class_name: Option<String>,
    /// The `VolumeSnapshotClass`.
    pub volume_snapshot_class_name: Option<String>,
    /// The size of the mover's cache.
    pub cache_capacity: Option<String>,
    /// How a backup copies the volume. A restore always uses `Snapshot`: VolSync's populator
    /// takes nothing else, and a destination refuses `Clone` only after it has copied the data.
    pub copy_method: String,
    /// The compression algorithm.
    pub compression: Option<String>,
    /// How many uploads run at once.
    pub parallelism: Option<i32>,
    /// How many backups are kept; nothing leaves it to the repository's own policy.
    pub retain: Option<volsync::Retain>,
    /// Whom the mover runs as.
    pub mover_security_context: volsync::MoverSecurityContext,
}

/// How volumes find their way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restore {
    /// Whether the reference is set.
    pub inject: bool,
    /// Whether the annotation that shows the reference is set.
    pub annotate: bool,
    /// When the restore image is made anew; without it, once.
    pub refresh: Option<Cron>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            namespace: None,
            repository: "volsync-kopia-repository".to_owned(),
            defaults: Defaults::default(),
            tiers: Tiers::default(),
            namespaces: Namespaces::default(),
            restore: Restore { inject: true, annotate: true, refresh: None },
            limits: Limits::default(),
        }
    }
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            storage_class_name: None,
            volume_snapshot_class_name: None,
            cache_capacity: None,
            copy_method: "Snapshot".to_owned(),
            compression: Some("zstd-fastest".to_owned()),
            parallelism: Some(2),
            retain: Some(volsync::Retain {
                latest: None,
                hourly: Some(24),
                daily: Some(7),
                weekly: Some(4),
                monthly: Some(2),
                yearly: None,
            }),
            mover_security_context: volsync::MoverSecurityContext::default(),
        }
    }
}

/// What the command line says that is no key of a file.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// The namespace of manifests that state none.
    pub namespace: Option<String>,
    /// Globs of namespaces to open, beside those of the files.
    pub managed_namespaces: Vec<String>,
}

/// Paths of keys, each with what set it.
type Origins = BTreeMap<String, String>;

/// A configuration, and where it came from.
#[derive(Debug)]
pub struct Resolved {
    /// The configuration.
    pub config: Config,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
    origins: Origins,
}

impl Resolved {
    /// Names what set a key, such as `tiers.daily`: `plumber.yaml:3`, `environment PLUMBER_MODE`,
    /// `flag --mode` or `built-in default`.
    pub fn origin(&self, path: &str) -> &str {
        let mut path = path;
        loop {
            if let Some(origin) = self.origins.get(path) {
                return origin;
            }
            match path.rsplit_once('.') {
                Some((parent, _)) => path = parent,
                None => return "built-in default",
            }
        }
    }
}

/// Puts layers together, the highest priority first: a key takes its value from the first layer
/// that has it. `retain` and each tier are one value; `namespaces.excluded` adds up over all
/// layers, so that no file can lift an exclusion of another.
///
/// # Errors
/// Everything that is wrong in any layer.
pub fn resolve(layers: &[Layer], flags: &Flags) -> Result<Resolved, Vec<Diagnostic>> {
    let mut config = Config::default();
    let mut origins = Origins::new();
    let mut found = Vec::new();
    for layer in layers.iter().rev() {
        let mut diagnostics = Vec::new();
        let raw = read::read(layer, &mut diagnostics);
        apply::apply(layer, raw, &mut config, &mut origins, &mut diagnostics);
        diagnostics.sort_by_key(|d| d.location.as_ref().map(|location| location.mark));
        found.push(diagnostics);
    }
    found.push(flagged(flags, &mut config));
    origins.extend(config.namespaces.origins());
    let diagnostics: Vec<Diagnostic> = found.into_iter().rev().flatten().collect();
    if diagnostics.iter().any(|d| d.severity() == Severity::Error) {
        return Err(diagnostics);
    }
    Ok(Resolved { config, diagnostics, origins })
}

fn flagged(flags: &Flags, config: &mut Config) -> Vec<Diagnostic> {
    let Flags { namespace, managed_namespaces } = flags;
    let mut diagnostics = Vec::new();
    let mut wrong = |name: &str, rules::Wrong { message, help }| {
        diagnostics.push(layer::invalid(name, &message).help(help));
    };
    match namespace.as_deref().map(rules::namespace).transpose() {
        Ok(namespace) => config.namespace = namespace,
        Err(why) => wrong("--namespace or PLUMBER_NAMESPACE", why),
    }
    for glob in managed_namespaces {
        match rules::glob(glob) {
            Ok(glob) => config.namespaces.add_managed(Rule::new(&glob, By::Flag)),
            Err(why) => wrong("--managed-namespace", why),
        }
    }
    diagnostics
}

//! Layers of `plumber.yaml`, variables and flags → one validated [`Config`].
//!
//! Takes texts and values that the shell has found, gives the effective configuration, where each
//! value came from, and everything that is wrong, all at once. Reads no file and no environment,
//! and knows nothing of volumes.

mod apply;
mod block;
mod blocks;
mod check;
mod cron;
mod de;
mod file;
mod free;
mod keys;
mod layer;
#[cfg(test)]
mod layer_tests;
mod namespaces;
#[cfg(test)]
mod published;
mod raw;
mod read;
mod references;
mod rules;
#[cfg(test)]
mod schema;
mod show;
mod size;
#[cfg(test)]
mod tests;
mod tiers;
mod volumes;
mod written;

pub use check::{Allow, Apps, is_wild};
pub use cron::Cron;
pub use file::parse_file;
pub use layer::{Layer, Origin, Trust, environment, environment_under};
pub use namespaces::Namespaces;
pub use show::show;
pub use tiers::{Tier, Tiers};
pub use volumes::{Ruled, VolumeRule};

use crate::api::mode::Mode;
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::Limits;
use crate::object::Location;
use crate::settings::{Settings, Template};
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
    /// The cluster's name.
    pub cluster: Option<String>,
    /// What application a volume belongs to that does not say it.
    pub app: Option<Template>,
    /// The application that is rendered, as the run knows it: no key of a file.
    pub app_name: Option<String>,
    /// What a volume gets that says nothing itself.
    pub defaults: Settings,
    /// Settings by the storage class of the volume.
    pub classes: BTreeMap<String, Settings>,
    /// Settings that a volume picks by name.
    pub profiles: BTreeMap<String, Profile>,
    /// Several backups of each volume, in their order.
    pub targets: Vec<Target>,
    /// Rules about volumes that cannot be labelled.
    pub volumes: Vec<VolumeRule>,
    /// How often volumes are backed up, by the word on their label.
    pub tiers: Tiers,
    /// Which namespaces are written to.
    pub namespaces: Namespaces,
    /// How volumes find their way back.
    pub restore: Restore,
    /// The bounds of what is read.
    pub limits: Limits,
    /// What a check lets pass.
    pub allow: Vec<Allow>,
    /// The applications of a repository.
    pub apps: Vec<Apps>,
}

/// Settings that a volume picks by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// The profile that it builds on.
    pub base: Option<String>,
    /// What it says itself.
    pub settings: Settings,
}

/// One of several backups of each volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Whether volumes are restored from it, where somebody said.
    pub restores: Option<bool>,
    /// What it says.
    pub settings: Settings,
}

impl Target {
    fn put(&mut self, stronger: Settings, restores: Option<bool>) {
        self.settings.overlay(stronger);
        self.restores = restores.or(self.restores);
    }
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
            cluster: None,
            app: None,
            app_name: None,
            defaults: Settings::default(),
            classes: BTreeMap::new(),
            profiles: BTreeMap::new(),
            targets: Vec::new(),
            volumes: Vec::new(),
            tiers: Tiers::default(),
            namespaces: Namespaces::default(),
            restore: Restore { inject: true, annotate: true, refresh: None },
            limits: Limits::default(),
            allow: Vec::new(),
            apps: Vec::new(),
        }
    }
}

impl Config {
    /// Returns what the rules about volumes say of one.
    pub fn ruled(&self, namespace: &str, name: &str, class: Option<&str>) -> Ruled {
        volumes::ruled(&self.volumes, namespace, name, class)
    }

    /// Returns the Secret of the repository as `defaults` name it, placeholders and all; else the
    /// built-in name, and nothing for a mover that has none.
    pub fn default_repository(&self) -> String {
        let built_in = crate::settings::built_in(self.defaults.mover.unwrap_or_default());
        let named = |block: &Settings| {
            block.field("repository").and_then(|name| name.as_str().map(str::to_owned))
        };
        named(&self.defaults).or_else(|| named(built_in)).unwrap_or_default()
    }

    /// Returns whether some Secret of a repository may be rendered.
    pub fn renders_secrets(&self) -> bool {
        let classes = self.classes.values();
        let profiles = self.profiles.values().map(|profile| &profile.settings);
        let targets = self.targets.iter().map(|target| &target.settings);
        [&self.defaults]
            .into_iter()
            .chain(classes)
            .chain(profiles)
            .chain(targets)
            .any(|block| block.repository_secret.is_some())
    }

    /// Returns a profile's settings after those it builds on; nothing where there is no such
    /// profile.
    pub fn profile(&self, name: &str) -> Option<Vec<&Settings>> {
        let mut next = Some(self.profiles.get(name)?);
        let mut chain = Vec::new();
        // A circle is refused before anything is planned.
        while let Some(profile) = next.filter(|_| chain.len() <= self.profiles.len()) {
            chain.push(&profile.settings);
            next = profile.base.as_ref().and_then(|base| self.profiles.get(base));
        }
        chain.reverse();
        Some(chain)
    }

    /// Returns the target of a name, which is made where there is none.
    fn target(&mut self, name: &str) -> &mut Target {
        let known = self.targets.iter().position(|target| target.name == name);
        let at = known.unwrap_or(self.targets.len());
        if known.is_none() {
            let settings = Settings::default();
            self.targets.push(Target { name: name.to_owned(), restores: None, settings });
        }
        &mut self.targets[at]
    }
}

/// What the command line says that is no key of a file.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// The namespace of manifests that state none.
    pub namespace: Option<String>,
    /// Globs of namespaces to open, beside those of the files.
    pub managed_namespaces: Vec<String>,
    /// The application that is rendered.
    pub app: Option<String>,
}

/// Paths of keys, each with what set it.
type Origins = BTreeMap<String, String>;

/// Where values were found.
#[derive(Debug, Default)]
struct Found {
    /// What set each key.
    origins: Origins,
    /// Where those stand that a file sets.
    places: BTreeMap<String, Location>,
}

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
/// that has it. `retain` and each tier are one value; `namespaces.excluded` and `check.allow` add up
/// over all layers, so that no file can lift an exclusion of another.
///
/// # Errors
/// Everything that is wrong in any layer.
pub fn resolve(layers: &[Layer], flags: &Flags) -> Result<Resolved, Vec<Diagnostic>> {
    let mut config = Config::default();
    let mut places = Found::default();
    let mut found = Vec::new();
    for layer in layers.iter().rev() {
        let mut diagnostics = Vec::new();
        let raw = read::read(layer, &mut diagnostics);
        apply::apply(layer, raw, &mut config, &mut places, &mut diagnostics);
        diagnostics.sort_by_key(|d| d.location.as_ref().map(|location| location.mark));
        found.push(diagnostics);
    }
    found.push(flagged(flags, &mut config));
    if found.iter().flatten().all(|d| d.severity() != Severity::Error) {
        found.push(references::check(&config, &places));
    }
    let mut origins = places.origins;
    origins.extend(config.namespaces.origins());
    let diagnostics: Vec<Diagnostic> = found.into_iter().rev().flatten().collect();
    if diagnostics.iter().any(|d| d.severity() == Severity::Error) {
        return Err(diagnostics);
    }
    Ok(Resolved { config, diagnostics, origins })
}

fn flagged(flags: &Flags, config: &mut Config) -> Vec<Diagnostic> {
    let Flags { namespace, managed_namespaces, app } = flags;
    config.app_name.clone_from(app);
    let mut diagnostics = Vec::new();
    let mut wrong = |name: &str, crate::settings::Wrong { message, help }| {
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

//! What Git intends for each volume: the plan, and the manifests that leave the renderer.
//!
//! Takes a plan and its rendered stream, gives per volume the reference, the pair and what its
//! owner asks for. The only module of the audit that looks into a plan. Whatever wrote a source
//! or a destination, a hand or the renderer, it is read from the rendered stream alike.

mod planned;
mod rendered;
mod unrendered;

use super::finding::Evidence;
use super::key::{Key, settle};
use super::packed::Packed;
use super::spec::{Role, Spec};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::object::{Location, Node};
use crate::plan::Verdict;
use jiff::Timestamp;
use serde_json::Value;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use planned::intent;
pub use rendered::{Rendered, rendered};
pub use unrendered::unrendered;

/// What a volume's owner asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// That it comes back.
    Restored,
    /// Backups, and no restore.
    BackupOnly,
    /// No backup: the tier is `disabled`.
    Disabled,
    /// No backup, with a reason.
    Exempt,
    /// It is CloudNativePG's, which backs it up.
    Native,
    /// Nothing at all.
    Undecided,
}

/// A source or a destination among the rendered manifests.
#[derive(Debug, Clone)]
pub struct Wired {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The manifest.
    pub node: Node,
}

/// A manifest of the folder that is not rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrendered {
    /// Its kind.
    pub kind: String,
    /// Its namespace, where it states one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The volume it belongs to.
    pub pvc: String,
    /// Where it stands.
    pub place: String,
}

/// Where a part of the intent comes from: what is rendered in one run.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The application, where one names it.
    pub app: Option<String>,
    /// The repository, where it is known.
    pub repo: Option<String>,
    /// The namespace of its manifests that state none.
    pub namespace: Option<String>,
    /// The folder.
    pub path: String,
    /// Its commit, where that is known.
    pub revision: Option<String>,
    /// The SHA-256 of what is rendered, in hexadecimal.
    pub digest: String,
    /// When it was rendered; at the time of the question, where it is not given.
    pub rendered_at: Option<Timestamp>,
    /// Why it would not render in its mode.
    pub refusal: Option<String>,
    /// Why it does not render now: what is known of it is what it was.
    pub error: Option<String>,
    /// The configuration that it is rendered with, where it has one of its own.
    pub config: Option<Arc<Config>>,
}

/// The names of a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The source that the volume is restored by; nothing where it came to none.
    pub rs: Option<SmolStr>,
    /// The destination; nothing where it came to none.
    pub rd: Option<SmolStr>,
}

/// What Git intends for one volume.
#[derive(Debug, Clone)]
pub struct Intended {
    /// Where its manifest stands.
    pub place: Location,
    /// What its owner asks for.
    pub wish: Wish,
    /// The renderer's conclusion.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<Diagnostic>,
    /// Whether it keeps the whole application from rendering.
    pub fails: bool,
    /// The tier's word.
    pub tier: Option<SmolStr>,
    /// Why the reference is left out, where that is asked.
    pub skip_restore: Option<SmolStr>,
    /// Whether a StatefulSet makes it, from a template.
    pub is_templated: bool,
    /// The names that its source and destination have, or would have, by the configuration.
    pub names: Names,
    /// The rendered manifest, or the template.
    pub pvc: Option<Packed>,
}

/// What Git intends for one volume, and where that comes from. A part and all that Git intends
/// share it.
#[derive(Debug, Clone)]
pub struct Stated {
    /// What it is rendered with.
    pub origin: Arc<Origin>,
    /// What is intended.
    pub intended: Arc<Intended>,
}

/// What Git intends.
#[derive(Debug, Clone, Default)]
pub struct Intent {
    /// Where it comes from.
    pub origins: Vec<Arc<Origin>>,
    /// Manifests that are not rendered, by the name of the volume that they belong to.
    pub unrendered: BTreeMap<String, Vec<Unrendered>>,
    /// By volume.
    pub volumes: BTreeMap<Key, Stated>,
    /// Rendered sources.
    pub sources: BTreeMap<Key, Packed>,
    /// Rendered destinations.
    pub destinations: BTreeMap<Key, Packed>,
    /// Rendered Namespaces.
    pub namespaces: BTreeMap<String, Arc<Node>>,
    /// Secrets that rendered ExternalSecrets make.
    pub secrets: BTreeSet<Key>,
}

impl Origin {
    /// Names it for people.
    pub fn shown(&self) -> String {
        match &self.app {
            Some(app) => format!("{} of {app}", self.path),
            None => self.path.clone(),
        }
    }
}

impl Wired {
    /// Reads a rendered manifest.
    fn new(key: &Key, manifest: &Packed) -> Self {
        Self {
            namespace: key.namespace().to_owned(),
            name: key.name().to_owned(),
            node: manifest.node(),
        }
    }

    /// Reads it as VolSync does.
    pub fn spec(&self, role: Role) -> Spec<'_> {
        Spec::new(role, &self.namespace, &self.name, &self.node)
    }

    /// Makes evidence of one of its fields.
    pub fn evidence(&self, field: &str, value: impl Into<Value>) -> Evidence {
        let kind = self.node.text_at(&["kind"]).unwrap_or_default();
        git(&format!("{kind} {}/{}", self.namespace, self.name), field, value.into())
    }
}

impl Intended {
    /// Makes evidence of a field of its manifest.
    pub fn evidence(&self, field: &str, value: impl Into<Value>) -> Evidence {
        git(&self.place.to_string(), field, value.into())
    }
}

pub(super) fn git(what: &str, field: &str, value: Value) -> Evidence {
    Evidence {
        object: format!("git:{what}"),
        field: field.to_owned(),
        value,
        resource_version: None,
        observed_at: None,
    }
}

impl Intent {
    /// Adds a volume. One may stand twice; what is worse is kept.
    fn add(&mut self, key: Key, stated: Stated) {
        match self.volumes.get_mut(&key) {
            Some(known) if stated.intended.fails && !known.intended.fails => *known = stated,
            Some(_) => {}
            None => drop(self.volumes.insert(key, stated)),
        }
    }

    /// Reads a rendered source.
    pub(super) fn source(&self, key: &Key) -> Option<Wired> {
        self.sources.get(key).map(|manifest| Wired::new(key, manifest))
    }

    /// Reads a rendered destination.
    pub(super) fn destination(&self, key: &Key) -> Option<Wired> {
        self.destinations.get(key).map(|manifest| Wired::new(key, manifest))
    }

    /// Reads the rendered manifest of a volume.
    pub(super) fn pvc(&self, key: &Key) -> Option<Wired> {
        let manifest = self.volumes.get(key)?.intended.pvc.as_ref()?;
        Some(Wired::new(key, manifest))
    }

    /// Adds what is rendered in another run.
    pub fn merge(&mut self, other: Self) {
        let Self { origins, unrendered, volumes, sources, destinations, namespaces, secrets } =
            other;
        self.origins.extend(origins);
        for (pvc, manifests) in unrendered {
            self.unrendered.entry(pvc).or_default().extend(manifests);
        }
        for (key, stated) in volumes {
            self.add(key, stated);
        }
        self.sources.extend(sources);
        self.destinations.extend(destinations);
        self.namespaces.extend(namespaces);
        self.secrets.extend(secrets);
    }

    /// Leaves a folder out where places are named.
    pub fn relocate(&mut self, folder: &str) {
        // The volumes of a file share its name.
        let mut renamed: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        for stated in self.volumes.values_mut() {
            let source = &stated.intended.place.source;
            let Some(inside) = source.strip_prefix(folder) else { continue };
            let inside = renamed.entry(Arc::clone(source)).or_insert_with(|| inside.into());
            Arc::make_mut(&mut stated.intended).place.source = Arc::clone(inside);
        }
        for other in self.unrendered.values_mut().flatten() {
            if let Some(inside) = other.place.strip_prefix(folder) {
                other.place = inside.to_owned();
            }
        }
    }

    /// Leaves no room in what is kept.
    pub fn settle(&mut self) {
        settle(&mut self.volumes);
        settle(&mut self.sources);
        settle(&mut self.destinations);
    }

    /// Says of all of it where it comes from.
    pub fn stamp(&mut self, origin: &Arc<Origin>) {
        self.origins = vec![Arc::clone(origin)];
        for stated in self.volumes.values_mut() {
            stated.origin = Arc::clone(origin);
        }
    }

    /// Returns the first part that does not render and may hold a volume: the one of its
    /// application, where that is known, else one that may fill its namespace.
    pub fn gap(&self, namespace: &str, application: Option<&str>) -> Option<&Origin> {
        let may_hold = |origin: &&Arc<Origin>| match (&origin.app, application) {
            (Some(app), Some(application)) => {
                application == app || application.rsplit('_').next() == Some(app)
            }
            (Some(_), None) => origin.namespace.as_deref().is_none_or(|own| own == namespace),
            (None, _) => true,
        };
        let failed = self.origins.iter().filter(|origin| origin.error.is_some());
        failed.filter(may_hold).map(Arc::as_ref).next()
    }
}

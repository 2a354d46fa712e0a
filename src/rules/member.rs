//! An object as the rules see it: where it belongs, what it allows, and its fields.

use super::allow;
use super::finding::{About, Allowance, Finding};
use super::flat::{Flat, Part, PartEntry};
use crate::api::{labels, volume};
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::{is_template, made_secret};
use crate::object::{Location, Mark, Object};
use std::sync::Arc;

/// Whether an object stands in the input, or is what a render adds or brings up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Somebody wrote it.
    Written,
    /// A render writes it; its place is the volume's.
    Planned,
}

/// Which application an object is of, and where that goes.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The application's name.
    pub application: Arc<str>,
    /// Its cluster, where the configuration tells clusters apart.
    pub cluster: Option<Arc<str>>,
}

/// What the objects of one namespace in one file of an application have in common.
#[derive(Debug, PartialEq, Eq)]
struct Home {
    application: Arc<str>,
    cluster: Option<Arc<str>>,
    namespace: Option<Box<str>>,
    space: Box<str>,
    source: Arc<str>,
}

/// The homes of an application's objects, each once.
#[derive(Debug)]
pub(super) struct Homes {
    origin: Origin,
    known: Vec<Arc<Home>>,
}

impl Homes {
    /// No homes yet.
    pub(super) fn new(origin: &Origin) -> Self {
        Self { origin: origin.clone(), known: Vec::new() }
    }

    fn home(&mut self, namespace: Option<&str>, source: &Arc<str>) -> Arc<Home> {
        let is_it =
            |home: &&Arc<Home>| home.namespace.as_deref() == namespace && home.source == *source;
        if let Some(home) = self.known.iter().rev().find(is_it) {
            return Arc::clone(home);
        }
        let Origin { application, cluster } = &self.origin;
        let space = namespace.map_or_else(|| format!("? of {application}"), str::to_owned);
        let space = cluster.as_ref().map_or(space.clone(), |cluster| format!("{cluster}: {space}"));
        let home = Arc::new(Home {
            application: Arc::clone(application),
            cluster: cluster.clone(),
            namespace: namespace.map(Into::into),
            space: space.into(),
            source: Arc::clone(source),
        });
        self.known.push(Arc::clone(&home));
        home
    }
}

/// What an annotation allows.
#[derive(Debug, Clone)]
struct Allowances(Vec<Allowance>);

/// One object of an application, in little room: there are thousands at once.
#[derive(Debug, Clone)]
pub struct Member {
    home: Arc<Home>,
    /// Its content behind its words.
    flat: Flat,
    /// Who wrote it.
    pub standing: Standing,
    /// What its annotation allows, which few have.
    allowed: Option<Box<Allowances>>,
}

/// The positions of a member's words.
const KIND: usize = 0;
const NAME: usize = 1;
const VOLUME: usize = 2;
const SECRET: usize = 3;
const WORDS: usize = 4;

impl Member {
    /// An object that somebody wrote.
    pub(super) fn written(homes: &mut Homes, namespace: Option<&str>, object: &Object) -> Self {
        let allowed =
            Some(allow::allowances(&object.node)).filter(|all| !all.is_empty()).map(Allowances);
        Self::new(homes, namespace, object, None, allowed.map(Box::new))
    }

    /// An object that a render writes for a volume, whose allowances hold for it.
    pub(super) fn planned(homes: &mut Homes, pvc: &Self, object: &Object) -> Self {
        Self::new(homes, pvc.namespace(), object, Some(pvc.name()), pvc.allowed.clone())
    }

    fn new(
        homes: &mut Homes,
        namespace: Option<&str>,
        object: &Object,
        volume: Option<&str>,
        allowed: Option<Box<Allowances>>,
    ) -> Self {
        let secret = made_secret(object).unwrap_or_default();
        let words = [&object.id.kind, &*object.id.name, volume.unwrap_or_default(), secret];
        Self {
            home: homes.home(namespace, &object.location.source),
            flat: Flat::new(&words, object.location.mark, &object.node),
            standing: if volume.is_some() { Standing::Planned } else { Standing::Written },
            allowed,
        }
    }

    /// Returns what its annotation allows.
    pub(super) fn allowances(&self) -> &[Allowance] {
        self.allowed.as_ref().map_or(&[], |all| &all.0)
    }

    /// Returns the application.
    pub fn application(&self) -> &Arc<str> {
        &self.home.application
    }

    /// Returns the cluster that the application goes to, where the configuration tells clusters
    /// apart.
    pub fn cluster(&self) -> Option<&str> {
        self.home.cluster.as_deref()
    }

    /// Returns the namespace, where anything says it.
    pub fn namespace(&self) -> Option<&str> {
        self.home.namespace.as_deref()
    }

    /// Returns what tells namespaces apart: cluster and namespace, or a text that stands for the
    /// unknown namespace of this application.
    pub fn space(&self) -> &str {
        &self.home.space
    }

    /// Returns the kind.
    pub fn kind(&self) -> &str {
        self.flat.word(KIND)
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.flat.word(NAME)
    }

    /// Returns the volume that a render writes it for; nothing for what somebody wrote.
    pub fn volume(&self) -> Option<&str> {
        Some(self.flat.word(VOLUME)).filter(|_| self.standing == Standing::Planned)
    }

    /// Returns the name of the Secret that this is, or that is made of it in its namespace.
    pub(super) fn secret(&self) -> Option<&str> {
        Some(self.flat.word(SECRET)).filter(|name| !name.is_empty())
    }

    /// Returns its content.
    pub fn content(&self) -> Part<'_> {
        self.flat.value(WORDS).1
    }

    /// Returns what is at the end of a path, unless nothing is there.
    pub fn get(&self, path: &[&str]) -> Option<Part<'_>> {
        self.content().at(path).filter(|part| !part.is_null())
    }

    /// Returns the items of the list at the end of a path.
    pub fn items(&self, path: &[&str]) -> impl Iterator<Item = Part<'_>> {
        self.get(path).into_iter().flat_map(Part::items)
    }

    /// Returns the entries of the mapping at the end of a path.
    pub fn entries(&self, path: &[&str]) -> impl Iterator<Item = PartEntry<'_>> {
        self.get(path).into_iter().flat_map(Part::entries)
    }

    /// Returns the text at the end of a path; an empty one counts as none.
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        self.get(path).and_then(Part::as_str).filter(|text| !text.is_empty())
    }

    /// Returns whether `true` stands at the end of a path.
    pub fn is_true(&self, path: &[&str]) -> bool {
        self.get(path).is_some_and(Part::is_true)
    }

    /// Returns an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.text(&["metadata", "annotations", key])
    }

    /// Returns where it starts.
    pub fn location(&self) -> Location {
        self.locate(self.flat.value(WORDS).0)
    }

    /// Returns the location of a mark inside it.
    pub fn locate(&self, mark: Mark) -> Location {
        Location { source: Arc::clone(&self.home.source), mark }
    }

    /// Returns the input that it stands in.
    pub fn source(&self) -> &str {
        &self.home.source
    }

    /// Returns where a path stands: the longest part of it that is there. Of a mapping or a list
    /// that is its key.
    pub fn at(&self, path: &[&str]) -> Location {
        let (mut mark, mut part) = self.flat.value(WORDS);
        for key in path {
            let Some(entry) = part.entry(key) else { break };
            part = entry.value;
            mark = if part.is_scalar() { part.mark } else { entry.mark };
        }
        self.locate(mark)
    }

    /// Returns whether something fills the name in later, so that it is no name yet.
    pub(super) fn is_template(&self) -> bool {
        is_template(self.name())
    }

    /// Returns the sync wave; 0 where none, or none that Argo CD reads, is stated.
    pub fn wave(&self) -> i64 {
        self.annotation(labels::ARGOCD_SYNC_WAVE).and_then(|wave| wave.parse().ok()).unwrap_or(0)
    }

    /// Returns whom a finding is about: of what a render writes, the volume that asks for it.
    pub fn about(&self) -> About {
        let (kind, name) = match self.volume() {
            Some(pvc) => (volume::PVC, pvc),
            None => (self.kind(), self.name()),
        };
        About {
            kind: kind.to_owned(),
            namespace: self.namespace().map(str::to_owned),
            name: name.to_owned(),
        }
    }

    /// Makes a finding at this object.
    pub(super) fn finding(&self, code: Code, message: impl Into<String>) -> Finding {
        let diagnostic = Diagnostic::new(code, message).at(self.location());
        Finding::of(diagnostic, Some(self.about()), self.application()).also(self)
    }
}

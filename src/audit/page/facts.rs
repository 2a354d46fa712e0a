//! What a page is made from: the document, and what a daemon knows of its own eyes.

use crate::audit::code::{Code, Severity};
use crate::audit::document::Document;
use crate::audit::{Kind, STALE_AFTER};
use jiff::Timestamp;

/// What a page is made from.
pub struct PageInput<'a> {
    /// The answer.
    pub document: &'a Document,
    /// When the page is asked for.
    pub now: Timestamp,
    /// What a daemon knows beside it; none for a report that is made once.
    pub daemon: Option<Daemon<'a>>,
}

/// What a daemon knows beside its answer.
pub struct Daemon<'a> {
    /// Whether everything was read once.
    pub ready: bool,
    /// Counts the answers of the process.
    pub revision: u64,
    /// When the process started.
    pub started_at: Timestamp,
    /// When the volumes were evaluated.
    pub evaluated_at: Timestamp,
    /// How each kind is watched.
    pub watches: Vec<Watch<'a>>,
    /// What is rendered.
    pub sources: Vec<Source<'a>>,
    /// Verdicts that changed, oldest first.
    pub changes: Vec<Change<'a>>,
}

/// How a kind is watched.
#[derive(Debug, Clone, Copy)]
pub struct Watch<'a> {
    /// The kind.
    pub kind: Kind,
    /// Whether its objects are known.
    pub health: Health,
    /// When the API server last showed that the connection lives.
    pub seen_at: Option<Timestamp>,
    /// How many objects are known.
    pub objects: usize,
    /// What went wrong last, where nothing went well since.
    pub error: Option<&'a str>,
}

/// Whether the objects of a kind are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The first list is not complete.
    Starting,
    /// Listed and watched.
    Live,
    /// Listed once; the connection is broken.
    Broken,
    /// Reading it is forbidden.
    Forbidden,
    /// The API server has no such kind.
    Absent,
}

/// A folder of a checkout that is rendered.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The application, where one names it.
    pub app: Option<&'a str>,
    /// The repository, where it is known.
    pub repo: Option<&'a str>,
    /// The folder.
    pub path: &'a str,
    /// The commit, where it is known.
    pub revision: Option<&'a str>,
    /// When it was last tried.
    pub attempted_at: Option<Timestamp>,
    /// When it last rendered.
    pub rendered_at: Option<Timestamp>,
    /// Why it does not render.
    pub error: Option<&'a str>,
}

/// A verdict that changed.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// When.
    pub at: Timestamp,
    /// The namespace of the volume.
    pub namespace: &'a str,
    /// Its name.
    pub pvc: &'a str,
    /// The verdict before; none for a volume that is new.
    pub before: Option<&'a str>,
    /// The verdict after; none for a volume that is gone.
    pub after: Option<&'a str>,
}

/// What can be said at all, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Not everything was read once: nothing can be said.
    Starting,
    /// The API server does not answer: what is said is of then.
    Disconnected,
    /// Git cannot be rendered, or was not for too long: what is said may be of an old commit.
    StaleCheckout,
    /// Nothing of the cluster was seen.
    Blind,
    /// What was seen of the cluster is too old.
    Stale,
    /// There is no volume to speak of.
    Empty,
    /// What is said is of now.
    Fresh,
}

impl PageInput<'_> {
    /// Returns the least that can be said.
    pub fn condition(&self) -> Condition {
        let old = |at: Timestamp| self.now.duration_since(at) > STALE_AFTER;
        if let Some(daemon) = &self.daemon {
            if !daemon.ready {
                return Condition::Starting;
            }
            if daemon.broken().next().is_some() {
                return Condition::Disconnected;
            }
            let unrendered =
                |source: &Source<'_>| source.error.is_some() || source.attempted_at.is_none_or(old);
            if daemon.sources.iter().any(unrendered) {
                return Condition::StaleCheckout;
            }
        }
        if self.document.intent_sources.iter().any(|source| source.status == "failed") {
            return Condition::StaleCheckout;
        }
        if self.is_blind() {
            return Condition::Blind;
        }
        if self.document.summary.entries_stale > 0 || self.seen_at().is_some_and(old) {
            return Condition::Stale;
        }
        if self.document.entries.is_empty() { Condition::Empty } else { Condition::Fresh }
    }

    /// Returns whether no kind was seen that a proof hangs on.
    fn is_blind(&self) -> bool {
        let needed = Kind::ALL.iter().filter(|kind| !kind.is_optional()).count();
        let unseen = self.document.findings.iter().filter(|finding| {
            finding.code == Code::EvidenceForbidden.id() && finding.severity != Severity::Info.id()
        });
        unseen.count() >= needed
    }

    /// Returns when the oldest of what is said was seen.
    pub(super) fn seen_at(&self) -> Option<Timestamp> {
        let watched = self.daemon.as_ref().and_then(|daemon| {
            let watching =
                |watch: &&Watch<'_>| matches!(watch.health, Health::Live | Health::Broken);
            daemon.watches.iter().filter(watching).filter_map(|watch| watch.seen_at).min()
        });
        let read = self.document.summary.oldest_evaluated_at.as_ref();
        watched.or_else(|| read.and_then(|at| at.parse().ok()))
    }
}

impl Source<'_> {
    /// Returns whether what it says may not be what Git says at a time.
    pub(super) fn is_behind(&self, now: Timestamp) -> bool {
        let old = |at: Timestamp| now.duration_since(at) > STALE_AFTER;
        self.error.is_some() || self.attempted_at.is_none_or(old)
    }
}

impl Daemon<'_> {
    /// Returns the kinds whose connection is broken.
    pub(super) fn broken(&self) -> impl Iterator<Item = &Watch<'_>> {
        self.watches.iter().filter(|watch| watch.health == Health::Broken)
    }
}

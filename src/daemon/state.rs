//! What the daemon knows at one moment: the document, and how it knows it.
//!
//! The evaluation publishes it, whole and never changed, in a `tokio::sync::watch` channel; the
//! server only reads it.

use crate::audit::Kind;
use crate::audit::document::Document;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;

/// What the daemon knows at one moment.
#[derive(Debug, Clone)]
pub struct State {
    /// Counts the publications of this process, from 1; 0 before the first.
    pub revision: u64,
    /// When the process started.
    pub started_at: Timestamp,
    /// When the volumes were evaluated.
    pub evaluated_at: Timestamp,
    /// How long that took, in seconds.
    pub evaluation_seconds: f64,
    /// The answer; before the first evaluation one without entries.
    pub document: Arc<Document>,
    /// How each kind is watched, in the order of [`Kind::ALL`].
    pub watches: Vec<Watch>,
    /// The checkouts and applications that are rendered.
    pub sources: Vec<Source>,
    /// Verdicts that changed, oldest first; bounded.
    pub changes: Arc<VecDeque<Change>>,
    /// The publication after which no change is missing from `changes`: that of the last change
    /// that was dropped, 0 where none was.
    pub changes_after: u64,
}

impl State {
    /// Makes the state of a process that has just started.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            revision: 0,
            started_at: now,
            evaluated_at: now,
            evaluation_seconds: 0.0,
            document: Arc::new(Document::empty(now)),
            watches: Kind::ALL.iter().map(|kind| Watch::new(*kind)).collect(),
            sources: Vec::new(),
            changes: Arc::default(),
            changes_after: 0,
        }
    }

    /// Returns whether every kind that can be read was read once, and Git was rendered or failed
    /// to: from then on the answer is one. What is published before then, because something takes
    /// long, is none.
    pub fn is_ready(&self) -> bool {
        self.revision > 0
            // Git has no part before it was looked at, and at least one from then on.
            && !self.sources.is_empty()
            && self.watches.iter().all(|watch| watch.health != Health::Starting)
            && self.sources.iter().all(|source| source.attempted_at.is_some())
    }
}

/// How a kind is watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// The kind.
    pub kind: Kind,
    /// Whether its objects are known.
    pub health: Health,
    /// When the API server last showed that the connection lives: a list, an event, a bookmark.
    pub seen_at: Option<Timestamp>,
    /// How many objects are known.
    pub objects: usize,
    /// Lists that succeeded and failed, since the process started.
    pub lists: Tally,
    /// Watches that were opened and that broke, since the process started.
    pub watches: Tally,
    /// Objects that could not be read.
    pub malformed: usize,
    /// What went wrong last, where nothing went well since; never a token.
    pub error: Option<String>,
}

impl Watch {
    /// Makes the watch of a kind of which nothing is known.
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            health: Health::Starting,
            seen_at: None,
            objects: 0,
            lists: Tally::default(),
            watches: Tally::default(),
            malformed: 0,
            error: None,
        }
    }
}

/// How often something went well, and not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How often it went well.
    pub ok: u64,
    /// How often it failed.
    pub failed: u64,
}

/// Whether the objects of a kind are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The first list is not complete.
    Starting,
    /// Listed and watched.
    Live,
    /// Listed once; the connection is broken, and what is known gets old.
    Broken,
    /// Reading it is forbidden.
    Forbidden,
    /// The API server has no such kind.
    Absent,
}

/// A part of a checkout that is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The application, where one names it.
    pub app: Option<String>,
    /// The repository, where it is known.
    pub repo: Option<String>,
    /// The namespace of its manifests that state none.
    pub namespace: Option<String>,
    /// The folder.
    pub path: String,
    /// The commit, where it is known.
    pub revision: Option<String>,
    /// When it was last tried, or was looked at and had not changed since.
    pub attempted_at: Option<Timestamp>,
    /// When it last rendered.
    pub rendered_at: Option<Timestamp>,
    /// Why it does not render, where it does not.
    pub error: Option<String>,
}

/// A verdict that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The publication that told it: [`State::revision`].
    pub revision: u64,
    /// When.
    pub at: Timestamp,
    /// The namespace of the volume.
    pub namespace: String,
    /// Its name.
    pub pvc: String,
    /// The verdict before; none for a volume that is new.
    pub before: Option<&'static str>,
    /// The verdict after; none for a volume that is gone from Git and cluster.
    pub after: Option<&'static str>,
}

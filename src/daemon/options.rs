//! How the daemon works: what a command line, or a test, sets.
#![expect(clippy::disallowed_methods, reason = "the clock is read here")]

use super::http::Meters;
use jiff::Timestamp;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How the daemon works.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that Git renders from; a link that is swapped is followed each time.
    pub manifests: PathBuf,
    /// The addresses of the repository that the folder is a checkout of; what its own `.git` says
    /// where there are none.
    pub repositories: Vec<String>,
    /// What of it is rendered.
    pub rendering: Rendering,
    /// How it is planned.
    pub planning: Planning,
    /// How the cluster is watched.
    pub watching: Watching,
    /// How long changes are collected before they are evaluated.
    pub debounce: Duration,
    /// How often everything is evaluated anew: verdicts age.
    pub refresh: Duration,
    /// How often the folder is looked at for changes.
    pub poll: Duration,
    /// How long the first evaluation waits for what is not read yet, and the next ones, while that
    /// goes on well.
    pub patience: Duration,
    /// Where the time comes from.
    pub clock: Clock,
    /// What is measured.
    pub meters: Meters,
}

/// What of the folder is rendered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rendering {
    /// What the Applications of the cluster name, or `apps:` of the folder's configuration where
    /// they cannot be read or name none of it; the whole folder without either.
    #[default]
    Applications,
    /// The whole folder, with its subfolders.
    Whole,
}

/// How it is planned: what the flags of every command that plans say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Planning {
    /// The file that replaces the search for `plumber.yaml`.
    pub config: Option<String>,
    /// The namespace of manifests that state none.
    pub namespace: Option<String>,
    /// Namespaces that are open for writing, as globs.
    pub managed_namespaces: Vec<String>,
    /// The application of volumes that do not say theirs.
    pub app: Option<String>,
    /// The mode's word.
    pub mode: Option<&'static str>,
}

/// How the cluster is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watching {
    /// How many objects are asked for at a time.
    pub page: usize,
    /// How long a request may take until its answer starts, and between two parts of a list.
    pub answer: Duration,
    /// How long a watch is asked to stay open; silence for longer than that and `answer` is a dead
    /// connection.
    pub open: Duration,
    /// The first pause after a failure; doubled at each further one.
    pub pause: Duration,
    /// The longest pause after failures.
    pub longest_pause: Duration,
    /// How often a kind is asked for that is absent or forbidden.
    pub absent: Duration,
}

impl Options {
    /// Makes the options with which a folder is served.
    pub fn new(manifests: impl Into<PathBuf>) -> Self {
        Self {
            manifests: manifests.into(),
            repositories: Vec::new(),
            rendering: Rendering::default(),
            planning: Planning::default(),
            watching: Watching::default(),
            debounce: Duration::from_millis(20),
            refresh: Duration::from_mins(1),
            poll: Duration::from_secs(5),
            patience: Duration::from_secs(20),
            clock: Clock::default(),
            meters: Meters::default(),
        }
    }
}

impl Default for Watching {
    fn default() -> Self {
        Self {
            page: 500,
            answer: Duration::from_secs(30),
            open: Duration::from_mins(2),
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            absent: Duration::from_secs(30),
        }
    }
}

/// Where the time comes from.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// Makes a clock of a function.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Makes a clock that stands still.
    pub fn fixed(now: Timestamp) -> Self {
        Self::new(move || now)
    }

    /// Returns the time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        // Of shorter times nothing here says anything.
        let now = || {
            let now = Timestamp::now();
            Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
        };
        Self::new(now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

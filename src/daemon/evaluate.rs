//! The one evaluation: changes in, one [`State`] after the other out.
//!
//! Collects what watches and rendering tell, evaluates what it touches, and publishes it whole.
//! Nothing is published before every kind was read once, or cannot be, and Git was rendered, or
//! does not; after a while whatever is known is published, and the rest is unknown. All work is done
//! beside the runtime, on which pages are answered.

mod findings;
mod past;

use super::intent::{Intended, Named, Part, parts};
use super::options::Options;
use super::state::{Health, Source, State, Watch};
use super::watch::Told;
use crate::audit::{Coverage, Engine, Intent, Key, Kind, Origin};
use crate::config::Config;
use jiff::Timestamp;
use past::Past;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

/// How many volumes are evaluated at a time because they have grown older: events wait meanwhile.
const AGED: usize = 250;
/// After how many such times that is published, where no verdict has changed.
const PUBLISHED: usize = 8;
/// How many changes are collected at most before they are evaluated.
const COLLECTED: usize = 20_000;

/// What an evaluation listens to, and whom it tells.
pub(super) struct Channels {
    pub(super) told: mpsc::Receiver<Told>,
    pub(super) intended: mpsc::Receiver<Intended>,
    /// When the folder was last looked at.
    pub(super) looked: watch::Receiver<Option<Timestamp>>,
    pub(super) named: watch::Sender<Named>,
    pub(super) publish: watch::Sender<Arc<State>>,
}

/// What an evaluation is told.
enum Heard {
    Told(Told),
    Intended(Box<Intended>),
}

/// Everything that is known.
struct Evaluation {
    options: Options,
    engine: Engine,
    watches: BTreeMap<Kind, (Watch, Arc<Vec<String>>)>,
    sources: Vec<Source>,
    looked: watch::Receiver<Option<Timestamp>>,
    past: Past,
    revision: u64,
    started_at: Timestamp,
    is_intended: bool,
    /// Whether something is to be published that touches no volume.
    is_news: bool,
    /// Whether Applications have changed.
    is_named: bool,
    /// The volume that was last evaluated because it had grown older.
    aged: Option<Key>,
    /// How often volumes were, since that was published.
    unpublished: usize,
}

/// Evaluates until nothing listens any more.
pub(super) async fn run(options: Options, channels: Channels) {
    let Channels { mut told, mut intended, looked, named, publish } = channels;
    let started = Instant::now();
    let (patience, debounce) = (options.patience, options.debounce);
    let mut until = started + patience;
    let mut state = Evaluation::new(options, looked);
    let mut age = started + state.pause();
    loop {
        let is_waiting = !state.is_settled() && Instant::now() < until;
        let wake = if is_waiting { until } else { age };
        let mut heard = Vec::new();
        tokio::select! {
            message = told.recv() => match message {
                Some(message) => heard.push(Heard::Told(message)),
                None => return,
            },
            message = intended.recv() => match message {
                Some(message) => heard.push(Heard::Intended(Box::new(message))),
                None => return,
            },
            () = sleep_until(wake) => {}
            () = publish.closed() => return,
        }
        let collected = Instant::now() + debounce;
        for _ in 0..COLLECTED {
            tokio::select! {
                biased;
                () = sleep_until(collected) => break,
                message = told.recv() => match message {
                    Some(message) => heard.push(Heard::Told(message)),
                    None => return,
                },
                message = intended.recv() => match message {
                    Some(message) => heard.push(Heard::Intended(Box::new(message))),
                    None => return,
                },
            }
        }
        // A list of many objects takes its time, in which others have to be answered.
        let Ok(next) = spawn_blocking(move || {
            for message in heard {
                state.hear(message);
            }
            state
        })
        .await
        else {
            return;
        };
        state = next;
        state.name(&named);
        if !state.is_settled() && Instant::now() < until {
            continue;
        }
        // Lists that are still read change everything: what is known is told now and then.
        if state.is_starting_well() {
            until = Instant::now() + patience;
        }
        if Instant::now() >= age {
            state.age();
            age = Instant::now() + state.pause();
        }
        if state.engine.is_touched() || state.is_news {
            let Ok((next, published)) = spawn_blocking(move || state.evaluate()).await else {
                return;
            };
            state = next;
            if let Some(published) = published {
                publish.send_replace(Arc::new(published));
            }
        }
    }
}

impl Evaluation {
    fn new(options: Options, looked: watch::Receiver<Option<Timestamp>>) -> Self {
        let now = options.clock.now();
        let mut engine = Engine::new(Config::default(), now);
        engine.intend(unrendered(&options), Config::default());
        let watch = |kind: &Kind| (*kind, (Watch::new(*kind), Arc::default()));
        Self {
            engine,
            watches: Kind::ALL.iter().map(watch).collect(),
            sources: Vec::new(),
            looked,
            past: Past::default(),
            revision: 0,
            started_at: now,
            is_intended: false,
            is_news: true,
            is_named: true,
            aged: None,
            unpublished: 0,
            options,
        }
    }

    /// Returns whether every kind was read, or cannot be, and Git was rendered, or does not.
    fn is_settled(&self) -> bool {
        self.is_intended && self.watches.values().all(|(watch, _)| watch.health != Health::Starting)
    }

    /// Returns whether it is not settled, and nothing has gone wrong on the way there.
    fn is_starting_well(&self) -> bool {
        let starting = |watch: &Watch| watch.health == Health::Starting;
        !self.is_settled()
            && self.watches.values().all(|(watch, _)| !starting(watch) || watch.error.is_none())
    }

    /// Returns how long it is until the next volumes are evaluated because they have grown older.
    fn pause(&self) -> Duration {
        self.options.refresh / u32::try_from(self.slices()).unwrap_or(u32::MAX)
    }

    /// Returns how often some volumes are evaluated until all were, because they have grown older.
    fn slices(&self) -> usize {
        self.engine.entries().len().div_ceil(AGED).max(1)
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Told(told) => self.take(told),
            Heard::Intended(intended) => self.intend(*intended),
        }
    }

    /// Takes what a watch tells.
    fn take(&mut self, told: Told) {
        match told {
            Told::Reset(kind, objects) => {
                self.engine.reset(kind, objects);
                self.seen(kind);
            }
            Told::Apply(kind, object) => {
                let (key, object) = *object;
                self.engine.apply(kind, key, object);
                self.seen(kind);
            }
            Told::Delete(kind, key) => {
                self.engine.remove(kind, &key);
                self.seen(kind);
            }
            Told::Unlist(kind) => {
                self.engine.unlist(kind);
                self.is_named |= kind == Kind::Application;
            }
            Told::Watch(watch, words) => {
                let Some(known) = self.watches.get_mut(&watch.kind) else { return };
                let is_new = known.0.health != watch.health || known.0.error != watch.error;
                self.is_news |= is_new || known.1 != words;
                self.is_named |= is_new && watch.kind == Kind::Application;
                // What was concluded from old evidence is concluded anew.
                if known.0.health == Health::Broken && watch.health == Health::Live {
                    self.engine.age_all();
                }
                *known = (*watch, words);
            }
        }
        self.is_news |= self.engine.is_touched();
    }

    fn seen(&mut self, kind: Kind) {
        let now = self.options.clock.now();
        if let Some((watch, _)) = self.watches.get_mut(&kind) {
            watch.seen_at = Some(now);
        }
        self.is_named |= kind == Kind::Application;
    }

    fn intend(&mut self, intended: Intended) {
        let Intended { intent, config, sources } = intended;
        self.engine.intend(intent, config);
        self.sources = sources;
        self.is_intended = true;
        self.is_news = true;
    }

    /// Tells which parts of the checkout the Applications name.
    fn name(&mut self, named: &watch::Sender<Named>) {
        if !std::mem::take(&mut self.is_named) {
            return;
        }
        let observed = self.engine.observed();
        let health = self.watches.get(&Kind::Application).map(|(watch, _)| watch.health);
        let is_listed = observed.coverage(Kind::Application) == Coverage::Listed;
        let now = match health {
            _ if is_listed => {
                let all = observed.read_all(Kind::Application);
                let all: Vec<Part> =
                    all.flat_map(|(key, app)| parts(key, &app.live().node)).collect();
                if all.is_empty() { Named::None } else { Named::Parts(Arc::new(all)) }
            }
            // What they were when they could be seen is more likely than nothing.
            Some(Health::Forbidden) if matches!(*named.borrow(), Named::Parts(_)) => return,
            Some(Health::Absent | Health::Forbidden) => Named::None,
            Some(Health::Starting | Health::Live | Health::Broken) | None => return,
        };
        named.send_if_modified(|known| {
            let is_new = *known != now;
            *known = now;
            is_new
        });
    }

    /// Says that the next volumes have grown older.
    fn age(&mut self) {
        self.aged = self.engine.age(self.aged.as_ref(), AGED);
        if self.aged.is_none() {
            self.aged = self.engine.age(None, AGED);
        }
        self.unpublished += 1;
        self.is_news |= self.unpublished >= PUBLISHED.min(self.slices());
    }

    /// Returns when the cluster was seen: what is watched is seen now, what is broken gets old.
    fn observed_at(&self, now: Timestamp) -> Timestamp {
        let times = self.watches.values().filter_map(|(watch, _)| match watch.health {
            Health::Broken if !watch.kind.is_optional() => watch.seen_at,
            Health::Starting
            | Health::Live
            | Health::Broken
            | Health::Forbidden
            | Health::Absent => None,
        });
        times.min().unwrap_or(now).min(now)
    }

    /// Evaluates what is touched, and says what is known then; nothing where volumes have only
    /// grown older, and more of them are about to be looked at.
    fn evaluate(mut self) -> (Self, Option<State>) {
        let began = Instant::now();
        let now = self.options.clock.now();
        let observed_at = self.observed_at(now);
        let revision = self.revision + 1;
        let Self { engine, past, is_news, .. } = &mut self;
        engine.evaluate(now, observed_at, |key, before, after| {
            *is_news |= past.note(revision, now, key, (before, after));
        });
        if !self.is_news {
            return (self, None);
        }
        (self.revision, self.is_news, self.unpublished) = (revision, false, 0);
        let watches = self.watches.values().map(|(watch, words)| (watch, words));
        let found = findings::findings(watches, &self.sources);
        let document = Arc::new(self.engine.document(now, &found));
        let took = began.elapsed();
        self.options.meters.evaluated(took);
        let state = State {
            revision: self.revision,
            started_at: self.started_at,
            evaluated_at: now,
            evaluation_seconds: took.as_secs_f64(),
            document,
            watches: self.watches().collect(),
            sources: self.sources().collect(),
            changes: Arc::clone(&self.past.changes),
            changes_after: self.past.changes_after,
        };
        (self, Some(state))
    }

    /// Returns what is rendered: where nothing had changed when it was last looked at, that was a
    /// try.
    fn sources(&self) -> impl Iterator<Item = Source> {
        let looked = *self.looked.borrow();
        self.sources.iter().map(move |source| {
            let attempted_at = source.attempted_at.map(|at| looked.map_or(at, |then| at.max(then)));
            Source { attempted_at, ..source.clone() }
        })
    }

    fn watches(&self) -> impl Iterator<Item = Watch> {
        Kind::ALL.iter().filter_map(|kind| {
            let (watch, _) = self.watches.get(kind)?;
            Some(Watch { objects: self.engine.observed().count(*kind), ..watch.clone() })
        })
    }
}

/// What Git intends before it was rendered: nobody knows.
fn unrendered(options: &Options) -> Intent {
    let origin = Origin {
        path: options.manifests.display().to_string(),
        error: Some("it is not rendered yet".to_owned()),
        ..Origin::default()
    };
    let mut intent = Intent::default();
    intent.stamp(&Arc::new(origin));
    intent
}

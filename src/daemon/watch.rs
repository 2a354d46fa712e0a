//! One kind of object, kept up to date: listed by pages, then watched.
//!
//! Takes what the cluster's API says, tells the evaluation. A list replaces what was known only
//! when it is whole; an object that cannot be read is told, and ends nothing; what breaks is tried
//! again for ever.

mod api;
mod page;
mod pause;

use super::options::{Clock, Watching};
use super::state::{Health, Watch};
use crate::audit::{Kept, Key, Kind, Packer, keep};
use crate::object::Node;
use api::{Event, Failure, Lines};
use kube::Client;
use pause::{Pause, spread};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

/// What is told of a kind, in order.
#[derive(Debug)]
pub(super) enum Told {
    /// All of its objects.
    Reset(Kind, Vec<(Key, Kept)>),
    /// An object, new or changed.
    Apply(Kind, Box<(Key, Kept)>),
    /// An object that is gone.
    Delete(Kind, Key),
    /// That it can no longer be seen.
    Unlist(Kind),
    /// How it is watched, and which objects cannot be read.
    Watch(Box<Watch>, Arc<Vec<String>>),
}

/// Of how many objects that cannot be read the words are kept.
const WORDS: usize = 20;
/// A watch that ends sooner and has told nothing is no success.
const TOO_SHORT: Duration = Duration::from_secs(1);
/// How often a watch is opened anew at one place before everything is listed again.
const TRIES: u32 = 5;

/// Nothing listens any more: the daemon ends.
struct Ended;

/// The watch on one kind.
pub(super) struct Watcher {
    client: Client,
    options: Watching,
    clock: Clock,
    told: mpsc::Sender<Told>,
    /// That a definition was installed or removed.
    defined: Arc<Notify>,
    kind: Kind,
    version: &'static str,
    packer: Packer,
    watch: Watch,
    malformed: BTreeMap<Key, String>,
    pause: Pause,
    /// Whether the history was forgotten as soon as it was asked for.
    was_hasty: bool,
}

impl Watcher {
    pub(super) fn new(
        kind: Kind,
        client: Client,
        options: Watching,
        clock: Clock,
        told: mpsc::Sender<Told>,
        defined: Arc<Notify>,
    ) -> Self {
        let pause = Pause::new(options.pause, options.longest_pause);
        let version = api::versions(kind).first().copied().unwrap_or("v1");
        let (watch, malformed) = (Watch::new(kind), BTreeMap::new());
        Self {
            client,
            options,
            clock,
            told,
            defined,
            kind,
            version,
            packer: Packer::default(),
            watch,
            malformed,
            pause,
            was_hasty: false,
        }
    }

    /// Lists and watches until nothing listens any more.
    pub(super) async fn run(mut self) {
        while self.turn().await.is_continue() {}
    }

    /// Lists once, and watches until everything has to be listed again.
    async fn turn(&mut self) -> ControlFlow<()> {
        let told = match self.list().await {
            Ok(from) => self.follow(from).await,
            Err(failure) => self.failed(failure).await,
        };
        if told.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    async fn tell(&self, told: Told) -> Result<(), Ended> {
        if self.told.send(told).await.is_ok() { Ok(()) } else { Err(Ended) }
    }

    /// Tells how it is watched.
    async fn report(&self) -> Result<(), Ended> {
        let words = self.malformed.iter().take(WORDS);
        let mut words: Vec<String> = words.map(|(_, why)| why.clone()).collect();
        if let more @ 1.. = self.malformed.len().saturating_sub(WORDS) {
            words.push(format!("{more} further objects of {} cannot be read", self.kind.id()));
        }
        self.tell(Told::Watch(Box::new(self.watch.clone()), Arc::new(words))).await
    }

    fn become_healthy(&mut self, health: Health, error: Option<String>) {
        if self.watch.health != health || self.watch.error != error {
            let kind = self.kind.id();
            match &error {
                None => info!(kind, health = ?health, objects = self.watch.objects, "watch"),
                Some(error) => warn!(kind, health = ?health, error, "watch"),
            }
        }
        (self.watch.health, self.watch.error) = (health, error);
    }

    /// Says what went wrong, and waits.
    async fn failed(&mut self, failure: Failure) -> Result<(), Ended> {
        match failure {
            Failure::Absent => {
                self.gone(Health::Absent, "the API server has no such kind".to_owned()).await?;
                self.until_defined().await;
            }
            Failure::Forbidden(words) => {
                let words =
                    if words.is_empty() { "reading it is forbidden".to_owned() } else { words };
                self.gone(Health::Forbidden, words).await?;
                sleep(spread(self.options.absent)).await;
            }
            Failure::Expired => self.broken("its history is no longer known", None).await?,
            Failure::Broken(why, after) => self.broken(&why, after).await?,
        }
        Ok(())
    }

    /// Says that the kind can no longer be seen.
    async fn gone(&mut self, health: Health, why: String) -> Result<(), Ended> {
        self.tell(Told::Unlist(self.kind)).await?;
        (self.watch.objects, self.watch.malformed) = (0, 0);
        self.malformed.clear();
        self.pause.reset();
        self.become_healthy(health, Some(why));
        self.report().await
    }

    async fn until_defined(&self) {
        let defined = self.defined.notified();
        if timeout(spread(self.options.absent), defined).await.is_ok() {
            // A definition is installed before its API answers.
            sleep(spread(self.options.pause)).await;
        }
    }

    /// Says that the connection is broken, and waits. What was seen stays, and gets old.
    async fn broken(&mut self, why: &str, after: Option<Duration>) -> Result<(), Ended> {
        let health = match self.watch.health {
            Health::Live | Health::Broken => Health::Broken,
            // Of what was never seen, nothing is broken.
            health @ (Health::Starting | Health::Absent | Health::Forbidden) => health,
        };
        self.become_healthy(health, Some(why.to_owned()));
        self.report().await?;
        sleep(self.pause.next(after)).await;
        Ok(())
    }

    /// Lists everything, and returns the version from which on it is to be watched.
    async fn list(&mut self) -> Result<String, Failure> {
        let listed = self.pages().await;
        match &listed {
            Ok(_) => self.watch.lists.ok += 1,
            Err(_) => self.watch.lists.failed += 1,
        }
        let (objects, from) = listed?;
        self.watch.objects = objects.len();
        if self.tell(Told::Reset(self.kind, objects)).await.is_err() {
            return Err(Failure::broken("the daemon ends"));
        }
        self.become_healthy(Health::Live, None);
        Ok(from)
    }

    async fn pages(&mut self) -> Result<(Vec<(Key, Kept)>, String), Failure> {
        let mut last = Failure::Absent;
        for version in api::versions(self.kind) {
            match self.pages_of(version).await {
                Err(Failure::Absent) => last = Failure::Absent,
                other => {
                    self.version = version;
                    return other;
                }
            }
        }
        Err(last)
    }

    async fn pages_of(
        &mut self,
        version: &'static str,
    ) -> Result<(Vec<(Key, Kept)>, String), Failure> {
        // A list that takes longer than the server keeps its history never ends by pages.
        for limit in [Some(self.options.page), Some(self.options.page), None] {
            match self.all_pages(version, limit).await {
                Err(Failure::Expired) if limit.is_some() => {
                    debug!(kind = self.kind.id(), "the list expired between two pages");
                }
                other => return other,
            }
        }
        Err(Failure::Expired)
    }

    async fn all_pages(
        &mut self,
        version: &'static str,
        limit: Option<usize>,
    ) -> Result<(Vec<(Key, Kept)>, String), Failure> {
        let (mut objects, mut further) = (Vec::new(), String::new());
        let mut malformed = BTreeMap::new();
        // A list shows the state at its start.
        let asked = self.clock.now();
        let of = (self.kind, version);
        loop {
            let (kind, api_version) = (self.kind, api::api_version(self.kind, version));
            let packer = self.packer.clone();
            let take = move |node: &Node| keep(kind, &api_version, &packer, node, asked);
            let patience = self.options.answer;
            let page = api::page(&self.client, of, (limit, &further), patience, take).await?;
            for (at, kept) in page.items.into_iter().enumerate() {
                if let Some(object) = self.noted(kept, &mut malformed) {
                    objects.push(object);
                } else {
                    let nameless = Key::of_cluster(&format!("{}{at}", objects.len()));
                    malformed.insert(nameless, format!("a {} without a name", self.kind.id()));
                }
            }
            further = page.metadata.further;
            if further.is_empty() {
                self.malformed = malformed;
                self.watch.malformed = self.malformed.len();
                self.watch.seen_at = Some(asked);
                return Ok((objects, page.metadata.resource_version));
            }
        }
    }

    /// Notes what could not be read of an object.
    fn noted(
        &self,
        (kept, problems): (Option<(Key, Kept)>, Vec<String>),
        malformed: &mut BTreeMap<Key, String>,
    ) -> Option<(Key, Kept)> {
        let (key, object) = kept?;
        if problems.is_empty() {
            malformed.remove(&key);
        } else {
            let what = problems.join(", ");
            malformed.insert(key.clone(), format!("{} {key} {what}", self.kind.id()));
        }
        Some((key, object))
    }

    /// Watches from a version on, and opens the watch again where it ends, until everything has to
    /// be listed again.
    async fn follow(&mut self, mut from: String) -> Result<(), Ended> {
        self.report().await?;
        let mut tries = 0;
        loop {
            let (before, opened) = (from.clone(), Instant::now());
            let asked = self.clock.now();
            let open = spread(self.options.open);
            let of = (self.kind, self.version);
            let lines = api::watch(&self.client, of, &from, open, self.options.answer).await;
            let ended = match lines {
                Ok(lines) => {
                    // Nothing had happened that is not about to be told.
                    self.watch.seen_at = Some(asked);
                    self.become_healthy(Health::Live, None);
                    self.report().await?;
                    self.read_lines(lines, &mut from).await
                }
                Err(failure) => Err(Stop::Failed(failure)),
            };
            if before != from {
                tries = 0;
                self.pause.reset();
            }
            match ended {
                Ok(()) => {
                    self.watch.watches.ok += 1;
                    if before == from && opened.elapsed() < TOO_SHORT {
                        sleep(self.pause.next(None)).await;
                    } else {
                        self.pause.reset();
                    }
                }
                Err(Stop::Ended) => return Err(Ended),
                Err(Stop::Failed(Failure::Expired)) => {
                    self.watch.watches.failed += 1;
                    info!(kind = self.kind.id(), "the history is no longer known: listing again");
                    // A server that forgets at once, again and again, is not asked without a pause.
                    let is_hasty = before == from && opened.elapsed() < TOO_SHORT;
                    if std::mem::replace(&mut self.was_hasty, is_hasty) && is_hasty {
                        self.broken("its history is forgotten at once", None).await?;
                    }
                    return Ok(());
                }
                Err(Stop::Failed(failure @ (Failure::Absent | Failure::Forbidden(_)))) => {
                    self.watch.watches.failed += 1;
                    return self.failed(failure).await;
                }
                Err(Stop::Failed(Failure::Broken(why, after))) => {
                    self.watch.watches.failed += 1;
                    tries += 1;
                    self.broken(&why, after).await?;
                    if tries >= TRIES {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn read_lines(&mut self, mut lines: Lines, from: &mut String) -> Result<(), Stop> {
        while let Some(event) = lines.next().await.map_err(Stop::Failed)? {
            let now = self.clock.now();
            self.watch.seen_at = Some(now);
            let (Event::Applied(node) | Event::Deleted(node) | Event::Bookmark(node)) = &event;
            let version = node.text_at(&["metadata", "resourceVersion"]).map(str::to_owned);
            match event {
                Event::Bookmark(_) => {
                    self.report().await.map_err(|Ended| Stop::Ended)?;
                }
                Event::Applied(node) => {
                    let known = self.watch.malformed;
                    let mut malformed = std::mem::take(&mut self.malformed);
                    let version = api::api_version(self.kind, self.version);
                    let kept = keep(self.kind, &version, &self.packer, &node, now);
                    let object = self.noted(kept, &mut malformed);
                    self.malformed = malformed;
                    self.watch.malformed = self.malformed.len();
                    if let Some(object) = object {
                        let told = Told::Apply(self.kind, Box::new(object));
                        self.tell(told).await.map_err(|Ended| Stop::Ended)?;
                    } else {
                        warn!(kind = self.kind.id(), "an object without a name");
                    }
                    if known != self.watch.malformed {
                        self.report().await.map_err(|Ended| Stop::Ended)?;
                    }
                    self.poke();
                }
                Event::Deleted(node) => {
                    let text = |key| node.text_at(&["metadata", key]).unwrap_or_default();
                    let key = Key::new(text("namespace"), text("name"));
                    self.malformed.remove(&key);
                    self.watch.malformed = self.malformed.len();
                    self.tell(Told::Delete(self.kind, key)).await.map_err(|Ended| Stop::Ended)?;
                    self.poke();
                }
            }
            if let Some(version) = version {
                *from = version;
            }
        }
        Ok(())
    }

    /// Lets those look again whose kind was absent.
    fn poke(&self) {
        if self.kind == Kind::CustomResourceDefinition {
            self.defined.notify_waiters();
        }
    }
}

/// Why a watch is not read further.
enum Stop {
    /// Nothing listens any more.
    Ended,
    /// It failed.
    Failed(Failure),
}

//! Serves the pages on the loopback address, with the policy that they are made for.

use crate::support::{named, now, served, world};
use plumber::audit::document::Document;
use plumber::audit::page::{
    self, CONTENT_SECURITY_POLICY, Health, PageInput, Query, assets, csv, missing,
};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the daemon is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// All cases of the audit.
    World,
    /// A few volumes.
    Few,
    /// A few volumes, of which one more would come back.
    Better,
    /// Nothing was read yet.
    Starting,
    /// The API server does not answer.
    Disconnected,
    /// Git does not render.
    Unrendered,
    /// There are no volumes.
    Empty,
}

/// A server.
pub(crate) struct Server {
    /// Its address, with a slash at the end.
    pub(crate) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    mood: Mutex<Mood>,
    streams: Mutex<Vec<TcpStream>>,
    few: Document,
    world: Document,
    better: Document,
    empty: Document,
}

impl Server {
    pub(crate) fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let mut better = named("several-volumes");
        better.readiness.would_restore.rebuild += 1;
        let mut empty = named("several-volumes");
        empty.entries.clear();
        empty.readiness = named("no-labels-and-no-pair").readiness;
        empty.readiness.not_protected.undecided = 0;
        empty.summary.oldest_evaluated_at = None;
        let shared = Arc::new(Shared {
            mood: Mutex::new(mood),
            streams: Mutex::default(),
            few: named("several-volumes"),
            world: world(),
            better,
            empty,
        });
        let held = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&held);
                // A browser that goes away is no failure.
                std::thread::spawn(move || answer(&shared, stream).unwrap_or_default());
            }
        });
        Self { address, shared }
    }

    /// Becomes different, and tells those who follow.
    pub(crate) fn become_now(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap() = mood;
        for stream in self.shared.streams.lock().unwrap().iter_mut() {
            stream.write_all(b"event: change\ndata: {}\n\n").unwrap_or_default();
        }
    }

    /// Breaks off with those who follow.
    pub(crate) fn hang_up(&self) {
        for stream in self.shared.streams.lock().unwrap().drain(..) {
            stream.shutdown(std::net::Shutdown::Both).unwrap_or_default();
        }
    }

    /// Returns whether a page follows.
    pub(crate) fn is_followed(&self) -> bool {
        !self.shared.streams.lock().unwrap().is_empty()
    }
}

fn input(shared: &Shared) -> PageInput<'_> {
    let mood = *shared.mood.lock().unwrap();
    let document = match mood {
        Mood::World => &shared.world,
        Mood::Better => &shared.better,
        Mood::Empty => &shared.empty,
        Mood::Few | Mood::Starting | Mood::Disconnected | Mood::Unrendered => &shared.few,
    };
    let mut input = served(document);
    let daemon = input.daemon.as_mut().unwrap();
    match mood {
        Mood::Starting => {
            daemon.ready = false;
            for watch in daemon.watches.iter_mut().skip(3) {
                (watch.health, watch.seen_at, watch.objects) = (Health::Starting, None, 0);
            }
        }
        Mood::Disconnected => {
            for watch in &mut daemon.watches {
                watch.health = Health::Broken;
                watch.seen_at = Some(now() - jiff::SignedDuration::from_mins(6));
                watch.error = Some("connection refused");
            }
        }
        Mood::Unrendered => {
            let source = &mut daemon.sources[0];
            source.error = Some("kustomization.yaml:3: no file pvc.yaml");
            source.rendered_at = Some(now() - jiff::SignedDuration::from_hours(7));
        }
        Mood::World | Mood::Few | Mood::Better | Mood::Empty => {}
    }
    input
}

fn answer(shared: &Shared, mut stream: TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    // The rest of the head, so that nothing is left unread.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let target = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = Query::parse(query);
    let html = "text/html; charset=utf-8";
    let parts: Vec<String> = path.split('/').skip(1).map(decoded).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (status, kind, body) = match parts.as_slice() {
        [""] => (200, html, page::page(&input(shared), &query)),
        ["volumes", namespace, pvc] => match page::volume(&input(shared), namespace, pvc, &query) {
            Some(body) => (200, html, body),
            None => (404, html, missing(&input(shared), namespace, pvc, &query)),
        },
        ["export", "volumes.csv"] => (200, "text/csv", csv(&input(shared), &query)),
        ["assets", name] => match assets().iter().find(|asset| asset.name == *name) {
            Some(asset) => (200, asset.content_type, asset.text.to_owned()),
            None => (404, "text/plain", String::new()),
        },
        ["api", "v1", "events"] => {
            stream.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\r\n: hello\n\n",
            )?;
            shared.streams.lock().unwrap().push(stream);
            return Ok(());
        }
        _ => (404, "text/plain", "no such page".to_owned()),
    };
    write!(
        stream,
        "HTTP/1.1 {status} .\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
         content-security-policy: {CONTENT_SECURITY_POLICY}\r\nx-content-type-options: nosniff\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Decodes one segment of a path; a `+` in it is one.
fn decoded(segment: &str) -> String {
    let text = format!("x={}", segment.replace('+', "%2B"));
    Query::parse(&text.replacen("x=", "q=", 1)).search.unwrap_or_default()
}

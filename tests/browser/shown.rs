//! States that no small cluster comes to, in the daemon's own HTTP: for pictures, and for the
//! accessibility scan.

use crate::daemon::COMMIT;
use crate::support::{named, now, world};
use jiff::SignedDuration;
use plumber::audit::Kind;
use plumber::audit::document::Document;
use plumber::daemon::http::{Connections, Options, router, serve};
use plumber::daemon::{Change, Clock, Health, Source, State, Tally, Watch};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::watch::{Sender, channel};

/// What the daemon is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// All cases of the audit.
    World,
    /// A few volumes.
    Few,
    /// Nothing was read yet.
    Starting,
    /// The API server does not answer.
    Disconnected,
    /// Git does not render.
    Unrendered,
    /// There are no volumes.
    Empty,
    /// Names and words that others chose badly, or on purpose.
    Strange,
}

/// A server whose state is told to it.
pub(crate) struct Shown {
    /// Its address, with a slash at the end.
    pub(crate) address: String,
    tell: Sender<Arc<State>>,
}

impl Shown {
    pub(crate) fn start(mood: Mood) -> Self {
        let (tell, states) = channel(Arc::new(state(mood)));
        let (told, address) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                let options = Options { clock: Clock::fixed(now()), ..Options::default() };
                let router = router(states, options);
                serve(listener, router, Connections::default(), std::future::pending()).await;
            });
        });
        Self { address: format!("http://{}/", address.recv().unwrap()), tell }
    }

    /// Becomes different.
    pub(crate) fn become_now(&self, mood: Mood) {
        self.tell.send_replace(Arc::new(state(mood)));
    }
}

fn hours(hours: i64) -> jiff::Timestamp {
    now() - SignedDuration::from_hours(hours)
}

/// What a daemon knows in a mood, that had been well for a day.
fn state(mood: Mood) -> State {
    let document = match mood {
        Mood::World => world(),
        Mood::Empty => empty(),
        Mood::Strange => strange(),
        Mood::Few | Mood::Starting | Mood::Disconnected | Mood::Unrendered => {
            named("several-volumes")
        }
    };
    let seen = now() - SignedDuration::from_secs(4);
    let watch = |kind: &Kind| Watch {
        kind: *kind,
        health: if *kind == Kind::ExternalSecret { Health::Absent } else { Health::Live },
        seen_at: Some(seen),
        objects: 24,
        lists: Tally::default(),
        watches: Tally::default(),
        malformed: 0,
        error: None,
    };
    let source = Source {
        app: Some("media".to_owned()),
        repo: Some("https://git.example.com/home/cluster.git".to_owned()),
        namespace: None,
        path: "apps/media".to_owned(),
        revision: Some(COMMIT.to_owned()),
        attempted_at: Some(seen),
        rendered_at: Some(seen),
        error: None,
    };
    let mut state = State {
        revision: 7,
        started_at: hours(24),
        evaluated_at: seen,
        evaluation_seconds: 0.01,
        watches: Kind::ALL.iter().map(watch).collect(),
        sources: vec![source],
        changes: Arc::new(VecDeque::from([Change {
            revision: 6,
            at: hours(1),
            namespace: "media".to_owned(),
            pvc: "films".to_owned(),
            before: Some("restorable"),
            after: Some("backup-empty-source"),
        }])),
        changes_after: 0,
        document: Arc::new(document),
    };
    match mood {
        Mood::Starting => {
            for watch in state.watches.iter_mut().skip(3) {
                (watch.health, watch.seen_at, watch.objects) = (Health::Starting, None, 0);
            }
        }
        Mood::Disconnected => {
            for watch in &mut state.watches {
                watch.health = Health::Broken;
                watch.seen_at = Some(now() - SignedDuration::from_mins(6));
                watch.error = Some("connection refused".to_owned());
            }
        }
        Mood::Unrendered => {
            let source = &mut state.sources[0];
            source.error = Some("kustomization.yaml:3: no file pvc.yaml".to_owned());
            source.rendered_at = Some(hours(7));
        }
        Mood::World | Mood::Few | Mood::Empty | Mood::Strange => {}
    }
    state
}

/// A cluster without volumes.
fn empty() -> Document {
    let mut empty = named("several-volumes");
    empty.entries.clear();
    empty.readiness = named("no-labels-and-no-pair").readiness;
    empty.readiness.not_protected.undecided = 0;
    empty.summary.oldest_evaluated_at = None;
    empty
}

/// What somebody might write where others read.
pub(crate) const STRANGE: [&str; 4] = [
    "<script>window.ran = true</script>",
    "\"><img src=x onerror=\"window.ran = true\">",
    "\u{202e}gnp.atad",
    "שלום-נתונים-של-המשפחה",
];

/// Volumes of which each has such a name, and one that is as long as a name may be.
fn strange() -> Document {
    let mut document = named("several-volumes");
    let long = "n".repeat(253);
    let names = STRANGE.into_iter().chain([long.as_str()]);
    for (entry, name) in document.entries.iter_mut().zip(names) {
        crate::support::change(entry, |entry| {
            name.clone_into(&mut entry.pvc);
            entry.intent.app = Some(name.to_owned());
            for finding in &mut entry.restore_readiness.findings {
                finding.message = format!("{name} {}", finding.message);
                finding.fix.command = Some(format!("kubectl get pvc {name}"));
            }
        });
    }
    // A document is in the order of names.
    document.entries.sort_by(|a, b| a.name().cmp(&b.name()));
    document
}

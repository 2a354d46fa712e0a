//! `plumber audit serve`: watches and Git in, one [`State`] after the other out.
//!
//! Part of the shell. What is concluded is concluded by `audit`; here it is kept fresh.

mod evaluate;
pub mod http;
mod intent;
mod options;
mod page;
mod state;
mod watch;

pub use options::{Clock, Options, Planning, Rendering, Watching};
pub use page::page_input;
pub use state::{Change, Health, Source, State, Tally, Watch};

use crate::audit::Kind;
use evaluate::Channels;
use intent::Named;
use kube::Client;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch::{Receiver, channel};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::warn;
use watch::Watcher;

/// How long what is at work may take to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// How many changes may wait for the evaluation before the watches wait for it.
const WAITING: usize = 4096;

/// The daemon at work. Dropping it ends everything that it started.
#[derive(Debug)]
pub struct Daemon {
    tasks: JoinSet<()>,
}

impl Daemon {
    /// Starts to watch, to render and to evaluate, inside the current runtime.
    ///
    /// The receiver holds a state without entries until the first evaluation: when every kind was
    /// read, or could not be, and Git was rendered, or failed to.
    #[expect(clippy::needless_pass_by_value, reason = "the daemon keeps the client")]
    pub fn start(client: Client, options: Options) -> (Receiver<Arc<State>>, Self) {
        let now = options.clock.now();
        let (publish, states) = channel(Arc::new(State::new(now)));
        let (tell, told) = mpsc::channel(WAITING);
        let (intend, intended) = mpsc::channel(1);
        let (named, listed) = channel(Named::Unread);
        let (look, looked) = channel(None);
        let defined = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        for kind in Kind::ALL {
            let Options { watching, clock, .. } = options.clone();
            let (client, tell, defined) = (client.clone(), tell.clone(), Arc::clone(&defined));
            tasks.spawn(Watcher::new(*kind, client, watching, clock, tell, defined).run());
        }
        tasks.spawn(intent::run(options.clone(), listed, look, intend));
        let channels = Channels { told, intended, looked, named, publish };
        tasks.spawn(evaluate::run(options, channels));
        (states, Self { tasks })
    }

    /// Ends everything, and waits for it some seconds, whatever hangs.
    pub async fn stop(mut self) {
        if timeout(FAREWELL, self.tasks.shutdown()).await.is_err() {
            warn!("some work does not end, and is left");
        }
    }
}

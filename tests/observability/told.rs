//! What the daemon tells Prometheus: the text of `/metrics`, for states that the tests make.

use crate::support::{serve_with, state};
use jiff::Timestamp;
use plumber::audit::document::Document;
use plumber::daemon::http::Options;
use plumber::daemon::{Clock, Health, Source, State};
use std::time::Duration;

/// Returns the text for a state.
pub(crate) fn text(state: State) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = Options { clock: Clock::fixed(state.evaluated_at), ..Options::default() };
        options.meters.evaluated(Duration::from_millis(30));
        let served = serve_with(state, options);
        // One answer, so that there is one to measure.
        served.get("/audit").await;
        served.get("/metrics").await.text()
    })
}

/// A daemon that is well, beside volumes.
pub(crate) fn well(document: Document) -> State {
    state(1, document)
}

/// One of whose kinds one may not be read, one is broken since the beginning of time, and one holds
/// what cannot be understood; and a part of Git does not render.
pub(crate) fn troubled(document: Document) -> State {
    let mut state = state(1, document);
    let [forbidden, broken, malformed, absent, ..] = &mut *state.watches else {
        panic!("there are more kinds");
    };
    forbidden.health = Health::Forbidden;
    forbidden.seen_at = None;
    broken.health = Health::Broken;
    broken.seen_at = Some(Timestamp::UNIX_EPOCH);
    malformed.malformed = 2;
    absent.health = Health::Absent;
    state.sources.push(Source {
        app: Some("photos".to_owned()),
        repo: Some("https://git.example.com/home.git".to_owned()),
        namespace: None,
        path: "apps/photos".to_owned(),
        revision: None,
        attempted_at: state.sources[0].attempted_at,
        rendered_at: None,
        error: Some("kustomization.yaml:3: no file pvc.yaml".to_owned()),
    });
    state
}

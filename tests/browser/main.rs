//! The pages in a real browser: Chromium without a window, told what to do over its own protocol.
//!
//! What a person does is done with `plumber audit serve`, beside a folder and the API server of
//! `tests/kube`. States that no small cluster comes to are shown by the daemon's HTTP alone.
//!
//! Skipped, and reported as skipped, where there is none: set `CHROME` to its program. With `UPDATE=1`
//! the pictures of `docs/dashboard.md` are written.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project")]
#![expect(clippy::disallowed_types, reason = "tests start the browser and the daemon")]
#![expect(clippy::print_stderr, reason = "a test says that it is skipped")]
#![cfg(feature = "audit")]

mod accessible;
mod chromium;
mod daemon;
mod keyboard;
mod live;
mod look;
mod proxy;
mod shown;
mod visit;

#[path = "../kube"]
mod cluster {
    pub(crate) mod apart;
    #[expect(dead_code, reason = "other tests ask more of it")]
    pub(crate) mod fake;
    pub(crate) mod world;
}

#[expect(dead_code, reason = "other tests use more of it")]
#[path = "../audit/support.rs"]
mod cases;
#[expect(dead_code, reason = "other tests use more of it")]
#[path = "../page/support.rs"]
mod support;

//! The daemon in this process, on an API server that lists what a test puts there.
#![cfg(feature = "audit")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project")]

mod api;
mod intent;
mod once;
mod read_only;

//! The daemon in this process, on an API server that lists what a test puts there.
#![cfg(feature = "audit")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read the project and look for programs"
)]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod api;
mod followed;
mod intent;
mod once;
mod read_only;

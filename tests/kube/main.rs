//! A Kubernetes API server in this process, and what the daemon does when it fails.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests have a clock, read the environment and start programs"
)]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod daemon;
mod fake;
mod faults;
mod intent;
mod kubectl;
mod matrix;
mod ready;
mod real;
mod scenarios;
mod server;
mod world;

//! The binary as a process: what a person who gets something wrong sees, and what is left behind.
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests make files and read the environment")]
#![expect(clippy::disallowed_types, reason = "pipes are closed and terminals are made here")]

mod adopt;
mod audit;
mod check;
mod configuration;
mod diff;
mod diff_apps;
mod encoding;
mod folder;
mod output;
mod paths;
mod pipe;
mod support;

//! The plugin, driven as Argo CD's cmp-server drives it, and what an administrator applies.
//!
//! The real kustomize (or kubectl) and Helm are used, from `target/tools` or `PATH`. A test that
//! needs one that is not there says that it is skipped.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests make files and read the environment")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod audit;
mod dependency;
mod deploy;
mod directory;
mod empty;
mod environment;
mod equal;
mod failures;
mod filter;
mod health;
mod messages;
mod plugin;
mod repository;
mod table;
mod tools;

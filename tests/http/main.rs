//! The daemon's HTTP interface, in process, on states made from the cases of `testdata/audit`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read the cases")]

mod audit;
mod dashboard;
mod events;
mod exposition;
mod list;
mod listen;
mod metrics;
mod openapi;
mod pages;
mod support;

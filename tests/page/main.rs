//! What holds of every page: what others wrote is shown and never run, the number is the
//! document's, and the page stays small, legible and honest.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project")]
#![cfg(feature = "audit")]

mod contrast;
mod honest;
mod hostile;
mod list;
mod single;
mod support;

#[expect(dead_code, reason = "the tests of the audit use more of it")]
#[path = "../audit/support.rs"]
mod cases;

//! What holds of every report: it hangs on nothing but what was seen, and what was not seen never
//! makes it greener.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read the project")]

mod corpus;
mod entries;
mod evidence;
mod incremental;
mod operator;
mod order;
mod support;

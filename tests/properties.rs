//! The promises, held against generated streams: each property quotes the promise it stands for.
//!
//! `PROPTEST_CASES=20000 cargo test --release --test properties` looks harder than the default.

#[expect(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::same_functions_in_if_condition,
    clippy::single_match_else,
    reason = "generators draw again with each call, and are read more than they run"
)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#[expect(clippy::disallowed_methods, reason = "tests start programs and read the corpus")]
mod properties {
    mod compare;
    mod configured;
    mod corpus;
    mod model;
    mod oracle;
    mod process;
    mod promises;
    mod reading;
    mod regressions;
    mod render;
    mod scalars;
    mod streams;
    mod style;
    mod tape;
}

//! What `plumber adopt` promises: the same objects come out, on generated configurations and on
//! real repositories.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod adopt {
    mod generated;
    mod real;
}

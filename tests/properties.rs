//! The promises, held against generated streams: each property quotes the promise it stands for.
//!
//! `PROPTEST_CASES=20000 cargo test --release --test properties` looks harder than the default.

#[expect(clippy::disallowed_methods, reason = "tests start programs and read the corpus")]
mod properties {
    mod model;
    mod oracle;
    mod promises;
    mod reading;
    mod render;
    mod scalars;
    mod streams;
    mod style;
    mod tape;
}

# Thin names for the commands; nothing needs just.

# Everything that has to hold before a change lands.
ci:
    bash .ci/run

# Formats the code.
fmt:
    cargo fmt

# Lints everything.
lint:
    cargo clippy --all-targets -- -D warnings

# Runs the tests; with PLUMBER_CORPUS=DIR those on real manifests too.
test:
    cargo test

# Accepts what the program does now as what it should do. Read the diff.
bless:
    UPDATE=1 INSTA_UPDATE=always cargo test

# Opens the documentation of the code.
docs:
    cargo doc --no-deps --document-private-items --open

# Checks licences and sources of the dependencies.
deny:
    cargo deny check bans licenses sources

# Renders the demo.
run:
    cargo run -- render testdata/demo --verbose

# Prints the table of speed and memory, side by side with other tools.
bench:
    cargo bench --bench render

# Prints the table of whole repositories checked.
bench-check:
    cargo bench --bench check

# The table of the daemon: 1,000, 10,000 and 100,000 volumes.
bench-audit:
    cargo bench --features mimalloc --bench audit

# Prints what adopt makes of the real repositories below PLUMBER_CORPUS: lines before and after.
adopt-table:
    cargo test --test adopt table -- --nocapture

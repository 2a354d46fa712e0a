//! For unit tests: files that are generated from the code and published beside it.
#![expect(clippy::disallowed_methods, reason = "tests read and, on request, write the project")]

/// Reads a document of the project.
pub(crate) fn document(path: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_default()
}

/// Compares a published file with what the code says; `UPDATE=1` writes it.
pub(crate) fn published(path: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(published, text, "{} is out of date: UPDATE=1 cargo test", path.display());
}

//! The files beside the pages, kept in the binary.

use crate::api::name::{hex, sha256};
use std::sync::LazyLock;

/// The style sheet.
pub(super) const STYLE: &str = include_str!("style.css");
/// The script.
const SCRIPT: &str = include_str!("script.js");
/// The icon.
const ICON: &str = include_str!("icon.svg");

/// The `Content-Security-Policy` under which the pages work: nothing inline, nothing from elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// A file beside the pages, served below `/assets/`.
#[derive(Debug)]
pub struct Asset {
    /// Its name.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its text.
    pub text: &'static str,
    /// What changes with its text, in hexadecimal; pages ask for the file with `?v=` and this, so
    /// it can be kept for ever.
    pub version: String,
}

/// Returns every file that pages ask for.
pub fn assets() -> &'static [Asset] {
    static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
        let asset = |name, content_type, text| {
            let mut version = hex(&sha256(text));
            version.truncate(12);
            Asset { name, content_type, text, version }
        };
        [
            asset("style.css", "text/css; charset=utf-8", STYLE),
            asset("script.js", "text/javascript; charset=utf-8", SCRIPT),
            asset("icon.svg", "image/svg+xml", ICON),
        ]
    });
    &*ASSETS
}

/// Returns the address of a file below the root.
pub(super) fn address(name: &str) -> String {
    let version = assets().iter().find(|asset| asset.name == name).map(|asset| &asset.version);
    format!("assets/{name}?v={}", version.map_or("", String::as_str))
}

//! What a text must be, beyond its type.

use super::Wrong;
use crate::api::name;
use crate::api::suggest::nearest;

const COPY_METHODS: &[&str] = &["Snapshot", "Clone", "Direct"];

/// Reads one of a few words.
fn word(what: &str, text: &str, words: &[&'static str]) -> Result<String, Wrong> {
    if words.contains(&text) {
        return Ok(text.to_owned());
    }
    let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let help = match nearest(text, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`? there are {list}"),
        None => format!("write one of {list}"),
    };
    Err(Wrong::new(format!("unknown {what} `{text}`"), help))
}

/// Reads how a volume is copied.
pub(super) fn copy_method(text: &str) -> Result<String, Wrong> {
    if text == "None" {
        return Err(Wrong::new(
            "the copy method `None` is VolSync's older name for `Direct`",
            "write `Direct`; better `Snapshot`, which does not read a volume while it changes",
        ));
    }
    word("copy method", text, COPY_METHODS)
}

/// Reads the name of an object of the cluster. What another tool fills in later is no name yet.
pub(super) fn object_name(text: &str) -> Result<String, Wrong> {
    if name::is_dns_subdomain(text) || text.contains("${") || text.contains("{{") {
        return Ok(text.to_owned());
    }
    if text.is_empty() {
        return Err(Wrong::new("the name is empty", "write a name, or leave the key out"));
    }
    Err(Wrong::new(
        format!("`{text}` is no name that Kubernetes takes"),
        "use lower-case letters, digits, `-` and `.`, with a letter or digit at both ends",
    ))
}

/// Reads half of a kopia identity.
pub(super) fn identity(text: &str) -> Result<String, Wrong> {
    if name::is_kopia_identity(text) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(
        format!("`{text}` is no name that VolSync takes in an identity"),
        "use letters, digits, `.`, `_` and `-`, with a letter or digit at both ends",
    ))
}

/// Reads an absolute path.
pub(super) fn absolute(text: &str) -> Result<String, Wrong> {
    if text.starts_with('/') {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(format!("`{text}` is no absolute path"), "start it with `/`"))
}

/// Reads a size above zero.
pub(super) fn quantity(text: &str) -> Result<String, Wrong> {
    let digits = |c: char| ('1'..='9').contains(&c);
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    if name::is_quantity(text) && !text.starts_with('-') && mantissa.contains(digits) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(format!("`{text}` is no size"), "write a quantity such as `2Gi`"))
}

/// Reads the name of a compression algorithm.
pub(super) fn compression(text: &str) -> Result<String, Wrong> {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !text.is_empty() && text.bytes().all(known) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(
        format!("`{text}` is no compression algorithm of kopia"),
        "write a name such as `zstd-fastest`, or `none`",
    ))
}

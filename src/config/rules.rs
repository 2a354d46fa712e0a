//! What each value must be, beyond its type.

use super::cron::Cron;
use super::raw::RawSize;
use crate::api::mode::Mode;
use crate::api::name;
use crate::api::suggest::nearest;
use crate::manifest::Limits;
use crate::settings::Wrong;
use globset::Glob;

/// Words that a configured tier cannot have: the first two are tiers without a schedule, the third
/// stands on rendered objects where no tier was stated.
pub(super) const RESERVED_TIERS: &[&str] = &["manual", "disabled", "unspecified"];

type Checked<T> = Result<T, Wrong>;

/// Reads one of a few words.
fn word(what: &str, text: &str, words: &[&'static str]) -> Checked<&'static str> {
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Ok(word);
    }
    let help = match nearest(text, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`? there are {}", list(words)),
        None => format!("write one of {}", list(words)),
    };
    Err(Wrong::new(format!("unknown {what} `{text}`"), help))
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Reads `mode`.
pub(super) fn mode(text: &str) -> Checked<Mode> {
    let words: Vec<&'static str> = Mode::ALL.iter().map(|mode| mode.id()).collect();
    word("mode", text, &words).map(|word| Mode::parse(word).unwrap_or_default())
}

/// Reads the name of a cluster.
pub(super) fn cluster(text: &str) -> Checked<String> {
    if text.is_empty() {
        return Err(Wrong::new("the name is empty", "write a name, or leave the key out"));
    }
    Ok(text.to_owned())
}

/// Checks the name of a target, which becomes part of names and labels.
pub(super) fn target(text: &str) -> Checked<()> {
    if name::is_dns_label(text) {
        return Ok(());
    }
    Err(Wrong::new(
        format!("`{text}` is no name for a target"),
        "use lower-case letters, digits and `-`, with a letter or digit at both ends",
    ))
}

/// Reads the namespace for manifests that state none.
pub(super) fn namespace(text: &str) -> Checked<String> {
    if name::is_dns_label(text) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(
        format!("`{text}` is no namespace"),
        "use lower-case letters, digits and `-`, with a letter or digit at both ends",
    ))
}

/// Reads a schedule.
pub(super) fn cron(text: &str) -> Checked<Cron> {
    Cron::parse(text).map_err(|why| {
        Wrong::new(
            format!("the schedule {why}"),
            "write five fields such as `\"{minute} 2 * * *\"`, or `\"@daily\"`",
        )
    })
}

/// Checks the word of a tier.
pub(super) fn tier_word(text: &str) -> Checked<()> {
    if RESERVED_TIERS.contains(&text) {
        return Err(Wrong::new(
            "this word has a meaning of its own, which cannot be changed",
            "choose another word",
        ));
    }
    if name::is_dns_label(text) {
        return Ok(());
    }
    let lower = text.to_lowercase();
    let help = if name::is_dns_label(&lower) {
        format!("write `{lower}`; labels are read without regard to case")
    } else {
        "use lower-case letters, digits and `-`, at most 63, as in a label".to_owned()
    };
    Err(Wrong::new(format!("`{text}` is no word for a tier"), help))
}

/// Reads a glob over namespaces. One that can match no namespace is a mistake.
pub(super) fn glob(text: &str) -> Checked<Glob> {
    let allowed = |c: char| {
        c.is_ascii_lowercase()
            || c.is_ascii_digit()
            || matches!(c, '-' | '*' | '?' | '[' | ']' | '{' | '}' | ',')
    };
    // Inside brackets both characters negate.
    let plain = text.replace("[!", "[").replace("[^", "[");
    if let Some(other) = plain.chars().find(|c| !allowed(*c)) {
        let help = if other == '!' {
            "list what is left out under `namespaces.excluded`"
        } else {
            "namespaces have lower-case letters, digits and `-`; write one, or a glob such as `apps-*`"
        };
        return Err(Wrong::new(
            format!("`{text}` matches no namespace, because of `{other}`"),
            help,
        ));
    }
    if text.is_empty() {
        return Err(Wrong::new("an empty text matches no namespace", "write `*` for all of them"));
    }
    Glob::new(text).map_err(|error| {
        Wrong::new(
            format!("`{text}` is no glob: {}", error.kind()),
            "write a namespace, or a glob such as `apps-*`",
        )
    })
}

/// Reads a limit.
pub(super) fn limit(size: &RawSize) -> Checked<usize> {
    let Some(bytes) = super::size::bytes(size) else {
        return Err(Wrong::new(
            format!("`{size}` is no size"),
            "write a whole number of bytes without quotes, or a size such as `512Mi`",
        ));
    };
    if (1..=Limits::STREAM_MAX).contains(&bytes) {
        return Ok(bytes);
    }
    Err(Wrong::new(
        format!("`{size}` is outside 1 to {} bytes", Limits::STREAM_MAX),
        "write a size such as `512Mi`",
    ))
}

//! What each value must be, beyond its type.

use super::cron::Cron;
use super::raw::{RawMover, RawRetain, RawSize};
use crate::api::mode::Mode;
use crate::api::suggest::nearest;
use crate::api::{name, volsync};
use crate::manifest::Limits;
use globset::Glob;

/// The largest user or group id.
pub(super) const ID_MAX: i64 = i32::MAX as i64;

/// Words that a configured tier cannot have: the first two are tiers without a schedule, the third
/// stands on rendered objects where no tier was stated.
pub(super) const RESERVED_TIERS: &[&str] = &["manual", "disabled", "unspecified"];

const COPY_METHODS: &[&str] = &["Snapshot", "Clone", "Direct"];

/// A value without a meaning.
#[derive(Debug)]
pub(super) struct Wrong {
    /// What was seen.
    pub(super) message: String,
    /// What to type.
    pub(super) help: String,
}

impl Wrong {
    /// Makes one.
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

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

/// Reads `defaults.copyMethod`.
pub(super) fn copy_method(text: &str) -> Checked<String> {
    if text == "None" {
        return Err(Wrong::new(
            "the copy method `None` is VolSync's older name for `Direct`",
            "write `Direct`; better `Snapshot`, which does not read a volume while it changes",
        ));
    }
    word("copy method", text, COPY_METHODS).map(str::to_owned)
}

/// Reads the name of an object of the cluster.
pub(super) fn object_name(text: &str) -> Checked<String> {
    if name::is_dns_subdomain(text) {
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

/// Reads a quantity above zero.
pub(super) fn quantity(text: &str) -> Checked<String> {
    let digits = |c: char| ('1'..='9').contains(&c);
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    if name::is_quantity(text) && !text.starts_with('-') && mantissa.contains(digits) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(format!("`{text}` is no size"), "write a quantity such as `2Gi`"))
}

/// Reads `defaults.compression`.
pub(super) fn compression(text: &str) -> Checked<String> {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !text.is_empty() && text.bytes().all(known) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(
        format!("`{text}` is no compression algorithm of kopia"),
        "write a name such as `zstd-fastest`, or `none`",
    ))
}

/// Reads `defaults.parallelism`.
pub(super) fn parallelism(number: i64) -> Checked<i32> {
    i32::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| {
        let message = format!("{number} uploads cannot run at once");
        Wrong::new(message, "write a number from 1, such as `2`")
    })
}

/// Reads a user or group id.
fn id(number: i64) -> Checked<i64> {
    if (0..=ID_MAX).contains(&number) {
        return Ok(number);
    }
    Err(Wrong::new(
        format!("{number} is no user or group id"),
        format!("write a number from 0 to {ID_MAX}"),
    ))
}

/// Reads `runAsUser`, `runAsGroup` and `fsGroup`, each with its key.
pub(super) fn mover(raw: &RawMover) -> [(&'static str, Option<Checked<i64>>); 3] {
    let RawMover { run_as_user, run_as_group, fs_group } = *raw;
    [
        ("runAsUser", run_as_user.map(id)),
        ("runAsGroup", run_as_group.map(id)),
        ("fsGroup", fs_group.map(id)),
    ]
}

/// Reads `retain`; nothing where it names no count.
pub(super) fn retain(raw: &RawRetain) -> Checked<Option<volsync::Retain>> {
    let RawRetain { latest, hourly, daily, weekly, monthly, yearly } = *raw;
    let all = [latest, hourly, daily, weekly, monthly, yearly];
    if all == [None; 6] {
        return Ok(None);
    }
    if all == [Some(0); 6] {
        return Err(Wrong::new("it keeps no backup at all", "set at least one count above 0"));
    }
    let count = |(key, number): (&str, Option<i64>)| {
        let count = number.map(i32::try_from).transpose().ok();
        count.filter(|count| count.is_none_or(|count| count >= 0)).ok_or_else(|| {
            Wrong::new(
                format!("`{key}` keeps {} backups", number.unwrap_or_default()),
                format!("write a number from 0 to {}", i32::MAX),
            )
        })
    };
    Ok(Some(volsync::Retain {
        latest: count(("latest", latest))?,
        hourly: count(("hourly", hourly))?,
        daily: count(("daily", daily))?,
        weekly: count(("weekly", weekly))?,
        monthly: count(("monthly", monthly))?,
        yearly: count(("yearly", yearly))?,
    }))
}

/// Reads `retain` of a tier, where leaving everything to the repository would look like leaving
/// it to `defaults.retain`.
pub(super) fn tier_retain(raw: &RawRetain) -> Checked<volsync::Retain> {
    retain(raw)?.ok_or_else(|| {
        let help = "write a count such as `daily: 7`, or leave `retain` out for `defaults.retain`";
        Wrong::new("it names no count", help)
    })
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

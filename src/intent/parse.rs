//! Each label and annotation → its part of the intent.

use super::fields;
use super::keys::{Found, Keys, Map};
use super::{Exempt, Fuse, IdentityAsked, Intent, Metadata, Part, RestoreMode, TierAsked};
use crate::api::mode::Mode;
use crate::api::{labels, name, schedule, volume};
use crate::diagnostic::{Code, Diagnostic};

/// The tiers that the legacy label can name.
const LEGACY_TIERS: &[&str] = &["hourly", "daily", "weekly", "manual", "disabled"];

/// Reads what a volume's metadata asks for; the strongest layer first.
pub fn parse(layers: &[Metadata<'_>]) -> Intent {
    let mut keys = Keys::new(layers);
    keys.check_maps();
    let enabled = fuse(&mut keys, labels::ENABLED, false);
    let manage = fuse(&mut keys, labels::MANAGE_VOLSYNC, true);
    let legacy = legacy(&keys);
    let tier = tier(&mut keys, legacy.as_deref());
    let exempt = exempt(&mut keys);
    let states =
        |key| keys.entry(Map::Labels, key).is_some_and(|(_, entry)| !entry.value.is_null());
    let states_fuses = [labels::ENABLED, labels::MANAGE_VOLSYNC].into_iter().any(states);
    let mut intent = Intent {
        enabled,
        manage,
        tier,
        legacy,
        exempt,
        states_fuses,
        profile: profile(&mut keys),
        app: app(&mut keys),
        schedule: cron(&mut keys, labels::SCHEDULE),
        minute: part(&mut keys, labels::MINUTE, "{} * * * *"),
        hour: part(&mut keys, labels::HOUR, "0 {} * * *"),
        identity: identity(&mut keys),
        settings: fields::settings(&mut keys),
        restore: restore_mode(&mut keys),
        skip_restore: skip_restore(&mut keys),
        restore_token: token(&mut keys),
        restore_refresh: cron(&mut keys, labels::RESTORE_REFRESH),
        mode: mode(&mut keys),
        ordinals: ordinals(&mut keys),
        precreate: flag(&mut keys, labels::PRECREATE),
        sync_wave: sync_wave(&mut keys, layers),
        hook: hook(&keys),
        native_backup: native_backup(layers),
        problems: Vec::new(),
        notes: Vec::new(),
    };
    inert(&mut keys);
    keys.note_unknown();
    intent.problems = keys.problems;
    intent.notes = keys.notes;
    intent
}

pub(super) fn word(found: &Found<'_>) -> String {
    found.text.trim().to_ascii_lowercase()
}

/// Reports a value that has no meaning.
pub(super) fn invalid(keys: &mut Keys<'_, '_>, key: &str, found: Found<'_>, why: &str, help: &str) {
    keys.problems.push(
        Diagnostic::new(Code::InvalidValue, format!("`{key}: \"{}\"` {why}", found.text))
            .at(found.location)
            .help(help),
    );
}

/// Reads a fuse. A strict one has only two words; the other is on or off.
fn fuse(keys: &mut Keys<'_, '_>, key: &str, strict: bool) -> Fuse {
    let before = keys.problems.len();
    let Some(found) = keys.find(Map::Labels, key) else {
        return if keys.problems.len() > before { Fuse::Malformed } else { Fuse::Off };
    };
    match word(&found).as_str() {
        "true" => Fuse::On,
        "false" => Fuse::Off,
        _ if strict => {
            invalid(keys, key, found, "is neither true nor false", &format!("{key}: \"true\""));
            Fuse::Malformed
        }
        _ => {
            keys.notes.push(
                Diagnostic::new(
                    Code::EnabledNotTrue,
                    format!("`{key}: \"{}\"` is not \"true\" and opts nothing in", found.text),
                )
                .at(found.location)
                .help(format!("{key}: \"true\"")),
            );
            Fuse::Off
        }
    }
}

/// Other tools use this key with values of their own, which are none of our business.
fn legacy(keys: &Keys<'_, '_>) -> Option<String> {
    let (_, entry) = keys.entry(Map::Labels, labels::LEGACY_BACKUP)?;
    let word = entry.value.as_str()?.trim().to_ascii_lowercase();
    LEGACY_TIERS.contains(&word.as_str()).then_some(word)
}

fn tier(keys: &mut Keys<'_, '_>, legacy: Option<&str>) -> TierAsked {
    match keys.find(Map::Labels, labels::TIER) {
        Some(found) if !found.text.trim().is_empty() => {
            TierAsked::Label(word(&found), found.location)
        }
        Some(_) | None => {
            legacy.map_or(TierAsked::Unspecified, |word| TierAsked::Legacy(word.to_owned()))
        }
    }
}

fn exempt(keys: &mut Keys<'_, '_>) -> Exempt {
    let Some(found) = keys.find(Map::Labels, labels::EXEMPT) else { return Exempt::No };
    if word(&found) != "true" {
        return Exempt::No;
    }
    for key in [labels::EXEMPT_REASON, labels::EXEMPT_REASON_OPERATOR] {
        if let Some(reason) = keys.find(Map::Annotations, key)
            && !reason.text.trim().is_empty()
        {
            return Exempt::Because(reason.text.trim().to_owned());
        }
    }
    let bare_key = keys.entry(Map::Annotations, labels::EXEMPT_REASON_BARE).is_some();
    Exempt::WithoutReason { location: found.location, bare_key }
}

fn identity(keys: &mut Keys<'_, '_>) -> Option<IdentityAsked> {
    let key = labels::BACKUP_IDENTITY;
    let found = keys.find(Map::Annotations, key)?;
    let text = found.text.trim();
    let asked = match text.split_once('/') {
        Some((hostname, username)) => {
            IdentityAsked { hostname: Some(hostname.to_owned()), username: username.to_owned() }
        }
        None => IdentityAsked { hostname: None, username: text.to_owned() },
    };
    let fits = name::is_kopia_identity(&asked.username)
        && asked.hostname.as_deref().is_none_or(name::is_kopia_identity);
    if !fits {
        let why = "is no identity: letters, digits, `.`, `_` and `-`, one slash at most";
        invalid(keys, key, found, why, &format!("{key}: \"hostname/username\""));
        return None;
    }
    Some(asked)
}

fn restore_mode(keys: &mut Keys<'_, '_>) -> RestoreMode {
    let key = labels::RESTORE_MODE;
    let Some(found) = keys.find(Map::Annotations, key) else { return RestoreMode::Wire };
    match word(&found).as_str() {
        "never" => RestoreMode::Never,
        "force" => RestoreMode::Force,
        "audit" | "permissive" | "enforce" | "strict" => {
            keys.notes.push(
                Diagnostic::new(
                    Code::InertKey,
                    format!("`{key}: \"{}\"` has no effect here", found.text),
                )
                .at(found.location)
                .help(format!("use never or force, or remove it; the mode is {}", labels::MODE)),
            );
            RestoreMode::Wire
        }
        _ => {
            invalid(
                keys,
                key,
                found,
                "is no restore mode",
                &format!("{key}: \"never\" or \"force\""),
            );
            RestoreMode::Wire
        }
    }
}

fn skip_restore(keys: &mut Keys<'_, '_>) -> Option<String> {
    let key = labels::SKIP_RESTORE;
    let found = keys.find(Map::Annotations, key)?;
    match word(&found).as_str() {
        "true" => {}
        "false" | "" => return None,
        _ => {
            invalid(keys, key, found, "is neither true nor false", &format!("{key}: \"true\""));
            return None;
        }
    }
    let reason = keys.find(Map::Annotations, labels::SKIP_RESTORE_REASON);
    match reason.map(|reason| reason.text.trim()) {
        Some(reason) if !reason.is_empty() => Some(reason.to_owned()),
        Some(_) | None => {
            let help =
                format!("{}: \"why this volume may come back empty\"", labels::SKIP_RESTORE_REASON);
            invalid(keys, key, found, "has no reason", &help);
            None
        }
    }
}

fn token(keys: &mut Keys<'_, '_>) -> Option<String> {
    let key = labels::RESTORE_TOKEN;
    let found = keys.find(Map::Annotations, key)?;
    let text = found.text.trim().to_owned();
    if text.is_empty() {
        let help = format!("{key}: \"2026-01-31\", any text that was not used before");
        invalid(keys, key, found, "is empty", &help);
        return None;
    }
    Some(text)
}

fn cron(keys: &mut Keys<'_, '_>, key: &str) -> Option<String> {
    let found = keys.find(Map::Annotations, key)?;
    let text = found.text.trim().to_owned();
    if let Err(why) = schedule::check(&text) {
        invalid(keys, key, found, &why, &format!("{key}: \"30 4 * * 0\""));
        return None;
    }
    Some(text)
}

/// Reads what one field of a schedule is to be.
fn part(keys: &mut Keys<'_, '_>, key: &str, shape: &str) -> Option<Part> {
    let found = keys.find(Map::Annotations, key)?;
    let text = found.text.trim().to_owned();
    let pairs: Option<Vec<(String, String)>> = text
        .split_whitespace()
        .map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    let part = pairs.filter(|pairs| !pairs.is_empty()).map_or_else(|| Part::All(text), Part::Each);
    let checked = match &part {
        Part::All(text) => schedule::check(&shape.replace("{}", text)),
        Part::Each(values) => {
            values.iter().try_for_each(|(_, text)| schedule::check(&shape.replace("{}", text)))
        }
    };
    if let Err(why) = checked {
        let help =
            format!("{key}: \"5\", several as \"5,17\", or by target as \"ceph=5 minio=17\"");
        invalid(keys, key, found, &why, &help);
        return None;
    }
    Some(part)
}

fn profile(keys: &mut Keys<'_, '_>) -> Option<(String, crate::object::Location)> {
    let found = keys.find(Map::Labels, labels::PROFILE)?;
    let word = found.text.trim().to_owned();
    (!word.is_empty()).then_some((word, found.location))
}

/// Reads the application's name, which becomes part of other names.
fn app(keys: &mut Keys<'_, '_>) -> Option<String> {
    let key = labels::APP;
    let found = keys.find(Map::Annotations, key)?;
    let text = found.text.trim().to_owned();
    if !name::is_dns_subdomain(&text) {
        let why = "is no name of an application: lower-case letters, digits and `-`";
        invalid(keys, key, found, why, &format!("{key}: \"my-app\""));
        return None;
    }
    Some(text)
}

fn mode(keys: &mut Keys<'_, '_>) -> Option<Mode> {
    let key = labels::MODE;
    let found = keys.find(Map::Annotations, key)?;
    let word = word(&found);
    // The operator's word for strict.
    let mode = if word == "enforce" { Some(Mode::Strict) } else { Mode::parse(&word) };
    if mode.is_none() {
        invalid(keys, key, found, "is no mode", &format!("{key}: strict, permissive or audit"));
    }
    mode
}

fn ordinals(keys: &mut Keys<'_, '_>) -> Option<u32> {
    let key = labels::ORDINALS;
    let found = keys.find(Map::Annotations, key)?;
    match found.text.trim().parse::<u32>() {
        Ok(count) if (1..=1000).contains(&count) => Some(count),
        Ok(_) | Err(_) => {
            let help = format!("{key}: \"3\"");
            invalid(keys, key, found, "is no number of volumes from 1 to 1000", &help);
            None
        }
    }
}

pub(super) fn flag(keys: &mut Keys<'_, '_>, key: &str) -> bool {
    let Some(found) = keys.find(Map::Annotations, key) else { return false };
    match word(&found).as_str() {
        "true" => true,
        "false" | "" => false,
        _ => {
            invalid(keys, key, found, "is neither true nor false", &format!("{key}: \"true\""));
            false
        }
    }
}

/// A PVC of the stream is applied in a wave of its own, whatever the wave of the `StatefulSet` that
/// uses it.
fn sync_wave(keys: &mut Keys<'_, '_>, layers: &[Metadata<'_>]) -> Option<String> {
    let key = labels::ARGOCD_SYNC_WAVE;
    let own = layers.first().filter(|layer| layer.object.id.kind == volume::PVC);
    if own.is_some_and(|own| own.node.and_then(|node| node.at(&["annotations", key])).is_none()) {
        return None;
    }
    keys.find(Map::Annotations, key).map(|found| found.text.to_owned())
}

fn hook(keys: &Keys<'_, '_>) -> Option<(&'static str, crate::object::Location)> {
    [labels::ARGOCD_HOOK, labels::HELM_HOOK].into_iter().find_map(|key| {
        let (layer, entry) = keys.entry(Map::Annotations, key)?;
        Some((key, layer.object.locate(entry.mark)))
    })
}

fn native_backup(layers: &[Metadata<'_>]) -> Option<String> {
    layers.iter().find_map(|layer| {
        let node = layer.node?.get(Map::Labels.key())?;
        let entry = node.entries().iter().find(|e| e.key.starts_with(labels::CNPG_PREFIX))?;
        Some(entry.key.to_string())
    })
}

/// Notes what the operator parsed and what a render cannot act on.
fn inert(keys: &mut Keys<'_, '_>) {
    if let Some(found) = keys.find(Map::Annotations, labels::MIN_BACKUP_AGE) {
        keys.notes.push(
            Diagnostic::new(
                Code::InertKey,
                format!(
                    "`{}` has no effect: a render cannot see a volume's age",
                    labels::MIN_BACKUP_AGE
                ),
            )
            .at(found.location)
            .help("remove it"),
        );
    }
}

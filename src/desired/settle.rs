//! Intent × configuration → for each target of a volume what it is called, how often it runs, and
//! the fields of its mover.

use super::Facts;
use super::target::Case;
use crate::api::fields::FIELDS;
use crate::api::labels;
use crate::api::mover::Mover;
use crate::api::suggest::nearest;
use crate::config::{Config, Ruled, Target, Tier};
use crate::diagnostic::{Code, Diagnostic};
use crate::intent::Intent;
use crate::settings::{Extra, Settings};
use serde_json::{Map, Value};

/// One target of a volume.
#[derive(Debug)]
pub struct Settled<'c> {
    /// The target's name, where there are several.
    pub target: Option<&'c str>,
    /// Whether the volume is restored from it.
    pub restores: bool,
    /// The mover.
    pub mover: Mover,
    /// The tier's word.
    pub tier_word: String,
    /// Whether a label or the configuration names the tier.
    pub tier_is_named: bool,
    /// The tier; nothing where there is none of that word.
    pub tier: Option<&'c Tier>,
    /// The source's name.
    pub source_name: String,
    /// The destination's name.
    pub destination_name: String,
    /// Whether there is no way back.
    pub backup_only: bool,
    /// The manual trigger of the destination, where configured.
    pub restore_trigger: Option<String>,
    /// The source's fields.
    pub source: Map<String, Value>,
    /// The destination's fields.
    pub destination: Map<String, Value>,
    /// More labels and annotations of the source.
    pub source_extra: Extra,
    /// More labels and annotations of the destination.
    pub destination_extra: Extra,
    /// The Secret or `ExternalSecret` to render.
    pub secret: Option<Value>,
}

/// Everything that is settled for a volume.
#[derive(Debug, Default)]
pub struct Settlement<'c> {
    /// Its targets, in their order; one where none are configured.
    pub targets: Vec<Settled<'c>>,
    /// What keeps it from being rendered.
    pub problems: Vec<Diagnostic>,
}

impl<'c> Settlement<'c> {
    /// Returns the target that the volume is restored from, else the first.
    pub fn primary(&self) -> Option<&Settled<'c>> {
        self.targets.iter().find(|target| target.restores).or(self.targets.first())
    }
}

/// Settles a volume.
pub fn settle<'c>(
    facts: &Facts,
    intent: &Intent,
    ruled: &Ruled,
    config: &'c Config,
) -> Settlement<'c> {
    let mut problems = Vec::new();
    let profile = profile(intent, ruled, config, &mut problems);
    let class = facts.storage_class.as_deref().and_then(|class| config.classes.get(class));
    let shared: Vec<&Settings> =
        [&config.defaults].into_iter().chain(class).chain(profile.iter().copied()).collect();
    let wanted = shared.iter().rev().find_map(|block| block.targets.as_ref());
    let targets: Vec<Option<&Target>> = if config.targets.is_empty() {
        vec![None]
    } else {
        let is_wanted = |target: &&Target| wanted.is_none_or(|names| names.contains(&target.name));
        config.targets.iter().filter(is_wanted).map(Some).collect()
    };
    let restores = |wanted| {
        targets.iter().position(|target| target.and_then(|target| target.restores) == wanted)
    };
    let restoring = restores(Some(true)).or_else(|| restores(None));
    let mut settlement = Settlement::default();
    for (n, target) in targets.iter().enumerate() {
        let case = Case { facts, intent, ruled, config, class, profile: &profile, target: *target };
        settlement.targets.push(case.settle(restoring == Some(n), &mut problems));
    }
    unused(intent, &settlement.targets, &mut problems);
    let mut told: Vec<(Code, String)> = Vec::new();
    problems.retain(|found| {
        // One place that needs the application says enough.
        let is_told = |(code, message): &(Code, String)| {
            *message == found.message || *code == found.code && *code == Code::AppUnknown
        };
        let is_new = !told.iter().any(is_told);
        told.push((found.code, found.message.clone()));
        is_new
    });
    settlement.problems = problems;
    settlement
}

/// Annotations about fields that no mover of the volume has.
fn unused(intent: &Intent, targets: &[Settled<'_>], problems: &mut Vec<Diagnostic>) {
    for entry in &intent.settings.entries {
        let field = &FIELDS[entry.path.field];
        let has = |target: &Settled<'_>| field.is_of_mover(target.mover);
        if let Some(target) = targets.first().filter(|_| !targets.iter().any(has)) {
            let message = format!(
                "{} is about {}, which {} does not have",
                entry.place,
                field.name,
                target.mover.id()
            );
            problems.push(Diagnostic::new(Code::InvalidSetting, message).help("remove it"));
        }
    }
}

/// Returns the profile's blocks, the one it builds on first.
fn profile<'c>(
    intent: &Intent,
    ruled: &Ruled,
    config: &'c Config,
    problems: &mut Vec<Diagnostic>,
) -> Vec<&'c Settings> {
    let by_label = intent.profile.as_ref().map(|(word, location)| (word, Some(location)));
    let by_rule = || ruled.profile.as_ref().map(|(word, _)| (word, None));
    let Some((word, location)) = by_label.or_else(by_rule) else { return Vec::new() };
    if let Some(blocks) = config.profile(word) {
        return blocks;
    }
    let known: Vec<&str> = config.profiles.keys().map(String::as_str).collect();
    let help = match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean {}: {near}?", labels::PROFILE),
        None if known.is_empty() => "define it in `profiles` of plumber.yaml".to_owned(),
        None => format!("use one of {}, or add it to profiles in plumber.yaml", known.join(", ")),
    };
    let message = format!("there is no profile `{word}`");
    let found = Diagnostic::new(Code::InvalidProfile, message).help(help);
    problems.push(Diagnostic { location: location.cloned(), ..found });
    Vec::new()
}

//! One target of a volume: blocks put over each other, and filled in.

use super::check::{label_value, missing, object_name, report, secret_name};
use super::{DEFAULT_TIER, Facts, Settled};
use crate::api::fields::position;
use crate::api::labels;
use crate::api::mover::Side;
use crate::config::{Config, Ruled, Target, Tier};
use crate::diagnostic::Diagnostic;
use crate::intent::{Intent, RestoreMode, TierAsked};
use crate::settings::template::Values;
use crate::settings::{
    Entry, Extra, FieldPath, IdentityRule, Layer, Place, Settings, Template, built_in, merge,
};
use serde_json::{Map, Value, json};

/// A volume and one of its targets.
pub(super) struct Case<'c, 'v> {
    pub(super) facts: &'v Facts,
    pub(super) intent: &'v Intent,
    pub(super) ruled: &'v Ruled,
    pub(super) config: &'c Config,
    pub(super) class: Option<&'c Settings>,
    pub(super) profile: &'v [&'c Settings],
    pub(super) target: Option<&'c Target>,
}

impl<'c> Case<'c, '_> {
    pub(super) fn settle(&self, restores: bool, problems: &mut Vec<Diagnostic>) -> Settled<'c> {
        let Self { facts, intent, config, .. } = self;
        let blocks = self.blocks();
        let first = |has: fn(&Settings) -> bool| blocks.iter().copied().find(|block| has(block));
        let mover = blocks.iter().find_map(|block| block.mover).unwrap_or_default();
        let configured = blocks.iter().find_map(|block| block.tier.clone());
        let (tier_word, tier_is_named) = self.tier(configured);
        let tier = config.tiers.get(&tier_word);
        let app = self.app(problems);
        let values = Values {
            pvc: &facts.name,
            namespace: &facts.namespace,
            app: app.as_deref(),
            target: self.target.map(|target| target.name.as_str()),
            cluster: config.cluster.as_deref(),
            capacity: facts.capacity.as_ref(),
            storage_class: facts.storage_class.as_deref(),
            access_modes: &facts.access_modes,
        };
        let built_in_name = match self.target {
            Some(target) if !restores => format!("{}-{}", facts.name, target.name),
            Some(_) | None => facts.name.clone(),
        };
        let named = first(|block| block.source_name.is_some());
        let source_name = named.and_then(|block| block.source_name.as_ref());
        let source_name =
            object_name(source_name, built_in_name, labels::SOURCE_NAME, &values, problems);
        let named = first(|block| block.destination_name.is_some());
        let destination_name = named.and_then(|block| block.destination_name.as_ref());
        let built_in_name = super::destination_name(&facts.name);
        let destination_name = object_name(
            destination_name,
            built_in_name,
            labels::DESTINATION_NAME,
            &values,
            problems,
        );
        let backup_only = !restores
            || intent.restore == RestoreMode::Never
            || blocks.iter().find_map(|block| block.backup_only).unwrap_or(false);
        let trigger = first(|block| block.restore_trigger.is_some());
        let restore_trigger = trigger
            .and_then(|block| block.restore_trigger.as_ref())
            .and_then(|trigger| filled(trigger, &values, problems));
        let rule = blocks.iter().find_map(|block| block.identity.as_ref());
        let identity = self.identity(rule, &source_name);
        let asked = self.asked_identity();
        let mut layers = vec![Layer::Block(built_in(mover)), Layer::Block(&identity)];
        layers.extend(self.layers(&blocks, tier));
        layers.extend(asked.as_ref().map(Layer::Block));
        let mut side = |side| {
            let merged = merge(&layers, mover, side, &values);
            report(&merged, problems);
            merged.fields
        };
        let source = side(Side::Source);
        let destination = if backup_only { Map::new() } else { side(Side::Destination) };
        let source_extra = extra(&blocks, Side::Source, &values, problems);
        let destination_extra = extra(&blocks, Side::Destination, &values, problems);
        let secret = secret(&blocks, &values, problems);
        let settled = Settled {
            target: self.target.map(|target| target.name.as_str()),
            restores,
            mover,
            tier_word,
            tier_is_named,
            tier,
            source_name,
            destination_name,
            backup_only,
            restore_trigger,
            source,
            destination,
            source_extra,
            destination_extra,
            secret,
        };
        self.check(&settled, problems);
        settled
    }

    /// Returns the blocks that people wrote, the strongest first.
    fn blocks(&self) -> Vec<&Settings> {
        [&*self.intent.settings]
            .into_iter()
            .chain(self.target.map(|target| &target.settings))
            .chain(self.profile.iter().rev().copied())
            .chain(self.class)
            .chain([&self.config.defaults])
            .collect()
    }

    /// Returns these blocks with what the tier keeps, the weakest first.
    fn layers<'b>(&self, blocks: &[&'b Settings], tier: Option<&'b Tier>) -> Vec<Layer<'b>> {
        let layer = |block: &&'b Settings| {
            if std::ptr::eq(*block, &raw const self.config.defaults) {
                Layer::Defaults(block)
            } else {
                Layer::Block(block)
            }
        };
        let mut layers: Vec<Layer<'b>> = blocks.iter().rev().map(layer).collect();
        if let Some(Tier::Scheduled { retain: Some(retain), .. }) = tier {
            // Above the defaults and the storage class, below what is about this volume.
            layers.insert(1 + usize::from(self.class.is_some()), Layer::TierRetain(retain));
        }
        layers
    }

    /// Returns the tier's word, and whether anything names it.
    fn tier(&self, configured: Option<String>) -> (String, bool) {
        match (&self.intent.tier, &self.ruled.tier) {
            (TierAsked::Label(word, _) | TierAsked::Legacy(word), _)
            | (TierAsked::Unspecified, Some((word, _))) => (word.clone(), true),
            (TierAsked::Unspecified, None) => {
                let is_named = configured.is_some();
                (configured.unwrap_or_else(|| DEFAULT_TIER.to_owned()), is_named)
            }
        }
    }

    /// Returns the application: the volume's word, the configuration's, or the run's.
    fn app(&self, problems: &mut Vec<Diagnostic>) -> Option<String> {
        if let Some(app) = &self.intent.app {
            return Some(app.clone());
        }
        let Some(template) = &self.config.app else { return self.config.app_name.clone() };
        let values = Values {
            pvc: &self.facts.name,
            namespace: &self.facts.namespace,
            app: self.config.app_name.as_deref(),
            target: None,
            cluster: self.config.cluster.as_deref(),
            capacity: None,
            storage_class: self.facts.storage_class.as_deref(),
            access_modes: &self.facts.access_modes,
        };
        filled(template, &values, problems)
    }

    /// Returns the identity as a block: stated on both sides, and for a destination the source
    /// that it belongs to.
    fn identity(&self, rule: Option<&IdentityRule>, source: &str) -> Settings {
        let mut block = Settings::default();
        let built_in = Place("the built-in default".into());
        let [username, hostname] = match rule {
            Some(IdentityRule::Inherit) => [None, None],
            Some(IdentityRule::Named { username, hostname }) => [Some(username), Some(hostname)]
                .map(|half| half.map(|t| (Value::from(t.text.as_str()), t.place.clone()))),
            Some(IdentityRule::Explicit) | None => [&self.facts.name, &self.facts.namespace]
                .map(|half| Some((Value::from(half.as_str()), built_in.clone()))),
        };
        let of = json!({
            "sourceName": source,
            "sourceNamespace": self.facts.namespace,
            "sourcePVCName": self.facts.name,
        });
        set(&mut block, None, "username", username);
        set(&mut block, None, "hostname", hostname);
        set(&mut block, Some(Side::Destination), "sourceIdentity", Some((of, built_in)));
        block
    }

    /// Returns the identity that the volume asks for itself, over everything else.
    fn asked_identity(&self) -> Option<Settings> {
        let asked = self.intent.identity.as_ref()?;
        let place = || Place(format!("the annotation {}", labels::BACKUP_IDENTITY).into());
        let hostname = asked.hostname.as_ref().unwrap_or(&self.facts.namespace);
        let mut block = Settings::default();
        set(&mut block, None, "username", Some((asked.username.as_str().into(), place())));
        set(&mut block, None, "hostname", Some((hostname.as_str().into(), place())));
        Some(block)
    }
}

fn set(block: &mut Settings, side: Option<Side>, name: &str, value: Option<(Value, Place)>) {
    if let (Some((value, place)), Some(field)) = (value, position(name)) {
        block.set(Entry { path: FieldPath { side, field, part: None }, value, place });
    }
}

/// Fills a text in, or says why it cannot be.
pub(super) fn filled(
    template: &Template,
    values: &Values<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<String> {
    match values.fill(&template.text) {
        Ok(text) => Some(text),
        Err(word) => {
            problems.extend(missing(&word, &template.place));
            None
        }
    }
}

/// Returns labels and annotations of all blocks, filled in.
fn extra(
    blocks: &[&Settings],
    side: Side,
    values: &Values<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Extra {
    let mut filled_in = |map: &Map<String, Value>, into: &mut Map<String, Value>| {
        for (key, text) in map {
            let place = Place(format!("{key} in labels or annotations of plumber.yaml").into());
            let text = text.as_str().unwrap_or_default().to_owned();
            let text = filled(&Template { text, place }, values, problems);
            into.extend(text.map(|text| (key.clone(), Value::String(text))));
        }
    };
    let mut extra = Extra::default();
    for part in blocks.iter().rev().flat_map(|block| block.extras(side)) {
        filled_in(&part.labels, &mut extra.labels);
        filled_in(&part.annotations, &mut extra.annotations);
    }
    for (key, value) in &extra.labels {
        problems.extend(label_value(key, value.as_str().unwrap_or_default()));
    }
    extra
}

/// Returns the repository's Secret, filled in.
fn secret(
    blocks: &[&Settings],
    values: &Values<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let secret = blocks.iter().find_map(|block| block.repository_secret.as_ref())?;
    match values.fill_value(&secret.value) {
        Ok(filled) => {
            let filled = filled?;
            let name = filled.pointer("/metadata/name").and_then(Value::as_str);
            secret_name(name.unwrap_or_default(), problems);
            Some(filled)
        }
        Err(word) => {
            problems.extend(missing(&word, &secret.place));
            None
        }
    }
}

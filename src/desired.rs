//! Intent × configuration → the objects that should exist for a volume.
//!
//! Takes what a volume says of itself, what is asked and what is configured; gives its sources, its
//! destination and their Secrets with names, identities and triggers, each decided here and
//! nowhere else. Knows nothing of what is in the stream.

mod check;
mod settle;
mod target;

use crate::api::compact::Compact;
use crate::api::mover::Mover;
use crate::api::volsync::{
    self, API_VERSION, DestinationSpec, MANUAL_BACKUP, Metadata, MoverSpec,
    REPLICATION_DESTINATION, REPLICATION_SOURCE, RESTORE_ONCE, Replication, ReplicationDestination,
    ReplicationSource, SourceSpec, Trigger,
};
use crate::api::{labels, name, schedule};
use crate::config::{Config, Tier};
use crate::diagnostic::{Code, Diagnostic};
use crate::intent::{Intent, Part, TierAsked};
use crate::settings::Extra;
use serde_json::{Map, Value, json};
use smol_str::SmolStr;
use std::sync::Arc;

pub use settle::{Settled, Settlement, settle};

/// The tier's word on the pair where none was asked.
const TIER_UNSPECIFIED: &str = "unspecified";
/// The tier that is meant where none was asked.
pub const DEFAULT_TIER: &str = "daily";

/// What a volume says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The namespace it is in.
    pub namespace: String,
    /// Whether its manifest states that namespace; the pair then states it too.
    pub states_namespace: bool,
    /// Its name.
    pub name: String,
    /// The requested size, if it is one.
    pub capacity: Option<Value>,
    /// Its access modes.
    pub access_modes: Vec<String>,
    /// Its storage class.
    pub storage_class: Option<String>,
}

/// What should exist for a volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// "Back this up", once for each target.
    pub sources: Vec<DesiredSource>,
    /// "Restore it"; nothing where only a backup is wanted.
    pub destination: Option<Arc<ReplicationDestination>>,
    /// The Secrets and `ExternalSecret`s of the repositories.
    pub secrets: Vec<Value>,
}

/// A source that should exist.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredSource {
    /// The target, where there are several.
    pub target: Option<String>,
    /// Whether the volume is restored from it.
    pub restores: bool,
    /// The tier's word.
    pub tier: String,
    /// The object.
    pub object: Arc<ReplicationSource>,
    /// Under which name its backups are kept.
    pub identity: Identity,
}

/// The name under which backups are kept. Two volumes that share it mix their data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// What keeps them.
    pub mover: Mover,
    /// The Secret that holds the repository; for restic, which knows no names in a repository,
    /// with its namespace.
    pub repository: String,
    /// kopia's user name.
    pub username: String,
    /// kopia's host name.
    pub hostname: String,
}

impl Identity {
    /// Returns the identity of a source, with the fields of its mover.
    pub fn new(mover: Mover, fields: &Map<String, Value>, name: &str, namespace: &str) -> Self {
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        let repository = text("repository").unwrap_or_default().to_owned();
        match mover {
            Mover::Kopia => {
                let (username, hostname) =
                    volsync::source_identity(text("username"), text("hostname"), name, namespace);
                Self { mover, repository, username, hostname }
            }
            Mover::Restic => Self {
                mover,
                repository: format!("{namespace}/{repository}"),
                username: String::new(),
                hostname: String::new(),
            },
        }
    }
}

impl Desired {
    /// Returns the source that the volume is restored from, else the first.
    pub fn primary(&self) -> Option<&DesiredSource> {
        self.sources.iter().find(|source| source.restores).or(self.sources.first())
    }
}

/// Returns the word of the tier that a label asks for, or that is meant.
pub fn tier_word(asked: &TierAsked) -> &str {
    match asked {
        TierAsked::Label(word, _) | TierAsked::Legacy(word) => word,
        TierAsked::Unspecified => DEFAULT_TIER,
    }
}

/// How the name of a destination ends, where nothing else is configured.
pub const DESTINATION_SUFFIX: &str = "-dst";

/// Returns the name of a volume's destination where nothing else is configured. It must never
/// change: a bound volume's reference cannot.
pub fn destination_name(pvc: &str) -> String {
    format!("{pvc}{DESTINATION_SUFFIX}")
}

/// Returns the objects of a volume; nothing where every target is disabled.
///
/// # Errors
/// A schedule that cannot be.
pub fn desired(
    facts: &Facts,
    intent: &Intent,
    settlement: &Settlement<'_>,
    config: &Config,
) -> Result<Option<Desired>, Vec<Diagnostic>> {
    let sources = Vec::with_capacity(settlement.targets.len());
    let mut desired = Desired { sources, destination: None, secrets: Vec::new() };
    let mut problems = unknown_targets(intent, settlement);
    for settled in &settlement.targets {
        let trigger = match settled.tier {
            Some(Tier::Scheduled { cron, .. }) => {
                match schedule(facts, intent, cron, settled.target) {
                    Ok(cron) => Trigger::Schedule(cron),
                    Err(problem) => {
                        problems.push(problem);
                        continue;
                    }
                }
            }
            Some(Tier::Manual) => match &intent.schedule {
                Some(cron) => Trigger::Schedule(cron.clone()),
                None => Trigger::Manual(MANUAL_BACKUP.into()),
            },
            Some(Tier::Disabled) | None => continue,
        };
        let mover = settled.mover;
        desired.sources.push(DesiredSource {
            target: settled.target.map(str::to_owned),
            restores: settled.restores,
            tier: settled.tier_word.clone(),
            identity: Identity::new(mover, &settled.source, &settled.source_name, &facts.namespace),
            object: Arc::new(Replication {
                api_version: API_VERSION,
                kind: REPLICATION_SOURCE,
                metadata: metadata(
                    &settled.source_name,
                    settled.target,
                    facts,
                    intent,
                    settled,
                    &settled.source_extra,
                ),
                spec: SourceSpec {
                    source_pvc: facts.name.clone(),
                    trigger,
                    mover: MoverSpec { mover, fields: (&settled.source).into() },
                },
            }),
        });
        if settled.restores && !settled.backup_only {
            desired.destination = Some(Arc::new(Replication {
                api_version: API_VERSION,
                kind: REPLICATION_DESTINATION,
                metadata: metadata(
                    &settled.destination_name,
                    None,
                    facts,
                    intent,
                    settled,
                    &settled.destination_extra,
                ),
                spec: DestinationSpec {
                    trigger: restore_trigger(facts, intent, settled, config),
                    mover: MoverSpec { mover, fields: (&settled.destination).into() },
                },
            }));
        }
        if let Some(secret) = settled.secret.as_ref().map(|secret| owned(secret, facts, intent))
            && !desired.secrets.contains(&secret)
        {
            desired.secrets.push(secret);
        }
    }
    if !problems.is_empty() {
        problems.dedup();
        return Err(problems);
    }
    Ok((!desired.sources.is_empty()).then_some(desired))
}

/// Finds targets that a volume's minute or hour names and that it does not have.
fn unknown_targets(intent: &Intent, settlement: &Settlement<'_>) -> Vec<Diagnostic> {
    let known: Vec<&str> = settlement.targets.iter().filter_map(|settled| settled.target).collect();
    let parts = [(labels::MINUTE, &intent.minute), (labels::HOUR, &intent.hour)];
    let named = parts.into_iter().flat_map(|(key, part)| {
        part.iter().flat_map(Part::targets).map(move |target| (key, target))
    });
    named
        .filter(|(_, target)| !known.contains(target))
        .map(|(key, target)| {
            let message =
                format!("{key} names the target `{target}`, which the volume does not have");
            let help = if known.is_empty() {
                format!("write the value alone: {key}: \"5\"")
            } else {
                format!("its targets are {}", known.join(", "))
            };
            Diagnostic::new(Code::InvalidSetting, message).help(help)
        })
        .collect()
}

/// Returns when a volume is backed up: its own cron, or the tier's with its own minute and hour.
fn schedule(
    facts: &Facts,
    intent: &Intent,
    cron: &crate::config::Cron,
    target: Option<&str>,
) -> Result<String, Diagnostic> {
    let invalid = |message: String, help: String| {
        Err(Diagnostic::new(Code::InvalidSetting, message).help(help))
    };
    let part = |part: &Option<Part>| Some(part.as_ref()?.of(target)?.to_owned());
    let (minute, hour) = (part(&intent.minute), part(&intent.hour));
    for (key, asked, placeholder) in
        [(labels::MINUTE, &minute, "{minute}"), (labels::HOUR, &hour, "{hour}")]
    {
        let effective = intent.schedule.as_deref().unwrap_or(cron.template());
        if asked.is_some() && !effective.contains(placeholder) {
            return invalid(
                format!("{key} has no effect: the schedule `{effective}` has no {placeholder}"),
                format!("write the whole schedule instead: {}: \"30 4 * * *\"", labels::SCHEDULE),
            );
        }
    }
    if let Some(schedule) = &intent.schedule {
        return Ok(schedule.clone());
    }
    let (minute, hour) = (minute.as_deref(), hour.as_deref());
    let text = cron.for_volume_at(&facts.namespace, &facts.name, minute, hour);
    match schedule::check(&text) {
        Ok(()) => Ok(text),
        Err(why) => invalid(
            format!("the schedule becomes `{text}`, which {why}"),
            format!("write the whole schedule instead: {}: \"30 4 * * *\"", labels::SCHEDULE),
        ),
    }
}

/// When the destination restores: at a new token, by a refresh cron, or once. The volume's own
/// word comes before the configuration's.
fn restore_trigger(
    facts: &Facts,
    intent: &Intent,
    settled: &Settled<'_>,
    config: &Config,
) -> Trigger {
    let refresh = config.restore.refresh.as_ref();
    match (&intent.restore_token, &intent.restore_refresh, &settled.restore_trigger, refresh) {
        (Some(token), _, _, _) => Trigger::Manual(token.clone()),
        (None, Some(cron), _, _) => Trigger::Schedule(cron.clone()),
        (None, None, Some(trigger), _) => Trigger::Manual(trigger.clone()),
        (None, None, None, Some(cron)) => {
            Trigger::Schedule(cron.for_volume(&facts.namespace, &facts.name))
        }
        (None, None, None, None) => Trigger::Manual(RESTORE_ONCE.into()),
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn metadata(
    name: &str,
    target: Option<&str>,
    facts: &Facts,
    intent: &Intent,
    settled: &Settled<'_>,
    extra: &Extra,
) -> Metadata {
    let pvc = compact(&name::label_value(&facts.name));
    let tier = if settled.tier_is_named { &settled.tier_word } else { TIER_UNSPECIFIED };
    let key = SmolStr::new_static;
    let labels = [
        (key(labels::MANAGED_BY), Compact::Text(key(labels::MANAGED_BY_US))),
        (key(labels::SOURCE_NAMESPACE), compact(&facts.namespace)),
        (key(labels::SOURCE_PVC), pvc.clone()),
        (key(labels::TIER), compact(tier)),
        (key(labels::VOLSYNC_PVC), pvc),
    ];
    let target = target.map(|target| (key(labels::TARGET), compact(target)));
    let wave = intent.sync_wave.as_ref();
    let wave = wave.map(|wave| (key(labels::ARGOCD_SYNC_WAVE), compact(wave)));
    let identity = compact(&format!("{}/{}", facts.namespace, facts.name));
    let annotations = wave.into_iter().chain([(key(labels::BACKUP_IDENTITY), identity)]);
    Metadata {
        name: name.to_owned(),
        namespace: facts.states_namespace.then(|| facts.namespace.clone()),
        labels: labels.into_iter().chain(target).chain(given(&extra.labels)).collect(),
        annotations: annotations.chain(given(&extra.annotations)).collect(),
    }
}

fn compact(text: &str) -> Compact {
    Compact::Text(text.into())
}

fn given(map: &Map<String, Value>) -> impl Iterator<Item = (SmolStr, Compact)> {
    map.iter().map(|(key, value)| (key.into(), value.into()))
}

fn waved(intent: &Intent) -> Map<String, Value> {
    let wave = intent.sync_wave.as_ref();
    wave.map(|wave| (labels::ARGOCD_SYNC_WAVE.to_owned(), text(wave))).into_iter().collect()
}

/// Returns a Secret as it is written: in the volume's namespace and wave, with the labels that say
/// whose it is. It may be shared, so it names no volume.
fn owned(secret: &Value, facts: &Facts, intent: &Intent) -> Value {
    let mut secret = secret.clone();
    let metadata = &mut secret["metadata"];
    let given = metadata.as_object_mut().map(std::mem::take).unwrap_or_default();
    let part = |key: &str| given.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
    let mut ordered = Map::new();
    ordered.insert("name".into(), given.get("name").cloned().unwrap_or_default());
    if facts.states_namespace {
        ordered.insert("namespace".into(), text(&facts.namespace));
    }
    let mut labels = part("labels");
    labels.insert(labels::MANAGED_BY.into(), text(labels::MANAGED_BY_US));
    labels.insert(labels::SOURCE_NAMESPACE.into(), text(&facts.namespace));
    ordered.insert("labels".into(), Value::Object(labels));
    let mut annotations = part("annotations");
    annotations.extend(waved(intent));
    if !annotations.is_empty() {
        ordered.insert("annotations".into(), Value::Object(annotations));
    }
    *metadata = json!(ordered);
    secret
}

//! Intent × configuration → the objects that should exist for a volume.
//!
//! Takes what a volume says of itself, what is asked and what is configured; gives the pair with
//! its names, identity and triggers, each decided here and nowhere else. Knows nothing of what is
//! in the stream.

use crate::api::volsync::{
    API_VERSION, DestinationKopia, DestinationSpec, Keys, MANUAL_BACKUP, Metadata,
    MoverSecurityContext, REPLICATION_DESTINATION, REPLICATION_SOURCE, RESTORE_ONCE, Replication,
    ReplicationDestination, ReplicationSource, SourceIdentity, SourceKopia, SourceSpec, Trigger,
    Volume,
};
use crate::api::{labels, name};
use crate::config::{Config, Tier};
use crate::intent::{Intent, RestoreMode, TierAsked};
use serde_json::Value;
use std::sync::Arc;

/// The copy method of a destination: the volume populator reads snapshots and nothing else.
const DESTINATION_COPY_METHOD: &str = "Snapshot";
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
    /// The requested size.
    pub capacity: Value,
    /// Its access modes.
    pub access_modes: Vec<String>,
    /// Its storage class.
    pub storage_class: Option<String>,
}

/// What should exist for a volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// "Back this up".
    pub source: Arc<ReplicationSource>,
    /// "Restore it"; nothing where only a backup is wanted.
    pub destination: Option<Arc<ReplicationDestination>>,
}

/// The name under which backups are kept. Two volumes that share it mix their data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The Secret that holds the repository.
    pub repository: String,
    /// kopia's user name.
    pub username: String,
    /// kopia's host name.
    pub hostname: String,
}

impl Desired {
    /// Returns the identity of the pair.
    pub fn identity(&self) -> (&str, &str) {
        (&self.source.spec.kopia.username, &self.source.spec.kopia.hostname)
    }
}

/// Returns the name of a volume's source.
pub fn source_name(pvc: &str) -> String {
    pvc.to_owned()
}

/// Returns the name of a volume's destination. It must never change: a bound volume's reference
/// cannot.
pub fn destination_name(pvc: &str) -> String {
    format!("{pvc}-dst")
}

/// Returns the word of the tier that is asked for, or meant.
pub fn tier_word(asked: &TierAsked) -> &str {
    match asked {
        TierAsked::Label(word, _) | TierAsked::Legacy(word) => word,
        TierAsked::Unspecified => DEFAULT_TIER,
    }
}

/// Returns the pair of a volume in a tier; nothing in the tier `disabled`.
pub fn desired(facts: &Facts, intent: &Intent, tier: &Tier, config: &Config) -> Option<Desired> {
    let (trigger, retain) = match tier {
        Tier::Scheduled { cron, retain } => {
            (Trigger::Schedule(cron.for_volume(&facts.namespace, &facts.name)), *retain)
        }
        Tier::Manual => (Trigger::Manual(MANUAL_BACKUP.into()), None),
        Tier::Disabled => return None,
    };
    let defaults = &config.defaults;
    let (username, hostname) = match &intent.identity {
        Some(asked) => (
            asked.username.clone(),
            asked.hostname.clone().unwrap_or_else(|| facts.namespace.clone()),
        ),
        None => (facts.name.clone(), facts.namespace.clone()),
    };
    let volume = Volume {
        copy_method: defaults.copy_method.clone(),
        storage_class_name: first([
            &intent.storage_class,
            &facts.storage_class,
            &defaults.storage_class_name,
        ]),
        volume_snapshot_class_name: first([
            &intent.snapshot_class,
            &defaults.volume_snapshot_class_name,
        ]),
        cache_capacity: first([&intent.cache_capacity, &defaults.cache_capacity]),
    };
    let security = security(intent, config);
    let source = Arc::new(Replication {
        api_version: API_VERSION,
        kind: REPLICATION_SOURCE,
        metadata: metadata(source_name(&facts.name), facts, intent),
        spec: SourceSpec {
            source_pvc: facts.name.clone(),
            trigger,
            kopia: SourceKopia {
                repository: config.repository.clone(),
                username: username.clone(),
                hostname: hostname.clone(),
                compression: defaults.compression.clone(),
                parallelism: defaults.parallelism,
                volume: volume.clone(),
                retain: retain.or(defaults.retain),
                mover_security_context: security,
            },
        },
    });
    let destination = (intent.restore != RestoreMode::Never).then(|| {
        Arc::new(Replication {
            api_version: API_VERSION,
            kind: REPLICATION_DESTINATION,
            metadata: metadata(destination_name(&facts.name), facts, intent),
            spec: DestinationSpec {
                trigger: restore_trigger(facts, intent, config),
                kopia: DestinationKopia {
                    repository: config.repository.clone(),
                    username,
                    hostname,
                    source_identity: SourceIdentity {
                        source_name: source_name(&facts.name),
                        source_namespace: facts.namespace.clone(),
                        source_pvc_name: facts.name.clone(),
                    },
                    volume: Volume { copy_method: DESTINATION_COPY_METHOD.into(), ..volume },
                    access_modes: facts.access_modes.clone(),
                    capacity: facts.capacity.clone(),
                    mover_security_context: security,
                },
            },
        })
    });
    Some(Desired { source, destination })
}

/// When the destination restores: at a new token, by a refresh cron, or once. The volume's own
/// word comes before the configuration's.
fn restore_trigger(facts: &Facts, intent: &Intent, config: &Config) -> Trigger {
    let configured = || config.restore.refresh.as_ref();
    match (&intent.restore_token, &intent.restore_refresh) {
        (Some(token), _) => Trigger::Manual(token.clone()),
        (None, Some(cron)) => Trigger::Schedule(cron.clone()),
        (None, None) => configured().map_or_else(
            || Trigger::Manual(RESTORE_ONCE.into()),
            |cron| Trigger::Schedule(cron.for_volume(&facts.namespace, &facts.name)),
        ),
    }
}

fn security(intent: &Intent, config: &Config) -> Option<MoverSecurityContext> {
    let asked = intent.security;
    let default = config.defaults.mover_security_context;
    let security = MoverSecurityContext {
        run_as_user: asked.run_as_user.or(default.run_as_user),
        run_as_group: asked.run_as_group.or(default.run_as_group),
        fs_group: asked.fs_group.or(default.fs_group),
    };
    (security != MoverSecurityContext::default()).then_some(security)
}

fn metadata(name: String, facts: &Facts, intent: &Intent) -> Metadata {
    let pvc = name::label_value(&facts.name);
    let tier = match &intent.tier {
        TierAsked::Label(word, _) | TierAsked::Legacy(word) => word,
        TierAsked::Unspecified => TIER_UNSPECIFIED,
    };
    let labels = [
        (labels::MANAGED_BY, labels::MANAGED_BY_US.to_owned()),
        (labels::SOURCE_NAMESPACE, facts.namespace.clone()),
        (labels::SOURCE_PVC, pvc.clone()),
        (labels::TIER, tier.to_owned()),
        (labels::VOLSYNC_PVC, pvc),
    ];
    let wave = intent.sync_wave.iter().map(|wave| (labels::ARGOCD_SYNC_WAVE, wave.clone()));
    let identity = (labels::BACKUP_IDENTITY, format!("{}/{}", facts.namespace, facts.name));
    Metadata {
        name,
        namespace: facts.states_namespace.then(|| facts.namespace.clone()),
        labels: Keys(labels.into()),
        annotations: Keys(wave.chain([identity]).collect()),
    }
}

/// Returns the first value that is there.
fn first<const N: usize>(choices: [&Option<String>; N]) -> Option<String> {
    choices.into_iter().flatten().find(|choice| !choice.is_empty()).cloned()
}

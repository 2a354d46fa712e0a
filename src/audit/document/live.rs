//! What is in the cluster, as the document shows it.

use super::word::{self, Word};
use serde::{Deserialize, Serialize};

/// A source or a destination.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HalfV1 {
    /// Its name.
    pub name: String,
    /// The Secret of its repository.
    pub repository: Option<String>,
    /// Its identity, as `username@hostname`; null where the mover has none.
    pub identity: Option<String>,
    /// Its schedule.
    pub schedule: Option<String>,
    /// Its manual trigger.
    pub manual: Option<String>,
}

/// What is in the cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LiveV1 {
    /// The volume.
    pub pvc: Option<LivePvc>,
    /// The source.
    pub rs: Option<LiveHalf>,
    /// The destination.
    pub rd: Option<LiveHalf>,
    /// The snapshot that would be replayed.
    pub snapshot: Option<LiveSnapshot>,
}

/// A volume in the cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LivePvc {
    /// Its uid.
    pub uid: Option<String>,
    /// Its phase.
    pub phase: Option<String>,
    /// The destination that its reference names.
    pub data_source_ref: Option<String>,
}

/// A source or a destination in the cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LiveHalf {
    /// What it is.
    #[serde(flatten)]
    pub half: HalfV1,
    /// When it last succeeded.
    pub last_sync: Option<String>,
    /// The token of its last manual success.
    pub last_manual_sync: Option<String>,
    /// How its last attempt ended.
    pub result: Option<String>,
    /// Of a destination: its image.
    pub latest_image: Option<String>,
}

/// A snapshot in the cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LiveSnapshot {
    /// Its name.
    pub name: String,
    /// Whether it is ready to use.
    pub ready: Option<bool>,
    /// When it was taken.
    pub created: Option<String>,
}

/// The backups of a volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BackupV1 {
    /// `volsync-kopia`, `volsync-restic`, another mover's name, or null.
    pub engine: Option<String>,
    /// When the last one succeeded.
    pub last_success: Option<String>,
    /// How long ago that was.
    pub age_seconds: Option<i64>,
    /// The longest time between two, by the schedule.
    pub cadence_seconds: Option<i64>,
    /// When the next one starts.
    pub next: Option<String>,
    /// How the last attempt ended.
    pub result: Option<String>,
    /// Whether the last one was seen to write data: `proven`, `absent` or `unknown`.
    #[serde(deserialize_with = "word::data_evidence")]
    pub data_evidence: Word,
}

//! One volume with everything that belongs to it, in Git and in the cluster.
//!
//! Joins by name as Git states it: what the cluster has beside that is no evidence for this
//! volume, whatever it is called.

mod join;
mod reference;
mod standing;

pub use reference::Reference;
pub use standing::Standing;

use super::finding::Evidence;
use super::intended::{Intended, Intent, Origin, Unrendered, Wired};
use super::key::Key;
use super::observed::{
    Application, Coverage, Desk, ExternalSecret, Kind, Live, Observed, Replication, Snapshot,
    Volume,
};
use super::shared::Shared;
use super::spec::{Role, Spec};
use crate::api::labels;
use crate::object::Node;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// What is asked of every volume: against what it is looked at, and when.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What Git intends for all volumes.
    pub intent: &'a Intent,
    /// What was seen of all.
    pub observed: &'a Observed,
    /// What volumes share.
    pub shared: &'a Shared,
    /// Where what is read is laid.
    pub desk: &'a Desk,
    /// The time at which the question is asked.
    pub now: Timestamp,
}

/// One volume with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// Namespace and name.
    pub key: &'a Key,
    /// What Git intends for all volumes.
    pub intent: &'a Intent,
    /// What was seen of all.
    pub observed: &'a Observed,
    /// What volumes share.
    pub shared: &'a Shared,
    /// Where what is read is laid.
    pub desk: &'a Desk,
    /// The time at which the question is asked.
    pub now: Timestamp,
    /// What is expected of it.
    pub standing: Standing,
    /// What Git intends for it.
    pub git: Option<&'a Intended>,
    /// What that is rendered with.
    pub git_origin: Option<&'a Arc<Origin>>,
    /// The rendered manifest of the volume, or the template.
    pub git_pvc: Option<&'a Node>,
    /// The reference that is rendered.
    pub git_ref: Reference<'a>,
    /// The rendered source.
    pub git_rs: Option<&'a Wired>,
    /// The rendered destination that the rendered reference names; without a reference, its own.
    pub git_rd: Option<&'a Wired>,
    /// The volume in the cluster.
    pub live: Option<&'a Volume>,
    /// Its reference in the cluster.
    pub live_ref: Reference<'a>,
    /// The source in the cluster: the one of Git's name, or any where Git has none.
    pub live_rs: Option<&'a Replication>,
    /// The destination in the cluster: the one of Git's name, or any where Git has none.
    pub live_rd: Option<&'a Replication>,
    /// The snapshot that the destination names.
    pub snapshot: Option<&'a Snapshot>,
}

impl<'a> Case<'a> {
    /// Returns its manifests that are not rendered.
    pub fn unrendered(&self) -> impl Iterator<Item = &'a Unrendered> {
        let key = self.key;
        let manifests =
            self.intent.unrendered.get(key.name()).map(Vec::as_slice).unwrap_or_default();
        manifests.iter().filter(move |manifest| {
            manifest.namespace.as_ref().is_none_or(|namespace| *namespace == key.namespace())
        })
    }

    /// Returns the part that would have to render for what Git intends for it to be known.
    pub fn gap(&self) -> Option<&'a Origin> {
        match self.git_origin {
            Some(origin) => Some(origin.as_ref()).filter(|origin| origin.error.is_some()),
            None => self.intent.gap(self.namespace(), self.application()),
        }
    }

    /// Returns what it is rendered with; where Git does not know it, what all others are.
    pub fn origin(&self) -> Option<&'a Origin> {
        match (self.git_origin, self.intent.origins.as_slice()) {
            (Some(origin), _) | (None, [origin]) => Some(origin),
            (None, _) => None,
        }
    }

    /// Returns its namespace.
    pub fn namespace(&self) -> &'a str {
        self.key.namespace()
    }

    /// Returns its name.
    pub fn name(&self) -> &'a str {
        self.key.name()
    }

    /// Returns whether a kind was listed: only then does absence mean anything.
    pub fn listed(&self, kind: Kind) -> bool {
        self.observed.coverage(kind) == Coverage::Listed
    }

    /// Returns a part of the rendered spec.
    pub fn git_spec(&self, key: &str) -> Option<&'a Node> {
        self.git_pvc?.at(&["spec", key]).filter(|node| !node.is_null())
    }

    /// Returns the name of the destination that the rendered reference names.
    pub fn target(&self) -> Option<&'a str> {
        match self.git_ref {
            Reference::Destination(name) => Some(name),
            Reference::None | Reference::Elsewhere(_) => None,
        }
    }

    /// Returns whether the rendered manifests bring the volume back by themselves.
    pub fn is_wired(&self) -> bool {
        self.target().is_some() && self.git_rd.is_some() && self.git_rs.is_some()
    }

    /// Reads the rendered source.
    pub fn git_source(&self) -> Option<Spec<'a>> {
        self.git_rs.map(|rs| rs.spec(Role::Source))
    }

    /// Reads the rendered destination.
    pub fn git_destination(&self) -> Option<Spec<'a>> {
        self.git_rd.map(|rd| rd.spec(Role::Destination))
    }

    /// Reads the source in the cluster.
    pub fn live_source(&self) -> Option<Spec<'a>> {
        self.live_rs.map(|rs| spec(Role::Source, &rs.live))
    }

    /// Reads the destination in the cluster.
    pub fn live_destination(&self) -> Option<Spec<'a>> {
        self.live_rd.map(|rd| spec(Role::Destination, &rd.live))
    }

    /// Returns when the last backup succeeded.
    pub fn last_backup(&self) -> Option<Timestamp> {
        self.live_rs.and_then(|rs| rs.status.last_sync)
    }

    /// Returns the time from which the destination's image can hold no newer backup: when its
    /// restore began.
    pub fn image_time(&self) -> Option<Timestamp> {
        let status = &self.live_rd?.status;
        status.last_sync?.checked_sub(status.last_sync_duration?).ok()
    }

    /// Returns how long ago a time was.
    pub fn age(&self, time: Timestamp) -> SignedDuration {
        self.now.duration_since(time)
    }

    /// Returns the longest time between two backups by the rendered schedule; by the cluster's
    /// where Git has none.
    pub fn cadence(&self) -> Option<SignedDuration> {
        let git = self.git_source();
        let spec = git.or_else(|| self.live_source())?;
        self.shared.cadence(spec.schedule()?)
    }

    /// Returns whether its owner asks for backups on demand alone.
    pub fn is_on_demand(&self) -> bool {
        self.git.is_some_and(|git| git.tier.as_deref() == Some("manual"))
            && self.git_source().is_some_and(|rs| rs.schedule().is_none())
    }

    /// Returns the application of Argo CD that keeps it, by its name, as its objects in the
    /// cluster say.
    pub fn application(&self) -> Option<&'a str> {
        let lives = [
            self.live.map(|pvc| &pvc.live),
            self.live_rs.map(|rs| &rs.live),
            self.live_rd.map(|rd| &rd.live),
        ];
        lives.into_iter().flatten().find_map(|live| {
            let tracking = live.annotation(TRACKING_ID).and_then(|id| id.split(':').next());
            let name = tracking.or_else(|| live.label(labels::ARGOCD_INSTANCE))?;
            // Applications in other namespaces are tracked as `<namespace>_<name>`.
            (!name.is_empty()).then_some(name)
        })
    }

    /// Returns the applications of that name that were seen.
    pub fn applications(&self) -> impl Iterator<Item = &'a Application> {
        let keys = self.application().into_iter().flat_map(|name| self.shared.tracking_as(name));
        let (desk, observed) = (self.desk, self.observed);
        keys.filter_map(|key| desk.application(observed, key))
    }

    /// Returns the sources of the cluster that back it up.
    pub fn sources(&self) -> impl Iterator<Item = &'a Replication> {
        let (desk, observed) = (self.desk, self.observed);
        self.shared.sources_of(self.key).filter_map(|key| desk.source(observed, key))
    }

    /// Returns what makes a Secret of its namespace.
    pub fn makers_of(&self, secret: &Key) -> impl Iterator<Item = &'a ExternalSecret> {
        let (desk, observed) = (self.desk, self.observed);
        self.shared.makers_of(secret).filter_map(|key| desk.external_secret(observed, key))
    }

    /// Returns the rendered sources that keep it elsewhere, beside the one that is restored.
    pub fn other_targets(&self) -> impl Iterator<Item = &'a Wired> {
        let own = self.git_rs.map(|rs| rs.name.as_str());
        let (desk, intent) = (self.desk, self.intent);
        let keys = self.shared.rendered_of(self.key);
        keys.filter(move |key| Some(key.name()) != own)
            .filter_map(|key| intent.source(key).map(|rs| desk.lay(rs)))
    }

    /// Makes evidence of a field of the volume's manifest.
    pub fn git_evidence(
        &self,
        field: &str,
        value: impl Into<serde_json::Value>,
    ) -> Option<Evidence> {
        self.git.map(|git| git.evidence(field, value))
    }

    /// Returns what every verdict is made from, good or bad.
    pub fn chain(&self) -> Vec<Evidence> {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let mut chain = Vec::new();
        for half in [self.live_rs, self.live_rd].into_iter().flatten() {
            let (live, status) = (&half.live, &half.status);
            chain.push(live.evidence("status.lastSyncTime", time(status.last_sync)));
            let result = status.result.as_deref();
            chain.push(live.evidence("status.latestMoverStatus.result", result));
            chain.push(live.evidence("status.latestMoverStatus.logs", status.logs.as_deref()));
        }
        if let Some(rd) = self.live_rd {
            let image = rd.status.latest_image.as_ref().map(|image| image.name.as_str());
            chain.push(rd.live.evidence("status.latestImage.name", image));
        }
        if let Some(snapshot) = self.snapshot {
            chain.push(snapshot.live.evidence("status.readyToUse", snapshot.ready));
        }
        chain
    }
}

/// Argo CD's annotation that says whose an object is.
const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";

/// Reads an object of the cluster.
pub(super) fn spec(role: Role, live: &Live) -> Spec<'_> {
    Spec::new(role, live.namespace(), live.name(), &live.node)
}

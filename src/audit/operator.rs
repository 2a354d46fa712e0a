//! What the pvc-plumber operator says of a volume, by its own rules: whether its labels and the
//! pair beside it fit. Whether the volume would come back is another question.

use super::case::Case;
use super::key::Key;
use super::observed::Replication;
use super::spec::{Mover, Role, Spec};
use crate::api::{labels, volume};
use crate::config::{Config, Tier};
use crate::desired::{destination_name, tier_word};
use crate::intent::{self, Exempt, Fuse, Intent, Metadata, Scope, TierAsked};
use crate::object::{Location, Mark, Object, ObjectRef};
use crate::plan::Verdict;

/// Every action, as the operator counts them.
pub(super) const ACTIONS: &[&str] = &[
    "already-matches",
    "inline-argo-observed",
    "needs-human-review",
    "skipped-exempt",
    "skipped-namespace-not-managed",
    "skipped-not-opted-in",
    "would-adopt",
    "would-create",
    "would-delete",
    "would-update",
    "write-gate-missing",
];

/// Every owner, as the operator counts them.
pub(super) const OWNERS: &[&str] =
    &["inline-argo", "managed-by-pvc-plumber", "none", "unknown", "unmanaged-or-gitops-observed"];

/// Every source of labels, as the operator counts them.
pub(super) const LABEL_SOURCES: &[&str] = &["both", "legacy", "none", "v4"];

/// What the operator says of a volume.
#[derive(Debug, Clone)]
pub(super) struct View<'a> {
    /// What it would do.
    pub action: &'static str,
    /// Whose the pair is.
    pub owner: &'static str,
    /// Which labels opt in.
    pub label_source: &'static str,
    /// The tier's word.
    pub tier: String,
    /// The identity, where one is asked for.
    pub identity: Option<String>,
    /// What should exist; nothing where nothing is asked for.
    pub expected: Option<Expected>,
    /// The source that exists.
    pub rs: Option<&'a Replication>,
    /// The destination that exists.
    pub rd: Option<&'a Replication>,
    /// What is malformed.
    pub blockers: Vec<String>,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

/// What should exist for a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    /// The source's name.
    pub rs_name: String,
    /// The destination's name.
    pub rd_name: String,
    /// The Secret of the repository.
    pub repository: String,
    /// Kopia's user name.
    pub username: String,
    /// Kopia's host name.
    pub hostname: String,
    /// The cron of the source, in a tier that has one.
    schedule: Option<String>,
}

/// Looks at a volume as the operator does: at the one in the cluster, else at the one of Git.
pub(super) fn view<'a>(case: &Case<'a>, config: &Config) -> View<'a> {
    let object = object(case);
    let intent = intent::parse(&[Metadata {
        object: &object,
        node: object.node.get("metadata"),
        scope: Scope::Volume,
    }]);
    let tier = config.tiers.get(tier_word(&intent.tier));
    let expected = expected(case, &intent, tier, config);
    let (desk, observed) = (case.desk, case.observed);
    let rs = case.sources().next();
    let rs = rs.or_else(|| desk.source(observed, &case.key.beside(&expected.rs_name)));
    let rd = case.live_rd;
    let rd = rd.or_else(|| desk.destination(observed, &case.key.beside(&expected.rd_name)));
    let pair = Pair { rs, rd, pvc: case.name(), expected: &expected };
    let owner = pair.owner();
    let mut blockers: Vec<String> =
        intent.problems.iter().map(|problem| problem.message.clone()).collect();
    let mut notes: Vec<String> = intent.notes.iter().map(|note| note.message.clone()).collect();
    if let (None, TierAsked::Label(word, _)) = (tier, &intent.tier) {
        blockers.push(format!("there is no tier `{word}`"));
    }
    let action = match &intent.exempt {
        Exempt::Because(reason) => {
            notes.push(format!("exempt: {reason}"));
            "skipped-exempt"
        }
        Exempt::WithoutReason { .. } => {
            blockers.push("exempt, and no annotation says why".to_owned());
            "needs-human-review"
        }
        Exempt::No if !blockers.is_empty() => "needs-human-review",
        Exempt::No => opted(case, &intent, tier, &pair, owner, config),
    };
    let asked = !matches!(intent.exempt, Exempt::Because(_)) && label_source(&intent) != "none";
    View {
        action,
        owner,
        label_source: label_source(&intent),
        tier: match &intent.tier {
            TierAsked::Label(word, _) | TierAsked::Legacy(word) => word.clone(),
            TierAsked::Unspecified => "unspecified".to_owned(),
        },
        identity: asked.then(|| format!("{}/{}", case.namespace(), case.name())),
        rs,
        rd,
        blockers,
        notes,
        expected: asked.then_some(expected),
    }
}

fn object(case: &Case<'_>) -> Object {
    let node = case.live.map(|live| &live.live.node).or(case.git_pvc);
    let empty = crate::object::Node { value: crate::object::Value::Null, mark: Mark::START };
    Object {
        id: ObjectRef {
            api_version: volume::CORE_V1.to_owned(),
            kind: volume::PVC.to_owned(),
            namespace: Some(case.namespace().to_owned()),
            name: case.name().to_owned(),
        },
        document: 0,
        route: Vec::new(),
        location: Location { source: "volume".into(), mark: Mark::START },
        node: node.cloned().unwrap_or(empty),
    }
}

fn label_source(intent: &Intent) -> &'static str {
    match (intent.enabled == Fuse::On, intent.legacy.is_some()) {
        (true, true) => "both",
        (true, false) => "v4",
        (false, true) => "legacy",
        (false, false) => "none",
    }
}

fn expected(case: &Case<'_>, intent: &Intent, tier: Option<&Tier>, config: &Config) -> Expected {
    let (namespace, name) = (case.namespace(), case.name());
    let (username, hostname) = match &intent.identity {
        Some(asked) => (asked.username.clone(), asked.hostname.clone()),
        None => (name.to_owned(), None),
    };
    // What the configuration has otherwise than the operator is right as Git renders it.
    let wired = case.git.filter(|git| git.verdict == Verdict::Wired);
    let names = wired.map(|git| git.names.clone()).unwrap_or_default();
    let rendered = wired.and(case.git_source());
    let identity = rendered.as_ref().filter(|rs| rs.mover() == Mover::Kopia);
    let (username, hostname) = match identity.and_then(|rs| rs.identity().ok()) {
        Some(identity) => (identity.username, Some(identity.hostname)),
        None => (username, hostname),
    };
    let tiered = || match tier {
        Some(Tier::Scheduled { cron, .. }) => Some(cron.for_volume(namespace, name)),
        Some(Tier::Manual | Tier::Disabled) | None => None,
    };
    Expected {
        rs_name: names.rs.as_deref().unwrap_or(name).to_owned(),
        rd_name: names.rd.map_or_else(|| destination_name(name), String::from),
        repository: rendered
            .as_ref()
            .and_then(|rs| rs.repository().map(str::to_owned))
            .unwrap_or_else(|| config.default_repository()),
        username,
        hostname: hostname.unwrap_or_else(|| namespace.to_owned()),
        schedule: match &rendered {
            Some(rs) => rs.schedule().map(str::to_owned),
            None => tiered(),
        },
    }
}

/// From the fourth decision on: a volume that is not exempt and has no malformed value.
fn opted(
    case: &Case<'_>,
    intent: &Intent,
    tier: Option<&Tier>,
    pair: &Pair<'_>,
    owner: &'static str,
    config: &Config,
) -> &'static str {
    let both = intent.is_write_eligible();
    if intent.enabled != Fuse::On && intent.legacy.is_none() {
        return "skipped-not-opted-in";
    }
    if both && !is_managed(case, config) {
        return "skipped-namespace-not-managed";
    }
    if both && tier == Some(&Tier::Disabled) {
        let ours = owner == "managed-by-pvc-plumber";
        return if ours { "would-delete" } else { "already-matches" };
    }
    let whole = pair.rs.is_some() && pair.rd.is_some();
    match owner {
        "none" if both => "would-create",
        "none" => "write-gate-missing",
        "managed-by-pvc-plumber" if !whole => "would-create",
        "managed-by-pvc-plumber" if pair.fits() && pair.keeps_schedule() => "already-matches",
        "managed-by-pvc-plumber" => "would-update",
        _ if !whole => "needs-human-review",
        "unknown" => "needs-human-review",
        _ if pair.fits() => "already-matches",
        _ => "inline-argo-observed",
    }
}

fn is_managed(case: &Case<'_>, config: &Config) -> bool {
    let namespace = case.namespace();
    if config.namespaces.excluded_by(namespace).is_some() {
        return false;
    }
    let live = case.desk.namespace(case.observed, &Key::of_cluster(namespace));
    let git = case.intent.namespaces.get(namespace);
    let label = match (live, git) {
        (Some(live), _) => live.label(labels::MANAGED_NAMESPACE),
        (None, Some(git)) => git.text_at(&["metadata", "labels", labels::MANAGED_NAMESPACE]),
        (None, None) => None,
    };
    label == Some("true") || config.namespaces.managed_by(namespace).is_some()
}

/// The pair that exists, and what it should be.
struct Pair<'p> {
    rs: Option<&'p Replication>,
    rd: Option<&'p Replication>,
    pvc: &'p str,
    expected: &'p Expected,
}

impl Pair<'_> {
    fn halves(&self) -> impl Iterator<Item = &Replication> {
        self.rs.into_iter().chain(self.rd)
    }

    fn owner(&self) -> &'static str {
        let managed =
            |by: &str| self.halves().any(|half| half.live.label(labels::MANAGED_BY) == Some(by));
        let tracked =
            || self.halves().any(|half| half.live.label(labels::ARGOCD_INSTANCE).is_some());
        if self.halves().next().is_none() {
            "none"
        } else if managed(labels::MANAGED_BY_US) {
            "managed-by-pvc-plumber"
        } else if managed(labels::MANAGED_BY_ARGOCD) || tracked() {
            "inline-argo"
        } else if self.fits() {
            "unmanaged-or-gitops-observed"
        } else {
            "unknown"
        }
    }

    fn source(&self) -> Option<Spec<'_>> {
        self.rs.map(|rs| super::case::spec(Role::Source, &rs.live))
    }

    /// Returns whether names, repository and volume are as they should be: that is all that the
    /// operator compares.
    fn fits(&self) -> bool {
        let (Some(rs), Some(rd)) = (self.source(), self.rd) else { return false };
        let destination = super::case::spec(Role::Destination, &rd.live);
        rs.name() == self.expected.rs_name
            && destination.name() == self.expected.rd_name
            && rs.repository() == Some(&self.expected.repository)
            && destination.repository().is_none_or(|name| name == self.expected.repository)
            && rs.source_pvc().is_none_or(|pvc| pvc == self.pvc)
    }

    fn keeps_schedule(&self) -> bool {
        self.source().and_then(|rs| rs.schedule()) == self.expected.schedule.as_deref()
    }
}

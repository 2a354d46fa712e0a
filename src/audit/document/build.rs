//! A report → the document.

use super::count::Counts;
use super::{
    BackupV1, CurrentV1, Document, Entry, EvidenceV1, ExpectedV1, FindingV1, FixV1, HalfV1,
    IntentSource, IntentV1, LiveHalf, LivePvc, LiveSnapshot, LiveV1, Rated, RestoreReadiness,
    SCHEMA_VERSION,
};
use crate::audit::case::{Case, Reference, Standing};
use crate::audit::finding::{Evidence, Finding};
use crate::audit::intended::Intent;
use crate::audit::observed::{Observed, Replication};
use crate::audit::operator::{self, View};
use crate::audit::packed::Packer;
use crate::audit::spec::{Mover, Role, Spec};
use crate::audit::verdict::{Assessment, DataEvidence};
use crate::audit::{Report, STALE_AFTER};
use crate::config::Config;
use jiff::Timestamp;
use std::sync::Arc;

/// The operator's word for names like `data` and `data-dst`.
const NAMING_STRATEGY: &str = "bare-dst";

impl Document {
    /// Makes the document of a time at which nothing is known yet.
    pub fn empty(now: Timestamp) -> Self {
        let config = Config::default();
        let (intent, observed) = (Intent::default(), Observed::new(now));
        let report = Report {
            now,
            intent: &intent,
            observed: &observed,
            volumes: Vec::new(),
            findings: Vec::new(),
        };
        document(&report, &config)
    }
}

/// Builds the document.
pub fn document(report: &Report<'_>, config: &Config) -> Document {
    let packer = Packer::default();
    let rate = |volume| Arc::new(rate(volume, config, &packer));
    let entries: Vec<Arc<Rated>> = report.volumes.iter().map(rate).collect();
    assemble(report.now, config, report.intent, &report.findings, &entries)
}

/// Builds the entry of one volume.
pub(in crate::audit) fn rate(volume: &Assessment<'_>, config: &Config, packer: &Packer) -> Rated {
    let config =
        volume.case.git_origin.and_then(|origin| origin.config.as_deref()).unwrap_or(config);
    let view = operator::view(&volume.case, config);
    Rated::new(&entry(volume, view, config), packer)
}

/// Puts entries together, which come in the order of their names.
pub(in crate::audit) fn assemble(
    now: Timestamp,
    config: &Config,
    intent: &Intent,
    findings: &[Finding],
    all: &[Arc<Rated>],
) -> Document {
    let sources = intent.origins.iter().map(|origin| IntentSource {
        app: origin.app.clone(),
        repo: origin.repo.clone(),
        revision: origin.revision.clone(),
        path: origin.path.clone(),
        rendered_at: shown(origin.rendered_at.unwrap_or(now)),
        digest: origin.digest.clone(),
        status: match (&origin.refusal, &origin.error) {
            (None, None) => "rendered",
            (Some(_), _) | (_, Some(_)) => "failed",
        },
    });
    let mut counts = Counts::new();
    let mut entries = Vec::with_capacity(all.len());
    for rated in all {
        counts.add(rated);
        entries.push(Arc::clone(rated));
    }
    Document {
        schema_version: SCHEMA_VERSION,
        generated_at: shown(now),
        operator_mode: config.mode.id(),
        naming_strategy: NAMING_STRATEGY,
        default_repo_secret: config.default_repository(),
        summary: counts.summary(),
        readiness: counts.readiness(),
        intent_sources: sources.collect(),
        findings: findings.iter().map(finding).collect(),
        entries,
    }
}

fn shown(time: Timestamp) -> String {
    time.to_string()
}

fn entry(volume: &Assessment<'_>, view: View<'_>, config: &Config) -> Entry {
    let case = &volume.case;
    let observed_at = case.observed.observed_at;
    let mut evidence: Vec<EvidenceV1> = Vec::new();
    let chain = case.chain();
    let findings = volume.findings.iter().flat_map(|finding| &finding.evidence);
    for one in chain.iter().chain(findings).map(evidence_of) {
        if !evidence.contains(&one) {
            evidence.push(one);
        }
    }
    evidence.shrink_to_fit();
    Entry {
        namespace: case.namespace().to_owned(),
        pvc: case.name().to_owned(),
        mode: config.mode.id(),
        current: current(&view),
        tier: view.tier,
        label_source: view.label_source,
        backup_identity: view.identity,
        expected: view.expected.map(|expected| ExpectedV1 {
            rs_name: expected.rs_name,
            rd_name: expected.rd_name,
            repository_secret: expected.repository,
            backup_identity: format!("{}/{}", expected.hostname, expected.username),
            kopia_username: expected.username,
            kopia_hostname: expected.hostname,
        }),
        owner_classification: view.owner,
        action: view.action,
        blockers: view.blockers,
        notes: view.notes,
        evaluated_at: shown(observed_at),
        age_seconds: case.age(observed_at).as_secs(),
        stale: case.age(observed_at) > STALE_AFTER,
        intent: intent(case),
        live: live(case),
        backup: backup(volume),
        restore_readiness: RestoreReadiness {
            verdict: volume.verdict.id(),
            severity: volume.severity.id(),
            rebuild: volume.rebuild.id(),
            pvc_recreate: volume.recreate.id(),
            restore_point: match volume.data {
                DataEvidence::Proven => case.last_backup().map(shown),
                DataEvidence::Absent | DataEvidence::Unknown => None,
            },
            recreate_point: case.image_time().map(shown),
            last_drill: volume.last_drill.map(shown),
            findings: volume.findings.iter().map(finding).collect(),
        },
        evidence,
    }
}

fn current(view: &View<'_>) -> Option<CurrentV1> {
    if view.rs.is_none() && view.rd.is_none() {
        return None;
    }
    let spec = |half: Option<&'_ Replication>, role, read: &dyn Fn(Spec<'_>) -> Option<String>| {
        half.and_then(|half| read(crate::audit::case::spec(role, &half.live)))
    };
    let label = |half: Option<&Replication>| {
        half.and_then(|half| half.live.label(crate::api::labels::MANAGED_BY)).map(str::to_owned)
    };
    let name = |half: Option<&Replication>| half.map(|half| half.live.name().to_owned());
    let repository = |spec: Spec<'_>| spec.repository().map(str::to_owned);
    Some(CurrentV1 {
        rs_present: view.rs.is_some(),
        rs_name: name(view.rs),
        rs_managed_by: label(view.rs),
        rs_repository: spec(view.rs, Role::Source, &repository),
        rs_source_pvc: spec(view.rs, Role::Source, &|spec| spec.source_pvc().map(str::to_owned)),
        rs_schedule: spec(view.rs, Role::Source, &|spec| spec.schedule().map(str::to_owned)),
        rd_present: view.rd.is_some(),
        rd_name: name(view.rd),
        rd_managed_by: label(view.rd),
        rd_repository: spec(view.rd, Role::Destination, &repository),
    })
}

fn intent(case: &Case<'_>) -> IntentV1 {
    IntentV1 {
        source: if case.git.is_some() { "git" } else { "none" },
        app: case.application().map(str::to_owned),
        revision: case.origin().and_then(|origin| origin.revision.clone()),
        path: case.git.map(|git| git.place.to_string()),
        protected: case.standing == Standing::Protected,
        standing: case.standing.id(),
        data_source_ref: case.target().map(str::to_owned),
        rs: case.git_source().map(half),
        rd: case.git_destination().map(half),
    }
}

fn half(spec: Spec<'_>) -> HalfV1 {
    HalfV1 {
        name: spec.name().to_owned(),
        repository: spec.repository().map(str::to_owned),
        identity: match spec.mover() {
            Mover::Kopia => spec.identity().ok().map(|identity| identity.to_string()),
            Mover::Restic | Mover::Other(_) | Mover::Missing => None,
        },
        schedule: spec.schedule().map(str::to_owned),
        manual: spec.manual().map(str::to_owned),
    }
}

fn live(case: &Case<'_>) -> LiveV1 {
    let replication = |half_live: Option<&Replication>, spec: Option<Spec<'_>>| {
        half_live.zip(spec).map(|(live, spec)| LiveHalf {
            half: half(spec),
            last_sync: live.status.last_sync.map(shown),
            last_manual_sync: live.status.last_manual_sync.clone(),
            result: live.status.result.clone(),
            latest_image: live.status.latest_image.as_ref().map(|image| image.name.clone()),
        })
    };
    LiveV1 {
        pvc: case.live.map(|pvc| LivePvc {
            uid: pvc.live.uid.clone(),
            phase: pvc.phase.clone(),
            data_source_ref: match case.live_ref {
                Reference::Destination(name) => Some(name.to_owned()),
                Reference::None | Reference::Elsewhere(_) => None,
            },
        }),
        rs: replication(case.live_rs, case.live_source()),
        rd: replication(case.live_rd, case.live_destination()),
        snapshot: case.snapshot.map(|snapshot| LiveSnapshot {
            name: snapshot.live.name().to_owned(),
            ready: snapshot.ready,
            created: snapshot.taken.map(shown),
        }),
    }
}

fn backup(volume: &Assessment<'_>) -> BackupV1 {
    let case = &volume.case;
    let status = case.live_rs.map(|rs| &rs.status);
    let engine = case.live_source().or(case.git_source()).map(|spec| spec.mover());
    BackupV1 {
        engine: match engine {
            Some(Mover::Kopia) => Some("volsync-kopia".to_owned()),
            Some(Mover::Restic) => Some("volsync-restic".to_owned()),
            Some(Mover::Other(other)) => Some(other),
            Some(Mover::Missing) | None => None,
        },
        last_success: case.last_backup().map(shown),
        age_seconds: case.last_backup().map(|last| case.age(last).as_secs()),
        cadence_seconds: case.cadence().map(|cadence| cadence.as_secs()),
        next: status.and_then(|status| status.next_sync).map(shown),
        result: status.and_then(|status| status.result.clone()),
        data_evidence: volume.data.id(),
    }
}

fn finding(finding: &Finding) -> FindingV1 {
    FindingV1 {
        code: finding.code.id(),
        severity: finding.severity().id(),
        scenario: finding.scenario(),
        message: finding.message.clone(),
        evidence: finding.evidence.iter().map(evidence_of).collect(),
        fix: FixV1 {
            text: finding.fix.text.clone(),
            command: finding.fix.command.clone(),
            doc: format!("docs/runbook.md#{}", finding.code.id()),
        },
    }
}

fn evidence_of(evidence: &Evidence) -> EvidenceV1 {
    EvidenceV1 {
        object: evidence.object.clone(),
        resource_version: evidence.resource_version.clone(),
        observed_at: evidence.observed_at.map(shown),
        field: evidence.field.clone(),
        value: evidence.value.clone(),
    }
}

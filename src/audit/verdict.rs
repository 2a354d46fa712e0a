//! From what was found and what was proved to one conclusion.
//!
//! A volume would be restored only if nothing is known to be wrong and every link of the chain
//! has shown itself: what is not proved is unknown.

use super::case::{Case, Reference, Standing};
use super::code::{Code, Severity};
use super::finding::{Evidence, Finding, Outcome, Scenario};
use super::log::{Sign, sign};
use super::observed::Replication;
use super::rules;
use super::spec::{Mover, Role, Spec};
use crate::api::labels::RESTORE_SOURCE;
use crate::api::volsync::RESTORE_ONCE;
use jiff::Timestamp;
use serde_json::Value;

/// What was seen of the data itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataEvidence {
    /// A backup was seen to write data.
    Proven,
    /// A backup was seen to write none.
    Absent,
    /// Neither.
    Unknown,
}

impl DataEvidence {
    /// All of it.
    pub const ALL: &'static [Self] = &[Self::Proven, Self::Absent, Self::Unknown];

    /// The word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

/// The conclusion on one volume.
#[derive(Debug)]
pub struct Assessment<'a> {
    /// Everything that belongs to it.
    pub case: Case<'a>,
    /// The worst that is known of it, or that it is well.
    pub verdict: Code,
    /// How much that matters.
    pub severity: Severity,
    /// What would happen if the cluster were rebuilt.
    pub rebuild: Outcome,
    /// What would happen if the volume were recreated.
    pub recreate: Outcome,
    /// Everything that was found, the worst first.
    pub findings: Vec<Finding>,
    /// What was seen of the data.
    pub data: DataEvidence,
    /// When a restore of the current image was last seen to read data, beyond the first.
    pub last_drill: Option<Timestamp>,
}

impl Assessment<'_> {
    /// Returns whether something about it matters at least so much. That nobody can say whether
    /// it would come back always does, where it is to: unknown is no green light.
    pub fn fails(&self, from: Severity) -> bool {
        let unknown = [self.rebuild, self.recreate].contains(&Outcome::Unknown);
        unknown && self.case.standing == Standing::Protected
            || self.findings.iter().any(|finding| finding.severity() >= from)
    }

    /// Returns what would happen in a scenario.
    pub fn outcome(&self, scenario: Scenario) -> Outcome {
        match scenario {
            Scenario::Rebuild => self.rebuild,
            Scenario::Recreate => self.recreate,
        }
    }
}

/// Concludes on one volume.
pub(super) fn assess(case: Case<'_>) -> Assessment<'_> {
    let mut findings = merged(rules::find(&case));
    let blind = case.observed.is_blind();
    for scenario in Scenario::ALL {
        let gaps = if case.standing == Standing::Protected && !blind {
            gaps(&case, *scenario)
        } else {
            Vec::new()
        };
        // A gap that another finding explains needs no finding of its own.
        let explained = findings.iter().any(|finding| {
            finding.outcome(*scenario).is_some_and(|outcome| outcome >= Outcome::Unknown)
        });
        if !gaps.is_empty() && !explained {
            unproven(&gaps, *scenario, &mut findings);
        }
    }
    let outcome = |scenario| {
        let base = if blind { Outcome::Unknown } else { case.base() };
        let found = findings.iter().filter_map(|finding| finding.outcome(scenario));
        found.fold(base, Outcome::max)
    };
    let (rebuild, recreate) = (outcome(Scenario::Rebuild), outcome(Scenario::Recreate));
    let worst = |finding: &Finding| {
        std::cmp::Reverse((finding.severity(), finding.rebuild.max(finding.recreate)))
    };
    // Stable: causes stand before what follows from them.
    findings.sort_by_key(worst);
    let last_drill = last_drill(&case);
    let (verdict, severity) = verdict(&case, rebuild, recreate, &findings, last_drill);
    let data = match case.live_rs.zip(case.live_source()) {
        Some((rs, spec)) => match sign(&rs.status, &spec.mover(), Role::Source) {
            Sign::Moved(_) => DataEvidence::Proven,
            Sign::Nothing(_) => DataEvidence::Absent,
            Sign::Denied(_) | Sign::Silent => DataEvidence::Unknown,
        },
        None => DataEvidence::Unknown,
    };
    Assessment { case, verdict, severity, rebuild, recreate, findings, data, last_drill }
}

/// Tells one thing once, with everything that follows from it.
fn merged(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::new();
    for finding in findings {
        let same = merged
            .iter_mut()
            .find(|known| (known.code, &known.message) == (finding.code, &finding.message));
        match same {
            Some(known) => {
                known.rebuild = known.rebuild.max(finding.rebuild);
                known.recreate = known.recreate.max(finding.recreate);
                known.at_least = known.at_least.max(finding.at_least);
                known.evidence.extend(finding.evidence);
            }
            None => merged.push(finding),
        }
    }
    merged
}

fn verdict(
    case: &Case<'_>,
    rebuild: Outcome,
    recreate: Outcome,
    findings: &[Finding],
    last_drill: Option<Timestamp>,
) -> (Code, Severity) {
    let worst = findings.first().map(|finding| (finding.code, finding.severity()));
    let worst = worst.filter(|(_, severity)| *severity > Severity::Info);
    let well = match case.standing {
        Standing::Protected if (rebuild, recreate) == (Outcome::Restore, Outcome::Restore) => {
            let proven = last_drill.is_some();
            Some(if proven { Code::RestorableProven } else { Code::Restorable })
        }
        Standing::Protected | Standing::Unintended => None,
        Standing::Exempt => Some(Code::Exempt),
        Standing::Native => Some(Code::NativeBackup),
        Standing::BackupOnly | Standing::Disabled | Standing::Undecided => Some(Code::NotExpected),
    };
    worst
        .or(well.map(|code| (code, Severity::Info)))
        .unwrap_or((Code::RestorableUnproven, Severity::Medium))
}

/// The reason of VolSync's condition while a mover runs.
const RUNNING: &str = "SyncInProgress";

/// A link of the chain that has not shown itself.
struct Gap {
    what: String,
    evidence: Option<Evidence>,
}

fn unproven(gaps: &[Gap], scenario: Scenario, findings: &mut Vec<Finding>) {
    let what: Vec<&str> = gaps.iter().map(|gap| gap.what.as_str()).collect();
    let message = what.join("; ");
    let same = findings
        .iter_mut()
        .find(|finding| finding.code == Code::RestorableUnproven && finding.message == message);
    if let Some(same) = same {
        *same = same.clone().on(scenario, Outcome::Unknown);
        return;
    }
    findings.push(
        Finding::new(Code::RestorableUnproven, message)
            .on(scenario, Outcome::Unknown)
            .seen(gaps.iter().filter_map(|gap| gap.evidence.clone())),
    );
}

/// Returns what is missing to prove that a volume would be restored, or restored from older data.
fn gaps(case: &Case<'_>, scenario: Scenario) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut gap = |what: String, evidence: Option<Evidence>| gaps.push(Gap { what, evidence });
    if case.live.is_none() {
        gap("the volume is not in the cluster".to_owned(), None);
    }
    if !case.is_wired() {
        gap(
            "the rendered manifests do not hold reference, source and destination".to_owned(),
            None,
        );
    }
    for spec in case.git_source().into_iter().chain(case.git_destination()) {
        match spec.mover() {
            Mover::Kopia | Mover::Restic => {}
            Mover::Other(other) => {
                gap(format!("what {other} says in {} is not understood here", spec.name()), None);
            }
            Mover::Missing => gap(format!("{} names no mover", spec.name()), None),
        }
        if spec.repository().is_none() {
            gap(format!("{} names no repository", spec.name()), None);
        }
    }
    match (case.live_rs, case.live_source()) {
        (Some(rs), Some(spec)) => source(case, rs, spec, &mut gap),
        _ => gap("no source was seen in the cluster".to_owned(), None),
    }
    match (case.live_rd, case.live_destination()) {
        (Some(rd), Some(spec)) => destination(case, scenario, rd, spec, &mut gap),
        _ => gap("no destination was seen in the cluster".to_owned(), None),
    }
    if scenario == Scenario::Recreate {
        let applied = match (&case.live_ref, case.live) {
            (Reference::Destination(name), _) if Some(*name) == case.target() => true,
            (_, Some(pvc)) => pvc.live.annotation(RESTORE_SOURCE) == case.target(),
            (_, None) => false,
        };
        if !applied {
            gap("nothing on the live volume names the destination".to_owned(), None);
        }
    }
    gaps
}

type Missing<'f> = dyn FnMut(String, Option<Evidence>) + 'f;

fn source(case: &Case<'_>, rs: &Replication, spec: Spec<'_>, gap: &mut Missing<'_>) {
    let logs = "status.latestMoverStatus.logs";
    if rs.status.last_sync.is_none() {
        gap("no backup has succeeded".to_owned(), None);
    }
    if case.cadence().is_none() && !case.is_on_demand() {
        let schedule = case.git_source().and_then(|spec| spec.schedule());
        let what = match schedule {
            Some(cron) => format!("how often `{cron}` runs is not known"),
            None => "how often it is backed up is not known".to_owned(),
        };
        gap(what, None);
    }
    if rs.status.synchronizing.is_none() {
        let seen = rs.live.evidence("status.conditions[Synchronizing]", Value::Null);
        gap(format!("VolSync says nothing of the state of {}", spec.name()), Some(seen));
    }
    let running = rs.status.synchronizing.as_ref().is_some_and(|(reason, _)| reason == RUNNING);
    if running && rs.status.last_sync_start.is_none() {
        gap(format!("since when {} is running is not known", spec.name()), None);
    }
    // A failing mover has said so, and its last success was another one's.
    let failing = rs.status.result.as_deref().is_some_and(|result| result != "Successful");
    let sign = sign(&rs.status, &spec.mover(), Role::Source);
    match (&rs.status.logs, sign) {
        (Some(_), Sign::Moved(_)) => {}
        (Some(_), Sign::Silent) if failing => {}
        (Some(words), _) => gap(
            "the last backup does not say that it wrote data".to_owned(),
            Some(rs.live.evidence(logs, words.as_str())),
        ),
        (None, _) => gap(
            "the mover's words on the last backup are not there".to_owned(),
            Some(rs.live.evidence(logs, Value::Null)),
        ),
    }
}

fn destination(
    case: &Case<'_>,
    scenario: Scenario,
    rd: &Replication,
    spec: Spec<'_>,
    gap: &mut Missing<'_>,
) {
    let logs = "status.latestMoverStatus.logs";
    let words = rd.status.logs.as_deref();
    if words.is_none() {
        let seen = rd.live.evidence(logs, Value::Null);
        gap(
            format!("the mover's words on the restore into {} are not there", spec.name()),
            Some(seen),
        );
    }
    let result = rd.status.result.as_deref();
    if result != Some("Successful") {
        let seen = rd.live.evidence("status.latestMoverStatus.result", result);
        let last = words.and_then(|words| words.lines().map(str::trim).rfind(|l| !l.is_empty()));
        let last = last.map(|line| format!(": {line}")).unwrap_or_default();
        gap(format!("the last restore into {} did not succeed{last}", spec.name()), Some(seen));
    }
    if scenario == Scenario::Rebuild {
        return;
    }
    if words.is_some()
        && !matches!(sign(&rd.status, &spec.mover(), Role::Destination), Sign::Moved(_))
    {
        gap(
            format!("the restore into {} does not say that it found data", spec.name()),
            Some(rd.live.evidence(logs, words)),
        );
    }
    if rd.status.synchronizing.as_ref().is_none_or(|(reason, _)| reason == "Error") {
        let seen = rd.live.evidence(
            "status.conditions[Synchronizing].reason",
            rd.status.synchronizing.as_ref().map(|(reason, _)| reason.as_str()),
        );
        gap(format!("VolSync does not say that {} is well", spec.name()), Some(seen));
    }
    if case.image_time().is_none() {
        gap(format!("when the image of {} was made is not known", spec.name()), None);
    }
    if case.snapshot.is_none() {
        gap("the snapshot that would be replayed was not seen".to_owned(), None);
    }
}

/// Returns when a restore was last seen to work that was asked for after the first: a refresh or
/// a token. The first restore of a new destination is no drill.
fn last_drill(case: &Case<'_>) -> Option<Timestamp> {
    let (rd, spec) = (case.live_rd?, case.live_destination()?);
    let asked = match (spec.manual(), spec.schedule()) {
        (Some(token), _) => {
            token != RESTORE_ONCE && rd.status.last_manual_sync.as_deref() == Some(token)
        }
        (None, schedule) => schedule.is_some(),
    };
    let found = matches!(sign(&rd.status, &spec.mover(), Role::Destination), Sign::Moved(_));
    rd.status.last_sync.filter(|_| asked && found)
}

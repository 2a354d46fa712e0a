//! One volume told: every decision in its order, why, and the objects that follow.

use super::text::diagnostic;
use crate::api::volsync::Trigger;
use crate::api::{labels, volume};
use crate::desired::{DEFAULT_TIER, Desired};
use crate::diagnostic::Code;
use crate::intent::{Exempt, Fuse, TierAsked};
use crate::inventory::Owner;
use crate::manifest::{Stream, emit};
use crate::plan::{Gate, Half, NamespaceFrom, Reference, Verdict, VolumePlan};
use crate::settings::hidden;
use std::fmt::Write as _;

/// Tells one volume.
pub fn explain(volume: &VolumePlan, stream: &Stream) -> String {
    let mut out = format!("{}: {}\n", volume.id(), volume.verdict.id());
    let mut line = |text: String| writeln!(out, "{text}").unwrap_or_default();
    let document = stream.number(volume.document);
    let made = volume.template.as_ref().map_or(String::new(), |template| {
        format!(", made by template {} of StatefulSet {}", template.template, template.set)
    });
    line(format!("{}, document {document}{made}", volume.location));
    line(String::new());
    for (n, (what, answer)) in steps(volume).into_iter().enumerate() {
        line(format!("{:>2}. {what:<11} {answer}", n + 1));
    }
    line(String::new());
    let unchanged = if volume.is_applied() { "" } else { ": reported, not changed" };
    line(format!("verdict: {} (mode {}{unchanged})", volume.verdict.id(), volume.mode.id()));
    for reason in &volume.reasons {
        line(diagnostic(reason, None).trim_end().to_owned());
    }
    out.push_str(&objects(volume));
    out
}

/// The decisions in their order; those that were not come to are left out.
fn steps(volume: &VolumePlan) -> Vec<(&'static str, String)> {
    let intent = &volume.intent;
    let mut steps = vec![("exempt", exempt(volume))];
    if intent.exempt != Exempt::No {
        return steps;
    }
    steps.push((
        "values",
        match intent.problems.len() + usize::from(volume.has(Code::InvalidTier)) {
            0 => "every label and annotation has a meaning".into(),
            1 => "1 label or annotation has no meaning".into(),
            n => format!("{n} labels and annotations have no meaning"),
        },
    ));
    steps.push((
        "labels",
        match (&volume.ruled.enabled, intent.states_fuses) {
            (Some((true, place)), false) => format!("none; opted in by the rule at {place}"),
            (Some(_) | None, _) => {
                format!("enabled {}, manage-volsync {}", fuse(intent.enabled), fuse(intent.manage))
            }
        },
    ));
    if volume.verdict == Verdict::SkippedNotOptedIn {
        return steps;
    }
    steps.push(("namespace", namespace(volume)));
    if let Some(gate) = &volume.gate {
        steps.push(("gate", self::gate(gate)));
    }
    steps.push(("tier", tier(volume)));
    if let Some(profile) = profile(volume) {
        steps.push(("profile", profile));
    }
    if let Some(targets) = targets(volume) {
        steps.push(("targets", targets));
    }
    if volume.namespace.is_some() && !volume.has(Code::OrdinalsMissing) {
        steps.push(("pair", pair(volume)));
    }
    if volume.verdict == Verdict::Wired {
        steps.push(("reference", reference(volume)));
        if let Some(rd) = volume.desired.as_ref().and_then(|desired| desired.destination.as_ref()) {
            let when = match &rd.spec.trigger {
                Trigger::Schedule(cron) => format!("refreshed at `{cron}`"),
                Trigger::Manual(token) => format!("made once for the trigger `{token}`"),
            };
            steps.push(("restore", format!("the restore point is {when}")));
        }
    }
    steps
}

fn exempt(volume: &VolumePlan) -> String {
    match &volume.intent.exempt {
        Exempt::No => format!("no: {} is not \"true\"", labels::EXEMPT),
        Exempt::Because(reason) => format!("yes: {reason}"),
        Exempt::WithoutReason { .. } => "yes, without a reason".into(),
    }
}

fn fuse(fuse: Fuse) -> &'static str {
    match fuse {
        Fuse::On => "on",
        Fuse::Off => "off",
        Fuse::Malformed => "unreadable",
    }
}

fn namespace(volume: &VolumePlan) -> String {
    let name = volume.namespace.as_deref().unwrap_or_default();
    match volume.namespace_from {
        NamespaceFrom::Manifest => format!("{name}, stated by the manifest"),
        NamespaceFrom::Default => format!("{name}, given to the run"),
        NamespaceFrom::Unknown => "unknown".into(),
    }
}

fn gate(gate: &Gate) -> String {
    match gate {
        Gate::OpenByLabel(location) => format!("open by the Namespace at {location}"),
        Gate::OpenByConfiguration(by) => format!("open by {by}"),
        Gate::Closed => "closed".into(),
        Gate::Excluded => "closed for good".into(),
    }
}

fn tier(volume: &VolumePlan) -> String {
    let word = match &volume.intent.tier {
        TierAsked::Label(word, location) => format!("{word}, asked at {location}"),
        TierAsked::Legacy(word) => format!("{word}, by the label `{}`", labels::LEGACY_BACKUP),
        TierAsked::Unspecified => match (&volume.ruled.tier, &volume.tier) {
            (Some((word, place)), _) => format!("{word}, by the rule at {place}"),
            (None, Some(word)) if word != DEFAULT_TIER => format!("{word}, by the configuration"),
            (None, _) => "none asked".into(),
        },
    };
    let primary = volume.desired.as_ref().and_then(Desired::primary);
    match primary.map(|source| &source.object.spec.trigger) {
        Some(Trigger::Schedule(cron)) => format!("{word}: backed up at `{cron}`"),
        Some(Trigger::Manual(_)) => format!("{word}: backed up on demand"),
        None if volume.has(Code::InvalidTier) => format!("{word}: there is no such tier"),
        None => word,
    }
}

fn profile(volume: &VolumePlan) -> Option<String> {
    match (&volume.intent.profile, &volume.ruled.profile) {
        (Some((word, location)), _) => Some(format!("{word}, asked at {location}")),
        (None, Some((word, place))) => Some(format!("{word}, by the rule at {place}")),
        (None, None) => None,
    }
}

/// Every target, where there are some.
fn targets(volume: &VolumePlan) -> Option<String> {
    let sources = &volume.desired.as_ref()?.sources;
    let told = sources.iter().filter_map(|source| {
        let restores = if source.restores { ", restored from" } else { "" };
        let repository = source.object.spec.mover.repository();
        let name = source.target.as_ref()?;
        Some(format!("{name} ({}, {repository}{restores})", source.tier))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn pair(volume: &VolumePlan) -> String {
    let halves: Vec<String> = volume.pair.halves().map(half).collect();
    if halves.is_empty() { "none in the stream".into() } else { halves.join("; ") }
}

fn half(half: &Half) -> String {
    let owner = match half.owner {
        Owner::Ours => "rendered earlier",
        Owner::SomebodyElse => "somebody else's",
        Owner::Unknown => "of an unknown owner",
    };
    let fields: Vec<&str> = half.differences.iter().map(|d| d.field.as_str()).collect();
    let drift = if fields.is_empty() {
        "equal".into()
    } else {
        format!("differs in {}", fields.join(", "))
    };
    format!("{} at {}, {owner}, {drift}", half.name, half.location)
}

fn reference(plan: &VolumePlan) -> String {
    let field = volume::DATA_SOURCE_REF;
    match &plan.reference {
        Reference::LeftAlone => "left alone".into(),
        Reference::Injected(name) => format!("spec.{field} is set to {name}"),
        Reference::AlreadySet(name) => format!("spec.{field} names {name} already"),
        Reference::Precreated(name) => format!("the PVC is rendered with spec.{field} {name}"),
        Reference::NotWanted => "not wanted".into(),
        Reference::Elsewhere => "points elsewhere, left alone".into(),
        Reference::InTemplate => "a template cannot be edited".into(),
    }
}

/// The objects that are rendered for the volume, as a stream.
fn objects(volume: &VolumePlan) -> String {
    let Some(desired) = volume.desired.as_ref().filter(|_| volume.verdict == Verdict::Wired) else {
        return String::new();
    };
    let mut out = String::from("\n");
    for source in &desired.sources {
        out.push_str("---\n");
        out.push_str(&emit(&source.object.to_json(), 0, "\n"));
    }
    if let Some(rd) = &desired.destination {
        out.push_str("---\n");
        out.push_str(&emit(&rd.to_json(), 0, "\n"));
    }
    for secret in &desired.secrets {
        out.push_str("---\n");
        out.push_str(&emit(&hidden(secret), 0, "\n"));
    }
    out
}

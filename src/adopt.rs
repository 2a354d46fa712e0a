//! Hand-written sources and destinations → a configuration and labels that say the same, and the
//! proof that they do.
//!
//! Takes what was read; gives the text of a `plumber.yaml`, the labels of each volume, and what
//! cannot be adopted with the reason. Reads and writes no file, and knows no repository.

mod beside;
mod block;
mod cadence;
mod choose;
mod configuration;
mod extract;
mod infer;
mod knobs;
mod missed;
mod names;
mod original;
mod probe;
mod profiles;
mod proof;
mod relocate;
mod rewrite;
mod secrets;
mod subject;
mod values;

pub use beside::changed_beside;
pub use cadence::Minutes;
pub use extract::{Extract, Secret, Volume, extract};
pub use knobs::Knobs;
pub use missed::{FILE, Missed, Why};
pub use original::{Original, Place};
pub use proof::Comparison;
pub use relocate::{Home, Written, is_written, relocate};
pub use rewrite::{Application, FileChange, Removed, built_differently, prove, rewrite};

use crate::api::{labels, volsync};
use crate::diagnostic::Diagnostic;
use crate::manifest::Stream;
use infer::{Inferred, infer};
use probe::built_in;
use proof::{Rendered, compare, render, spread_minutes};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many times volumes are set aside that could not be reproduced.
const ROUNDS: usize = 5;

/// What is proposed for one volume, and what it comes to.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// The volume.
    pub volume: Volume,
    /// Its labels and annotations.
    pub knobs: Knobs,
    /// What was compared.
    pub comparison: Comparison,
    /// The repositories whose `ExternalSecret` is rendered too.
    pub secrets: Vec<String>,
    /// Where the objects stand that are rendered from now on.
    pub leaving: Vec<Place>,
    /// The lines of the objects that are rendered from now on.
    pub lines_before: usize,
    /// The lines that are added to the volume.
    pub lines_after: usize,
}

/// The proposal for all volumes.
#[derive(Debug, Default)]
pub struct Adoption {
    /// The text of `plumber.yaml`.
    pub configuration: String,
    /// The volumes whose objects come out equal.
    pub adopted: Vec<Adopted>,
    /// What cannot be adopted.
    pub missed: Vec<Missed>,
    /// What comes out equal, but whose files have to be changed by hand.
    pub by_hand: Vec<Missed>,
    inferred: configuration::Configuration,
}

/// Infers a configuration and labels, and proves them.
///
/// # Errors
/// The inferred configuration is refused by its own reader, which is a defect of this module.
pub fn adopt(
    stream: &Stream,
    extract: Extract,
    minutes: Minutes,
) -> Result<Adoption, Vec<Diagnostic>> {
    let Extract { mut volumes, mut missed } = extract;
    volumes.retain(|volume| {
        let together =
            volume.originals().find(|original| original.place.document == volume.place.document);
        if let Some(original) = together {
            let location = original.place.location.clone();
            let message =
                format!("its {} stands in one document with it, in a List", original.kind());
            let help = "write each object as a document of its own, then adopt again";
            missed.push(Missed::new(volume.id(), location, Why::NotEditable, message).help(help));
        }
        together.is_none()
    });
    for round in 0..ROUNDS {
        if volumes.is_empty() {
            break;
        }
        let attempt = match best_attempt(stream, &volumes, minutes) {
            Ok(attempt) => attempt,
            Err(found) => {
                let before = volumes.len();
                volumes = acceptable(stream, volumes, minutes, &mut missed);
                if volumes.len() == before {
                    return Err(found);
                }
                continue;
            }
        };
        let refused: Vec<usize> = (0..volumes.len()).filter(|at| attempt.refused(*at)).collect();
        let different =
            (0..volumes.len()).filter(|at| !attempt.comparisons[*at].differences.is_empty());
        // What is refused may be why others differ, so they get another chance without it.
        let bad = if refused.is_empty() || round + 1 == ROUNDS {
            different.chain(refused).collect()
        } else {
            refused
        };
        if bad.is_empty() || round + 1 == ROUNDS {
            let mut adopted = Vec::new();
            for (at, volume) in volumes.into_iter().enumerate() {
                if bad.contains(&at) {
                    missed.push(attempt.why(at, &volume));
                    continue;
                }
                let knobs = attempt.knobs[at].clone();
                let leaving = leaving(&volume, &attempt.secrets[at]);
                let lines_before =
                    leaving.iter().map(|place| written(stream, place, &volume)).sum();
                adopted.push(Adopted {
                    leaving,
                    lines_before,
                    lines_after: added(stream, &volume, &knobs),
                    knobs,
                    comparison: attempt.comparisons[at].clone(),
                    secrets: attempt.secrets[at].clone(),
                    volume,
                });
            }
            let Attempt { configuration, inferred, .. } = attempt;
            let by_hand = Vec::new();
            return Ok(Adoption { configuration, adopted, missed, by_hand, inferred });
        }
        // What cannot be had is no reason to configure anything.
        let mut kept = Vec::new();
        for (at, volume) in volumes.into_iter().enumerate() {
            if bad.contains(&at) {
                missed.push(attempt.why(at, &volume));
            } else {
                kept.push(volume);
            }
        }
        volumes = kept;
    }
    Ok(Adoption { missed, ..Adoption::default() })
}

/// Leaves out the volumes whose values no configuration can hold: those that are refused alone,
/// else those that are refused together with the ones before them.
fn acceptable(
    stream: &Stream,
    volumes: Vec<Volume>,
    minutes: Minutes,
    missed: &mut Vec<Missed>,
) -> Vec<Volume> {
    let mut refuse = |volume: Volume, found: Vec<Diagnostic>| {
        let message = found.first().map(|found| found.message.clone()).unwrap_or_default();
        let location = volume.place.location.clone();
        missed.push(Missed::new(volume.id(), location, Why::Refused, message));
    };
    let before = volumes.len();
    let mut alone = Vec::new();
    for volume in volumes {
        match best_attempt(stream, std::slice::from_ref(&volume), minutes) {
            Ok(_) => alone.push(volume),
            Err(found) => refuse(volume, found),
        }
    }
    if alone.len() < before {
        return alone;
    }
    let mut kept = Vec::new();
    for volume in alone {
        kept.push(volume);
        if let Err(found) = best_attempt(stream, &kept, minutes)
            && let Some(volume) = kept.pop()
        {
            refuse(volume, found);
        }
    }
    kept
}

impl Adoption {
    /// Lets volumes opt in by rules of the configuration, because no file holds them that could be
    /// labelled, and proves them anew. Returns those that rules can say (index into those adopted).
    pub fn opt_in(&mut self, stream: &Stream, at: &[usize], minutes: Minutes) -> Vec<usize> {
        let mut rules: BTreeMap<Rule, Vec<usize>> = BTreeMap::new();
        for at in at {
            let one = &self.adopted[*at];
            if let Some(rule) = rule(one) {
                rules.entry(rule).or_default().push(*at);
            }
        }
        let mut configuration = self.inferred.clone();
        for ((namespace, tier, profile), members) in &rules {
            let names: Vec<&str> =
                members.iter().map(|at| &*self.adopted[*at].volume.name).collect();
            let mut rule = json!({"namespaces": [namespace], "names": names, "enabled": true});
            for (key, word) in [("tier", tier), ("profile", profile)] {
                if let Some(word) = word {
                    rule[key] = json!(word);
                }
            }
            configuration.rules.push(rule);
        }
        let members: Vec<usize> = rules.into_values().flatten().collect();
        let volumes: Vec<Volume> =
            members.iter().map(|at| self.adopted[*at].volume.clone()).collect();
        let none = vec![Knobs::default(); volumes.len()];
        let text = configuration.to_text();
        let Ok(rendered) = render(stream, &volumes, &none, &text) else { return Vec::new() };
        let equal = volumes.iter().zip(&rendered).all(|(volume, rendered)| {
            let mut comparison = compare(volume, rendered);
            if minutes == Minutes::Spread {
                spread_minutes(&mut comparison);
            }
            comparison.differences.is_empty() && rendered.refusal.is_none()
        });
        if !equal || members.is_empty() {
            return Vec::new();
        }
        for at in &members {
            self.adopted[*at].knobs = Knobs::default();
            self.adopted[*at].lines_after = 0;
        }
        self.inferred = configuration;
        self.configuration = text;
        members
    }
}

/// A rule's namespace, tier and profile.
type Rule = (String, Option<String>, Option<String>);

/// Returns what a rule has to say for a volume; nothing where it cannot say it.
fn rule(one: &Adopted) -> Option<Rule> {
    let label = |key: &str| {
        let mut labels = one.knobs.labels.iter();
        labels.find(|(known, _)| known == key).map(|(_, value)| value.clone())
    };
    if !one.knobs.annotations.is_empty() {
        return None;
    }
    Some((one.volume.namespace.clone()?, label(labels::TIER), label(labels::PROFILE)))
}

/// Where a volume's objects stand, with the `ExternalSecret`s that are rendered.
fn leaving(volume: &Volume, secrets: &[String]) -> Vec<Place> {
    let secrets = secrets.iter().filter_map(|name| volume.secrets.get(name));
    let places = volume.originals().map(|original| &original.place);
    places.chain(secrets.map(|secret| &secret.place)).cloned().collect()
}

/// The lines of an object, without blank ones and markers; in a List, those that it would have by
/// itself.
fn written(stream: &Stream, place: &Place, volume: &Volume) -> usize {
    let original = volume.originals().find(|original| {
        original.place.document == place.document && original.place.route == place.route
    });
    match original.filter(|_| !place.route.is_empty()) {
        Some(original) => {
            let object = json!({
                "apiVersion": volsync::API_VERSION,
                "kind": original.kind(),
                "metadata": original.metadata,
                "spec": original.spec,
            });
            lines(&crate::manifest::emit(&object, 0, "\n"))
        }
        None => lines(stream.document(place.document).body()),
    }
}

/// The lines that labels and annotations add to a volume.
fn added(stream: &Stream, volume: &Volume, knobs: &Knobs) -> usize {
    let document = stream.document(volume.place.document);
    let only = crate::manifest::Mark {
        route: &volume.place.route,
        labels: &knobs.labels,
        annotations: &knobs.annotations,
    };
    let after = crate::manifest::mark(document, &[only]);
    after.map_or(knobs.lines(), |text| lines(&text).saturating_sub(lines(document.text)))
}

fn lines(text: &str) -> usize {
    text.lines().filter(|line| !line.trim_ascii().is_empty()).count()
}

/// One configuration with what it renders.
struct Attempt {
    configuration: String,
    inferred: configuration::Configuration,
    knobs: Vec<Knobs>,
    rendered: Vec<Rendered>,
    comparisons: Vec<Comparison>,
    /// The repositories of each volume whose `ExternalSecret` is rendered.
    secrets: Vec<Vec<String>>,
}

impl Attempt {
    fn refused(&self, at: usize) -> bool {
        self.rendered[at].refusal.is_some()
    }

    /// Returns whether every Secret that would be rendered for a volume is there today, and equal.
    fn keeps_secrets(&self, at: usize, volume: &Volume) -> bool {
        self.rendered[at].secrets().count() == self.secrets[at].len()
            && self.comparisons[at].differences.is_empty()
            && self.rendered[at].refusal.is_none()
            && volume.secrets.len() >= self.secrets[at].len()
    }

    /// Says why a volume is not adopted.
    fn why(&self, at: usize, volume: &Volume) -> Missed {
        let location = volume.place.location.clone();
        if let Some(refusal) = &self.rendered[at].refusal {
            let message = format!("it would not be rendered: {}", refusal.message);
            let missed = Missed::new(volume.id(), location, Why::Refused, message);
            return match &refusal.help {
                Some(help) => missed.help(help),
                None => missed,
            };
        }
        let shown: Vec<String> = self.comparisons[at]
            .differences
            .iter()
            .take(4)
            .map(|difference| {
                format!(
                    "{} is {}, would be {}",
                    difference.field,
                    shown(difference.observed.as_ref()),
                    shown(difference.desired.as_ref())
                )
            })
            .collect();
        Missed::new(volume.id(), location, Why::Different, shown.join("; "))
            .help("leave it as it is, or change it by hand first")
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), |value| format!("`{}`", crate::manifest::flow(value)))
}

/// Tries with the `ExternalSecret`s, and without them where they do not come out equal.
fn best_attempt(
    stream: &Stream,
    volumes: &[Volume],
    minutes: Minutes,
) -> Result<Attempt, Vec<Diagnostic>> {
    let probe = |inferred: &Inferred| built_in(stream, volumes, inferred);
    let mut inferred = infer(volumes, minutes, &probe);
    if inferred.configuration.has_secrets() {
        let with = attempt(stream, volumes, minutes, &inferred);
        if let Ok(with) = with
            && volumes.iter().enumerate().all(|(at, volume)| with.keeps_secrets(at, volume))
        {
            return Ok(with);
        }
        inferred.configuration.drop_secrets();
    }
    attempt(stream, volumes, minutes, &inferred)
}

fn attempt(
    stream: &Stream,
    volumes: &[Volume],
    minutes: Minutes,
    inferred: &Inferred,
) -> Result<Attempt, Vec<Diagnostic>> {
    let configuration = inferred.configuration.to_text();
    let knobs: Vec<Knobs> = inferred.marks.iter().map(knobs::knobs).collect();
    let rendered = render(stream, volumes, &knobs, &configuration)?;
    let comparisons = volumes
        .iter()
        .zip(&rendered)
        .map(|(volume, rendered)| {
            let mut comparison = compare(volume, rendered);
            if minutes == Minutes::Spread {
                spread_minutes(&mut comparison);
            }
            comparison
        })
        .collect();
    let secrets = volumes
        .iter()
        .zip(&rendered)
        .map(|(volume, rendered)| {
            let known = volume.secrets.iter().filter(|(_, secret)| rendered.has_secret(secret));
            known.map(|(name, _)| name.clone()).collect()
        })
        .collect();
    let inferred = inferred.configuration.clone();
    Ok(Attempt { configuration, inferred, knobs, rendered, comparisons, secrets })
}

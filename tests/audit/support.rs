//! The cases of `testdata/audit` as values: what Git intends, and the objects that were seen.

use plumber::audit::code::Code;
use plumber::audit::document::Document;
use plumber::audit::{self, Intent, Kind, Origin, Outcome, Packer, Scenario};
use plumber::config::{Config, Flags, Layer, Trust, parse_file, resolve};
use plumber::manifest::{Framing, Source, apply, decode, read, split};
use plumber::plan::plan;
use plumber::source::build::Build;
use plumber::source::files;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The time at which every case asks.
pub(crate) const NOW: &str = "2026-11-02T04:00:00Z";

/// A case: what Git intends, and what was seen.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) config: Config,
    pub(crate) intent: Intent,
    pub(crate) seen: Seen,
}

/// What was seen: objects, and the kinds that were looked at.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) objects: Vec<Value>,
    pub(crate) kinds: Vec<Kind>,
}

/// What would happen to each volume.
pub(crate) type Outcomes = BTreeMap<(String, String), [Outcome; 2]>;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/audit");
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() > 32);
    folders
}

/// Reads every case.
pub(crate) fn cases() -> Vec<Case> {
    folders().iter().map(|folder| case(folder)).collect()
}

/// Reads one case.
pub(crate) fn named(name: &str) -> Case {
    case(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/audit").join(name))
}

fn case(folder: &Path) -> Case {
    let args = std::fs::read_to_string(folder.join("args")).unwrap();
    let mode = args.contains("permissive").then_some(("mode", "permissive", "--mode"));
    let mut layers: Vec<Layer> = Layer::flags(mode).unwrap().into_iter().collect();
    let nearest = ["intent/plumber.yaml", "plumber.yaml"];
    let nearest = nearest.iter().find_map(|file| std::fs::read_to_string(folder.join(file)).ok());
    if let Some(text) = nearest {
        let name = "plumber.yaml".into();
        layers.push(Layer::file(&name, Trust::Trusted, parse_file(&name, &text).unwrap()));
    }
    let config = resolve(&layers, &Flags::default()).unwrap().config;
    let intended = folder.join("intent").display().to_string();
    let inputs = files::read(&[intended], &Build::default()).unwrap();
    let text = std::fs::read_to_string(folder.join("observed/cluster.yaml")).unwrap();
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    Case { name, intent: intent(inputs.sources, &config).unwrap(), config, seen: seen(text) }
}

/// Renders what Git intends; nothing where it does not render.
pub(crate) fn intent(sources: Vec<Source>, config: &Config) -> Option<Intent> {
    let mut reading = read(sources, config.limits);
    let plan = plan(&mut reading, config);
    let text = apply(&reading.stream, &plan.edits()).ok()?.pieces.concat();
    let source = Source { name: "rendered".into(), text, framing: Framing::Stream };
    let (origin, packer) = (Origin::default(), Packer::default());
    let rendered = audit::rendered(source, &packer).ok()?;
    Some(audit::intent(&plan, rendered, config, origin, Vec::new(), &packer))
}

pub(crate) fn seen(text: String) -> Seen {
    let source = Source { name: "observed".into(), text, framing: Framing::Stream };
    let collected = audit::collect(vec![source.clone()], NOW.parse().unwrap());
    let listed = |kind: &&Kind| collected.observed.coverage(**kind) == audit::Coverage::Listed;
    let kinds = Kind::ALL.iter().filter(listed).copied().collect();
    let (stream, _) = split(source);
    let mut objects = Vec::new();
    for document in stream.documents().filter(|document| !document.is_blank()) {
        let decoded = decode(&document.source.name, 1, document.text).unwrap();
        let value = decoded.node.unwrap().to_json();
        let Some(items) = value["items"].as_array() else {
            objects.push(value);
            continue;
        };
        let mut items = items.clone();
        // The items of a typed List say neither their kind nor their version.
        if let Some(kind) = value["kind"].as_str().unwrap().strip_suffix("List")
            && !kind.is_empty()
        {
            for item in &mut items {
                item["kind"] = kind.into();
                item["apiVersion"] = value["apiVersion"].clone();
            }
        }
        objects.extend(items);
    }
    Seen { objects, kinds }
}

impl Seen {
    /// Writes it as a program would: a List of everything, and an empty one of each kind.
    pub(crate) fn text(&self) -> String {
        let mut lists = vec![json!({"apiVersion": "v1", "kind": "List", "items": self.objects})];
        lists.extend(self.kinds.iter().map(|kind| {
            let slash = if kind.group().is_empty() { "" } else { "/" };
            let version = format!("{}{slash}v1", kind.group());
            json!({"apiVersion": version, "kind": format!("{}List", kind.id()), "items": []})
        }));
        lists.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n")
    }
}

/// Fails if a plan to restore is made for a volume whose data a rebuilt cluster would not have. That
/// a destination has restored nothing yet is what the plan waits for.
fn assert_no_rash_plan(volume: &audit::Assessment<'_>) {
    let plan = audit::restore_plan(volume, NOW.parse().unwrap());
    let is_planned = matches!(plan, audit::RestorePlan::Steps(_));
    let comes_back = volume.rebuild <= Outcome::Stale;
    let waited_for = volume.findings.iter().any(|f| f.code == Code::RestoreImageMissing);
    let name = volume.case.name();
    assert!(!is_planned || comes_back || waited_for, "{name}: {:?}", volume.verdict);
}

/// Fails if a volume that is to come back would not, and no finding says why.
fn assert_explained(volume: &audit::Assessment<'_>) {
    use audit::Standing::{Protected, Unintended};
    if !matches!(volume.case.standing, Protected | Unintended) {
        return;
    }
    for scenario in [Scenario::Rebuild, Scenario::Recreate] {
        let outcome = volume.outcome(scenario);
        let explained =
            volume.findings.iter().any(|f| f.outcome(scenario) > Some(Outcome::Restore));
        let name = volume.case.name();
        assert!(outcome == Outcome::Restore || explained, "{name}: {outcome:?} without a reason");
    }
}

impl Case {
    /// Answers what would happen.
    pub(crate) fn outcomes(&self, seen: &Seen) -> Outcomes {
        self.answer(seen, |report| {
            let volumes = report.volumes.iter().map(|volume| {
                assert_explained(volume);
                assert_no_rash_plan(volume);
                let key = (volume.case.namespace().to_owned(), volume.case.name().to_owned());
                let outcomes = [Scenario::Rebuild, Scenario::Recreate];
                (key, outcomes.map(|scenario| volume.outcome(scenario)))
            });
            volumes.collect()
        })
    }

    /// Makes the whole document.
    pub(crate) fn told(&self, seen: &Seen) -> Document {
        self.answer(seen, |report| audit::document::document(report, &self.config))
    }

    /// Writes the whole document.
    pub(crate) fn document(&self, seen: &Seen) -> String {
        serde_json::to_string(&self.told(seen)).unwrap()
    }

    fn answer<T>(&self, seen: &Seen, told: impl Fn(&audit::Report<'_>) -> T) -> T {
        let now = NOW.parse().unwrap();
        let source =
            Source { name: "observed".into(), text: seen.text(), framing: Framing::Stream };
        let collected = audit::collect(vec![source], now);
        let observed = &collected.observed;
        audit::report(&self.intent, observed, &[], now, told)
    }
}

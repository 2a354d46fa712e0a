//! The `/audit` document, schema version 1.1: the operator's fields, unchanged, and further ones.
//!
//! Structs of their own, so that a change inside does not change what programs read. The schema
//! in `docs/schema` is written from them.

mod aged;
mod build;
mod count;
mod entries;
mod entry;
mod live;
mod past;
mod rated;
mod word;

use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

pub use aged::Later;
pub use build::document;
pub(super) use build::{assemble, rate};
pub(super) use entries::{Changes, Entries};
pub use entry::{
    CurrentV1, Entry, EvidenceV1, ExpectedV1, FindingV1, FixV1, IntentV1, RestoreReadiness,
};
pub use live::{BackupV1, HalfV1, LiveHalf, LivePvc, LiveSnapshot, LiveV1};
pub use past::{Happened, Moment};
pub use rated::Rated;
pub use word::Word;

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("../../docs/schema/plumber-audit.schema.json");

/// The version of this format.
pub const SCHEMA_VERSION: &str = "1.1";

/// The document.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Document {
    /// The version of this format: 1.1.
    pub schema_version: &'static str,
    /// When the question was asked, RFC 3339.
    pub generated_at: String,
    /// The mode of the configuration.
    pub operator_mode: &'static str,
    /// How names are made from a volume's.
    pub naming_strategy: &'static str,
    /// The Secret of the repository where nothing else is said.
    pub default_repo_secret: String,
    /// Counts, as the operator makes them.
    pub summary: Summary,
    /// Counts of what would come back.
    pub readiness: Readiness,
    /// Where the intent comes from.
    pub intent_sources: Vec<IntentSource>,
    /// What is to say of no volume in particular.
    pub findings: Vec<FindingV1>,
    /// Every volume, by namespace and name.
    #[cfg_attr(test, schemars(with = "Vec<Entry>"))]
    pub entries: Vec<Arc<Rated>>,
}

impl Document {
    /// Finds a volume.
    pub fn find(&self, namespace: &str, pvc: &str) -> Option<&Rated> {
        entries::find(&self.entries, (namespace, pvc)).ok().map(|at| &*self.entries[at])
    }

    /// Unpacks the entries, one after the other.
    pub fn volumes(&self) -> impl Iterator<Item = Entry> {
        self.entries.iter().map(|rated| rated.entry())
    }
}

/// Counts, as the operator makes them.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// How many volumes there are.
    pub total_pvcs: usize,
    /// By action; every action is there.
    pub by_action: BTreeMap<&'static str, usize>,
    /// By owner; every owner is there.
    pub by_owner_classification: BTreeMap<&'static str, usize>,
    /// By label source; every one is there.
    pub by_label_source: BTreeMap<&'static str, usize>,
    /// How many entries are stale.
    pub entries_stale: usize,
    /// When the oldest entry was evaluated; absent without entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_evaluated_at: Option<String>,
}

/// Counts of what would come back.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Readiness {
    /// How many volumes are to come back.
    pub protected: usize,
    /// How many of them would come back with their last backup.
    pub would_restore: PerScenario<usize>,
    /// How many of them come to each outcome; every outcome is there.
    pub by_outcome: PerScenario<BTreeMap<&'static str, usize>>,
    /// How many volumes of all come to each verdict; only those that occur.
    pub by_verdict: BTreeMap<&'static str, usize>,
    /// How many volumes are exempt, native, unprotected.
    pub not_protected: NotProtected,
}

/// One value for each scenario.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PerScenario<T> {
    /// The cluster is new.
    pub rebuild: T,
    /// The volume alone is made anew.
    pub pvc_recreate: T,
}

/// Volumes that are not to come back, by the reason.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NotProtected {
    /// Exempt, with a reason.
    pub exempt: usize,
    /// CloudNativePG's.
    pub native: usize,
    /// Their owner wants no restore, or no backup.
    pub not_wanted: usize,
    /// Nobody has said anything.
    pub undecided: usize,
    /// Git does not know them.
    pub not_in_git: usize,
}

/// Where the intent comes from.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IntentSource {
    /// The application; null where it is not known.
    pub app: Option<String>,
    /// The repository; null where it is not known.
    pub repo: Option<String>,
    /// The commit; null where it is not known.
    pub revision: Option<String>,
    /// The folder.
    pub path: String,
    /// When it was rendered, RFC 3339.
    pub rendered_at: String,
    /// The SHA-256 of what was rendered.
    pub digest: String,
    /// `rendered`, or `failed` where it would not render in its mode.
    pub status: &'static str,
}

#[cfg(test)]
mod tests {
    use crate::audit::code::Code;
    use crate::testing::{document, published};

    #[test]
    fn the_published_schema_is_the_code() {
        let schema = schemars::schema_for!(super::Document);
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        published("docs/schema/plumber-audit.schema.json", &text);
    }

    #[test]
    fn every_code_is_in_the_runbook() {
        let text = document("docs/runbook.md");
        let mut sections = text.split("\n## ").skip(1);
        for code in Code::ALL {
            let id = code.id();
            let section = sections.next().unwrap_or_default();
            let (severity, summary) = (code.severity().id(), code.summary());
            let head = format!("{id}\n\n**{severity}** at worst. {summary}\n\n*Confirm:* ");
            assert!(section.starts_with(&head), "docs/runbook.md: expected\n## {head}");
            let (confirm, fix) = section[head.len()..].split_once("\n\n*Fix:* ").expect(id);
            assert!(!confirm.is_empty() && fix.trim_end().ends_with('.'), "{id}");
        }
        assert_eq!(sections.next(), None, "a section without a code");
    }

    #[test]
    fn every_code_is_documented() {
        let rows: Vec<String> = Code::ALL
            .iter()
            .map(|code| {
                let (id, fix) = (code.id(), code.fix().replace('|', "\\|"));
                let row = match code.row() {
                    0 => "-".to_owned(),
                    row => row.to_string(),
                };
                let severity = code.severity().id();
                let summary = code.summary();
                format!("| <a id=\"{id}\"></a>`{id}` | {severity} | {row} | {summary} | {fix} |")
            })
            .collect();
        let begin = "<!-- codes: written by UPDATE=1 cargo test -->\n";
        let end = "<!-- end of codes -->";
        let text = document("docs/audit.md");
        let (head, rest) = text.split_once(begin).expect("the table's start");
        let (_, tail) = rest.split_once(end).expect("the table's end");
        let titles =
            "| code | at worst | row | meaning | what to do |\n| --- | --- | --- | --- | --- |";
        let table = format!("{titles}\n{}\n", rows.join("\n"));
        published("docs/audit.md", &format!("{head}{begin}\n{table}\n{end}{tail}"));
    }
}

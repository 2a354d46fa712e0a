//! What was asked for, as the address says it: every choice of a person stands there.

use crate::api::name::hex;
use crate::audit::code::{Code, Severity};
use crate::audit::{Outcome, Scenario, Standing};
use form_urlencoded::Serializer;

/// How many volumes a page shows.
pub const PAGE_SIZE: usize = 100;

/// How long a text of the address is that is still looked at, in characters.
const LONGEST: usize = 512;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What happens.
    pub scenario: Scenario,
    /// What is shown.
    pub view: View,
    /// The volumes that come to this outcome in the scenario.
    pub outcome: Option<Outcome>,
    /// The volumes of which this is expected.
    pub standing: Option<Standing>,
    /// The volumes with this verdict.
    pub verdict: Option<Code>,
    /// The volumes of this severity.
    pub severity: Option<Severity>,
    /// The volumes of this namespace.
    pub namespace: Option<String>,
    /// The volumes of this application.
    pub app: Option<String>,
    /// The volumes in whose namespace and name, application or verdict this occurs.
    pub search: Option<String>,
    /// Their order.
    pub sort: Sort,
    /// Which page of them, from 1.
    pub page: usize,
    /// What of the address has no meaning, told to who wrote it.
    pub problems: Vec<String>,
}

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The number, and the volumes.
    List,
    /// The sheet that is signed before a planned rebuild.
    Sheet,
}

/// The order of volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// What would be lost first.
    Risk,
    /// By namespace and name.
    Name,
    /// By application; those of none last.
    App,
    /// By verdict.
    Verdict,
    /// The oldest data first that would come back, and before it what has none.
    Data,
    /// The oldest backup first, and before it what has none.
    Backup,
}

impl Sort {
    /// Every order.
    pub const ALL: &'static [Self] =
        &[Self::Risk, Self::Name, Self::App, Self::Verdict, Self::Data, Self::Backup];

    /// The word in the address.
    pub fn id(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Name => "name",
            Self::App => "app",
            Self::Verdict => "verdict",
            Self::Data => "data",
            Self::Backup => "backup",
        }
    }
}

impl Default for Query {
    fn default() -> Self {
        Self {
            scenario: Scenario::Rebuild,
            view: View::List,
            outcome: None,
            standing: None,
            verdict: None,
            severity: None,
            namespace: None,
            app: None,
            search: None,
            sort: Sort::Risk,
            page: 1,
            problems: Vec::new(),
        }
    }
}

impl Query {
    /// Reads the part of an address after `?`. What has no meaning is left out, and told: a filter
    /// that does not filter is never silent.
    pub fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            let value: String = value.trim().chars().take(LONGEST).collect();
            if !value.is_empty() {
                query.take(&key, value);
            }
        }
        query
    }

    fn take(&mut self, key: &str, value: String) {
        let known = match key {
            "scenario" => set(&mut self.scenario, Scenario::ALL, Scenario::id, &value),
            "view" if value == "sheet" => {
                self.view = View::Sheet;
                true
            }
            "outcome" => choose(&mut self.outcome, Outcome::ALL, Outcome::id, &value),
            "standing" => choose(&mut self.standing, Standing::ALL, Standing::id, &value),
            "verdict" => choose(&mut self.verdict, Code::ALL, Code::id, &value),
            "severity" => choose(&mut self.severity, Severity::ALL, Severity::id, &value),
            "sort" => set(&mut self.sort, Sort::ALL, Sort::id, &value),
            "page" => match value.parse() {
                Ok(page) if page > 0 => {
                    self.page = page;
                    true
                }
                _ => false,
            },
            "namespace" => {
                self.namespace = Some(value);
                return;
            }
            "app" => {
                self.app = Some(value);
                return;
            }
            "q" => {
                self.search = Some(value);
                return;
            }
            _ => {
                let key: String = key.chars().take(LONGEST).collect();
                self.problems.push(format!("there is no filter `{key}`: it is left out"));
                return;
            }
        };
        if !known {
            self.problems.push(format!("{key} has no `{value}`: it is left out"));
        }
    }

    /// Writes it as the part of an address after `?`; only what differs from the plain overview.
    pub fn write(&self) -> String {
        let mut out = Serializer::new(String::new());
        let plain = Self::default();
        let mut add = |key: &str, value: Option<&str>| {
            if let Some(value) = value {
                out.append_pair(key, value);
            }
        };
        add("scenario", (self.scenario != plain.scenario).then(|| self.scenario.id()));
        add("view", (self.view == View::Sheet).then_some("sheet"));
        add("outcome", self.outcome.map(Outcome::id));
        add("standing", self.standing.map(Standing::id));
        add("verdict", self.verdict.map(Code::id));
        add("severity", self.severity.map(Severity::id));
        add("namespace", self.namespace.as_deref());
        add("app", self.app.as_deref());
        add("q", self.search.as_deref());
        add("sort", (self.sort != plain.sort).then(|| self.sort.id()));
        let page = self.page.to_string();
        add("page", (self.page > 1).then_some(page.as_str()));
        out.finish()
    }

    /// Returns it with nothing chosen but the scenario and what is changed; on the first page.
    pub(super) fn only(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut query = Self { scenario: self.scenario, ..Self::default() };
        change(&mut query);
        query
    }

    /// Returns it with a change; on the first page.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut query = Self { page: 1, ..self.clone() };
        change(&mut query);
        query
    }

    /// Returns whether it leaves any volume out.
    pub(super) fn is_filtered(&self) -> bool {
        self.outcome.is_some()
            || self.standing.is_some()
            || self.verdict.is_some()
            || self.severity.is_some()
            || self.namespace.is_some()
            || self.app.is_some()
            || self.search.is_some()
    }
}

fn set<T: Copy>(slot: &mut T, all: &[T], id: impl Fn(T) -> &'static str, value: &str) -> bool {
    let found = all.iter().copied().find(|one| id(*one) == value);
    if let Some(found) = found {
        *slot = found;
    }
    found.is_some()
}

fn choose<T: Copy>(
    slot: &mut Option<T>,
    all: &[T],
    id: impl Fn(T) -> &'static str,
    value: &str,
) -> bool {
    let found = all.iter().copied().find(|one| id(*one) == value);
    *slot = found.or(*slot);
    found.is_some()
}

/// Writes a name as one segment of a path.
pub(super) fn segment(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(["%".to_owned(), hex(&[byte]).to_uppercase()]);
        }
    }
    // A path of dots would be taken for the folder above.
    if name == "." || name == ".." { out.replace('.', "%2E") } else { out }
}

#[cfg(test)]
mod tests {
    use super::{Query, Sort, View, segment};
    use crate::audit::code::{Code, Severity};
    use crate::audit::{Outcome, Scenario, Standing};

    #[test]
    fn what_is_written_is_read_again() {
        let query = Query {
            scenario: Scenario::Recreate,
            view: View::Sheet,
            outcome: Some(Outcome::Hang),
            standing: Some(Standing::Unintended),
            verdict: Some(Code::NoRestoreRef),
            severity: Some(Severity::High),
            namespace: Some("a&b=c".into()),
            app: Some("größe +".into()),
            search: Some("<b>\"'\u{202e}x".into()),
            sort: Sort::Backup,
            page: 7,
            problems: Vec::new(),
        };
        assert_eq!(Query::parse(&query.write()), query);
        assert_eq!(Query::default().write(), "");
    }

    #[test]
    fn what_has_no_meaning_is_told() {
        let query = Query::parse("outcome=gone&page=0&colour=red&sort=&q=+x+");
        assert_eq!(
            query.problems,
            [
                "outcome has no `gone`: it is left out",
                "page has no `0`: it is left out",
                "there is no filter `colour`: it is left out"
            ]
        );
        assert_eq!(query.search.as_deref(), Some("x"));
        assert_eq!(query.outcome, None);
    }

    #[test]
    fn a_name_is_one_segment() {
        assert_eq!(segment("data-0.x"), "data-0.x");
        assert_eq!(segment("a/b?c#d e"), "a%2Fb%3Fc%23d%20e");
        assert_eq!(segment(".."), "%2E%2E");
    }
}

//! Which namespaces are written to, as far as the configuration says so.

use crate::api::labels;
use crate::object::Location;
use globset::{Glob, GlobMatcher};
use std::fmt;

/// The configured part of the gate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Namespaces {
    managed: Vec<Rule>,
    excluded: Vec<Rule>,
}

/// A glob and where it came from.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    glob: GlobMatcher,
    by: By,
}

/// Where a glob came from.
#[derive(Debug, Clone)]
pub(super) enum By {
    /// `--managed-namespace`.
    Flag,
    /// An item of a list in a file.
    File(Location),
}

impl Rule {
    /// Makes a rule.
    pub(super) fn new(glob: &Glob, by: By) -> Self {
        Self { glob: glob.compile_matcher(), by }
    }

    /// Returns the glob as it was written.
    pub(super) fn glob(&self) -> &str {
        self.glob.glob().glob()
    }
}

/// Names the origin as `config show` does.
impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag --managed-namespace"),
            Self::File(location) => write!(f, "{}:{}", location.source, location.mark.line()),
        }
    }
}

/// Two rules are equal if they do the same, wherever they came from.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.glob() == other.glob()
    }
}

impl Namespaces {
    /// Returns what opens a namespace for writing, in words: the flag, or the place in a file.
    /// An excluded namespace stays closed nevertheless: see [`Self::excluded_by`].
    pub fn managed_by(&self, namespace: &str) -> Option<String> {
        let rule = self.managed.iter().find(|rule| rule.glob.is_match(namespace))?;
        Some(match &rule.by {
            By::Flag => "--managed-namespace".to_owned(),
            By::File(location) => format!("namespaces.managed in {location}"),
        })
    }

    /// Returns what closes a namespace for good, in words: the place in a file, or what is built
    /// in.
    pub fn excluded_by(&self, namespace: &str) -> Option<String> {
        if labels::NEVER_MANAGED.contains(&namespace) {
            return Some("built-in exclusion".to_owned());
        }
        let rule = self.excluded.iter().find(|rule| rule.glob.is_match(namespace))?;
        Some(format!("namespaces.excluded in {}", rule.by))
    }

    /// Returns the globs of each list with their origins.
    pub(super) fn origins(&self) -> impl Iterator<Item = (String, String)> {
        let path = |list: &'static str| {
            move |(n, rule): (usize, &Rule)| (format!("namespaces.{list}.{n}"), rule.by.to_string())
        };
        let managed = self.managed.iter().enumerate().map(path("managed"));
        managed.chain(self.excluded.iter().enumerate().map(path("excluded")))
    }

    /// Returns the globs that open namespaces, and those that close them.
    pub(super) fn globs(&self) -> [Vec<String>; 2] {
        [&self.managed, &self.excluded]
            .map(|rules| rules.iter().map(|rule| rule.glob().to_owned()).collect())
    }

    /// Replaces the globs that open namespaces.
    pub(super) fn set_managed(&mut self, rules: Vec<Rule>) {
        self.managed = rules;
    }

    /// Adds a glob that opens namespaces.
    pub(super) fn add_managed(&mut self, rule: Rule) {
        self.managed.push(rule);
    }

    /// Adds globs that close namespaces.
    pub(super) fn add_excluded(&mut self, rules: Vec<Rule>) {
        self.excluded.extend(rules);
    }
}

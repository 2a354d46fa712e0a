//! What every format of findings shares: which are shown, how they are counted.

use crate::diagnostic::Severity;
use crate::rules::Finding;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The findings of a run, in their order, and what they were found in.
#[derive(Debug)]
pub struct Checked {
    /// Every finding, allowed ones among them.
    pub findings: Vec<Finding>,
    /// How many volumes were looked at.
    pub volumes: usize,
    /// The applications, in their order.
    pub applications: Vec<Arc<str>>,
    /// The inputs that stand in no file: standard input, and what programs printed.
    pub printed: BTreeSet<String>,
}

impl Checked {
    /// Counts what is not allowed, of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        let open = self.findings.iter().filter(|finding| finding.allowed.is_none());
        open.filter(|finding| finding.severity() == severity).count()
    }

    /// Counts what is allowed, infos aside.
    pub fn allowed(&self) -> usize {
        let allowed = self.findings.iter().filter(|finding| finding.allowed.is_some());
        allowed.filter(|finding| finding.diagnostic.severity() > Severity::Info).count()
    }

    /// Returns whether an input stands in no file.
    pub fn is_printed(&self, source: &str) -> bool {
        self.printed.contains(source)
    }

    /// Returns whether anything reaches a severity.
    pub fn fails(&self, at: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity() >= at)
    }

    /// Writes the one line that sums up.
    pub fn summary(&self) -> String {
        let counted = |count: usize, one: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {one}s"),
        };
        let mut parts = vec![
            counted(self.count(Severity::Error), "error"),
            counted(self.count(Severity::Warning), "warning"),
        ];
        if self.allowed() > 0 {
            parts.push(format!("{} allowed", self.allowed()));
        }
        let place = if self.applications.len() == 1 {
            String::new()
        } else {
            format!(" in {}", counted(self.applications.len(), "application"))
        };
        format!("plumber: {}{place}: {}\n", counted(self.volumes, "volume"), parts.join(", "))
    }
}

/// Words a finding without its place and code: whom it is about, and what was seen.
pub(super) fn message(finding: &Finding) -> String {
    match &finding.about {
        Some(about) => format!("{}: {}", about.id(), finding.diagnostic.message),
        None => finding.diagnostic.message.clone(),
    }
}

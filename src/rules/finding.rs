//! What a rule says: a diagnostic, whom it is about, and whether it is allowed.

use super::member::Member;
use crate::config::Allow;
use crate::diagnostic::{Code, Diagnostic, Repair, Severity};
use crate::object::Location;
use std::sync::Arc;

/// Whom a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    /// The kind; a volume where it is `PersistentVolumeClaim`.
    pub kind: String,
    /// The namespace, where anything says it.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl About {
    /// Returns the name for people: a volume as `namespace/name`, others with their kind.
    pub fn id(&self) -> String {
        let namespace = self.namespace.as_deref().unwrap_or("?");
        if self.kind == crate::api::volume::PVC {
            format!("{namespace}/{}", self.name)
        } else if self.namespace.is_none() {
            format!("{} {}", self.kind, self.name)
        } else {
            format!("{} {namespace}/{}", self.kind, self.name)
        }
    }
}

/// A code that is allowed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allowance {
    /// The code.
    pub code: Code,
    /// Why.
    pub reason: String,
}

/// One finding.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What is said.
    pub diagnostic: Diagnostic,
    /// Whom it is about; nothing where it is about an input as a whole.
    pub about: Option<About>,
    /// The application it was found in.
    pub application: Arc<str>,
    /// Why it is allowed, if it is.
    pub allowed: Option<String>,
    /// What the objects it is about allow.
    pub(super) allowances: Vec<Allowance>,
}

impl Finding {
    /// Makes a finding of what is known already.
    pub fn of(diagnostic: Diagnostic, about: Option<About>, application: &Arc<str>) -> Self {
        let application = Arc::clone(application);
        Self { diagnostic, about, application, allowed: None, allowances: Vec::new() }
    }

    /// Sets the place.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.diagnostic = self.diagnostic.at(location);
        self
    }

    /// Sets what to type.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.help(help);
        self
    }

    /// Sets the change that does what the help says.
    #[must_use]
    pub(super) fn repair(mut self, repair: Option<Repair>) -> Self {
        self.diagnostic = self.diagnostic.repair(repair);
        self
    }

    /// Lets it be allowed at another object too.
    #[must_use]
    pub fn also(mut self, member: &Member) -> Self {
        self.allowances.extend(member.allowances().iter().cloned());
        self
    }

    /// Returns the code.
    pub fn code(&self) -> Code {
        self.diagnostic.code
    }

    /// Returns how much it matters; what is allowed matters no more.
    pub fn severity(&self) -> Severity {
        if self.allowed.is_some() { Severity::Info } else { self.diagnostic.severity() }
    }

    /// Applies what the objects themselves allow, and what the configuration does.
    pub(super) fn resolve(&mut self, configured: &[Allow]) {
        let code = self.diagnostic.code;
        let own = self.allowances.iter().find(|allowance| allowance.code == code);
        let object = self.about.as_ref().map(|a| (a.namespace.as_deref(), a.name.as_str()));
        let reason = own.map(|allowance| &allowance.reason).or_else(|| {
            let allow = configured.iter().find(|allow| allow.covers(code, object))?;
            Some(&allow.reason)
        });
        self.allowed = reason.cloned();
    }
}

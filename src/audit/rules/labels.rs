//! Row 28: a backup is asked for, and the labels keep it from being rendered.

use crate::audit::case::Case;
use crate::audit::code::Code;
use crate::audit::finding::{Finding, Outcome};
use crate::diagnostic::{self, Severity};
use crate::plan::Verdict;

pub(super) fn find(case: &Case<'_>, found: &mut Vec<Finding>) {
    let Some(git) = case.git else { return };
    let has = |code| git.reasons.iter().any(|reason| reason.code == code);
    let code = match git.verdict {
        Verdict::NeedsHumanReview if has(diagnostic::Code::ExemptReasonMissing) => {
            Some(Code::ExemptReasonMissing)
        }
        Verdict::NeedsHumanReview => Some(Code::IntentInvalid),
        Verdict::SkippedNamespaceNotManaged | Verdict::WriteGateMissing => Some(Code::GateMissing),
        Verdict::Wired
        | Verdict::AlreadyMatches
        | Verdict::InlineArgoObserved
        | Verdict::Disabled
        | Verdict::SkippedExempt
        | Verdict::SkippedNotOptedIn => None,
    };
    // Somebody else's complete pair needs no label.
    let follows = |finding: Finding| {
        if case.is_wired() { finding } else { finding.both(Outcome::Empty) }
    };
    if let Some(code) = code {
        let deciding = git.reasons.iter().find(|reason| reason.severity() == Severity::Error);
        let deciding = deciding.or(git.reasons.first());
        let message = deciding.map_or_else(String::new, |reason| reason.message.clone());
        let mut finding = follows(Finding::new(code, message));
        if let Some(reason) = deciding {
            finding.evidence.extend(case.git_evidence("metadata", reason.code.id()));
            if let Some(help) = &reason.help {
                finding = finding.fix(help.clone());
            }
        }
        found.push(finding);
    }
    if let Some(reason) = &git.skip_restore
        && case.target().is_none()
    {
        let message = format!("the reference is left out on request: {reason}");
        let field = "metadata.annotations.pvc-plumber.io/skip-restore";
        found.push(
            Finding::new(Code::SkipRestoreSet, message)
                .both(Outcome::Empty)
                .seen(case.git_evidence(field, "true")),
        );
    }
}
